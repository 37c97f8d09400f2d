// The limits that a run keeps, and its executions with it: returns at which a position is closed, and bounds of what is
// opened. They come as they are stored, among risk limits and parameters, and are judged here once for all kinds of runs;
// the trader keeps them (src/simulation/trader.ts). Pure.
import { ok, type Result } from "../domain/result.ts";
import type { Given } from "../sandbox/sandbox.ts";
import type { Policy } from "../simulation/simulation.ts";
import type { Numbers, RequestFault } from "./request.ts";

/** Returns at which a position is closed, and limits of positions: a sign does not matter, a loss is a loss. */
const LIMITS = {
  stop_loss: { least: 1e-6, most: 1, meaning: "a return such as -0.05" },
  take_profit: { least: 1e-6, most: 1_000, meaning: "a return such as 0.1" },
  max_position_size: { least: 1e-6, most: 1e12, meaning: "an amount of money" },
  max_open_positions: { least: 1, most: 1e6, meaning: "a whole number" },
  max_trades_per_day: { least: 1, most: 1e9, meaning: "a whole number" },
} as const;
export const RUN_LIMITS = Object.keys(LIMITS);

type Fault = { readonly ok: false; readonly failure: RequestFault };

/** The risk limits go before parameters of the same name; 0 and null stand for none. */
export function limitsOf(parameters: Given, riskLimits: Given): Result<Numbers, RequestFault> {
  const limits: [string, number][] = [];
  for (const [name, { least, most, meaning }] of Object.entries(LIMITS)) {
    const source = (riskLimits[name] ?? null) === null ? parameters : riskLimits;
    const value = Math.abs(numberOf(source, name) ?? 0);
    const field = `${source === parameters ? "parameters" : "risk_limits"}.${name}`;
    if (textual(source, name) !== null || (value !== 0 && !(value >= least && value <= most)))
      return wrong(field, `must be ${meaning}, at most ${most}, not ${shown(source[name])}`);
    if (value !== 0) limits.push([name, name === "stop_loss" ? -value : value]);
  }
  return ok(Object.fromEntries(limits));
}

/** In the words of the trader. */
export function limitPolicy(limits: Numbers): Partial<Policy> {
  const limit = (name: keyof typeof LIMITS): number | null => limits[name] ?? null;
  return {
    stopLoss: limit("stop_loss"),
    takeProfit: limit("take_profit"),
    maxPositionSize: limit("max_position_size"),
    maxOpenPositions: limit("max_open_positions"),
    maxTradesPerDay: limit("max_trades_per_day"),
  };
}

/** Of one of several runs that share the capital: what is bounded in units of account is bounded by the same part. */
export function partOfLimits(limits: Numbers, parts: number): Numbers {
  const { max_position_size: most } = limits;
  return most === undefined ? limits : { ...limits, max_position_size: most / parts };
}

/** Booleans count as 0 and 1; null: nothing usable is given. */
export function numberOf(given: Given, name: string): number | null {
  const value = Object.hasOwn(given, name) ? given[name] : null;
  return typeof value === "number" || typeof value === "boolean" ? Number(value) : null;
}

/** What is given and is no number. */
export function textual(given: Given, name: string): string | null {
  const value = Object.hasOwn(given, name) ? given[name] : null;
  return value === null || value === undefined || numberOf(given, name) !== null ? null : shown(value);
}

export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 40);
}

export function wrong(field: string, issue: string): Fault {
  return { ok: false, failure: { code: "invalid", field, issue } };
}
