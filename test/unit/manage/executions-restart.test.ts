// What executions of a process that ended say of themselves in the next one, before and while they go on.
import { EventEmitter, once } from "node:events";
import { expect, it } from "vitest";
import { ok } from "../../../src/domain/result.ts";
import { positionsOf } from "../../../src/manage/executions/stored-positions.ts";
import type { Strategy } from "../../../src/manage/registry/registry.ts";
import { OrderBook } from "../../../src/manage/orders/orders.ts";
import { Board, createBoardMemory } from "../../../src/manage/risk/board.ts";
import { executionTable } from "../../../src/store/executions.ts";
import { orderTable } from "../../../src/store/orders.ts";
import { openStore } from "../../../src/store/store.ts";
import { strategyTable } from "../../../src/store/strategies.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { ID, AT, PLANE, STRATEGY, trade, STOP, RECORD, restarted } from "../../support/manage/restarted-executions.ts";

it("one that does not go on is told as stopped, once there is somebody to hear it, and that nothing of it is left", async () => {
  const { executions, heard, left, close } = await restarted(false);
  expect(executions.get(ID)).toMatchObject({ status: "stopped", stopReason: "engine_restart" });
  expect(left).toEqual([]);
  executions.join(PLANE);
  expect(heard).toEqual([["stopped", "engine_restart"]]);
  expect(left).toEqual([
    [STOP.orderId, "cancelled"],
    ["X", 0],
  ]);
  await close();
});

it("what it holds counts in limits from the beginning of the stream on, once, whoever has claimed it", async () => {
  const board = new Board(createBoardMemory());
  const worth = { gross: 1_000_000_000, up: 1_000_000_000, down: 1_000_000_000 };
  const none = { gross: 0, up: 0, down: 0 };
  const of = (...rows: readonly number[]) => rows.map((row) => board.claimed(row));
  const rows = [0, board.row("strategy", STRATEGY.strategyId), board.row("symbol", "X")];
  let asked = 0;
  const reads = new EventEmitter();
  const answered = once(reads, "answered").then(() => null);
  const shares = (): Promise<null> => {
    asked++;
    return answered;
  };
  const { executions, heard, close } = await restarted(true, () => STRATEGY, shares, { board });
  expect(of(...rows)).toEqual([none, none, none]);
  executions.join(PLANE);
  expect(of(...rows)).toEqual([worth, worth, worth]);
  // It reads what is stored, and its thread knows nothing of it yet.
  await expect.poll(() => asked).toBe(1);
  expect(of(...rows)).toEqual([worth, worth, worth]);
  reads.emit("answered");
  await expect.poll(() => heard).toContainEqual(["resumed", null]);
  expect(of(...rows)).toEqual([worth, worth, worth]);
  await executions.stop(STRATEGY.strategyId, "requested");
  expect(of(...rows)).toEqual([none, none, none]);
  await close();
});

it("what was to go on and does not counts in no limit any more", async () => {
  const gone = (): null => null;
  const stopped = (): Strategy => ({ ...STRATEGY, status: "stopped" });
  for (const strategy of [gone, stopped]) {
    const board = new Board(createBoardMemory());
    const { executions, heard, close } = await restarted(true, strategy, undefined, { board });
    executions.join(PLANE);
    expect(board.claimed(0).gross).toBe(1_000_000_000);
    await expect.poll(() => heard).toEqual([["stopped", "engine_restart"]]);
    await expect.poll(() => board.claimed(0).gross).toBe(0);
    await close();
  }
  const board = new Board(createBoardMemory());
  const { executions, close } = await restarted(true, () => STRATEGY, undefined, { board });
  executions.join({ ...PLANE, halted: true });
  expect(board.claimed(0).gross).toBe(0);
  await close();
});

it("one that was to go on and cannot, because its strategy is gone, is told as stopped as well", async () => {
  const { executions, heard, close } = await restarted(true);
  expect(heard).toEqual([]);
  executions.join(PLANE);
  await expect.poll(() => heard).toEqual([["stopped", "engine_restart"]]);
  await close();
});

