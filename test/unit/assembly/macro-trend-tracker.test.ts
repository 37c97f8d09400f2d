import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { DAY_MS, type Day, feedDays, madeDays, recordedDays, slowRangeTwin } from "../../support/days.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random, walk } from "../../support/random.ts";
import { periodTwin, trendTwin } from "../../support/twins/macro-trend-tracker.ts";

const CODE = layout.MACRO_TREND_TRACKER;
const BLEND = layout.CELL_FIXED + 4;
const START = Date.UTC(2024, 0, 1);
const [BUY, SELL, EXIT] = [layout.ACTION_BUY, layout.ACTION_SELL, layout.ACTION_EXIT];

interface Said extends SignalRecord {
  readonly day: number;
}

interface Options {
  readonly parameters?: Record<string, number>;
  readonly asset?: number;
  readonly name?: string;
}

function cell(plane: TestPlane, column: number, index = 0): number {
  return plane.column(layout.PLAN_CELLS + CODE, layout.TREND_COLUMNS, index, column);
}

/** What the strategy says on these days: the default instance, or one with the given parameters. */
function run(days: readonly Day[], options: Options = {}): { said: Said[]; plane: TestPlane } {
  const plane = new TestPlane({ clock: (days[0]?.ms ?? START) * 1000 });
  const name = options.name ?? "X";
  const symbol = plane.symbol(name, options.asset ?? layout.ASSET_CRYPTO);
  let instance: number = CODE;
  if (options.parameters) {
    const { parameters } = options;
    const added = plane.instances.add({
      strategy: "macro_trend_tracker",
      symbols: [symbol],
      parameters,
      strategyId: null,
    });
    if (!added.ok) throw new Error(JSON.stringify(added.failure));
    instance = added.value.id;
    plane.settle();
  }
  const said: Said[] = [];
  feedDays(plane, name, days, (signals, day) => {
    said.push(...signals.filter((signal) => signal.instance === instance).map((signal) => ({ ...signal, day })));
  });
  return { said, plane };
}

const closesOf = (days: readonly Day[], upTo: number): number[] => days.slice(0, upTo + 1).map(({ close }) => close);

/** A walk whose drift turns: up for two years, then down for two. */
function turning(seed = 3, sigma = 0.01): number[] {
  const random = new Random(seed);
  const up = walk(random, 600, 100, sigma, 0.003);
  return [...up, ...walk(random, 600, up[up.length - 1]!, sigma, -0.003)];
}

