// A (mu + lambda) evolution strategy over rule texts. It begins with what there is and with texts that several small changes
// lead away from it; then a child is a survivor with one small change, or two survivors combined. A text is a candidate only
// if the language says that it means something, and within bounds of size, so that it stays something that a person can
// read. Pure and seeded: the same seed and the same scores give the same texts on every machine.
import type { Random } from "../../domain/random.ts";
import { print, readRules } from "../rules.ts";
import type { RuleText } from "../rules/syntax.ts";
import { combined, mutated } from "./mutations.ts";
import type { Breed, EvolutionSettings } from "./species.ts";
import { spotsOf } from "./tree.ts";

export const RULE_EVOLUTION: EvolutionSettings = { parents: 4, children: 8, generations: 4, first: 16 };

export const RULES_MAX = 8;
/** Of a rule: what `and` and `or` join. */
export const CONDITIONS_MAX = 6;
const CHANGES_FIRST = 3;
const COMBINED_SHARE = 0.25;
const DRAWS_MAX = 50;

export class RuleEvolution implements Breed<string> {
  private readonly settings: EvolutionSettings;
  private readonly random: Random;
  private readonly founders: readonly RuleText[];
  private readonly signals: readonly string[];
  private readonly tried = new Set<string>();
  private readonly ranking: { readonly tree: RuleText; readonly text: string; readonly score: number }[] = [];
  private generation = 0;

  /** `founders`: texts that mean something, the first one is what there is; `signals`: strategies that may be read. */
  constructor(founders: readonly string[], signals: readonly string[], settings: EvolutionSettings, random: Random) {
    this.founders = founders.flatMap((text) => {
      const tree = treeOf(text);
      return tree === null ? [] : [tree];
    });
    this.signals = signals;
    this.settings = settings;
    this.random = random;
  }

  next(): readonly string[] {
    const { first, children, generations } = this.settings;
    const generation = this.generation++;
    if (generation > generations || this.founders.length === 0) return [];
    const begun = generation === 0;
    const born = begun ? [...new Set(this.founders.map(print))] : [];
    for (const text of born) this.tried.add(text);
    for (let child = 0; child < (begun ? first : children); child++) {
      const text = this.draw(() => (begun ? this.away() : this.childOf()));
      if (text !== null) born.push(text);
    }
    return born;
  }

  tell(text: string, score: number | null): void {
    const tree = treeOf(text);
    if (tree === null || score === null) return;
    this.ranking.push({ tree, text, score });
    this.ranking.sort((a, b) => b.score - a.score);
    this.ranking.length = Math.min(this.ranking.length, this.settings.parents);
  }

  private away(): RuleText | null {
    let tree = this.founders[this.random.integer(this.founders.length)] ?? null;
    for (let change = this.random.integer(CHANGES_FIRST); change >= 0 && tree !== null; change--)
      tree = mutated(tree, this.random, this.signals);
    return tree;
  }

  private childOf(): RuleText | null {
    const { ranking, random, signals } = this;
    const parent = ranking[random.integer(Math.max(1, ranking.length))]?.tree ?? this.founders[0] ?? [];
    const other = ranking[random.integer(Math.max(1, ranking.length))]?.tree ?? parent;
    if (random.next() < COMBINED_SHARE && other !== parent) return combined(parent, other, random);
    return mutated(parent, random, signals);
  }

  private draw(make: () => RuleText | null): string | null {
    for (let attempt = 0; attempt < DRAWS_MAX; attempt++) {
      const tree = make();
      if (tree === null || !small(tree)) continue;
      const text = print(tree);
      if (this.tried.has(text) || treeOf(text) === null) continue;
      this.tried.add(text);
      return text;
    }
    return null;
  }
}

function treeOf(text: string): RuleText | null {
  const read = readRules(text);
  return read.ok ? read.value.text : null;
}

function small(tree: RuleText): boolean {
  const rules = tree.flatMap((statement) => (statement.kind === "rule" ? [statement] : []));
  const joints = ({ when }: (typeof rules)[number]): number =>
    spotsOf(when).filter(({ node }) => node.kind === "binary" && (node.operator === "and" || node.operator === "or"))
      .length;
  return rules.length <= RULES_MAX && rules.every((rule) => joints(rule) < CONDITIONS_MAX);
}
