import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import type { Level, TestPlane } from "../../support/plane.ts";
import { LEG_NAMES as NAMES, openTriangle as open, triangleSignals as own } from "../../support/triangle-plane.ts";

const CODE = layout.TRIANGULAR_ARBITRAGE;
const UNWINDS = 320;
const MS = 1000;

/** Quotes of all three at one moment; touch sizes are large. EURUSD 1.25, BTCUSD `btcusd`, BTCEUR `btceur`. */
function quotes(plane: TestPlane, btcusd: number, btceur: number, size = 100): readonly SignalRecord[] {
  plane.quote("EURUSD", 1.25, 1.25, plane.clock, [1e6, 1e6]);
  plane.quote("BTCUSD", btcusd, btcusd, plane.clock, [size, size]);
  plane.quote("BTCEUR", btceur, btceur, plane.clock, [size, size]);
  return own(plane.settle());
}
const exits = (signals: readonly SignalRecord[]) => signals.filter(({ action }) => action === layout.ACTION_EXIT);
function groupWord(plane: TestPlane, offset: number): number {
  const base = plane.plane.plan.bases[layout.PLAN_GROUPS] ?? 0;
  return plane.f[(base + layout.SCREEN_GROUPS * layout.GROUP_BYTES + offset) / 8] ?? Number.NaN;
}

