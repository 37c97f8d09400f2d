import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { barKernelSuite } from "../../support/bar-kernel-suite.ts";
import { BarDrive, barsOf, drive, randomBars, type Bar, type BarSignal } from "../../support/bars.ts";
import { openCore } from "../../support/core.ts";
import { Indicators } from "../../support/indicators.ts";
import { Random } from "../../support/random.ts";
import { columnsOf } from "../../support/twins/features.ts";
import { crossoverTwin, type CrossoverParameters } from "../../support/twins/moving-average-crossover.ts";

const { ACTION_BUY, ACTION_SELL, ACTION_EXIT } = layout;
type Given = Partial<CrossoverParameters> & { readonly confirm_bar_ms?: number };
const crossover = (bars: readonly Bar[], parameters: Given = {}): readonly BarSignal[] =>
  drive("moving_average_crossover", bars, { parameters: { ...parameters } });
const actions = (signals: readonly BarSignal[]): (readonly [number, number])[] =>
  signals.map(({ bar, action }) => [bar, action] as const);

/** Straight lines from 100: `legs` of [bars, step]. */
function path(...legs: readonly (readonly [number, number])[]): Bar[] {
  let price = 100;
  const closes = legs.flatMap(([bars, step]) => Array.from({ length: bars }, () => (price += step)));
  return barsOf(closes, 0.001);
}
/** Down for forty bars, then up: one turn to buy. */
const TURN = path([40, -0.2], [40, 0.2]);
const FAR = { stop_atr: 50, target_r: 50, horizon: 10_000 };

