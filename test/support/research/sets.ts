// Random parameter sets of the reference rules, all of them good.
import type { Random } from "../../../src/domain/random.ts";
import { type ParameterSet, type SweepRule, withDefaults } from "../../../src/research/sweep/rules.ts";

export function randomSets(rule: SweepRule, random: Random, count: number, longest: number): readonly ParameterSet[] {
  return Array.from({ length: count }, () => {
    const fast = 1 + random.integer(longest - 1);
    const slow = fast + 1 + random.integer(longest - fast);
    const set: Record<string, number> = {
      fast,
      slow,
      momentum: 1 + random.integer(longest),
      entry: 1 + random.integer(longest),
      exit: 1 + random.integer(longest),
      short: random.integer(2),
      stop: 0.001 + 0.02 * random.next(),
      take: 0.001 + 0.03 * random.next(),
      fee: random.integer(2) * 0.001,
    };
    const own = rule.parameters.map(({ name }) => [name, set[name] ?? Number.NaN] as const);
    return withDefaults(rule, Object.fromEntries(own));
  });
}
