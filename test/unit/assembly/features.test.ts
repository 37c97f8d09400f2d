import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { BarDrive, barsOf, drive, randomBars, realBars, scaled, type Bar } from "../../support/bars.ts";
import { openCore } from "../../support/core.ts";
import { GOLDEN_PRESENT } from "../../support/golden.ts";
import { Indicators } from "../../support/indicators.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { columnsOf, directional } from "../../support/twins/features.ts";

/** Columns behind SERIES_FEATURES, in their order. */
const [TAKEN, GAIN, LOSS, PLUS, MINUS, ADX, ATR20] = [0, 1, 2, 3, 4, 5, 6] as const;

interface Seen {
  readonly rsi: number[];
  readonly plusDi: number[];
  readonly minusDi: number[];
  readonly adx: number[];
  readonly atr20: number[];
}

/** What the series keeps after each bar. */
function watch(bars: readonly Bar[]): Seen {
  const seen: Seen = { rsi: [], plusDi: [], minusDi: [], adx: [], atr20: [] };
  drive("breakout_strategy", bars, {
    onBar: (_, driven) => {
      const kept = (column: number): number => driven.series(layout.SERIES_FEATURES + column);
      const total = kept(GAIN) + kept(LOSS);
      seen.rsi.push(total > 0 ? (100 * kept(GAIN)) / total : 50);
      const range = driven.series(layout.SERIES_ATR);
      seen.plusDi.push((100 * kept(PLUS)) / range);
      seen.minusDi.push((100 * kept(MINUS)) / range);
      seen.adx.push(kept(ADX));
      seen.atr20.push(kept(ATR20));
    },
  });
  return seen;
}

/** The same from the bar on which the value is first defined. */
function close(found: readonly number[], wanted: readonly number[], from: number, what: string): void {
  expect(wanted.findIndex(Number.isFinite), `${what}: first defined`).toBe(from);
  for (let t = from; t < wanted.length; t++) {
    const scale = Math.max(Math.abs(wanted[t]!), 1e-12);
    expect(Math.abs(found[t]! - wanted[t]!) / scale, `${what} at ${t}`).toBeLessThan(1e-9);
  }
}

function agrees(bars: readonly Bar[]): void {
  const lists = columnsOf(bars);
  const batch = new Indicators(openCore("release", 4096));
  const seen = watch(bars);
  close(seen.rsi, batch.rsi(lists.close, 14), 14, "RSI14");
  close(seen.atr20, batch.atr(lists, 20, false), 20, "ATR20");
  const twin = directional(bars, 14);
  close(seen.plusDi, twin.plusDi, 14, "+DI14");
  close(seen.minusDi, twin.minusDi, 14, "-DI14");
  close(seen.adx, twin.adx, 27, "ADX14");
}

