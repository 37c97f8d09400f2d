import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";

type Rates = readonly (readonly number[])[];

/** The largest product over all cycles, by trying every path: for a handful of currencies. */
function bestProduct(rates: Rates): number {
  let best = 0;
  const walk = (start: number, at: number, seen: ReadonlySet<number>, product: number): void => {
    (rates[at] ?? []).forEach((rate, next) => {
      if (next === at || !(rate > 0)) return;
      if (next === start) best = Math.max(best, product * rate);
      // A cycle is counted from its lowest node, so that each is tried once.
      else if (next > start && !seen.has(next)) walk(start, next, new Set([...seen, next]), product * rate);
    });
  };
  rates.forEach((_, start) => walk(start, start, new Set([start]), 1));
  return best;
}

describe.each(BUILDS)("a cycle of rates, %s build", (build) => {
  const { core, arena } = openCore(build);

  function cycle(rates: Rates): number[] {
    arena.reset();
    const n = rates.length;
    const table = arena.put(rates.flat());
    const out = arena.take(n);
    const scratch = arena.take(Math.ceil(core.cycleScratch(n) / 8));
    const count = core.profitableCycle(table, n, out, scratch);
    const words = new Uint32Array(Float64Array.from(arena.read(out, n)).buffer);
    return Array.from(words.slice(0, count));
  }
  function productOf(rates: Rates, nodes: readonly number[]): number {
    return nodes.reduce((product, node, i) => product * (rates[node]?.[nodes[(i + 1) % nodes.length] ?? 0] ?? 0), 1);
  }

  it("is found where one exists, goes through each node once, and gives more than it takes", () => {
    const random = new Random(3);
    let found = 0;
    for (let table = 0; table < 400; table++) {
      const n = 2 + Math.floor(random.next() * 5);
      const worth = Array.from({ length: n }, () => Math.exp(3 * random.normal()));
      const rates = worth.map((from, i) =>
        worth.map((to, j) => (i === j || random.next() < 0.3 ? 0 : (from / to) * (0.997 + 0.002 * random.normal()))),
      );
      const nodes = cycle(rates);
      const best = bestProduct(rates);
      if (Math.abs(best - 1) < 1e-9) continue;
      expect(nodes.length > 0).toBe(best > 1);
      if (nodes.length === 0) continue;
      found++;
      expect(new Set(nodes).size).toBe(nodes.length);
      expect(productOf(rates, nodes)).toBeGreaterThan(1);
    }
    expect(found).toBeGreaterThan(20);
    expect(found).toBeLessThan(380);
  });

  it("is none among rates that agree with each other, whatever their rounding", () => {
    const random = new Random(4);
    for (let table = 0; table < 50; table++) {
      const worth = Array.from({ length: 40 }, () => Math.exp(8 * random.normal()));
      expect(cycle(worth.map((from) => worth.map((to) => from / to)))).toEqual([]);
    }
  });

  it("is the planted one of forty currencies", () => {
    const random = new Random(5);
    const worth = Array.from({ length: 40 }, () => Math.exp(random.normal()));
    const planted = [7, 31, 2, 19];
    const edge = new Map(planted.map((node, i) => [node, planted[(i + 1) % 4]]));
    const rates = worth.map((from, i) => worth.map((to, j) => (from / to) * (edge.get(i) === j ? 1.002 : 0.999)));
    const nodes = cycle(rates);
    const start = nodes.indexOf(7);
    expect([...nodes.slice(start), ...nodes.slice(0, start)]).toEqual(planted);
    expect(productOf(rates, nodes)).toBeCloseTo(1.002 ** 4, 9);
  });

  it("is not seen in rates that are none: zero, negative, not a number", () => {
    expect(
      cycle([
        [5, 0, 0],
        [0, 5, -3],
        [Number.NaN, 0, 5],
      ]),
    ).toEqual([]);
    expect(cycle([[1]])).toEqual([]);
  });
});
