// What is read of executions while the disk takes nothing, and what is stored once it does. The store is the real one, in
// memory, behind a gate that refuses as a full disk does.
import { describe, expect, it, onTestFinished } from "vitest";
import { failed } from "../../../src/domain/result.ts";
import { Ledger } from "../../../src/manage/executions/ledger.ts";
import {
  equityTable,
  type ExecutionRecord,
  executionTable,
  POINTS_KEPT,
  type TradeRecord,
} from "../../../src/store/executions.ts";
import type { OrderRecord } from "../../../src/store/orders.ts";
import { openStore, type Statement, type Store } from "../../../src/store/store.ts";
import { strategyTable } from "../../../src/store/strategies.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";

const EXECUTION: ExecutionRecord = {
  executionId: "exec_1",
  strategyId: "strat_1",
  version: "1.0.0",
  status: "running",
  startTime: 1,
  endTime: null,
  finalPnl: 0,
  tradeCount: 0,
  performanceMetrics: {},
  executionConfig: {},
  stopReason: null,
  error: null,
  reigns: [],
};

const ORDER: OrderRecord = {
  orderId: "ord_100000001",
  position: 0,
  executionId: "exec_1",
  strategyId: "strat_1",
  number: 1,
  symbol: "BTCUSD",
  side: "SELL",
  kind: "stop",
  state: "working",
  quantity: 1,
  filled: 0,
  average: 0,
  limit: null,
  stop: 90,
  trail: null,
  timeInForce: "gtc",
  reduceOnly: true,
  purpose: "stop",
  oco: -1,
  reason: null,
  createdAt: 1,
  updatedAt: 1,
};

function trade(position: number, symbol = "BTCUSD", tradeId = `trade_${position}`): TradeRecord {
  const common = { tradeId, executionId: "exec_1", symbol, side: "BUY", quantity: 1, price: 2, pnl: 0 } as const;
  return { ...common, timestamp: position, position, sequence: position, fee: 0 };
}

async function opened() {
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  onTestFinished(() => store.value.close());
  const begun = await store.value.commit([
    strategyTable.insert({
      strategyId: "strat_1",
      strategyName: "one",
      kind: "code",
      strategyType: null,
      implementation: null,
      language: "assemblyscript",
      version: "1.0.0",
      parameters: {},
      riskLimits: {},
      assetTypes: [],
      status: "deployed",
      statusBefore: null,
      deployedVersion: "1.0.0",
      lastError: null,
      createdAt: 1,
      updatedAt: 1,
      deletedAt: null,
      codeHash: "",
      code: "",
    }),
    executionTable.insert(EXECUTION),
  ]);
  if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
  const gate = { full: false, handed: [] as readonly Statement[] };
  const gated: Store = Object.assign(Object.create(store.value) as Store, {
    query: (sql: string, params: Parameters<Store["query"]>[1]) => store.value.query(sql, params),
    commit: (statements: readonly Statement[]) => {
      gate.handed = statements;
      if (gate.full) return Promise.resolve(failed({ code: "storage_full" } as const));
      return store.value.commit(statements);
    },
  });
  return { gate, store: store.value, ledger: new Ledger(gated, SILENT_LOG) };
}

