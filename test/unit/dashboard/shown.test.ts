import { describe, expect, it } from "vitest";
import type { ResponseOf } from "../../../src/client/client.ts";
import { merged } from "../../../src/dashboard/bar-merge.ts";
import { changesOf } from "../../../src/dashboard/patch.ts";
import { called, clock, figure, gain, share, words } from "../../../src/dashboard/format.ts";
import { draftOf, isChanged, keyOf, limitOf, useOf, withLimit, type Draft } from "../../../src/dashboard/limit-use.ts";
import { meant } from "../../../src/dashboard/named.ts";
import { newestFirst } from "../../../src/dashboard/newest.ts";
import { turned } from "../../../src/dashboard/turned.ts";

type Status = ResponseOf<"getRiskStatus">;
type Limit = ResponseOf<"getRiskLimits">["limits"][number];

const limit = (given: Partial<Limit>): Limit => ({ scope: "book", metric: "gross_exposure", limit: 1_000, ...given });
const typed = (given: Partial<Draft>): Draft => ({ ...draftOf(limit({})), ...given });

describe("a limit", () => {
  it("is shown beside what the engine says is used of it, and beside nothing while nobody is in its scope", () => {
    const usage = [
      { key: "book:gross_exposure", value: 250, used: 0.25 },
      { key: "strategy:*:leverage", name: "strat_aaaaaa", value: 9, used: 3 },
    ];
    const status = { usage } as unknown as Status;
    expect(useOf(limit({}), status)).toMatchObject({ name: null, value: 250, used: 0.25 });
    expect(useOf(limit({ scope: "strategy", metric: "leverage" }), status)).toMatchObject({ name: "strat_aaaaaa" });
    expect(useOf(limit({ scope: "strategy", metric: "leverage", level: "warning" }), status)).toBeNull();
    expect(useOf(limit({}), null)).toBeNull();
  });

  it("that is typed is a number, negative for losses alone, with a warning that comes before it", () => {
    expect(limitOf(typed({ limit: "" }), null)).toBe("The limit is a number.");
    expect(limitOf(typed({ limit: "-1" }), null)).toBe("The limit is not negative.");
    expect(limitOf(typed({ metric: "drawdown", limit: "0.2" }), null)).toBe("Losses are negative.");
    expect(limitOf(typed({ warn: "2000" }), null)).toBe("The warning comes before the limit.");
    expect(limitOf(typed({ metric: "drawdown", limit: "-0.2", warn: "0.1" }), null)).toMatch(/comes before/);
    expect(limitOf(typed({ scope: "symbol", name: " BTC ", warn: "900" }), limit({ hysteresis: 0.3 }))).toEqual({
      scope: "symbol",
      name: "BTC",
      metric: "gross_exposure",
      limit: 1_000,
      warn: 900,
      level: "hard",
      hysteresis: 0.3,
    });
  });

  it("takes the place of the one that it was, and leaves all others as they are", () => {
    const [one, two] = [limit({}), limit({ scope: "symbol", name: "AAA" })];
    const next = limit({ limit: 5 });
    expect(withLimit([one, two], keyOf(one), next)).toEqual([next, two]);
    expect(withLimit([one, two], keyOf(two), null)).toEqual([one]);
    expect(withLimit([one], null, two)).toEqual([one, two]);
  });

  it("is another one than it was when somebody has changed or taken it out meanwhile, whatever became of others", () => {
    const [one, two] = [limit({}), limit({ scope: "symbol", name: "AAA" })];
    expect(isChanged([two, limit({})], one)).toBe(false);
    expect(isChanged([one, limit({ scope: "symbol", name: "AAA", limit: 7 })], one)).toBe(false);
    expect(isChanged([limit({ limit: 7 }), two], one)).toBe(true);
    expect(isChanged([limit({ hysteresis: 0.4 }), two], one)).toBe(true);
    expect(isChanged([two], one)).toBe(true);
  });
});

describe("values that are typed over", () => {
  const before = { period: 14, allow_short: false, symbols: ["AAA"], note: "x" };

  it("are sent where they are different, each as what it was; an emptied one is taken out", () => {
    expect(changesOf(before, { period: "14", note: "12", symbols: '["AAA","BBB"]', allow_short: "" })).toEqual([
      { name: "note", from: "x", to: "12" },
      { name: "symbols", from: ["AAA"], to: ["AAA", "BBB"] },
      { name: "allow_short", from: false, to: null },
    ]);
    expect(changesOf(before, { further: "2.5", word: "fast", never: "" })).toEqual([
      { name: "further", from: undefined, to: 2.5 },
      { name: "word", from: undefined, to: "fast" },
    ]);
  });

  it("are refused with what is wanted where they are of another kind", () => {
    expect(changesOf(before, { period: "many" })).toBe("period is a number, and “many” is none.");
    expect(changesOf(before, { period: "1e999" })).toMatch(/a number/);
    expect(changesOf(before, { allow_short: "1" })).toMatch(/true or false/);
    expect(changesOf(before, { symbols: "AAA" })).toMatch(/a list/);
  });
});