describe("a cycle with an edge", () => {
  it("is traded through: three legs in order, all immediate or cancel, in one group", () => {
    const plane = open();
    // 1 EUR -> 1.25 USD -> 1.25 / 50000 BTC -> x 40100 EUR = 1.0025
    const signals = quotes(plane, 50_000, 40_100);
    const ids = NAMES.map((name) => plane.symbol(name));
    expect(signals.map(({ symbol }) => symbol)).toEqual(ids);
    const { ACTION_BUY: buy, ACTION_SELL: sell } = layout;
    expect(signals.map(({ action }) => action)).toEqual([sell, buy, sell]);
    expect(signals.map(({ entry }) => entry)).toEqual([1.25, 50_000, 40_100]);
    for (const [order, signal] of signals.entries()) {
      expect(signal.flags & layout.SIGNAL_FLAG_IOC).not.toBe(0);
      expect(signal.group).toBe(layout.SCREEN_GROUPS + 1);
      expect(signal.values[0]).toBeCloseTo(0.0025, 9);
      expect(signal.values[2]).toBe(order + 1);
      expect(signal.confidence).toBeCloseTo(0.0025 / 0.003, 6);
      const side = signal.action === buy ? 1 : -1;
      expect((signal.target - signal.entry) / signal.entry).toBeCloseTo(side * 0.0025, 9);
      expect((signal.entry - signal.stop) / signal.entry).toBeCloseTo(side * 0.000625, 9);
    }
    // The books pass 100 BTC: 4 010 000 EUR come back for 4 000 000, which the first book has not; 1e6 is its depth.
    expect(signals.map(({ values }) => values[1])).toEqual([1e6, 25, 25].map((x) => expect.closeTo(x, 4) as number));
  });

  it("the other way round starts with the last leg", () => {
    const plane = open();
    const signals = quotes(plane, 50_000, 39_900);
    expect(signals.map(({ symbol }) => symbol)).toEqual([...NAMES].reverse().map((name) => plane.symbol(name)));
    const { ACTION_BUY: buy, ACTION_SELL: sell } = layout;
    expect(signals.map(({ action }) => action)).toEqual([buy, sell, buy]);
    expect(signals[0]?.values[0]).toBeCloseTo(50_000 / (39_900 * 1.25) - 1, 9);
  });

  it("is not traded when it is no larger than edge_min, before or after fees", () => {
    expect(quotes(open(), 50_000, 40_039)).toEqual([]);
    expect(quotes(open(), 50_000, 40_041)).toHaveLength(3);
    expect(quotes(open({}, { fee: 0.001 }), 50_000, 40_150)).toEqual([]);
    expect(quotes(open({}, { fee: 0.001 }), 50_000, 40_200)).toHaveLength(3);
  });

  it("takes as much as the books give before the mean product falls to the threshold", () => {
    const plane = open();
    const cheap: Level[] = [
      [50_000, 1],
      [50_100, 1],
      [50_500, 10],
    ];
    plane.book("EURUSD", [[1.25, 1e6]], [[1.25, 1e6]]);
    plane.book("BTCEUR", [[40_200, 100]], [[40_300, 100]]);
    plane.book("BTCUSD", [[49_000, 1]], cheap);
    const signals = own(plane.settle());
    const bought = signals[1]?.values[1] ?? 0;
    // 1.25 x 40200 n / (cost of n) = 1.001, with n between 2 and 12: n = 2 + m, cost = 100100 + 50500 m
    const m = (50_250 * 2 - 1.001 * 100_100) / (1.001 * 50_500 - 50_250);
    expect(bought).toBeCloseTo(2 + m, 3);
    expect(signals[1]?.entry).toBeCloseTo((100_100 + 50_500 * m) / (2 + m), 3);
    expect(signals[0]?.values[0]).toBeGreaterThan(0.001);
  });

  it("counts lots after each leg, and loses what they leave", () => {
    const edge = (lot: number): number =>
      quotes(open({}, { lot, least: 5 }), 50_000, 40_200, 0.0155)[0]?.values[0] ?? 0;
    expect(edge(1e-8)).toBeCloseTo(0.005, 7);
    // 0.0155 BTC are 620 EUR, whole EUR and hundredths of BTC: 0.01 BTC at most
    const rough = quotes(open({}, { lot: 0.01, least: 5 }), 50_000, 40_200, 0.0155);
    expect(rough.map(({ values }) => values[1])).toEqual([400, 0.01, 0.01].map((x) => expect.closeTo(x, 6) as number));
    expect(quotes(open({}, { lot: 0.02, least: 5 }), 50_000, 40_200, 0.0155)).toEqual([]);
  });

  it("below the least notional of one leg is not traded", () => {
    const small = (least: number): readonly SignalRecord[] => {
      const plane = open({}, { least });
      plane.control(layout.CONTROL_PARAMETER, CODE, [4, 0.01]); // depth_target
      return quotes(plane, 50_000, 40_300, 0.0011);
    };
    // 0.0011 BTC are 55 USD, and 44 EUR
    expect(small(44)).toHaveLength(3);
    expect(small(45)).toEqual([]);
    const thin = quotes(open({}, { least: 5 }), 50_000, 40_300, 0.0008);
    expect(thin[0]?.confidence).toBeCloseTo((0.0008 * 50_000) / 50, 4); // 40 USD of 50 wanted
  });

  it("says nothing without sizes, and nothing for quotes of history", () => {
    const plane = open();
    plane.quote("EURUSD", 1.25, 1.25, plane.clock, [0, 0]);
    expect(quotes(plane, 50_000, 40_100, 0)).toEqual([]);
    const past = open();
    for (const [name, price] of [
      ["EURUSD", 1.25],
      ["BTCUSD", 50_000],
      ["BTCEUR", 40_100],
    ] as const) {
      const payload = [price, price, 10, 10, 0];
      past.plane.writer.write(layout.KIND_QUOTE, past.symbol(name), layout.FLAG_HISTORY, 0, past.clock, payload);
    }
    expect(own(past.settle())).toEqual([]);
    expect(past.state.readiness(CODE, CODE)).toEqual({ missing: 0, wants: layout.INPUT_QUOTE });
  });
});