describe("macro_trend_tracker", () => {
  it("agrees with its twin at every decision, on walks and on recorded prices", () => {
    const tapes = [1, 2, 3].map((seed) => madeDays(walk(new Random(seed), 1200, 100, 0.012, 0.0005), START));
    const real = ["equity/1d/SPY", "equity/1d/index_sp500", "fx/1d/EURUSD"].map((file) =>
      recordedDays(`${file}.csv.gz`),
    );
    for (const days of [...tapes, ...real]) {
      if (!days) continue; // the recorded prices are beside the checkout, a clone alone does not have them
      const { said } = run(days.slice(0, 2000));
      const entries = said.filter(({ action }) => action !== EXIT);
      expect(entries.length).toBeGreaterThan(5);
      for (const signal of entries) {
        const twin = trendTwin(closesOf(days, signal.day));
        const [blend, sigma, size, t] = signal.values;
        expect(signal.action).toBe(twin.blend > 0 ? BUY : SELL);
        expect(blend).toBeCloseTo(twin.blend, 12);
        expect(sigma / twin.sigma).toBeCloseTo(1, 9);
        expect(t / twin.t).toBeCloseTo(1, 6);
        expect(size).toBeCloseTo(Math.min(0.4 / twin.sigma, 10), 8);
        expect(signal.confidence).toBeCloseTo(
          Math.min(Math.abs(twin.blend) * Math.min(Math.abs(twin.t) / 2, 1), 0.9),
          9,
        );
        const risk = 3 * slowRangeTwin(days.slice(0, signal.day + 1));
        expect(Math.abs(signal.entry - signal.stop) / risk).toBeCloseTo(1, 9);
        expect(Math.abs(signal.target - signal.entry) / risk).toBeCloseTo(3, 9);
      }
    }
  });

  it("decides with the first close that the longest horizon allows, then with the first close of each month", () => {
    const days = madeDays(walk(new Random(4), 700, 100, 0.004, 0.002), START);
    const { said } = run(days);
    expect(said[0]?.day).toBe(252);
    const decided = said.map(({ day }) => day);
    const months = days.map(({ ms }) => periodTwin(ms, false));
    const expected = days
      .map((_, day) => day)
      .filter((day) => day === 252 || (day > 252 && months[day] !== months[day - 1]));
    expect(decided).toEqual(expected);
  });

  it("decides with the first close of each week from Monday on when it is told to", () => {
    const days = madeDays(walk(new Random(4), 400, 100, 0.004, 0.002), START);
    const { said } = run(days, { parameters: { weekly: 1 } });
    const weeks = days.map(({ ms }) => periodTwin(ms, true));
    const expected = days
      .map((_, day) => day)
      .filter((day) => day === 252 || (day > 252 && weeks[day] !== weeks[day - 1]));
    expect(said.map(({ day }) => day)).toEqual(expected);
  });

  it("puts a decision of a weekend off to the next close, but not for crypto", () => {
    const days = madeDays(walk(new Random(4), 700, 100, 0.004, 0.002), START);
    const { said } = run(days, { asset: layout.ASSET_STOCKS });
    const weekdays = said.map(({ day }) => new Date(days[day]!.ms).getUTCDay());
    expect(said.length).toBeGreaterThan(10);
    expect(weekdays.every((weekday) => weekday >= 1 && weekday <= 5)).toBe(true);
    const months = said.map(({ day }) => periodTwin(days[day]!.ms, false));
    expect(new Set(months).size).toBe(said.length);
    expect(run(days).said.some(({ day }) => [0, 6].includes(new Date(days[day]!.ms).getUTCDay()))).toBe(true);
  });

  it("says how many closes are missing, and is silent until then", () => {
    const days = madeDays(walk(new Random(5), 252, 100, 0.01), START);
    const { said, plane } = run(days);
    expect(said).toHaveLength(0);
    expect(cell(plane, layout.CELL_MISSING)).toBe(1);
  });

  it("leaves with an exit at the decision at which the sign has turned, and goes to the other side", () => {
    const days = madeDays(turning(3, 0.002), START);
    const { said } = run(days, { parameters: { stop_atr: 50 } });
    const exit = said.findIndex(({ action }) => action === EXIT);
    expect(said.slice(0, exit).every(({ action }) => action === BUY)).toBe(true);
    expect(exit).toBeGreaterThan(5);
    expect(said[exit]!.values[0]).toBeLessThan(0);
    const turned = trendTwin(closesOf(days, said[exit]!.day)).blend;
    expect(turned).toBeLessThan(0);
    expect(said.slice(exit + 1).every(({ action }) => action === SELL)).toBe(true);
    expect(said.slice(exit + 1).length).toBeGreaterThan(5);
  });

  it("leaves at the first close at or beyond the stop of its entry, and enters again at the next decision only", () => {
    const closes = walk(new Random(6), 300, 100, 0.004, 0.003);
    const last = closes[closes.length - 1]!;
    const days = madeDays([...closes, ...[0.99, 0.9, 0.5, 0.5, 0.5].map((share) => last * share)], START);
    const { said } = run(days);
    const entry = said.find(({ action }) => action === BUY)!;
    const exits = said.filter(({ action }) => action === EXIT);
    const first = days.findIndex(({ close }, day) => day > entry.day && close <= entry.stop);
    expect(exits.map(({ day }) => day)).toEqual([first]);
    expect(said[said.length - 1]!.action).toBe(EXIT);
  });

  it("does not take the published target for a reason to leave", () => {
    const days = madeDays(walk(new Random(7), 600, 100, 0.004, 0.004), START);
    const { said } = run(days);
    expect(days[days.length - 1]!.close).toBeGreaterThan(said[0]!.target);
    expect(said.every(({ action }) => action === BUY)).toBe(true);
  });

  it("scales its size with volatility and risk tolerance, up to the largest size", () => {
    const days = madeDays(walk(new Random(8), 300, 100, 0.01, 0.003), START);
    const sizes = [{}, { risk_tolerance: 1 }, { size_max: 0.5 }, { target_volatility: 0.2 }].map(
      (parameters) => run(days, { parameters }).said[0]!.values[2],
    );
    const [usual = 0, bold, capped, half] = sizes;
    expect(bold).toBeCloseTo(usual * 1.5, 12);
    expect(capped).toBe(0.5);
    expect(half).toBeCloseTo(usual / 2, 12);
  });

  it("stays out while the confirming timeframe has moved the other way", () => {
    const closes = walk(new Random(9), 330, 100, 0.004, 0.004);
    const days = madeDays(closes, START);
    const parameters = { horizon_short: 2, horizon_medium: 100, horizon_long: 252, confirm_bar_ms: 7 * DAY_MS };
    // Rises for ever, except that the two weeks before the last decision fall: the short sign is against, two are for.
    const fallen = madeDays(
      closes.map((close, day) => (day >= 290 ? close * 0.985 ** (day - 289) : close)),
      START,
    );
    const { weekly, ...usual } = { ...parameters, weekly: 1 };
    const said = (tape: readonly Day[], confirm: boolean): number =>
      run(tape, {
        parameters: { ...usual, weekly, confirm_bar_ms: confirm ? 7 * DAY_MS : 0, stop_atr: 50 },
      }).said.filter(({ day, action }) => day > 310 && action === BUY).length;
    expect(said(days, true)).toBe(said(days, false));
    expect(said(fallen, false)).toBeGreaterThan(0);
    expect(said(fallen, true)).toBe(0);
  });

  it("speaks with the first live close after history filled its window", () => {
    const days = madeDays(walk(new Random(10), 300, 100, 0.004, 0.003), START);
    const plane = new TestPlane({ clock: START * 1000 });
    plane.symbol("X");
    let silent = 0;
    feedDays(plane, "X", days.slice(0, 298), (signals) => (silent += signals.length), layout.FLAG_HISTORY);
    expect(silent).toBe(0);
    expect(cell(plane, layout.CELL_MISSING)).toBe(0);
    const said: SignalRecord[] = [];
    feedDays(plane, "X", days.slice(298, 299), (signals) => said.push(...signals));
    expect(said.filter(({ strategy }) => strategy === CODE)).toHaveLength(1);
  });

  it("decides anew with the next close after new parameters or after it was enabled", () => {
    const days = madeDays(walk(new Random(11), 280, 100, 0.004, 0.003), START);
    const plane = new TestPlane({ clock: START * 1000 });
    plane.symbol("X");
    const decided: number[] = [];
    const exits: number[] = [];
    days.forEach((day, index) => {
      if (index === 257) plane.instances.enable(CODE, false);
      if (index === 258) plane.instances.enable(CODE, true);
      feedDays(plane, "X", [day], (signals) => {
        const actions = signals.filter(({ strategy }) => strategy === CODE).map(({ action }) => action);
        if (actions.includes(layout.ACTION_EXIT)) exits.push(index);
        if (actions.some((action) => action !== layout.ACTION_EXIT)) decided.push(index);
      });
    });
    expect(decided.slice(0, 2)).toEqual([252, 258]);
    expect(exits[0]).toBe(257); // what was held when it fell silent
  });
});

