import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { lnGammaTwin } from "../../support/twins/change-point.ts";

/** Integral from 0 to `to` by Simpson's rule. */
function integral(f: (x: number) => number, to: number, steps = 4000): number {
  const h = to / steps;
  let sum = f(0) + f(to);
  for (let k = 1; k < steps; k++) sum += (k % 2 === 1 ? 4 : 2) * f(k * h);
  return (sum * h) / 3;
}

describe.each(BUILDS)("functions of probability, %s build", (build) => {
  const { core } = openCore(build);

  it("ln gamma meets factorials, half-integers and its own recursion", () => {
    let factorial = 1;
    for (let n = 1; n < 60; n++) {
      expect(core.lnGamma(n)).toBeCloseTo(Math.log(factorial), 12 - Math.log10(1 + Math.log(factorial)));
      factorial *= n;
    }
    expect(core.lnGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 14);
    for (let x = 0.01; x < 400; x *= 1.07) {
      expect(core.lnGamma(x + 1) - core.lnGamma(x)).toBeCloseTo(Math.log(x), 10);
      expect(core.lnGamma(x)).toBeCloseTo(lnGammaTwin(x), 9);
    }
    expect(core.lnGamma(0)).toBeNaN();
    expect(core.lnGamma(-1)).toBeNaN();
    expect(core.lnGamma(Number.NaN)).toBeNaN();
  });

  it("Student's t: closed forms of one and two degrees of freedom, and the normal limit", () => {
    for (let t = -8; t <= 8; t += 0.37) {
      expect(core.studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12);
      expect(core.studentCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 12);
      expect(core.studentPdf(t, 1)).toBeCloseTo(1 / (Math.PI * (1 + t * t)), 13);
      expect(core.studentCdf(t, 1e8)).toBeCloseTo(core.normalCdf(t), 7);
    }
  });

  it("Student's distribution function is the integral of its density, and symmetric", () => {
    for (const freedom of [1.5, 3, 7.2, 30, 250]) {
      for (const t of [0.2, 1, 2.6, 6]) {
        const area = integral((x) => core.studentPdf(x, freedom), t);
        expect(core.studentCdf(t, freedom) - 0.5).toBeCloseTo(area, 11);
        expect(core.studentCdf(-t, freedom) + core.studentCdf(t, freedom)).toBeCloseTo(1, 13);
      }
    }
    expect(core.studentCdf(0, 4)).toBe(0.5);
    expect(core.studentCdf(Number.NEGATIVE_INFINITY, 4)).toBe(0);
    expect(core.studentCdf(1e200, 4)).toBe(1);
    expect(core.studentCdf(Number.NaN, 4)).toBeNaN();
  });

  it("the normal quantile undoes the distribution function, far into the tail", () => {
    for (let z = -36; z <= 0; z += 0.0931) {
      expect(core.normalQuantile(core.normalCdf(z))).toBeCloseTo(z, 11);
    }
    for (let p = 0.001; p < 1; p += 0.001) {
      expect(core.normalCdf(core.normalQuantile(p))).toBeCloseTo(p, 13);
      expect(core.normalQuantile(1 - p)).toBeCloseTo(-core.normalQuantile(p), 12);
    }
    expect(core.normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
    expect(core.normalQuantile(0.5)).toBeCloseTo(0, 15);
    expect(core.normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(core.normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(core.normalQuantile(-0.1)).toBeNaN();
    expect(core.normalQuantile(Number.NaN)).toBeNaN();
  });

  it("the logistic function is symmetric and saturates", () => {
    for (let x = -40; x <= 40; x += 0.7) {
      expect(core.logistic(x)).toBeCloseTo(1 / (1 + Math.exp(-x)), 14);
      expect(core.logistic(x) + core.logistic(-x)).toBeCloseTo(1, 15);
    }
    expect(core.logistic(-1e9)).toBe(0);
    expect(core.logistic(1e9)).toBe(1);
  });
});
