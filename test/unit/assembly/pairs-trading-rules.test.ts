import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { GoldenData } from "../../support/golden/data.ts";
import { SHARED } from "../../support/golden-data.ts";
import { PAIR, PairDrive, SECOND, type PairOptions } from "../../support/pair-drive.ts";
import { reasons, refusals, sameAsTwin } from "../../support/pair-twin.ts";
import { cointegratedLogs } from "../../support/paths.ts";
import { Random, walk } from "../../support/random.ts";
import { PAIR_DEFAULTS, pairTwin } from "../../support/twins/pairs-trading.ts";

function market(seed: number, length: number, keep = 0.6): number[][] {
  return cointegratedLogs({ seed, length, keep }).map((logs) => logs.map(Math.exp));
}
function signalsOf(prices: readonly (readonly number[])[], options: PairOptions = {}): SignalRecord[] {
  return new PairDrive(options).run(prices).flatMap(({ signals }) => signals);
}
function spoken(signals: readonly SignalRecord[]): string[] {
  return signals.map(({ symbol, action, clock }) => `${clock} ${symbol} ${action}`);
}

describe("pairs_trading", () => {
  it("opens nothing while the gate is shut, and lets the better way round decide which leg is y", () => {
    let shut = 0;
    const turned = new Set<number>();
    for (const seed of [70, 71, 74]) {
      const random = new Random(seed);
      const prices = [walk(random, 900, 50, 0.002), walk(random, 900, 80, 0.002)];
      const twin = pairTwin(prices, { ...PAIR_DEFAULTS, regateBars: 31, maxLag: 1 });
      const drive = new PairDrive({ parameters: { regate_seconds: 31, max_lag: 1 } });
      sameAsTwin(
        prices[0]?.map((y, bar) => {
          const own = drive.bar([y, prices[1]?.[bar] ?? 0]);
          if (drive.lane(PAIR.gate) > 0) turned.add(drive.lane(PAIR.turned));
          return own;
        }) ?? [],
        twin,
      );
      shut += refusals(twin).gate;
    }
    expect(shut).toBeGreaterThan(500);
    expect(turned).toEqual(new Set([0, 1]));
  });

  it("is flat, and stays so, when one leg goes silent while the other one moves on", () => {
    const [first = [], live = []] = market(90, 700);
    // The second leg ticks in every other stretch of 25 bars.
    const ticks = (leg: number, bar: number): boolean => leg === 0 || bar % 50 < 25;
    const second = live.map((price, bar) => (ticks(1, bar) ? price : (live[bar - (bar % 50) + 24] ?? price)));
    const parameters = { gapBars: 4, exitZ: 0, variance: 0.02, delta: 1e-6, maxLag: 1 };
    const twin = pairTwin([first, second], { ...PAIR_DEFAULTS, ...parameters }, ticks);
    const own = { leg_gap_bars: 4, exit_z: 0, observation_variance: 0.02, delta: 1e-6, max_lag: 1 };
    sameAsTwin(new PairDrive({ parameters: own }).run([first, second], ticks), twin);
    expect(reasons(twin).silent).toBeGreaterThan(0);
    expect(refusals(twin).silent).toBeGreaterThan(0);
  });

  it("is flat when beta leaves its side, and opens nothing without a hedge", () => {
    const random = new Random(91);
    const [follows = [], leads = []] = cointegratedLogs({ seed: 91, length: 700, keep: 0.6 });
    random.normal();
    for (let t = 0; t < 2 * 320; t++) random.normal();
    const loose = follows.map((log) => Math.exp(0.2 * log + 0.004 * random.normal()));
    const prices = [loose, leads.map(Math.exp)];
    const parameters = { entryZ: 0.6, exitZ: 0, stopZ: 6, delta: 1e-2, variance: 0.3, rehedge: 10, regateBars: 50 };
    const twin = pairTwin(prices, { ...PAIR_DEFAULTS, ...parameters });
    const own = {
      entry_z: 0.6,
      exit_z: 0,
      stop_z: 6,
      delta: 1e-2,
      observation_variance: 0.3,
      rehedge: 10,
      regate_seconds: 50,
    };
    sameAsTwin(new PairDrive({ parameters: own }).run(prices), twin);
    expect(reasons(twin).beta).toBeGreaterThan(0);
    expect(refusals(twin).beta).toBeGreaterThan(0);
  });

  it("finds a planted hedge ratio, whichever leg it is told first", () => {
    for (const beta of [0.4, 1.7, -0.8]) {
      const [, leads = []] = cointegratedLogs({ seed: 95, length: 900 });
      const random = new Random(96);
      let spread = 0;
      const follows = leads.map((log) => 1 + beta * log + (spread = 0.6 * spread + 0.0005 * random.normal()));
      for (const order of [0, 1]) {
        const prices = [follows, leads].map((logs) => logs.map(Math.exp));
        const last = signalsOf(order === 0 ? prices : prices.toReversed(), {
          parameters: { delta: 1e-7, entry_z: 0.7, exit_z: 0 },
        }).findLast(({ action, symbol }) => action !== layout.ACTION_EXIT && symbol === 0);
        const [, ratio = 0, , weight = 0] = last?.values ?? [];
        // The leg with weight 1 is y; told the other way round the ratio is the inverse.
        const straight = (weight === 1) === (order === 0);
        expect(Math.abs((straight ? ratio : 1 / ratio) - beta)).toBeLessThan(0.05 * Math.abs(beta));
      }
    }
  });

  it("does not care in which money a leg is quoted, nor how large prices are", () => {
    const prices = market(97, 600);
    const own = signalsOf(prices);
    expect(own.length).toBeGreaterThan(20);
    for (const factors of [
      [1000, 1000],
      [1e-10, 1e7],
    ]) {
      const other = signalsOf(prices.map((path, leg) => path.map((price) => price * (factors[leg] ?? 1))));
      expect(spoken(other)).toEqual(spoken(own));
      other.forEach(({ confidence }, index) => expect(confidence).toBeCloseTo(own[index]?.confidence ?? 0, 6));
    }
  });

  it("takes the other side in a mirrored market", () => {
    const prices = market(98, 600);
    const own = signalsOf(prices);
    const mirrored = signalsOf(prices.map((path) => path.map((price) => 100 / price)));
    expect(own.length).toBeGreaterThan(20);
    expect(mirrored).toHaveLength(own.length);
    const other = new Map([
      [layout.ACTION_BUY, layout.ACTION_SELL],
      [layout.ACTION_SELL, layout.ACTION_BUY],
      [layout.ACTION_EXIT, layout.ACTION_EXIT],
    ]) as ReadonlyMap<number | undefined, number>;
    mirrored.forEach(({ action, confidence, values }, index) => {
      const one = own[index];
      expect(action).toBe(other.get(one?.action));
      expect(confidence).toBeCloseTo(one?.confidence ?? 0, 6);
      expect(values[0]).toBeCloseTo(-(one?.values[0] ?? 0), 6);
    });
  });

  it("gives the same pairs of signals whatever the order of the legs", () => {
    const prices = market(99, 600);
    const own = signalsOf(prices);
    const swapped = signalsOf(prices.toReversed());
    const turned = swapped.map((signal) => ({ ...signal, symbol: 1 - signal.symbol }));
    expect(spoken(turned).sort()).toEqual(spoken(own).sort());
    expect(own.length).toBeGreaterThan(20);
  });

  it("does not look ahead: what comes later changes nothing before it", () => {
    const prices = market(100, 600);
    const drives = [new PairDrive(), new PairDrive()] as const;
    const whole = drives[0].run(prices);
    const other = drives[1].run(prices.map((path) => path.map((price, bar) => (bar < 450 ? price : price * 1.5))));
    expect(other.slice(0, 450)).toEqual(whole.slice(0, 450));
  });

  it("sends both legs or none, each with stop, entry and target in order", () => {
    for (const seed of [101, 102, 103]) {
      for (const { signals } of new PairDrive().run(market(seed, 500))) {
        expect([0, 2]).toContain(signals.length);
        for (const { action, stop, entry, target } of signals) {
          if (action === layout.ACTION_BUY) expect(stop < entry && entry < target).toBe(true);
          if (action === layout.ACTION_SELL) expect(target < entry && entry < stop).toBe(true);
        }
      }
    }
  });

  it("sends none when one of the legs may not speak: its market rests", () => {
    const saturday = Date.UTC(2026, 10, 21, 12) * 1000;
    const assets = [layout.ASSET_CRYPTO, layout.ASSET_FOREX] as const;
    const prices = market(104, 500);
    expect(signalsOf(prices, { clock: saturday }).length).toBeGreaterThan(10);
    expect(signalsOf(prices, { clock: saturday, assets })).toEqual([]);
    expect(signalsOf(prices, { clock: saturday, assets: [assets[1], assets[0]] })).toEqual([]);
  });

  it("keeps the cool-down between two entries, also when it hedges again", () => {
    const options = { parameters: { delta: 1e-3, rehedge: 0.01, entry_z: 1, exit_z: 0 }, cooldownUs: 10 * SECOND };
    const entries = signalsOf(market(73, 700), options).filter(({ action }) => action !== layout.ACTION_EXIT);
    const clocks = entries.filter(({ symbol }) => symbol === 0).map(({ clock }) => clock);
    expect(clocks.length).toBeGreaterThan(20);
    clocks.slice(1).forEach((clock, index) => expect(clock - (clocks[index] ?? 0)).toBeGreaterThanOrEqual(10 * SECOND));
  });

  it("hedges again on the same sides, in the same group, with the confidence of the entry", () => {
    const prices = market(73, 700);
    const parameters = { delta: 1e-3, rehedge: 0.01, entry_z: 1, exit_z: 0, stop_z: 3 };
    let held: readonly SignalRecord[] = [];
    let again = 0;
    for (const { signals } of new PairDrive({ parameters }).run(prices)) {
      if (signals.length === 0) continue;
      const exits = signals.some(({ action }) => action === layout.ACTION_EXIT);
      if (!exits && held.length > 0) {
        again++;
        signals.forEach(({ action, group, confidence, values }, leg) => {
          expect([action, group, confidence]).toEqual([held[leg]?.action, held[leg]?.group, held[leg]?.confidence]);
          expect(values[1]).not.toBe(held[leg]?.values[1]);
        });
      }
      held = exits ? [] : signals;
    }
    expect(again).toBeGreaterThan(10);
  });

  it("is silent and finite when prices stand still, when legs are the same, and at both ends of the numbers", () => {
    const still = Array.from({ length: 320 }, () => 7);
    const moving = market(105, 320);
    const [first = [], second = []] = moving;
    for (const [prices, speaks] of [
      [[still, still], false],
      [[first, still], false],
      [[still, first], false],
      [[first, first], false],
      [[first.map((price) => 1e-8 * price), second.map((price) => 1e8 * price)], true],
    ] as const) {
      const drive = new PairDrive();
      const signals = drive.run(prices).flatMap((bar) => bar.signals);
      expect(signals.length > 0).toBe(speaks);
      expect(drive.columns.every(Number.isFinite)).toBe(true);
    }
  });

  it("begins again after a market that stood still", () => {
    const prices = market(106, 800).map((path) => path.map((price, bar) => (bar < 300 ? 9 : price)));
    const drive = new PairDrive({ parameters: { regate_seconds: 100 } });
    expect(drive.run(prices).flatMap(({ signals }) => signals).length).toBeGreaterThan(4);
    expect(drive.columns.every(Number.isFinite)).toBe(true);
  });
});

