// The thread in which strategies are tried, one after the other. Nothing of one trial is left for the next.
import { parentPort } from "node:worker_threads";
import type { CompiledStrategy, Given } from "../../../sandbox/sandbox.ts";
import { generatedTests, type TestAnswer } from "./generated-tests.ts";

export interface TrialRequest {
  readonly compiled: CompiledStrategy;
  readonly symbols: readonly string[];
  readonly given: Given;
}
/** Null: the trial itself broke. */
export type TrialReply = readonly TestAnswer[] | null;

parentPort?.on("message", (request: TrialRequest) => void reply(request));

async function reply({ compiled, symbols, given }: TrialRequest): Promise<void> {
  const answers = await generatedTests(compiled, symbols, given).catch(() => null);
  parentPort?.postMessage(answers satisfies TrialReply);
}
