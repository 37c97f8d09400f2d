// The regime in words that the core names per symbol, on markets in which it is known.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { recorded } from "../../support/days.ts";
import {
  falseAlarms,
  findPlanted,
  PLANTED,
  quantile,
  regimesAlong,
  USUAL,
  type Found,
  type PlantedRegime,
} from "../../support/learning/planted-regimes.ts";
import { Random } from "../../support/random.ts";
import { pieced, regimeCell, runRegimes } from "../../support/regimes.ts";
import { namedTwin } from "../../support/twins/regime-class.ts";

const SEEDS = 50;
const FILTERED = layout.REGIME_COLUMNS - 16 - layout.CELL_FIXED;

const over = (find: (seed: number) => Found): readonly Found[] =>
  Array.from({ length: SEEDS }, (_, index) => find(index + 1));
const delays = (found: readonly Found[]): readonly number[] => found.map(({ delay }) => delay);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Bars within which half, nine of ten and all of the switches are found; the numbers of docs/learning.md. */
const STATED: Readonly<Record<keyof typeof PLANTED, readonly [half: number, most: number, all: number]>> = {
  "a trend of half a deviation": [50, 80, 150],
  "a trend of one deviation": [20, 35, 75],
  "a fall of one deviation": [20, 35, 75],
  "two and a half times the deviation": [12, 25, 40],
  "four tenths of the deviation": [22, 30, 45],
};

describe("a planted switch", () => {
  for (const [what, planted] of Object.entries(PLANTED)) {
    it(`to ${what} is found within the stated delay, and so is its end`, () => {
      const found = over((seed) => findPlanted(seed, planted));
      const [half, most, all] = STATED[what as keyof typeof PLANTED];
      expect(quantile(delays(found), 0.5)).toBeLessThanOrEqual(half);
      expect(quantile(delays(found), 0.9)).toBeLessThanOrEqual(most);
      expect(quantile(delays(found), 1)).toBeLessThanOrEqual(all);
      const back = found.map((one) => one.back);
      expect(quantile(back, 0.5)).toBeLessThanOrEqual(70);
      expect(quantile(back, 0.9)).toBeLessThanOrEqual(120);
    });
  }

  it("is found later without the cumulative sums, without the run lengths, and without the word of volume", () => {
    const trend: PlantedRegime = PLANTED["a trend of one deviation"];
    const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
    // The core with assertions, because that is the one that the audit of rules takes rules out of.
    const found = (parameters: Record<string, number>, volumes?: readonly [number, number, number]): number =>
      mean(seeds.map((seed) => findPlanted(seed, trend, parameters, volumes, "debug").delay));
    const all = found({});
    expect(found({ cusum_h: 100 })).toBeGreaterThan(all + 1);
    expect(found({ run_threshold: 1 })).toBeGreaterThan(all + 1);
    expect(found({}, [1, 3, 1])).toBeLessThan(all - 0.5);
  });

  it("is not found by the filter that expects other deviations", () => {
    const storm = PLANTED["two and a half times the deviation"];
    const blind = over((seed) => findPlanted(seed, storm, { sigma_0: 2.5, sigma_1: 6 }));
    expect(blind.filter(({ delay }) => delay === Infinity).length).toBeGreaterThan(SEEDS / 2);
  });
});

describe("a market without a switch", () => {
  it("has less than one false alarm in a thousand bars, and some", () => {
    let alarms = 0;
    for (let seed = 1; seed <= SEEDS; seed++) alarms += falseAlarms(seed, 1000);
    expect(alarms).toBeGreaterThan(0);
    expect(alarms / SEEDS).toBeLessThan(1);
  });

  it("keeps its regime when one return is wild", () => {
    const closes = pieced(new Random(3), [[700, 0, USUAL]]).map((close, bar) => (bar < 600 ? close : close * 1.01));
    const named = regimesAlong(closes);
    expect(named[599]?.regime).toBe("ranging");
    expect(new Set(named.slice(599, 640).map(({ regime }) => regime))).toEqual(new Set(["ranging"]));
  });
});

describe("the regime of a symbol", () => {
  const closes = pieced(new Random(21), [
    [250, 0, USUAL],
    [100, USUAL, USUAL],
    [80, 0, 2.5 * USUAL],
    [120, 0, 0.3 * USUAL],
  ]);

  it("agrees with its twin, probabilities and word, bar by bar", () => {
    const random = new Random(22);
    const volumes = closes.map((_, bar) => (bar > 250 && bar < 350 ? 3 : 1) * (0.5 + random.next()));
    const twin = namedTwin(closes, volumes);
    const seen = new Set<string>();
    runRegimes(closes, {
      volumes,
      each: (plane, bar) => {
        const row = twin[bar - 76];
        if (row === undefined) return;
        const p = [0, 1, 2, 3, 4].map((state) => regimeCell(plane, FILTERED + state));
        [p[0]! + p[1]!, p[2]!, p[3]!, p[4]!].forEach((value, which) => expect(value).toBeCloseTo(row.p[which]!, 8));
        expect(plane.state.regime(0).regime, `bar ${bar}`).toBe(row.regime);
        seen.add(row.regime);
      },
    });
    expect([...seen].toSorted()).toEqual(["calm", "ranging", "trending", "unknown", "volatile"]);
  });

  it("is unknown at first, has the side of a trend, and the engine clock at which it was taken up", () => {
    const named = regimesAlong(closes);
    expect(named[60]).toEqual({ regime: "unknown", probability: 0, since: 0, side: 0 });
    const up = named.findIndex(({ regime }) => regime === "trending");
    expect(named[up]).toMatchObject({ regime: "trending", side: 1 });
    expect(named[up]!.probability).toBeGreaterThan(0.7);
    const first = named.findIndex(({ regime }) => regime !== "unknown");
    // A minute a bar.
    expect(named[up]!.since - named[first]!.since).toBe((up - first) * 60_000_000);
    expect(named[up + 5]!.since).toBe(named[up]!.since);
    const fall = regimesAlong(closes.map((close) => 1e4 / close));
    expect(fall[up]).toEqual({ ...named[up], side: -1 });
  });

  it("of a beginning of a tape is the beginning of its regimes, whatever the scale of prices and volumes", () => {
    const whole = regimesAlong(closes);
    expect(regimesAlong(closes.slice(0, 320))).toEqual(whole.slice(0, 320));
    const scaled = regimesAlong(
      closes.map((close) => close * 1e-8),
      {},
      closes.map(() => 1e9),
    );
    expect(scaled.map(({ regime }) => regime)).toEqual(whole.map(({ regime }) => regime));
  });

  it("is unknown again when the detector is switched off", () => {
    const { plane } = runRegimes(closes);
    expect(plane.state.regime(0).regime).toBe("calm");
    plane.instances.enable(layout.REGIME_SHIFT_DETECTOR, false);
    plane.settle();
    expect(plane.state.regime(0)).toEqual({ regime: "unknown", probability: 0, since: 0, side: 0 });
  });

  it("was volatile in the crash of March 2020 in recorded bitcoin", () => {
    const columns = recorded("crypto/4h/BTC_USD.csv.gz");
    if (!columns) return; // the recorded prices are beside the checkout, a clone alone does not have them
    const end = columns.get("timestamp_ms")!.findIndex((ms) => ms >= Date.UTC(2020, 2, 16));
    expect(regimesAlong(columns.get("close")!.slice(end - 900, end)).at(-1)?.regime).toBe("volatile");
  });
});
