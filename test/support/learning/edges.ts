// A market of which is known who earns in it: outcomes of strategies whose mean net return is planted, by strategy, regime
// and how many outcomes it has had.
import type { Regime } from "../../../src/domain/regime.ts";
import type { Outcome } from "../../../src/learning/outcome.ts";
import type { Random } from "../random.ts";

export interface Edges {
  readonly strategies: readonly string[];
  readonly regimes: readonly Regime[];
  /** Mean net return of the outcome that is this strategy's `count`th. */
  readonly mean: (strategy: string, regime: Regime, count: number) => number;
}
export type Earned = Pick<Outcome, "strategy" | "net" | "regime" | "openedAt" | "closedAt">;

const DEVIATION = 0.02;
const MINUTE_US = 60_000_000;

/** So many outcomes one after the other, a minute each, of strategies and regimes that chance picks. */
export function* outcomesOf({ strategies, regimes, mean }: Edges, random: Random, outcomes: number): Generator<Earned> {
  const counts = new Map<string, number>();
  for (let index = 0; index < outcomes; index++) {
    const strategy = strategies[random.integer(strategies.length)] ?? "";
    const regime = regimes[random.integer(regimes.length)] ?? "unknown";
    const count = counts.get(strategy) ?? 0;
    counts.set(strategy, count + 1);
    const net = mean(strategy, regime, count) + DEVIATION * random.normal();
    yield { strategy, regime, net, openedAt: index * MINUTE_US, closedAt: (index + 1) * MINUTE_US };
  }
}

/** So many moves of the market, an hour apart; of each every strategy has `symbols` outcomes that mostly follow it. */
export function* herdsOf(
  strategies: readonly string[],
  random: Random,
  herds: number,
  symbols: number,
): Generator<Earned> {
  for (let herd = 1; herd <= herds; herd++) {
    const openedAt = herd * 60 * MINUTE_US;
    const moves = strategies.map(() => random.normal());
    for (let symbol = 0; symbol < symbols; symbol++) {
      // They close within the minute in one hour, over half of the hour in the next.
      const closedAt = openedAt + 20 * MINUTE_US + symbol * (herd % 2 === 0 ? 1 : MINUTE_US);
      for (const [at, strategy] of strategies.entries()) {
        const net = DEVIATION * (0.95 * (moves[at] ?? 0) + 0.3 * random.normal());
        yield { strategy, regime: "calm", net, openedAt, closedAt };
      }
    }
  }
}

export const namesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `rule_${at}`);
