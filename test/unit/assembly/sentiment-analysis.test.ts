import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { LoneInstance, type LoneOptions } from "../../support/lone-instance.ts";
import { WEDNESDAY } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { near } from "../../support/spoken.ts";
import { SentimentTwin } from "../../support/twins/sentiment-analysis.ts";

const { ACTION_BUY, ACTION_EXIT, ACTION_SELL, CELL_FIXED } = layout;
const SUM_WEIGHTS = CELL_FIXED;
const SCORE = CELL_FIXED + 3;
const Z = CELL_FIXED + 4;
const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const START = WEDNESDAY;

function stage(options: LoneOptions = {}): LoneInstance {
  return new LoneInstance("sentiment_analysis", layout.SENTIMENT_ANALYSIS, layout.SENTIMENT_COLUMNS, {
    ...options,
    parameters: { window_hours_min: 2, ...options.parameters },
  });
}

type Event =
  | { readonly kind: "bar"; readonly time: number; readonly ohlc: readonly [number, number, number, number] }
  | {
      readonly kind: "news";
      readonly time: number;
      readonly score: number;
      readonly weight: number;
      readonly hash: bigint;
    };

function play(on: LoneInstance, tape: readonly Event[], barMs: number, scale = 1): void {
  for (const event of tape) {
    if (event.kind === "news") on.news(event.time, event.score, event.weight, event.hash);
    else
      on.bar(
        event.time,
        event.ohlc.map((price) => price * scale),
        barMs,
      );
  }
}

