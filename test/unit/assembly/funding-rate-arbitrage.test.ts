import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { assetDefaults } from "../../../src/domain/instrument.ts";
import { Random } from "../../../src/domain/random.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { recorded } from "../../support/days.ts";
import { TestPlane, type PlaneOptions } from "../../support/plane.ts";
import { forecastTwin, FundingTwin, type FundingSignal } from "../../support/twins/funding-rate-arbitrage.ts";

const CODE = layout.FUNDING_RATE_ARBITRAGE;
const HOUR_US = 3_600_000_000;
const CARRY = 53;
const ERROR = 56;
const SPOT = 1;
const PERP = 2;
const OTHER = 3;

function open(fee = 0.0005, options: PlaneOptions = {}): TestPlane {
  const plane = new TestPlane(options);
  const id = plane.symbol("BTCUSDT");
  const base = assetDefaults("crypto");
  plane.instruments.set(id, { ...base, fields: { ...base.fields, taker_fee_bps: fee * 1e4 } });
  own(plane);
  return plane;
}
function own(plane: TestPlane): readonly SignalRecord[] {
  return plane.settle().filter(({ strategy }) => strategy === CODE);
}
const cell = (plane: TestPlane, column: number): number =>
  plane.column(layout.PLAN_CELLS + CODE, layout.FUNDING_COLUMNS, 0, column);
function quote(plane: TestPlane, venue: number, price: number, half = 1e-5): readonly SignalRecord[] {
  plane.venueQuote(venue, "BTCUSDT", price * (1 - half), price * (1 + half));
  return own(plane);
}
/** Settlements every eight hours. */
function settle(plane: TestPlane, venue: number, rates: readonly number[], hours = 8): readonly SignalRecord[] {
  const out: SignalRecord[] = [];
  for (const rate of rates) {
    plane.pass(hours * HOUR_US);
    plane.funding(venue, "BTCUSDT", rate, hours);
    out.push(...own(plane));
  }
  return out;
}
const steady = (rate: number): number[] => Array.from({ length: 12 }, () => rate);
const actions = (signals: readonly SignalRecord[]): readonly number[] => signals.map(({ action }) => action);
const { ACTION_BUY: BUY, ACTION_SELL: SELL, ACTION_EXIT: EXIT } = layout;

/** Cash and carry, entered: the perpetual pays 0.05 % every eight hours, and is sold. */
function carrying(): TestPlane {
  const plane = open();
  // Quotes give the basis a deviation of 0.1 %.
  for (let tick = 0; tick < 400; tick++) {
    quote(plane, SPOT, 100);
    quote(plane, PERP, tick % 2 === 0 ? 100.1 : 99.9);
  }
  settle(plane, PERP, steady(0.0005));
  expect(quote(plane, SPOT, 100)).toEqual([]);
  expect(actions(quote(plane, PERP, 100))).toEqual([SELL]);
  return plane;
}

describe("the expected carry", () => {
  it("is that of a first-order autoregression over the horizon, with its error", () => {
    const random = new Random(4);
    const plane = open();
    const rates: number[] = [];
    let rate = 0.0002;
    for (let interval = 0; interval < 400; interval++) {
      rate = 0.0001 + 0.7 * (rate - 0.0001) + 0.0001 * random.normal();
      rates.push(rate);
      settle(plane, PERP, [rate]);
      if (interval % 40 !== 39) continue;
      const [carry, error] = forecastTwin(rates, 21);
      expect(cell(plane, CARRY)).toBeCloseTo(carry, 10);
      expect(cell(plane, ERROR)).toBeCloseTo(error, 10);
    }
  });

  it("of a constant rate is that rate in every interval, without error", () => {
    const plane = open();
    settle(plane, PERP, steady(0.0003));
    expect(cell(plane, CARRY)).toBeCloseTo(21 * 0.0003, 12);
    expect(cell(plane, ERROR)).toBeCloseTo(0, 9);
  });

  it("counts a rate that is repeated within half an interval once, and follows it", () => {
    const plane = open();
    settle(plane, PERP, steady(0.0003));
    const before = plane.state.readiness(CODE, CODE);
    for (let tick = 0; tick < 100; tick++) plane.funding(PERP, "BTCUSDT", 0.0004, 8, plane.clock + tick);
    own(plane);
    expect(plane.state.readiness(CODE, CODE)).toEqual(before);
    expect(cell(plane, CARRY)).toBeCloseTo(21 * 0.0003 + 0.0001, 9);
  });
});

