import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import * as reference from "../../../assembly/reference.ts";
import { LoneInstance, type LoneOptions } from "../../support/lone-instance.ts";
import { Random } from "../../support/random.ts";
import { PolicyTwin } from "../../support/twins/fed-policy-detector.ts";
import { twinCdf } from "../../support/twins/normal.ts";

const { ACTION_BUY, ACTION_EXIT, ACTION_SELL, CELL_FIXED } = layout;
const SURPRISE = CELL_FIXED;
const Z = CELL_FIXED + 1;
const MINUTE = 60_000_000;
const DAY = 1_440 * MINUTE;
/** Twelve days before an announcement of Wednesday, 16 December 2026, 19:00 UTC, day 16 of 31. */
const START = Date.UTC(2026, 11, 4, 19) * 1000;
const FOMC = Date.UTC(2026, 11, 16, 19) * 1000;

function stage(options: LoneOptions = {}): LoneInstance {
  return new LoneInstance("fed_policy_detector", layout.FED_POLICY_DETECTOR, layout.POLICY_COLUMNS, {
    clock: START,
    ...options,
  });
}
function bars(on: LoneInstance, from: number, closes: readonly number[], scale = 1): number {
  closes.forEach((close, index) => {
    const ohlc = [close, close + 0.5, close - 0.5, close].map((price) => price * scale);
    on.bar(from + (index + 1) * 5 * MINUTE, ohlc, 300_000);
  });
  return from + closes.length * 5 * MINUTE;
}
/** Twenty flat bars with a true range of 1 that end with the announcement. */
function calm(on: LoneInstance, scale = 1): void {
  bars(
    on,
    FOMC - 100 * MINUTE,
    Array.from({ length: 20 }, () => 100),
    scale,
  );
}
/** An unexpected `bp` basis points at once, of which the front contract shows 15 / 31. */
function decide(on: LoneInstance, bp: number, known = FOMC): void {
  on.rates(FOMC, 4, 4 + (bp / 100) * (15 / 31), 16, 31, 12, known);
}
function surpriseOf(day: number, days: number, change: number, time: number, month = 0, lastDays = 3): number {
  const on = stage({ parameters: { last_days: lastDays } });
  on.rates(time, 5, 5 + change, day, days, month);
  return on.cell(SURPRISE);
}

