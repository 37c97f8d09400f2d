// What the parameters of one of the engine's own strategies make of its positions, in an execution and over history.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Book } from "../../../src/manage/executions/book.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { builtinIssues, choiceOf, meantNames, unusedNames } from "../../../src/manage/registry/builtin.ts";
import { runBacktest, TRADING } from "../../../src/research/research.ts";
import { Tally } from "../../../src/simulation/simulation.ts";
import { TRADING_LIMITS } from "../../../src/simulation/trading-limits.ts";
import { market } from "../../support/research.ts";

type Given = Readonly<Record<string, unknown>>;
const BEGIN = 1_750_000_000_000_000;

function sizeFor(parameters: Given, implementation: string | null = "momentum_rider"): number | undefined {
  return termsFor({ parameters, riskLimits: {}, executionConfig: {}, implementation }).policy.positionSize;
}

describe("positions of the engine's own strategies", () => {
  it.each([
    [{}, 0.1],
    [{ risk_tolerance: 0.5, weight: 1 }, 0.1],
    [{ risk_tolerance: 1 }, 0.15],
    [{ risk_tolerance: 0 }, 0.05],
    [{ weight: 2 }, 0.2],
    [{ risk_tolerance: 0, weight: 4, position_size: 0.2 }, 0.4],
    [{ risk_tolerance: 1, weight: 4, position_size: 0.5 }, 1],
    // Stored before anybody read it.
    [{ weight: -3, risk_tolerance: "high" }, 0.1],
  ])("are larger by risk tolerance and weight, within the capital: %j", (parameters, size) => {
    expect(sizeFor(parameters)).toBeCloseTo(size, 12);
  });

  it("leave the parameters of code to its author", () => {
    expect(sizeFor({ risk_tolerance: 1, weight: 3, position_size: 0.2 }, null)).toBe(0.2);
  });

  it("are as large in a run over history", () => {
    const first = (parameters: Readonly<Record<string, number>>): number => {
      const request = { strategy: "momentum_rider", symbols: ["BTCUSD"], capital: 100_000, parameters };
      const done = runBacktest(market(["BTCUSD"]), request);
      if (!done.ok) throw new Error(JSON.stringify(done.failure));
      const [trade] = done.value.trades;
      return trade!.quantity * trade!.entryPrice;
    };
    const usual = first({});
    expect(first({ weight: 2 }) / usual).toBeCloseTo(2, 2);
    expect(first({ risk_tolerance: 1, weight: 0.5 }) / usual).toBeCloseTo(0.75, 2);
  });

  it("have a weight that is a number within its range, and known", () => {
    const choice = choiceOf("trend_following")!;
    expect(builtinIssues(choice, { weight: 2 })).toEqual([]);
    expect(unusedNames(choice, { weight: 2, heft: 2 })).toEqual(["heft"]);
    const traded = { ...TRADING, ...Object.fromEntries(TRADING_LIMITS.map((name) => [name, 1])), execution: {} };
    expect(unusedNames(choice, traded)).toEqual([]);
    expect(unusedNames(choice, { strategy_class: "arbitrage" })).toEqual(["strategy_class"]);
    expect(meantNames(choice, { positon_size: 0.5 })).toEqual({ did_you_mean: { positon_size: "position_size" } });
    for (const weight of [0, 5, "2", true])
      expect(builtinIssues(choice, { weight })).toEqual([
        { field: "parameters.weight", issue: "must be a number from 0.01 to 4" },
      ]);
  });
});

describe("the inventory of a market maker", () => {
  /** Full quotes that an account of one comes to hold when every bid is filled. */
  const held = (type: string, parameters: Given): number => {
    const terms = termsFor({ parameters, riskLimits: {}, executionConfig: {}, implementation: "market_making" });
    const real = { numbering: { last: 0 }, tally: new Tally(), postings: { post: () => undefined } as never };
    const book = new Book(terms, ["BTCUSD"], {
      booked: () => undefined,
      closed: () => undefined,
      real: { ...real, ordered: () => undefined },
    });
    const quote = {
      symbol: 0,
      action: "buy",
      entry: 100,
      stop: 0,
      target: 0,
      values: [100, 104, 1, 1],
      group: 0,
    } as const;
    for (let step = 1; step < 60; step++) {
      const numbers = new Float64Array(16);
      const words = new Int32Array(numbers.buffer);
      words[2] = layout.KIND_TRADE << 16;
      const time = BEGIN + step * 1_000_000;
      const price = step % 2 === 0 ? 99 : 102;
      numbers[0] = step;
      numbers.set([time, time, price, 1e6, price, price, price], 1 + layout.EVENT_TIME / 8);
      const event = new FeedEvent();
      event.read(words, numbers, 0);
      book.event(0, event);
      book.signals([quote], type);
    }
    return (book.held(0) * 100) / (0.1 * 100_000);
  };

  it.each([
    ["adaptive_quote", {}, 10],
    ["adaptive_quote", { q_max: 3 }, 3],
    ["adaptive_quote", { q_max: 3, order_size: 2 }, 1.5],
    ["adaptive_quote", { q_max: 1e6 }, 10],
    ["spread_adjuster", {}, 10],
    ["spread_adjuster", { inventory_max: 0.4 }, 4],
    ["volatility_responsive_mm", { inventory_max: 0.2 }, 2],
  ])("of %s with %j is at most so many full quotes: %d", (type, parameters, quotes) => {
    expect(held(type, parameters)).toBeCloseTo(quotes, 6);
  });
});
