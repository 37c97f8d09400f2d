// A planted strategy that is wrong about itself: its raw confidence is anything from 0.3 to 0.9, and how often a trade of
// that confidence wins is known. Seeded; times are whatever its caller says.
import type { Outcome } from "../../../src/learning/outcome.ts";
import { Random } from "../random.ts";

/** How often a trade of this raw confidence wins. */
export type Truth = (raw: number) => number;

export const TRUTHS: Readonly<Record<string, Truth>> = {
  /** Sure of itself and hardly better than chance. */
  overconfident: (raw) => 0.35 + 0.25 * raw,
  /** Wins more often than it says. */
  timid: (raw) => Math.min(0.25 + raw, 0.88),
  /** Knows one thing: beyond 0.6 it wins. */
  stepped: (raw) => (raw < 0.6 ? 0.3 : 0.7),
  honest: (raw) => raw,
};

export class ConfidentMarket {
  private readonly random: Random;
  private readonly truth: Truth;

  constructor(seed: number, truth: Truth) {
    this.random = new Random(seed);
    this.truth = truth;
  }

  /** `publish`: what becomes of a raw confidence on its way out. */
  outcomes(count: number, publish: (raw: number) => number = (raw) => raw): readonly Outcome[] {
    return Array.from({ length: count }, (_, index) => this.outcome(publish, index));
  }

  private outcome(publish: (raw: number) => number, at: number): Outcome {
    // Many rules are capped, so a fifth of all signals bears the same raw confidence.
    const raw = Math.min(0.3 + 0.75 * this.random.next(), 0.9);
    const won = this.random.next() < this.truth(raw);
    return {
      strategy: "momentum_rider",
      instance: 6,
      symbol: "BTCUSD",
      side: 1,
      confidenceRaw: raw,
      confidence: publish(raw),
      openedAt: at,
      closedAt: at + 1,
      net: won ? 0.02 : -0.02,
      ended: won ? "target" : "stop",
      regime: "unknown",
      source: "signal",
    };
  }
}
