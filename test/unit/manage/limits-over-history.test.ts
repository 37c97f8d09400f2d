// What an execution of a registered strategy keeps its runs over history keep as well: a verdict is about what would trade.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { History } from "../../../src/history/history.ts";
import { type JobSpec, runJob } from "../../../src/manage/backtests/job.ts";
import { parameterNames, specOf } from "../../../src/manage/backtests/spec.ts";
import { Book } from "../../../src/manage/executions/book.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import { CAPITAL, termsFor } from "../../../src/manage/executions/terms.ts";
import type { Drive } from "../../../src/research/drive.ts";
import { RUN_LIMITS, runFamily, type RunRequest } from "../../../src/research/research.ts";
import { begin } from "../../../src/research/run.ts";
import { tradeSignalOf } from "../../../src/research/trade-signal.ts";
import type { ClosedTrade } from "../../../src/simulation/simulation.ts";
import { builtin } from "../../support/manage/registered.ts";
import { market } from "../../support/research.ts";

type Given = Readonly<Record<string, unknown>>;

const SYMBOLS = ["BTCUSD", "ETHUSD", "XRPUSD"];
const FAMILY = ["momentum_rider", "breakout_strategy", "moving_average_crossover"];
const WHERE = { dataDir: null, engineVersion: "test", now: () => 1_756_029_600_000_000 };

function specFor(implementation: string, parameters: Given, riskLimits: Given): JobSpec {
  const asked = { kind: "backtest", parameters: {}, spanMs: 20 * 86_400_000, capital: CAPITAL } as const;
  const spec = specOf({ ...asked, strategy: builtin(implementation, parameters, riskLimits) }, WHERE);
  if (!spec.ok) throw new Error(JSON.stringify(spec.failure));
  return spec.value;
}
function requestOf(type: string, { parameters: given, limits, execution }: JobSpec, parts = 1): RunRequest {
  const parameters = Object.fromEntries(Object.entries(given).filter(([name]) => !RUN_LIMITS.includes(name)));
  return { strategy: type, parameters, symbols: SYMBOLS, capital: CAPITAL / parts, limits, execution };
}
function tradesOf(history: History, requests: readonly RunRequest[]): readonly ClosedTrade[] {
  const ran = runFamily(history, requests);
  if (!ran.ok) throw new Error(JSON.stringify(ran.failure));
  return ran.value.flatMap(({ trades }) => trades);
}

/** The same signals at the same events in the account of an execution, as its thread gives them. */
function executed(history: History, request: RunRequest, parameters: Given, riskLimits: Given): readonly ClosedTrade[] {
  const trades: ClosedTrade[] = [];
  const terms = termsFor({ parameters, riskLimits, executionConfig: {} });
  const book = new Book(terms, SYMBOLS, { booked: () => undefined, closed: (trade) => trades.push(trade) });
  const begun = begin(history, request);
  if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
  const { datasets, span, drive } = begun.value;
  const event = new FeedEvent();
  drive.run(history, span, {
    event: (source, { time, known, columns }, row) => {
      const dataset = datasets[source];
      if (dataset === undefined) return;
      const length = dataset.intervalMs;
      const end = (time[row] ?? 0) + length * 1_000;
      Object.assign(event, { kind: layout.KIND_BAR, aux: length, time: end, clock: known[row] });
      event.values.set(columns.map((column) => column[row] ?? 0).slice(0, 5));
      book.event(SYMBOLS.indexOf(dataset.symbol), event);
    },
    signals: (signals) => {
      const placed = signals.map((one) => tradeSignalOf(one, SYMBOLS.indexOf(drive.plane.symbolName(one.symbol))));
      book.signals(placed, request.strategy);
    },
  });
  return trades;
}

const shape = ({ symbol, side, entryTime, exitTime, reason }: ClosedTrade): object => {
  return { symbol, side, entryTime, exitTime, reason };
};

