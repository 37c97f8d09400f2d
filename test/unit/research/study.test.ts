import { describe, expect, it } from "vitest";
import { shorter } from "../../../src/research/honesty/honesty.ts";
import {
  openEvaluate,
  pricesOf,
  runStudy,
  scoreOf,
  type Study,
  type StudyRequest,
} from "../../../src/research/research.ts";
import { STATEMENT } from "../../support/research/outcomes.ts";
import { barTable, market, START } from "../../support/research.ts";

const REQUEST: StudyRequest = {
  run: { strategy: "momentum_rider", parameters: {}, symbols: ["BTCUSD"], capital: 50_000 },
  space: [{ name: "momentum_threshold", values: [0.5, 1, 1.5] }],
  method: { kind: "grid", most: 100 },
  objective: { sharpe_ratio: 1 },
  seed: 1,
  folds: 2,
  trainRatio: 2,
  anchored: false,
  embargoUs: 0,
};

async function study(request: StudyRequest = REQUEST): Promise<Study | string> {
  const history = market(["BTCUSD"]);
  const evaluate = openEvaluate(history, request.run, (figures) => scoreOf(figures, request.objective, {}));
  if (!evaluate.ok) throw new Error("the request is not sound");
  const runs = { evaluate: evaluate.value, explain: ({ code }: { readonly code: string }) => code };
  const found = await runStudy(history, request, runs, { now: 1, engineVersion: "1" });
  return found.ok ? found.value : found.failure;
}

describe("a study", () => {
  it("gives the same again, with the best set over the whole span and all its neighbours", async () => {
    const [first, again] = [await study(), await study()];
    if (typeof first === "string") throw new Error(first);
    expect(again).toEqual(first);
    expect(first.trials).toBe(3);
    const best = first.outcome.statement.parameters["momentum_threshold"];
    expect(first.stability?.optimum).toEqual({ momentum_threshold: best });
    expect(first.stability?.neighbours.every(({ score }) => score !== null)).toBe(true);
    expect(first.walk.steps).toHaveLength(2);
  });

  it("leaves out sets whose parameters do not fit each other, neighbours of the best one among them", async () => {
    const space = [
      { name: "fast_length", values: [5, 10, 20] },
      { name: "slow_length", values: [10, 20] },
    ];
    const run = { ...REQUEST.run, strategy: "moving_average_crossover" };
    const found = await study({ ...REQUEST, run, space });
    if (typeof found === "string") throw new Error(found);
    expect(found.trials).toBe(3); // 5 and 10, 5 and 20, 10 and 20
    for (const { parameter, value, score } of found.stability?.neighbours ?? []) {
      const set = { ...found.stability?.optimum, [parameter]: value };
      expect([set, score !== null]).toEqual([set, (set["fast_length"] ?? 0) < (set["slow_length"] ?? 0)]);
    }
  });

  it("says when the data is too short", async () => {
    expect(await study({ ...REQUEST, embargoUs: 1e15 })).toContain("too short for 2 windows");
  });

  it("says when no set can be run", async () => {
    const space = [{ name: "momentum_threshold", values: [-5] }];
    expect(await study({ ...REQUEST, space })).toContain("momentum_threshold");
  });
});

it("prices are the closes of the bars in the span, when they were known", () => {
  const { columns, time } = barTable("BTCUSD");
  const cut = START + 100 * 300_000_000;
  const statement = { ...STATEMENT, symbols: ["BTCUSD", "NOBODY"], from: START, to: cut + 1 };
  const [line, ...others] = pricesOf(market(["BTCUSD"]), statement);
  expect(others).toEqual([]);
  expect([...line!.price]).toEqual(Array.from(columns[3]!).slice(0, 100));
  expect(line!.time[0]).toBe(time[0]! + 300_000_000);
});

it("longer steps grow to the same end", () => {
  const returns = Float64Array.from({ length: 1_001 }, (_, index) => (index % 7) * 1e-3 - 3e-3);
  const growth = (column: Float64Array): number => column.reduce((product, r) => product * (1 + r), 1);
  const few = shorter(returns, 100);
  expect(few).toHaveLength(91);
  expect(growth(few) / growth(returns)).toBeCloseTo(1, 12);
  expect(shorter(returns, 1_001)).toBe(returns);
});
