import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { ratioTwin, responsiveTwin, type Candle } from "../../support/twins/volatility-responsive-mm.ts";

const CODE = layout.VOLATILITY_RESPONSIVE_MM;
const [Z, REFERENCE, NATR] = [layout.CELL_FIXED + 4, layout.CELL_FIXED + 5, layout.CELL_FIXED + 6];
const MINUTES_3 = 180_000;

const at = (plane: TestPlane, column: number): number =>
  plane.column(layout.PLAN_CELLS + CODE, layout.RESPONSIVE_COLUMNS, 0, column);
const own = (signals: readonly SignalRecord[]): SignalRecord[] => signals.filter(({ strategy }) => strategy === CODE);
const quotes = (signals: readonly SignalRecord[]): SignalRecord[] =>
  own(signals).filter(({ action }) => action !== layout.ACTION_EXIT);
const exits = (signals: readonly SignalRecord[]): SignalRecord[] =>
  own(signals).filter(({ action }) => action === layout.ACTION_EXIT);

interface Market {
  readonly plane: TestPlane;
  readonly candles: Candle[];
  readonly signals: SignalRecord[];
}

/** Bars of a walk with a trend, each three minutes after the one before. */
function market(bars: number, scale = 1, seed = 5, flip = false): Market {
  const plane = new TestPlane();
  const random = new Random(seed);
  const candles: Candle[] = [];
  const signals: SignalRecord[] = [];
  let ln = 0;
  for (let bar = 0; bar < bars; bar++) {
    plane.pass(MINUTES_3 * 1000);
    const before = ln;
    ln += 0.0005 * Math.sin(bar / 9) + 0.002 * random.normal();
    const wick = 0.001 * random.next();
    const price = (log: number): number => scale * 100 * Math.exp(flip ? -log : log);
    const [high, low] = [Math.max(ln, before) + wick, Math.min(ln, before) - wick].map(price).toSorted((a, b) => b - a);
    const candle = { close: price(ln), high: high ?? 0, low: low ?? 0 };
    candles.push(candle);
    plane.bar("BTCUSD", [price(before), candle.high, candle.low, candle.close, 10], MINUTES_3);
    signals.push(...plane.settle());
  }
  return { plane, candles, signals };
}

/** A calm trade every second at the price given. */
function calm(plane: TestPlane, price: number, seconds: number): SignalRecord[] {
  const signals: SignalRecord[] = [];
  for (let second = 0; second < seconds; second++) {
    plane.pass(1_000_000);
    plane.trade("BTCUSD", price * (1 + (second % 2 === 0 ? 1e-5 : -1e-5)));
    signals.push(...plane.settle());
  }
  return signals;
}

