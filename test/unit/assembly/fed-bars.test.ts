import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { TestPlane, WEDNESDAY } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";

interface Bar {
  readonly end: number;
  close: number;
  high: number;
  low: number;
  volume: number;
}

/** Bars of trades, each in the bucket that it falls into; empty buckets have none. */
function barsOf(trades: readonly (readonly [time: number, price: number, volume: number])[], us: number): Bar[] {
  const bars: Bar[] = [];
  for (const [time, price, volume] of trades) {
    const end = (Math.floor(time / us) + 1) * us;
    const last = bars.at(-1);
    if (last?.end === end) {
      last.close = price;
      last.high = Math.max(last.high, price);
      last.low = Math.min(last.low, price);
      last.volume += volume;
    } else bars.push({ end, close: price, high: price, low: price, volume });
  }
  return bars;
}

const LENGTHS_MS = [1_000, 5_000, 60_000, 180_000, 1_500];

/** A plane with a momentum instance per bar length, and where the series of each lies. */
function planeOf(lengths: readonly number[] = LENGTHS_MS): {
  plane: TestPlane;
  newest: (barMs: number) => Bar & { readonly count: number };
} {
  const plane = new TestPlane();
  for (const { id } of plane.instances.all) plane.instances.remove(id); // whose bars would be there first
  const symbol = plane.symbol("BTCUSD");
  for (const barMs of lengths) {
    const request = { strategy: "momentum_rider", symbols: [symbol], barMs, strategyId: null };
    expect(plane.instances.add(request).ok).toBe(true);
    plane.settle();
  }
  const newest = (barMs: number): Bar & { readonly count: number } => {
    const index = plane.state.series().find((series) => series.barMs === barMs)?.index ?? -1;
    const at = (column: number): number => plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, index, column);
    return {
      count: at(layout.SERIES_COUNT),
      end: at(layout.SERIES_TIME),
      close: at(layout.SERIES_CLOSE),
      high: at(layout.SERIES_HIGH),
      low: at(layout.SERIES_LOW),
      volume: at(layout.SERIES_VOLUME),
    };
  };
  return { plane, newest };
}

describe("bars that finer bars make up", () => {
  it.each([
    ["without beats", 0, LENGTHS_MS],
    ["with a beat after every trade", 1, LENGTHS_MS],
    ["with a beat now and then", 7, LENGTHS_MS],
    ["whatever the order in which they were asked for", 7, [180_000, 1_500, 60_000, 1_000, 5_000]],
  ])("are those that the trades themselves make, %s", (_, every, lengths) => {
    const { plane, newest } = planeOf(lengths);
    const random = new Random(3);
    const trades: [number, number, number][] = [];
    let price = 100;
    for (let index = 0; index < 3_000; index++) {
      // Mostly a few trades a second, sometimes minutes of silence.
      plane.pass(random.next() < 0.01 ? 100_000_000 * random.next() : 1 + Math.floor(700_000 * random.next()));
      price *= 1 + 0.001 * random.normal();
      const volume = random.integer(9);
      plane.trade("BTCUSD", price, volume);
      trades.push([plane.clock, price, volume]);
      if (every > 0 && index % every === 0) plane.beat(layout.TIER_FAST | layout.TIER_TACTICAL);
      plane.settle();
    }
    plane.pass(400_000_000);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    for (const barMs of LENGTHS_MS) {
      const bars = barsOf(trades, barMs * 1_000);
      expect({ barMs, ...newest(barMs) }).toEqual({ barMs, count: bars.length, ...bars.at(-1) });
    }
  });

  it("close when the trade that comes later shows that they are over, long before a beat does", () => {
    const { plane, newest } = planeOf();
    const begin = Math.ceil(WEDNESDAY / 60e6) * 60e6;
    plane.pass(begin - plane.clock);
    plane.trade("BTCUSD", 100);
    plane.pass(70e6);
    plane.trade("BTCUSD", 101);
    plane.settle();
    expect(newest(60_000)).toMatchObject({ count: 1, end: begin + 60e6, close: 100 });
  });

  it("take bars of the feed as they are: once, whatever finer series there are", () => {
    const { plane, newest } = planeOf();
    const begin = Math.ceil(WEDNESDAY / 180e6) * 180e6;
    for (let minute = 1; minute <= 9; minute++) {
      plane.pass(begin + minute * 60e6 - plane.clock);
      plane.bar("BTCUSD", [100, 110 + minute, 90 - minute, 100 + minute, 5], 60_000);
      plane.beat(layout.TIER_TACTICAL);
      plane.settle();
    }
    plane.pass(1e6);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    expect(newest(60_000)).toMatchObject({ count: 9, close: 109, high: 119, low: 81, volume: 5 });
    expect(newest(180_000)).toMatchObject({ count: 3, close: 109, high: 119, low: 81, volume: 15 });
    expect(newest(1_000)).toMatchObject({ count: 9, close: 109 });
    const all = plane.state.series();
    expect(plane.state.series(60_000, 9)).toEqual(all.filter((one) => one.barMs === 60_000));
    expect(plane.state.series(60_000, 10)).toEqual([]);
    expect(plane.state.series(180_000, 3).length).toBeGreaterThan(0);
  });

  it("are fed by the longest bars that divide them, and by trades when none do", () => {
    const { plane } = planeOf();
    const series = plane.state.series();
    const feeder = (barMs: number): number | undefined => {
      const index = series.find((one) => one.barMs === barMs)?.index ?? -1;
      const of = plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, index, layout.SERIES_FEEDER);
      return series.find((one) => one.index === of - 1)?.barMs;
    };
    expect(LENGTHS_MS.map(feeder)).toEqual([undefined, 1_000, 5_000, 60_000, undefined]);
  });
});
