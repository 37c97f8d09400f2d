import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { decayTwin, quotesTwin, varianceTwin } from "../../support/twins/spread-adjuster.ts";

const SECOND = 1_000_000;
const SPREAD = (column: number, index = 0): readonly [number, number, number, number] => [
  layout.PLAN_CELLS + layout.SPREAD_ADJUSTER,
  layout.SPREAD_COLUMNS,
  index,
  column,
];
const [MID, FAST, SLOW, TICK, DECAY, FIT, BID, ASK] = [16, 19, 20, 21, 24, 25, 31, 32];
// The maker fee is that of a crypto instrument.
const DEFAULTS = { gamma: 0.1, horizonS: 1, makerFeeBps: 10, minSpreadBps: 1, maxSpreadBps: 200, normalised: false };

interface Tape {
  readonly mids: number[];
  readonly seconds: number[];
  readonly distances: number[];
  readonly signals: SignalRecord[];
}

/** A book that jitters around a walk, with prints that reach exponentially far: a market with a known decay. */
function run(plane: TestPlane, steps: number, decay: number, random = new Random(4), stepUs = 50_000): Tape {
  const tape: Tape = { mids: [], seconds: [], distances: [], signals: [] };
  let mid = 100;
  for (let step = 0; step < steps; step++) {
    plane.pass(stepUs);
    mid += 0.01 * random.normal();
    plane.quote("BTCUSD", mid - 0.02, mid + 0.02);
    tape.mids.push(0.5 * (mid - 0.02 + (mid + 0.02)));
    tape.seconds.push(plane.clock / 1e6);
    const distance = -Math.log(1 - random.next()) / decay;
    const side = random.next() < 0.5 ? -1 : 1;
    plane.trade("BTCUSD", mid + side * distance);
    tape.distances.push(Math.abs(mid + side * distance - tape.mids[tape.mids.length - 1]!));
    tape.signals.push(...plane.settle());
  }
  return tape;
}

const quotesOf = (signals: readonly SignalRecord[]): SignalRecord[] =>
  signals.filter((signal) => signal.strategy === layout.SPREAD_ADJUSTER && signal.action !== layout.ACTION_EXIT);

