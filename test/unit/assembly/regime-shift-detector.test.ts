import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { recorded } from "../../support/days.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { COLUMN, pieced, RECENT, regimeCell, type RegimeRun, runRegimes, secondState } from "../../support/regimes.ts";
import { regimeTwin } from "../../support/twins/regime-shift-detector.ts";

const S = 0.001;
const [BUY, SELL, EXIT] = [layout.ACTION_BUY, layout.ACTION_SELL, layout.ACTION_EXIT];
/** A quiet market, then one of three times the deviation that rises. */
const STORM = [
  [300, 0, S],
  [60, 1.5 * S, 3 * S],
] as const;

const actions = ({ said }: RegimeRun): readonly unknown[] => said.map(({ bar, action }) => [bar, action]);

function rowOf(plane: TestPlane): { volatile: number; trending: number } {
  const row = (plane.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0) / 8;
  const at = (offset: number): number => plane.f[row + offset / 8] ?? Number.NaN;
  return { volatile: at(layout.SYMBOL_VOLATILE_P), trending: at(layout.SYMBOL_TRENDING_P) };
}

describe("regime_shift_detector", () => {
  it("agrees with its twin: posteriors, run lengths, drift, votes, regime and shifts", () => {
    for (const seed of [1, 2]) {
      const closes = pieced(new Random(seed), [...STORM, [60, -2 * S, S]]);
      const twin = regimeTwin(closes);
      const { shifts } = runRegimes(closes, {
        each: (plane, bar) => {
          const row = twin[bar - 51];
          if (!row) return;
          expect(secondState(plane)).toBeCloseTo(row.second, 8);
          // The twin keeps every run length, the core the 64 most probable.
          expect(Math.abs(regimeCell(plane, RECENT) - row.recent)).toBeLessThan(0.02);
          expect(regimeCell(plane, COLUMN.drift)).toBeCloseTo(row.drift, 9);
          expect(regimeCell(plane, COLUMN.regime)).toBe(row.regime + 1);
          const votes = [0, 1, 2].filter((which) => regimeCell(plane, COLUMN.votes + which) > 0).length;
          expect(votes).toBe(row.shift ? 0 : row.votes);
        },
      });
      expect(shifts).toEqual(twin.flatMap(({ shift }, index) => (shift ? [index + 51] : [])));
      expect(shifts.length).toBeGreaterThan(1);
    }
  });

  it("finds planted changes: 90 of 100 within 30 samples, half of them within 6", () => {
    for (const [mean, sigma] of [
      [0, 3],
      [1.5, 1],
      [1, 3],
    ] as const) {
      const delays = Array.from({ length: 30 }, (_, seed) => {
        const closes = pieced(new Random(100 + seed), [
          [400, 0, S],
          [31, mean * S, sigma * S],
        ]);
        const { shifts } = runRegimes(closes, { build: "release" });
        return (shifts.find((bar) => bar > 400) ?? Infinity) - 400;
      }).sort((a, b) => a - b);
      expect(delays[26]).toBeLessThanOrEqual(30);
      expect(delays[14]).toBeLessThanOrEqual(6);
    }
  });

  it("gives less than one and a half false alarms in a thousand samples of white noise", () => {
    let alarms = 0;
    for (let seed = 1; seed <= 5; seed++) {
      alarms += runRegimes(pieced(new Random(seed), [[3000, 0, S]]), { build: "release" }).shifts.length;
    }
    expect(alarms).toBeGreaterThan(0);
    expect((1000 * alarms) / 15_000).toBeLessThan(1.5);
  });

  it("trades a shift along the drift, with the confidence of posterior and votes and stops by ATR", () => {
    const sides = [1, -1].map((sign) => {
      const run = runRegimes(
        pieced(new Random(4), [
          [300, 0, S],
          [40, sign * 2 * S, 3 * S],
        ]),
      );
      const entry = run.said.find(({ bar }) => bar > 300)!;
      const [regime, volatile, trending, votes] = entry.values;
      expect(run.shifts).toContain(entry.bar);
      expect(regime).toBe(volatile > 0.5 ? 1 : 0);
      expect(entry.confidence).toBeCloseTo(Math.min((Math.max(volatile, 1 - volatile) * votes) / 3, 0.9), 12);
      expect(trending).toBeGreaterThan(0);
      expect((entry.target - entry.entry) / (entry.entry - entry.stop)).toBeCloseTo(1.5, 9);
      expect(Math.abs(entry.entry - entry.stop) / entry.entry).toBeLessThan(0.02);
      return entry.action;
    });
    expect(sides).toEqual([BUY, SELL]);
  });

  it("takes its side from the regime map: fixed, none, along and against the drift", () => {
    const closes = pieced(new Random(4), [
      [300, 0, S],
      [40, 2 * S, 3 * S],
    ]);
    const side = (map: number): number | undefined =>
      runRegimes(closes, { parameters: { side_0: map, side_1: map } }).said.find(({ bar }) => bar > 300)?.action;
    expect([2, 1, -1, -2, 0].map(side)).toEqual([BUY, BUY, SELL, SELL, undefined]);
  });

  it("has no side for a drift that is within its noise", () => {
    const closes = pieced(new Random(4), STORM);
    expect(runRegimes(closes, { parameters: { drift_min: 0 } }).said.length).toBeGreaterThan(0);
    expect(runRegimes(closes, { parameters: { drift_min: 50 } }).said).toHaveLength(0);
  });

  it("needs as many votes as it is told, and each detector can be one of them", () => {
    const closes = pieced(new Random(5), [...STORM, [60, -2 * S, S]]);
    const shifts = (parameters: Record<string, number>): number => runRegimes(closes, { parameters }).shifts.length;
    expect(shifts({ votes: 3 })).toBeLessThan(shifts({ votes: 2 }));
    expect(shifts({ votes: 2 })).toBeLessThan(shifts({ votes: 1 }));
    const silent = { posterior_threshold: 1, cusum_h: 100, run_threshold: 1 };
    expect(shifts({ ...silent, votes: 1 })).toBe(0);
    for (const heard of ["posterior_threshold", "cusum_h", "run_threshold"] as const) {
      const { [heard]: _, ...others } = silent;
      expect(shifts({ ...others, votes: 1 }), heard).toBeGreaterThan(0);
    }
  });

  it("lets a vote count for as long as it is told", () => {
    const closes = pieced(new Random(6), [
      [300, 0, S],
      [100, 1.2 * S, S],
      [100, -1.2 * S, 2 * S],
    ]);
    const shifts = (agreement: number): number => runRegimes(closes, { parameters: { agreement } }).shifts.length;
    expect(shifts(1)).toBeLessThan(shifts(30));
  });

  it("leaves when the posterior of the state that it entered in falls below 0.6", () => {
    const closes = pieced(new Random(4), [
      [300, 0, S],
      [25, 2 * S, 3 * S],
      [60, 0, 0.2 * S],
    ]);
    const wide = { stop_atr: 50, target_atr: 50 };
    const posteriors: number[] = [];
    const run = runRegimes(closes, {
      parameters: wide,
      each: (plane, bar, cell) => (posteriors[bar] = secondState(plane, cell)),
    });
    const entry = run.said.find(({ action }) => action !== EXIT)!;
    const state = entry.values[0];
    const doubtful = posteriors.findIndex((p, bar) => bar > entry.bar && (state === 1 ? p : 1 - p) < 0.6);
    expect(doubtful).toBeGreaterThan(entry.bar);
    expect(run.said.find(({ action }) => action === EXIT)?.bar).toBe(doubtful);
    const stubborn = runRegimes(closes, { parameters: { ...wide, exit_posterior: 0 } }).said;
    expect(stubborn.find(({ action }) => action === EXIT)?.bar).not.toBe(doubtful);
  });

  it("leaves at the first close at or beyond its stop, or its target", () => {
    for (const sign of [1, -1]) {
      const storm = pieced(new Random(4), [
        [300, 0, S],
        [40, 2 * S, 3 * S],
      ]);
      const parameters = { exit_posterior: 0, side_0: sign, side_1: sign, votes: 2 };
      const entry = runRegimes(storm, { parameters }).said.find(({ bar }) => bar > 300)!;
      for (const level of ["stop", "target"] as const) {
        const until = storm.slice(0, entry.bar + 1);
        const jump = entry[level] > entry.entry ? entry[level] * 1.0001 : entry[level] * 0.9999;
        const near = entry[level] > entry.entry ? entry[level] * 0.9999 : entry[level] * 1.0001;
        const said = (last: number): readonly number[] =>
          runRegimes([...until, last], { parameters })
            .said.filter(({ bar }) => bar > entry.bar)
            .map(({ action }) => action);
        expect(said(jump)).toContain(EXIT);
        expect(said(near)).not.toContain(EXIT);
      }
    }
  });

  it("stays out while the confirming timeframe has moved the other way", () => {
    const closes = pieced(new Random(4), [
      [300, -S, S],
      [40, 3 * S, 3 * S],
    ]);
    const buys = (confirm: number): number =>
      runRegimes(closes, { parameters: { confirm_bar_ms: confirm } }).said.filter(
        ({ bar, action }) => bar > 300 && action === BUY,
      ).length;
    expect(buys(0)).toBeGreaterThan(0);
    expect(buys(600_000)).toBe(0);
  });
});