it("one that goes on answers with what is stored of it until it is taken over", async () => {
  const { executions, close } = await restarted(true);
  expect(executions.get(ID)).toMatchObject({ status: "running", pnl: -12 });
  expect(await executions.balances(ID)).toMatchObject({ cash: 100_000_000_000 });
  // Among those that are open as well.
  expect(executions.active()).toMatchObject([{ executionId: ID, openPositions: 1 }]);
  expect(executions.running()).toBe(1);
  expect(executions.holders()).toMatchObject([
    {
      executionId: ID,
      equity: 99_988,
      balances: { cash: 100_000_000_000 },
      positions: [{ symbol: "X", quantity: 10 }],
    },
  ]);
  // What an order would come to beside that is not known before its thread is.
  const stake = await executions.stake("strat_aaaaaa", "X");
  expect(stake.ok ? "" : JSON.stringify(stake.failure)).toMatch(/taken over after a restart/);
  await close();
});

it("the emergency stop ends one that still reads what is stored of it: it does not trade when that is lifted", async () => {
  let asked = 0;
  const reads = new EventEmitter();
  const answered = once(reads, "answered").then(() => null);
  const shares = (): Promise<null> => {
    asked++;
    return answered;
  };
  const { executions, heard, left, close } = await restarted(true, () => STRATEGY, shares);
  executions.join(PLANE);
  await expect.poll(() => asked).toBe(1);
  expect(executions.halt("emergency_stop")).toBe(1);
  expect(executions.get(ID)).toMatchObject({ status: "stopped", stopReason: "emergency_stop" });
  reads.emit("answered");
  executions.release();
  await expect.poll(() => heard).toEqual([["stopped", "emergency_stop"]]);
  // Whoever knows of it from before hears that nothing of it is left, and since when.
  expect(left).toEqual([
    [STOP.orderId, "cancelled"],
    ["X", 0],
  ]);
  expect(executions.get(ID)?.endTime).toBe(AT + 1_000_000);
  expect(await executions.orders.get(STOP.orderId)).toMatchObject({ state: "cancelled", reason: "emergency_stop" });
  // Behind whatever is still done for the strategy.
  expect(await executions.stop("strat_aaaaaa", "requested")).toBeNull();
  expect(executions.active()).toEqual([]);
  expect(await executions.stake("strat_aaaaaa", "X")).toEqual(ok(null));
  expect(heard).toHaveLength(1);
  await close();
});

it("an order that ends while the store is asked for it is told as it is, not as it was stored", async () => {
  const { executions, close } = await restarted(true, () => STRATEGY);
  const asked = executions.orders.get(STOP.orderId);
  executions.orders.adopt([STOP]);
  executions.orders.end(ID, AT, "emergency_stop");
  expect(await asked).toMatchObject({ state: "cancelled" });
  await close();
});

it("an emergency stop of an earlier run ends what was to go on, also when it is lifted at once", async () => {
  const { executions, heard, close } = await restarted(true, () => STRATEGY);
  executions.join({ ...PLANE, halted: true });
  executions.release();
  await expect.poll(() => heard).toEqual([["stopped", "emergency_stop"]]);
  expect(await executions.stop("strat_aaaaaa", "requested")).toBeNull();
  expect(heard).toHaveLength(1);
  await close();
});

it("of two open executions of a strategy only the newer goes on: the end of the other was not stored in time", async () => {
  const newer = { ...RECORD, executionId: "exec_newer", startTime: AT + 1 };
  const { executions, heard, close } = await restarted(true, () => STRATEGY, undefined, { also: [newer] });
  executions.join(PLANE);
  await expect.poll(() => heard).toHaveLength(2);
  expect(heard).toContainEqual(["resumed", null]);
  expect(heard).toContainEqual(["stopped", "engine_restart"]);
  expect(executions.active()).toMatchObject([{ executionId: "exec_newer" }]);
  expect(executions.get(ID)).toMatchObject({ status: "stopped" });
  await close();
});