/** Bars with moods: bursts of items of one sign, and prices that follow them or not. */
function randomTape(seed: number, bars: number, barUs: number, items = 4): readonly Event[] {
  const random = new Random(seed);
  const tape: Event[] = [];
  let close = 100;
  let mood = 0;
  let hash = 0n;
  for (let bar = 1; bar <= bars; bar++) {
    const end = START + bar * barUs;
    if (random.next() < 0.02) mood = random.normal();
    for (let item = random.integer(items) - (Math.abs(mood) > 1 ? 0 : items / 2); item > 0; item--) {
      const late = random.next() < 0.1 ? random.between(0, 5 * HOUR) : 0;
      if (random.next() < 0.7) hash = (BigInt(random.integer(2 ** 31)) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
      else if (random.next() < 0.5) hash ^= 0b101n << BigInt(random.integer(60));
      const score = Math.max(-1, Math.min(1, mood + 0.5 * random.normal()));
      tape.push({ kind: "news", time: end - barUs / (item + 1) - late, score, weight: random.next(), hash });
    }
    const open = close;
    close *= Math.exp(0.002 * (random.normal() + 0.5 * mood));
    if (random.next() < 0.9) {
      const high = Math.max(open, close) * 1.0005;
      tape.push({ kind: "bar", time: end, ohlc: [open, high, Math.min(open, close) * 0.9995, close] });
    }
  }
  return tape;
}

/** A quiet market with a faint item every hour. */
function quiet(on: LoneInstance, hours = 4): number {
  let time = START;
  for (let minute = 0; minute < hours * 60; minute++) {
    time += MINUTE;
    if (minute % 60 === 0) on.news(time - 1, minute % 120 === 0 ? 0.1 : -0.1, 0.1);
    on.bar(time, [100, 100.05, 99.95, minute % 5 === 0 ? 100.01 : 100], 60_000);
  }
  return time;
}
/** So many one-minute bars, each `step` above the last. */
function trend(on: LoneInstance, from: number, bars: number, price: number, step: number, scale = 1): number {
  for (let bar = 1; bar <= bars; bar++) {
    const close = price + bar * step;
    const ohlc = [close - step, Math.max(close, close - step) + 0.01, Math.min(close, close - step) - 0.01, close];
    on.bar(
      from + bar * MINUTE,
      ohlc.map((value) => value * scale),
      60_000,
    );
  }
  return from + bars * MINUTE;
}
function burst(on: LoneInstance, time: number, score: number, items = 12, weight = 1): void {
  for (let item = 1; item <= items; item++) on.news(time + item, score, weight);
}
/** Quiet hours, a burst of items, and prices that go with it: in a position after the first bar. */
function opened(on: LoneInstance, side = 1): number {
  const time = quiet(on);
  burst(on, time, side);
  return trend(on, time, 1, 100, 0.1 * side);
}

describe("sentiment_analysis", () => {
  it("agrees with its twin on score, effective items, z and every signal of random tapes", () => {
    for (const [seed, barMs, windowMin, items] of [
      [3, 300_000, 24, 4],
      [4, 3_600_000, 696, 12],
    ] as const) {
      const on = stage({ barMs, cooldownUs: 0, parameters: { window_hours_min: windowMin } });
      const twin = new SentimentTwin(windowMin);
      for (const event of randomTape(seed, 1_500, barMs * 1000, items)) {
        play(on, [event], barMs);
        if (event.kind === "news") twin.news(event.time, event.score, event.weight, event.hash);
        else twin.bar(event.time, event.ohlc[1], event.ohlc[2], event.ohlc[3]);
        if (event.time % 7 > 1) continue;
        expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(twin.count, 9);
        expect(on.cell(SCORE)).toBeCloseTo(twin.score, 9);
        expect(on.cell(Z)).toBeCloseTo(twin.z, 7);
      }
      near(on.spoken, twin.signals);
      expect(new Set(on.actions)).toEqual(new Set([ACTION_BUY, ACTION_SELL, ACTION_EXIT]));
      expect(on.broken).toEqual([]);
    }
  }, 60_000);

  it("buys good news that the price agrees with and sells bad news, with stop and target by ATR", () => {
    for (const side of [1, -1]) {
      const on = stage();
      opened(on, side);
      const signal = on.signals[0]!;
      expect(on.actions).toEqual([side > 0 ? ACTION_BUY : ACTION_SELL]);
      expect(signal.entry).toBeCloseTo(100 + 0.1 * side, 12);
      expect(((signal.entry - signal.stop) * 1.5) / (signal.target - signal.entry)).toBeCloseTo(1, 9);
      expect((signal.entry - signal.stop) * side).toBeGreaterThan(0.1);
      expect((signal.entry - signal.stop) * side).toBeLessThan(0.4);
      expect(signal.values[0] * side).toBeGreaterThan(2);
      expect(signal.values[1] * side).toBeCloseTo(12 / 15, 1);
      expect(signal.values[2]).toBeCloseTo(12, 0);
      expect(signal.values[3] * side).toBeGreaterThan(0);
      expect(signal.confidence).toBeCloseTo(signal.values[2] / (signal.values[2] + 5), 2);
    }
  });

  it("enters at the last price when the item arrives between samples, unless that price is old", () => {
    for (const [gap, signals] of [
      [MINUTE, 1],
      [16 * MINUTE, 0],
    ] as const) {
      const on = stage();
      const time = trend(on, quiet(on), 1, 100, 0.1);
      burst(on, time + gap, 1);
      expect(on.signals.slice(0, 1).map(({ entry }) => entry)).toEqual(Array.from({ length: signals }, () => 100.1));
    }
  });

  it("asks for |z| above the threshold", () => {
    const on = stage({ parameters: { entry_z: 20 } });
    opened(on);
    expect(on.cell(Z)).toBeGreaterThan(2);
    expect(on.actions).toEqual([]);
  });

  it("asks for five effective items", () => {
    const on = stage();
    const time = quiet(on);
    burst(on, time, 1, 4);
    const later = trend(on, time, 1, 100, 0.1);
    expect(on.cell(Z)).toBeGreaterThan(2);
    expect(on.actions).toEqual([]);
    burst(on, later, 1, 2);
    expect(on.actions).toEqual([ACTION_BUY]);
  });

  it("does not enter against the return of the last 15 samples", () => {
    const on = stage();
    const time = quiet(on);
    burst(on, time, 1);
    trend(on, time, 5, 100, -0.1);
    expect(on.cell(Z)).toBeGreaterThan(2);
    expect(on.actions).toEqual([]);
  });

  it("leaves when z has come back", () => {
    const on = stage({ parameters: { hold_hours: 72, stop_atr: 50, target_atr: 50 } });
    const time = opened(on);
    burst(on, time, -1, 9);
    expect(Math.abs(on.cell(Z))).toBeGreaterThan(0.5);
    trend(on, time, 1, 100.1, 0.001);
    expect(on.actions).not.toContain(ACTION_EXIT);
    burst(on, time + MINUTE, -1, 3);
    expect(Math.abs(on.cell(Z))).toBeLessThan(0.5);
    trend(on, time + MINUTE, 1, 100.1, 0.001);
    expect(on.actions.at(-1)).toBe(ACTION_EXIT);
  });

  it("leaves after three hours", () => {
    const on = stage({ parameters: { half_life_hours: 100, stop_atr: 50, target_atr: 50 } });
    const time = opened(on);
    trend(on, time, 179, 100.1, 0.0001);
    expect(on.actions).not.toContain(ACTION_EXIT);
    trend(on, time + 179 * MINUTE, 1, 100.2, 0.0001);
    expect(on.actions.at(-1)).toBe(ACTION_EXIT);
    expect((on.signals.at(-1)?.time ?? 0) - on.signals[0]!.time).toBe(180 * MINUTE);
  });

  it("leaves at its stop and at its target", () => {
    for (const step of [-1, 1]) {
      const on = stage();
      const time = opened(on);
      trend(on, time, 1, 100.1, step);
      expect(on.actions.at(-1)).toBe(ACTION_EXIT);
      expect(on.signals.at(-1)?.entry).toBeCloseTo(100.1 + step, 9);
    }
  });

  it("trades an excursion of z once, and the next one again", () => {
    const on = stage({ parameters: { half_life_hours: 0.2 } });
    const time = opened(on);
    const after = trend(on, time, 1, 100.1, 1);
    trend(on, after, 2, 101.1, 0.01);
    expect(on.cell(Z)).toBeGreaterThan(2);
    expect(on.actions).toEqual([ACTION_BUY, ACTION_EXIT]);
    const calm = trend(on, after + 2 * MINUTE, 60, 101.2, 0.01);
    expect(Math.abs(on.cell(Z))).toBeLessThan(2);
    burst(on, calm, 1);
    expect(on.actions.slice(2)).toEqual([ACTION_BUY]);
  });

  it("weighs a near-duplicate a tenth, six bits of difference but not seven, and never one without a hash", () => {
    for (const [second, weight] of [
      [0b111111n, 1.1],
      [0b1111111n, 2],
    ] as const) {
      const on = stage();
      on.news(START + 1, 1, 1, 0xdead_beef_0000_0000n);
      on.news(START + 2, 1, 1, 0xdead_beef_0000_0000n ^ (second << 20n));
      expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(weight, 6);
    }
    const on = stage();
    for (let item = 1; item <= 40; item++) on.news(START + item, 1, 1, 0n);
    expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(40, 6);
  });

  it("remembers the last 32 stories", () => {
    const on = stage();
    const story = (index: number): bigint => (BigInt(index) * 0x9e37_79b9_7f4a_7c15n) & 0xffff_ffff_ffff_ffffn;
    for (let item = 1; item <= 33; item++) on.news(START + item, 0, 1, story(item));
    on.news(START + 40, 0, 1, story(2));
    expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(33.1, 6);
    on.news(START + 41, 0, 1, story(1));
    expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(34.1, 6);
  });

  it("halves the weight of an item every three hours, also of one that comes late", () => {
    const on = stage();
    on.news(START + 6 * HOUR, 1);
    on.news(START, 1);
    expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(1.25, 12);
    on.news(START + 9 * HOUR, 0, 0);
    expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(0.625, 12);
    expect(on.cell(SCORE)).toBeCloseTo(0.625 / 3.625, 12);
  });

  it("is silent without news, says so, and then counts what its window lacks", () => {
    const on = stage({ parameters: { window_hours_min: 24 } });
    trend(on, START, 40, 100, 0.1);
    expect(on.cell(layout.CELL_WANTS)).toBe(layout.INPUT_NEWS);
    expect(on.actions).toEqual([]);
    on.news(START + 40 * MINUTE + 1, 0.1);
    expect(on.cell(layout.CELL_WANTS)).toBe(0);
    expect(on.cell(layout.CELL_MISSING)).toBe(24 * 60);
    trend(on, START + 40 * MINUTE, 60, 104, 0.1);
    expect(on.cell(layout.CELL_MISSING)).toBe(23 * 60);
    burst(on, START + 100 * MINUTE, 1);
    expect(on.cell(Z)).toBe(0);
    expect(on.actions).toEqual([]);
  });

  it("does not depend on the unit of the price", () => {
    const tape = randomTape(9, 600, 300_000_000);
    const one = stage({ barMs: 300_000, cooldownUs: 0 });
    play(one, tape, 300_000);
    expect(one.actions.length).toBeGreaterThan(10);
    for (const scale of [1e-9, 1000, 1e8]) {
      const other = stage({ barMs: 300_000, cooldownUs: 0 });
      play(other, tape, 300_000, scale);
      near(
        other.spoken.map((signal) => ({
          ...signal,
          entry: signal.entry / scale,
          stop: signal.stop / scale,
          target: signal.target / scale,
        })),
        one.spoken,
      );
    }
  });

  it("knows nothing of what comes later", () => {
    const tape = randomTape(10, 500, 300_000_000);
    const whole = stage({ barMs: 300_000, cooldownUs: 0 });
    play(whole, tape, 300_000);
    const prefix = stage({ barMs: 300_000, cooldownUs: 0 });
    play(prefix, tape.slice(0, tape.length >> 1), 300_000);
    expect(prefix.signals.length).toBeGreaterThan(0);
    expect(whole.spoken.slice(0, prefix.signals.length)).toEqual(prefix.spoken);
  });

  it("stays sane over constant prices, months without an event, and times that run backwards", () => {
    const on = stage();
    for (let minute = 1; minute <= 200; minute++) on.bar(START + minute * MINUTE, [5, 5, 5, 5], 60_000);
    burst(on, START + 201 * MINUTE, 1, 50);
    on.bar(START + 100 * 24 * HOUR, [5, 5, 5, 5], 60_000);
    on.news(START, -1);
    on.news(START + 100 * 24 * HOUR, -1);
    expect(on.actions).toEqual([]);
    expect(on.broken).toEqual([]);
    expect(on.cell(SUM_WEIGHTS)).toBeCloseTo(1, 9);
  });

  it("begins its window anew with history, once, and is silent on it", () => {
    const on = stage({ parameters: { window_hours_min: 24 } });
    on.news(START, 1);
    for (let hour = 0; hour < 60; hour++) {
      on.news(START - (60 - hour) * HOUR, hour % 2 ? 0.2 : -0.2, 1, 0n, layout.FLAG_HISTORY);
    }
    expect(on.cell(CELL_FIXED + 6)).toBe(59);
    on.news(START + 1, 1);
    expect(on.cell(CELL_FIXED + 6)).toBe(60);
    expect(on.actions).toEqual([]);
  });

  it("earns on news that prices follow, and nothing on news that they do not", () => {
    const earned = (leads: number): number => {
      const on = stage({ barMs: 900_000, parameters: { return_samples: 1 } });
      const random = new Random(77);
      let close = 100;
      for (let episode = 0; episode < 120; episode++) {
        const side = random.next() < 0.5 ? -1 : 1;
        for (let bar = 1; bar <= 96; bar++) {
          const end = START + (episode * 96 + bar) * 15 * MINUTE;
          if (bar === 20) burst(on, end - MINUTE, side, 10);
          const open = close;
          close *= Math.exp(0.001 * random.normal() + (bar >= 20 && bar < 35 ? 0.0012 * side * leads : 0));
          on.bar(end, [open, Math.max(open, close), Math.min(open, close), close], 900_000);
        }
      }
      let position = { side: 0, entry: 0 };
      const results: number[] = [];
      for (const { action, entry } of on.signals) {
        if (action !== ACTION_EXIT && position.side === 0) position = { side: action === ACTION_BUY ? 1 : -1, entry };
        if (action !== ACTION_EXIT || position.side === 0) continue;
        results.push(position.side * Math.log(entry / position.entry));
        position = { side: 0, entry: 0 };
      }
      expect(results.length).toBeGreaterThan(60);
      const mean = results.reduce((sum, x) => sum + x, 0) / results.length;
      const deviation = Math.sqrt(results.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (results.length - 1));
      return (mean / deviation) * Math.sqrt(results.length);
    };
    expect(earned(1)).toBeGreaterThan(4);
    expect(Math.abs(earned(0))).toBeLessThan(2.5);
  });

  it("stays silent while the confirming timeframe disagrees", () => {
    for (const [drift, signals] of [
      [-0.5, 0],
      [0.5, 1],
    ] as const) {
      const on = stage({ parameters: { confirm_bar_ms: 3_600_000 } });
      const time = quiet(on, 2);
      const turn = trend(on, trend(on, time, 60, 100, drift), 59, 100 + 60 * drift, 0.001);
      const price = 100 + 60 * drift + 0.059;
      burst(on, turn, 1);
      trend(on, turn, 1, price, 0.01);
      expect(on.actions.slice(0, 1)).toHaveLength(signals);
    }
  });
});