describe("the ledger of executions", () => {
  it("gives the newest fills of all executions, oldest first, in the order in which they were booked", async () => {
    const { ledger } = await opened();
    const booked = [5, 3, 4, 9, 0].map((at) => ({ ...trade(at), timestamp: 10 - at }));
    for (const one of booked) ledger.booked([one], [], []);
    await ledger.close();
    expect(await ledger.latestTrades(10)).toEqual(booked);
    expect(await ledger.latestTrades(2)).toEqual(booked.slice(-2));
  });

  it("answers with what is stored and what waits while the disk takes nothing", async () => {
    const { gate, ledger } = await opened();
    ledger.booked([trade(0), trade(1, "ETHUSD")], [], []);
    await ledger.close();
    gate.full = true;
    ledger.booked([trade(2), trade(3, "ETHUSD")], [], []);
    ledger.point("exec_1", 0, { time: 1, equity: 5, drawdown: 0 });
    const positions = (rows: readonly TradeRecord[]): readonly number[] => rows.map(({ position }) => position);
    expect(positions(await ledger.recall("exec_1"))).toEqual([0, 1, 2, 3]);
    const query = { executionId: "exec_1", symbol: null, before: 4, limit: 3 };
    expect(positions(await ledger.trades(query))).toEqual([3, 2, 1]);
    expect(positions(await ledger.trades({ ...query, symbol: "ETHUSD", before: 3 }))).toEqual([1]);
    expect(await ledger.equity("exec_1")).toEqual([{ time: 1, equity: 5, drawdown: 0 }]);
    expect(await ledger.recall("exec_2")).toEqual([]);
  });

  it("keeps only the newest of an execution's updates that wait", async () => {
    const { gate, ledger } = await opened();
    for (let tradeCount = 1; tradeCount <= 100; tradeCount++) ledger.update({ ...EXECUTION, tradeCount });
    await ledger.close();
    expect(gate.handed).toHaveLength(1);
    expect((await ledger.newest(1))[0]?.tradeCount).toBe(100);
  });

  it("knows all that have not ended, however many began later", async () => {
    const { ledger, store } = await opened();
    const others = Array.from({ length: 5 }, (_, index) => {
      return { ...EXECUTION, executionId: `exec_${index + 2}`, status: "stopped", startTime: index + 2 } as const;
    });
    await store.commit(others.map((record) => executionTable.insert(record)));
    const found = await ledger.newest(2);
    expect(found.map(({ executionId }) => executionId)).toEqual(["exec_6", "exec_5", "exec_1"]);
  });

  it("keeps the newest points of a course, the deepest, and evenly those before them, however many there were", async () => {
    const { ledger, store } = await opened();
    const point = (number: number) => ({ time: number, equity: 100, drawdown: number === 777 ? -0.5 : -number / 1e6 });
    for (let number = 0; number < 11_111; number++) ledger.point("exec_1", number, point(number));
    await ledger.close();
    const [stored] = await store.query("SELECT count(*) AS rows FROM equity", []);
    expect(stored?.["rows"]).toBeLessThan(2 * POINTS_KEPT + 2);
    const { points, next } = await ledger.course("exec_1");
    const times = points.map(({ time }) => time);
    expect(next).toBe(11_111);
    expect(times.slice(-871)).toEqual(Array.from({ length: 871 }, (_, index) => 10_240 + index));
    expect(times.slice(0, -871)).toEqual(Array.from({ length: 1_280 }, (_, index) => 8 * index).toSpliced(98, 0, 777));
    expect((await ledger.interrupted(EXECUTION, "engine_restart")).endTime).toBe(11_110);
  });

  it("reads no more of a course that was never thinned", async () => {
    const { ledger, store } = await opened();
    const row = (number: number) => {
      const drawdown = number === 4_321 ? -0.5 : 0;
      return equityTable.put({ executionId: "exec_1", point: number, timestamp: number, equity: 1, drawdown });
    };
    for (let from = 0; from < 50_000; from += 5_000)
      await store.commit(Array.from({ length: 5_000 }, (_, index) => row(from + index)));
    const { points, next } = await ledger.course("exec_1");
    expect(next).toBe(50_000);
    expect(points.length).toBeLessThan(2 * POINTS_KEPT + 2);
    expect(points.filter(({ drawdown }) => drawdown < 0).map(({ time }) => time)).toEqual([4_321]);
    expect(points.slice(-POINTS_KEPT).map(({ time }) => time)[0]).toBe(50_000 - POINTS_KEPT);
  });

  it("stores what is beside a row that contradicts the tables", async () => {
    const { ledger } = await opened();
    ledger.booked([trade(0), trade(1, "BTCUSD", "trade_0"), trade(2)], [], []);
    await ledger.close();
    expect((await ledger.recall("exec_1")).map(({ position }) => position)).toEqual([0, 2]);
  });

  it("says of an order when it is stored behind what waited before it, and that it is not in time", async () => {
    const { gate, ledger } = await opened();
    ledger.booked([trade(0)], [{ ...ORDER, stop: 90 }], []);
    expect(await ledger.kept({ ...ORDER, stop: 95 }, 10_000)).toBe(true);
    expect((await ledger.books("exec_1")).orders).toEqual([{ ...ORDER, stop: 95 }]);
    gate.full = true;
    expect(await ledger.kept({ ...ORDER, stop: 97 }, 20)).toBe(false);
    expect((await ledger.books("exec_1")).orders).toEqual([{ ...ORDER, stop: 95 }]);
    await ledger.close();
  });
});