describe("volatility_responsive_mm", () => {
  it("agrees with its twin on reference, NATR and z-score of every bar once it is ready", () => {
    const { plane, candles } = market(300);
    const twin = responsiveTwin(candles);
    expect(at(plane, NATR)).toBeCloseTo(twin.natr, 12);
    expect(at(plane, Z)).toBeCloseTo(twin.z, 7);
    expect(at(plane, REFERENCE)).toBeCloseTo(twin.reference, 8);
  });

  it("is silent until its MACD can be believed, and says how many bars are missing", () => {
    const { plane, signals } = market(49);
    expect(quotes(signals)).toEqual([]);
    expect(at(plane, layout.CELL_MISSING)).toBe(1);
    expect(quotes(market(50).signals)).toHaveLength(1);
  });

  it("quotes level_1 NATR on both sides of its reference, with stop and target at 2 and 1 NATR", () => {
    const { plane, signals } = market(60);
    const last = quotes(signals).at(-1)!;
    const [bid, ask, bidSize, askSize] = last.values;
    const [reference, natr] = [at(plane, REFERENCE), at(plane, NATR)];
    expect(bid).toBeCloseTo(reference * (1 - natr), 9);
    expect(ask).toBeCloseTo(reference * (1 + natr), 9);
    expect([bidSize, askSize]).toEqual([1, 1]);
    expect(Math.abs(last.entry - last.stop)).toBeCloseTo(2 * natr * reference, 9);
    expect(Math.abs(last.entry - last.target)).toBeCloseTo(natr * reference, 9);
    expect(last.confidence).toBe(0.9);
  });

  it("quotes twice as wide and half as large while volatility is two to four times the usual, and says so in its confidence", () => {
    const { plane, candles } = market(60);
    const price = candles.at(-1)!.close;
    const trades: [number, number][] = [[plane.clock / 1e6, price]];
    const step = (move: number): SignalRecord[] => {
      plane.pass(1_000_000);
      const next = trades.at(-1)![1] * (1 + move);
      trades.push([plane.clock / 1e6, next]);
      plane.trade("BTCUSD", next);
      return quotes(plane.settle());
    };
    const sent: SignalRecord[] = [];
    for (let second = 0; second < 1200; second++) sent.push(...step(second % 2 === 0 ? 1e-5 : -1e-5));
    for (let second = 0; second < 14; second++) sent.push(...step(second % 2 === 0 ? 7e-5 : -7e-5));
    const wide = sent.find(({ values }) => values[2] === 0.5)!;
    expect(wide).toBeDefined();
    const ratio = ratioTwin(trades.filter(([seconds]) => seconds * 1e6 <= wide.clock));
    expect(ratio).toBeGreaterThan(2);
    expect(wide.confidence).toBeCloseTo(1 - (ratio - 1) / 3, 6);
    expect(wide.values[1] - wide.values[0]).toBeCloseTo(4 * at(plane, NATR) * at(plane, REFERENCE), 8);
  });

  it("pulls its quotes with one exit when volatility is more than four times the usual, and stays away for pull_s", () => {
    const { plane, candles } = market(60);
    const price = candles.at(-1)!.close;
    calm(plane, price, 1800);
    plane.pass(1_000_000);
    plane.trade("BTCUSD", price * 1.0012);
    expect(exits(plane.settle()).map(({ values }) => values[0])).toEqual([4]);
    const before = plane.clock;
    const after = calm(plane, price * 1.0012, 900);
    expect(exits(after)).toEqual([]);
    const back = quotes(after)[0]!;
    expect((back.clock - before) / 1e6).toBeGreaterThan(30);
  });

  it.each([
    ["profit", 1, 1.02],
    ["loss", 2, -2.02],
  ])("takes a trade at its bid for a fill and ends it at the %s barrier", (_, why, natrs) => {
    const { plane, signals } = market(60);
    const [bid] = quotes(signals).at(-1)!.values;
    const natr = at(plane, NATR);
    plane.pass(1_000_000);
    plane.trade("BTCUSD", bid * 0.9999);
    expect(exits(plane.settle())).toEqual([]);
    expect(at(plane, layout.CELL_SIDE)).toBe(1);
    plane.pass(1_000_000);
    plane.trade("BTCUSD", bid * (1 + natrs * natr));
    expect(exits(plane.settle()).map(({ values }) => values[0])).toEqual([why]);
    expect(at(plane, layout.CELL_SIDE)).toBe(0);
  });

  it("ends a fill after time_limit_s even when nothing trades any more", () => {
    const { plane, signals } = market(60);
    const [, ask] = quotes(signals).at(-1)!.values;
    plane.pass(1_000_000);
    plane.trade("BTCUSD", ask);
    plane.settle();
    expect(at(plane, layout.CELL_SIDE)).toBe(-1);
    plane.pass(2_690_000_000);
    for (let beat = 0; beat < 100; beat++) plane.beat(layout.TIER_FAST);
    expect(exits(plane.settle())).toEqual([]);
    plane.pass(20_000_000);
    for (let beat = 0; beat < 100; beat++) plane.beat(layout.TIER_FAST);
    expect(exits(plane.settle()).map(({ values }) => values[0])).toEqual([3]);
  });

  it("quotes only the side that empties a full inventory, and asks for it", () => {
    const { plane } = market(55);
    plane.control(layout.CONTROL_INVENTORY, CODE, [0, 1]);
    plane.settle();
    plane.pass(MINUTES_3 * 1000);
    plane.bar("BTCUSD", [100, 101, 99, 100, 1], MINUTES_3);
    const last = quotes(plane.settle()).at(-1)!;
    expect(last.values[2]).toBe(0);
    expect(last.values[3]).toBe(1);
    expect(last.action).toBe(layout.ACTION_SELL);
  });

  it("does not depend on the unit of the price, and mirrors a mirrored market", () => {
    const [one, thousandth, mirrored] = [market(120), market(120, 1e-8), market(120, 1, 5, true)];
    expect(quotes(thousandth.signals).map(({ sequence }) => sequence)).toEqual(
      quotes(one.signals).map(({ sequence }) => sequence),
    );
    expect(at(thousandth.plane, Z)).toBeCloseTo(at(one.plane, Z), 6);
    expect(at(mirrored.plane, Z)).toBeCloseTo(-at(one.plane, Z), 1);
  });

  it("quotes nothing and stays finite on a price that never moves", () => {
    const plane = new TestPlane();
    for (let bar = 0; bar < 80; bar++) {
      plane.pass(MINUTES_3 * 1000);
      plane.bar("BTCUSD", [100, 100, 100, 100, 1], MINUTES_3);
      plane.trade("BTCUSD", 100);
    }
    expect(quotes(plane.settle())).toEqual([]);
    for (let column = 0; column < layout.RESPONSIVE_COLUMNS; column++) expect(at(plane, column)).toBeTypeOf("number");
    expect(Number.isFinite(at(plane, REFERENCE))).toBe(true);
  });
});
