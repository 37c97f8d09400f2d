import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { LoneInstance } from "../../support/lone-instance.ts";
import * as reference from "../../../assembly/reference.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";

const SPREAD_TIME = 17;
const INTENSITY_COUNTS = 43;
const LEG_PRICE = 512 + 8;
const DAY = 86_400_000_000;

function history(plane: TestPlane, name: string, prices: readonly number[]): void {
  prices.forEach((price, index) =>
    plane.trade(name, price, 1, plane.clock - DAY + index * 1_000_000, layout.FLAG_HISTORY),
  );
}

describe("history of a symbol", () => {
  it("begins the volume window anew, too", () => {
    const plane = new TestPlane();
    for (let tick = 0; tick < 40; tick++) plane.trade("BTCUSD", 100, 1_000);
    history(
      plane,
      "BTCUSD",
      Array.from({ length: 12 }, () => 100),
    );
    plane.settle();
    const sum = plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, 0, layout.SERIES_VOLUME_SUM);
    expect(sum).toBe(12);
  });

  it("does not end a position: what is held is told to end by live prices only", () => {
    const random = new Random(3);
    const calm = { rsi_low: 50, adx_max: 100, window: 64, variance_q: 2 };
    const rising = (tick: number): number => 100 * 1.002 ** tick;
    const dropping = (tick: number): number =>
      tick < 300 ? 100 * (1 + 0.001 * random.normal()) : 100 * 0.98 ** (tick - 299);
    for (const [strategy, code, parameters, price] of [
      ["momentum_rider", layout.MOMENTUM_RIDER, {}, rising],
      ["mean_reversion", layout.MEAN_REVERSION, calm, dropping],
    ] as const) {
      const lone = new LoneInstance(strategy, code, layout.CELL_FIXED, { parameters, barMs: 0 });
      const { plane } = lone;
      const side = (): number => lone.cell(layout.CELL_SIDE);
      for (let tick = 0; tick < 400 && side() === 0; tick++) lone.trade(plane.clock + 1_000_000, price(tick));
      expect(side()).toBe(1);
      const said = lone.signals.length;
      // The stop of either lies far above these.
      const before = Array.from({ length: 80 }, (_, index) => 50 - 0.01 * index);
      history(plane, lone.symbol, before);
      lone.settle();
      expect(lone.signals.length).toBe(said);
      expect(side()).toBe(1);
      for (let tick = 0; tick < 120; tick++) lone.trade(plane.clock + 1_000_000, 40 - 0.05 * tick);
      expect(lone.signals.slice(said).map(({ action }) => action)).toContain(layout.ACTION_EXIT);
    }
  });

  it("does not come before the last price, which is a live one", () => {
    const plane = new TestPlane();
    plane.trade("BTCUSD", 100);
    const live = plane.clock;
    history(plane, "BTCUSD", [50, 51]);
    plane.settle();
    expect(plane.state.symbols()).toMatchObject([{ price: 100, time: live }]);
  });

  it("does not count as fills at a distance from the book of today", () => {
    const plane = new TestPlane();
    plane.quote("BTCUSD", 99.9, 100.1);
    plane.trade("BTCUSD", 100.1);
    plane.settle();
    const far = (): number =>
      plane.column(layout.PLAN_CELLS + layout.SPREAD_ADJUSTER, layout.SPREAD_COLUMNS, 0, INTENSITY_COUNTS + 11);
    expect(far()).toBe(0);
    history(plane, "BTCUSD", [50, 51, 52]);
    plane.settle();
    expect(far()).toBe(0);
  });

  it("leaves the prices of pairs, which are sampled by the clock, as they are", () => {
    const plane = new TestPlane();
    const symbols = ["BTCUSD", "ETHUSD"].map((name) => plane.symbol(name));
    expect(plane.instances.add({ strategy: "cointegration_model", symbols, strategyId: null }).ok).toBe(true);
    plane.trade("BTCUSD", 100);
    plane.trade("ETHUSD", 10);
    history(plane, "BTCUSD", [50]);
    plane.settle();
    const { bases } = plane.plane.plan;
    const leg = (bases[layout.PLAN_GROUPS] ?? 0) + layout.SCREEN_GROUPS * layout.GROUP_BYTES + LEG_PRICE;
    expect(plane.f[leg / 8]).toBe(100);
    const screen = (bases[layout.PLAN_SCREEN] ?? 0) + reference.SCREEN_HEAD_BYTES + reference.SCREEN_WINDOW * 64 * 8;
    expect(plane.f[screen / 8]).toBe(100);
  });
});

