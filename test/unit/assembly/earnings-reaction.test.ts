import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import {
  closesOf,
  EAR,
  HOUR,
  live,
  measured,
  quiet,
  randomMarket,
  settled,
  stage,
  START,
  SUE,
  surprised,
} from "../../support/earnings-stage.ts";
import { SHARED } from "../../support/golden-data.ts";
import { GoldenData } from "../../support/golden/data.ts";
import type { LoneInstance } from "../../support/lone-instance.ts";
import { near } from "../../support/spoken.ts";
import { DAY, EarningsTwin } from "../../support/twins/earnings-reaction.ts";

const { ACTION_BUY, ACTION_EXIT, ACTION_SELL } = layout;

describe("earnings_reaction", () => {
  it("agrees with its twin on random reports, reactions and every signal", () => {
    const spoken = new Set<number>();
    for (const seed of [1, 2, 3]) {
      const on = stage();
      measured(on);
      const { days, filed } = randomMarket(seed, 4_000);
      const twin = new EarningsTwin(closesOf(days));
      live(on, twin, days, filed);
      near(on.spoken, twin.signals);
      expect(on.cell(SUE)).toBeCloseTo(twin.sue, 9);
      expect(on.cell(EAR)).toBeCloseTo(twin.ear, 9);
      on.actions.forEach((action) => spoken.add(action));
      expect(on.actions.length).toBeGreaterThan(3);
      expect(on.broken).toEqual([]);
    }
    expect(spoken).toEqual(new Set([ACTION_BUY, ACTION_SELL, ACTION_EXIT]));
  });

  it("agrees with its twin on real prices of a stock and of its market", (context) => {
    const folder = join(SHARED, "data");
    if (!existsSync(folder)) context.skip("../shared/data is not there");
    const data = new GoldenData(folder);
    const sources = ["close", "high", "low"].map((column) => ({ file: "equity/1d/AAPL.csv.gz", column }));
    const [close, high, low, market] = data.join([...sources, { file: "equity/1d/SPY.csv.gz", column: "close" }]);
    const days = close!.slice(2_000, 5_000).map((value, index) => {
      return { close: value, high: high![index + 2_000]!, low: low![index + 2_000]!, market: market![index + 2_000]! };
    });
    let signals = 0;
    for (const seed of [8, 9, 10]) {
      const on = stage();
      measured(on);
      const twin = new EarningsTwin(closesOf(days));
      live(on, twin, days, randomMarket(seed, days.length).filed);
      near(on.spoken, twin.signals);
      signals += on.actions.length;
    }
    expect(signals).toBeGreaterThan(5);
  });

  it("buys a confirmed positive surprise and sells a negative one, with stops by ATR20 and a target of 3 R", () => {
    for (const side of [1, -1]) {
      const on = stage();
      surprised(on, side, 100 + 3 * side);
      const signal = on.signals[0]!;
      expect(on.actions).toEqual([side > 0 ? ACTION_BUY : ACTION_SELL]);
      expect(signal.entry).toBe(100 + 3 * side);
      const risk = (signal.entry - signal.stop) * side;
      expect(risk).toBeCloseTo(2 * ((19 + 3.5) / 20), 9);
      expect((signal.target - signal.entry) * side).toBeCloseTo(3 * risk, 9);
      expect(signal.values[0] * side).toBeCloseTo(1 / Math.sqrt(0.08 / 7), 2);
      expect(signal.values[1]).toBeCloseTo(Math.log(1 + 0.03 * side), 9);
      expect(signal.confidence).toBe(0.9);
    }
  });

  it("grades its confidence by surprise and reaction", () => {
    const on = stage({ parameters: { sue_min: 0.1 } });
    const end = settled(on);
    on.earnings(end + DAY / 2, 1.05, 1);
    for (let day = 1; day <= 1; day++) quiet(on, end + DAY, 100.02);
    const { confidence, values } = on.signals[0]!;
    const sigma = Math.sqrt(0.06) * Math.log(1.0002);
    expect(confidence).toBeCloseTo(
      Math.min(0.9, 0.5 + 0.25 * Math.tanh(values[0] / 2) + 0.25 * Math.tanh(values[1] / (2 * sigma))),
      9,
    );
    expect(confidence).toBeLessThan(0.9);
  });

  it("asks for a surprise beyond the threshold", () => {
    const on = stage({ parameters: { sue_min: 20 } });
    surprised(on, 1, 103);
    expect(on.cell(SUE)).toBeGreaterThan(1.5);
    expect(on.actions).toEqual([]);
  });

  it("asks for a reaction of the same sign, and looks again a day later", () => {
    const on = stage();
    const end = surprised(on, 1, 99);
    expect(on.actions).toEqual([]);
    quiet(on, end + DAY, 104);
    expect(on.actions).toEqual([ACTION_BUY]);
    const never = stage();
    const after = surprised(never, 1, 99);
    quiet(never, after + DAY, 98);
    quiet(never, after + 2 * DAY, 120);
    quiet(never, after + 3 * DAY, 130);
    expect(never.actions).toEqual([]);
  });

  it("does not trade a report that becomes known when three closes have followed the reaction day's", () => {
    for (const [closes, signals] of [
      [3, 1],
      [4, 0],
    ] as const) {
      const on = stage();
      const end = settled(on);
      for (let day = 1; day <= closes; day++) quiet(on, end + day * DAY, 103);
      on.earnings(end + DAY / 2, 2, 1, end + (closes + 0.5) * DAY);
      quiet(on, end + (closes + 1) * DAY, 103);
      expect(on.actions).toHaveLength(signals);
    }
  });

  it("waits for eight errors", () => {
    const on = stage();
    for (let quarter = 0; quarter < 7; quarter++) on.earnings(START + quarter * 91 * DAY, 1 + 0.1 * (quarter % 2), 1);
    const end = START + 7 * 91 * DAY;
    on.earnings(end - DAY, 9, 1);
    quiet(on, end, 100);
    quiet(on, end + DAY, 110);
    expect(on.cell(SUE)).toBe(0);
    expect(on.actions).toEqual([]);
  });

  it("expects the quarter of a year ago plus the mean yearly change where there is no consensus", () => {
    const on = stage({ parameters: { errors_min: 2 } });
    const eps = [1, 2, 3, 4, 1.5, 2.1, 3.7];
    eps.forEach((actual, quarter) => on.earnings(START + quarter * 91 * DAY, actual));
    // Errors: 1.5 - 1, 2.1 - (2 + .5), 3.7 - (3 + .3); the next is expected at 4 + (.5 + .1 + .7) / 3.
    on.earnings(START + 7 * 91 * DAY, 5);
    const errors = [0.5, -0.4, 0.4];
    const mean = errors.reduce((sum, x) => sum + x, 0) / 3;
    const sd = Math.sqrt(errors.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 2);
    expect(on.cell(SUE)).toBeCloseTo((5 - (4 + 1.3 / 3)) / sd, 9);
  });

  it("leaves after sixty trading days", () => {
    const on = stage({ parameters: { days_before: 0, stop_atr: 50, target_r: 50 } });
    const end = surprised(on, 1, 103);
    for (let day = 1; day < 60; day++) quiet(on, end + day * DAY, 103);
    expect(on.actions).toEqual([ACTION_BUY]);
    quiet(on, end + 60 * DAY, 103);
    expect(on.actions).toEqual([ACTION_BUY, ACTION_EXIT]);
  });

  it("leaves three days before the next report is due by the usual distance", () => {
    const on = stage({ parameters: { hold_samples: 250, stop_atr: 50, target_r: 50 } });
    const end = surprised(on, 1, 103);
    for (let day = 1; day < 88; day++) quiet(on, end + day * DAY, 103);
    expect(on.actions).toEqual([ACTION_BUY]);
    quiet(on, end + 88 * DAY, 103);
    expect(on.actions).toEqual([ACTION_BUY, ACTION_EXIT]);
  });

  it("leaves when the next report comes early", () => {
    const on = stage();
    const end = surprised(on, 1, 103);
    on.earnings(end + 10 * DAY, 1, 1);
    expect(on.actions).toEqual([ACTION_BUY, ACTION_EXIT]);
  });

  it("leaves at its stop and at its target", () => {
    for (const [close, actions] of [
      [101, [ACTION_BUY]],
      [100.7, [ACTION_BUY, ACTION_EXIT]],
      [109, [ACTION_BUY]],
      [110, [ACTION_BUY, ACTION_EXIT]],
    ] as const) {
      const on = stage();
      const end = surprised(on, 1, 103);
      quiet(on, end + DAY, close);
      expect(on.actions).toEqual(actions);
    }
  });
});

