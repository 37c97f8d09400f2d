import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { TestPlane, WEDNESDAY } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { fitTwin, glftTwin, varianceTwin, type BookTick } from "../../support/twins/adaptive-quote.ts";

const CODE = layout.ADAPTIVE_QUOTE;
const FIRST = layout.CELL_FIXED;
const [VARIANCE, WIDTH, FITTED, A, K, R2] = [FIRST + 3, FIRST + 9, FIRST + 10, FIRST + 11, FIRST + 12, FIRST + 13];
const STEP_US = 100_000;

const at = (plane: TestPlane, column: number): number =>
  plane.column(layout.PLAN_CELLS + CODE, layout.ADAPTIVE_COLUMNS, 0, column);
const own = (signals: readonly SignalRecord[]): SignalRecord[] => signals.filter(({ strategy }) => strategy === CODE);
const quotes = (signals: readonly SignalRecord[]): SignalRecord[] =>
  own(signals).filter(({ action }) => action !== layout.ACTION_EXIT);
const exits = (signals: readonly SignalRecord[]): SignalRecord[] =>
  own(signals).filter(({ action }) => action === layout.ACTION_EXIT);

interface Tape {
  readonly plane: TestPlane;
  readonly ticks: BookTick[];
  readonly reaches: number[];
  readonly signals: SignalRecord[];
  readonly random: Random;
  mid: number;
}

function open(scale = 1): Tape {
  const clock = Math.ceil(WEDNESDAY / STEP_US) * STEP_US;
  const plane = new TestPlane({ clock });
  return { plane, ticks: [], reaches: [], signals: [], random: new Random(8), mid: 100 * scale };
}

/**
 * A book in every step of 100 ms, and in most of them trades that reach exponentially far (mean 1 / decay): a market of
 * which A and k are known.
 */
function run(tape: Tape, steps: number, decay = 25, scale = 1, tradeShare = 0.7): Tape {
  const { plane, random } = tape;
  for (let step = 0; step < steps; step++) {
    plane.pass(STEP_US);
    tape.mid += 0.002 * scale * random.normal();
    const [bid, ask] = [tape.mid - 0.02 * scale, tape.mid + 0.02 * scale];
    plane.quote("BTCUSD", bid, ask, plane.clock, [2, 1]);
    tape.ticks.push({ us: plane.clock, bid, ask });
    let reach = -1;
    if (random.next() < tradeShare) {
      for (const share of [0.3, 1]) {
        const distance = (share * -Math.log(1 - random.next()) * scale) / decay;
        const price = tape.mid + (random.next() < 0.5 ? distance : -distance);
        plane.trade("BTCUSD", price);
        reach = Math.max(reach, Math.abs(price - 0.5 * (bid + ask)));
      }
    }
    if (reach >= 0) tape.reaches.push(reach);
    tape.signals.push(...plane.settle());
  }
  return tape;
}