describe("the surprise of a rate decision", () => {
  const at = (month: number, day: number): number => Date.UTC(2026, month - 1, day, 19) * 1000;

  it("is the front contract's change times D / (D - d), in basis points", () => {
    // By hand: 30 / (30 - 15) x 6 bp = 12 bp; 31 / 21 x -4.2 bp = -6.2 bp.
    expect(surpriseOf(15, 30, 0.06, at(6, 15))).toBeCloseTo(12, 9);
    expect(surpriseOf(10, 31, -0.042, at(7, 10))).toBeCloseTo(-6.2, 9);
    expect(surpriseOf(15, 30, 0.06, at(6, 15), 6)).toBeCloseTo(12, 9);
  });

  it("is the change itself where the event names the contract of the next month, also over the turn of the year", () => {
    expect(surpriseOf(29, 30, 0.06, at(6, 29), 7)).toBeCloseTo(6, 9);
    expect(surpriseOf(30, 31, 0.06, at(12, 30), 1)).toBeCloseTo(6, 9);
  });

  it("of a front contract keeps its factor in the last days of the month: three, or seven", () => {
    expect(surpriseOf(27, 30, 0.01, at(6, 27))).toBeCloseTo(10, 9);
    for (const day of [28, 29, 30]) expect(surpriseOf(day, 30, 0.01, at(6, day))).toBeCloseTo(10, 9);
    expect(surpriseOf(24, 31, 0.07, at(7, 24), 0, 7)).toBeCloseTo(31, 9);
    expect(surpriseOf(30, 31, 0.07, at(7, 30), 0, 7)).toBeCloseTo(31, 9);
  });

  it("on the first day of a month begins where the contract, then the next, left the month before", () => {
    const on = stage();
    on.rates(at(6, 30), 5, 5.1, 30, 30, 7);
    on.rates(at(7, 1), 5.3, 5.4, 1, 31, 7);
    expect(on.cell(SURPRISE)).toBeCloseTo((31 / 30) * 30, 9);
    for (const [day, month] of [
      [30, 6], // was not of the next month
      [25, 7], // is six days old
    ] as const) {
      const other = stage();
      other.rates(at(6, day), 5, 5.1, day, 30, month);
      other.rates(at(7, 1), 5.3, 5.4, 1, 31, 7);
      expect(other.cell(SURPRISE)).toBeCloseTo((31 / 30) * 10, 9);
    }
  });

  it("and its z agree with the twin over a random history longer than the memory", () => {
    for (const lastDays of [3, 7]) {
      const random = new Random(6);
      const on = stage({ parameters: { last_days: lastDays } });
      const twin = new PolicyTwin();
      let time = START;
      for (let count = 0; count < 200; count++) {
        time += random.next() < 0.2 ? random.between(-30, 30) * MINUTE : random.between(0.5, 40) * DAY;
        const date = new Date(time / 1000);
        const [day, month] = [date.getUTCDate(), date.getUTCMonth() + 1];
        const days = new Date(Date.UTC(date.getUTCFullYear(), month, 0)).getUTCDate();
        const contract = [0, month, (month % 12) + 1][random.integer(3)]!;
        const [before, after] = [4 + 0.1 * random.normal(), 4 + 0.1 * random.normal()];
        on.rates(time, before, after, day, days, contract);
        twin.take({ time, before, after, day, days, month: contract });
        expect(on.cell(SURPRISE)).toBeCloseTo(twin.surprise(lastDays), 8);
        expect(on.cell(Z)).toBeCloseTo(twin.z(lastDays), 8);
      }
      expect(on.broken).toEqual([]);
    }
  });

  it("is revised by what comes in the window of its announcement, and not by what lies before it", () => {
    const on = stage();
    on.rates(FOMC, 4, 4.1, 16, 31, 1);
    on.rates(FOMC + 20 * MINUTE, 4, 4.2, 16, 31, 1);
    expect(on.cell(Z)).toBeCloseTo(20 / 5, 9);
    on.rates(FOMC - 11 * MINUTE, 4, 4.5, 16, 31, 1);
    expect(on.cell(SURPRISE)).toBeCloseTo(20, 9);
    on.rates(FOMC + 21 * MINUTE, 4, 4.1, 16, 31, 1);
    expect(on.cell(Z)).toBeCloseTo(10 / Math.sqrt((8 * 25 + 400) / 9), 9);
  });
});

