// Limits as the page of risk shows and changes them: how much of each is used, and what is wrong with one that somebody
// types before the engine is asked. Pure.
import type { RequestOf, ResponseOf } from "../client/client.ts";
import { called } from "./format.ts";

type Status = ResponseOf<"getRiskStatus">;
export type Limit = ResponseOf<"getRiskLimits">["limits"][number];
export type Given = NonNullable<NonNullable<RequestOf<"putRiskLimits">["body"]>["limits"]>[number];

const TERMS = ["limit", "warn", "action", "hysteresis"] as const;
export const LOSSES: readonly string[] = ["daily_loss", "drawdown"];

/** What the engine calls it. */
export function keyOf({ scope, name, metric, level }: Given | Limit): string {
  const whose = scope === "book" ? "book" : `${scope}:${name ?? "*"}`;
  return `${whose}:${metric}${level === "warning" ? ":warning" : ""}`;
}

export interface Use {
  /** Who uses most of it, where it is for all of a kind. */
  readonly name: string | null;
  /** As people call whom. */
  readonly called: string | null;
  readonly value: number;
  /** 1 is the limit itself. */
  readonly used: number;
}

/** Null: it is looked at when an order is placed, or nobody is in its scope. */
export function useOf(limit: Limit, status: Status | null): Use | null {
  const found = status?.usage.find(({ key }) => key === keyOf(limit));
  if (found === undefined) return null;
  const { name = null, strategy_name: strategy, value, used } = found;
  return { name, called: name === null ? null : called({ strategy_id: name, strategy_name: strategy }), value, used };
}

/** As it is typed. */
export interface Draft {
  readonly scope: Limit["scope"];
  readonly name: string;
  readonly metric: Limit["metric"];
  readonly limit: string;
  readonly warn: string;
  readonly action: "" | NonNullable<Limit["action"]>;
  readonly level: NonNullable<Limit["level"]>;
}

export function draftOf(limit: Limit): Draft {
  const { scope, name = "", metric, warn = null, action = "", level = "hard" } = limit;
  return { scope, name, metric, limit: String(limit.limit), warn: warn === null ? "" : String(warn), action, level };
}

/** The limit that was typed, or why it is none; what it was keeps its hysteresis. */
export function limitOf(draft: Draft, before: Limit | null): Given | string {
  const { scope, name, metric, action, level } = draft;
  const limit = Number(draft.limit);
  if (draft.limit.trim() === "" || !Number.isFinite(limit)) return "The limit is a number.";
  const loss = LOSSES.includes(metric);
  if (loss ? limit > 0 : limit < 0) return loss ? "Losses are negative." : "The limit is not negative.";
  const warn = draft.warn.trim() === "" ? null : Number(draft.warn);
  if (warn !== null && !Number.isFinite(warn)) return "The warning is a number, or empty.";
  if (warn !== null && (Math.abs(warn) > Math.abs(limit) || (loss ? warn > 0 : warn < 0)))
    return "The warning comes before the limit.";
  return {
    scope,
    ...(scope === "book" || name.trim() === "" ? {} : { name: name.trim() }),
    metric,
    limit,
    warn,
    ...(action === "" ? {} : { action }),
    level,
    ...(before?.hysteresis === undefined ? {} : { hysteresis: before.hysteresis }),
  };
}

/** Somebody else has changed or taken out what one began from. */
export function isChanged(limits: readonly Limit[], before: Limit): boolean {
  const now = limits.find((one) => keyOf(one) === keyOf(before));
  return now === undefined || TERMS.some((term) => (now[term] ?? null) !== (before[term] ?? null));
}

/** The list with `next` in place of the limit called `key`; null: it is new, or without one in its place. */
export function withLimit(limits: readonly Given[], key: string | null, next: Given | null): readonly Given[] {
  const at = limits.findIndex((one) => keyOf(one) === key);
  if (next === null) return limits.filter((_, index) => index !== at);
  return at < 0 ? [...limits, next] : limits.with(at, next);
}
