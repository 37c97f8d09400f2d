// What a stage of a pipeline is: a question about one version of a strategy, answered with passed or not, the figures that
// the answer rests on, and lines for people. A stage waits for work that is done elsewhere (the compiler's process, the
// threads of the runs) and never computes for long on the main thread.
import type { CompiledStrategy, CompiledTests } from "../../sandbox/sandbox.ts";
import type { Result } from "../../domain/result.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { JobResult } from "../backtests/backtests.ts";
import type { Certified } from "./certificate.ts";
import type { Likeness } from "./company.ts";
import type { Strategy } from "../registry/registry.ts";
import type { SoakReport } from "./soak.ts";
import type { StressAnswer } from "./trial/stress.ts";
import type { Level, ValidationMode } from "./words.ts";
import type { Trial, TrialKind } from "./trial/trials.ts";

/** In the order in which they are passed. */
export const STAGE_NAMES = [
  "syntax_check",
  "unit_tests",
  "backtest",
  "paper_trading",
  "risk_validation",
  "performance_validation",
] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface StageContext {
  /** As it was when its deployment was asked for. */
  readonly strategy: Strategy;
  readonly code: string;
  /** Of live events behind the simulated paper trading; 0: none. */
  readonly soakMs: number;
  /** Those that it names; a strategy for all of them is tried with one. */
  readonly symbols: readonly string[];
  /** Where the history of the symbols lies that the strategy names; null: it names none, or there is none. */
  readonly dataDir: string | null;
  readonly mode: ValidationMode;
  /** How many versions of this strategy were put to the test, this one among them. */
  readonly trials: number;
  /** Aborted: nobody wants the answer any more. */
  readonly signal: AbortSignal;
  log(level: Level, message: string): void;
  /** The code, compiled once for all stages; the failure is a sentence with the author's line. Null: it has none. */
  compiled(): Promise<Result<CompiledStrategy | null, string>>;
  /** The tests that stand in the author's code; null: there are none. */
  ownTests(): Promise<Result<CompiledTests | null, string>>;
  /** A run over history, made once for all stages; the failure is a sentence. */
  ran(kind: "backtest" | "paper_trading"): Promise<Result<JobResult, string>>;
  /** The backtest with other parameters; the failure is a sentence. */
  ranWith(parameters: JsonObject): Promise<Result<JobResult, string>>;
  /** The code in markets that nobody likes, in a thread, once for all stages; the failure is a sentence. */
  stressed(): Promise<Result<readonly StressAnswer[], string>>;
  /** Begins in other threads what the stages behind this one will ask for; they find it under way. */
  ahead(): void;
  /** The deployed strategy whose curve is most like that of this run; null: nothing can be compared. */
  nearest(result: JobResult): Likeness | null;
  /** Something that is tried in a thread of its own; the failure is a sentence. */
  tried<K extends TrialKind>(kind: K, asked: Trial[K]["asked"]): Promise<Result<Trial[K]["answer"], string>>;
  /**
   * What it did on the live path, computed again by the path of backtests: of its soak, or of the last day on a simulated
   * clock. The failure is a sentence; null: the strategy is one of the engine's own.
   */
  certified(): Promise<Result<Certified | null, string>>;
  /** The version on live events for as long as was asked for; null: it was not, or the strategy is one of the engine's own. */
  soaked(): Promise<Result<SoakReport | null, string>>;
  /** The thread or process that the machine took away from it; null: none. Then another try may do better. */
  lost(): string | null;
  /** Milliseconds that the work of a stage took which is under way since then, wherever it was done. */
  spent(stage: StageName, fromMs: number): number;
}

export interface StageAnswer {
  readonly passed: boolean;
  /** Why it did not pass; null when it did. */
  readonly error: string | null;
  /** Shown in the pipeline's results, by the names of the API. */
  readonly fields: JsonObject;
}

export interface Stage {
  readonly name: StageName;
  readonly budgetMs: number;
  run(context: StageContext): Promise<StageAnswer>;
}

export function passed(fields: JsonObject = {}): StageAnswer {
  return { passed: true, error: null, fields };
}
export function refused(error: string, fields: JsonObject = {}): StageAnswer {
  return { passed: false, error, fields };
}
