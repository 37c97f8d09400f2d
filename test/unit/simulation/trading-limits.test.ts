// One rule of what is a limit of trading: an execution and a run over history are asked the same things here.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { Book } from "../../../src/manage/executions/book.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { limitsOf, RUN_LIMITS } from "../../../src/research/research.ts";
import { begin } from "../../../src/research/run.ts";
import { limitPolicy, type TradeSignal } from "../../../src/simulation/simulation.ts";
import { market } from "../../support/research.ts";

type Given = Readonly<Record<string, unknown>>;
const NONE = limitPolicy({});

function live(parameters: Given, riskLimits: Given): Given {
  const { policy } = termsFor({ parameters, riskLimits, executionConfig: {} });
  return Object.fromEntries(Object.entries(policy).filter(([name]) => name in NONE));
}

describe("a limit of trading", () => {
  it.each<[string, Given, Given, Given]>([
    ["a stop, whatever its sign", { stop_loss: 0.05 }, {}, { stopLoss: -0.05 }],
    ["a stop among the risk limits, which is kept and ignored", {}, { stop_loss: -0.02 }, {}],
    ["a target among the risk limits, which is kept and ignored", {}, { take_profit: 0.05 }, {}],
    ["a stop in both", { stop_loss: -0.05 }, { stop_loss: -0.5 }, { stopLoss: -0.05 }],
    ["nonsense among the risk limits that is no limit", { stop_loss: -0.05 }, { stop_loss: "x" }, { stopLoss: -0.05 }],
    ["a bound in both", { max_open_positions: 5 }, { max_open_positions: 2 }, { maxOpenPositions: 2 }],
    ["no bound in front of one", { max_trades_per_day: 5 }, { max_trades_per_day: 0 }, {}],
    ["nothing in front of one", { max_trades_per_day: 5 }, { max_trades_per_day: null }, { maxTradesPerDay: 5 }],
    ["a tiny size and a huge one", {}, { max_position_size: 1e13 }, { maxPositionSize: 1e13 }],
    ["none, in all ways of saying it", { stop_loss: 0, take_profit: false, max_position_size: null }, {}, {}],
  ])("is the same live and over history: %s", (_, parameters, riskLimits, kept) => {
    const past = limitsOf(parameters, riskLimits);
    expect(past.ok && limitPolicy(past.value)).toEqual({ ...NONE, ...kept });
    expect(live(parameters, riskLimits)).toEqual({ ...NONE, ...kept });
  });

  it.each<[string, Given, Given]>([
    ["parameters.take_profit", { take_profit: -0.1 }, {}],
    ["parameters.take_profit", { take_profit: 1_001 }, {}],
    ["parameters.stop_loss", { stop_loss: true }, {}],
    ["parameters.stop_loss", { stop_loss: -1.5 }, {}],
    ["parameters.stop_loss", { stop_loss: "5 %" }, {}],
    ["parameters.max_open_positions", { max_open_positions: 2.5 }, {}],
    ["parameters.max_trades_per_day", { max_trades_per_day: 2.5 }, {}],
    ["parameters.max_position_size", { max_position_size: -100 }, {}],
    ["risk_limits.max_trades_per_day", { max_trades_per_day: 3 }, { max_trades_per_day: "many" }],
    ["risk_limits.max_position_size", {}, { max_position_size: true }],
  ])(
    "that cannot be meant is refused over history by its name; live, one of risk opens nothing: %s %j %j",
    (field, own, risk) => {
      expect(live(own, risk)).toEqual(field.startsWith("risk_limits") ? { ...NONE, maxTradesPerDay: 0 } : NONE);
      expect(limitsOf(own, risk)).toMatchObject({ ok: false, failure: { code: "invalid", field } });
    },
  );

  it("of a day's trades is that of the start before all others", () => {
    const given = { parameters: { max_trades_per_day: 5 }, riskLimits: { max_trades_per_day: 4 } };
    const trades = (config: Given) => termsFor({ ...given, executionConfig: config }).policy.maxTradesPerDay;
    expect([trades({}), trades({ max_trades_per_day: 3 })]).toEqual([4, 3]);
  });
});

const FUNDING = "funding_rate_arbitrage";

/** Whether an execution still holds what it bought at 100 with `take_profit` 0.02, at each price. */
function heldAt(type: string, prices: readonly number[]): readonly boolean[] {
  const terms = termsFor({ parameters: { take_profit: 0.02 }, riskLimits: {}, executionConfig: {} });
  const book = new Book(terms, ["BTCUSD"], { booked: () => undefined, closed: () => undefined });
  const event = new FeedEvent();
  const tick = (price: number): void => {
    Object.assign(event, { kind: layout.KIND_TRADE, sequence: event.sequence + 1, clock: event.clock + 1e6 });
    event.values.set([price, 1e9]);
    book.event(0, event);
  };
  tick(100);
  const signal: TradeSignal = { symbol: 0, action: "buy", entry: 100, stop: 90, target: 0, values: [], group: 0 };
  book.signals([signal], type);
  return [100, ...prices].map((price) => {
    tick(price);
    return book.held(0) > 0;
  });
}

describe("a name that a type declares as a parameter of its own", () => {
  it("is no limit of its positions, which keep the stop of the signal: live", () => {
    expect(heldAt("momentum_rider", [103])).toEqual([true, false]);
    expect(heldAt(FUNDING, [103, 89])).toEqual([true, true, false]);
  });

  it("is no limit of its positions: over history", () => {
    const history = market(["BTCUSD", "ETHUSD"], { bars: 50 });
    const limits = { take_profit: 0.02, max_open_positions: 2 };
    const kept = (strategy: string) => {
      const begun = begin(history, { strategy, parameters: {}, symbols: ["BTCUSD", "ETHUSD"], capital: 1_000, limits });
      if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
      return begun.value.request.limits;
    };
    expect(kept("momentum_rider")).toEqual(limits);
    expect(kept(FUNDING)).toEqual({ max_open_positions: 2 });
  });

  it("is the target of funding arbitrage and no other", () => {
    const own = STRATEGIES.flatMap(({ name, parameters }) =>
      parameters.filter((one) => RUN_LIMITS.includes(one.name)).map((one) => [name, one.name]),
    );
    expect(own).toEqual([[FUNDING, "take_profit"]]);
  });
});
