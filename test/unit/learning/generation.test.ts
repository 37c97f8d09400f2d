// The generator on markets whose truth is planted: what is good is promoted, what is luck is not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Random } from "../../../src/domain/random.ts";
import { Evolution, EVOLUTION, generate, type Generation, type Values } from "../../../src/learning/generation.ts";
import { openTrialLedger } from "../../../src/research/research.ts";
import { ledger } from "../../support/learning/counting.ts";
import { type GeneratedMarket, plainSpecies } from "../../support/learning/generated-market.ts";

async function generation(market: GeneratedMarket, seed = 1, settings = EVOLUTION): Promise<Generation<Values>> {
  const made = await generate(plainSpecies(market), seed, { ledger: ledger(), now: 0 }, settings);
  if (!made.ok) throw new Error(made.failure);
  return made.value;
}

/** Fewer candidates make luck easier to take for skill: less is deflated. */
const FEW = { parents: 3, children: 6, generations: 2, first: 12 };

describe("the generator", () => {
  it("promotes what a planted edge makes good, and says how sure it is", async () => {
    for (const seed of [1, 2]) {
      const { refusal, score, scoreNow, verdict, trials } = await generation({ seed, bars: 2_000, edge: 0.4 });
      expect([seed, refusal]).toEqual([seed, null]);
      expect(verdict.judgement).toBe("credible");
      expect(score).toBeGreaterThan(scoreNow ?? 0);
      expect(verdict.trials).toBe(trials);
    }
  });

  it("refuses what was fitted to an edge that is gone, and the luckiest set of a market without any", async () => {
    const gone = { seed: 1, bars: 1_500, edge: 0.6, until: 300 };
    for (const market of [gone, { seed: 6, bars: 500, edge: 0, costs: 0 }]) {
      const found = await generation(market, market.seed);
      // Its figures alone would do.
      expect(found.score).toBeGreaterThan(0.5);
      expect(found.score).toBeGreaterThan(found.scoreNow ?? 0);
      expect(found.refusal).toMatch(/^Refused/);
    }
  });

  it("promotes in at most 2 of 50 markets of pure noise", async () => {
    let promoted = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const { refusal } = await generation({ seed, bars: 400, edge: 0, costs: 0 }, seed, FEW);
      if (refusal === null) promoted += 1;
    }
    expect(promoted).toBeLessThanOrEqual(2);
  });

  it("counts every candidate in the ledger before it judges, and gives the same for the same seed", async () => {
    const kept = ledger();
    const market = { seed: 3, bars: 600, edge: 0.3 };
    const one = await generate(plainSpecies(market), 7, { ledger: kept, now: 0 });
    const other = await generate(plainSpecies(market), 7, { ledger: ledger(), now: 0 });
    expect(one).toEqual(other);
    const { first, children, generations } = EVOLUTION;
    expect(kept.batches.map(({ trials }) => trials)).toEqual([1 + first, ...Array<number>(generations).fill(children)]);
    expect(one.ok && one.value.trials).toBe(1 + first + children * generations);
  });

  it("stops between two runs when it is told to, and what was tried until then counts", async () => {
    let asked = 0;
    const pace = (): boolean => ++asked > 3;
    const kept = ledger();
    const made = await generate(plainSpecies({ seed: 1, bars: 200, edge: 0 }), 1, { ledger: kept, now: 0, pace });
    expect(kept.batches.map(({ trials }) => trials)).toEqual([3]);
    expect(made).toEqual({ ok: false, failure: "stopped" });
    expect(asked).toBe(4);
  });
});

describe("a search that is killed", () => {
  it("leaves in the ledger every candidate that it had begun, and its next one counts them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "generation-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const ledgerOf = () => {
      const opened = openTrialLedger(folder);
      if (!opened.ok) throw new Error(opened.failure);
      return opened.value;
    };
    const market = { seed: 1, bars: 200, edge: 0 };
    const { about } = await plainSpecies(market).evaluate(plainSpecies(market).base);
    // Nothing that comes after this is done, as behind a kill.
    let asked = 0;
    const pace = (): boolean => {
      if (++asked > 7) throw new Error("killed");
      return false;
    };
    await expect(generate(plainSpecies(market), 1, { ledger: ledgerOf(), now: 0, pace })).rejects.toThrow("killed");
    expect(ledgerOf().count(about.data).trials).toBe(7);
    const made = await generate(plainSpecies(market), 1, { ledger: ledgerOf(), now: 1 }, FEW);
    const { first, children, generations } = FEW;
    const whole = 1 + first + children * generations;
    expect(made.ok && [made.value.trials, made.value.verdict.trials]).toEqual([whole, 7 + whole]);
  });
});

describe("the evolution of candidates", () => {
  const axes = [
    { name: "a", min: 0, max: 10, whole: false },
    { name: "b", min: 2, max: 40, whole: true },
  ];
  const score = ({ a = 0, b = 0 }: Values): number => -((a - 7.3) ** 2) - ((b - 11) / 4) ** 2;

  it("comes nearer to the best from one generation to the next, and stays inside", () => {
    const settings = { parents: 4, children: 8, generations: 12, first: 16 };
    const evolution = new Evolution(axes, { a: 1, b: 35 }, settings, new Random(3), ({ a = 0 }) =>
      a > 9 ? "no" : null,
    );
    const best: number[] = [];
    const seen = new Set<string>();
    for (let sets = evolution.next(); sets.length > 0; sets = evolution.next()) {
      for (const values of sets) {
        const { a = NaN, b = NaN } = values;
        expect(a >= 0 && a <= 9 && b >= 2 && b <= 40 && Number.isInteger(b)).toBe(true);
        expect(seen.has(JSON.stringify(values))).toBe(false);
        seen.add(JSON.stringify(values));
        evolution.tell(values, score(values));
      }
      best.push(Math.max(...[...seen].map((text) => score(JSON.parse(text) as Values))));
    }
    expect(best).toHaveLength(13);
    expect(best.at(-1)).toBeGreaterThan(-0.1);
    expect(best.at(-1)).toBeGreaterThan(best[0] ?? 0);
  });

  it("has nobody without a score for a parent", () => {
    const evolution = new Evolution(axes, { a: 5, b: 10 }, { ...EVOLUTION, first: 4, generations: 1 }, new Random(1));
    for (const values of evolution.next()) evolution.tell(values, null);
    expect(evolution.next()).toHaveLength(EVOLUTION.children);
    expect(evolution.next()).toEqual([]);
  });
});
