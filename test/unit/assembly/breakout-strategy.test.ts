import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import {
  barsOf,
  drive,
  BarDrive,
  mirrored,
  randomBars,
  realBars,
  scaled,
  type Bar,
  type BarSignal,
} from "../../support/bars.ts";
import { GOLDEN_PRESENT } from "../../support/golden.ts";
import { Random } from "../../support/random.ts";
import { expectAgreement } from "../../support/signals-agree.ts";
import { breakoutTwin, type BreakoutParameters } from "../../support/twins/breakout-strategy.ts";

const { ACTION_BUY, ACTION_SELL, ACTION_EXIT } = layout;
const breakout = (
  bars: readonly Bar[],
  parameters: Partial<BreakoutParameters> & { readonly confirm_bar_ms?: number } = {},
  extra = {},
): readonly BarSignal[] => drive("breakout_strategy", bars, { parameters: { ...parameters }, ...extra });
const actions = (signals: readonly BarSignal[]): (readonly [number, number])[] =>
  signals.map(({ bar, action }) => [bar, action] as const);

/** Twenty-one quiet bars between 99.9 and 100.1, then the given closes with three times the volume. */
const QUIET = 21;
function after(closes: readonly number[], volume = 30): Bar[] {
  const quiet = Array.from({ length: QUIET }, (_, t) => 100 + (t % 2) * 0.02);
  return barsOf([...quiet, ...closes], 0.001, (t) => (t < QUIET ? 10 : volume));
}
/** Wide targets and stops, so that one exit at a time can act. */
const FAR = { stop_atr: 50, target_atr: 50, trail_atr: 50 };

