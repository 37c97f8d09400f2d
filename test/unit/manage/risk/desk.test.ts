// What risk hears of an execution that goes on after a restart, how it pauses one, and orders from before the start.
import { afterEach, expect, it, vi } from "vitest";
import { failed, ok } from "../../../../src/domain/result.ts";
import type { Execution, ExecutionListener, Executions } from "../../../../src/manage/executions/executions.ts";
import type { Registry } from "../../../../src/manage/registry/registry.ts";
import type { TradeRecord } from "../../../../src/store/executions.ts";
import { RiskDesk } from "../../../../src/manage/risk-desk.ts";
import { STEP_US } from "../../../../src/manage/risk/course.ts";
import { Holdings } from "../../../../src/manage/risk/holdings.ts";
import { Risk, type RiskOptions } from "../../../../src/manage/risk/risk.ts";
import { orderTable } from "../../../../src/store/orders.ts";
import { openStore } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { Random } from "../../../support/random.ts";

/** Of the fast tier. */
const FAST_CYCLE_MS = 100;

afterEach(() => void vi.useRealTimers());

it.each(["resumed", "updated", "paused"] as const)(
  "counts a fill once that is made while earlier ones are read, be it %s first",
  async (first) => {
    const holdings = new Holdings();
    const trade = { symbol: "X", quantity: 100, fee: 0 };
    const stored = [
      { ...trade, side: "SELL", price: 110, position: 1 },
      { ...trade, side: "BUY", price: 100, position: 0 },
    ] as const;
    const listeners: ExecutionListener[] = [];
    let read: (rows: readonly unknown[]) => void = () => undefined;
    const executions = {
      listen: (listener: ExecutionListener) => listeners.push(listener),
      recall: () => new Promise((resolve) => (read = resolve)),
      equity: () => Promise.resolve([{ time: 1, equity: 90_000, drawdown: -0.1 }]),
    } as unknown as Executions;
    const risk = {
      opened: (...given: Parameters<Holdings["open"]>) => holdings.open(...given),
      traded: (...given: Parameters<Holdings["trade"]>) => holdings.trade(...given),
      recalled: (...given: Parameters<Holdings["recall"]>) => holdings.recall(...given),
      fell: (...given: Parameters<Holdings["fell"]>) => holdings.fell(...given),
    } as unknown as Risk;
    const registry = { get: () => null } as unknown as Registry;
    RiskDesk.open({ executions, registry, risk, log: SILENT_LOG });
    const execution = {
      executionId: "e",
      strategyId: "strat_e",
      config: {},
      tradeCount: 1,
      resumed: true,
    } as unknown as Execution;
    const [desk] = listeners;
    desk?.onExecution?.(first, execution);
    desk?.onExecution?.("resumed", execution);
    desk?.onTrade?.(execution, stored[0] as unknown as TradeRecord);
    read(stored);
    await vi.waitFor(() => expect(holdings.find("symbol", "X")).not.toBeNull());
    await new Promise((resolve) => setImmediate(resolve));
    holdings.mark(() => 110);
    expect(holdings.book).toMatchObject({ gross: 0, net: 0, pnl: 0 });
    expect(holdings.find("strategy", "strat_e")?.drawdown).toBeCloseTo(-0.1, 12);
  },
);

it.each(["started", "updated", "paused"] as const)(
  "gives a fresh execution nothing of what the process before it had lost, be it %s first",
  (first) => {
    const holdings = new Holdings();
    holdings.restore({ book: -0.3 });
    const listeners: ExecutionListener[] = [];
    const executions = { listen: (listener: ExecutionListener) => listeners.push(listener) } as unknown as Executions;
    const risk = {
      opened: (...given: Parameters<Holdings["open"]>) => holdings.open(...given),
    } as unknown as Risk;
    const registry = { get: () => null } as unknown as Registry;
    RiskDesk.open({ executions, registry, risk, log: SILENT_LOG });
    const begun = { executionId: "e", strategyId: "strat_e", config: {}, tradeCount: 0, resumed: false };
    listeners[0]?.onExecution?.(first, begun as unknown as Execution);
    expect(holdings.book.drawdown).toBe(0);
    listeners[0]?.onExecution?.(first, { ...begun, executionId: "f", resumed: true } as unknown as Execution);
    expect(holdings.book.drawdown).toBeCloseTo(-0.3, 12);
  },
);