describe("the features of a rich series", () => {
  it("are those of the batch indicators and of the twin, bar by bar, on recorded markets", () => {
    if (!GOLDEN_PRESENT) return expect(realBars.length).toBe(2);
    for (const file of ["crypto/4h/BTC_USD.csv.gz", "equity/1d/GOOG.csv.gz", "fx/1h/EURUSD_2012_2018.csv.gz"]) {
      agrees(realBars(file, 2000));
    }
  }, 60_000);

  it("are those of the batch indicators on random bars at any price", () => {
    const bars = randomBars(new Random(41), 500, 1, 0.01);
    for (const factor of [1, 1e9, 1e-8]) agrees(scaled(bars, factor));
  });

  it("know the highest high and lowest low of every length, the present bar left out", () => {
    const bars = randomBars(new Random(43), 500, 100, 0.01);
    const plane = new TestPlane({ capacity: { maxInstances: 128 } });
    const symbol = plane.symbol("X");
    const lengths = new Map<number, number>();
    for (let length = 2; length <= 60; length++) {
      const parameters = { entry_length: length, exit_length: 1, require_volume: 0, buffer_atr: 0 };
      const added = plane.instances.add({
        strategy: "breakout_strategy",
        symbols: [symbol],
        barMs: 60_000,
        strategyId: null,
        parameters,
      });
      if (!added.ok) throw new Error(added.failure.code);
      lengths.set(added.value.id, length);
    }
    plane.settle();
    const batch = new Indicators(openCore("release", 4096));
    const channels = new Map([...lengths.values()].map((n) => [n, batch.donchian(columnsOf(bars), n, true)] as const));
    const compared = new Set<number>();
    bars.forEach((bar, t) => {
      plane.pass(60_000_000);
      plane.bar("X", bar, 60_000);
      for (const { instance, action, values } of plane.settle()) {
        const length = lengths.get(instance);
        if (length === undefined || action === layout.ACTION_EXIT) continue;
        const { upper, lower } = channels.get(length)!;
        expect(values.slice(0, 2), `length ${length}, bar ${t}`).toEqual([upper![t], lower![t]]);
        compared.add(length);
      }
    });
    expect(compared.size).toBe(59);
  });

  it("begin with the first sample after a strategy asked for them", () => {
    const plane = new TestPlane();
    const symbol = plane.symbol("X");
    for (let tick = 0; tick < 10; tick++) plane.trade("X", 100 + tick);
    plane.settle();
    const ticks = (column: number): number => {
      const index = plane.state.series().find(({ barMs }) => barMs === 0)!.index;
      return plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, index, column);
    };
    expect([ticks(layout.SERIES_COUNT), ticks(layout.SERIES_FEATURES + TAKEN)]).toEqual([10, 0]);
    const added = plane.instances.add({ strategy: "breakout_strategy", symbols: [symbol], barMs: 0, strategyId: null });
    expect(added.ok).toBe(true);
    for (let tick = 0; tick < 3; tick++) plane.trade("X", 100 - tick);
    plane.settle();
    // The fall from 109 to 100 lies before the first sample that counts.
    expect([ticks(layout.SERIES_COUNT), ticks(layout.SERIES_FEATURES + TAKEN)]).toEqual([13, 3]);
    expect([ticks(layout.SERIES_FEATURES + GAIN), ticks(layout.SERIES_FEATURES + LOSS)]).toEqual([0, 2]);
  });

  it("begin anew when history arrives behind the first live ticks", () => {
    const plane = new TestPlane();
    const symbol = plane.symbol("X");
    plane.instances.add({ strategy: "breakout_strategy", symbols: [symbol], barMs: 0, strategyId: null });
    plane.trade("X", 500);
    plane.trade("X", 400);
    plane.trade("X", 100, 1, plane.clock - 2_000_000, layout.FLAG_HISTORY);
    plane.trade("X", 103, 1, plane.clock - 1_000_000, layout.FLAG_HISTORY);
    plane.settle();
    const index = plane.state.series().find(({ barMs }) => barMs === 0)!.index;
    const kept = (column: number): number =>
      plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, index, layout.SERIES_FEATURES + column);
    expect([kept(TAKEN), kept(GAIN), kept(LOSS)]).toEqual([2, 3, 0]);
  });

  it("stay out of the subnormal range in a market that stands still, and say nothing moves", () => {
    const moving = randomBars(new Random(45), 60, 1e-8, 0.01);
    const last = moving.at(-1)?.[3] ?? 0;
    const still = barsOf(
      Array.from({ length: 3000 }, () => last),
      0,
    );
    const driven = new BarDrive("breakout_strategy");
    for (const bar of [...moving, ...still]) driven.bar(bar);
    const kept = [GAIN, LOSS, PLUS, MINUS, ADX, ATR20].map((column) => driven.series(layout.SERIES_FEATURES + column));
    expect(kept.filter((value) => value !== 0 && Math.abs(value) < 1e-30)).toEqual([]);
    expect(kept.every(Number.isFinite)).toBe(true);
    expect(kept[0]! + kept[1]!).toBe(0);
  });
});
