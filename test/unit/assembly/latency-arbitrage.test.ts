import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { assetDefaults } from "../../../src/domain/instrument.ts";
import { Random } from "../../../src/domain/random.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { SHARED } from "../../support/golden-data.ts";
import { TestPlane, type PlaneOptions } from "../../support/plane.ts";
import { LatencyTwin, type LatencySignal } from "../../support/twins/latency-arbitrage.ts";

const CODE = layout.LATENCY_ARBITRAGE;
const MS = 1000;
const PAIR_LEAD = 38;
const PAIR_BETA = 39;
const PAUSE = 17;
const TICK = 1e-4;

interface Quote {
  readonly venue: number;
  readonly bid: number;
  readonly ask: number;
  /** Event time, us after the beginning. */
  readonly time: number;
}
interface Tape {
  readonly lead: number;
  /** Milliseconds of the follower behind the leader, 0: both go by themselves. */
  readonly lagMs: number;
  readonly seed: number;
  readonly moves: number;
  readonly sigma?: number;
  readonly beta?: number;
}

/** Venue `lead` moves every 50 to 400 ms; the other one repeats its moves `lagMs` later, with noise of a tenth. */
function planted({ lead, lagMs, seed, moves, sigma = 0.001, beta = 1 }: Tape): readonly Quote[] {
  const random = new Random(seed);
  const quotes: Quote[] = [];
  let [log, other, time] = [0, 0, 1e6];
  const quote = (venue: number, at: number, value: number): void => {
    const middle = 100 * Math.exp(value);
    quotes.push({ venue, bid: middle * (1 - 1e-5), ask: middle * (1 + 1e-5), time: Math.round(at) });
  };
  for (let move = 0; move < moves; move++) {
    time += (50 + 350 * random.next()) * MS;
    const step = sigma * random.normal();
    log += step;
    quote(lead, time, log);
    if (lagMs === 0) other += sigma * random.normal();
    else other += beta * step + 0.1 * sigma * random.normal();
    quote(3 - lead, time + (lagMs === 0 ? 200 * random.next() : lagMs) * MS, other);
  }
  return quotes.toSorted((one, next) => one.time - next.time);
}

interface Run {
  readonly plane: TestPlane;
  readonly signals: readonly SignalRecord[];
}
interface Conditions {
  readonly latencyMs?: number;
  readonly fee?: number;
  readonly scale?: number;
  readonly options?: PlaneOptions;
  /** Learned quality and opportunity. */
  readonly thresholds?: readonly number[];
}
const REVIEW_US = 10_000_000;
/** Drives the quotes with a constant latency and a review every ten seconds of the tape; fees of `fee`. */
function run(
  tape: readonly Quote[],
  { latencyMs = 5, fee = 0, scale = 1, options = {}, thresholds = [] }: Conditions = {},
): Run {
  const plane = new TestPlane({ cooldownUs: 100_000, ...options });
  const id = plane.symbol("BTCUSD");
  const base = assetDefaults("crypto");
  plane.instruments.set(id, { ...base, fields: { ...base.fields, taker_fee_bps: fee * 1e4, tick_size: TICK * scale } });
  const [quality, opportunity] = thresholds;
  if (quality !== undefined) {
    plane.control(layout.CONTROL_THRESHOLD, CODE, [layout.THRESHOLD_QUALITY, quality]);
    plane.control(layout.CONTROL_PARAMETER, CODE, [layout.PARAMETER_CONFIDENCE_THRESHOLD, quality]);
  }
  if (opportunity !== undefined)
    plane.control(layout.CONTROL_THRESHOLD, CODE, [layout.THRESHOLD_OPPORTUNITY, opportunity]);
  const start = plane.clock;
  let reviewed = 0;
  const signals: SignalRecord[] = [];
  for (const { venue, bid, ask, time } of tape) {
    plane.pass(start + time + latencyMs * MS - plane.clock);
    if (time - reviewed >= REVIEW_US) {
      reviewed = time;
      plane.beat(layout.TIER_FAST);
    }
    plane.venueQuote(venue, "BTCUSD", bid * scale, ask * scale, start + time);
    signals.push(...plane.settle().filter(({ strategy }) => strategy === CODE));
  }
  return { plane, signals };
}
const entries = (signals: readonly SignalRecord[]) => signals.filter(({ action }) => action !== layout.ACTION_EXIT);
const cell = (plane: TestPlane, column: number): number =>
  plane.column(layout.PLAN_CELLS + CODE, layout.LATENCY_COLUMNS, 0, column);

