import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { asynchronousTwin, correlationTwin, type Path } from "../../support/twins/columns.ts";

/** One path every millisecond, seen twice at random moments, by b `lead` ms late and with some noise. */
function leading(seed: number, length: number, lead: number): readonly [Path, Path] {
  const random = new Random(seed);
  let level = 0;
  const truth = Array.from({ length }, () => (level += 1e-4 * random.normal()));
  const seen = (late: number): Path => {
    const times = truth.map((_, t) => t).filter((t) => t >= late && random.next() < 0.15);
    return { times, values: times.map((t) => (truth[t - late] ?? 0) + 2e-6 * random.normal()) };
  };
  return [seen(0), seen(lead)];
}

describe.each(BUILDS)("lead and lag, %s build", (build) => {
  const { core, arena } = openCore(build);

  function search(a: Path, b: Path, from: number, step: number, lags: number): { best: number; rho: number[] } {
    arena.reset();
    const out = arena.take(lags);
    const put = ({ times, values }: Path): [number, number, number] => [
      arena.put(times),
      arena.put(values),
      times.length,
    ];
    return { best: core.leadLag(...put(a), ...put(b), from, step, lags, out), rho: arena.read(out, lags) };
  }

  it("sums the products of all moves that overlap", () => {
    for (const seed of [1, 2, 3]) {
      const [a, b] = leading(seed, 1500, 7);
      const { rho } = search(a, b, -20, 2.5, 17);
      rho.forEach((value, i) => expect(value).toBeCloseTo(asynchronousTwin(a, b, -20 + 2.5 * i), 10));
    }
  });

  it("counts the last of several values at the same time", () => {
    const random = new Random(4);
    const make = (): Path => {
      let time = 0;
      const times = Array.from({ length: 300 }, () => (time += random.integer(3)));
      return { times, values: times.map(() => random.normal()) };
    };
    const [a, b] = [make(), make()];
    search(a, b, -6, 1, 13).rho.forEach((value, i) => expect(value).toBeCloseTo(asynchronousTwin(a, b, i - 6), 10));
  });

  it.each([-35, -4, 0, 12, 40])("finds a planted lead of %i ms", (lead) => {
    for (const seed of [5, 6, 7]) {
      const [early, late] = leading(seed, 20_000, Math.abs(lead));
      const [a, b] = lead < 0 ? [late, early] : [early, late];
      const { best, rho } = search(a, b, -60, 1, 121);
      expect(Math.abs(best - 60 - lead)).toBeLessThanOrEqual(1);
      expect(rho[best]).toBeGreaterThan(0.9);
    }
  });

  it("mirrors when the paths change places, and turns its sign with one of them", () => {
    const [a, b] = leading(8, 4000, 9);
    const { rho } = search(a, b, -20, 1, 41);
    search(b, a, -20, 1, 41).rho.forEach((value, i) => expect(value).toBeCloseTo(rho[40 - i] ?? Number.NaN, 10));
    const turned = { ...b, values: b.values.map((value) => 3 - 5 * value) };
    search(a, turned, -20, 1, 41).rho.forEach((value, i) => expect(value).toBeCloseTo(-(rho[i] ?? 9), 10));
  });

  it("has no answer for a path that stands still or is a single point", () => {
    const [a] = leading(9, 200, 0);
    const still = { times: a.times, values: a.values.map(() => 1) };
    expect(search(a, still, -5, 1, 11).best).toBe(-1);
    expect(search(a, { times: [3], values: [1] }, -5, 1, 11).best).toBe(-1);
    expect(search(a, { times: [], values: [] }, -5, 1, 11).best).toBe(-1);
  });

  it("samples the last value at or before each grid point", () => {
    arena.reset();
    const out = arena.take(8);
    core.sampleGrid(arena.put([10, 20, 20, 47]), arena.put([1, 2, 3, 4]), 4, 0, 10, 8, out);
    expect(arena.read(out, 8)).toEqual([Number.NaN, 1, 3, 3, 3, 4, 4, 4]);
  });

  it("correlates on a grid as the definition does, and finds the shift", () => {
    const random = new Random(10);
    const a = Array.from({ length: 800 }, () => random.normal());
    const b = a.map((_, t) => 0.8 * (a[t - 5] ?? 0) + 0.6 * random.normal());
    arena.reset();
    const out = arena.take(21);
    const [left, right] = [arena.put(a), arena.put(b)];
    expect(core.gridCorrelations(left, right, 800, 10, out)).toBe(15);
    arena.read(out, 21).forEach((value, place) => {
      const k = place - 10;
      const [x, y] = k >= 0 ? [a.slice(0, 800 - k), b.slice(k)] : [a.slice(-k), b.slice(0, 800 + k)];
      expect(value).toBeCloseTo(correlationTwin(x, y), 11);
    });
    expect(core.correlation(left, left, 800)).toBeCloseTo(1, 12);
    expect(core.correlation(left, arena.put(a.map(() => 2)), 800)).toBeNaN();
    expect(core.gridCorrelations(left, right, 11, 10, out)).toBe(-1);
  });
});
