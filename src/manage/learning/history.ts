// The closed outcomes that are at hand: the newest HELD_MAX in memory, in the order in which they were counted. What they
// say of success and of confidence is computed when somebody asks. Main thread only.
import { reliabilityOf, type Reliability } from "../../learning/calibration.ts";
import type { Outcome } from "../../learning/outcome.ts";
import type { OutcomeRecord } from "../../store/outcomes.ts";

export const HELD_MAX = 20_000;
/** The window of success rates. */
const DAY_US = 86_400_000_000;
/** Outcomes in the window from which on they are what a success rate is taken of. */
const ENOUGH = 20;

/** Signals with more confidence than this count as successes while too few outcomes have closed to say so. */
const CONFIDENT = 0.7;

/** What share succeeds, and what it is the share of. */
export interface Success {
  readonly rate: number;
  readonly basis: "outcomes" | "confidence";
  /** Outcomes or signals in the window. */
  readonly of: number;
}

/** A published signal. */
export interface Spoken {
  readonly clock: number;
  readonly confidence: number;
  readonly demo: boolean;
  readonly action: string;
}

export class OutcomeHistory {
  private readonly ring: Outcome[] = [];
  private next = 0;

  add(outcome: Outcome): void {
    if (this.ring.length < HELD_MAX) this.ring.push(outcome);
    else this.ring[this.next % HELD_MAX] = outcome;
    this.next += 1;
  }

  get size(): number {
    return this.ring.length;
  }

  /** Newest first. */
  *newest(): Generator<Outcome> {
    for (let index = 1; index <= this.ring.length; index++) {
      const outcome = this.ring[(this.next - index) % HELD_MAX];
      if (outcome !== undefined) yield outcome;
    }
  }

  /**
   * Of the last day: the share of outcomes with a gain, once there are enough of them; before that the share of signals
   * that are confident. `signals`: newest first; times are engine clock.
   */
  success(now: number, signals: Iterable<Spoken>): Success {
    const since = now - DAY_US;
    let [wins, outcomes] = [0, 0];
    for (const { closedAt, net } of this.newest()) {
      if (closedAt <= since) continue; // counted in the order in which they became known
      outcomes += 1;
      if (net > 0) wins += 1;
    }
    if (outcomes >= ENOUGH) return { rate: wins / outcomes, basis: "outcomes", of: outcomes };
    let [confident, all] = [0, 0];
    for (const { clock, confidence, demo, action } of signals) {
      if (clock <= since) break;
      // What the demo feed caused and what only leaves says nothing of success.
      if (demo || action === "exit") continue;
      all += 1;
      if (confidence > CONFIDENT) confident += 1;
    }
    return { rate: all === 0 ? 0 : confident / all, basis: "confidence", of: all };
  }

  /** How far published confidence agrees with what came; of one strategy, or of all. */
  reliability(strategy?: string): Reliability {
    const all = [...this.newest()];
    return reliabilityOf(strategy === undefined ? all : all.filter((outcome) => outcome.strategy === strategy));
  }
}

export function outcomeOf(record: OutcomeRecord): Outcome {
  const { strategy, instance, symbol, side, confidenceRaw, confidence, openedAt, closedAt } = record;
  const { net, ended, regime, source } = record;
  const entered = { strategy, instance, symbol, confidenceRaw, confidence, openedAt } as const;
  return { ...entered, side: side > 0 ? 1 : -1, closedAt, net, ended, regime, source };
}
