// The generator of compositions on markets whose truth is planted: a composite edge is promoted, luck is not; and what a
// small change of a rule text may be.
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/domain/random.ts";
import { founderOf, generate, RULE_EVOLUTION, RuleEvolution } from "../../../src/learning/generation.ts";
import { combined, mutated } from "../../../src/learning/generation/mutations.ts";
import { CONDITIONS_MAX, RULES_MAX } from "../../../src/learning/generation/rule-evolution.ts";
import { print, readRules } from "../../../src/learning/rules.ts";
import { ledger } from "../../support/learning/counting.ts";
import { ruleSpecies, SIGNALS } from "../../support/learning/rule-market.ts";

/** Fewer candidates make luck easier to take for skill: less is deflated. */
const FEW = { parents: 3, children: 3, generations: 2, first: 6 };

describe("the generator of compositions", () => {
  it("finds the regime in which a strategy earns, and says how sure it is", async () => {
    const kept = ledger();
    const species = ruleSpecies({ seed: 1, bars: 2_000, edge: 1 });
    const made = await generate(species, 1, { ledger: kept, now: 0 }, RULE_EVOLUTION);
    if (!made.ok) throw new Error(made.failure);
    const { best, refusal, score, scoreNow, trials, verdict } = made.value;
    expect(refusal).toBeNull();
    expect(best).toMatch(/buy when momentum_rider.buy and regime [!=]= /);
    expect(score).toBeGreaterThan(scoreNow ?? Infinity);
    expect(verdict).toMatchObject({ judgement: "credible", trials });
    expect(kept.batches.reduce((sum, one) => sum + one.trials, 0)).toBe(trials);
  });

  it("promotes in at most 2 of 50 markets of pure noise", async () => {
    let promoted = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const species = ruleSpecies({ seed, bars: 200, edge: 0, costs: 0 });
      const made = await generate(species, seed, { ledger: ledger(), now: 0 }, FEW);
      if (made.ok && made.value.refusal === null) promoted += 1;
    }
    expect(promoted).toBeLessThanOrEqual(2);
  });
});

describe("the evolution of rules", () => {
  const evolved = (seed: number): readonly string[] => {
    const settings = { parents: 4, children: 12, generations: 5, first: 20 };
    const founders = [founderOf("momentum_rider"), "buy when rsi(14) < 30 and price > sma(50);\nstop 2 %;\n"];
    const evolution = new RuleEvolution(founders, SIGNALS, settings, new Random(seed));
    const all: string[] = [];
    for (let born = evolution.next(); born.length > 0; born = evolution.next()) {
      for (const text of born) evolution.tell(text, text.length);
      all.push(...born);
    }
    return all;
  };

  it("gives texts that mean something, each once, and none that grows beyond what a person reads", () => {
    const all = evolved(3);
    expect(all.length).toBeGreaterThan(70);
    expect(new Set(all).size).toBe(all.length);
    for (const text of all) {
      const read = readRules(text);
      if (!read.ok) throw new Error(`${text}: ${JSON.stringify(read.failure)}`);
      expect(print(read.value.text)).toBe(text);
      const rules = read.value.text.filter(({ kind }) => kind === "rule");
      expect(rules.length).toBeLessThanOrEqual(RULES_MAX);
      // What scores best here is what is longest, so the bound is reached.
      for (const line of text.split("\n")) expect(line.split(/ and | or /).length).toBeLessThanOrEqual(CONDITIONS_MAX);
    }
  });

  it("gives the same texts for the same seed", () => {
    expect(evolved(5)).toEqual(evolved(5));
    expect(evolved(5)).not.toEqual(evolved(6));
  });
});

describe("a small change of a rule text", () => {
  const tree = (text: string) => {
    const read = readRules(text);
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    return read.value.text;
  };
  const begin = "buy when rsi(14) < 30 and price > sma(50);\nsell when momentum_rider.sell;\nstop 2 %;\n";

  it("moves a number, swaps a word, adds a condition to a rule or to every entry, or takes one away", () => {
    const random = new Random(1);
    const all = Array.from({ length: 600 }, () => print(mutated(tree(begin), random, SIGNALS) ?? []));
    for (const shape of [
      /sma\((?!50\))\d+\)/, // a length
      /stop (?!2 )[\d.]+ %/, // a level
      /rsi\(14\) > 30/,
      /and price > (?!sma\()\w/,
      /mean_reversion\.sell/,
      /^sell when momentum_rider\.sell and /m,
      /^buy when rsi\(14\) < 30;/m,
    ])
      expect([shape, all.some((text) => shape.test(text))]).toEqual([shape, true]);
    const gated = all.map((text) => text.split("\n").map((line) => / and ([^;]+);$/.exec(line)?.[1]));
    expect(gated.some(([buy, sell]) => buy !== undefined && buy === sell)).toBe(true);
    expect(all.filter((text) => text !== "" && !readRules(text).ok).length).toBeLessThan(120);
  });

  it("combines the rules of two texts", () => {
    const random = new Random(2);
    const [one, other] = [tree(begin), tree(founderOf("mean_reversion"))];
    const all = new Set(Array.from({ length: 60 }, () => print(combined(one, other, random))));
    for (const text of all) expect(text).toMatch(/stop 2 %;\n$/);
    const both = [...all].some((text) => /^buy when rsi/m.test(text) && /^buy when mean_reversion/m.test(text));
    const mixed = [...all].some((text) => !/^buy when rsi/m.test(text) && /^sell when momentum/m.test(text));
    expect([both, mixed]).toEqual([true, true]);
  });
});
