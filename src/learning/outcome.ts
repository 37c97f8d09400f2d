// A closed outcome: a trade that ended, and what it came to. All that learns is fed with these and with nothing else, so
// never with the engine's own confidence in itself, and never with what the demo feed brought.
//
// It is either a published directional signal that was followed on the market events behind it, or the position of an
// execution that closed; a signal on which an execution traded counts by the execution alone.
// Units: times are engine clock in microseconds; `net` is a share of the entry price after costs, from -1 to 1: beyond that
// is no trade but a wrong price, of which a short one would come to any loss.
import type { Regime } from "../domain/regime.ts";
import { STRATEGIES } from "../domain/strategies.ts";

export interface Outcome {
  /** Implementation name, as in the catalogue: `momentum_rider`. */
  readonly strategy: string;
  readonly instance: number;
  readonly symbol: string;
  /** 1: it was long; -1: short. */
  readonly side: 1 | -1;
  /** Of the signal that opened it: as the rule gave it, and as it was published. Both in 0..1. */
  readonly confidenceRaw: number;
  readonly confidence: number;
  readonly openedAt: number;
  readonly closedAt: number;
  /** Return as a share of the entry, after costs, as `boundedNet` gives it; above 0 it is a win. */
  readonly net: number;
  /** What ended it first: a barrier, the time limit, or the exit that its own strategy called. */
  readonly ended: "target" | "stop" | "time" | "exit";
  /** Of its symbol, when it was opened. */
  readonly regime: Regime;
  readonly source: "signal" | "execution";
}

const NET_MAX = 1;

export function boundedNet(net: number): number {
  return Math.min(NET_MAX, Math.max(-NET_MAX, net));
}

const NAMES: ReadonlySet<string> = new Set(STRATEGIES.map(({ name }) => name));

/**
 * Whether anything learns from it. What a user's instance of one of the engine's strategies came to, with settings and
 * executions of the user's, says nothing of the engine's own, whose id is the strategy's code: it is in the history, and
 * teaches nobody. Strategies of code have nobody beside them, so what they come to is theirs (a model's drift goes by it).
 */
export function teaches({ strategy, instance }: Pick<Outcome, "strategy" | "instance">): boolean {
  return instance < STRATEGIES.length || !NAMES.has(strategy);
}
