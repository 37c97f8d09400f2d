import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { BOARD_LIQUIDITY } from "../../../assembly/reference.ts";
import * as wire from "../../../assembly/wire.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { DAY_MS, recorded } from "../../support/days.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import {
  halfPastFour,
  type LiquidityTwin,
  liquidityTwin,
  type Observation,
} from "../../support/twins/global-liquidity-signal.ts";

const CODE = layout.GLOBAL_LIQUIDITY_SIGNAL;
const WEEK_MS = 7 * DAY_MS;
const FIRST = Date.UTC(2015, 0, 7); // a Wednesday
const [BUY, SELL, EXIT] = [layout.ACTION_BUY, layout.ACTION_SELL, layout.ACTION_EXIT];
const [MILLIONS, BILLIONS] = [wire.UNIT_USD_MILLIONS, wire.UNIT_USD_BILLIONS];
const [SEEN, Z, GROWTH, WEEKS] = [19, 21, 22, 25];
const NAMES = ["WALCL", "WTREGEN", "RRPONTSYD"];

/** A plane with the three series of net liquidity and one stock, whose market is told what it needs. */
class Market {
  readonly plane: TestPlane;
  readonly said: (SignalRecord & { readonly ms: number })[] = [];
  readonly instance: number;
  private readonly cellIndex: number;
  private readonly ids = new Map<string, number>();

  constructor(parameters?: Record<string, number>, asset: number = layout.ASSET_CRYPTO) {
    this.plane = new TestPlane({ clock: (FIRST - WEEK_MS) * 1000 });
    const symbol = this.plane.symbol("X", asset);
    if (parameters) {
      const added = this.plane.instances.add({
        strategy: "global_liquidity_signal",
        symbols: [symbol],
        parameters,
        strategyId: null,
      });
      if (!added.ok) throw new Error(JSON.stringify(added.failure));
      this.instance = added.value.id;
    } else this.instance = CODE;
    this.plane.settle();
    this.cellIndex = this.plane.cellLane(CODE, this.instance);
  }

  at(ms: number): void {
    this.plane.clock = Math.max(this.plane.clock, ms * 1000);
    this.plane.pass(0);
  }

  macro(name: string, value: number, unit: number, ms: number): void {
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(name, id);
      this.plane.plane.writer.writeName(layout.TABLE_SERIES, id, 0, 0, name);
    }
    this.plane.plane.writer.write(layout.KIND_MACRO, id, 0, 0, ms * 1000, [value, unit]);
  }

  /** The price, a review, and what was said. */
  look(price: number, ms: number): void {
    this.at(ms);
    this.plane.trade("X", price);
    this.review(ms);
  }
  review(ms: number): void {
    this.at(ms);
    // A beat reviews one lane of the table.
    for (let beat = 0; beat <= this.cellIndex; beat++) this.plane.beat(layout.TIER_FAST);
    const signals = this.plane.settle().filter(({ instance }) => instance === this.instance);
    this.said.push(...signals.map((signal) => ({ ...signal, ms })));
  }
  cell(column: number): number {
    return this.plane.column(layout.PLAN_CELLS + CODE, layout.LIQUIDITY_COLUMNS, this.cellIndex, column);
  }
  get refused(): number {
    return (
      this.plane.f[((this.plane.plane.plan.bases[layout.PLAN_BOARD] ?? 0) + BOARD_LIQUIDITY + 8) / 8] ?? Number.NaN
    );
  }
}

interface Tape {
  readonly series: readonly (readonly Observation[])[];
  readonly wednesdays: readonly number[];
}

/** Assets that walk, with a level that follows `shape` from week to week; amounts in millions. */
function tape(weeks: number, seed: number, shape: (week: number) => number = () => 0): Tape {
  const random = new Random(seed);
  let level = 15;
  const wednesdays = Array.from({ length: weeks }, (_, week) => FIRST + week * WEEK_MS);
  const assets = wednesdays.map((ms, week) => ({
    ms,
    amount: Math.exp((level += 0.005 * random.normal() + shape(week))),
  }));
  const treasury = wednesdays.map((ms) => ({ ms, amount: 300_000 + 50_000 * random.next() }));
  const repos = wednesdays.map((ms) => ({ ms: ms - DAY_MS, amount: 100_000 * random.next() }));
  return { series: [assets, treasury, repos], wednesdays };
}

/** Feeds everything as it happened, on the day of the observation; looks each Friday at noon. */
function feed(market: Market, { series, wednesdays }: Tape, price: (week: number) => number = () => 100): void {
  wednesdays.forEach((ms, week) => {
    market.at(ms);
    series.forEach((list, place) => {
      const one = list[week];
      if (one && place === 0) market.macro("WALCL", one.amount, MILLIONS, one.ms);
      else if (one) market.macro(NAMES[place]!, one.amount / 1000, BILLIONS, one.ms);
    });
    market.plane.settle();
    market.look(price(week), ms + 2.5 * DAY_MS);
  });
}