describe("books", () => {
  it("older than max_age_ms on the engine's clock are not traded on; younger ones count for less", () => {
    const at = (waitMs: number): readonly SignalRecord[] => {
      const plane = open();
      plane.quote("EURUSD", 1.25, 1.25, plane.clock, [1e6, 1e6]);
      plane.quote("BTCUSD", 50_000, 50_000, plane.clock, [10, 10]);
      plane.pass(waitMs * MS);
      plane.quote("BTCEUR", 40_120, 40_120, plane.clock, [10, 10]);
      return own(plane.settle());
    };
    expect(at(0)[0]?.confidence).toBeCloseTo(0.9, 9);
    expect(at(100)[0]?.confidence).toBeCloseTo(0.6, 9);
    expect(at(249)).toEqual([]); // confidence 0.004
    expect(at(250)).toEqual([]);
    expect(at(300)).toEqual([]);
  });

  it("are too old at max_age_ms, whatever confidence is asked for", () => {
    const at = (waitMs: number): readonly SignalRecord[] => {
      const plane = open();
      plane.control(layout.CONTROL_THRESHOLD, CODE, [layout.THRESHOLD_QUALITY, -10]);
      plane.control(layout.CONTROL_THRESHOLD, CODE, [layout.THRESHOLD_OPPORTUNITY, -100]);
      plane.quote("EURUSD", 1.25, 1.25, plane.clock, [1e6, 1e6]);
      plane.quote("BTCUSD", 50_000, 50_000, plane.clock, [10, 10]);
      plane.pass(waitMs * MS);
      plane.quote("BTCEUR", 40_120, 40_120, plane.clock, [10, 10]);
      return own(plane.settle());
    };
    expect(at(249)).toHaveLength(3);
    expect(at(250)).toEqual([]);
  });

  it("whose event times are further apart than that do not belong together", () => {
    const plane = open();
    plane.quote("EURUSD", 1.25, 1.25, plane.clock - 260 * MS, [1e6, 1e6]);
    plane.quote("BTCUSD", 50_000, 50_000, plane.clock, [10, 10]);
    plane.quote("BTCEUR", 40_120, 40_120, plane.clock, [10, 10]);
    expect(own(plane.settle())).toEqual([]);
    plane.quote("EURUSD", 1.25, 1.25, plane.clock - 100 * MS, [1e6, 1e6]);
    expect(own(plane.settle())).toHaveLength(3);
  });

  it("are judged when their last level has come", () => {
    const plane = open();
    quotes(plane, 50_000, 40_000);
    const deep: Level[] = [
      [40_200, 0.01],
      [40_190, 1],
    ];
    plane.book("BTCEUR", deep, [[40_300, 1]]);
    const signals = own(plane.settle());
    expect(signals).toHaveLength(3);
    expect(signals[2]?.entry).toBeLessThan(40_200);
  });
});

describe("signals that are out", () => {
  it("are taken back when the edge is gone before the fills, with the loss of each leg", () => {
    const plane = open();
    quotes(plane, 50_000, 40_100);
    plane.pass(50 * MS);
    plane.quote("BTCEUR", 39_900, 39_990, plane.clock, [10, 10]);
    const out = own(plane.settle());
    expect(out.map(({ action }) => action)).toEqual([3, 3, 3]);
    expect(out.map(({ entry }) => entry)).toEqual([50_000, 39_990, 1.25]);
    expect(out[1]?.values[0]).toBeCloseTo((39_990 - 40_100) / 40_100, 12);
    expect(groupWord(plane, UNWINDS)).toBe(1);
    plane.pass(50 * MS);
    plane.quote("BTCEUR", 39_900, 39_991, plane.clock, [10, 10]);
    expect(exits(own(plane.settle()))).toEqual([]);
  });

  it("are taken back at a beat when a book grew too old before the fills", () => {
    const stale = (waitMs: number): readonly SignalRecord[] => {
      const plane = open();
      plane.quote("EURUSD", 1.25, 1.25, plane.clock, [1e6, 1e6]);
      plane.pass(waitMs * MS);
      plane.quote("BTCUSD", 50_000, 50_000, plane.clock, [10, 10]);
      plane.quote("BTCEUR", 41_000, 41_000, plane.clock, [10, 10]);
      expect(own(plane.settle())).toHaveLength(3);
      plane.pass(99 * MS);
      plane.beat(layout.TIER_FAST);
      return own(plane.settle());
    };
    expect(stale(151)).toHaveLength(3);
    expect(stale(149)).toEqual([]);
  });

  it("count as filled after fill_ms: what comes later takes nothing back", () => {
    const plane = open();
    quotes(plane, 50_000, 40_100);
    plane.pass(100 * MS);
    plane.quote("BTCEUR", 30_000, 39_000, plane.clock, [10, 10]);
    expect(exits(own(plane.settle()))).toEqual([]);
    expect(groupWord(plane, UNWINDS)).toBe(0);
  });

  it("come again only after the cool-down", () => {
    const plane = open();
    expect(quotes(plane, 50_000, 40_100)).toHaveLength(3);
    plane.pass(500 * MS);
    expect(quotes(plane, 50_000, 40_100)).toEqual([]);
    plane.pass(500 * MS);
    expect(quotes(plane, 50_000, 40_100)).toHaveLength(3);
  });
});
