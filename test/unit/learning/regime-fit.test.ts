// The detector's parameters estimated again: better ones are found where the market has changed, and only there.
import { describe, expect, it } from "vitest";
import { observationsOf, RegimeFit, type RegimeModel, type RegimeVerdict } from "../../../src/learning/regime-fit.ts";
import { draw } from "../../support/hidden-chain.ts";
import { Random } from "../../support/random.ts";
import { standardised } from "../../support/twins/regime-shift-detector.ts";

const IN_FORCE: RegimeModel = { sigma0: 0.9, sigma1: 2, move01: 0.005, move10: 0.02 };
const BOUNDS = { sigma0: [0.1, 3], sigma1: [0.2, 6], move01: [0.001, 0.02], move10: [0.001, 0.08] } as const;
const LENGTH = 461;

function columns({ sigma0, sigma1, move01, move10 }: RegimeModel, seed: number, count = 6): number[][] {
  const move = [
    [1 - move01, move01],
    [move10, 1 - move10],
  ];
  return Array.from(
    { length: count },
    (_, index) => draw({ mean: [0, 0], sigma: [sigma0, sigma1], move }, 1000 * seed + index, LENGTH).values,
  );
}
function fitted(observations: readonly number[][], bounds: typeof BOUNDS = BOUNDS): RegimeVerdict {
  const fit = new RegimeFit(observations, IN_FORCE, bounds);
  expect(fit.enough).toBe(true);
  while (fit.pass());
  return fit.verdict();
}

describe("parameters estimated again", () => {
  const market: RegimeModel = { sigma0: 0.5, sigma1: 1.6, move01: 0.01, move10: 0.03 };

  it("are those of the market, and better out of sample, where it has others than those in force", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const verdict = fitted(columns(market, seed));
      expect(verdict).toMatchObject({ better: true, columns: 6, observations: 6 * 139 });
      expect(verdict.gain).toBeGreaterThan(50);
      expect(Math.abs(verdict.candidate.sigma0 / market.sigma0 - 1)).toBeLessThan(0.15);
      expect(Math.abs(verdict.candidate.sigma1 / market.sigma1 - 1)).toBeLessThan(0.25);
    }
  });

  it("are kept as they are in a market that has them already, on all but few of fifty seeds", () => {
    let changed = 0;
    for (let seed = 1; seed <= 50; seed++) if (fitted(columns(IN_FORCE, seed)).better) changed += 1;
    expect(changed).toBeLessThanOrEqual(2);
  });

  it("are not taken for what only the first part of the columns shows", () => {
    const first = columns(market, 3).map((column) => column.slice(0, 322));
    const later = columns(IN_FORCE, 4).map((column) => column.slice(0, 139));
    const verdict = fitted(first.map((column, index) => [...column, ...(later[index] ?? [])]));
    expect(verdict).toMatchObject({ better: false });
    expect(verdict.gain).toBeLessThan(0);
  });

  it("never leave their bounds, and are not taken when both states are nearly the same", () => {
    const narrow = { ...BOUNDS, sigma0: [0.8, 1], sigma1: [1.9, 2.1] } as unknown as typeof BOUNDS;
    const { candidate } = fitted(columns(market, 2), narrow);
    expect(candidate.sigma0).toBe(0.8);
    expect(candidate.sigma1).toBe(1.9);
    const one = fitted(columns({ ...market, sigma0: 0.5, sigma1: 0.55 }, 2));
    expect(one.better && one.candidate.sigma1 < 1.5 * one.candidate.sigma0).toBe(false);
  });

  it("need six hundred observations in sample", () => {
    expect(new RegimeFit(columns(market, 1, 1), IN_FORCE, BOUNDS).enough).toBe(false);
    expect(new RegimeFit([], IN_FORCE, BOUNDS).enough).toBe(false);
  });

  it("come from observations as the core makes them", () => {
    const random = new Random(9);
    const returns = Array.from({ length: 700 }, (_, index) => (index < 400 ? 0.001 : 0.003) * random.normal());
    let ln = 4;
    const closes = [ln, ...returns.map((r) => (ln += r))];
    const exact = closes.slice(1).map((close, index) => close - (closes[index] ?? 0));
    const twin = standardised(exact).x;
    const made = observationsOf(closes, 500);
    expect(made).toHaveLength(twin.length);
    made.forEach((x, index) => expect(x).toBeCloseTo(twin[index]!, 9));
    expect(observationsOf([...closes.slice(0, 100), Number.NaN, ...closes], 500)).toHaveLength(49);
    expect(observationsOf([], 500)).toEqual([]);
  });
});