describe("the decisions of macro_trend_tracker", () => {
  const strip = (said: readonly Said[]): readonly unknown[] =>
    said.map(({ day, action, values }) => [day, action, ...values]);

  it("do not change when all prices are a thousand times as high, or tiny, or huge", () => {
    const closes = turning(12);
    const usual = run(madeDays(closes, START)).said;
    for (const scale of [1000, 1e-10, 1e7]) {
      const scaled = run(
        madeDays(
          closes.map((close) => close * scale),
          START,
        ),
      ).said;
      expect(scaled.map(({ day, action }) => [day, action])).toEqual(usual.map(({ day, action }) => [day, action]));
      scaled.forEach((signal, index) => expect(signal.values[1]).toBeCloseTo(usual[index]!.values[1], 9));
    }
  });

  it("are mirrored when the logarithms of the prices are", () => {
    const closes = turning(13);
    const flat = (list: readonly number[]): readonly Day[] =>
      list.map((close, day) => ({ ms: START + day * DAY_MS, high: close, low: close, close }));
    // A wide stop in both: the ranges of mirrored prices are not equal, only the returns are.
    const parameters = { stop_atr: 50 };
    const usual = run(flat(closes), { parameters }).said;
    const mirrored = run(flat(closes.map((close) => 10_000 / close)), { parameters }).said;
    const turned = usual.map(({ day, action }) => [day, action === BUY ? SELL : action === SELL ? BUY : EXIT]);
    expect(mirrored.map(({ day, action }) => [day, action])).toEqual(turned);
  });

  it("of a beginning of a tape are the beginning of its decisions", () => {
    const days = madeDays(turning(14), START);
    const whole = strip(run(days).said);
    for (const length of [300, 555, 800]) {
      expect(strip(run(days.slice(0, length)).said)).toEqual(whole.filter((row) => (row as number[])[0]! < length));
    }
  });

  it("are none, and nothing becomes NaN, while a price does not move", () => {
    const { said, plane } = run(
      madeDays(
        Array.from({ length: 400 }, () => 5),
        START,
      ),
    );
    expect(said).toHaveLength(0);
    for (let column = 0; column < layout.TREND_COLUMNS; column++) expect(cell(plane, column)).not.toBeNaN();
    expect(cell(plane, BLEND)).toBe(0);
  });

  it("survive days that are missing, come twice or come late", () => {
    const random = new Random(15);
    const days = madeDays(turning(15), START).flatMap((day) =>
      random.next() < 0.1 ? [] : random.next() < 0.1 ? [day, day] : [day],
    );
    const late = days.map((day, index) => (index % 50 === 7 ? { ...day, ms: day.ms - 5 * DAY_MS } : day));
    const { said, plane } = run(late);
    expect(said.length).toBeGreaterThan(10);
    for (let column = 0; column < layout.TREND_COLUMNS; column++) expect(cell(plane, column)).not.toBeNaN();
  });

  it("find a planted trend within the longest horizon, and follow its turn", () => {
    const { said } = run(madeDays(turning(16), START));
    const sides = said.filter(({ action }) => action !== EXIT);
    expect(sides.filter(({ day, action }) => day < 600 && action !== BUY)).toHaveLength(0);
    expect(sides.filter(({ day, action }) => day > 600 + 252 && action !== SELL)).toHaveLength(0);
    expect(sides.some(({ day, action }) => action === SELL && day < 600 + 252)).toBe(true);
  });

  it("are the same one lane at a time and two", () => {
    const planes = [new TestPlane({ clock: START * 1000 }), new TestPlane({ clock: START * 1000 })];
    const closes = [turning(17), turning(18), turning(19)];
    planes.forEach((plane, which) => {
      closes.forEach((_, symbol) => plane.symbol(`S${symbol}`));
      for (let day = 0; day < 400; day++) {
        plane.pass(DAY_MS * 500);
        closes.forEach((list, symbol) => plane.trade(`S${symbol}`, list[day]!));
        plane.settle();
        plane.pass(DAY_MS * 500);
        if (which === 0) plane.core.closeBarsLanes(plane.clock);
        else plane.core.closeBarsScalar(plane.clock);
      }
      plane.settle();
    });
    expect(cell(planes[0]!, BLEND)).not.toBe(0);
    expect(planes[0]!.hash()).toBe(planes[1]!.hash());
  });
});
