// One candidate as plain data, and how it is tried: a run over recorded history, by the backtest that runs everything else.
// The same trial, history and version give the same figures to the bit, in any thread of any process. Rules wait for the
// compiler; everything else is on the calling thread.
import { createHash } from "node:crypto";
import type { Result } from "../../domain/result.ts";
import type { History } from "../../history/history.ts";
import {
  type CodeRequest,
  explainRun,
  type Outcome,
  returnsOf,
  runBacktest,
  runCode,
  type RunHooks,
  type RunRequest,
  shorter,
  type Statement,
  type Trial,
} from "../../research/research.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";

/** A rule text compiled; the failure is a sentence. */
export type Compile = (code: string) => Promise<Result<CompiledStrategy, string>>;

/** A set of numbers. */
interface ParameterTrial {
  readonly kind: "parameters";
  readonly request: RunRequest;
  /** By which the ledger tells sets apart; the request has them among all others. */
  readonly values: Readonly<Record<string, number>>;
  readonly engineVersion: string;
}
/** A text. */
interface RuleTrial {
  readonly kind: "rules";
  readonly request: CodeRequest;
  readonly text: string;
  readonly engineVersion: string;
}
export type TrialSpec = ParameterTrial | RuleTrial;

/** One that was run, and what it was run on. `parameters` tell candidates apart in the ledger. */
export interface Tried extends Trial {
  readonly about: Pick<Statement, "strategy" | "codeHash" | "from" | "to" | "data">;
}

/** What a trial needs beside its history. `onProgress` true: stop. */
export interface TrialTools extends Pick<RunHooks, "onProgress"> {
  readonly compile: Compile;
}

/** Columns of returns that are kept of each. */
const STEPS_KEPT = 2_000;

/** Rejects with a sentence where it cannot be run. */
export async function tryTrial(history: History, trial: TrialSpec, tools: TrialTools): Promise<Tried> {
  return triedOf(await runTrial(history, trial, tools), trial);
}

/** The whole run, for who judges it. Rejects with a sentence where it cannot be run. */
export async function runTrial(
  history: History,
  trial: TrialSpec,
  { compile, onProgress }: TrialTools,
): Promise<Outcome> {
  const { engineVersion } = trial;
  const hooks = { engineVersion, ...(onProgress === undefined ? {} : { onProgress }) };
  if (trial.kind === "parameters") {
    const done = runBacktest(history, trial.request, hooks);
    if (!done.ok) throw new Error(explainRun(done.failure));
    return done.value;
  }
  const compiled = await compile(trial.text);
  if (!compiled.ok) throw new Error(compiled.failure);
  const done = await runCode(history, trial.request, compiled.value, hooks);
  if (!done.ok) throw new Error(explainRun(done.failure));
  return done.value;
}

function triedOf({ figures, equity, statement }: Outcome, trial: TrialSpec): Tried {
  const { sharpe } = figures;
  const score = sharpe !== null && Number.isFinite(sharpe) ? sharpe : null;
  const parameters = trial.kind === "parameters" ? trial.values : { composition: markOf(trial.text) };
  const returns = shorter(returnsOf(equity.equity, statement.capital), STEPS_KEPT);
  return { parameters, score, figures, returns, about: statement };
}

/** By which the ledger tells texts apart: 48 bits of a hash. */
function markOf(text: string): number {
  return parseInt(createHash("sha256").update(text).digest("hex").slice(0, 12), 16);
}
