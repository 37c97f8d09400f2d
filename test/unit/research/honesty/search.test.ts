import { describe, expect, it } from "vitest";
import { stabilityMap, walkForward, walkForwardWindows } from "../../../../src/research/honesty/honesty.ts";
import type { Evaluate } from "../../../../src/research/outcome.ts";
import { FIGURES, trialOf } from "../../../support/research/outcomes.ts";

const OPTIONS = { from: 0, to: 1_000, folds: 4, trainRatio: 1, anchored: false, embargoUs: 0 };

describe("the windows of a walk-forward", () => {
  it("roll: each test stretch follows its training stretch, and all adjoin until the end", () => {
    const windows = walkForwardWindows(OPTIONS);
    expect(windows.map(({ trainFrom, trainTo, testFrom, testTo }) => [trainFrom, trainTo, testFrom, testTo])).toEqual([
      [0, 200, 200, 400],
      [200, 400, 400, 600],
      [400, 600, 600, 800],
      [600, 800, 800, 1_000],
    ]);
  });

  it("are anchored: each training begins at the start", () => {
    const windows = walkForwardWindows({ ...OPTIONS, anchored: true });
    expect(windows.map(({ trainFrom }) => trainFrom)).toEqual([0, 0, 0, 0]);
    expect(windows.map(({ trainTo }) => trainTo)).toEqual([200, 400, 600, 800]);
  });

  it("keep the embargo between search and judgement", () => {
    for (const { trainFrom, trainTo, testFrom } of walkForwardWindows({ ...OPTIONS, embargoUs: 50 })) {
      expect(testFrom - trainTo).toBe(50);
      expect(trainFrom).toBeGreaterThanOrEqual(0);
    }
  });

  it.each([{ folds: 0 }, { to: 0 }, { trainRatio: 0 }, { embargoUs: 2_000 }, { folds: 5_000 }])(
    "%j gives none",
    (bad) => {
      expect(walkForwardWindows({ ...OPTIONS, ...bad })).toEqual([]);
    },
  );
});

describe("a walk-forward", () => {
  /** Parameter x earns x a step in the first half of the data, and half of it later. */
  const evaluate: Evaluate = async (parameters, span) => {
    const [from, to] = [span?.from ?? 0, span?.to ?? 1_000];
    const returns = Float64Array.from(
      { length: to - from },
      (_, index) => parameters["x"]! * (from + index < 500 ? 1 : 0.5),
    );
    return { ...trialOf(parameters, returns, parameters["x"]), figures: { ...FIGURES, totalReturn: returns[0]! } };
  };

  it("shows the search the training stretch only, and judges on the next one", async () => {
    const seen: [number, number][] = [];
    const watched: Evaluate = (parameters, span) => {
      seen.push([span!.from!, span!.to!]);
      return evaluate(parameters, span);
    };
    const windows = walkForwardWindows({ ...OPTIONS, embargoUs: 40 });
    const found = await walkForward(watched, windows, async (bound) => {
      await bound({ x: 0.01 });
      return bound({ x: 0.02 }, { from: -5_000, to: 5_000 });
    });
    expect(seen).toEqual(
      windows.flatMap((one) => [
        [one.trainFrom, one.trainTo],
        [one.trainFrom, one.trainTo],
        [one.testFrom, one.testTo],
      ]),
    );
    expect(found).toMatchObject({ evaluations: 8, empty: 0, profitable: 1 });
    expect(found.returns).toHaveLength(windows.reduce((sum, one) => sum + one.testTo - one.testFrom, 0));
  });

  it("has the share of the gain that is left as its efficiency", async () => {
    const windows = walkForwardWindows({ ...OPTIONS, folds: 1 });
    const found = await walkForward(evaluate, windows, (bound) => bound({ x: 0.02 }));
    expect(found.inSampleMean).toBeCloseTo(0.02, 12);
    expect(found.efficiency).toBeCloseTo(0.5, 12);
  });

  it("goes on where a search finds nothing, and has no efficiency without a gain", async () => {
    const windows = walkForwardWindows(OPTIONS);
    let asked = 0;
    const found = await walkForward(evaluate, windows, async (bound) => (asked++ === 0 ? null : bound({ x: -0.01 })));
    expect(found).toMatchObject({ empty: 1, efficiency: null, profitable: 0 });
    const none = await walkForward(evaluate, windows, async () => null);
    expect(none).toMatchObject({ empty: 4, efficiency: null, profitable: null, outOfSampleMean: null });
  });
});

describe("the map around an optimum", () => {
  const grid = { fast: [5, 10, 20], slow: [50, 100] };
  const evaluate: Evaluate = async (parameters) =>
    trialOf(parameters, new Float64Array(), 10 - Math.abs(parameters["fast"]! - 10) - parameters["slow"]! / 100);

  it("changes one parameter by one step, and asks only for what no trial has", async () => {
    const asked: unknown[] = [];
    const optimum = await evaluate({ fast: 10, slow: 100 });
    const known = [optimum, await evaluate({ slow: 50, fast: 10 })];
    const map = await stabilityMap(optimum, known, grid, (parameters) => {
      asked.push(parameters);
      return evaluate(parameters);
    });
    expect(asked).toEqual([
      { fast: 5, slow: 100 },
      { fast: 20, slow: 100 },
    ]);
    expect(map!.neighbours.map(({ parameter, value, score }) => [parameter, value, score])).toEqual([
      ["fast", 5, 4],
      ["fast", 20, -1],
      ["slow", 50, 9.5],
    ]);
    expect(map!.medianKept).toBeCloseTo(4 / 9, 12);
    expect(map!.worstKept).toBeCloseTo(-1 / 9, 12);
  });

  it("has no shares around an optimum that does not gain, and none without a score", async () => {
    const map = await stabilityMap(trialOf({ fast: 10 }, new Float64Array(), -1), [], grid, evaluate);
    expect(map).toMatchObject({ medianKept: null, worstKept: null });
    expect(await stabilityMap(trialOf({ fast: 10 }, new Float64Array(), null), [], grid)).toBeNull();
  });

  it("leaves neighbours open that nobody computed", async () => {
    const map = await stabilityMap(trialOf({ fast: 10, slow: 50 }, new Float64Array(), 2), [], grid);
    expect(map!.neighbours.map(({ score }) => score)).toEqual([null, null, null]);
    expect(map!.medianKept).toBeNull();
  });
});
