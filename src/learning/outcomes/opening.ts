// A trade that begins with a published signal, as it is followed: what it was entered with, and the three barriers that
// can end it. Prices in units of account, times in microseconds of engine clock.
import type { Regime } from "../../domain/regime.ts";

/** Shares of a price that trading costs: basis points. */
export interface Fees {
  readonly makerBps: number;
  readonly takerBps: number;
  readonly slippageBps: number;
}

export interface Opening {
  /** Of the signal. */
  readonly id: string;
  readonly key: number;
  /** Implementation name. */
  readonly strategy: string;
  /** The registered strategy that spoke; null: the engine's own instance. */
  readonly strategyId: string | null;
  readonly instance: number;
  readonly symbol: number;
  readonly name: string;
  readonly side: 1 | -1;
  /** Of several legs; null: it stands for itself. */
  readonly group: number | null;
  readonly sequence: number;
  readonly entry: number;
  /** A leg has neither: its group is held until its own rule ends it. */
  readonly stop: number;
  readonly target: number;
  readonly openedAt: number;
  readonly deadline: number;
  readonly confidenceRaw: number;
  readonly confidence: number;
  readonly regime: Regime;
  readonly fees: Fees;
}

/** One number for instance, symbol and group: ids are below 2^16, groups below 2^13. */
export function keyOf(instance: number, symbol: number, group: number | null): number {
  return ((group ?? -1) + 1) * 2 ** 32 + instance * 2 ** 16 + symbol;
}