describe("what regime_shift_detector publishes of its symbol", () => {
  it("is the posterior of the widest state, and how far the drift lies outside its noise", () => {
    const calm = rowOf(runRegimes(pieced(new Random(7), [[400, 0, S]])).plane);
    const wild = rowOf(
      runRegimes(
        pieced(new Random(7), [
          [300, 0, S],
          [30, 0, 4 * S],
        ]),
      ).plane,
    );
    const trend = rowOf(
      runRegimes(
        pieced(new Random(7), [
          [300, 0, S],
          [30, 2 * S, S],
        ]),
      ).plane,
    );
    expect(calm.volatile).toBeLessThan(0.1);
    expect(wild.volatile).toBeGreaterThan(0.9);
    expect(trend.trending).toBeGreaterThan(0.9);
    const { plane } = runRegimes(pieced(new Random(7), STORM));
    expect(rowOf(plane).volatile).toBe(secondState(plane));
  });

  it("is nothing before its votes count, comes from the default instance only, and goes when that is disabled", () => {
    expect(rowOf(runRegimes(pieced(new Random(8), [[74, 0, S]])).plane)).toEqual({ volatile: 0, trending: 0 });
    const { plane } = runRegimes(pieced(new Random(8), STORM));
    expect(rowOf(plane).volatile).toBeGreaterThan(0.5);
    plane.instances.enable(layout.REGIME_SHIFT_DETECTOR, false);
    plane.settle();
    expect(rowOf(plane)).toEqual({ volatile: 0, trending: 0 });
    for (let bar = 0; bar < 5; bar++) {
      plane.bar("X", [100, 100, 100, 100 + bar, 1], 60_000);
      plane.beat(layout.TIER_FAST);
    }
    plane.settle();
    expect(rowOf(plane)).toEqual({ volatile: 0, trending: 0 });
    const other = runRegimes(pieced(new Random(8), STORM), {
      barMs: 0,
      parameters: {},
      each: (running, bar) => {
        if (bar === 0) running.instances.enable(layout.REGIME_SHIFT_DETECTOR, false);
      },
    });
    // A beat reviews one lane of the table; the first cell has a block of its own.
    for (let beat = 0; beat <= other.cell; beat++) other.plane.beat(layout.TIER_FAST);
    other.plane.settle();
    expect(secondState(other.plane, other.cell)).toBeGreaterThan(0.5);
    expect(rowOf(other.plane)).toEqual({ volatile: 0, trending: 0 });
  });
});

