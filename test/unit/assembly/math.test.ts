import { describe, expect, it } from "vitest";
import { ln } from "../../../bench/plain/ln.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";

describe("the core's elementary functions", () => {
  const { core, f, plane } = new TestPlane();
  const address = plane.plan.bases[2] ?? 0;

  it("ln has the same bits scalar, two lanes at a time and in plain JavaScript, and is within 1 ulp of the platform's", () => {
    const random = new Random(1);
    for (let sample = 0; sample < 20_000; sample++) {
      const x = sample % 2 === 0 ? random.between(1e-8, 1e9) : 2 ** random.between(-300, 300);
      const value = core.lnScalar(x);
      f[address / 8] = 2.5;
      f[address / 8 + 1] = x;
      core.lnLanes(address);
      expect(f[address / 8 + 1]).toBe(value);
      expect(ln(x)).toBe(value);
      expect(Math.abs(value - Math.log(x))).toBeLessThanOrEqual(Math.abs(value) * 2.3e-16 + 5e-324);
    }
    expect(core.lnScalar(1)).toBe(0);
  });

  it("exp is within 1 ulp of the platform's and saturates", () => {
    const random = new Random(2);
    for (let sample = 0; sample < 20_000; sample++) {
      const x = random.between(-700, 700);
      expect(Math.abs(core.expScalar(x) / Math.exp(x) - 1)).toBeLessThan(3e-16);
    }
    expect(core.expScalar(-1000)).toBe(0);
    expect(core.expScalar(1000)).toBe(Number.POSITIVE_INFINITY);
  });

  it("the normal distribution function meets tabled values, is symmetric and rises", () => {
    // Abramowitz & Stegun, table 26.1.
    for (const [z, value] of [
      [0, 0.5],
      [0.5, 0.691462461274013],
      [1, 0.841344746068543],
      [2, 0.977249868051821],
      [3, 0.99865010196837],
      [4, 0.999968328758167],
    ] as const) {
      expect(core.normalCdf(z)).toBeCloseTo(value, 14);
      expect(core.normalCdf(z) + core.normalCdf(-z)).toBeCloseTo(1, 15);
    }
    let last = 0;
    for (let z = -40; z <= 40; z += 0.01) {
      const value = core.normalCdf(z);
      expect(value).toBeGreaterThanOrEqual(last);
      last = value;
    }
    expect(last).toBe(1);
  });
});
