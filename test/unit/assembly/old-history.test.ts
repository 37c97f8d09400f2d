// A history whose last row is an hour old and of another price than today's. Rows are rarely of the length of a bar of the
// strategy: the last one lies in a bar that they leave open, and no live tick may close it as if its price were today's.
import { describe, expect, it } from "vitest";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_WHOLE } from "../../../assembly/back-fill-layout.ts";
import * as layout from "../../../assembly/layout.ts";
import { LoneInstance } from "../../support/lone-instance.ts";
import { Random } from "../../support/random.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ROWS = 1_500;
const LIVE = 700;
/** Longer than any position is held. */
const AFTER = 60;

interface Family {
  readonly strategy: string;
  readonly code: number;
  readonly columns: number;
  readonly parameters?: Readonly<Record<string, number>>;
}
const BREAKOUT: Family = {
  strategy: "breakout_strategy",
  code: layout.BREAKOUT_STRATEGY,
  columns: layout.BREAKOUT_COLUMNS,
  parameters: { require_volume: 0 },
};
const CROSSOVER: Family = {
  strategy: "moving_average_crossover",
  code: layout.MOVING_AVERAGE_CROSSOVER,
  columns: layout.CROSSOVER_COLUMNS,
  parameters: { require_adx: 0, fast_length: 3, slow_length: 12 },
};
const REVERSION: Family = {
  strategy: "mean_reversion",
  code: layout.MEAN_REVERSION,
  columns: layout.REVERSION_COLUMNS,
  parameters: { rsi_low: 50, rsi_high: 50, adx_max: 100 },
};
const MOMENTUM: Family = {
  strategy: "momentum_rider",
  code: layout.MOMENTUM_RIDER,
  columns: layout.MOMENTUM_COLUMNS,
};

/** `barMs` null: the bars that the strategy has unless told otherwise. */
function loneOf({ strategy, code, columns, parameters = {} }: Family, barMs: number | null): LoneInstance {
  const bars = barMs === null ? {} : { barMs };
  return new LoneInstance(strategy, code, columns, { build: "release", parameters, ...bars });
}

type Row = (lone: LoneInstance, price: number, time: number, volume: number) => void;
/** A row with all four prices, or one with its close alone, which is a trade. */
const minuteBar: Row = ({ plane, symbol }, price, time, volume) =>
  plane.bar(symbol, [price, price, price, price, volume], 60_000, time, layout.FLAG_HISTORY);
const closeOnly: Row = ({ plane, symbol }, price, time, volume) =>
  plane.trade(symbol, price, volume, time, layout.FLAG_HISTORY);

/** The history of a symbol: a row a minute, the last one at `end`. */
function give(lone: LoneInstance, row: Row, end: number, prices: readonly number[], volume = (): number => 1): void {
  lone.plane.control(CONTROL_HISTORY, 0, [HISTORY_BEGINS]);
  for (const [index, price] of prices.entries()) {
    row(lone, price, end - (prices.length - 1 - index) * MINUTE, volume());
    if (index % 400 === 0) lone.settle();
  }
  lone.plane.control(CONTROL_HISTORY, 0, [HISTORY_WHOLE]);
  lone.settle();
}
function seriesOf(lone: LoneInstance, series: number, column: number): number {
  return lone.plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, series, column);
}

/** The live market of a seed, a price a second. */
class Market {
  readonly paid: number[] = [];
  private readonly random: Random;
  private price = 100;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  tick(lone: LoneInstance): void {
    this.price *= 1 + 0.001 * this.random.normal();
    this.paid.push(this.price);
    lone.trade(lone.plane.clock + SECOND, this.price);
  }

  get last(): number {
    return this.price;
  }
}

/** An instance that has held something for some ticks; null: none in this market. */
function holding(family: Family, market: Market): LoneInstance | null {
  const lone = loneOf(family, null);
  let held = 0;
  for (let tick = 0; tick < LIVE; tick++) {
    market.tick(lone);
    held = lone.cell(layout.CELL_SIDE) === 0 ? 0 : held + 1;
    if (tick >= 300 && held === 5) return lone;
  }
  return null;
}