const DATA = join(SHARED, "data");
const DAY_MS = 86_400_000;
const PAIRS = [
  ["equity/1d/SHELL_RDP_1990_2005.csv.gz", "SHELL", "equity/1d/SHELL_RDP_1990_2005.csv.gz", "RDP"],
  ["equity/1d/ETF_panel_2008_2016.csv.gz", "EWG", "equity/1d/ETF_panel_2008_2016.csv.gz", "EWQ"],
  ["equity/1d/GOOGL.csv.gz", "close", "equity/1d/GOOG.csv.gz", "close"],
] as const;

describe.skipIf(!existsSync(DATA))("pairs_trading on recorded days (skipped without ../shared)", () => {
  it.each(PAIRS)("does on %s %s what the written-out strategy does", (file, column, other, otherColumn) => {
    const data = new GoldenData(DATA);
    const prices = data
      .join([
        { file, column },
        { file: other, column: otherColumn },
      ])
      .map((path) => path.slice(0, 900));
    const parameters = { window: 250, regate_seconds: (20 * DAY_MS) / 1000, max_lag: 1 };
    const drive = new PairDrive({ barMs: DAY_MS, parameters });
    const twin = pairTwin(prices, { ...PAIR_DEFAULTS, regateBars: 20, maxLag: 1 });
    const seen = sameAsTwin(drive.days(prices), twin);
    expect(twin.some(({ passed }) => passed)).toBe(true);
    expect(seen.enter).toBeGreaterThan(0);
    expect(seen.leave).toBeGreaterThan(0);
  });
});