describe("moving_average_crossover", () => {
  barKernelSuite({
    strategy: "moving_average_crossover",
    code: layout.MOVING_AVERAGE_CROSSOVER,
    columns: layout.CROSSOVER_COLUMNS,
    twin: crossoverTwin,
    talkative: { fast_length: 5, slow_length: 12 },
    sets: [
      {},
      { fast_length: 2, slow_length: 3, hysteresis_atr: 0 },
      { fast_length: 20, slow_length: 50, horizon: 200 },
      { require_adx: 1, adx_threshold: 25, fast_length: 5, slow_length: 12 },
      { stop_atr: 0.5, target_r: 1.5, fast_length: 6, slow_length: 15, horizon: 60 },
      { fast_length: 20, slow_length: 100, hysteresis_atr: 0.5, horizon: 100 },
    ],
    recorded: [
      ["crypto/4h/BTC_USD.csv.gz", 14_400_000, {}, 150],
      ["equity/1d/GOOG.csv.gz", 86_400_000, { horizon: 60 }, 40],
      ["fx/1h/EURUSD_2012_2018.csv.gz", 3_600_000, { require_adx: 1 }, 40],
    ],
    bars: (random, count) => randomBars(random, count, 100, 0.01),
  });

  it("has the averages of the batch indicators, seeded with the mean of the first closes", () => {
    const bars = randomBars(new Random(61), 400, 100, 0.01);
    const { close } = columnsOf(bars);
    const batch = new Indicators(openCore("release", 4096));
    const [fast, slow] = [batch.ema(close, 12, true), batch.ema(close, 26, true)];
    drive("moving_average_crossover", bars, {
      onBar: (t, driven) => {
        const own = (column: number): number =>
          driven.cell(layout.MOVING_AVERAGE_CROSSOVER, layout.CROSSOVER_COLUMNS, layout.CELL_FIXED + column);
        if (t >= 11) expect(own(3) / fast[t]!).toBeCloseTo(1, 12);
        if (t >= 25) expect(own(4) / slow[t]!).toBeCloseTo(1, 12);
      },
    });
  });

  it("speaks once, on the sample on which the averages cross, and not of the side that it finds", () => {
    const found = crossover(TURN, FAR);
    expect(found.map(({ action }) => action)).toEqual([ACTION_BUY]);
    expect(found[0]!.bar).toBeGreaterThan(40);
    expect(crossover(path([80, 0.2]), FAR)).toEqual([]);
    expect(crossover(path([40, 0.2], [40, -0.2]), FAR).map(({ action }) => action)).toEqual([ACTION_SELL]);
  });

  it("keeps its flag while the averages are closer than the hysteresis", () => {
    const bar = (hysteresis: number): number =>
      crossover(TURN, { ...FAR, hysteresis_atr: hysteresis })[0]?.bar ?? Infinity;
    expect(bar(0)).toBeLessThan(bar(0.5));
    expect(bar(0.5)).toBeLessThan(bar(2));
    expect(bar(10)).toBe(Infinity);
  });

  it("turns its flag earlier where the learned regime factor says so", () => {
    const bar = (p: number): number => {
      const driven = new BarDrive("moving_average_crossover", { parameters: { ...FAR, hysteresis_atr: 2 } });
      const rows = (driven.plane.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0) / 8;
      driven.plane.f[rows + layout.SYMBOL_TRENDING_P / 8] = p;
      driven.plane.f[rows + layout.SYMBOL_VOLATILE_P / 8] = p;
      for (const each of TURN) driven.bar(each);
      return driven.signals[0]!.bar;
    };
    expect(bar(1)).toBeLessThan(bar(0));
  });

  it("asks for directed movement only where told to", () => {
    // A slow saw tooth: the averages cross while the movement has no direction.
    const saw = path(...Array.from({ length: 14 }, (_, t) => [9, t % 2 === 0 ? -0.1 : 0.1] as const));
    const parameters = { ...FAR, fast_length: 2, slow_length: 5, hysteresis_atr: 0 };
    const free = crossover(saw, parameters);
    expect(free.length).toBeGreaterThan(4);
    const weakest = Math.min(
      ...free.filter(({ bar, action }) => bar > 30 && action !== ACTION_EXIT).map(({ values }) => values[2]!),
    );
    const asked = crossover(saw, { ...parameters, require_adx: 1, adx_threshold: weakest + 0.001 });
    expect(asked.length).toBeLessThan(free.length);
    expect(asked.every(({ action, values }) => action === ACTION_EXIT || values[2]! > weakest)).toBe(true);
  });

  it("puts the stop at two ATR or behind the slow average, whichever is farther, and the target at three stops", () => {
    const near = crossover(TURN, { stop_atr: 50 })[0]!;
    const slow = crossover(TURN, { stop_atr: 0.1 })[0]!;
    expect(slow.stop).toBeCloseTo(slow.values[1]!, 9);
    expect(near.stop).toBeLessThan(slow.stop);
    for (const { entry, stop, target } of [near, slow]) expect((target - entry) / (entry - stop)).toBeCloseTo(3, 9);
  });

  it("stops at the stop", () => {
    const bars = [...TURN.slice(0, 52), ...barsOf([100, 94], 0.001)];
    const exits = (stop: number): readonly (readonly [number, number])[] =>
      actions(crossover(bars, { ...FAR, stop_atr: stop })).filter(([, action]) => action === ACTION_EXIT);
    expect(exits(2).at(-1)).toEqual([53, ACTION_EXIT]);
    expect(exits(50)).toEqual([]);
  });

  it("takes the target", () => {
    const [buy, exit] = crossover(TURN, { horizon: 10_000 });
    expect(exit!.action).toBe(ACTION_EXIT);
    expect(exit!.entry).toBeGreaterThanOrEqual(buy!.target);
    expect(TURN[exit!.bar - 1]![3]).toBeLessThan(buy!.target);
    expect(crossover(TURN, { horizon: 10_000, target_r: 50 })).toHaveLength(1);
  });

  it("ends with the opposite cross, although that one opens nothing", () => {
    const bars = path([40, -0.1], [40, 0.4], [60, -0.3]);
    const turned = crossover(bars, FAR);
    expect(turned.map(({ action }) => action)).toEqual([ACTION_BUY, ACTION_EXIT, ACTION_SELL]);
    expect(turned[1]!.bar).toBe(turned[2]!.bar);
    // A slower timeframe that still rises forbids the sale, not the exit.
    const silent = crossover(bars, { ...FAR, confirm_bar_ms: 300_000 });
    expect(actions(silent)).toEqual(actions(turned).slice(0, 2));
  });

  it("ends after the length of the fast average, or after its horizon", () => {
    const held = (horizon: number): number => {
      const found = crossover(path([40, -0.2], [80, 0.2]), { ...FAR, horizon });
      return found[1]!.bar - found[0]!.bar;
    };
    expect(held(0)).toBe(12);
    expect(held(30)).toBe(30);
  });

  it("stays silent while the confirming timeframe runs the other way", () => {
    const buys = (confirm: number): number =>
      crossover(path([120, -0.2], [30, 0.2]), { ...FAR, confirm_bar_ms: confirm }).length;
    expect(buys(0)).toBe(1);
    expect(buys(240_000)).toBe(0);
  });

  it("is the more confident the steeper the averages part", () => {
    const confidence = (step: number): number =>
      crossover(path([40, -0.2], [40, step]), { ...FAR, hysteresis_atr: 0 })[0]!.confidence;
    expect(confidence(0.2)).toBeGreaterThan(0.5);
    expect(confidence(0.6)).toBeGreaterThan(confidence(0.1));
  });

  it("says how many samples are missing, and is silent before", () => {
    const driven = new BarDrive("moving_average_crossover");
    const missing = (): number =>
      driven.cell(layout.MOVING_AVERAGE_CROSSOVER, layout.CROSSOVER_COLUMNS, layout.CELL_MISSING);
    expect(missing()).toBe(31);
    TURN.slice(0, 40).forEach((bar, t) => {
      driven.bar(bar);
      expect(missing()).toBe(Math.max(0, 30 - t));
    });
  });
});