it("pauses the execution at once, and its strategy as soon as the store takes it", async () => {
  vi.useFakeTimers();
  const done: string[] = [];
  const answers = [failed({ code: "storage_unavailable" }), failed({ code: "storage_unavailable" }), ok({})];
  const executions = {
    pause: (id: string, on: boolean) => done.push(`execution ${id} ${on}`),
  } as unknown as Executions;
  const registry = {
    move: (id: string, move: string) => {
      done.push(`${move} ${id}`);
      return Promise.resolve(answers.shift());
    },
  } as unknown as Registry;
  RiskDesk.pause({ executions, registry, log: SILENT_LOG }, "strat_e");
  expect(done).toEqual(["execution strat_e true", "pause strat_e"]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(done.filter((one) => one === "pause strat_e")).toHaveLength(3);
  vi.useRealTimers();
});

/** Of a risk whose entries and alerts nobody keeps. */
function lone(store: RiskOptions["store"]): Omit<RiskOptions, "now" | "pause"> {
  const audit = { note: () => Promise.resolve(), record: () => Promise.resolve(ok(null)) };
  return {
    store,
    audit: audit as unknown as RiskOptions["audit"],
    alerts: { raise: () => undefined } as unknown as RiskOptions["alerts"],
    log: SILENT_LOG,
    timezone: "UTC",
    nameOf: (id) => id,
  };
}

it("has what a limit pauses paused within one fast cycle of the price that passed it, at a look of its own", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const paused: string[] = [];
  const executions = { pause: (id: string) => paused.push(id) } as unknown as Executions;
  const registry = { move: () => Promise.resolve(ok({})) } as unknown as Registry;
  let time = Date.UTC(2026, 10, 18, 12) * 1_000;
  let looks = 0;
  const pause = (id: string): void => RiskDesk.pause({ executions, registry, log: SILENT_LOG }, id);
  const risk = new Risk({ ...lone(opened.value), now: () => (time += 1), pause });
  await risk.load();
  await risk.putLimits([{ scope: "strategy", metric: "daily_loss", limit: -1_000, action: "pause" }], "test");
  vi.useFakeTimers();
  let price = 100;
  risk.join(() => {
    looks++;
    return price;
  });
  for (const id of ["strat_a", "strat_b"])
    risk.opened({ executionId: id, strategyId: id, family: null, override: false, capital: 100_000 }, false);
  risk.traded("strat_a", "X", 100, 100, 0);
  vi.advanceTimersByTime(FAST_CYCLE_MS);
  expect(looks).toBeGreaterThan(0);
  expect(paused).toEqual([]);
  price = 89;
  vi.advanceTimersByTime(FAST_CYCLE_MS);
  expect(paused).toEqual(["strat_a"]);
  vi.advanceTimersByTime(10 * FAST_CYCLE_MS);
  expect(paused).toHaveLength(1);
  vi.useRealTimers();
  await risk.close();
  await opened.value.close();
});

it("knows no value at risk of a book that has become empty, and no limit on it stays breached", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  let time = Date.UTC(2026, 10, 18, 12) * 1_000;
  const risk = new Risk({ ...lone(opened.value), now: () => (time += 1), pause: () => undefined });
  await risk.load();
  await risk.putLimits([{ scope: "book", metric: "var_95", limit: 1, action: "alert" }], "test");
  vi.useFakeTimers();
  const random = new Random(3);
  let price = 100;
  risk.join(() => price);
  const party = { executionId: "e", strategyId: "strat_e", family: null, override: false, capital: 100_000 };
  const steps = (count: number): void => {
    for (let step = 0; step < count; step++) {
      price *= 1 + 0.01 * (random.next() - 0.55);
      time += STEP_US;
      vi.advanceTimersByTime(FAST_CYCLE_MS);
    }
  };
  risk.opened(party, false);
  risk.traded("e", "X", 100, 100, 0);
  steps(40);
  expect(risk.status()).toMatchObject({ breaches: [{ metric: "var_95" }] });
  risk.closed("e");
  vi.advanceTimersByTime(FAST_CYCLE_MS);
  const none = { historical: 0, historical_shortfall: 0, cornish_fisher: 0, cornish_fisher_shortfall: 0 };
  expect(risk.status()).toMatchObject({ var_95: 0, expected_shortfall_95: 0, value_at_risk: none, breaches: [] });
  // What it has learnt of its steps it still knows.
  risk.opened({ ...party, executionId: "f" }, false);
  risk.traded("f", "X", 100, price, 0);
  steps(2);
  expect(risk.status().var_95).toBeGreaterThan(0);
  vi.useRealTimers();
  await risk.close();
  await opened.value.close();
});

