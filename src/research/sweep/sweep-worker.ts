// A thread of a sweep: runs the sets that it is sent over the shared tape, in its own arena, and sends the results back.
import { parentPort, workerData } from "node:worker_threads";
import { FastPath, type TapeMemory, type Width } from "./fast-path.ts";
import { type ParameterSet, ruleOf } from "./rules.ts";
import type { SetResult } from "./set-result.ts";

export interface SweepWorkerData extends TapeMemory {
  readonly module: WebAssembly.Module;
  readonly worker: number;
  readonly rule: string;
  readonly capital: number;
}
export interface SweepPiece {
  readonly first: number;
  readonly width: Width;
  readonly sets: readonly ParameterSet[];
}
export interface SweepPieceDone {
  readonly first: number;
  readonly results: readonly SetResult[];
}

const { module, worker, rule: name, capital, ...memory } = workerData as SweepWorkerData;
const path = new FastPath(module, memory, worker);
parentPort?.on("message", ({ first, width, sets }: SweepPiece) => {
  const rule = ruleOf(name);
  if (rule === undefined) throw new Error(`${name} is no rule`);
  parentPort?.postMessage({ first, results: path.run(rule, sets, width, capital) } satisfies SweepPieceDone);
});
