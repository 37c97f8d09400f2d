// What a stage reads of a strategy besides its code, as a hash that stands in its result: a retry takes a result over only
// while this is the same. Pure.
import { createHash } from "node:crypto";
import { RUN_LIMITS } from "../../research/research.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Strategy } from "../registry/registry.ts";
import type { StageName } from "./stage.ts";

export type Current = Pick<Strategy, "parameters" | "riskLimits">;

const HASH_DIGITS = 16;
/** Counted up when a stage comes to mean another thing for the same inputs: no result of before is taken over then. */
const MEANING: Readonly<Partial<Record<StageName, number>>> = {
  // 2: runs over history of built-in strategies keep limits, by the rule of executions.
  backtest: 2,
  paper_trading: 2,
};
const KEPT: ReadonlySet<string> = new Set(RUN_LIMITS);

/** `soakMs`: of live events behind the simulated paper trading, on which every limit counts. */
export function inputsHash(stage: StageName, { parameters, riskLimits }: Current, soakMs: number): string {
  const kept = limitsRead(stage, riskLimits, soakMs);
  const read: unknown[] = [stage, parameters, kept, stage === "paper_trading" ? soakMs : 0];
  const meaning = MEANING[stage];
  if (meaning !== undefined) read.push(meaning);
  return createHash("sha256").update(JSON.stringify(read, inOrder)).digest("hex").slice(0, HASH_DIGITS);
}

function limitsRead(stage: StageName, riskLimits: JsonObject, soakMs: number): JsonObject {
  if (stage === "syntax_check" || stage === "unit_tests") return {};
  if (stage !== "backtest" && (stage !== "paper_trading" || soakMs > 0)) return riskLimits;
  return Object.fromEntries(Object.entries(riskLimits).filter(([name]) => KEPT.has(name)));
}

/** The same whatever the order of the fields. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
