// What a limit that was reached, or is not any more, reads like: for alerts and the log, and for the audit trail. Pure.
import { holdsBack } from "./limit-state.ts";
import { limitName } from "./limits.ts";
import type { Turn } from "./watch.ts";

const DOES = {
  alert: "",
  reduce_only: "; only orders that make positions smaller are let through",
  pause: "; what is in its scope is paused",
  emergency_stop: "; everything is stopped",
} as const;

export function turnText({ limit, subject, value, from, to }: Turn): string {
  const whose = subject.name === null ? "book" : `${subject.scope} ${subject.name}`;
  const what = `${limit.metric} of the ${whose} is ${shown(value)}`;
  if (to === "breached") return `${what}, limit ${limit.limit}${DOES[done(limit)]}`;
  if (to === "warned" && from === "clear")
    return `${what}, warning at ${limit.warn ?? limit.limit}, limit ${limit.limit}`;
  if (to === "warned")
    return `${what}, back within the limit ${limit.limit}; the warning at ${limit.warn ?? limit.limit} stands`;
  return `${what}, back within ${from === "breached" ? `the limit ${limit.limit}` : `the warning ${limit.warn ?? limit.limit}`}`;
}

export function turnAudit({ limit, subject, value, from, to }: Turn) {
  const action = to === "breached" ? "risk.breach" : to === "warned" ? "risk.warning" : "risk.clear";
  const target = subject.name === null ? "book" : `${subject.scope}:${subject.name}`;
  const now = { standing: to, limit: limitName(limit), value, allowed: limit.limit, action: limit.action };
  return { action, target, from: { standing: from }, to: now };
}

function done(limit: Turn["limit"]): keyof typeof DOES {
  return limit.action === "alert" && holdsBack(limit) ? "reduce_only" : limit.action;
}

function shown(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value * 100) / 100 : Number(value.toPrecision(6));
}