function agrees(market: Market, twin: LiquidityTwin): void {
  expect(market.cell(WEEKS)).toBe(twin.weeks);
  expect(market.cell(GROWTH)).toBeCloseTo(twin.growth, 12);
  expect(market.cell(Z)).toBeCloseTo(twin.z, 8);
}

const RISE = (week: number): number => (week >= 100 && week < 120 ? 0.02 : week >= 140 && week < 170 ? -0.03 : 0);

describe("global_liquidity_signal", () => {
  it("agrees with its twin every week of a made history", () => {
    const made = tape(330, 1);
    const market = new Market();
    made.wednesdays.forEach((ms, week) => {
      feed(market, { series: made.series.map((list) => [list[week]!]), wednesdays: [ms] });
      if (week >= 70 && week % 20 === 0) agrees(market, liquidityTwin(made.series, ms + 2.5 * DAY_MS));
    });
    agrees(market, liquidityTwin(made.series, made.wednesdays[329]! + 2.5 * DAY_MS));
  });

  it("agrees with its twin on the recorded series, which say billions and millions", () => {
    const files = NAMES.map((name) => recorded(`macro/${name}.csv.gz`));
    if (files.some((file) => file === null)) return; // beside the checkout, a clone alone does not have them
    const market = new Market();
    const series = files.map((file, place) => {
      const [times, values] = [file!.get("timestamp_ms")!, file!.get("value")!];
      return times.flatMap((ms, row) =>
        ms < Date.UTC(2018, 6, 1) || ms > Date.UTC(2023, 6, 13)
          ? []
          : [{ ms, amount: values[row]! * (place === 0 ? 1 : 1000) }],
      );
    });
    const now = Date.UTC(2023, 6, 14);
    market.at(now);
    // One whole series after the other, as files are imported.
    series.forEach((list, place) => {
      for (const { ms, amount } of list) {
        if (place === 0) market.macro("WALCL", amount, MILLIONS, ms);
        else market.macro(NAMES[place]!, amount / 1000, BILLIONS, ms);
      }
      market.plane.settle();
    });
    market.look(100, now);
    agrees(market, liquidityTwin(series, now));
    expect(market.cell(WEEKS)).toBe(248);
  });

  it("does not know a week before half past four in New York on the Thursday after it, in summer and in winter", () => {
    for (const wednesday of [
      Date.UTC(2016, 0, 13),
      Date.UTC(2016, 2, 9),
      Date.UTC(2016, 2, 16),
      Date.UTC(2016, 10, 2),
      Date.UTC(2016, 10, 9),
    ]) {
      const market = new Market({ min_weeks: 10 });
      const made = tape(120, 2);
      const before = made.wednesdays.filter((ms) => ms < wednesday).length;
      feed(market, {
        series: made.series.map((list) => list.slice(0, before)),
        wednesdays: made.wednesdays.slice(0, before),
      });
      const old = market.cell(Z);
      market.at(wednesday);
      made.series.forEach((list, place) => market.macro(NAMES[place]!, list[before]!.amount, MILLIONS, wednesday));
      const release = halfPastFour(wednesday + DAY_MS);
      market.review(release - 1);
      expect(market.cell(Z)).toBe(old);
      market.review(release);
      expect(market.cell(Z)).not.toBe(old);
    }
  });

  it("buys when z is high, sells when it is low, with the confidence of half of it, once a week", () => {
    const market = new Market();
    const made = tape(200, 3, RISE);
    feed(market, made, (week) => 100 + week * 0.01);
    const entries = market.said.filter(({ action }) => action !== EXIT);
    expect(new Set(entries.map(({ action }) => action))).toEqual(new Set([BUY, SELL]));
    expect(new Set(entries.map(({ ms }) => ms)).size).toBe(entries.length);
    for (const signal of entries) {
      const twin = liquidityTwin(made.series, signal.ms);
      expect(Math.abs(twin.z)).toBeGreaterThan(0.5);
      expect(signal.action).toBe(twin.z > 0 ? BUY : SELL);
      expect(signal.confidence).toBeCloseTo(Math.min(Math.abs(twin.z) / 2, 0.9), 9);
      expect(signal.values[0]).toBeCloseTo(twin.z, 8);
      expect((signal.target - signal.entry) / (signal.entry - signal.stop)).toBeCloseTo(3, 6);
    }
    const bought = new Market();
    feed(bought, tape(113, 3, RISE));
    const [count, last] = [bought.said.length, bought.said.at(-1)];
    expect([last?.action, last?.ms]).toEqual([BUY, FIRST + 112 * WEEK_MS + 2.5 * DAY_MS]);
    bought.review(FIRST + 112 * WEEK_MS + 3 * DAY_MS);
    expect(bought.said).toHaveLength(count);
  });

  it("says nothing while |z| is within its threshold", () => {
    const market = new Market({ z_entry: 10 });
    feed(market, tape(200, 3, RISE));
    expect(market.said).toHaveLength(0);
  });

  it("is silent before 52 weeks of growth, and says how many are missing", () => {
    const market = new Market();
    feed(market, tape(13 + 51, 3));
    expect(market.said).toHaveLength(0);
    expect(market.cell(layout.CELL_MISSING)).toBe(1);
    expect(market.cell(Z)).toBe(0);
    const ready = new Market();
    feed(ready, tape(13 + 52, 3));
    expect(ready.cell(layout.CELL_MISSING)).toBe(0);
    expect(ready.cell(Z)).not.toBe(0);
  });

  it("leaves when z has turned", () => {
    // Far from its threshold when it turns: no entry on the other side takes the position along.
    const market = new Market({ stop_percent: 0.5, z_entry: 1.2 });
    const made = tape(200, 3, RISE);
    feed(market, made);
    const exit = market.said.find(({ action }) => action === EXIT)!;
    const entry = market.said.findLast(({ action, ms }) => action !== EXIT && ms < exit.ms)!;
    expect(Math.sign(liquidityTwin(made.series, exit.ms).z)).toBe(entry.action === BUY ? -1 : 1);
    expect(Math.sign(liquidityTwin(made.series, exit.ms - WEEK_MS).z)).toBe(entry.action === BUY ? 1 : -1);
  });

  it("leaves at a close beyond its disaster stop, which is three slow ATR once those are ready", () => {
    for (const bars of [0, 60]) {
      const market = new Market();
      feed(market, tape(112, 3, RISE));
      for (let day = 0; day < bars; day++) market.plane.bar("X", [100, 101, 99, 100, 1], DAY_MS);
      const before = market.said.length;
      feed(market, {
        series: tape(113, 3, RISE).series.map((list) => list.slice(112)),
        wednesdays: [FIRST + 112 * WEEK_MS],
      });
      const entry = market.said[before]!;
      expect(entry.action).toBe(BUY);
      if (bars > 0) expect(entry.entry - entry.stop).toBeLessThan(7);
      else expect(entry.entry - entry.stop).toBeCloseTo(8, 9);
      const held = market.said.find(({ action }) => action === BUY)!;
      const close = (price: number): readonly number[] => {
        market.plane.bar("X", [price, price, price, price, 1], DAY_MS);
        return market.plane
          .settle()
          .filter(({ instance }) => instance === CODE)
          .map(({ action }) => action);
      };
      expect(close(held.stop * 1.001)).toEqual([]);
      expect(close(held.stop)).toEqual([EXIT]);
    }
  });

  it("takes amounts in dollars only: what is no amount of dollars is counted, and the strategy waits for input", () => {
    const market = new Market();
    for (const unit of [wire.UNIT_OTHER, wire.UNIT_INDEX, wire.UNIT_PERCENT, wire.UNIT_COUNT, wire.UNIT_THOUSANDS]) {
      market.macro("WALCL", 4_000_000, unit, FIRST);
    }
    market.macro("UNRATE", 4, wire.UNIT_PERCENT, FIRST);
    market.look(100, FIRST + 3 * DAY_MS);
    expect(market.refused).toBe(5);
    expect(market.cell(layout.CELL_WANTS)).toBe(layout.INPUT_MACRO);
    market.macro("WALCL", 4, wire.UNIT_USD_TRILLIONS, FIRST);
    market.look(100, FIRST + 3 * DAY_MS);
    expect(market.cell(layout.CELL_WANTS)).toBe(0);
    expect(market.cell(layout.CELL_MISSING)).toBeGreaterThan(0);
    expect(market.cell(SEEN)).toBe(1);
  });

  it("gives the same z whatever dollars its series are stated in", () => {
    const made = tape(120, 5);
    const zs = [wire.UNIT_USD, MILLIONS, BILLIONS, wire.UNIT_USD_TRILLIONS].map((unit, index) => {
      const market = new Market();
      const scale = [1e6, 1, 1e-3, 1e-6][index]!;
      market.at(made.wednesdays[119]! + 2 * DAY_MS);
      made.series.forEach((list, place) =>
        list.forEach(({ ms, amount }) => market.macro(NAMES[place]!, amount * scale, unit, ms)),
      );
      market.look(100, made.wednesdays[119]! + 2 * DAY_MS);
      return market.cell(Z);
    });
    expect(zs[0]).not.toBe(0);
    for (const z of zs) expect(z).toBeCloseTo(zs[0]!, 9);
  });

  it("takes the liquidity_index of trades for a level as it is when there is nothing better", () => {
    const [market, made] = [new Market(), tape(120, 6)];
    made.series[0]!.forEach(({ ms, amount }) => {
      market.at(ms);
      market.macro("LIQUIDITY_INDEX", amount, wire.UNIT_INDEX, ms);
      market.look(100, ms + 2.5 * DAY_MS);
    });
    const nothing = made.wednesdays.map((ms) => ({ ms, amount: 0 }));
    const twin = liquidityTwin([made.series[0]!, nothing, nothing], made.wednesdays[119]! + 2.5 * DAY_MS);
    expect(market.cell(Z)).toBeCloseTo(twin.z, 8);
  });

  it("sums central banks, and money, over the series that are known at both ends", () => {
    const made = tape(140, 7);
    const late = made.series[0]!.slice(70);
    for (const [names, measure] of [
      [["WALCL", "CB_ECB"], 3],
      [["M2SL", "M2_EZ"], 4],
    ] as const) {
      const market = new Market({ measure });
      const now = made.wednesdays[139]! + 2.5 * DAY_MS;
      market.at(now);
      for (const { ms, amount } of made.series[0]!) market.macro(names[0], amount, MILLIONS, ms);
      // As large and growing alike: the week in which it joins is no jump, and growth stays the same.
      for (const { ms, amount } of late) market.macro(names[1], amount * 2, MILLIONS, ms);
      market.look(100, now);
      const nothing = made.wednesdays.map((ms) => ({ ms, amount: 0 }));
      expect(market.cell(Z)).toBeCloseTo(liquidityTwin([made.series[0]!, nothing, nothing], now).z, 6);
    }
  });

  it("sets the growth back by as many weeks as it is told", () => {
    const made = tape(150, 8);
    const [usual, lagged] = [new Market(), new Market({ lag_weeks: 3 })];
    feed(usual, { series: made.series.map((list) => list.slice(0, 147)), wednesdays: made.wednesdays.slice(0, 147) });
    feed(lagged, made);
    expect(lagged.cell(Z)).toBeCloseTo(usual.cell(Z), 9);
  });

  it("says nothing of today from a week that is five weeks old", () => {
    const market = new Market();
    feed(market, tape(120, 9));
    const z = market.cell(Z);
    market.review(FIRST + 123 * WEEK_MS);
    expect(market.cell(Z)).toBe(z);
    market.review(FIRST + 125 * WEEK_MS);
    expect(market.cell(Z)).toBe(0);
    expect(market.cell(layout.CELL_MISSING)).toBeGreaterThan(0);
  });

  it("keeps a later day of a week when an earlier one comes behind it, and a correction of the same day", () => {
    const made = tape(120, 10);
    const [plain, disturbed] = [new Market(), new Market()];
    feed(plain, made);
    made.wednesdays.forEach((ms, week) => {
      disturbed.at(ms);
      disturbed.macro("WALCL", 1, MILLIONS, ms);
      disturbed.macro("WALCL", made.series[0]![week]!.amount, MILLIONS, ms);
      disturbed.macro("WALCL", 2, MILLIONS, ms - DAY_MS);
      disturbed.plane.settle();
      feed(disturbed, {
        series: made.series.map((list, place) => (place === 0 ? [] : [list[week]!])),
        wednesdays: [ms],
      });
    });
    expect(disturbed.cell(Z)).toBe(plain.cell(Z));
  });

  it("tries again after the weekend when its market was closed", () => {
    const market = new Market({}, layout.ASSET_STOCKS);
    const made = tape(113, 3, RISE);
    made.wednesdays.forEach((ms, week) => {
      market.at(ms);
      made.series.forEach((list, place) => market.macro(NAMES[place]!, list[week]!.amount, MILLIONS, list[week]!.ms));
      market.plane.settle();
      if (week === 112) market.look(100, ms + 3.5 * DAY_MS); // a Saturday
    });
    expect(market.said).toHaveLength(0);
    market.review(made.wednesdays[112]! + 5.5 * DAY_MS);
    expect(market.said.map(({ action }) => action)).toEqual([BUY]);
  });

  it("gives the same signs when prices are a thousand times as high, and no NaN for tiny or huge ones", () => {
    const sides = [1e-8, 100, 1e5, 1e9].map((scale) => {
      const market = new Market();
      feed(market, tape(150, 3, RISE), (week) => scale * (1 + 0.001 * week + 0.0003 * Math.sin(week)));
      for (let column = 0; column < layout.LIQUIDITY_COLUMNS; column++) expect(market.cell(column)).not.toBeNaN();
      return market.said.map(({ action, ms }) => [action, ms]);
    });
    expect(sides[0]!.length).toBeGreaterThan(2);
    for (const side of sides) expect(side).toEqual(sides[0]);
  });
});