describe("the returns of regime_shift_detector", () => {
  it("are each reviewed once and in order, however late the review comes", () => {
    const closes = pieced(new Random(9), STORM);
    const runs = [1, 20, 1e9].map((reviewEvery) => runRegimes(closes, { reviewEvery, barMs: 0 }));
    const [soon, , never] = runs;
    const { cell } = soon!;
    const ring = regimeCell(never!.plane, COLUMN.waiting, cell);
    expect(ring).toBe(32);
    expect(regimeCell(never!.plane, COLUMN.seen, cell)).toBe(closes.length - 1 - 50 - ring);
    for (const { plane } of runs) {
      for (let beat = 0; beat <= cell; beat++) plane.beat(layout.TIER_FAST);
      plane.settle();
      expect(regimeCell(plane, COLUMN.waiting, cell)).toBe(0);
      expect(regimeCell(plane, COLUMN.seen, cell)).toBe(closes.length - 1 - 50);
      expect(secondState(plane, cell)).toBe(secondState(soon!.plane, cell));
      expect(regimeCell(plane, RECENT, cell)).toBe(regimeCell(soon!.plane, RECENT, cell));
    }
  });

  it("say how many are missing", () => {
    const missing: number[] = [];
    runRegimes(pieced(new Random(10), [[80, 0, S]]), {
      each: (plane) => missing.push(regimeCell(plane, layout.CELL_MISSING - layout.CELL_FIXED)),
    });
    expect(missing).toEqual(Array.from({ length: 81 }, (_, bar) => Math.max(0, 75 - bar)));
  });

  it("begin anew when history begins the windows of the symbol anew", () => {
    const plane = new TestPlane();
    plane.symbol("X");
    plane.bar("X", [100, 100, 100, 100, 1], 60_000);
    plane.bar("X", [300, 300, 300, 300, 1], 60_000);
    plane.settle();
    const closes = pieced(new Random(11), [[200, 0, S]]);
    closes.forEach((close, bar) =>
      plane.bar(
        "X",
        [close, close, close, close, 1],
        60_000,
        plane.clock - (1000 - bar) * 60_000_000,
        layout.FLAG_HISTORY,
      ),
    );
    expect(plane.settle()).toHaveLength(0);
    expect(regimeCell(plane, COLUMN.count)).toBe(200);
    expect(Math.abs(regimeCell(plane, 1))).toBeLessThan(S);
  });
});