describe("a registered strategy over history", () => {
  const cases: readonly (readonly [string, Given, Given])[] = [
    ["no limit", {}, {}],
    ["max_position_size", {}, { max_position_size: 2_500 }],
    ["max_open_positions", {}, { max_open_positions: 1 }],
    ["max_trades_per_day", {}, { max_trades_per_day: 2 }],
    ["stop_loss and take_profit", { stop_loss: -0.004, take_profit: 0.006 }, {}],
    ["a limit of its own before a parameter", { max_open_positions: 3 }, { max_open_positions: 1 }],
    ["a way of filling orders", { execution: { slice: "twap", seconds: 3_600 } }, {}],
    ["short positions, sizes", { allow_short: true, position_size: 0.3 }, { max_open_positions: 2 }],
  ];

  it.each(cases)("makes the trades that its execution would make: %s", (name, parameters, riskLimits) => {
    const history = market(SYMBOLS);
    const request = requestOf("momentum_rider", specFor("momentum_rider", parameters, riskLimits));
    const trades = tradesOf(history, [request]);
    const live = executed(history, request, parameters, riskLimits);
    expect(trades.length).toBeGreaterThan(3);
    expect(trades.map(shape)).toEqual(live.map(shape));
    const worth = trades.map(({ quantity, entryPrice }) => quantity * entryPrice);
    for (const [place, { quantity, entryPrice }] of live.entries())
      expect(Math.abs(1 - (worth[place] ?? 0) / (quantity * entryPrice))).toBeLessThan(0.01); // whole lots
    const free = tradesOf(history, [requestOf("momentum_rider", specFor("momentum_rider", {}, {}))]);
    if (name !== "no limit") expect(trades).not.toEqual(free);
  });

  it("of several types keeps what bounds the whole together, and without limits is what each is alone", () => {
    const history = market(SYMBOLS);
    const requests = (limits: Given) => {
      const spec = specFor("momentum_rider", {}, limits);
      return FAMILY.map((type) => requestOf(type, spec, FAMILY.length));
    };
    const alone = requests({}).flatMap((request) => tradesOf(history, [request]));
    expect(tradesOf(history, requests({}))).toEqual(alone);
    // Side by side, under limits that nothing reaches, they are what they are one by one.
    const loose = tradesOf(history, requests({ max_open_positions: 3, max_trades_per_day: 1_000_000 }));
    expect(loose).toEqual(alone);
    expect(symbolsAtOnce(alone)).toBe(3);
    const tight = tradesOf(history, requests({ max_open_positions: 1 }));
    expect(tight.length).toBeGreaterThan(3);
    expect(symbolsAtOnce(tight)).toBe(1);
    const few = tradesOf(history, requests({ max_trades_per_day: 2 }));
    const days = new Map<number, number>();
    for (const { entryTime } of few) {
      const day = Math.floor(entryTime / 86_400e6);
      days.set(day, (days.get(day) ?? 0) + 1);
    }
    expect(few.length).toBeGreaterThan(3);
    expect(Math.max(...days.values())).toBe(2);
  });

  it("puts no more at stake than its limits say, as a family as well", async () => {
    const spec = { ...specFor("momentum_rider", {}, {}), types: FAMILY, symbols: SYMBOLS };
    const stakes = async (limits: JobSpec["limits"]) => {
      const { result } = await runJob({ ...spec, limits }, () => false);
      if (!result.ok) throw new Error(result.failure ?? "stopped");
      return result.value["stakes"] as { readonly most_positions: number; readonly largest_position: number };
    };
    const free = await stakes({});
    expect(free.most_positions).toBeGreaterThan(1);
    expect(free.largest_position).toBeGreaterThan(600);
    const held = await stakes({ max_open_positions: 1, max_position_size: 600 });
    expect(held.most_positions).toBe(1);
    expect(held.largest_position).toBeLessThanOrEqual(200 + 1e-6);
    expect(held.largest_position).toBeGreaterThan(150);
  });

  it("states the limits that it kept, and is another run with others", () => {
    const history = market(SYMBOLS);
    const ran = (riskLimits: Given) => {
      const done = runFamily(history, [requestOf("momentum_rider", specFor("momentum_rider", {}, riskLimits))]);
      return done.ok ? done.value[0]?.statement : undefined;
    };
    const [free, bound] = [ran({}), ran({ max_open_positions: 2 })];
    expect(bound?.costs).toMatchObject({ max_open_positions: 2 });
    expect(bound?.parameters).toMatchObject({ max_open_positions: 2 });
    expect(free?.costs).not.toHaveProperty("max_open_positions");
    expect(bound?.parameterHash).not.toBe(free?.parameterHash);
  });

  it("is refused with a limit that means nothing, by its name", () => {
    expect(() => specFor("momentum_rider", {}, { max_position_size: "much" })).toThrow("risk_limits.max_position_size");
    expect(() => specFor("momentum_rider", { execution: { slice: "tea" } }, {})).toThrow("parameters.execution");
  });

  it("says which of its limits no parameter decides", () => {
    const risk = { max_open_positions: 2, max_trades_per_day: null, stop_loss: -0.1 };
    const mine = builtin("momentum_rider", {}, risk);
    const asked = { kind: "backtest", parameters: {}, spanMs: 86_400_000, capital: CAPITAL, strategy: mine } as const;
    expect(parameterNames(asked, specFor("momentum_rider", {}, risk)).fixed).toEqual(["max_open_positions"]);
    const free = { ...asked, strategy: "momentum_rider" };
    expect(parameterNames(free, specFor("momentum_rider", {}, {})).fixed).toEqual([]);
  });

  it("goes an event at a time to the same end as in one pass", () => {
    const history = market(SYMBOLS, { bars: 500 }, 13);
    const told = (stepwise: boolean): readonly string[] => {
      const begun = begin(history, requestOf("momentum_rider", specFor("momentum_rider", {}, {})));
      if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
      const { drive, span } = begun.value;
      const lines: string[] = [];
      const follower: Parameters<Drive["run"]>[2] = {
        event: (source, { known }, row) => lines.push(`${source} ${known[row]}`),
        signals: (signals) => lines.push(...signals.map(({ hash }) => String(hash))),
      };
      if (!stepwise) drive.run(history, span, follower, { batch: 64 });
      else for (const at of drive.steps(history, span, follower, { batch: 64 })) expect(at).toBeGreaterThan(0);
      return lines;
    };
    const whole = told(false);
    expect(whole.length).toBeGreaterThan(1_500);
    expect(told(true)).toEqual(whole);
  });
});

/** Most symbols that were held at once. */
function symbolsAtOnce(trades: readonly ClosedTrade[]): number {
  return Math.max(
    ...trades.map(({ entryTime }) => {
      const held = trades.filter((one) => one.entryTime <= entryTime && one.exitTime > entryTime);
      return new Set(held.map(({ symbol }) => symbol)).size;
    }),
  );
}
