// The thread in which strategies are tried, one after the other. Nothing of one trial is left for the next.
import { parentPort, workerData } from "node:worker_threads";
import { overfittingOf, recordedMarket, testCode } from "../../../research/research.ts";
import { type Seat, sitDown } from "../../../sandbox/sandbox.ts";
import { yieldToOthers } from "../../low-priority.ts";
import { parityOf } from "./parity.ts";
import { stressed } from "./stress.ts";
import type { Trial, TrialKind, TrialReply, TrialRequest } from "./trial.ts";

yieldToOthers();
sitDown(workerData as Seat | null, true);
parentPort?.on("message", (request: TrialRequest) => void reply(request));

async function reply(request: TrialRequest): Promise<void> {
  try {
    parentPort?.postMessage({ ok: true, value: await answered(request) } satisfies TrialReply);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ ok: false, failure } satisfies TrialReply);
  }
}

async function answered(request: TrialRequest): Promise<Trial[TrialKind]["answer"]> {
  switch (request.kind) {
    case "tests": {
      const { compiled, options, dataDir } = request;
      const market = recordedMarket(dataDir, options.symbols);
      return testCode(compiled, market === null ? options : { ...options, market });
    }
    case "stress":
      return stressed(request.compiled, request.request);
    case "overfitting":
      return { probability: overfittingOf(request.columns) };
    case "parity": {
      const made = await parityOf(request);
      if (!made.ok) throw new Error(made.failure);
      return made.value;
    }
  }
}
