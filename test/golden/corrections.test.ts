import { describe, expect, it } from "vitest";
import { goldenCases, GOLDEN_PRESENT, inputsOf } from "../support/golden.ts";
import { CORRECTIONS, corrected } from "../support/golden/corrections.ts";

/** Binary places that hold every digit of a number between 2^-8 and 2^8. */
const PLACES = 60;
const whole = (value: number): bigint => BigInt(value * 2 ** PLACES);

/** Intercept of y on x by least squares, without any rounding but the last. */
function interceptExactly(y: readonly number[], x: readonly number[]): number {
  const [ys, xs] = [y.map(whole), x.map(whole)];
  const sum = (terms: readonly bigint[]): bigint => terms.reduce((total, term) => total + term, 0n);
  const products = (a: readonly bigint[], b: readonly bigint[]): bigint =>
    sum(a.map((value, t) => value * (b[t] ?? 0n)));
  const [sumX, sumY, xx, xy] = [sum(xs), sum(ys), products(xs, xs), products(xs, ys)];
  const bottom = BigInt(x.length) * xx - sumX * sumX;
  const top = sumY * xx - sumX * xy;
  return Number((top << 64n) / bottom) / 2 ** (64 + PLACES);
}

describe.skipIf(!GOLDEN_PRESENT).each(CORRECTIONS)("$file, $name, $field[$index]", (correction) => {
  const { file, name, field, index, recorded, exact } = correction;
  const [golden] = goldenCases(file, new RegExp(`^${name}$`));

  it("is recorded wrongly, and corrected to the exact value", () => {
    const n = Number(golden?.params["n"]);
    const [y = [], x = []] = inputsOf(golden!).map((column) => column.slice(index - n + 1, index + 1));
    // The last digit of a logarithm depends on the platform.
    expect(Math.abs(interceptExactly(y, x) - exact)).toBeLessThan(1e-12);
    expect(Math.abs(recorded - exact)).toBeGreaterThan(1e-7 * (1 + Math.abs(exact)));
  });

  it("is the only value that changes", () => {
    const before = golden!.output[field] as { readonly at: readonly number[] };
    const after = corrected(file, golden!).output[field] as { readonly at: readonly number[] };
    const changed = after.at.filter((value, place) => value !== before.at[place]);
    expect(changed).toEqual([exact]);
  });
});
