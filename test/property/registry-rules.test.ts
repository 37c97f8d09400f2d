// Rules of the registry that hold for every input: how objects merge, which version comes next, what tracked results
// come to.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAPITAL, metricsOf, NOTHING, RESULT_MAX, withResult } from "../../src/manage/performance/metrics.ts";
import { merge, same } from "../../src/manage/registry/merge.ts";
import { nextPatch } from "../../src/manage/registry/semver.ts";

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.integer({ min: -5, max: 5 }),
    fc.boolean(),
    fc.constantFrom("a", "b"),
    fc.array(fc.integer({ max: 3 }), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "constructor", "toString"), tie("value"), { maxKeys: 3 }),
  ),
})).value;
const object = fc.dictionary(fc.constantFrom("a", "b", "c", "length"), value, { maxKeys: 4, noNullPrototype: true });

function isPlain(one: unknown): one is Record<string, unknown> {
  return typeof one === "object" && one !== null && !Array.isArray(one);
}
/** The rule, said key by key. */
function expected(base: unknown, change: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const before = isPlain(base) ? base : {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(change)])) {
    const given = Object.hasOwn(change, key) ? change[key] : undefined;
    if (given === null) continue;
    if (given === undefined) result[key] = before[key];
    else result[key] = isPlain(given) ? expected(Object.hasOwn(before, key) ? before[key] : {}, given) : given;
  }
  return result;
}

describe("a merge", () => {
  it("takes each key of the change: null deletes, objects go on inside, everything else takes the place", () => {
    fc.assert(
      fc.property(object, object, (base, change) => {
        const kept = structuredClone(base);
        expect(merge(base, change)).toEqual(expected(base, change));
        expect(base).toEqual(kept);
      }),
    );
  });

  it("done twice is the same as done once, and without a change nothing is new", () => {
    fc.assert(
      fc.property(object, object, (base, change) => {
        const once = merge(base, change);
        expect(same(merge(once, change), once)).toBe(true);
        expect(same(merge(once, {}), once)).toBe(true);
      }),
    );
  });
});

describe("the next patch level", () => {
  it("is higher, and one that is not taken", () => {
    const level = fc.nat(50);
    fc.assert(
      fc.property(level, level, level, fc.array(level), (major, minor, patch, used) => {
        const taken = new Set(used.map((one) => `${major}.${minor}.${one}`));
        const next = nextPatch(`${major}.${minor}.${patch}-rc.1+build`, (version) => taken.has(version));
        const [a, b, c] = next.split(".").map(Number);
        expect([a, b]).toEqual([major, minor]);
        expect(c).toBeGreaterThan(patch);
        expect(taken.has(next)).toBe(false);
        for (let between = patch + 1; between < (c ?? 0); between++)
          expect(taken.has(`${major}.${minor}.${between}`)).toBe(true);
      }),
    );
  });
});

describe("what tracked results come to", () => {
  const result = fc.record({
    pnl: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
    success: fc.boolean(),
    executionTimeMs: fc.option(fc.double({ min: 0, max: 1e3, noNaN: true })),
  });

  it("is what the whole list says", () => {
    fc.assert(
      fc.property(fc.array(result, { maxLength: 60 }), (list) => {
        const metrics = metricsOf(list.reduce(withResult, NOTHING));
        const pnls = list.map(({ pnl }) => pnl);
        const sum = pnls.reduce((a, b) => a + b, 0);
        const mean = sum / Math.max(1, list.length);
        const squares = pnls.reduce((total, pnl) => total + (pnl - mean) ** 2, 0);
        const deviation = list.length > 1 ? Math.sqrt(squares / (list.length - 1)) : 0;
        let equity = CAPITAL;
        let peak = CAPITAL;
        let fall = 0;
        for (const pnl of pnls) {
          equity += pnl;
          peak = Math.max(peak, equity);
          fall = Math.min(fall, Math.max(-1, (equity - peak) / peak));
        }
        const gains = pnls.filter((pnl) => pnl > 0);
        const losses = -pnls.filter((pnl) => pnl < 0).reduce((a, b) => a + b, 0);
        const times = list.flatMap(({ executionTimeMs }) => executionTimeMs ?? []);
        expect(metrics.total_pnl).toBe(sum);
        expect(metrics.total_trades).toBe(list.length);
        expect(metrics.win_rate).toBe(gains.length / Math.max(1, list.length));
        expect(metrics.success_rate).toBe(list.filter(({ success }) => success).length / Math.max(1, list.length));
        expect(metrics.volatility).toBeCloseTo(deviation, 6);
        expect(metrics.max_drawdown).toBeCloseTo(fall, 9);
        expect(metrics.avg_execution_time_ms).toBeCloseTo(
          times.reduce((a, b) => a + b, 0) / Math.max(1, times.length),
          6,
        );
        if (losses > 0) expect(metrics.profit_factor).toBeCloseTo(gains.reduce((a, b) => a + b, 0) / losses, 6);
        else expect(metrics.profit_factor).toBeNull();
        // Of results that are almost alike the digits of the deviation are fewer by those that they share.
        const ratio = mean / deviation;
        const rounding = 5e-7 + 16 * Number.EPSILON * ratio ** 2;
        if (deviation > 1e-6) expect(Math.abs(metrics.sharpe_ratio - ratio)).toBeLessThan(rounding);
        if (fall < -1e-9) expect(metrics.calmar_ratio * -fall).toBeCloseTo(sum / CAPITAL, 6);
      }),
    );
  });

  it("is finite whatever was tracked", () => {
    const extreme = fc.record({
      pnl: fc.double({ min: -RESULT_MAX, max: RESULT_MAX, noNaN: true }),
      success: fc.boolean(),
      executionTimeMs: fc.constant(1e12),
    });
    fc.assert(
      fc.property(fc.array(extreme, { maxLength: 200 }), (list) => {
        const metrics = metricsOf(list.reduce(withResult, NOTHING));
        for (const [name, figure] of Object.entries(metrics)) {
          if (figure !== null) expect(Number.isFinite(figure), name).toBe(true);
        }
        expect(metrics.max_drawdown).toBeGreaterThanOrEqual(-1);
      }),
    );
  });
});