describe.each([BREAKOUT, CROSSOVER, REVERSION])("$strategy holds something on bars of its own", (family) => {
  it.each([0.97, 1.03])("and does not leave it at the price of the last row, today's times %d", (factor) => {
    let tried = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const market = new Market(seed);
      const lone = holding(family, market);
      if (lone === null) continue;
      tried += 1;
      const side = lone.cell(layout.CELL_SIDE);
      const said = lone.signals.length;
      const prices = Array.from({ length: ROWS }, (_, row) => market.last * factor * (1 + 0.0005 * Math.sin(row)));
      give(lone, minuteBar, lone.plane.clock - HOUR, prices);
      market.tick(lone); // opens a bar, and closes none
      expect(lone.signals.length).toBe(said);
      expect(lone.cell(layout.CELL_SIDE)).toBe(side);
      for (let tick = 0; tick < AFTER; tick++) market.tick(lone);
      for (const { entry } of lone.spoken.slice(said)) expect(market.paid).toContain(entry);
    }
    expect(tried).toBeGreaterThan(2);
  });
});

describe.each([
  { rows: "closes of each minute", row: closeOnly, barMs: 60_000 },
  { rows: "bars of a minute", row: minuteBar, barMs: 300_000 },
  { rows: "bars of a minute", row: minuteBar, barMs: 60_000 },
])("$rows, and momentum on bars of $barMs ms", ({ row, barMs }) => {
  it("opens nothing at the price of the last row", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const lone = loneOf(MOMENTUM, barMs);
      const random = new Random(seed);
      let price = 100;
      const prices = Array.from({ length: 2_000 }, () => (price *= 1 + 0.001 * random.normal()));
      lone.trade(lone.plane.clock + 20_000 * MINUTE, price * 1.05);
      give(lone, row, lone.plane.clock - HOUR, prices, () => 1 + 2 * random.normal() ** 2);
      lone.trade(lone.plane.clock + SECOND, price * 1.05);
      expect(lone.signals).toEqual([]);
      const series = lone.cell(layout.CELL_SERIES);
      expect(seriesOf(lone, series, layout.SERIES_COUNT)).toBe(2_000 / (barMs / 60_000));
      expect(seriesOf(lone, series, layout.SERIES_CLOSE)).toBe(price);
    }
  });
});

it("goes on in the bar that its last row fell into, where that is not over yet", () => {
  const lone = loneOf(MOMENTUM, 300_000);
  const clock = Math.ceil(lone.plane.clock / (5 * MINUTE)) * 5 * MINUTE + 3 * MINUTE;
  lone.trade(clock, 50);
  give(lone, minuteBar, clock - MINUTE, [1, 2, 3, 4, 5, 6, 7]); // the last two lie in the open bar
  const series = lone.cell(layout.CELL_SERIES);
  const open = [layout.SERIES_COUNT, layout.SERIES_OPEN_END, layout.SERIES_OPEN_LOW, layout.SERIES_OPEN_CLOSE];
  const read = (): readonly number[] => open.map((column) => seriesOf(lone, series, column));
  expect(read()).toEqual([1, clock + 2 * MINUTE, 6, 7]);
  lone.trade(clock + SECOND, 8);
  expect(read()).toEqual([1, clock + 2 * MINUTE, 6, 8]);
});

it("closes the bars of every length, once", () => {
  const lone = loneOf(BREAKOUT, 1_000);
  const { plane } = lone;
  const symbols = [plane.symbol(lone.symbol)];
  for (const barMs of [5_000, 300_000, 900_000])
    expect(plane.instances.add({ strategy: CROSSOVER.strategy, strategyId: null, symbols, barMs }).ok).toBe(true);
  lone.settle();
  const end = Math.floor(plane.clock / (15 * MINUTE)) * 15 * MINUTE - 4 * 15 * MINUTE + MINUTE; // a minute into a bar
  const prices = Array.from({ length: 61 }, (_, row) => 100 + row);
  give(lone, minuteBar, end, prices);
  const used = plane.state.extents().series;
  const bars = Array.from({ length: used }, (_, series) => ({
    barMs: seriesOf(lone, series, layout.SERIES_BAR_US) / 1_000,
    samples: seriesOf(lone, series, layout.SERIES_COUNT),
    open: seriesOf(lone, series, layout.SERIES_OPEN_END),
    close: seriesOf(lone, series, layout.SERIES_CLOSE),
  })).filter(({ samples }) => samples > 0);
  expect(bars.toSorted((a, b) => a.barMs - b.barMs)).toEqual([
    { barMs: 1_000, samples: 61, open: 0, close: 160 },
    { barMs: 5_000, samples: 61, open: 0, close: 160 },
    { barMs: 300_000, samples: 13, open: 0, close: 160 },
    { barMs: 900_000, samples: 5, open: 0, close: 160 },
  ]);
  lone.trade(plane.clock + SECOND, 7);
  expect(lone.signals).toEqual([]);
});
