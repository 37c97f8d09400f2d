// The division of capital that the portfolio tells: which returns it is made of, and what it does without any.
import { describe, expect, it } from "vitest";
import { allocationOf, Allocator, type CurvePoint } from "../../../src/manage/orders/allocation.ts";
import { type Holder, NO_BALANCES } from "../../../src/manage/orders/orders.ts";
import { Random } from "../../support/random.ts";

const SECOND = 1_000_000;
const holder = (executionId: string, strategyId: string, equity = 100_000): Holder => {
  return { executionId, strategyId, capital: 100_000, equity, balances: NO_BALANCES, positions: [], target: 0 };
};
/** A point each second, each move `size` large. */
function curve(seed: number, size: number, from: number, points: number): readonly CurvePoint[] {
  const random = new Random(seed);
  let equity = 100_000;
  return Array.from({ length: points }, (_, at) => {
    const point = { time: (from + at) * SECOND, equity };
    equity *= 1 + size * random.normal();
    return point;
  });
}
const sum = (values: Readonly<Record<string, number>>): number =>
  Object.values(values).reduce((all, value) => all + value, 0);

describe("the allocation of the portfolio", () => {
  it("gives a strategy that moves twice as much about half as much", () => {
    const curves = new Map([
      ["exec_a", curve(1, 0.001, 0, 200)],
      ["exec_b", curve(2, 0.002, 0, 200)],
    ]);
    const holders = [holder("exec_a", "strat_a", 150_000), holder("exec_b", "strat_b", 50_000)];
    const found = allocationOf(holders, (id) => curves.get(id) ?? []);
    const { strat_a: calm = 0, strat_b: wild = 1 } = found.weights;
    expect(calm / wild).toBeGreaterThan(1.7);
    expect(calm / wild).toBeLessThan(2.3);
    expect(sum(found.weights)).toBeCloseTo(1, 12);
    expect(found.actual).toEqual({ strat_a: 0.75, strat_b: 0.25 });
    expect(found.unmeasured).toEqual({});
  });

  it("does not take capital that a later execution of a strategy brought for a return", () => {
    const both = [curve(3, 0.001, 0, 200), curve(4, 0.001, 100, 100)];
    const other = curve(5, 0.001, 0, 200);
    const curves = new Map([
      ["exec_1", both[0] ?? []],
      ["exec_2", both[1] ?? []],
      ["exec_3", other],
    ]);
    const holders = [holder("exec_1", "strat_a"), holder("exec_2", "strat_a"), holder("exec_3", "strat_b")];
    const found = allocationOf(holders, (id) => curves.get(id) ?? []);
    // Two accounts of one strategy that are independent move less than one; a jump by their capital would be 100 %.
    expect(found.weights["strat_a"]).toBeGreaterThan(0.45);
    expect(found.weights["strat_a"]).toBeLessThan(0.7);
  });

  it("gives what has too little behind it an equal share and says why; nothing to nobody", () => {
    const young = new Map([
      ["exec_a", curve(6, 0.001, 0, 100)],
      ["exec_b", curve(7, 0.001, 95, 5)],
      ["exec_c", []],
    ]);
    const holders = ["a", "b", "c"].map((name) => holder(`exec_${name}`, `strat_${name}`));
    const found = allocationOf(holders, (id) => young.get(id) ?? []);
    expect(found.unmeasured).toEqual({ strat_b: "4 of 20 observations", strat_c: "0 of 20 observations" });
    for (const weight of Object.values(found.weights)) expect(weight).toBeCloseTo(1 / 3, 12);
    expect(allocationOf([], () => [])).toMatchObject({ weights: {}, actual: {}, unmeasured: {} });
  });

  it("is computed again for other executions and after ten seconds, not for each question", async () => {
    const allocator = new Allocator();
    let asked = 0;
    const curveOf = (): Promise<readonly CurvePoint[]> => {
      asked++;
      return Promise.resolve(curve(8, 0.001, 0, 50));
    };
    const one = [holder("exec_a", "strat_a")];
    const first = await allocator.of(one, curveOf, 0);
    expect(await allocator.of(one, curveOf, 9 * SECOND)).toBe(first);
    expect(asked).toBe(1);
    await allocator.of(one, curveOf, 10 * SECOND);
    expect(asked).toBe(2);
    await allocator.of([...one, holder("exec_b", "strat_b")], curveOf, 10 * SECOND);
    expect(asked).toBe(4);
    const lost = (): Promise<never> => Promise.reject(new Error("the store is gone"));
    await expect(allocator.of(one, lost, 10 * SECOND)).rejects.toThrow("the store is gone");
    expect((await allocator.of(one, curveOf, 10 * SECOND)).weights).toEqual({ strat_a: 1 });
  });

  it("takes the 64 strategies with the most capital", () => {
    const holders = Array.from({ length: 80 }, (_, at) => holder(`exec_${at}`, `strat_${at}`, 1_000 + at));
    const { weights } = allocationOf(holders, () => []);
    expect(Object.keys(weights).length).toBe(64);
    expect(weights["strat_79"]).toBeCloseTo(1 / 64, 12);
    expect(weights["strat_15"]).toBeUndefined();
  });
});