describe("spread_adjuster", () => {
  it("quotes bar by bar as well, with the intensity of all trades between them", () => {
    const plane = new TestPlane();
    const symbols = [plane.symbol("BTCUSD")];
    const added = plane.instances.add({ strategy: "spread_adjuster", symbols, barMs: 1_000, strategyId: null });
    const tape = run(plane, 1_200, 30);
    const bars = quotesOf(tape.signals).filter(({ instance }) => added.ok && instance === added.value.id);
    expect(bars.length).toBeGreaterThan(10);
    expect(new Set(bars.map(({ time }) => time % SECOND))).toEqual(new Set([0]));
    // Both have heard the same trades.
    const [ticks, own] = [layout.SPREAD_ADJUSTER, added.ok ? added.value.id : -1].map((instance) =>
      plane.column(...SPREAD(DECAY, plane.cellLane(layout.SPREAD_ADJUSTER, instance))),
    );
    expect(own).toBe(ticks);
  });

  it("takes its quotes back where inventory and horizon leave no price to bid at", () => {
    const plane = new TestPlane();
    const symbols = [plane.symbol("BTCUSD")];
    const parameters = { horizon_s: 86_400, gamma: 10 };
    const added = plane.instances.add({ strategy: "spread_adjuster", symbols, parameters, strategyId: null });
    const id = added.ok ? added.value.id : -1;
    const own = (signals: readonly SignalRecord[]): SignalRecord[] =>
      quotesOf(signals).filter(({ instance }) => instance === id);
    expect(own(run(plane, 800, 30).signals).length).toBeGreaterThan(10);
    plane.control(layout.CONTROL_INVENTORY, id, [0, 0.8]);
    const { signals } = run(plane, 200, 30, new Random(5));
    expect(own(signals)).toEqual([]);
    const left = signals.filter(({ instance, action }) => instance === id && action === layout.ACTION_EXIT);
    expect(left).toHaveLength(1);
  });

  it("agrees with its twin: variances, fitted decay and both quotes", () => {
    const plane = new TestPlane();
    const tape = run(plane, 800, 30);
    // The last trade refitted the decay; the same book again makes quotes of it.
    plane.quote("BTCUSD", tape.mids[799]! - 0.02, tape.mids[799]! + 0.02);
    plane.settle();
    const variance = varianceTwin(tape.mids, tape.seconds, 60);
    expect(plane.column(...SPREAD(FAST)) / variance).toBeCloseTo(1, 6);
    expect(plane.column(...SPREAD(SLOW)) / varianceTwin(tape.mids, tape.seconds, 3600)).toBeCloseTo(1, 6);
    // 800 trades: no count has been halved yet, so the fit is over all of them.
    const fitted = decayTwin(tape.distances, 0.01, 12);
    expect(plane.column(...SPREAD(DECAY)) / fitted.k).toBeCloseTo(1, 6);
    expect(plane.column(...SPREAD(FIT))).toBeCloseTo(fitted.r2, 6);
    const input = {
      mid: plane.column(...SPREAD(MID)),
      variancePerSecond: plane.column(...SPREAD(FAST)),
      tickVariance: plane.column(...SPREAD(TICK)),
      decay: plane.column(...SPREAD(DECAY)),
      inventory: 0,
    };
    const twin = quotesTwin(input, DEFAULTS);
    expect(plane.column(...SPREAD(BID))).toBeCloseTo(twin.bid, 6);
    expect(plane.column(...SPREAD(ASK))).toBeCloseTo(twin.ask, 6);
  });

  it("recovers a planted decay of the fill intensity", () => {
    const plane = new TestPlane();
    run(plane, 6000, 30, new Random(8));
    expect(plane.column(...SPREAD(DECAY))).toBeGreaterThan(25);
    expect(plane.column(...SPREAD(DECAY))).toBeLessThan(35);
    expect(plane.column(...SPREAD(FIT))).toBeGreaterThan(0.97);
  });

  it("quotes both sides around the reservation price once its estimators are filled, and not before", () => {
    const plane = new TestPlane();
    expect(quotesOf(run(plane, 40, 30).signals)).toHaveLength(0);
    const quotes = quotesOf(run(plane, 400, 30, new Random(5)).signals);
    expect(quotes.length).toBeGreaterThan(10);
    for (const quote of quotes) {
      const [bid, ask, bidSize, askSize] = quote.values;
      expect(bid).toBeLessThan(ask);
      expect([bidSize, askSize]).toEqual([1, 1]);
      expect(quote.entry).toBe(quote.action === layout.ACTION_BUY ? bid : ask);
      expect(Math.sign(quote.target - quote.entry)).toBe(quote.action === layout.ACTION_BUY ? 1 : -1);
      expect(Math.sign(quote.stop - quote.entry)).toBe(quote.action === layout.ACTION_BUY ? -1 : 1);
    }
  });

  it("says which input it lacks before it says how many samples", () => {
    const plane = new TestPlane();
    const readiness = () => plane.state.readiness(layout.SPREAD_ADJUSTER, layout.SPREAD_ADJUSTER);
    plane.symbol("BTCUSD");
    expect(readiness()).toEqual({ wants: layout.INPUT_QUOTE | layout.INPUT_TRADE, missing: 21 });
    plane.trade("BTCUSD", 100);
    plane.settle();
    expect(readiness()?.wants).toBe(layout.INPUT_QUOTE);
    // Other parameters do not make it forget what has come.
    plane.quote("BTCUSD", 99.9, 100.1);
    plane.control(layout.CONTROL_ENABLE, layout.SPREAD_ADJUSTER, [1]);
    plane.settle();
    expect(readiness()).toEqual({ wants: 0, missing: 21 });
    run(plane, 400, 30);
    expect(readiness()).toEqual({ wants: 0, missing: 0 });
  });

  it("waits for its estimators even where no confidence is asked for", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_THRESHOLD, layout.SPREAD_ADJUSTER, [layout.THRESHOLD_QUALITY, 0]);
    expect(quotesOf(run(plane, 15, 30).signals)).toEqual([]);
    expect(quotesOf(run(plane, 400, 30).signals).length).toBeGreaterThan(0);
  });

  it("never quotes closer than the maker fee and half of min_spread, nor wider than max_spread", () => {
    const spread = (parameter: number, value: number): number => {
      const plane = new TestPlane();
      plane.control(layout.CONTROL_PARAMETER, layout.SPREAD_ADJUSTER, [parameter, value]);
      plane.control(layout.CONTROL_ENABLE, layout.SPREAD_ADJUSTER, [1]);
      const [bid, ask] = quotesOf(run(plane, 800, 30).signals).at(-1)!.values;
      return (ask - bid) / (0.5 * (bid + ask));
    };
    expect(spread(3, 20)).toBeCloseTo(2 * 20.5e-4, 6); // maker_fee_bps
    expect(spread(4, 60)).toBeCloseTo(2 * 40e-4, 6); // min_spread_bps, with the instrument's fee of ten
    expect(spread(5, 10)).toBeLessThanOrEqual(10.01e-4); // max_spread_bps
  });

  it("takes the maker fee from the symbol's instrument where none is given, and follows it", () => {
    const plane = new TestPlane();
    const symbols = [plane.symbol("BTCUSD")];
    const given = { strategy: "spread_adjuster", symbols, parameters: { maker_fee_bps: 2 }, strategyId: null };
    const added = plane.instances.add(given);
    const id = added.ok ? added.value.id : -1;
    const halves = (seed: number): readonly number[] => {
      const { signals } = run(plane, 800, 100, new Random(seed));
      return [layout.SPREAD_ADJUSTER, id].map((instance) => {
        const [bid, ask] = quotesOf(signals).findLast((signal) => signal.instance === instance)!.values;
        return ((ask - bid) / (bid + ask)) * 1e4;
      });
    };
    expect(plane.instruments.of(0)?.fields.maker_fee_bps).toBe(10);
    const before = halves(4);
    const known = plane.instruments.of(0)!;
    plane.instruments.set(0, { ...known, fields: { ...known.fields, maker_fee_bps: 30 } });
    const after = halves(5);
    plane.instruments.set(0, { ...known, fields: { ...known.fields, maker_fee_bps: -5 } });
    const rebate = halves(6);
    for (const [[own, fixed], fee] of [
      [before, 10],
      [after, 30],
    ] as const) {
      expect(own).toBeCloseTo(fee + 0.5, 3); // half of min_spread
      expect(fixed).toBeCloseTo(2.5, 3);
    }
    // What the book pays for makes no quote that earns less than the formula asks for.
    expect(rebate[0]).toBeLessThan(2.5);
    expect(rebate[0]).toBeGreaterThan(0);
  });

  it("leans against inventory: lower quotes, smaller bid and a sell when long; mirrored when short", () => {
    const levels = [0.4, 0, -0.4].map((q) => {
      const plane = new TestPlane();
      run(plane, 300, 30);
      plane.control(layout.CONTROL_INVENTORY, layout.SPREAD_ADJUSTER, [0, q]);
      const quotes = quotesOf(run(plane, 60, 30, new Random(6)).signals);
      return quotes[quotes.length - 1]!;
    });
    const [long, flat, short] = levels as [SignalRecord, SignalRecord, SignalRecord];
    expect(long.action).toBe(layout.ACTION_SELL);
    expect(short.action).toBe(layout.ACTION_BUY);
    expect(long.values[0]).toBeLessThan(flat.values[0]);
    expect(short.values[0]).toBeGreaterThan(flat.values[0]);
    expect(long.values[2]).toBeCloseTo(Math.exp(-0.4), 12);
    expect(long.values[3]).toBeCloseTo(Math.exp(0.4), 12);
    expect(long.confidence).toBeLessThan(flat.confidence);
  });

  it("quotes only the side that empties a full inventory", () => {
    const plane = new TestPlane();
    const symbol = plane.symbol("BTCUSD");
    const added = plane.instances.add({
      strategy: "spread_adjuster",
      symbols: [symbol],
      strategyId: null,
      parameters: { inventory_max: 0.3 },
    });
    if (!added.ok) throw new Error(added.failure.code);
    run(plane, 300, 30);
    plane.control(layout.CONTROL_INVENTORY, added.value.id, [symbol, 0.35]);
    const quote = quotesOf(run(plane, 60, 30, new Random(6)).signals).findLast(
      (signal) => signal.instance === added.value.id,
    )!;
    expect(quote.values[2]).toBe(0);
    expect(quote.values[3]).toBeGreaterThan(0);
  });

  it("pulls its quotes with one exit when fast volatility runs away from slow, and comes back", () => {
    const plane = new TestPlane();
    const random = new Random(12);
    run(plane, 4000, 30, new Random(4), 1_000_000);
    const wild: SignalRecord[] = [];
    let mid = 100;
    for (let step = 0; step < 60; step++) {
      plane.pass(1_000_000);
      mid += 0.6 * random.normal();
      plane.quote("BTCUSD", mid - 0.02, mid + 0.02);
      wild.push(...plane.settle().filter((signal) => signal.strategy === layout.SPREAD_ADJUSTER));
    }
    const exit = wild.findIndex((signal) => signal.action === layout.ACTION_EXIT);
    expect(exit).toBeGreaterThanOrEqual(0);
    expect(wild.slice(exit + 1)).toHaveLength(0);
  });

  it("follows the normalised formula in mode 1", () => {
    const plane = new TestPlane();
    const symbol = plane.symbol("BTCUSD");
    const parameters = { mode: 1, gamma: 5, maker_fee_bps: 1 };
    const added = plane.instances.add({ strategy: "spread_adjuster", symbols: [symbol], strategyId: null, parameters });
    const tape = run(plane, 1_200, 30);
    plane.quote("BTCUSD", tape.mids[1_199]! - 0.02, tape.mids[1_199]! + 0.02);
    plane.settle();
    const index = added.ok ? plane.cellLane(layout.SPREAD_ADJUSTER, added.value.id) : -1;
    const input = {
      mid: plane.column(...SPREAD(MID, index)),
      variancePerSecond: plane.column(...SPREAD(FAST, index)),
      tickVariance: plane.column(...SPREAD(TICK, index)),
      decay: plane.column(...SPREAD(DECAY, index)),
      inventory: 0,
    };
    const [published, twin] = [false, true].map((normalised) =>
      quotesTwin(input, { ...DEFAULTS, gamma: 5, makerFeeBps: 1, normalised }),
    );
    const spread = plane.column(...SPREAD(ASK, index)) - plane.column(...SPREAD(BID, index));
    expect(spread).toBeCloseTo(twin!.ask - twin!.bid, 9);
    expect(Math.abs(spread - (published!.ask - published!.bid))).toBeGreaterThan(0.01);
  });
});
