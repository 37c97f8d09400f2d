// Why an order may not enter, in sentences: of the gate, and of whoever asks beforehand what the gate would say. Pure.
import { SCOPE_ORDER } from "./board.ts";
import { boardMetric } from "./metrics.ts";

export const STOPPED = "the emergency stop is on";
export const ONLY_REDUCING = "only orders that make a position smaller are let through";
export const NO_PRICE = "there is no price yet at which it could be counted";

const MILLION = 1_000_000;
const HALTED = 3;
const REDUCE_ONLY = 2;

/** What a switch of the board (see Switch) asks of the orders of an execution. */
export function demandOf(level: number, override: boolean): "nothing" | "to reduce" | "to stay out" {
  if (level === HALTED) return "to stay out";
  return level === REDUCE_ONLY || (level > 0 && !override) ? "to reduce" : "nothing";
}

/** A limit of the board by its place, in a scope by its place; `found` and `allowed` in millionths. */
export function beyond(limit: number, scope: number, found: number, allowed: number): string {
  const whose = scope === 0 ? "" : ` of the ${SCOPE_ORDER[scope]}`;
  return `${boardMetric(limit)}${whose} would be ${rounded(found / MILLION)}, limit ${allowed / MILLION}`;
}

/** Units of account. */
export function beyondPower(power: number, wanted: number): string {
  return `buying power is ${rounded(power)}, and ${rounded(wanted)} would be needed`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