describe("adaptive_quote", () => {
  it("agrees with its twin: variance, fit and both quotes", () => {
    const tape = run(open(), 2_001);
    const { plane } = tape;
    expect(at(plane, VARIANCE)).toBeCloseTo(varianceTwin(tape.ticks), 9);
    // The last fit was made by the quote at FITTED; the reaches of the steps before it are in it.
    const fitted = tape.ticks.findIndex(({ us }) => us >= at(plane, FITTED));
    const again = run(open(), fitted + 1);
    const done = again.reaches.slice(0, -1);
    const seconds = (at(again.plane, FITTED) - again.ticks[0]!.us) / 1e6;
    const candidates = [done, again.reaches].map((reaches) => fitTwin(reaches, at(plane, WIDTH), seconds));
    const twin = candidates.find((fit) => Math.abs((fit?.k ?? 0) - at(again.plane, K)) < 1e-9)!;
    expect(twin).toBeDefined();
    expect(at(again.plane, A)).toBeCloseTo(twin.a, 9);
    expect(at(again.plane, R2)).toBeCloseTo(twin.r2, 9);
    const last = quotes(tape.signals).at(-1)!;
    const before = tape.ticks.filter(({ us }) => us <= last.clock);
    const { bid, ask } = before.at(-1)!;
    const fair = (bid * 1 + ask * 2) / 3;
    const tick = at(plane, WIDTH);
    const { half } = glftTwin(
      { a: at(plane, A), k: at(plane, K), r2: at(plane, R2) },
      varianceTwin(before),
      0.05,
      tick,
    );
    expect(Math.abs(last.values[0] - Math.min(fair - half, ask - tick))).toBeLessThanOrEqual(tick * 1.001);
    expect(Math.abs(last.values[1] - Math.max(fair + half, bid + tick))).toBeLessThanOrEqual(tick * 1.001);
  });

  it("recovers the decay of a market whose decay is known, without a half-bucket offset", () => {
    const { plane } = run(open(), 5_900, 25);
    expect(at(plane, K) / 25).toBeGreaterThan(0.85);
    expect(at(plane, K) / 25).toBeLessThan(1.15);
    // Reaches beyond the first bucket per second, as counted and as fitted.
    const distance = 2 * at(plane, WIDTH);
    const fitted = at(plane, A) * Math.exp(-at(plane, K) * distance);
    const tape = run(open(), 5_900, 25);
    const counted = tape.reaches.filter((reach) => reach >= distance).length / 590;
    expect(fitted / counted).toBeGreaterThan(0.8);
    expect(fitted / counted).toBeLessThan(1.25);
  });

  it("is silent without a fit, and says what it waits for", () => {
    const { plane, signals } = run(open(), 300, 25, 1, 0);
    expect(quotes(signals)).toEqual([]);
    expect(plane.state.readiness(CODE, CODE)).toEqual({ missing: 1, wants: layout.INPUT_TRADE });
  });

  it("quotes on ticks, around the microprice, and never across the book", () => {
    const tape = open();
    tape.plane.quote("BTCUSD", 99.98, 100.02);
    tape.plane.control(layout.CONTROL_INSTRUMENT, 0, [1, 0.05]);
    run(tape, 2_000);
    const sent = quotes(tape.signals);
    expect(sent.length).toBeGreaterThan(3);
    for (const { values, clock } of sent) {
      const { bid, ask } = tape.ticks.findLast(({ us }) => us <= clock)!;
      for (const price of values.slice(0, 2))
        expect(Math.abs(price / 0.05 - Math.round(price / 0.05))).toBeLessThan(1e-6);
      expect(values[0]).toBeLessThan(ask);
      expect(values[1]).toBeGreaterThan(bid);
      expect(values[1]).toBeGreaterThan(values[0]);
    }
  });

  it("sends new quotes only when one has moved by a tick", () => {
    const tape = open();
    tape.plane.quote("BTCUSD", 99.98, 100.02);
    tape.plane.control(layout.CONTROL_INSTRUMENT, 0, [1, 0.05]);
    run(tape, 3_000);
    const sent = quotes(tape.signals);
    for (let index = 1; index < sent.length; index++) {
      const moves = [0, 1].map((side) => Math.abs(sent[index]!.values[side]! - sent[index - 1]!.values[side]!));
      expect(Math.max(...moves)).toBeGreaterThan(0.049);
    }
    expect(sent.length).toBeLessThan(250); // the cool-down alone would let 300 out
  });

  it("moves both quotes against its inventory, and stops buying when it is full", () => {
    const level = (inventory: number): SignalRecord => {
      const tape = open();
      tape.plane.quote("BTCUSD", 99.98, 100.02);
      tape.plane.control(layout.CONTROL_PARAMETER, CODE, [0, 1]); // averse enough that half of q_max is worth ticks
      tape.plane.control(layout.CONTROL_INVENTORY, CODE, [0, inventory]);
      return quotes(run(tape, 1_500).signals).at(-1)!;
    };
    const [flat, long, short] = [level(0), level(0.5), level(-0.5)];
    expect(long.values[0] + long.values[1]).toBeLessThan(flat.values[0] + flat.values[1]);
    expect(short.values[0] + short.values[1]).toBeGreaterThan(flat.values[0] + flat.values[1]);
    expect([long.action, short.action]).toEqual([layout.ACTION_SELL, layout.ACTION_BUY]);
    expect(long.confidence).toBeLessThan(0.51);
    const tape = open();
    tape.plane.quote("BTCUSD", 99.98, 100.02);
    run(tape, 1_500);
    tape.plane.control(layout.CONTROL_THRESHOLD, CODE, [layout.THRESHOLD_QUALITY, 0]);
    tape.plane.control(layout.CONTROL_INVENTORY, CODE, [0, 1]);
    const full = quotes(run(tape, 50).signals).at(-1)!;
    expect(full.values.slice(2)).toEqual([0, 1]);
  });

  it("takes back what stands when a side has become full and the rest is not worth publishing", () => {
    const tape = run(open(), 1_500);
    expect(exits(tape.signals)).toEqual([]);
    tape.plane.control(layout.CONTROL_INVENTORY, CODE, [0, 1]);
    expect(exits(run(tape, 50).signals)).toHaveLength(1);
  });

  it("takes its quotes back, once, when the fit has grown old, even if nothing comes in any more", () => {
    const tape = run(open(), 1_500);
    const { plane } = tape;
    expect(quotes(tape.signals).length).toBeGreaterThan(0);
    plane.pass(20_000_000);
    for (let beat = 0; beat < 100; beat++) plane.beat(layout.TIER_FAST);
    expect(exits(plane.settle())).toEqual([]);
    plane.pass(15_000_000);
    for (let beat = 0; beat < 200; beat++) plane.beat(layout.TIER_FAST);
    expect(exits(plane.settle())).toHaveLength(1);
  });

  it("takes its quotes back when the fit no longer explains the trades", () => {
    const tape = run(open(), 1_500);
    const { plane } = tape;
    plane.control(layout.CONTROL_PARAMETER, CODE, [4, 0.9999]);
    plane.control(layout.CONTROL_ENABLE, CODE, [1]);
    expect(at(plane, R2)).toBeLessThan(0.9999);
    plane.pass(STEP_US);
    plane.quote("BTCUSD", tape.mid - 0.02, tape.mid + 0.02);
    expect(exits(plane.settle())).toHaveLength(1);
  });

  it("forgets what is older than ten minutes", () => {
    const tape = run(open(), 6_000, 25);
    run(tape, 6_200, 12);
    expect(at(tape.plane, K) / 12).toBeGreaterThan(0.8);
    expect(at(tape.plane, K) / 12).toBeLessThan(1.2);
  });

  it("does not depend on the unit of the price", () => {
    const [one, tiny] = [run(open(), 1_200), run(open(1e-7), 1_200, 25, 1e-7)];
    expect(quotes(tiny.signals).map(({ sequence }) => sequence)).toEqual(
      quotes(one.signals).map(({ sequence }) => sequence),
    );
    expect(at(tiny.plane, K) * 1e-7).toBeCloseTo(at(one.plane, K), 6);
  });
});
