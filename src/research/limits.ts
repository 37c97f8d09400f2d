// The limits that a run keeps, and its executions with it: as they are stored, judged by the one rule for both
// (src/simulation/trading-limits.ts), and refused here where they cannot be meant. The trader keeps them. Pure.
import { ok, type Result } from "../domain/result.ts";
import type { Given } from "../sandbox/sandbox.ts";
import { TRADING_LIMITS, tradingLimits } from "../simulation/simulation.ts";
import type { Numbers, RequestFault } from "./request.ts";

export const RUN_LIMITS = TRADING_LIMITS;

type Fault = { readonly ok: false; readonly failure: RequestFault };

export function limitsOf(parameters: Given, riskLimits: Given): Result<Numbers, RequestFault> {
  const { limits, faults } = tradingLimits(parameters, riskLimits);
  const [fault] = faults;
  if (fault === undefined) return ok(limits);
  const [of, name = ""] = fault.field.split(".");
  return wrong(fault.field, `${fault.issue}, not ${shown((of === "parameters" ? parameters : riskLimits)[name])}`);
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