it("one that cannot be read does not go on, and the engine does", async () => {
  for (const autoResume of [true, false]) {
    const answers = (sql: string): boolean => !sql.includes(" trades ");
    const { executions, heard, close } = await restarted(autoResume, () => STRATEGY, undefined, { answers });
    executions.join(PLANE);
    await expect.poll(() => heard).toEqual([["stopped", "engine_restart"]]);
    expect(executions.active()).toEqual([]);
    await close();
  }
});

it("one that goes on keeps its versions' shares where they cannot be read once more", async () => {
  let asked = 0;
  const shares = (): Promise<null> => (++asked === 1 ? Promise.resolve(null) : Promise.reject(new Error("unread")));
  const { executions, heard, close } = await restarted(true, () => STRATEGY, shares);
  executions.join(PLANE);
  await expect.poll(() => asked).toBe(2);
  // Behind whatever is still done for the strategy.
  await executions.stop("strat_aaaaaa", "requested");
  expect(heard).toEqual([
    ["resumed", null],
    ["stopped", "requested"],
  ]);
  await close();
});

it("one whose strategy is resumed before it is taken over goes on running, and is paused as well", async () => {
  for (const [status, wanted] of [
    ["paused", "running"],
    ["running", "paused"],
  ] as const) {
    const before: Strategy = { ...STRATEGY, status: status === "paused" ? "paused" : "deployed" };
    const after: Strategy = { ...STRATEGY, status: wanted === "paused" ? "paused" : "deployed" };
    const { executions, heard, close } = await restarted(true, () => after, undefined, { status });
    executions.changed(before, after);
    expect(executions.get(ID)).toMatchObject({ status: wanted });
    executions.join(PLANE);
    await expect.poll(() => heard).toHaveLength(2);
    expect(executions.get(ID)).toMatchObject({ status: wanted });
    await close();
  }
});

it("what an order of another strategy comes to is not known before all have claimed what they hold", async () => {
  const { executions, close } = await restarted(true);
  const stake = await executions.stake("strat_bbbbbb", "X");
  expect(stake.ok ? "" : JSON.stringify(stake.failure)).toMatch(/taken over after a restart/);
  await close();
});

it("one whose strategy is deployed anew while it reads what is stored goes on with what is deployed then", async () => {
  let strategy: Strategy = STRATEGY;
  const asked: string[] = [];
  const shares = (): Promise<null> => {
    asked.push(strategy.deployedVersion ?? "");
    if (asked.length === 1) strategy = { ...STRATEGY, deployedVersion: "2.0.0" };
    return Promise.resolve(null);
  };
  const { executions, heard, close } = await restarted(true, () => strategy, shares);
  executions.join(PLANE);
  await expect.poll(() => heard).toContainEqual(["resumed", null]);
  expect(asked.slice(0, 2)).toEqual(["1.0.0", "2.0.0"]);
  expect(executions.get(ID)).toMatchObject({ status: "running", version: "2.0.0" });
  await close();
});

it("an order of an earlier life that ended is shown as ended, also before the store has that", async () => {
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const rows = [strategyTable.insert(STRATEGY), executionTable.insert(RECORD), orderTable.put(STOP)];
  expect((await store.value.commit(rows)).ok).toBe(true);
  const orders = new OrderBook(store.value);
  await orders.load();
  orders.adopt([STOP]);
  orders.end(ID, AT + 1, "requested");
  expect(await orders.get(STOP.orderId)).toMatchObject({ state: "cancelled", reason: "requested" });
  const all = { strategyId: null, symbol: null, before: null, limit: 10 };
  for (const [state, found] of [
    [null, 1],
    ["cancelled", 1],
    ["working", 0],
  ] as const)
    expect((await orders.list({ ...all, state })).map((order) => order.state)).toEqual(
      found === 0 ? [] : ["cancelled"],
    );
  await store.value.close();
});

it("what it holds follows from its stored fills by the books of an account", () => {
  const fills = [trade(0, "BUY", 10, 100), trade(1, "BUY", 10, 110), trade(2, "SELL", 5, 120)];
  expect(positionsOf(fills)).toEqual([{ symbol: "X", quantity: 15, cost: 1_575, mark: 120 }]);
  expect(positionsOf([...fills, trade(3, "SELL", 15, 90)])).toEqual([]);
});
