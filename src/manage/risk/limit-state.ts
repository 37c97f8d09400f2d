// How near a value is to a limit, and when that is worth a word: a warning or a breach is told once, and is over only when
// the value has come back by a share of what it had reached, so that a value at the edge does not tell again and again.
// How much of a limit is used is one number: 1 is the limit itself, whatever its unit and sign. Pure.
import type { RiskLimit } from "./limits.ts";
import type { Metric } from "../../domain/risk-words.ts";

export type Standing = "clear" | "warned" | "breached";

const LOSSES: readonly Metric[] = ["daily_loss", "drawdown"];

const EXPOSURES: readonly Metric[] = ["gross_exposure", "net_exposure"];

/**
 * Whether only orders that make positions smaller pass while it is breached: where an action is to be taken, and where an
 * exposure has passed its limit by the market alone, because what is held claims no more than it was worth up to a second ago.
 */
export function holdsBack({ metric, action }: RiskLimit): boolean {
  return action !== "alert" || EXPOSURES.includes(metric);
}

/** Part of the limit that is used; not below 0. */
export function usage(metric: Metric, value: number, limit: number): number {
  const against = LOSSES.includes(metric) ? Math.max(0, -value) : Math.abs(value);
  const most = Math.abs(limit);
  if (most > 0) return against / most;
  return against > 0 ? Number.POSITIVE_INFINITY : 0;
}

/** A loss has reached its limit when it is as large; anything else passes its limit when it is larger. */
export function isPast(metric: Metric, value: number, limit: number): boolean {
  const used = usage(metric, value, limit);
  return LOSSES.includes(metric) ? used >= 1 : used > 1;
}

export function standing(before: Standing, { metric, limit, warn, hysteresis }: RiskLimit, value: number): Standing {
  const kept = (edge: number): boolean => usage(metric, value, edge) >= 1 - hysteresis && value !== 0;
  if (isPast(metric, value, limit) || (before === "breached" && kept(limit))) return "breached";
  if (warn === null) return "clear";
  const warned = usage(metric, value, warn) >= 1 && value !== 0;
  return warned || (before !== "clear" && kept(warn)) ? "warned" : "clear";
}
