// A trial of a generator's search as the threads of runs are given it, and how it is made there. What comes of it is nobody's
// result and is counted by nobody here: whoever searches counts its trials. In a worker's thread.
import { failed, ok, type Result } from "../../domain/result.ts";
import { openHistory } from "../../history/history.ts";
import { type TrialSpec, type Tried, tryTrial } from "../../learning/generation.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { JobEnd } from "./job.ts";

export interface TrialOrder {
  readonly kind: "trial";
  readonly trial: TrialSpec;
  /** Of rules. */
  readonly compiled: CompiledStrategy | null;
  readonly dataDir: string;
}

/** `onProgress` tells whether to stop. */
export async function runTrialOrder(order: TrialOrder, onProgress: (share: number) => boolean): Promise<JobEnd> {
  const { trial, compiled, dataDir } = order;
  const history = openHistory(dataDir);
  const none = { issue: null, page: null };
  if (!history.ok) return { ...none, result: history };
  const compile = (): Promise<Result<CompiledStrategy, string>> =>
    Promise.resolve(compiled === null ? failed("it was not compiled") : ok(compiled));
  const tried = await tryTrial(history.value, trial, { compile, onProgress });
  return { ...none, result: ok({ tried }) };
}

/** What a thread has sent of a trial. */
export function triedOf(end: JobEnd["result"]): Result<Tried, string> {
  return end.ok ? ok(end.value["tried"] as Tried) : failed(end.failure ?? "it was stopped");
}
