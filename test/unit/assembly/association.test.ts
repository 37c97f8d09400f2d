import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Indicators } from "../../support/indicators.ts";
import { Random } from "../../support/random.ts";
import { kendall, pearson, spearman } from "../../support/twins/indicators.ts";

const TWINS = { pearson, spearman, kendall };
const NAMES = ["pearson", "spearman", "kendall"] as const;
type List = readonly number[];

/** Two columns with a common part; `grain` rounds them, so that there are ties. */
function columns(seed: number, length: number, grain: number): [number[], number[]] {
  const random = new Random(seed);
  const round = (value: number): number => (grain > 0 ? Math.round(value / grain) * grain : value);
  const x = Array.from({ length }, () => random.normal());
  return [x.map(round), x.map((value) => round(0.4 * value + random.normal()))];
}

describe.each(BUILDS)("association of two columns, %s build", (build) => {
  const indicators = new Indicators(openCore(build));
  const association = (x: List, y: List): Record<string, number> => indicators.association(x, y);

  it("gives what the twins give, with and without ties", () => {
    for (const length of [2, 3, 4, 7, 64, 65, 300]) {
      for (const grain of [0, 0.1, 1]) {
        const [x, y] = columns(length, length, grain);
        const own = association(x, y);
        for (const name of NAMES) {
          const expected = TWINS[name](x, y);
          if (Number.isNaN(expected)) expect(own[name], `${name} ${length} ${grain}`).toBeNaN();
          else expect(own[name], `${name} ${length} ${grain}`).toBeCloseTo(expected, 12);
        }
      }
    }
  });

  it("is the same from both sides, turns its sign with one column, and ranks do not see a rising scale", () => {
    const [x, y] = columns(8, 200, 0.2);
    const own = association(x, y);
    const turned = association(
      x,
      y.map((value) => -value),
    );
    const scaled = association(
      x.map((value) => Math.exp(3 * value) + 1e6),
      y,
    );
    for (const name of NAMES) {
      expect(association(y, x)[name]).toBeCloseTo(own[name]!, 12);
      expect(turned[name]).toBeCloseTo(-own[name]!, 12);
      if (name !== "pearson") expect(scaled[name]).toBeCloseTo(own[name]!, 12);
    }
  });

  it("is one for a column with itself and minus one for its opposite, at any level", () => {
    const x = columns(2, 100, 0)[0].map((value) => 1e9 + value);
    for (const name of NAMES) {
      expect(association(x, x)[name]).toBeCloseTo(1, 12);
      expect(
        association(
          x,
          x.map((value) => -value),
        )[name],
      ).toBeCloseTo(-1, 12);
    }
  });

  it("is undefined for a constant column, fewer than two values, or a value that is missing", () => {
    const [x, y] = columns(1, 50, 0);
    const nothing = { pearson: Number.NaN, spearman: Number.NaN, kendall: Number.NaN };
    expect(
      association(
        x,
        x.map(() => 3.7),
      ),
    ).toEqual(nothing);
    expect(association([], [])).toEqual(nothing);
    expect(association([1], [2])).toEqual(nothing);
    expect(association(x, [...y.slice(0, 49), Number.NaN])).toEqual(nothing);
    expect(association([Number.NaN, ...x.slice(1)], y)).toEqual(nothing);
  });
});
