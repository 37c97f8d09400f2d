// The strategy that a learned model becomes: the model's own probabilities, in the sandbox that everybody's code runs in.
import { afterAll, describe, expect, it } from "vitest";
import {
  encodeModel,
  INPUTS,
  inputsOf,
  type Model,
  modelHash,
  modelOf,
  probabilities,
  strategySource,
  TRAIN,
  trainModel,
  WARM_BARS,
  Workbench,
} from "../../../src/learning/models.ts";
import type { DecisionTold } from "../../../src/research/research.ts";
import { CodeBench } from "../../support/code-runs.ts";
import { barHistory, tickHistory } from "../../support/learning/bar-tables.ts";
import { surgeMarket } from "../../support/learning/surge-market.ts";
import { Random } from "../../support/random.ts";

const bench = new Workbench();
const code = new CodeBench();
const bars = surgeMarket({ seed: 4, bars: 2_000, edge: 1 });

async function decisionsOf(model: Model, parameters: Readonly<Record<string, number>> = {}) {
  const decisions: DecisionTold[] = [];
  const source = strategySource(model, modelHash(encodeModel(model)));
  const outcome = await code.run(
    barHistory(bars),
    source,
    { parameters },
    { onDecision: (told) => decisions.push(told) },
  );
  return { decisions, outcome };
}

/** Trees that ask for every input; made up, so that it does not matter what is learnt. */
function randomTrees(): Model {
  const random = new Random(6);
  const { columns } = inputsOf(bench, bars);
  const words = Uint32Array.from({ length: 7 * 40 }, (_, node) => 2 * (node % INPUTS.length) + (node & 1));
  const drawn = (word: number): number => columns[word >> 1]?.[WARM_BARS + random.integer(1_500)] ?? 0;
  const thresholds = Float64Array.from(words, (word) => drawn(word) * 1.0001);
  const leaves = Float64Array.from({ length: 8 * 40 }, () => 0.2 * random.normal());
  const weights = { kind: "trees", depth: 3, base: 0, thresholds, words, leaves } as const;
  return { weights, enter: 0.5, barMs: 60_000, stopRanges: 1.5, targetRanges: 2, bars: 12 };
}

describe("the strategy of a model", () => {
  const trained = trainModel(bench, bars, { ...TRAIN, rounds: 20 });
  if (trained === null) throw new Error("there was nothing to train on");
  const learned = modelOf(trained, TRAIN);

  afterAll(() => code.close());

  it.each([
    ["that was trained", learned],
    ["of trees over every input", randomTrees()],
  ])("%s buys with the probability that training gave the bar, wherever it is flat", async (_, model) => {
    const { decisions, outcome } = await decisionsOf(model);
    const given = probabilities(bench, model.weights, inputsOf(bench, bars).columns);
    const buys = decisions.filter(({ action }) => action === "buy");
    expect(buys.length).toBeGreaterThan(20);
    for (const { event, confidence } of buys) expect(confidence).toBeCloseTo(given[event] ?? Number.NaN, 9);
    const first = given.findIndex((p, bar) => bar >= WARM_BARS && p >= model.enter);
    expect(buys[0]?.event).toBe(first);
    expect(outcome.trades.length).toBeGreaterThanOrEqual(buys.length - 1);
  });

  it("makes one bar of the trades and quotes of a bar, late ones and those of one instant among them", async () => {
    const decisions: DecisionTold[] = [];
    const source = strategySource(learned, modelHash(encodeModel(learned)));
    await code.run(tickHistory(bars), source, {}, { onDecision: (told) => decisions.push(told) });
    const given = probabilities(bench, learned.weights, inputsOf(bench, bars).columns);
    const buys = decisions.filter(({ action }) => action === "buy");
    expect(buys.length).toBeGreaterThan(20);
    const began = (bars.time[0] ?? 0) - 60e6;
    for (const { time, confidence } of buys)
      expect(confidence).toBeCloseTo(given[Math.floor((time - began) / 60e6) - 1] ?? Number.NaN, 9);
  });

  it("holds for no more bars than its labels looked ahead", async () => {
    const { outcome } = await decisionsOf(learned, { enter: 0.01, stop_ranges: 19, target_ranges: 19, bars: 5 });
    expect(outcome.trades.length).toBeGreaterThan(200);
    for (const { entryTime, exitTime } of outcome.trades) expect((exitTime - entryTime) / 60e6).toBeLessThanOrEqual(6);
  });
});
