// Where a strategy may open positions: what gates say, from which event on, and what is left where they are shut.
import { describe, expect, it } from "vitest";
import { type Gate, gatesOpen } from "../../../src/domain/gate.ts";
import { closingOf, Gatekeeper, needed } from "../../../src/manage/executions/gatekeeper.ts";
import type { Decision } from "../../../src/sandbox/sandbox.ts";

const SYMBOLS = Array.from({ length: 200 }, (_, index) => `SYM${index}USD`);
const gate = (change: Partial<Gate> = {}): Gate => ({
  name: "careful",
  enabled: true,
  percent: 100,
  symbols: [],
  ...change,
});
const open = (gates: readonly Gate[], strategyId = "strat_a"): readonly string[] =>
  SYMBOLS.filter((symbol) => gatesOpen(gates, strategyId, symbol));

describe("a gate", () => {
  it("is open on the share of the symbols that its percentage names, and a larger one holds all of a smaller one", () => {
    const [few, more] = [open([gate({ percent: 20 })]), open([gate({ percent: 60 })])];
    expect(few.length).toBeGreaterThan(20);
    expect(few.length).toBeLessThan(60);
    expect(more.length).toBeGreaterThan(90);
    expect(more).toEqual(expect.arrayContaining([...few]));
    expect(open([gate({ percent: 20 })], "strat_b")).not.toEqual(few);
    expect(open([gate({ percent: 0 })])).toEqual([]);
    expect(open([gate({ enabled: false })])).toEqual([]);
    expect(open([gate()])).toEqual(SYMBOLS);
  });

  it("says nothing about symbols that it does not name, and one that is shut is enough", () => {
    const shut = gate({ enabled: false, symbols: ["SYM3USD"] });
    expect(open([shut])).toEqual(SYMBOLS.filter((symbol) => symbol !== "SYM3USD"));
    expect(open([gate(), gate({ name: "other", enabled: false })])).toEqual([]);
  });
});

describe("a gatekeeper", () => {
  it("lets a table count from the event of its number on, however late it is asked", () => {
    const shut = { strategyId: "strat_a", from: 10, gates: [gate({ enabled: false })] };
    const keeper = new Gatekeeper(["AUSD"], [shut]);
    keeper.add({ strategyId: "strat_a", from: 20, gates: [] });
    expect([9, 10, 19, 20].map((sequence) => keeper.opens(0, sequence))).toEqual([true, false, false, true]);
    const late = new Gatekeeper(["AUSD"], [shut, { strategyId: "strat_a", from: 20, gates: [] }]);
    expect(late.opens(0, 25)).toBe(true);
  });

  it("knows symbols that come later", () => {
    const names = ["AUSD"];
    const only = { strategyId: "strat_a", from: 0, gates: [gate({ enabled: false, symbols: ["BUSD"] })] };
    const keeper = new Gatekeeper(names, [only]);
    expect(keeper.opens(0, 1)).toBe(true);
    names.push("BUSD");
    expect(keeper.opens(1, 2)).toBe(false);
  });
});

describe("tables of gates", () => {
  it("are kept while an event that was not told of yet may come between them and the one behind them", () => {
    const tables = [0, 100, 200, 200].map((from, at) => ({ strategyId: `${at}`, from, gates: [] }));
    const kept = (sequence: number): readonly string[] => needed(tables, sequence).map(({ strategyId }) => strategyId);
    expect(kept(-1)).toEqual(["0", "1", "3"]);
    expect(kept(98)).toEqual(["0", "1", "3"]);
    expect(kept(99)).toEqual(["1", "3"]);
    expect(kept(199)).toEqual(["3"]);
    expect(needed([], 5)).toEqual([]);
  });
});

describe("where no position may be opened", () => {
  const decided = (action: Decision["action"]): Decision => ({ action, confidence: 1, stop: 0, target: 0, size: 0 });
  it.each([
    ["buy", 0, null],
    ["sell", 0, null],
    ["buy", 5, null],
    ["sell", -5, null],
    ["sell", 5, "exit"],
    ["buy", -5, "exit"],
    ["exit", 5, "exit"],
    ["exit", 0, null],
  ] as const)("%s with %d held becomes %s", (action, held, left) => {
    expect(closingOf(decided(action), held)?.action ?? null).toBe(left);
  });
});