describe("a planted lead", () => {
  it("is found with its sign, its length and its beta, whichever venue leads", () => {
    for (const [lead, sign] of [
      [1, 1],
      [2, -1],
    ] as const) {
      for (const lagMs of [60, 150, 300]) {
        const tape = planted({ lead, lagMs, seed: 3, moves: 300, beta: 0.8 });
        const { plane } = run([{ ...(tape[0] as Quote), venue: 1, time: 0 }, ...tape]);
        expect(Math.abs(cell(plane, PAIR_LEAD) - sign * lagMs * MS)).toBeLessThan(30 * MS);
        expect(Math.abs(cell(plane, PAIR_BETA) - 0.8)).toBeLessThan(0.2);
      }
    }
  });

  it("is traded on the follower, immediate or cancel, before its quote moves", () => {
    const { signals } = run(planted({ lead: 1, lagMs: 150, seed: 4, moves: 600 }));
    const entered = entries(signals);
    expect(entered.length).toBeGreaterThan(50);
    for (const { values, flags, confidence, entry, target, stop, action } of entered) {
      expect(values[3]).toBe(2);
      expect(values[2]).toBeGreaterThan(120);
      expect(values[2]).toBeLessThan(180);
      expect(flags & layout.SIGNAL_FLAG_IOC).not.toBe(0);
      expect(confidence).toBeLessThanOrEqual(0.9);
      const side = action === layout.ACTION_BUY ? 1 : -1;
      expect(side * (values[1] - entry)).toBeGreaterThan(0);
      expect(target).toBeCloseTo(values[1], 9);
      expect(side * (entry - stop)).toBeCloseTo(2 * TICK, 9);
    }
    // The follower moves at the lead, half of the time (its own noise) by as much as was expected.
    const waits = signals.filter(({ action }) => action === layout.ACTION_EXIT).map(({ values }) => values[0]);
    expect(waits.filter((ms) => ms <= 160).length / waits.length).toBeGreaterThan(0.4);
  });

  it("is not traded when fees and slippage exceed the gap", () => {
    expect(entries(run(planted({ lead: 1, lagMs: 150, seed: 4, moves: 600 }), { fee: 0.01 }).signals)).toEqual([]);
  });

  it("is not traded when the path takes longer than the lead", () => {
    const tape = planted({ lead: 1, lagMs: 150, seed: 4, moves: 600 });
    expect(entries(run(tape, { latencyMs: 160 }).signals)).toEqual([]);
    const slow = entries(run(tape, { latencyMs: 100 }).signals);
    const fast = entries(run(tape, { latencyMs: 1 }).signals);
    expect(slow.length).toBeGreaterThan(0);
    expect(Math.max(...slow.map(({ confidence }) => confidence))).toBeLessThan(0.45);
    expect(Math.max(...fast.map(({ confidence }) => confidence))).toBeGreaterThan(0.8);
  });

  it("is traded up to the lead and not at all beyond the lead, whatever confidence is asked for", () => {
    const tape = planted({ lead: 1, lagMs: 150, seed: 4, moves: 600 });
    const free = { thresholds: [-10, -100] } as const;
    expect(entries(run(tape, { latencyMs: 110, ...free }).signals).length).toBeGreaterThan(0);
    expect(entries(run(tape, { latencyMs: 190, ...free }).signals)).toEqual([]);
  });
});

describe("no lead", () => {
  it("between two venues that go by themselves means silence", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const { plane, signals } = run(planted({ lead: 1, lagMs: 0, seed, moves: 400 }));
      expect(signals).toEqual([]);
      expect(cell(plane, PAIR_LEAD)).toBe(0);
    }
  });

  it("of venues that move together means silence", () => {
    const { signals } = run(planted({ lead: 1, lagMs: 0.5, seed: 2, moves: 400 }));
    expect(signals).toEqual([]);
  });

  it("of one venue alone, or of prices that stand still, means silence and says what is missing", () => {
    const { plane, signals } = run(
      planted({ lead: 1, lagMs: 100, seed: 2, moves: 200 }).filter(({ venue }) => venue === 1),
    );
    expect(signals).toEqual([]);
    expect(plane.state.readiness(CODE, CODE)).toEqual({ missing: 33, wants: layout.INPUT_SECOND_VENUE });
    const still = Array.from({ length: 400 }, (_, i) => ({
      venue: 1 + (i % 2),
      bid: 100,
      ask: 100.1,
      time: i * 100 * MS,
    }));
    const flat = run(still);
    expect(flat.signals).toEqual([]);
    expect(flat.plane.state.readiness(CODE, CODE)).toEqual({ missing: 32, wants: 0 });
  });
});

