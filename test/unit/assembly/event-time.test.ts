// The event time is one word for all that an event sets in motion: what one kernel makes of it must not reach the next,
// which may be another worker's with another number of workers.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { LoneInstance } from "../../support/lone-instance.ts";
import { TestPlane } from "../../support/plane.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const WEEK = 7 * 86_400 * SECOND;
const START = Date.UTC(2020, 0, 1) * 1000;
const BEATS = layout.TIER_FAST | layout.TIER_TACTICAL;

/** Eighty weeks of liquidity; five symbols whose bars end at different times, and a second detector on the last one. */
function liquidityWeeks(workers: number): { plane: TestPlane; signals: readonly SignalRecord[] } {
  const plane = new TestPlane({ capacity: { workers }, build: "release", clock: START });
  const names = ["BTCUSD", "ETHUSD", "SOLUSD", "LTCUSD", "XRPUSD"];
  const ids = names.map((name) => plane.symbol(name));
  plane.instances.add({ strategy: "regime_shift_detector", symbols: ids.slice(4), strategyId: null });
  const series = ["WALCL", "WTREGEN", "RRPONTSYD"];
  series.forEach((name, id) => plane.plane.writer.writeName(layout.TABLE_SERIES, id, 0, 0, name));
  const signals: SignalRecord[] = [];
  for (let week = 0; week < 80; week++) {
    plane.pass(WEEK);
    const wave = 1 + 0.02 * Math.sin(week / 9) + (week > 70 ? 0.01 * (week - 70) : 0);
    [7e6 * wave, 5e5, 4e5].forEach((value, id) =>
      plane.plane.writer.write(layout.KIND_MACRO, id, 0, 0, plane.clock, [value, wire.UNIT_USD_MILLIONS]),
    );
    for (let step = 0; step < 40; step++) {
      plane.pass(20 * SECOND);
      names.forEach((name, index) => {
        const price = 100 + index + 0.01 * ((step * 7 + index) % 11);
        if ((step >> 2) % (index + 2) === 0) plane.trade(name, price);
      });
      plane.beat(BEATS);
      signals.push(...plane.settle());
    }
  }
  return { plane, signals };
}

describe("the time of an event", () => {
  it("is that of the beat for what a review says, whatever was reviewed before, with every number of workers", () => {
    const alone = liquidityWeeks(1);
    const spoken = alone.signals.filter(({ strategy }) => strategy === layout.GLOBAL_LIQUIDITY_SIGNAL);
    expect(spoken.length).toBeGreaterThan(4);
    expect(spoken.filter(({ time, clock }) => time !== clock)).toEqual([]);
    for (const workers of [2, 3, 5]) {
      const { plane } = liquidityWeeks(workers);
      expect(plane.state.signalTotals()).toEqual(alone.plane.state.signalTotals());
      expect(plane.hash()).toBe(alone.plane.hash());
    }
  });

  it("is that of the trade for who hears trades, not the end of a bar that the trade has closed", () => {
    const [friday, saturday] = [Date.UTC(2026, 10, 20, 20) * 1000, Date.UTC(2026, 10, 21) * 1000];
    const code = layout.VOLATILITY_RESPONSIVE_MM;
    const stock = { clock: friday, barMs: 60_000, asset: layout.ASSET_STOCKS, symbol: "SHARE" };
    const lone = new LoneInstance("volatility_responsive_mm", code, layout.RESPONSIVE_COLUMNS, stock);
    lone.plane.instances.add({ strategy: "macro_trend_tracker", symbols: [0], strategyId: null });
    for (let time = friday, step = 0; time <= saturday; time += 10 * SECOND, step++) {
      lone.trade(time, 100 + 0.05 * Math.sin(step * 1.7));
    }
    expect(lone.signals.some(({ clock }) => clock > saturday - 10 * MINUTE && clock < saturday)).toBe(true);
    const quotes = lone.signals.filter(({ action }) => action !== layout.ACTION_EXIT);
    expect(quotes.filter(({ clock }) => clock >= saturday)).toEqual([]);
  });

  it("is that of its own quote for the venues of a symbol, although a triangle has spoken at another leg's time", () => {
    const plane = new TestPlane();
    for (const name of ["BTCEUR", "EURUSD", "BTCUSD"]) plane.symbol(name);
    // It sets the time of a quote by itself and would hide what the triangle leaves behind.
    plane.instances.remove(layout.SPREAD_ADJUSTER);
    const late = 50_000;
    for (const gap of [1, 1.01]) {
      plane.pass(SECOND);
      plane.book("EURUSD", [[1.0999, 1e6]], [[1.1, 1e6]]);
      plane.book("BTCEUR", [[49_990, 3]], [[50_000, 3]]);
      plane.venueQuote(1, "BTCUSD", 54_990 * gap, 55_000 * gap, plane.clock - late);
    }
    expect(plane.settle().map(({ strategy }) => strategy)).toEqual([2, 2, 2]);
    const [lanes, venueTime] = [[0, 1, 2, 3, 4], 34];
    const cell = (lane: number, column: number): number =>
      plane.column(layout.PLAN_CELLS + layout.LATENCY_ARBITRAGE, layout.LATENCY_COLUMNS, lane, column);
    const own = lanes.find((lane) => cell(lane, layout.CELL_SYMBOL) === plane.symbol("BTCUSD")) ?? -1;
    expect(cell(own, venueTime)).toBe(plane.clock - late);
  });
});
