import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { cusumTwin } from "../../support/twins/filters.ts";

const [K, H] = [0.5, 5];

function noise(seed: number, length: number, shift: (t: number) => number = () => 0): number[] {
  const random = new Random(seed);
  return Array.from({ length }, (_, t) => shift(t) + random.normal());
}

describe.each(BUILDS)("cumulative sums, %s build", (build) => {
  const { core, arena } = openCore(build);

  function run(x: readonly number[], k = K, h = H): number[][] {
    arena.reset();
    const out = arena.take(3 * x.length);
    core.cusumColumn(arena.put(x), x.length, k, h, arena.take(4), out);
    return x.map((_, t) => arena.read(out + 24 * t, 3));
  }

  it("are the sums of the definition", () => {
    const x = noise(1, 3000, (t) => (t > 1000 && t < 1500 ? 0.8 : t > 2000 ? -1.2 : 0));
    x[500] = Number.NaN;
    x[501] = Number.NEGATIVE_INFINITY;
    const rows = run(x);
    cusumTwin(x, K, H).forEach((row, t) => row.forEach((value, k) => expect(rows[t]?.[k]).toBeCloseTo(value, 9)));
  });

  it("find a shift of one sigma after about ten samples, on the right side", () => {
    for (const side of [1, -1]) {
      let waited = 0;
      for (let seed = 0; seed < 200; seed++) {
        const alarms = run(noise(seed, 100, () => side)).map(([, , alarm]) => alarm);
        expect(alarms).not.toContain(-side);
        waited += alarms.indexOf(side) + 1;
      }
      // Tabled mean run length for k = 0.5 and h = 5 after a shift of one sigma: 10.4.
      expect(waited / 200).toBeGreaterThan(9.4);
      expect(waited / 200).toBeLessThan(11.4);
    }
  });

  it("rarely alarm where nothing happens", () => {
    const alarms = run(noise(3, 100_000)).filter(([, , alarm]) => alarm !== 0).length;
    // Tabled for both sides together: once in 465.
    expect(100_000 / alarms).toBeGreaterThan(400);
    expect(100_000 / alarms).toBeLessThan(530);
  });

  it("mirror: the sign of the samples swaps the sides", () => {
    const x = noise(4, 1000, () => 0.4);
    const mirrored = run(x.map((value) => -value)).map(([up, down, alarm = 0]) => [down, up, 0 - alarm]);
    expect(mirrored).toEqual(run(x));
  });

  it("stop growing, so that a turn is seen again", () => {
    const x = Array.from({ length: 10 }, () => 1e9);
    expect(run(x, K, Number.POSITIVE_INFINITY).at(-1)?.[0]).toBe(1e6);
  });
});