describe("a position", () => {
  /** A lead of 150 ms is known; then leader and follower as the test wants. */
  function known(): {
    plane: TestPlane;
    step: (venue: number, price: number, waitMs: number) => readonly SignalRecord[];
    price: number;
  } {
    const tape = planted({ lead: 1, lagMs: 150, seed: 4, moves: 140 });
    const { plane } = run(tape, { fee: 0.1 }); // nothing is traded meanwhile
    plane.pass(2_000_000);
    plane.beat(layout.TIER_FAST);
    plane.settle();
    const step = (venue: number, price: number, waitMs: number): readonly SignalRecord[] => {
      plane.pass(waitMs * MS);
      plane.venueQuote(venue, "BTCUSD", price * (1 - 1e-5), price * (1 + 1e-5), plane.clock);
      return plane.settle().filter(({ strategy }) => strategy === CODE);
    };
    const price = tape.at(-1)?.ask ?? 0;
    step(1, price, 1);
    step(2, price, 1);
    plane.pass(600 * MS);
    step(2, price, 1);
    const free = assetDefaults("crypto");
    plane.instruments.set(0, { ...free, fields: { ...free.fields, taker_fee_bps: 0, tick_size: TICK } });
    return { plane, step, price };
  }

  it("ends when the gap has closed, and the misses are forgotten", () => {
    const { step, price } = known();
    expect(step(1, price * 1.004, 10).map(({ action }) => action)).toEqual([layout.ACTION_BUY]);
    expect(step(2, price * 1.002, 10)).toEqual([]);
    const [exit] = step(2, price * 1.006, 10);
    expect(exit?.action).toBe(layout.ACTION_EXIT);
    expect(exit?.values[0]).toBeCloseTo(20, 6);
  });

  it("ends when the quote moved two ticks against it", () => {
    const { step, price } = known();
    expect(step(1, price * 0.996, 10).map(({ action }) => action)).toEqual([layout.ACTION_SELL]);
    expect(step(2, price + 1.9 * TICK, 10)).toEqual([]);
    expect(step(2, price + 2.1 * TICK, 10).map(({ action }) => action)).toEqual([layout.ACTION_EXIT]);
  });

  it("ends after five leads", () => {
    const { step, price } = known();
    expect(step(1, price * 1.004, 10)).toHaveLength(1);
    expect(step(2, price, 700)).toEqual([]);
    expect(step(2, price, 60).map(({ action }) => action)).toEqual([layout.ACTION_EXIT]);
  });

  it("that missed three times in a row is followed by a pause", () => {
    const { plane, step, price } = known();
    let [level, found] = [price, 0];
    for (let miss = 0; miss < 5; miss++) {
      level *= 1.004;
      found += step(1, level, 200).length;
      step(2, price, 900);
      step(2, price, 1);
    }
    expect(found).toBe(3);
    expect(cell(plane, PAUSE)).toBeGreaterThan(plane.clock);
    plane.pass(61_000_000);
    step(1, level, 1);
    step(2, price, 600);
    expect(entries(step(1, level * 1.004, 10))).toHaveLength(1);
  });

  it("is not opened on a quote of the follower that is too old", () => {
    const { step, price } = known();
    expect(step(1, price * 1.004, 999)).toHaveLength(1);
    const again = known();
    expect(again.step(1, again.price * 1.004, 1_000)).toEqual([]);
  });
});