describe("cash and carry", () => {
  it("sells a perpetual that pays, buys one that is paid, and names the other leg", () => {
    for (const [rate, action] of [
      [0.0005, SELL],
      [-0.0006, BUY],
    ] as const) {
      const plane = open();
      settle(plane, PERP, steady(rate));
      quote(plane, SPOT, 100);
      const [signal] = quote(plane, PERP, 100.02);
      expect(signal?.action).toBe(action);
      expect(signal?.values[0]).toBeCloseTo(21 * Math.abs(rate), 9);
      const borrow = rate < 0 ? (0.05 * 168) / 8760 : 0;
      expect(signal?.values[1]).toBeCloseTo(4 * (0.0005 + 0.00005) + 4e-5 + borrow, 9);
      expect(signal?.values.slice(2)).toEqual([PERP, SPOT]);
      expect(signal?.confidence).toBeGreaterThan(0.8);
      expect(signal?.entry).toBeCloseTo(100.02 * (action === SELL ? 1 - 1e-5 : 1 + 1e-5), 9);
    }
  });

  it("is silent when the carry does not pay for its costs", () => {
    for (const [rate, fee, fires] of [
      [0.0001, 0.0005, false],
      [0.0002, 0.0005, true],
      [0.0002, 0.001, false],
    ] as const) {
      const plane = open(fee);
      settle(plane, PERP, steady(rate));
      quote(plane, SPOT, 100);
      expect(quote(plane, PERP, 100)).toHaveLength(fires ? 1 : 0);
    }
  });

  it("is silent where the margin of a new position were already too thin", () => {
    for (const [leverage, said] of [
      [66, [SELL]],
      [67, []], // 1 / 67 < 3 x 0.5 %
    ] as const) {
      const plane = open();
      const symbols = [plane.symbol("BTCUSDT")];
      plane.instances.remove(CODE);
      const parameters = { leverage };
      expect(
        plane.instances.add({ strategy: "funding_rate_arbitrage", symbols, parameters, strategyId: null }).ok,
      ).toBe(true);
      settle(plane, PERP, steady(0.0005));
      quote(plane, SPOT, 100);
      const out: SignalRecord[] = [];
      for (let second = 0; second < 5; second++) {
        plane.pass(1_000_000);
        out.push(...quote(plane, PERP, 100));
      }
      expect(actions(out)).toEqual(said);
    }
  });

  it("is silent while inputs are missing, and says which", () => {
    const plane = open();
    const wants = (): number => plane.state.readiness(CODE, CODE)?.wants ?? -1;
    expect(wants()).toBe(layout.INPUT_QUOTE | layout.INPUT_SECOND_VENUE | layout.INPUT_FUNDING);
    quote(plane, SPOT, 100);
    expect(wants()).toBe(layout.INPUT_SECOND_VENUE | layout.INPUT_FUNDING);
    quote(plane, PERP, 100);
    expect(wants()).toBe(layout.INPUT_FUNDING);
    settle(plane, PERP, steady(0.0005).slice(0, 9));
    quote(plane, SPOT, 100);
    expect(quote(plane, PERP, 100)).toEqual([]);
    expect(plane.state.readiness(CODE, CODE)).toEqual({ missing: 1, wants: 0 });
    settle(plane, PERP, [0.0005]);
    expect(quote(plane, PERP, 100)).toEqual([]); // the quote of spot is eight hours old
    expect(quote(plane, SPOT, 100)).toHaveLength(1);
  });
});

describe("cross-venue", () => {
  it("needs rates that differ by difference_min a day, and takes the difference of the carries", () => {
    const start = (other: number): readonly SignalRecord[] => {
      const plane = open();
      for (let interval = 0; interval < 12; interval++) {
        settle(plane, PERP, [0.0006]);
        plane.funding(OTHER, "BTCUSDT", other, 8);
        own(plane);
      }
      quote(plane, PERP, 100);
      return quote(plane, OTHER, 100);
    };
    expect(start(0.00027)).toEqual([]); // 0.00099 a day
    const [signal] = start(0.00025);
    expect(signal?.action).toBe(SELL);
    expect(signal?.values[0]).toBeCloseTo(21 * 0.00035, 9);
    expect(signal?.values.slice(2)).toEqual([PERP, OTHER]);
    expect(start(0.0011)[0]?.action).toBe(BUY);
  });
});

