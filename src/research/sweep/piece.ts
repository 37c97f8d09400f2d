// A piece of a sweep, as it is handed to who is free: sets over the shared tape. Plain data, it can be posted to a thread.
import type { FastPath, TapeMemory, Width } from "./fast-path.ts";
import type { ParameterSet, SweepRule } from "./rules.ts";
import type { SetResult } from "./set-result.ts";

export interface SweepWorkerData extends TapeMemory {
  readonly module: WebAssembly.Module;
  readonly worker: number;
  readonly rule: string;
  readonly capital: number;
}
export interface SweepPiece {
  readonly width: Width;
  readonly sets: readonly ParameterSet[];
  /** Asks for equity at the end of every so many bars instead of results. */
  readonly step?: number;
}
export interface SweepPieceDone {
  readonly results: readonly SetResult[];
  readonly curves: readonly Float64Array[];
}

/** Equity at the ends of the steps, or results. */
export function runPiece(
  path: FastPath,
  rule: SweepRule,
  { sets, width, step }: SweepPiece,
  capital: number,
): SweepPieceDone {
  if (step === undefined) return { results: path.run(rule, sets, width, capital), curves: [] };
  return { results: [], curves: path.curves(rule, sets, width, capital, step) };
}