describe("fed_policy_detector", () => {
  it("sells an unexpected rise and buys an unexpected fall, with stop by ATR and target of 2 R", () => {
    for (const side of [1, -1]) {
      const on = stage();
      calm(on);
      decide(on, -8 * side);
      const signal = on.signals[0]!;
      expect(on.actions).toEqual([side > 0 ? ACTION_BUY : ACTION_SELL]);
      expect(signal.entry).toBe(100);
      expect((signal.entry - signal.stop) * side).toBeCloseTo(1.5, 9);
      expect((signal.target - signal.entry) * side).toBeCloseTo(3, 9);
      expect(signal.values[0]).toBeCloseTo(-8 * side, 9);
      expect(signal.confidence).toBeCloseTo(2 * twinCdf(8 / 5) - 1, 9);
    }
  });

  it("asks for 2.5 basis points", () => {
    for (const [bp, signals] of [
      [2.4999, 0],
      [2.5001, 1],
    ] as const) {
      const on = stage();
      calm(on);
      decide(on, bp);
      expect(on.actions).toHaveLength(signals);
    }
  });

  it("takes its side from the instrument: pairs with USD by its place, others not, and what a user says", () => {
    const first = (symbol: string, beta?: number): readonly number[] => {
      const on = stage({ symbol, asset: symbol === "AAPL" ? layout.ASSET_STOCKS : layout.ASSET_FOREX });
      if (beta !== undefined) on.instrument(reference.INSTRUMENT_RATES_BETA, beta);
      calm(on);
      decide(on, 8);
      return on.actions;
    };
    expect(first("AAPL", 1)).toEqual([ACTION_SELL]);
    expect(first("EURUSD", 1)).toEqual([ACTION_SELL]);
    expect(first("USDJPY", -1)).toEqual([ACTION_BUY]);
    expect(first("EURGBP", 0)).toEqual([]);
  });

  it("enters on what becomes known ten minutes behind the window, not later, and repeats on samples within it", () => {
    for (const [minutes, signals] of [
      [30, 1],
      [31, 0],
    ] as const) {
      const on = stage();
      calm(on);
      const now = bars(on, FOMC, [100, 100, 100, 100, 100, 100]);
      expect(now).toBe(FOMC + 30 * MINUTE);
      decide(on, 8, FOMC + minutes * MINUTE);
      expect(on.actions).toHaveLength(signals);
    }
    const on = stage();
    calm(on);
    decide(on, 8);
    bars(on, FOMC, [100, 100, 100, 100, 100, 100]);
    expect(on.signals.map(({ time }) => time - FOMC)).toEqual([0, 5, 10, 15, 20].map((minutes) => minutes * MINUTE));
  });

  it("does not enter on a bar that ended before the announcement, of a feed that lags behind it", () => {
    const on = stage();
    calm(on);
    decide(on, 8, FOMC + 6 * MINUTE);
    const said = on.signals.length;
    // The bars of a feed that is ten minutes late: they reach the engine after the decision, and ended before it.
    for (const minutes of [-5, 0, 5]) {
      on.plane.pass(FOMC + (minutes + 12) * MINUTE - on.plane.clock);
      on.bar(FOMC + minutes * MINUTE, [100, 100.5, 99.5, 100], 300_000);
    }
    expect(on.signals.slice(said).map(({ time }) => time - FOMC)).toEqual([5 * MINUTE]);
  });

  it("does not enter at an old price", () => {
    for (const [minutes, signals] of [
      [15, 1],
      [16, 0],
    ] as const) {
      const on = stage();
      calm(on);
      decide(on, 8, FOMC + minutes * MINUTE);
      expect(on.actions).toHaveLength(signals);
    }
  });

  it("leaves after its time, an hour unless told otherwise", () => {
    for (const [hold, samples] of [
      [60, 12],
      [30, 6],
      [120, 24],
    ] as const) {
      const on = stage({ parameters: { hold_min: hold } });
      calm(on);
      decide(on, 8);
      const now = bars(
        on,
        FOMC,
        Array.from({ length: samples - 1 }, () => 100),
      );
      expect(on.actions).not.toContain(ACTION_EXIT);
      bars(on, now, [100]);
      expect(on.actions.at(-1)).toBe(ACTION_EXIT);
    }
  });

  it("leaves at its stop and at its target, and trades an announcement once", () => {
    for (const [close, leaves] of [
      [98.51, false],
      [98.5, true],
      [102.99, false],
      [103, true],
    ] as const) {
      const on = stage();
      calm(on);
      decide(on, -8);
      const now = bars(on, FOMC, [close]);
      expect(on.actions.includes(ACTION_EXIT)).toBe(leaves);
      bars(on, now, [close, close]);
      expect(on.actions.at(-1)).toBe(leaves ? ACTION_EXIT : ACTION_BUY);
    }
  });

  it("does not depend on the unit of the price", () => {
    const spoken = (scale: number): readonly unknown[] => {
      const on = stage();
      calm(on, scale);
      decide(on, 8);
      bars(on, FOMC, [99, 98, 97.2, 96, 95], scale);
      return on.signals.map(({ action, time, stop }) => [action, time, (stop / scale).toFixed(7)]);
    };
    expect(spoken(1)).toHaveLength(5);
    for (const scale of [1e-8, 1e7]) expect(spoken(scale)).toEqual(spoken(1));
  });

  it("says what it waits for, and an instance that comes later knows that rates have come", () => {
    const on = stage();
    expect(on.cell(layout.CELL_WANTS)).toBe(layout.INPUT_RATES);
    expect(on.cell(layout.CELL_MISSING)).toBe(1);
    calm(on);
    expect(on.cell(layout.CELL_MISSING)).toBe(0);
    expect(on.actions).toEqual([]);
    decide(on, 1);
    expect(on.cell(layout.CELL_WANTS)).toBe(0);
    const symbols = [on.plane.symbol(on.symbol)];
    const later = on.plane.instances.add({ strategy: "fed_policy_detector", symbols, strategyId: null });
    on.settle();
    if (!later.ok) throw new Error("no room");
    expect(on.plane.state.readiness(later.value.id, layout.FED_POLICY_DETECTOR)).toEqual({ missing: 0, wants: 0 });
  });

  it("waits while the confirming timeframe disagrees", () => {
    for (const [drift, signals] of [
      [-1, 0],
      [1, 1],
    ] as const) {
      const on = stage({ parameters: { confirm_bar_ms: 1_200_000 } });
      bars(
        on,
        FOMC - 100 * MINUTE,
        Array.from({ length: 20 }, (_, index) => 100 + drift * index),
      );
      decide(on, -8);
      expect(on.actions).toHaveLength(signals);
    }
  });
});
