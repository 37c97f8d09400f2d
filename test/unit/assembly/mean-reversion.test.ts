import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { barKernelSuite } from "../../support/bar-kernel-suite.ts";
import { BarDrive, barsOf, drive, randomBars, scaled, type Bar, type BarSignal } from "../../support/bars.ts";
import { openCore } from "../../support/core.ts";
import { Indicators } from "../../support/indicators.ts";
import { Random } from "../../support/random.ts";
import { columnsOf } from "../../support/twins/features.ts";
import {
  halfLifeTwin,
  hurstTwin,
  reversionTwin,
  type ReversionParameters,
} from "../../support/twins/mean-reversion.ts";

const { ACTION_BUY, ACTION_SELL, ACTION_EXIT } = layout;
type Given = Partial<ReversionParameters> & { readonly confirm_bar_ms?: number };
/** Every gate but |z| wide open. */
const OPEN: Given = { rsi_low: 50, rsi_high: 50, adx_max: 100, window: 64 };
/** Nothing but the mean ends a position. */
const PATIENT: Given = { ...OPEN, stop_z: 20, time_stop: 100 };
const reversion = (bars: readonly Bar[], parameters: Given = {}, beats = true): readonly BarSignal[] =>
  drive("mean_reversion", bars, { parameters: { ...parameters }, beats });
const actions = (signals: readonly BarSignal[]): (readonly [number, number])[] =>
  signals.map(({ bar, action }) => [bar, action] as const);
const KEPT = { z: 4, hurst: 6, halfLife: 7, steps: 11, longSteps: 13 } as const;
const kept = (driven: BarDrive, what: keyof typeof KEPT): number =>
  driven.cell(layout.MEAN_REVERSION, layout.REVERSION_COLUMNS, layout.CELL_FIXED + KEPT[what]);

/** Mean square of moves over eight bars in units of eight times that over one, from the sums that the cell rolls. */
const ratioKept = (driven: BarDrive): number => kept(driven, "longSteps") / (8 * kept(driven, "steps"));

/** A price that is pulled back to 100: half of a distance is gone after `halfLife` bars. */
function pulled(random: Random, count: number, halfLife: number, sigma = 0.01): Bar[] {
  let x = 0;
  const keep = 2 ** (-1 / halfLife);
  const closes = Array.from({ length: count }, () => 100 * Math.exp((x = keep * x + sigma * random.normal())));
  return barsOf(closes, 0.3 * sigma);
}
/** A market that goes to and fro, then the given closes. */
const CALM = 90;
function after(closes: readonly number[]): Bar[] {
  return barsOf([...Array.from({ length: CALM }, (_, t) => 100 + (t % 2)), ...closes], 0.001);
}