it("looks once a second while nobody trades, and at its own pace again as soon as somebody does", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  let looks = 0;
  const risk = new Risk({
    store: opened.value,
    audit: { record: () => Promise.resolve(ok(null)) } as unknown as RiskOptions["audit"],
    alerts: { raise: () => undefined } as unknown as RiskOptions["alerts"],
    now: () => Date.UTC(2026, 10, 18, 12) * 1_000 + looks++,
    log: SILENT_LOG,
    timezone: "UTC",
    pause: () => undefined,
    nameOf: (id) => id,
  });
  await risk.load();
  vi.useFakeTimers();
  looks = 0;
  risk.join(() => 100);
  vi.advanceTimersByTime(10_000);
  expect(looks).toBeLessThanOrEqual(11);
  expect(looks).toBeGreaterThan(8); // the day goes on
  const party = { executionId: "e", strategyId: "strat_e", family: null, override: false, capital: 100_000 };
  risk.opened(party, false);
  looks = 0;
  vi.advanceTimersByTime(FAST_CYCLE_MS);
  expect(looks).toBeGreaterThan(0);
  vi.advanceTimersByTime(10 * FAST_CYCLE_MS);
  expect(looks).toBeGreaterThanOrEqual(20);
  risk.closed("e");
  vi.advanceTimersByTime(FAST_CYCLE_MS);
  looks = 0;
  vi.advanceTimersByTime(10_000);
  expect(looks).toBeLessThanOrEqual(11);
  vi.useRealTimers();
  await risk.close();
  await opened.value.close();
});

it("counts the orders of this day that were made before the start and were filled or still may be", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const now = Date.UTC(2026, 10, 18, 12) * 1_000;
  const order = (position: number, state: "filled" | "working" | "cancelled", filled: number, createdAt = now) => {
    const whose = { executionId: "e", strategyId: "strat_aaaaaa", symbol: "X", orderId: `ord_${position}`, position };
    const levels = { limit: null, stop: null, trail: null, average: 0, oco: 0, reason: null, quantity: 1, filled };
    const kind = { side: "BUY", kind: "limit", timeInForce: "gtc", reduceOnly: false, purpose: "signal" } as const;
    return orderTable.insert({ ...whose, ...levels, ...kind, number: position, state, createdAt, updatedAt: now });
  };
  const day = 86_400_000_000;
  const rows = [
    order(1, "filled", 1),
    order(2, "working", 0),
    order(3, "cancelled", 0),
    order(4, "filled", 1, now - day),
  ];
  await opened.value.commit(rows);
  const nothing = {} as unknown;
  const risk = new Risk({
    store: opened.value,
    audit: nothing as RiskOptions["audit"],
    alerts: nothing as RiskOptions["alerts"],
    now: () => now,
    log: SILENT_LOG,
    timezone: "UTC",
    pause: () => undefined,
    nameOf: (id) => id,
  });
  await risk.load();
  await risk.recount(() => "trend_following");
  expect(risk.status()).toMatchObject({ orders_today: 2 });
  await risk.close();
  await opened.value.close();
});

it("leaves no entry in the audit trail where limits are replaced by the same ones, and refuses the second of two who change the same", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const record = vi.fn(() => Promise.resolve(ok(null)));
  const risk = new Risk({
    store: opened.value,
    audit: { record } as unknown as RiskOptions["audit"],
    alerts: {} as unknown as RiskOptions["alerts"],
    now: () => 1,
    log: SILENT_LOG,
    timezone: "UTC",
    pause: () => undefined,
    nameOf: (id) => id,
  });
  await risk.load();
  const same = risk.limits();
  expect(await risk.putLimits(same, "test")).toEqual(ok(same));
  expect(record).not.toHaveBeenCalled();
  await risk.putLimits(same.slice(1), "test");
  expect(record).toHaveBeenCalledOnce();
  expect(risk.limits()).toHaveLength(same.length - 1);
  const { revision } = risk;
  const meant = (found: string): boolean => found === revision;
  const both = await Promise.all([risk.putLimits(same, "one", meant), risk.putLimits([], "other", meant)]);
  expect(both).toMatchObject([{ ok: true }, { ok: false, failure: { code: "precondition_failed" } }]);
  expect(risk.limits()).toEqual(same);
  await opened.value.close();
});
