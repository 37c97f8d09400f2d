// Limits as people set them: of a metric, for the book, a family, a strategy or a symbol, or for all of a kind; each with a
// warning, with what is done when it is passed, and with how far the value has to come back before that is over. A list
// of them replaces the one before as a whole, is stored with its entry in the audit trail, and is in force in all threads
// with the next order. A limit of the level `warning` does not bind executions that were started with risk_override.
import { FAMILIES } from "../../domain/strategies.ts";
import { type FieldIssue, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type Action, type Level, METRICS, type Metric, type Scope } from "../../domain/risk-words.ts";
import { strategyNameFault } from "../strategy-names.ts";
import { METRIC_RULES, metricOf } from "./metrics.ts";

export interface RiskLimit {
  readonly scope: Scope;
  /** Null: the book, or all of the kind. */
  readonly name: string | null;
  readonly metric: Metric;
  readonly limit: number;
  readonly warn: number | null;
  readonly action: Action;
  readonly level: Level;
  /** Share of the limit, and of the warning, that the value must have come back for it to be over. */
  readonly hysteresis: number;
}

/** As it is sent. */
export interface GivenLimit {
  readonly scope: Scope;
  readonly name?: string | null;
  readonly metric: string;
  readonly limit: number;
  readonly warn?: number | null;
  readonly action?: Action;
  readonly level?: Level;
  readonly hysteresis?: number;
}

export const HYSTERESIS = 0.1;
const LOSSES: readonly Metric[] = ["daily_loss", "drawdown"];

/** In force until others are set. */
export const DEFAULT_LIMITS: readonly RiskLimit[] = [
  made({ scope: "book", metric: "orders_per_second", limit: 10_000 }),
  made({ scope: "book", metric: "drawdown", limit: -0.5, warn: -0.25 }),
  made({ scope: "strategy", metric: "orders_per_second", limit: 1_000 }),
  made({ scope: "strategy", metric: "price_collar_bps", limit: 2_000 }),
  made({ scope: "strategy", metric: "leverage", limit: 20 }),
];

/** What a limit is called in lists, alerts and the audit trail. */
export function limitName({
  scope,
  name,
  metric,
  level,
}: Pick<RiskLimit, "scope" | "name" | "metric" | "level">): string {
  const whose = scope === "book" ? "book" : `${scope}:${name ?? "*"}`;
  return `${whose}:${metric}${level === "warning" ? ":warning" : ""}`;
}

/** The list in canonical words, or every fault in it. */
export function readLimits(given: readonly GivenLimit[]): Result<readonly RiskLimit[], Failure> {
  const issues: FieldIssue[] = [];
  const limits: RiskLimit[] = [];
  const seen = new Set<string>();
  for (const [index, one] of given.entries()) {
    const read = readLimit(one, `limits[${index}]`);
    if (Array.isArray(read)) {
      issues.push(...(read as readonly FieldIssue[]));
      continue;
    }
    const limit = read as RiskLimit;
    const name = limitName(limit);
    if (seen.has(name)) issues.push({ field: `limits[${index}]`, issue: `is the second one for ${name}` });
    seen.add(name);
    limits.push(limit);
  }
  const [first, ...rest] = issues;
  return first === undefined ? ok(limits) : failed({ code: "validation_error", issues: [first, ...rest] });
}

/** What would guard nothing or shut everything; not asked of limits that are stored already. */
export function newFaults(limits: readonly RiskLimit[], isStrategy: (id: string) => boolean): readonly FieldIssue[] {
  return limits.flatMap(({ scope, name, metric, limit }, index): FieldIssue[] => {
    const issues: FieldIssue[] = [];
    if (metric === "max_trades_per_day" && (limit < 1 || !Number.isInteger(limit)))
      issues.push({ field: `limits[${index}].limit`, issue: `must be a whole number of at least 1, not ${limit}` });
    const fault = scope === "strategy" && name !== null ? strategyNameFault(name, isStrategy, false) : null;
    if (fault !== null) issues.push({ field: `limits[${index}].name`, issue: fault });
    return issues;
  });
}

function readLimit(given: GivenLimit, at: string): RiskLimit | readonly FieldIssue[] {
  const metric = metricOf(given.metric);
  if (metric === null) return [{ field: `${at}.metric`, issue: `must be one of ${METRICS.join(", ")}` }];
  const issues: FieldIssue[] = [];
  const fault = (field: string, issue: string): void => void issues.push({ field: `${at}.${field}`, issue });
  const { scopes, low, high, watched } = METRIC_RULES[metric];
  if (!scopes.includes(given.scope)) fault("scope", `must be ${scopes.join(" or ")} for ${metric}`);
  const within = (value: number): boolean => value >= low && value <= high;
  const range = high === 0 ? `must be from ${low} to 0: losses are negative` : `must be from ${low} to ${high}`;
  if (!within(given.limit)) fault("limit", range);
  const warn = given.warn ?? null;
  if (warn !== null) {
    if (!watched) fault("warn", `is not possible for ${metric}, which is only looked at before an order`);
    else if (!within(warn)) fault("warn", range);
    else if (Math.abs(warn) > Math.abs(given.limit)) fault("warn", "must be reached before the limit");
  }
  const { action } = given;
  if (action !== undefined && action !== "alert" && !watched)
    fault("action", `must be alert for ${metric}: an order that would pass the limit is refused`);
  const name = nameOf(given);
  if (name === undefined) fault("name", nameFault(given.scope));
  return issues.length > 0 ? issues : made({ ...given, metric, name: name ?? null });
}

function made(given: Omit<GivenLimit, "metric"> & { readonly metric: Metric }): RiskLimit {
  const { scope, metric, limit } = given;
  return {
    scope,
    name: given.name ?? null,
    metric,
    limit,
    warn: given.warn ?? null,
    action: given.action ?? (LOSSES.includes(metric) ? "pause" : "alert"),
    level: given.level ?? "hard",
    hysteresis: given.hysteresis ?? HYSTERESIS,
  };
}

/** Undefined: it cannot be one. */
function nameOf({ scope, name }: GivenLimit): string | null | undefined {
  if (name === undefined || name === null || name === "") return null;
  switch (scope) {
    case "book":
      return name === "book" ? null : undefined;
    case "family":
      return FAMILIES.find((family) => family === (FAMILY_ALIASES[name] ?? name));
    case "strategy":
      return /^strat_[A-Za-z0-9]{6,}$/.test(name) ? name : undefined;
    case "symbol":
      return /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/.test(name) ? name.toUpperCase() : undefined;
  }
}
function nameFault(scope: Scope): string {
  if (scope === "book") return "must be left out: there is one book";
  if (scope === "family") return `must be one of ${FAMILIES.join(", ")}, or be left out for all`;
  return `must be ${scope === "strategy" ? "the id of a strategy" : "a symbol"}, or be left out for all`;
}

const FAMILY_ALIASES: Readonly<Record<string, string>> = {
  statistical_arbitrage: "statistical",
  arbitrage_based: "arbitrage",
  high_time_frame: "htf",
};

/** As the API shows it. */
export function limitView(limit: RiskLimit) {
  const { scope, name, metric, warn, action, level, hysteresis } = limit;
  return {
    scope,
    ...(name === null ? {} : { name }),
    metric,
    limit: limit.limit,
    ...(warn === null ? {} : { warn }),
    action,
    level,
    hysteresis,
  };
}