describe("breakout_strategy", () => {
  it("agrees with its twin on random bars, whatever its lengths and distances", () => {
    const random = new Random(21);
    const sets: readonly Partial<BreakoutParameters>[] = [
      {},
      { entry_length: 55, exit_length: 20 },
      { entry_length: 2, exit_length: 1, require_volume: 0, buffer_atr: 0 },
      { entry_length: 60, exit_length: 60, require_volume: 0, stop_atr: 5, target_atr: 20, trail_atr: 6 },
      { entry_length: 31, exit_length: 33, volume_multiplier: 0.5, buffer_atr: 0.25 },
      { entry_length: 17, exit_length: 8, require_volume: 0, target_atr: 50, stop_atr: 1, trail_atr: 2 },
    ];
    for (const parameters of sets) {
      const bars = randomBars(random, 700, 100, 0.01);
      expectAgreement(breakout(bars, parameters), breakoutTwin(bars, parameters), 1e-9, 8);
    }
  });

  it("agrees with its twin bar by bar on recorded markets", () => {
    if (!GOLDEN_PRESENT) return expect(breakoutTwin([])).toEqual([]);
    for (const [file, count, parameters, barMs, least] of [
      ["crypto/4h/BTC_USD.csv.gz", 5000, {}, 14_400_000, 200],
      ["equity/1d/GOOG.csv.gz", 2500, { entry_length: 55, exit_length: 20 }, 86_400_000, 20],
      ["fx/1h/EURUSD_2012_2018.csv.gz", 5000, { require_volume: 0 }, 3_600_000, 100],
    ] as const) {
      const bars = realBars(file, count);
      expectAgreement(breakout(bars, parameters, { barMs }), breakoutTwin(bars, parameters), 1e-9, least);
    }
  }, 60_000);

  it("buys a close above the channel and sells one below it, with stop and target around the entry", () => {
    for (const [close, action] of [
      [101, ACTION_BUY],
      [99, ACTION_SELL],
    ] as const) {
      const [signal, ...more] = breakout(after([close]));
      expect(more).toEqual([]);
      expect(signal).toMatchObject({ bar: QUIET, action, entry: close });
      const side = action === ACTION_BUY ? 1 : -1;
      expect((signal!.target - close) / (close - signal!.stop)).toBeCloseTo(1.5, 9);
      expect(Math.sign(signal!.target - close)).toBe(side);
      expect(signal!.confidence).toBeGreaterThan(0.5);
    }
  });

  it("leaves the present bar out of the channel that it must break", () => {
    // A close at the height of the channel's own wick is no break, one above it is.
    const top = 100.02 * 1.001;
    const flat = (close: number): readonly BarSignal[] => breakout(after([close]), { buffer_atr: 0 });
    expect(flat(top)).toEqual([]);
    expect(actions(flat(top * 1.0001))).toEqual([[QUIET, ACTION_BUY]]);
  });

  it("asks for the buffer beyond the channel", () => {
    const top = 100.02 * 1.001;
    const bars = after([top + 0.02]);
    expect(breakout(bars, { buffer_atr: 0.05 })).toHaveLength(1);
    expect(breakout(bars, { buffer_atr: 0.25 })).toHaveLength(0);
  });

  it("asks for volume, unless told not to", () => {
    expect(breakout(after([101], 12))).toHaveLength(0);
    expect(breakout(after([101], 0), { require_volume: 0, target_atr: 20 })).toHaveLength(1);
    expect(breakout(after([101], 30), { volume_multiplier: 3 })).toHaveLength(0);
  });

  it("stops at the stop", () => {
    const far = { ...FAR, stop_atr: 2, exit_length: 60, entry_length: 20 };
    const bars = [...Array.from({ length: 60 }, (_, t) => 100 + (t % 2) * 0.02), 101, 100.9, 99.95];
    const tape = barsOf(bars, 0.001, (t) => (t === 60 ? 30 : 10));
    expect(actions(breakout(tape, far))).toEqual([
      [60, ACTION_BUY],
      [62, ACTION_EXIT],
    ]);
    expect(actions(breakout(tape, { ...far, stop_atr: 50 }))).toEqual([[60, ACTION_BUY]]);
  });

  it("takes the target", () => {
    const bars = after([101, 101.2, 102.5], 30);
    const found = breakout(bars, { stop_atr: 2, target_atr: 4, trail_atr: 50, require_volume: 0 });
    expect(found.filter(({ action }) => action === ACTION_EXIT).map(({ bar }) => bar)).toEqual([QUIET + 2]);
    // The same close is beyond the channel; it opens nothing again.
    expect(found.at(-1)!.action).toBe(ACTION_EXIT);
    const never = breakout(bars, { ...FAR, require_volume: 0 });
    expect(never.filter(({ action }) => action === ACTION_EXIT)).toEqual([]);
  });

  it("trails the best close, not the entry, by three ATR", () => {
    const climb = Array.from({ length: 20 }, (_, t) => 101 + 0.5 * t);
    const bars = after([...climb, 110, 109, 108]);
    const exits = (trail: number): readonly number[] =>
      breakout(bars, { ...FAR, exit_length: 20, trail_atr: trail })
        .filter(({ action }) => action === ACTION_EXIT)
        .map(({ bar }) => bar);
    expect(exits(50)).toEqual([]);
    expect(exits(3)).toEqual([QUIET + 22]);
  });

  it("leaves when the close falls below the exit channel, which is shorter than that of the entry", () => {
    const climb = Array.from({ length: 15 }, (_, t) => 101 + 0.5 * t);
    const bars = after([...climb, 105]);
    const exits = (length: number): readonly number[] =>
      breakout(bars, { ...FAR, exit_length: length })
        .filter(({ action }) => action === ACTION_EXIT)
        .map(({ bar }) => bar);
    expect(exits(5)).toEqual([QUIET + 15]);
    expect(exits(10)).toEqual([]);
  });

  it("turns its position when the other side breaks", () => {
    const found = breakout(after([101, 98], 30), FAR);
    expect(actions(found)).toEqual([
      [QUIET, ACTION_BUY],
      [QUIET + 1, ACTION_EXIT],
      [QUIET + 1, ACTION_SELL],
    ]);
  });

  it("is the more confident the farther, the busier and the more directed the break is", () => {
    const confidence = (close: number, volume: number): number =>
      breakout(after([close], volume), { target_atr: 10 })[0]!.confidence;
    expect(confidence(100.2, 30)).toBeLessThan(confidence(100.3, 30));
    expect(confidence(100.2, 17)).toBeLessThan(confidence(100.2, 19));
    const directed = barsOf(
      Array.from({ length: 60 }, (_, t) => 100 + t),
      0.001,
      () => 10,
    );
    // The ADX is ready at the 28th bar; nothing else changes there.
    const at = (bar: number): number =>
      breakout(directed, { require_volume: 0 }).find((signal) => signal.bar === bar && signal.action === ACTION_BUY)!
        .confidence;
    expect(at(27) - at(26)).toBeCloseTo(0.1, 2);
  });

  it("needs a smaller buffer and volume where the learned regime factor says so", () => {
    const volatile = (p: number): readonly BarSignal[] => {
      const driven = new BarDrive("breakout_strategy");
      const rows = (driven.plane.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0) / 8;
      driven.plane.f[rows + layout.SYMBOL_VOLATILE_P / 8] = p;
      after([101], 14).forEach((bar) => driven.bar(bar));
      return driven.signals;
    };
    expect(volatile(0)).toHaveLength(0);
    expect(volatile(1)).toHaveLength(1);
  });

  it("stays silent while the confirming timeframe falls", () => {
    const falling = Array.from({ length: 40 }, (_, t) => 130 - t);
    const bars = barsOf([...falling, ...Array.from({ length: 60 }, (_, t) => 91 + (t % 2) * 0.02), 92], 0.001, (t) =>
      t < 100 ? 10 : 30,
    );
    const buys = (confirm: number): number =>
      breakout(bars, { ...FAR, confirm_bar_ms: confirm }).filter(({ action }) => action === ACTION_BUY).length;
    expect(buys(0)).toBe(1);
    expect(buys(360_000)).toBe(0);
  });

  it("decides the same when every price is a thousand times, a milliard times or a hundred millionth of what it was", () => {
    const bars = randomBars(new Random(31), 600, 1, 0.01);
    const plain = breakout(bars);
    expect(plain.length).toBeGreaterThan(5);
    for (const factor of [1000, 1e9, 1e-8]) {
      const found = breakout(scaled(bars, factor));
      expect(actions(found)).toEqual(actions(plain));
      found.forEach(({ entry, stop, confidence }, index) => {
        expect(stop / entry).toBeCloseTo(plain[index]!.stop / plain[index]!.entry, 9);
        expect(confidence).toBeCloseTo(plain[index]!.confidence, 9);
      });
    }
  });

  it("sells where the mirrored market makes it buy", () => {
    const bars = randomBars(new Random(33), 600, 100, 0.004);
    const plain = breakout(bars);
    const other = breakout(mirrored(bars, 500), {});
    const turned = new Map([
      [ACTION_BUY, ACTION_SELL],
      [ACTION_SELL, ACTION_BUY],
      [ACTION_EXIT, ACTION_EXIT],
    ]);
    expect(plain.length).toBeGreaterThan(5);
    expect(actions(other)).toEqual(actions(plain).map(([bar, action]) => [bar, turned.get(action as 1 | 2 | 3)]));
  });

  it("says nothing of the future: the beginning of a tape gives the beginning of its signals", () => {
    const bars = randomBars(new Random(35), 400, 100, 0.01);
    const whole = breakout(bars);
    const half = breakout(bars.slice(0, 250));
    expect(half).toEqual(whole.filter(({ bar }) => bar < 250));
  });

  it("says how many samples are missing, and is silent before", () => {
    const driven = new BarDrive("breakout_strategy", { parameters: { entry_length: 30 } });
    const missing = (): number => driven.cell(layout.BREAKOUT_STRATEGY, layout.BREAKOUT_COLUMNS, layout.CELL_MISSING);
    expect(missing()).toBe(31);
    barsOf(
      Array.from({ length: 35 }, (_, t) => 100 + t),
      0.001,
    ).forEach((bar, t) => {
      driven.bar(bar);
      expect(missing()).toBe(Math.max(0, 30 - t));
      if (t < 30) expect(driven.signals).toHaveLength(0);
    });
  });

  it("is silent on a price that never moves and in a market without volume", () => {
    const still = barsOf(
      Array.from({ length: 300 }, () => 100),
      0,
    );
    expect(breakout(still, { require_volume: 0, buffer_atr: 0 })).toHaveLength(0);
    const silent = randomBars(new Random(3), 300, 100, 0.01).map(([o, h, l, c]): Bar => [o, h, l, c, 0]);
    expect(breakout(silent)).toHaveLength(0);
    expect(breakout(silent, { require_volume: 0 }).length).toBeGreaterThan(0);
  });
});