describe("a chart", () => {
  const bar = (timestamp: number, close: number, [high, low] = [close, close]) => {
    return { timestamp, open: close, high: high ?? close, low: low ?? close, close, volume: 1 };
  };
  const second = (timestamp: number, close: number) => {
    return { symbol: "AAA", interval: "1s" as const, ...bar(timestamp, close) };
  };

  it("puts seconds into the bar that they fall into, begins bars that are not there yet, and leaves what is past", () => {
    const bars = [bar(60, 10, [12, 9]), bar(120, 11)];
    const shown = merged(bars, [second(61, 99), second(121, 8), second(125, 13), second(181, 12)], "1m");
    expect(shown.map(({ timestamp, high, low, close }) => [timestamp, high, low, close])).toEqual([
      [60, 12, 9, 10],
      [120, 13, 8, 13],
      [180, 12, 12, 12],
    ]);
    expect(merged(bars, [second(121, 8), second(121, 8)], "1m")).toEqual(merged(bars, [second(121, 8)], "1m"));
  });

  it("holds a bounded number of bars", () => {
    const seconds = Array.from({ length: 1_000 }, (_, index) => second(index, 5));
    expect(merged([], seconds, "1s").map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: 300 }, (_, index) => 700 + index),
    );
  });
});

describe("a time", () => {
  it("has its day where that is not today", () => {
    const now = new Date(2026, 4, 7, 12, 0, 0);
    expect(clock(new Date(2026, 4, 7, 9, 30, 0).getTime(), now)).toBe("09:30:00");
    expect(clock(new Date(2026, 4, 6, 23, 59, 59).getTime(), now)).toBe("2026-05-06 23:59:59");
    expect(clock(null, now)).toBe("–");
  });
});

describe("a number", () => {
  it("that is next to nothing is no loss, and one that can be seen keeps its sign", () => {
    expect([gain(-0), gain(-0.004), share(-0.00004), figure(-0.001)]).toEqual(["0.00", "0.00", "0.0 %", "0"]);
    expect([gain(-0.006), gain(7), share(-0.0005), figure(-0.5)]).toEqual(["-0.01", "+7.00", "-0.1 %", "-0.5"]);
  });
});

describe("a name", () => {
  it("is words, however the engine writes it", () => {
    expect(["momentum_rider", "maxDrawdown", "DEMO-BTC/USDT", "BTCUSD"].map(words)).toEqual([
      "momentum rider",
      "max drawdown",
      "DEMO-BTC/USDT",
      "BTCUSD",
    ]);
  });

  it("of a strategy turns no sentence round", () => {
    expect(called({ strategy_id: "strat_abc123", strategy_name: "Night owl" })).toBe("Night owl (strat_abc123)");
    expect(called({ strategy_id: "strat_abc123", strategy_name: "\u202Elwo" })).toBe("\\u202elwo (strat_abc123)");
    for (const nameless of [{}, { strategy_name: null }])
      expect(called({ strategy_id: "strat_abc123", ...nameless })).toBe("strat_abc123");
  });
});

describe("a strategy that somebody names", () => {
  const strategies = [
    { strategy_id: "strat_owl000", strategy_name: "Night owl" },
    { strategy_id: "strat_wren01", strategy_name: "Wren" },
    { strategy_id: "strat_wren02", strategy_name: "Wren" },
    { strategy_id: "strat_named1", strategy_name: "strat_owl000" },
  ];

  it("is known by its name, and by its id, which goes before a name that reads the same", () => {
    expect(meant(" Night owl ", strategies)).toEqual({ id: "strat_owl000" });
    for (const id of ["strat_wren02", "strat_owl000"]) expect(meant(id, strategies)).toEqual({ id });
  });

  it("is asked for by its id where several have the name", () => {
    expect(meant("Wren", strategies)).toEqual({
      why: '2 strategies are called "Wren": name one by its id (strat_wren01, strat_wren02)',
    });
  });

  it("is nobody where none has the name, with those that are alike; what reads like an id is the engine's to know", () => {
    expect(meant("Wre", strategies.slice(1, 3))).toEqual({ why: 'no strategy is called "Wre"; alike: "Wren"' });
    expect(meant("Robin", [])).toEqual({ why: 'no strategy is called "Robin"' });
    expect(meant(" ", strategies)).toEqual({ why: "say which strategy, by its name or its id" });
    expect(meant("strat_robin1", [])).toEqual({ id: "strat_robin1" });
    expect(meant("Wre", strategies, false)).toEqual({
      why: 'too many strategies have "Wre" in their names: say its id',
    });
    expect(meant("Night owl", strategies, false)).toEqual({ id: "strat_owl000" });
  });
});

describe("a list of signals", () => {
  it("is in the order of the times that it shows, also where a feed sends what is long past", () => {
    const late = { timestamp: 70, event_time: 20.5 };
    const [early, later] = [
      { timestamp: 60, event_time: 59.5 },
      { timestamp: 70, event_time: 69.5 },
    ];
    expect([early, late, later].sort(newestFirst)).toEqual([later, late, early]);
  });
});

describe("a change that somebody made", () => {
  it("is shown by what is different on each side, and whole where there is nothing beside it", () => {
    const before = { version: "1.0.1", deployed_version: "1.0.1", parameters: { fast: 5 } };
    const after = { version: "1.0.1", deployed_version: "1.0.0", parameters: { fast: 5 }, note: "x" };
    expect(turned(before, after)).toEqual([{ deployed_version: "1.0.1" }, { deployed_version: "1.0.0", note: "x" }]);
    expect(turned(null, after)).toEqual([null, after]);
    expect(turned([1], [2])).toEqual([[1], [2]]);
  });
});
