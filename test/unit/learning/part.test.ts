// Candidates that others try: what comes of a search is what it comes to alone, each candidate is begun once in the ledger
// and tried to an end, whoever fails on the way, and nobody is believed whose figures the engine does not find itself.
import { describe, expect, it } from "vitest";
import {
  type Elsewhere,
  generate,
  type Generation,
  type GenerationHooks,
  type Species,
  type TriedElsewhere,
  type TrialSpec,
  type Values,
} from "../../../src/learning/generation.ts";
import type { Result } from "../../../src/domain/result.ts";
import { ledger } from "../../support/learning/counting.ts";
import { plainSpecies } from "../../support/learning/generated-market.ts";
import { Random } from "../../support/random.ts";

const SETTINGS = { parents: 3, children: 6, generations: 2, first: 12 };
const WHOLE = 1 + 12 + 2 * 6;
const MARKET = { seed: 4, bars: 600, edge: 0.3 };
/** That run none of this; only their parameters travel. */
const REQUEST = { strategy: "mean_reversion", parameters: {}, symbols: ["BTCUSD"], capital: 1 };

/** A species whose candidates can travel. */
function travelling(): Species<Values> {
  const trial = (values: Values): TrialSpec => ({ kind: "parameters", request: REQUEST, values, engineVersion: "" });
  return { ...plainSpecies(MARKET), trial };
}

interface Helpers extends Elsewhere {
  readonly tried: Values[];
  most: number;
}
type Fate = "done" | "cannot" | "gone";

/** They try candidates as they should, each when its turn comes by chance, unless `fate` says otherwise. */
function helpers(fate: (count: number) => Fate = () => "done", there: () => boolean = () => true): Helpers {
  const species = plainSpecies(MARKET);
  const random = new Random(9);
  const waiting: (() => void)[] = [];
  const wake = (): void => waiting.splice(random.integer(waiting.length), 1)[0]?.();
  let count = 0;
  const made: Helpers = {
    tried: [],
    most: 0,
    attended: there,
    try: async (trial): Promise<TriedElsewhere> => {
      const values = trial.kind === "parameters" ? trial.values : {};
      const turn = new Promise<void>((resolve) => waiting.push(resolve));
      setImmediate(wake);
      made.most = Math.max(made.most, waiting.length);
      await turn;
      const how = fate(count++);
      if (how !== "done") return { tried: null, again: how === "gone" };
      made.tried.push(values);
      return { tried: await species.evaluate(values) };
    },
  };
  return made;
}

interface Searched {
  readonly made: Result<Generation<Values>, string>;
  readonly batches: ReturnType<typeof ledger>["batches"];
  /** Of each part, as the ledger heard it. */
  readonly begun: Readonly<Record<string, readonly number[]>>;
}

async function search(species: Species<Values>, hooks: Partial<GenerationHooks> = {}): Promise<Searched> {
  const kept = ledger();
  const begun: Record<string, number[]> = {};
  const counting = {
    ...kept,
    begin: ({ of, trials }: { of: string; trials: number }) => (begun[of] ??= []).push(trials),
  };
  const made = await generate(species, 7, { ledger: counting, now: 0, ...hooks }, SETTINGS);
  return { made, batches: kept.batches, begun };
}

describe("a search whose candidates others try", () => {
  it("comes to what it comes to alone, whoever is done first", async () => {
    const alone = await search(travelling());
    const others = helpers();
    const heard: string[] = [];
    const onTried = (tried: number, planned: number): unknown => heard.push(`${tried}/${planned}`);
    const helped = await search(travelling(), { elsewhere: others, onTried });
    expect(helped.made).toEqual(alone.made);
    expect(helped.batches).toEqual(alone.batches);
    expect([others.tried.length, new Set(others.tried.map((one) => JSON.stringify(one))).size]).toEqual([WHOLE, WHOLE]);
    // The first one is alone; all others of a part are out at the same time.
    expect(others.most).toBeGreaterThan(6);
    expect(heard).toEqual(Array.from({ length: WHOLE }, (_, one) => `${one + 1}/${WHOLE}`));
  });

  it("begins each candidate once in the ledger, before it is handed out", async () => {
    const { begun, batches } = await search(travelling(), {
      elsewhere: helpers((count) => (count % 3 === 0 ? "gone" : "done")),
    });
    expect(Object.values(begun).map((counts) => counts.at(-1))).toEqual([13, 6, 6]);
    for (const counts of Object.values(begun)) expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(batches.map(({ trials }) => trials)).toEqual([13, 6, 6]);
  });

  it("tries here what others cannot, and hands out again what they were gone over", async () => {
    const alone = await search(travelling());
    const fates: readonly Fate[] = ["done", "cannot", "gone", "done"];
    const others = helpers((count) => fates[count % fates.length] ?? "done");
    const here: Values[] = [];
    const species = travelling();
    const evaluate = (values: Values) => {
      here.push(values);
      return species.evaluate(values);
    };
    const helped = await search({ ...species, evaluate }, { elsewhere: others });
    expect(helped.made).toEqual(alone.made);
    expect(here.length).toBeGreaterThan(0);
    expect(here.length + others.tried.length).toBe(WHOLE);
  });

  it("goes on alone when nobody is there, and with others when they come", async () => {
    const alone = await search(travelling());
    let asked = 0;
    const others = helpers(
      () => "done",
      () => asked++ > 4,
    );
    const helped = await search(travelling(), { elsewhere: others });
    expect(helped.made).toEqual(alone.made);
    expect(others.tried).toHaveLength(WHOLE - 5);
    const nobody = helpers(
      () => "done",
      () => false,
    );
    expect((await search(travelling(), { elsewhere: nobody })).made).toEqual(alone.made);
    expect(nobody.tried).toEqual([]);
  });

  it("is stopped between two rounds, and counts what came back", async () => {
    let rounds = 0;
    const others = helpers((count) => (count < 5 ? "done" : "gone"));
    const { made, batches } = await search(travelling(), { elsewhere: others, pace: () => ++rounds > 2 });
    expect(made).toEqual({ ok: false, failure: "stopped" });
    expect(batches.map(({ trials }) => trials)).toEqual([5]);
  });

  it("believes nothing of a search whose best candidate the engine does not find itself", async () => {
    const honest = helpers();
    const elsewhere: Elsewhere = {
      attended: () => true,
      try: async (trial) => {
        const end = await honest.try(trial);
        if (end.tried === null) return end;
        const { figures } = end.tried;
        return { tried: { ...end.tried, score: 9, figures: { ...figures, sharpe: 9 } } };
      },
    };
    const { made, batches } = await search(travelling(), { elsewhere });
    expect(made).toMatchObject({ ok: false, failure: expect.stringMatching(/nothing of this search/) as string });
    expect(batches.reduce((sum, { trials }) => sum + trials, 0)).toBe(WHOLE);
  });
});