describe("an earnings_reaction cell", () => {
  it("says that it wants reports, then how many samples its history lacks", () => {
    const on = stage();
    expect(on.cell(layout.CELL_WANTS)).toBe(layout.INPUT_EARNINGS);
    on.earnings(START, 1, 1);
    expect(on.cell(layout.CELL_WANTS)).toBe(0);
    expect(on.cell(layout.CELL_MISSING)).toBe(7 * 63);
    settled(on);
    expect(on.cell(layout.CELL_MISSING)).toBe(0);
  });

  it("does not depend on the unit of the price, and turns with its sign", () => {
    const { days, filed } = randomMarket(21, 3_000);
    const one = stage();
    live(one, null, days, filed);
    expect(one.actions.length).toBeGreaterThan(5);
    for (const scale of [1e-8, 1e7]) {
      const other = stage();
      live(other, null, days, filed, scale);
      near(
        other.spoken.map((signal) => ({
          ...signal,
          entry: signal.entry / scale,
          stop: signal.stop / scale,
          target: signal.target / scale,
        })),
        one.spoken,
      );
    }
    const mirrored = stage();
    const turned = days.map(({ close, high, low, market }) => ({
      close: 1e4 / close,
      high: 1e4 / low,
      low: 1e4 / high,
      market,
    }));
    live(
      mirrored,
      null,
      turned,
      filed.map((report) => ({ ...report, actual: 2 - report.actual })),
    );
    const entries = (on: LoneInstance): readonly number[] => on.actions.filter((action) => action !== ACTION_EXIT);
    expect(entries(mirrored).length).toBeGreaterThan(2);
    expect(mirrored.signals.slice(0, 1).map(({ action, time }) => [3 - action, time])).toEqual(
      one.signals.slice(0, 1).map(({ action, time }) => [action, time]),
    );
  });

  it("knows nothing of what comes later", () => {
    const { days, filed } = randomMarket(22, 3_000);
    const whole = stage();
    live(whole, null, days, filed);
    const prefix = stage();
    live(prefix, null, days.slice(0, 2_000), filed);
    expect(prefix.actions.length).toBeGreaterThan(0);
    expect(whole.spoken.slice(0, prefix.signals.length)).toEqual(prefix.spoken);
  });

  it("ignores a report that is not later than the last, and stays sane over constant prices", () => {
    const on = stage();
    const end = settled(on);
    const before = on.cell(SUE);
    on.earnings(START, 50, 1, end + 1);
    expect(on.cell(SUE)).toBe(before);
    on.earnings(end + HOUR, 1, 1);
    on.earnings(end + HOUR, 5, 1);
    for (let day = 1; day < 40; day++) on.bar(end + day * DAY, [100, 100, 100, 100], 86_400_000);
    expect(on.actions).toEqual([]);
    expect(on.broken).toEqual([]);
  });

  it("begins anew with history behind the first live events, and is silent on it", () => {
    const on = stage();
    on.earnings(START, 3, 1);
    for (let quarter = 9; quarter > 0; quarter--) {
      on.earnings(
        START - quarter * 91 * DAY,
        quarter % 2 ? 1.1 : 0.9,
        1,
        START - quarter * 91 * DAY,
        layout.FLAG_HISTORY,
      );
    }
    expect(on.cell(layout.CELL_MISSING)).toBe(3);
    on.earnings(START + DAY, 3, 1);
    expect(on.cell(SUE)).toBeGreaterThan(10);
    expect(on.actions).toEqual([]);
  });
});