describe("mean_reversion", () => {
  barKernelSuite({
    strategy: "mean_reversion",
    code: layout.MEAN_REVERSION,
    columns: layout.REVERSION_COLUMNS,
    twin: reversionTwin,
    reviewed: true,
    talkative: { window: 64, rsi_low: 45, rsi_high: 55, adx_max: 60, length: 12, entry_z: 1.5 },
    sets: [
      {},
      { window: 64, length: 10, entry_z: 1.5, rsi_low: 45, rsi_high: 55, adx_max: 50 },
      { window: 100, length: 63, variance_q: 2, stop_mode: 1, adx_max: 40, rsi_low: 40, rsi_high: 60 },
      { window: 510, length: 20, variance_q: 32, rsi_low: 40, rsi_high: 60, time_stop: 0.5 },
      { window: 64, length: 5, entry_z: 1, rsi_low: 50, rsi_high: 50, adx_max: 100, stop_z: 0.2, time_stop: 1 },
    ],
    recorded: [
      ["crypto/4h/BTC_USD.csv.gz", 14_400_000, { adx_max: 35 }, 20],
      ["equity/1d/GOOG.csv.gz", 86_400_000, { adx_max: 35 }, 4],
      ["fx/1h/EURUSD_2012_2018.csv.gz", 3_600_000, {}, 10],
    ],
    bars: (random, count) => pulled(random, count, 15),
  });

  it("has the z-score of the batch indicator at any price, also behind a crash", () => {
    const random = new Random(71);
    const calm = randomBars(random, 1500, 1, 1e-4);
    const crash = randomBars(random, 30, 0.2, 0.3);
    const bars = [...calm, ...crash, ...randomBars(random, 900, 0.7, 1e-5)];
    for (const factor of [1, 1e9, 1e-8]) {
      const tape = scaled(bars, factor);
      const wanted = new Indicators(openCore("release", 4096)).zScore(columnsOf(tape).close, 20, 1);
      let worst = 0;
      drive("mean_reversion", tape, {
        onBar: (t, driven) => {
          if (t >= 19) worst = Math.max(worst, Math.abs(kept(driven, "z") - wanted[t]!));
        },
      });
      expect(worst, `prices around ${factor}`).toBeLessThan(1e-6);
    }
  });

  it("knows a market that reverts from one that does not, and how fast it does", () => {
    const look = (bars: readonly Bar[]): BarDrive => {
      const driven = new BarDrive("mean_reversion", { beats: true, parameters: { window: 510 } });
      for (const bar of bars) driven.bar(bar);
      return driven;
    };
    const reverting = look(pulled(new Random(73), 800, 6));
    expect(ratioKept(reverting)).toBeLessThan(0.8);
    expect(kept(reverting, "hurst")).toBeLessThan(0.4);
    expect(kept(reverting, "halfLife")).toBeGreaterThan(3);
    expect(kept(reverting, "halfLife")).toBeLessThan(12);
    // Steps that go on: each keeps half of the one before.
    const random = new Random(75);
    let [price, step] = [100, 0];
    const trending = look(
      barsOf(
        Array.from({ length: 800 }, () => (price *= Math.exp((step = 0.5 * step + 0.003 * random.normal())))),
        0.001,
      ),
    );
    expect(ratioKept(trending)).toBeGreaterThan(1.3);
    expect(kept(trending, "hurst")).toBeGreaterThan(0.5);
  });

  it("renews Hurst exponent and half-life at a fast beat, from the window as it then is", () => {
    const bars = pulled(new Random(77), 150, 10);
    const driven = new BarDrive("mean_reversion", { parameters: { window: 100 } });
    const logs = columnsOf(bars).close.map(Math.log);
    bars.forEach((bar, t) => {
      driven.bar(bar);
      if (t !== 60 && t !== 120) return;
      driven.plane.beat(layout.TIER_FAST);
      driven.plane.settle();
    });
    expect(kept(driven, "hurst")).toBeCloseTo(hurstTwin(logs.slice(21, 121)), 9);
    expect(kept(driven, "halfLife")).toBeCloseTo(halfLifeTwin(logs.slice(21, 121)), 7);
  });

  it("buys far below the mean and sells far above it, with the mean as target and the stop beyond the entry", () => {
    for (const [close, action] of [
      [96, ACTION_BUY],
      [105, ACTION_SELL],
    ] as const) {
      const [signal, ...more] = reversion(after([close]), OPEN);
      expect(more).toEqual([]);
      expect(signal).toMatchObject({ bar: CALM, action, entry: close });
      const closes = columnsOf(after([close])).close.slice(-20);
      const mean = closes.reduce((sum, value) => sum + value, 0) / 20;
      const deviation = Math.sqrt(closes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 19);
      expect(signal!.target).toBeCloseTo(mean, 9);
      expect(Math.abs(signal!.stop - close)).toBeCloseTo(1.5 * deviation, 9);
      expect(signal!.values[0]).toBeCloseTo((close - mean) / deviation, 9);
    }
  });

  it("takes its stop from the ATR in the other mode", () => {
    const [signal] = reversion(after([96]), { ...OPEN, stop_mode: 1, stop_atr: 1 });
    const driven = new BarDrive("mean_reversion", { parameters: { ...OPEN } });
    for (const bar of after([96])) driven.bar(bar);
    expect(96 - signal!.stop).toBeCloseTo(driven.series(layout.SERIES_ATR), 9);
  });

  it("asks for |z| of at least entry_z, less where the learned regime factor says so", () => {
    const size = Math.abs(reversion(after([96]), OPEN)[0]!.values[0]!);
    expect(reversion(after([96]), { ...OPEN, entry_z: size + 0.01 })).toEqual([]);
    expect(reversion(after([96]), { ...OPEN, entry_z: size - 0.01 })).toHaveLength(1);
    const driven = new BarDrive("mean_reversion", { parameters: { ...OPEN, entry_z: size + 0.01 }, beats: true });
    const rows = (driven.plane.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0) / 8;
    driven.plane.f[rows + layout.SYMBOL_VOLATILE_P / 8] = 1;
    for (const bar of after([96])) driven.bar(bar);
    expect(driven.signals).toHaveLength(1);
  });

  it("asks for an RSI that is as stretched", () => {
    expect(reversion(after([96]), { ...OPEN, rsi_low: 20 })).toEqual([]);
    expect(reversion(after([105]), { ...OPEN, rsi_high: 80 })).toEqual([]);
  });

  it("asks for a market without direction", () => {
    expect(reversion(after([96]), { ...OPEN, adx_max: 1 })).toEqual([]);
  });

  it("asks for a variance ratio below 1 or a Hurst exponent below one half", () => {
    const bars = randomBars(new Random(85), 3000, 100, 0.01);
    const ratios = (beats: boolean): readonly number[] =>
      reversion(bars, OPEN, beats).flatMap(({ action, values }) => (action === ACTION_EXIT ? [] : [values[2]!]));
    // Without a review nothing is known of the Hurst exponent.
    expect(ratios(false).length).toBeGreaterThan(50);
    expect(Math.max(...ratios(false))).toBeLessThan(1);
    expect(ratios(true).filter((ratio) => ratio >= 1).length).toBeGreaterThan(5);
    const random = new Random(87);
    let [price, step] = [100, 0];
    const trending = Array.from(
      { length: 1500 },
      () => (price *= Math.exp((step = 0.6 * step + 0.003 * random.normal()))),
    );
    expect(reversion(barsOf(trending, 0.001), { ...OPEN, window: 510 })).toEqual([]);
  });

  it("leaves at the mean as it then is", () => {
    const found = reversion(after([96, 97, 98, 99, 100.2]), PATIENT);
    expect(found.filter(({ action }) => action === ACTION_EXIT).map(({ bar }) => bar)).toEqual([CALM + 4]);
    // The mean falls with the price: it is met below the target.
    const slow = reversion(after([96, ...Array.from({ length: 30 }, () => 96.2)]), PATIENT);
    const exit = slow.find(({ action }) => action === ACTION_EXIT)!;
    expect(exit.entry).toBeLessThan(slow[0]!.target);
  });

  it("leaves at the target, before the mean where the mean has risen", () => {
    const found = reversion(after([96, 106, 100.4]), { ...PATIENT, risk_tolerance: 0 } as Given);
    expect(actions(found).slice(0, 2)).toEqual([
      [CALM, ACTION_BUY],
      [CALM + 1, ACTION_EXIT],
    ]);
    const near = reversion(after([96, 98.5]), { ...PATIENT, risk_tolerance: 0 } as Given);
    expect(actions(near)).toEqual([
      [CALM, ACTION_BUY],
      [CALM + 1, ACTION_EXIT],
    ]);
    expect(near[1]!.values[0]).toBeLessThan(0);
  });

  it("stops beyond the entry, and does not open that side again before z has come back", () => {
    const bars = after([96, 90, 80, 79, 79, 79, 79, 79, 79, 79, 79, 60]);
    const found = reversion(bars, { ...OPEN, time_stop: 100, stop_z: 0.5 });
    expect(actions(found).slice(0, 2)).toEqual([
      [CALM, ACTION_BUY],
      [CALM + 1, ACTION_EXIT],
    ]);
    // The next bars are as far below the mean, but wait.
    expect(found[2]).toMatchObject({ action: ACTION_BUY, entry: 60 });
  });

  it("stops after twice the half-life", () => {
    const low = barsOf(
      Array.from({ length: 31 }, () => 97),
      0.001,
    );
    const bars = [...pulled(new Random(79), 200, 6, 0.004), ...low];
    const end = (time: number, beats: boolean): number | undefined => {
      const found = reversion(bars, { ...OPEN, stop_z: 10, length: 40, time_stop: time }, beats);
      expect(found.some(({ bar, action }) => bar === 200 && action === ACTION_BUY)).toBe(true);
      return found.find(({ bar, action }) => bar > 200 && action === ACTION_EXIT)?.bar;
    };
    const driven = new BarDrive("mean_reversion", { parameters: { ...OPEN }, beats: true });
    for (const bar of bars.slice(0, 229)) driven.bar(bar);
    expect(kept(driven, "halfLife")).toBeGreaterThan(14);
    expect(kept(driven, "halfLife")).toBeLessThan(14.5);
    expect(end(2, true)).toBe(229);
    expect(end(100, true)).toBeUndefined();
    // Without a review nothing is known, and a quarter of the window stands for the half-life: 32 samples are not over.
    expect(end(2, false)).toBeUndefined();
  });

  it("stays silent while the confirming timeframe runs the other way", () => {
    const falling = Array.from({ length: 200 }, (_, t) => 120 - 0.1 * t + (t % 2));
    const bars = barsOf([...falling, 94], 0.001);
    const buys = (confirm: number): number =>
      reversion(bars, { ...OPEN, length: 5, entry_z: 1.5, confirm_bar_ms: confirm }).filter(({ bar }) => bar === 200)
        .length;
    expect(buys(0)).toBe(1);
    expect(buys(300_000)).toBe(0);
  });

  it("is the more confident the farther the price and the lower the variance ratio", () => {
    const { core } = openCore("release");
    const entries = reversion(randomBars(new Random(85), 3000, 100, 0.01), OPEN).filter(({ stop }) => stop > 0);
    const uncapped = entries.filter(({ confidence }) => confidence < 0.9);
    expect(uncapped.length).toBeGreaterThan(50);
    for (const { confidence, values } of uncapped) {
      const [z = 0, , ratio = 0] = values;
      const sure = (2 * core.normalCdf(Math.abs(z)) - 1) * Math.min(1, Math.max(0, 1.5 - ratio));
      expect(confidence).toBeCloseTo(sure, 12);
    }
  });

  it("says how many samples are missing", () => {
    const driven = new BarDrive("mean_reversion");
    const missing = (): number => driven.cell(layout.MEAN_REVERSION, layout.REVERSION_COLUMNS, layout.CELL_MISSING);
    expect(missing()).toBe(257);
    pulled(new Random(81), 270, 10).forEach((bar, t) => {
      driven.bar(bar);
      expect(missing()).toBe(Math.max(0, 256 - t));
    });
  });

  it("is ready at once on a series that other strategies have filled", () => {
    const driven = new BarDrive("mean_reversion");
    const bars = pulled(new Random(83), 400, 10);
    for (const bar of bars.slice(0, 300)) driven.bar(bar);
    const { plane } = driven;
    const added = plane.instances.add({ strategy: "mean_reversion", symbols: [0], barMs: 60_000, strategyId: null });
    if (!added.ok) throw new Error(added.failure.code);
    for (const bar of bars.slice(300)) driven.bar(bar);
    const [first, second] = [driven.instance, added.value.id].map((instance) =>
      [KEPT.z, KEPT.steps, KEPT.longSteps].map((column) =>
        plane.column(
          layout.PLAN_CELLS + layout.MEAN_REVERSION,
          layout.REVERSION_COLUMNS,
          plane.cellLane(layout.MEAN_REVERSION, instance),
          layout.CELL_FIXED + column,
        ),
      ),
    );
    expect(second![0]).toBeCloseTo(first![0]!, 9);
    expect(second![1]).toBeCloseTo(first![1]!, 9);
    expect(second![2]).toBeCloseTo(first![2]!, 9);
  });
});