describe("tapes", () => {
  it("give the signals of the twin", () => {
    for (const [seed, lead, fee] of [
      [11, 1, 0],
      [12, 2, 0.0002],
      [13, 1, 0.0005],
    ] as const) {
      const tape = planted({ lead, lagMs: 120, seed, moves: 900, beta: 0.9 });
      const twin = new LatencyTwin({ fee, tick: TICK, cooldownUs: 100_000 });
      const expected: LatencySignal[] = [];
      let reviewed = 0;
      for (const { venue, bid, ask, time } of tape) {
        if (time - reviewed >= REVIEW_US) {
          reviewed = time;
          expected.push(...twin.review(time + 5 * MS));
        }
        expected.push(...twin.quote(venue, bid, ask, time, time + 5 * MS));
      }
      const { signals } = run(tape, { fee });
      expect(entries(signals).length).toBeGreaterThan(20);
      const sign = [0, 1, -1, 0];
      expect(signals.map(({ action }) => sign[action])).toEqual(expected.map(({ action }) => action));
      signals.forEach(({ entry, values, action }, index) => {
        expect(entry).toBeCloseTo(expected[index]?.entry ?? 0, 9);
        expect(values[0]).toBeCloseTo(expected[index]?.edge ?? 0, 8);
        if (action !== layout.ACTION_EXIT) expect(values[1]).toBeCloseTo(expected[index]?.fair ?? 0, 8);
      });
    }
  });

  it("do not depend on the unit of the price, and mirror with it", () => {
    const tape = planted({ lead: 1, lagMs: 150, seed: 6, moves: 400 });
    const shape = (signals: readonly SignalRecord[]) => signals.map(({ action, sequence }) => [action, sequence]);
    const plain = run(tape).signals;
    expect(plain.length).toBeGreaterThan(20);
    for (const scale of [1024, 2 ** -20]) expect(shape(run(tape, { scale }).signals)).toEqual(shape(plain));
    const mirrored = tape.map((quote) => ({ ...quote, bid: 10_000 / quote.ask, ask: 10_000 / quote.bid }));
    const turned = { 1: 2, 2: 1, 3: 3 } as Record<number, number>;
    const first = entries(plain)
      .slice(0, 5)
      .map(({ action, sequence }) => [turned[action], sequence]);
    expect(shape(entries(run(mirrored).signals).slice(0, 5))).toEqual(first);
  });

  it("give nothing that depends on what comes later, and the same with several workers", () => {
    const tape = planted({ lead: 1, lagMs: 150, seed: 7, moves: 300 });
    const whole = run(tape);
    const half = run(tape.slice(0, 300)).signals;
    expect(half.length).toBeGreaterThan(5);
    expect(whole.signals.slice(0, half.length).map(({ hash }) => hash)).toEqual(half.map(({ hash }) => hash));
    const two = run(tape, { options: { capacity: { workers: 2 } } });
    expect(two.signals).toEqual(whole.signals);
    expect(two.plane.hash()).toBe(whole.plane.hash());
  });

  it("out of order, doubled, tiny and huge leave no state that is not a number", () => {
    const random = new Random(9);
    const tape = Array.from({ length: 3000 }, (_, i) => {
      const price = 10 ** (random.next() * 17 - 8);
      return {
        venue: Math.floor(random.next() * 3),
        bid: price,
        ask: price * 1.001,
        time: i * 20 * MS - Math.floor(random.next() * 50 * MS),
      };
    });
    const { plane, signals } = run(tape);
    for (let column = 0; column < layout.LATENCY_COLUMNS; column++)
      expect(Number.isFinite(cell(plane, column))).toBe(true);
    for (const { entry, stop, target, confidence, values } of signals)
      for (const value of [entry, stop, target, confidence, ...values]) expect(Number.isFinite(value)).toBe(true);
  });
});

/** Quotes of spot (venue 1) and perpetual (venue 2) in the order in which they were received. */
function recorded(coin: string): readonly Quote[] {
  const read = (kind: string, venue: number): Quote[] => {
    const path = join(SHARED, "data/crypto/ticks", `${coin}_USDT_${kind}_20240808_quotes.csv.gz`);
    const [, ...lines] = gunzipSync(readFileSync(path)).toString().trim().split("\n");
    return lines.map((line) => {
      const [ns = "", , bid, , ask] = line.split(",");
      return { venue, bid: Number(bid), ask: Number(ask), time: Number(BigInt(ns) / 1000n) };
    });
  };
  const all = [...read("spot", 1), ...read("perp", 2)].toSorted((one, other) => one.time - other.time);
  const begin = all[0]?.time ?? 0;
  return all.map((quote) => ({ ...quote, time: quote.time - begin }));
}

describe.skipIf(!existsSync(join(SHARED, "data/crypto/ticks")))(
  "recorded quotes of spot and perpetual (skipped without ../shared)",
  () => {
    it("give the decisions of the twin, and few of them after ten basis points of fees", () => {
      for (const coin of ["BTC", "ETH"]) {
        const tape = recorded(coin);
        expect(tape.length).toBeGreaterThan(4000);
        const twin = new LatencyTwin({ fee: 0, tick: TICK, cooldownUs: 100_000 });
        const expected: LatencySignal[] = [];
        let reviewed = 0;
        for (const { venue, bid, ask, time } of tape) {
          if (time - reviewed >= REVIEW_US) {
            reviewed = time;
            expected.push(...twin.review(time + 5 * MS));
          }
          expected.push(...twin.quote(venue, bid, ask, time, time + 5 * MS));
        }
        const { signals } = run(tape);
        const sign = [0, 1, -1, 0];
        expect(signals.map(({ action }) => sign[action])).toEqual(expected.map(({ action }) => action));
        const paid = entries(run(tape, { fee: 0.001 }).signals);
        expect(paid.length).toBeLessThan(0.2 * entries(signals).length);
      }
    });
  },
);