describe("the decisions of regime_shift_detector", () => {
  const closes = pieced(new Random(12), [...STORM, [60, -2 * S, S], [60, 0, 3 * S]]);

  it("do not change with the scale of the prices, from 1e-8 to 1e9", () => {
    const usual = runRegimes(closes);
    expect(usual.said.length).toBeGreaterThan(1);
    for (const scale of [1000, 1e-10, 1e7]) {
      expect(actions(runRegimes(closes.map((close) => close * scale)))).toEqual(actions(usual));
    }
  });

  it("are mirrored when the logarithms of the prices are, as far as stops do not end them", () => {
    const parameters = { stop_atr: 50, target_atr: 50 };
    const turned = { [BUY]: SELL, [SELL]: BUY, [EXIT]: EXIT } as Record<number, number>;
    const usual = runRegimes(closes, { parameters }).said.map(({ bar, action }) => [bar, turned[action]]);
    expect(
      actions(
        runRegimes(
          closes.map((close) => 1e4 / close),
          { parameters },
        ),
      ),
    ).toEqual(usual);
  });

  it("of a beginning of a tape are the beginning of its decisions", () => {
    const whole = actions(runRegimes(closes)) as number[][];
    for (const length of [310, 350, 400]) {
      expect(actions(runRegimes(closes.slice(0, length)))).toEqual(whole.filter(([bar]) => bar! < length));
    }
  });

  it("are none, and nothing becomes NaN or subnormal, on a price that stands still and then jumps", () => {
    const still = Array.from({ length: 3000 }, () => 100);
    const { plane, said } = runRegimes(still, { build: "release" });
    expect(said).toHaveLength(0);
    const check = (tested: TestPlane): void => {
      for (let column = 0; column < layout.REGIME_COLUMNS - layout.CELL_FIXED; column++) {
        const value = regimeCell(tested, column);
        expect(value).not.toBeNaN();
        expect(value === 0 || Math.abs(value) > 2.3e-308).toBe(true);
      }
    };
    check(plane);
    check(runRegimes([...still.slice(0, 200), 250, 250, 1e-6, 1e9, 100, ...still.slice(0, 50)]).plane);
  });

  it("work with three states", () => {
    const run = runRegimes(
      pieced(new Random(13), [
        [300, 0, S],
        [15, S, 6 * S],
      ]),
      { parameters: { states: 3 } },
    );
    const filtered = [0, 1, 2].map((state) => regimeCell(run.plane, COLUMN.filtered + state, run.cell));
    expect(filtered.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    expect(filtered[2]).toBeGreaterThan(0.5);
    expect(run.shifts.length).toBeGreaterThan(0);
  });

  it("see the crash of March 2020 in recorded bitcoin as volatile, and its quiet summer as not", () => {
    const columns = recorded("crypto/4h/BTC_USD.csv.gz");
    if (!columns) return; // the recorded prices are beside the checkout, a clone alone does not have them
    const times = columns.get("timestamp_ms")!;
    const p = (day: number): number => {
      const end = times.findIndex((ms) => ms >= day);
      return rowOf(runRegimes(columns.get("close")!.slice(end - 900, end)).plane).volatile;
    };
    expect(p(Date.UTC(2020, 2, 14))).toBeGreaterThan(0.9);
    expect(p(Date.UTC(2020, 6, 15))).toBeLessThan(0.2);
  });

  it("are the same one lane at a time and two", () => {
    const planes = [new TestPlane(), new TestPlane()];
    planes.forEach((plane, which) => {
      for (const name of ["A", "B", "C"]) plane.symbol(name);
      closes.slice(0, 400).forEach((close, bar) => {
        plane.pass(30_000_000);
        for (const name of ["A", "B", "C"]) if (name !== "B" || bar % 3 > 0) plane.trade(name, close);
        plane.settle();
        plane.pass(30_000_000);
        if (which === 0) plane.core.closeBarsLanes(plane.clock);
        else plane.core.closeBarsScalar(plane.clock);
        plane.beat(layout.TIER_FAST);
        plane.settle();
      });
    });
    expect(regimeCell(planes[0]!, COLUMN.seen)).toBeGreaterThan(300);
    expect(planes[0]!.hash()).toBe(planes[1]!.hash());
  });
});
