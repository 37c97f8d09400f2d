// The thread in which strategies are tried, one after the other. Nothing of one trial is left for the next.
import { parentPort } from "node:worker_threads";
import {
  type CodeRequest,
  type CodeTestOptions,
  type CodeTestReport,
  overfittingOf,
  recordedMarket,
  testCode,
} from "../../../research/research.ts";
import type { CompiledStrategy } from "../../../sandbox/sandbox.ts";
import { yieldToOthers } from "../../low-priority.ts";
import { type StressAnswer, stressed } from "./stress.ts";

/** What can be asked, and what is answered to each. */
export interface Trial {
  readonly tests: {
    readonly asked: {
      readonly compiled: CompiledStrategy;
      readonly options: Omit<CodeTestOptions, "market">;
      /** Where the history of its symbols lies; null: it is tested on made-up markets alone. */
      readonly dataDir: string | null;
    };
    readonly answer: CodeTestReport;
  };
  readonly stress: {
    readonly asked: { readonly compiled: CompiledStrategy; readonly request: Omit<CodeRequest, "from" | "to"> };
    readonly answer: readonly StressAnswer[];
  };
  /** Returns of parameter sets, one column a set: how probably the best of them is chosen by luck. */
  readonly overfitting: {
    readonly asked: { readonly columns: readonly Float64Array[] };
    readonly answer: { readonly probability: number | null };
  };
}
export type TrialKind = keyof Trial;
export type TrialRequest = { readonly [K in TrialKind]: { readonly kind: K } & Trial[K]["asked"] }[TrialKind];
export type TrialReply =
  { readonly ok: true; readonly value: Trial[TrialKind]["answer"] } | { readonly ok: false; readonly failure: string };

yieldToOthers();
parentPort?.on("message", (request: TrialRequest) => void reply(request));

async function reply(request: TrialRequest): Promise<void> {
  try {
    parentPort?.postMessage({ ok: true, value: await answered(request) } satisfies TrialReply);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ ok: false, failure } satisfies TrialReply);
  }
}

function answered(request: TrialRequest): Promise<Trial[TrialKind]["answer"]> {
  switch (request.kind) {
    case "tests": {
      const { compiled, options, dataDir } = request;
      const market = recordedMarket(dataDir, options.symbols);
      return testCode(compiled, market === null ? options : { ...options, market });
    }
    case "stress":
      return stressed(request.compiled, request.request);
    case "overfitting":
      return Promise.resolve({ probability: overfittingOf(request.columns) });
  }
}