describe("a position ends", () => {
  it("when both legs and the funding have earned one percent together", () => {
    const plane = carrying();
    const out = settle(
      plane,
      PERP,
      Array.from({ length: 25 }, () => 0.0005),
    );
    expect(actions(out)).toEqual([EXIT]);
    expect(out[0]?.values[0]).toBeCloseTo(0.01, 4);
    const other = carrying();
    expect(quote(other, PERP, 99.01)).toEqual([]);
    expect(actions(quote(other, PERP, 98.98))).toEqual([EXIT]);
  });

  it("when the rates turn by more than 0.1 % a day against it", () => {
    const plane = carrying();
    expect(settle(plane, PERP, [-0.0003])).toEqual([]);
    expect(actions(settle(plane, PERP, [-0.00035]))).toEqual([EXIT]);
  });

  it("when the basis widens by two of its deviations", () => {
    const plane = carrying();
    expect(quote(plane, PERP, 100.19)).toEqual([]);
    expect(actions(quote(plane, PERP, 100.22))).toEqual([EXIT]);
  });

  it("when the margin of the perpetual leg is below three times its maintenance, though both prices moved alike", () => {
    const plane = carrying();
    let price = 100;
    const out: SignalRecord[] = [];
    while (out.length === 0 && price < 200) {
      price *= 1.0005;
      out.push(...quote(plane, PERP, price), ...quote(plane, SPOT, price));
    }
    expect(actions(out)).toEqual([EXIT]);
    // (1/3 - x) / (1 + x) = 0.015
    expect(price / 100 - 1).toBeCloseTo((1 / 3 - 0.015) / 1.015, 2);
  });
});

interface Event {
  readonly us: number;
  readonly venue: number;
  readonly rate?: number;
  readonly hours?: number;
  readonly price?: number;
}
function run(
  tape: readonly Event[],
  fee: number,
  scale = 1,
  options: PlaneOptions = {},
): { plane: TestPlane; signals: SignalRecord[] } {
  const plane = open(fee, options);
  const begin = plane.clock;
  const signals: SignalRecord[] = [];
  for (const { us, venue, rate, hours, price } of tape) {
    plane.pass(begin + us - plane.clock);
    if (rate !== undefined && hours !== undefined) plane.funding(venue, "BTCUSDT", rate, hours);
    if (price !== undefined) plane.venueQuote(venue, "BTCUSDT", price * scale * (1 - 1e-5), price * scale * (1 + 1e-5));
    signals.push(...own(plane));
  }
  return { plane, signals };
}
function twin(tape: readonly Event[], fee: number): readonly FundingSignal[] {
  const model = new FundingTwin({ fee, borrow: 0.05, cooldownUs: 1_000_000 });
  return tape.flatMap(({ us, venue, rate, hours, price }) => [
    ...(rate !== undefined && hours !== undefined ? model.funding(venue, rate, hours, us) : []),
    ...(price === undefined ? [] : model.quote(venue, price * (1 - 1e-5), price * (1 + 1e-5), us)),
  ]);
}
function agrees(signals: readonly SignalRecord[], expected: readonly FundingSignal[]): void {
  const sign = [0, 1, -1, 0];
  expect(signals.map(({ action }) => sign[action])).toEqual(expected.map(({ action }) => action));
  signals.forEach(({ action, values }, index) => {
    expect(values[0]).toBeCloseTo(expected[index]?.value ?? 0, 8);
    if (action !== EXIT) expect(values[2]).toBe(expected[index]?.venue);
  });
}
/** Three venues: spot, and two perpetuals with rates of their own; quotes every hour. */
function random(seed: number, hoursMax: number): readonly Event[] {
  const source = new Random(seed);
  const tape: Event[] = [];
  let [price, first, second] = [100, 0, 0];
  for (let hour = 0; hour < hoursMax; hour++) {
    price *= 1 + 0.003 * source.normal();
    const us = hour * HOUR_US;
    first = 0.95 * first + 0.0001 * source.normal();
    second = 0.9 * second + 0.00005 * source.normal();
    if (hour % 8 === 0) tape.push({ us, venue: PERP, rate: first, hours: 8 });
    tape.push({ us: us + 1, venue: OTHER, rate: second, hours: 1 });
    tape.push({ us: us + 2, venue: SPOT, price });
    tape.push({ us: us + 3, venue: PERP, price: price * (1 + 0.0005 * source.normal()) });
    tape.push({ us: us + 4, venue: OTHER, price: price * (1 + 0.0005 * source.normal()) });
  }
  return tape;
}

