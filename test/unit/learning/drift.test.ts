// Drift of learned models: what is found, how late, and how often it is found where nothing changed.
import { describe, expect, it } from "vitest";
import {
  type Bars,
  FRESH_WATCH,
  INPUTS,
  lossDrifts,
  modelOf,
  recheck,
  stabilityLimit,
  stabilityOf,
  TRAIN,
  trainModel,
  watched,
  Workbench,
} from "../../../src/learning/models.ts";
import { referenceOf } from "../../../src/learning/models/drift.ts";
import { surgeMarket } from "../../support/learning/surge-market.ts";
import { Random } from "../../support/random.ts";

const bench = new Workbench();
const { core } = bench;

/** Outcomes until the watch drifts, of at most `most`; what is given comes true with the probability `truth`. */
function untilDrift(seed: number, truth: (given: number) => number, most: number): number {
  const random = new Random(seed);
  let watch = FRESH_WATCH;
  for (let outcome = 1; outcome <= most; outcome++) {
    const given = random.between(0.45, 0.85);
    watch = watched(core, watch, { base: 0.65 }, Number(random.next() < truth(given)), given);
    if (lossDrifts(watch)) return outcome;
  }
  return Infinity;
}
const SEEDS = Array.from({ length: 50 }, (_, seed) => seed + 1);

describe("the watch on losses", () => {
  it("finds in 50 seeds of 50 an edge that has turned within 150 outcomes, and one that is gone within 500", () => {
    const delays = (truth: (given: number) => number): readonly number[] =>
      SEEDS.map((seed) => untilDrift(seed, truth, 1_000));
    expect(Math.max(...delays((given) => 1 - given))).toBeLessThanOrEqual(150);
    expect(Math.max(...delays(() => 0.65))).toBeLessThanOrEqual(500);
    expect(Math.min(...delays(() => 0.65))).toBeGreaterThan(20);
  });

  it("is silent for 1,000 outcomes in 48 seeds of 50 where the model is right", () => {
    const alarms = SEEDS.filter((seed) => untilDrift(seed, (given) => given, 1_000) < Infinity);
    expect(alarms.length, `seeds ${alarms.join(", ")}`).toBeLessThanOrEqual(2);
  });
});

describe("the stability of inputs", () => {
  const ROWS = 8_000;
  const columns = (seed: number, scale: number): readonly Float64Array[] => {
    const random = new Random(seed);
    return INPUTS.map((_, place) =>
      Float64Array.from({ length: ROWS }, () => (place === 3 ? scale : 1) * random.normal()),
    );
  };

  it("names the input whose values have changed and no other", () => {
    const found = stabilityOf(core, referenceOf(columns(1, 1), new Float64Array(ROWS)), columns(2, 2.5));
    expect(found.filter(({ index }) => index > stabilityLimit(ROWS, ROWS)).map(({ input }) => input)).toEqual([
      "rsi_14",
    ]);
  });

  it("asks for more where there are fewer rows", () => {
    expect(stabilityLimit(ROWS, ROWS)).toBe(0.25);
    expect(stabilityLimit(2_400, 500)).toBeGreaterThan(2);
  });

  it("counts values that are missing now as a change", () => {
    const now = columns(3, 1).map((column, place) => (place === 8 ? column.fill(Number.NaN) : column));
    const found = stabilityOf(core, referenceOf(columns(1, 1), new Float64Array(ROWS)), now);
    expect(found.filter(({ index }) => index > stabilityLimit(ROWS, ROWS)).map(({ input }) => input)).toEqual([
      "volume_20",
    ]);
  });
});

describe("a decaying edge", () => {
  const LEARNT = 2_500;
  const settings = { ...TRAIN, seed: 4 };
  const market = (bars: number, until: number): Bars => surgeMarket({ seed: 4, bars, edge: 1.5, until });
  const found = trainModel(bench, market(LEARNT, Infinity), settings);
  if (found === null) throw new Error("there was nothing to train on");
  const model = modelOf(found, settings);
  const known = {
    reference: found.reference,
    watch: FRESH_WATCH,
    until: market(LEARNT, 0).time[LEARNT - 1] ?? 0,
    cost: TRAIN.cost,
  };

  it("is noticed within 250 bets, and one that lasts is left alone", () => {
    expect(found.evidence.holds).toBe(true);
    const lasting = recheck(bench, model, known, market(9_000, Infinity));
    expect([lasting.drifts, lasting.watch.seen > 200]).toEqual([[], true]);
    const faded = recheck(bench, model, known, market(9_000, LEARNT));
    expect(faded.drifts.join()).toContain("bets it foretells no better than the base rate");
  });

  it("is noticed the same when the bars come in parts", () => {
    const whole = market(5_000, LEARNT + 500);
    const part = recheck(bench, model, known, market(4_000, LEARNT + 500));
    const rest = recheck(bench, model, { ...known, ...part }, whole);
    const once = recheck(bench, model, known, whole);
    expect(rest.rows + part.rows).toBe(once.rows);
    expect(rest.until).toBe(once.until);
    expect(rest.watch.seen).toBeGreaterThanOrEqual(once.watch.seen);
    expect(Math.abs(rest.watch.seen - once.watch.seen)).toBeLessThanOrEqual(1);
  });
});
