// Searches over functions whose best point is known.
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/domain/random.ts";
import {
  combinationsOf,
  gridOf,
  parseObjective,
  search,
  type SearchRequest,
  type SearchResult,
  scoreOf,
} from "../../../../src/research/search/search.ts";
import { type Analytic, analytic, hill, NO_FIGURES } from "../../../support/research/analytic.ts";
import { hillSearch } from "../../../support/research/hill-search.ts";

const found = async ({ evaluate }: Analytic, request: SearchRequest): Promise<SearchResult> => {
  const result = await search(evaluate, request);
  if (!result.ok) throw new Error(result.failure);
  return result.value;
};
const GRID: SearchRequest = {
  ...hillSearch("random", null),
  space: [
    { name: "x", values: [1, 2, 3, 4] },
    { name: "y", values: [0.1, 0.01] },
  ],
  method: { kind: "grid", most: 1000 },
};

describe("a search", () => {
  it("by a grid runs every combination once and ranks them", async () => {
    const asked = analytic(hill);
    const { best, trials } = await found(asked, GRID);
    expect(best?.parameters).toEqual({ x: 3, y: 0.01 });
    expect(asked.calls()).toBe(8);
    expect(trials.map(({ score }) => score)).toEqual(
      trials.map(({ score }) => score).sort((a, b) => (b ?? 0) - (a ?? 0)),
    );
  });

  it("by an estimate comes nearer to the top than at random, over many seeds", async () => {
    let nearer = 0;
    for (let seed = 1; seed <= 21; seed++) {
      const [random, tpe] = await Promise.all(
        (["random", "tpe"] as const).map((kind) => found(analytic(hill), { ...hillSearch(kind, null), seed })),
      );
      if ((tpe?.best?.score ?? -9) >= (random?.best?.score ?? 9)) nearer++;
    }
    expect(nearer).toBeGreaterThanOrEqual(14);
  });

  it.each(["random", "tpe"] as const)("%s: gives the same whatever the number of trials at a time", async (kind) => {
    const random = new Random(4);
    const jitter = async (): Promise<void> => {
      for (let turn = random.integer(5); turn > 0; turn--) await setImmediate();
    };
    const alone = await found(analytic(hill), hillSearch(kind, null, 1));
    expect(await found(analytic(hill, undefined, jitter), hillSearch(kind, null, 7))).toEqual(alone);
    expect(alone.trials.length).toBe(60);
  });

  it("tries nothing twice and ends when everything was tried", async () => {
    const asked = analytic(hill);
    const space = GRID.space;
    const { trials } = await found(asked, { ...GRID, space, method: { kind: "tpe", trials: 50 } });
    expect(asked.calls()).toBe(trials.length);
    expect(new Set(trials.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(trials.length);
    expect(trials.length).toBe(8);
  });

  it("counts combinations that make no sense, and does not run them", async () => {
    const asked = analytic(hill);
    const conflict = ({ x }: Readonly<Record<string, number>>): string | null => (x === 3 ? "three is odd" : null);
    const { left, best } = await found(asked, { ...GRID, conflict });
    expect(left).toEqual({ count: 2, reason: "three is odd" });
    expect(asked.calls()).toBe(6);
    expect(best?.parameters["x"]).not.toBe(3);
  });

  it("keeps a trial that breaks a constraint apart, with the reason", async () => {
    const asked = analytic(hill, ({ x }) => ({ trades: x === 3 ? 2 : 40, maxDrawdown: x === 2 ? -0.5 : -0.1 }));
    const { best, trials } = await found(asked, { ...GRID, constraints: { minTrades: 10, maxDrawdown: 0.3 } });
    expect(best?.parameters["x"]).toBe(4);
    expect(trials.find(({ parameters }) => parameters["x"] === 3)?.why).toContain("it has 2 trades");
    expect(trials.find(({ parameters }) => parameters["x"] === 2)?.why).toContain("deeper than 0.3");
  });

  it("goes on where a trial fails", async () => {
    const asked = analytic((set) => {
      if (set["x"] === 2) throw new Error("no bars");
      return hill(set);
    });
    const { trials, best } = await found(asked, GRID);
    expect(best?.parameters["x"]).toBe(3);
    expect(trials.filter(({ why }) => why === "no bars").length).toBe(2);
  });

  it("by halving runs all on the first part, and only the better on the whole", async () => {
    const spans: number[] = [];
    const asked = analytic(hill);
    const request = { ...GRID, halving: { from: 0, to: 1000, shares: [0.25], keep: 4 } };
    const result = await search((set, span) => {
      spans.push(span?.to ?? -1);
      return asked.evaluate(set, span);
    }, request);
    expect(spans.filter((to) => to === 250).length).toBe(8);
    expect(spans.filter((to) => to === 1000).length).toBe(2);
    expect(result.ok && result.value.best?.parameters).toEqual({ x: 3, y: 0.01 });
  });

  it("stops when it is told to, and keeps what it has", async () => {
    const control = new AbortController();
    const result = await search(analytic(hill).evaluate, hillSearch("random", null, 1), {
      signal: control.signal,
      onProgress: ({ done }) => (done === 5 ? control.abort() : undefined),
    });
    expect(result.ok && [result.value.cancelled, result.value.trials.length]).toEqual([true, 5]);
  });
});

describe("a search that cannot be", () => {
  const refusal = async (more: Partial<SearchRequest>): Promise<string> => {
    const result = await search(analytic(hill).evaluate, { ...GRID, ...more });
    return result.ok ? "accepted" : result.failure;
  };
  it("is refused with what is allowed", async () => {
    expect(await refusal({ space: [] })).toContain("name at least one");
    expect(await refusal({ space: [{ name: "x", values: [] }] })).toContain("x has no values");
    const wide = Array.from({ length: 100 }, (_, value) => value);
    const million = ["a", "b", "c"].map((name) => ({ name, values: wide }));
    expect(await refusal({ space: million })).toContain("the grid has 1000000 combinations, at most 1000");
    const range = { name: "x", low: 0, high: 1, scale: "linear", integer: false, step: 0 } as const;
    expect(await refusal({ space: [range] })).toContain("a range without a step");
    expect(await refusal({ space: [{ ...range, scale: "log" }] })).toContain("must begin above 0");
    expect(await refusal({ method: { kind: "random", trials: 0 } })).toContain("0 trials were asked for");
  });
});

describe("spaces and objectives", () => {
  it("a grid of ranges has both ends", () => {
    const space = [{ name: "x", low: 0.1, high: 0.5, scale: "linear", integer: false, step: 0.1 } as const];
    const grid = gridOf(space, 10);
    expect(combinationsOf(space)).toBe(5);
    expect(grid.ok && grid.value.map(({ x }) => x)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  });
  it("weights add figures up; a missing one leaves no score", () => {
    const weights = parseObjective("sharpe_ratio:0.5,total_return:2");
    if (!weights.ok) throw new Error(weights.failure);
    expect(scoreOf({ ...NO_FIGURES, sharpe: 3, totalReturn: 0.1 }, weights.value, {})).toBeCloseTo(1.7, 12);
    expect(scoreOf({ ...NO_FIGURES, totalReturn: 0.1 }, weights.value, {})).toBeNull();
  });
  it("an unknown objective is refused with the known ones", () => {
    const weights = parseObjective("luck");
    expect(weights.ok ? "" : weights.failure).toContain("there are sharpe_ratio, total_return, calmar");
  });
});