describe("tapes", () => {
  it("give the signals of the twin", () => {
    for (const seed of [1, 2, 3]) {
      const tape = random(seed, 900);
      const { signals } = run(tape, 0.0003);
      expect(signals.length).toBeGreaterThan(6);
      agrees(signals, twin(tape, 0.0003));
    }
  });

  it("do not depend on the unit of the price, on what comes later, or on the number of workers", () => {
    const tape = random(4, 600);
    const whole = run(tape, 0.0003);
    expect(whole.signals.length).toBeGreaterThan(4);
    const shape = (signals: readonly SignalRecord[]) => signals.map(({ action, sequence }) => [action, sequence]);
    for (const scale of [1024, 2 ** -20]) expect(shape(run(tape, 0.0003, scale).signals)).toEqual(shape(whole.signals));
    const half = run(tape.slice(0, 1200), 0.0003).signals;
    expect(half.length).toBeGreaterThan(0);
    expect(whole.signals.slice(0, half.length).map(({ hash }) => hash)).toEqual(half.map(({ hash }) => hash));
    const two = run(tape, 0.0003, 1, { capacity: { workers: 2 } });
    expect(two.signals).toEqual(whole.signals);
    expect(two.plane.hash()).toBe(whole.plane.hash());
  });

  it("with constant prices, doubled events, odd rates and a fourth venue leave no state that is not a number", () => {
    const source = new Random(5);
    const tape = Array.from({ length: 3000 }, (_, i): Event => {
      const venue = Math.floor(source.next() * 5);
      const us = Math.floor(i / 2) * 600_000_000;
      if (i % 3 > 0) return { us, venue, price: i < 1500 ? 100 : 10 ** (source.next() * 17 - 8) };
      return {
        us,
        venue,
        rate: source.next() < 0.1 ? 5 : 0.5 * source.normal(),
        hours: 1 + Math.floor(source.next() * 8),
      };
    });
    const { plane, signals } = run(tape, 0);
    for (let column = 0; column < layout.FUNDING_COLUMNS; column++)
      expect(Number.isFinite(cell(plane, column))).toBe(true);
    for (const { entry, stop, target, confidence, values } of signals)
      for (const value of [entry, stop, target, confidence, ...values]) expect(Number.isFinite(value)).toBe(true);
  });
});

const binance = recorded("crypto/funding/BTC_USDT_binance.csv.gz");
const bybit = recorded("crypto/funding/BTC_USDT_bybit.csv.gz");
describe.skipIf(!binance || !bybit)("recorded funding of two venues and spot (skipped without ../shared)", () => {
  it("is traded as the twin does: cash and carry while rates are high, and never at once again after a turn", () => {
    const rows = (table: typeof binance, venue: number): Event[] => {
      const [times, rates] = [table?.get("timestamp_ms") ?? [], table?.get("funding_rate") ?? []];
      return times.map((ms, row) => ({ us: ms * 1000, venue, rate: rates[row] ?? 0, hours: 8 }));
    };
    const begin = 1_609_459_200_000_000; // 2021, the first year of both
    const settlements = [...rows(binance, PERP), ...rows(bybit, OTHER)]
      .filter(({ us }) => us >= begin && us < begin + 270 * 24 * HOUR_US)
      .toSorted((one, other) => one.us - other.us);
    const tape = settlements.flatMap((event): Event[] => [
      { ...event, us: event.us - begin },
      ...[SPOT, PERP, OTHER].map((venue, order) => ({
        us: event.us - begin + 1 + order,
        venue,
        price: 100 + 0.01 * order,
      })),
    ]);
    const { signals } = run(tape, 0.0004);
    expect(signals.filter(({ action }) => action === SELL).length).toBeGreaterThan(2);
    agrees(signals, twin(tape, 0.0004));
  });
});
