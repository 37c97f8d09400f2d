// Outcomes of strategies with a planted truth: in which regimes each earns, and what they have in common from day to day.
import type { Regime } from "../../../src/domain/regime.ts";
import type { Outcome } from "../../../src/learning/outcome.ts";
import { Random } from "../random.ts";

export interface Planted {
  readonly strategy: string;
  /** Mean of `net` by regime; 0 where it is not named. */
  readonly earns: Partial<Readonly<Record<Regime, number>>>;
  /** Share of its days that is common to all that have one, 0 to 1. */
  readonly common?: number;
}

const DAY = 86_400e6;
const START = Date.UTC(2025, 0, 1) * 1000;
const WEATHER: readonly Regime[] = ["trending", "ranging", "volatile", "calm"];
const NOISE = 0.01;

/** So many days, on each of which every strategy has some outcomes in the regime of the day. */
export function plantedPairs(planted: readonly Planted[], seed: number, days = 240, aDay = 4): readonly Outcome[] {
  const random = new Random(seed);
  const outcomes: Outcome[] = [];
  for (let day = 0; day < days; day++) {
    const regime = WEATHER[Math.floor(day / 5) % WEATHER.length] ?? "unknown";
    const shared = random.normal();
    for (const { strategy, earns, common = 0 } of planted) {
      const mood = Math.sqrt(common) * shared + Math.sqrt(1 - common) * random.normal();
      for (let number = 0; number < aDay; number++) {
        const openedAt = START + day * DAY + number * 3.6e9;
        const net = (earns[regime] ?? 0) + NOISE * (0.8 * mood + 0.6 * random.normal());
        const confidence = 0.5 + 0.4 * random.next();
        outcomes.push({
          strategy,
          instance: 1,
          symbol: "BTCUSD",
          side: random.next() < 0.5 ? 1 : -1,
          confidenceRaw: confidence,
          confidence,
          openedAt,
          closedAt: openedAt + 1.8e9,
          net,
          ended: net > 0 ? "target" : "stop",
          regime,
          source: "signal",
        });
      }
    }
  }
  return outcomes;
}
