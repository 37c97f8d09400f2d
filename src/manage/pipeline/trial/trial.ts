// What can be tried in a thread of the trials, and what is answered to each.
import type { CodeRequest, CodeTestOptions, CodeTestReport, TapeCertificate } from "../../../research/research.ts";
import type { CompiledStrategy } from "../../../sandbox/sandbox.ts";
import type { Tape } from "../../../simulation/simulation.ts";
import type { JsonObject } from "../../../store/strategies.ts";
import type { StressAnswer } from "./stress.ts";

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
  /** What it did on the live path, computed again by that of backtests. */
  readonly parity: {
    readonly asked: {
      readonly compiled: CompiledStrategy;
      readonly name: string;
      readonly parameters: JsonObject;
      readonly riskLimits: JsonObject;
      readonly symbols: readonly string[];
      /** Null: a synthetic market. */
      readonly dataDir: string | null;
      /** Of a soak on live events; null: there was none. */
      readonly tape: Tape | null;
    };
    readonly answer: TapeCertificate;
  };
}
export type TrialKind = keyof Trial;
export type TrialRequest = { readonly [K in TrialKind]: { readonly kind: K } & Trial[K]["asked"] }[TrialKind];
export type TrialReply =
  { readonly ok: true; readonly value: Trial[TrialKind]["answer"] } | { readonly ok: false; readonly failure: string };
