// What the tests of earnings_reaction share: a lone instance, a random market with reports, and quiet quarters.
import * as layout from "../../assembly/layout.ts";
import * as reference from "../../assembly/reference.ts";
import { LoneInstance, type LoneOptions } from "./lone-instance.ts";
import { Random } from "./random.ts";
import { DAY, type EarningsTwin, type Report } from "./twins/earnings-reaction.ts";

export const SUE = layout.CELL_FIXED + 2;
export const EAR = layout.CELL_FIXED + 5;
export const HOUR = DAY / 24;
/** A Monday, midnight. */
export const START = Date.UTC(2020, 0, 6) * 1000;

export function stage(options: LoneOptions = {}): LoneInstance {
  return new LoneInstance("earnings_reaction", layout.EARNINGS_REACTION, layout.EARNINGS_COLUMNS, {
    clock: START,
    ...options,
  });
}

export interface Day {
  readonly close: number;
  readonly high: number;
  readonly low: number;
  readonly market: number;
}
type Filed = Report & { readonly known: number };

/** The day's bar of symbol and benchmark, after the reports that came in before its end. */
export function live(
  on: LoneInstance,
  twin: EarningsTwin | null,
  days: readonly Day[],
  filed: readonly Filed[],
  scale = 1,
): void {
  let next = 0;
  days.forEach(({ close, high, low, market }, index) => {
    const end = START + (index + 1) * DAY;
    for (let one = filed[next]; one && one.known < end; one = filed[++next]) {
      on.earnings(one.announced, one.actual, one.expected, one.known);
      twin?.report(one, one.known);
    }
    on.bar(end, [market, market, market, market], 86_400_000, "SPY");
    on.bar(end, [close * scale, high * scale, low * scale, close * scale], 86_400_000);
    twin?.bar({ time: end, close, high, low });
  });
}

/** Quarterly reports, most with a consensus, some late, some twice; prices react to the surprise now and then. */
export function randomMarket(seed: number, count: number): { days: Day[]; filed: Filed[] } {
  const random = new Random(seed);
  const filed: Filed[] = [];
  const shocks = new Map<number, number>();
  for (let day = 5; day < count; day += 85 + random.integer(12)) {
    const announced = START + (day + random.next()) * DAY;
    const late = random.next() < 0.3 ? random.between(0, 5 * DAY) : 0;
    const error = random.next() < 0.5 ? 0.1 * random.normal() : 0.5 * random.normal();
    const expected = random.next() < 0.7 ? 1 : Number.NaN;
    filed.push({ actual: 1 + error, expected, announced, known: announced + late });
    if (random.next() < 0.1) filed.push({ actual: 9, expected: 1, announced, known: announced + late });
    shocks.set(day, Math.sign(error) * random.between(-0.02, 0.1));
  }
  let [close, market] = [100, 300];
  const days = Array.from({ length: count }, (_, day) => {
    const step = 0.01 * random.normal();
    market *= Math.exp(step);
    close *= Math.exp(step + 0.01 * random.normal() + (shocks.get(day) ?? 0));
    return { close, high: close * (1 + 0.01 * random.next()), low: close * (1 - 0.01 * random.next()), market };
  });
  return { days, filed };
}
export function closesOf(days: readonly Day[]): Map<number, number> {
  return new Map(days.map(({ market }, index) => [START / DAY + index, market]));
}
export function measured(on: LoneInstance): void {
  on.plane.symbol("SPY");
  on.instrument(reference.INSTRUMENT_BENCHMARK, on.plane.symbol("SPY") + 1);
}

/** Nine quarters of small errors, thirty quiet bars before the last one; returns the end of the last bar. */
export function settled(on: LoneInstance, scale = 1): number {
  for (let quarter = 0; quarter < 9; quarter++) {
    on.earnings(START + quarter * 91 * DAY, quarter % 2 === 0 ? 1.1 : 0.9, 1);
  }
  const begin = START + 8 * 91 * DAY;
  for (let day = 1; day <= 30; day++) quiet(on, begin + day * DAY, 100 * scale, scale);
  return begin + 30 * DAY;
}
export function quiet(on: LoneInstance, end: number, close: number, scale = 1): void {
  on.bar(end, [close, close + 0.5 * scale, close - 0.5 * scale, close], 86_400_000);
}
/** A surprise of one sign half a day before the bar that closes at `price`. */
export function surprised(on: LoneInstance, side: number, price: number): number {
  const end = settled(on);
  on.earnings(end + DAY / 2, 1 + side, 1);
  quiet(on, end + DAY, price);
  return end + DAY;
}