describe("a time that lies ahead of the engine's", () => {
  const year2099 = Date.UTC(2099, 0, 1) * 1000;

  it("does not stop the quotes of a symbol for ever", () => {
    const plane = new TestPlane();
    plane.quote("BTCUSD", 99, 101, year2099);
    plane.settle();
    const time = plane.column(layout.PLAN_CELLS + layout.SPREAD_ADJUSTER, layout.SPREAD_COLUMNS, 0, SPREAD_TIME);
    expect(time).toBe(plane.clock);
  });

  it("does not hold a bar open for ever", () => {
    const plane = new TestPlane();
    const symbols = [plane.symbol("BTCUSD")];
    plane.instances.add({ strategy: "momentum_rider", symbols, barMs: 1_000, strategyId: null });
    plane.trade("BTCUSD", 100, 1, year2099);
    for (let second = 0; second < 10; second++) {
      plane.pass(1_000_000);
      plane.trade("BTCUSD", 100);
      plane.beat(layout.TIER_FAST | layout.TIER_TACTICAL);
    }
    plane.settle();
    const series = plane.state.series().find(({ barMs }) => barMs === 1_000)?.index ?? -1;
    const count = plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, series, layout.SERIES_COUNT);
    expect(count).toBeGreaterThanOrEqual(9);
  });
});

it("counters of the rings may wrap at 2^32", () => {
  const run = (start: number): readonly unknown[] => {
    const plane = new TestPlane();
    const words = new Int32Array(plane.plane.memory.buffer);
    for (const address of [layout.EVENT_HEAD, layout.EVENT_NEXT, layout.EVENT_LIMIT, layout.CONSUMERS]) {
      words[address >> 2] = (words[address >> 2] ?? 0) + start;
    }
    for (const address of [layout.SIGNAL_COUNTERS, layout.SIGNAL_COUNTERS + layout.LINE]) words[address >> 2] = start;
    plane.rings["lanes"].forEach((lane) => (lane.tail = words[layout.CONSUMERS >> 2] ?? 0));
    plane.plane.ring.startAt(plane.plane.ring.nextSequence);
    const found: unknown[] = [];
    for (let tick = 0; tick < 400; tick++) {
      plane.pass(700_000);
      plane.trade("BTCUSD", 100 * (1 + 0.3 * Math.sin(tick / 9)));
      found.push(...plane.settle().map(({ hash, sequence }) => [hash, sequence]));
    }
    return found;
  };
  const usual = run(0);
  expect(usual.length).toBeGreaterThan(10);
  expect(run(-131_072)).toEqual(usual); // slots and numbers stay, only the wrap is nearer
  expect(run(-65_536)).toEqual(usual);
});

describe("a trade that is late for its bar", () => {
  it("counts in the next one: a bucket gives one sample, however late its trades are", () => {
    const lone = new LoneInstance("momentum_rider", layout.MOMENTUM_RIDER, layout.MOMENTUM_COLUMNS, { barMs: 1_000 });
    const { plane } = lone;
    const symbol = plane.state.symbols()[0]?.name ?? "";
    const begin = Math.ceil(plane.clock / 1e6) * 1e6;
    const count = (): number => plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, 0, layout.SERIES_COUNT);
    plane.pass(begin - plane.clock);
    for (let second = 0; second < 10; second++) {
      plane.trade(symbol, 100 + second, 1, begin + second * 1e6 + 500_000);
      plane.pass(1e6);
      plane.beat(layout.TIER_TACTICAL);
      plane.settle();
      expect(count()).toBe(second + 1);
      plane.trade(symbol, 100 + second, 1, begin + second * 1e6 + 999_000);
      plane.settle();
    }
    plane.pass(1_100_000);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    expect(count()).toBe(11);
  });
});
