// What `strategy-engine sweep` runs: a reference rule by the fast path, or one of the 18 by events, trial by trial.
import { ok, failed, type Result } from "../../domain/result.ts";
import { US_PER_MS } from "../../domain/units.ts";
import type { History } from "../../history/history.ts";
import {
  type Choice,
  conflictOf,
  type Constraints,
  type DataSpan,
  type Evaluate,
  explainRun,
  gridAround,
  gridOf,
  type Halving,
  judgeChoice,
  type Method,
  openEvaluate,
  pricesOf,
  randomSetsOf,
  type ResultFile,
  type RuleSweepResult,
  runBacktest,
  type RunRequest,
  scoreOf,
  search,
  type SearchResult,
  spanOf,
  type Space,
  stabilityMap,
  sweepRule,
  type TrialLedger,
  type Values,
  type Weights,
} from "../../research/research.ts";
import { packageVersion } from "../../package-version.ts";
import type { Options } from "./options.ts";
import type { Row } from "./sweep-text.ts";

export interface SweepTask {
  readonly name: string;
  readonly rule: boolean;
  readonly space: Space;
  readonly fixed: Readonly<Record<string, number>>;
  readonly objective: Weights;
  readonly method: Method;
  readonly options: Options;
  readonly history: History;
  readonly ledger: TrialLedger | null;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number, best: number | null) => void;
}
export interface SweepDone {
  readonly about: Readonly<Record<string, unknown>>;
  /** Best first. */
  readonly rows: readonly Row[];
  readonly left: RuleSweepResult["left"];
  readonly agreement: RuleSweepResult["agreement"];
  readonly cancelled: boolean;
  /** The best set as a finished run, with its verdict; null: nothing was run. */
  readonly judged: ResultFile | null;
}

function constraintsOf({ maxDrawdown, minTrades }: Options): Constraints {
  return { ...(maxDrawdown === undefined ? {} : { maxDrawdown }), ...(minTrades === undefined ? {} : { minTrades }) };
}
function wantedSpan({ from, to, intervalMs }: Options): { from?: number; to?: number; intervalMs?: number } {
  const found = { from, to, intervalMs };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export async function runRule(task: SweepTask): Promise<Result<SweepDone, string>> {
  const { name, space, fixed, method, options, objective, signal } = task;
  if (options.barMs !== undefined) return failed("--bar-ms is for the 18; a reference rule has --interval-ms");
  if (options.halving !== undefined) return failed("--halving is for the 18; a reference rule has --prescreen");
  const sets = method.kind === "grid" ? gridOf(space, method.most) : randomSetsOf(space, options.seed, method.trials);
  if (!sets.ok) return sets;
  const swept = await sweepRule(
    task.history,
    {
      ...wantedSpan(options),
      rule: name,
      symbol: options.symbols[0] ?? "",
      sets: sets.value.map((set) => ({ ...fixed, ...set })),
      capital: options.capital,
      objective,
      constraints: constraintsOf(options),
      returns: true,
      engineVersion: packageVersion(),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.prescreen === undefined ? {} : { prescreen: options.prescreen }),
      ...(options.trials === undefined ? {} : { file: options.trials }),
    },
    { signal, onProgress: (done, total) => task.onProgress(done, total, null) },
  );
  if (!swept.ok) return swept;
  const { dataset, bars, ranked, left, agreement, cancelled } = swept.value;
  const data = `${dataset.id}, ${bars} bars${dataset.synthetic ? ", SYNTHETIC" : ""}, hash ${dataset.hash.slice(0, 12)}`;
  const about = { strategy: name, data, data_hash: dataset.hash, objective, capital: options.capital };
  return ok({ about, rows: ranked, left, agreement, cancelled, judged: await judgedRule(task, swept.value) });
}

async function judgedRule(
  { space, options, ledger }: SweepTask,
  { ranked, ran, best, again }: RuleSweepResult,
): Promise<ResultFile | null> {
  const [winner] = ranked;
  if (best === null || winner === undefined) return null;
  const stability = await stabilityMap(winner, ran, gridAround(space), (set) => {
    const found = again(set);
    return found === null ? null : Promise.resolve(found);
  });
  return judged({ ...best, ran, among: ran, stability, seed: options.seed }, ledger);
}

function judged(choice: Choice, ledger: TrialLedger | null): ResultFile {
  const { outcome, prices } = choice;
  return { outcome, prices, verdict: judgeChoice(choice, ledger, Date.now() * US_PER_MS) };
}

export async function runType(task: SweepTask): Promise<Result<SweepDone, string>> {
  const { name, space, fixed, method, options, objective, history, signal } = task;
  if (options.prescreen !== undefined) return failed("--prescreen is for reference rules; leave it out");
  const { symbols, capital } = options;
  const shape = options.barMs === undefined ? {} : { barMs: options.barMs };
  const request = { strategy: name, parameters: fixed, symbols, capital, ...wantedSpan(options), ...shape };
  const constraints = constraintsOf(options);
  const evaluate = openEvaluate(history, request, (figures) => scoreOf(figures, objective, constraints));
  if (!evaluate.ok) return failed(explainRun(evaluate.failure));
  const read = spanOf(history, request);
  if (!read.ok) return failed(explainRun(read.failure));
  const hashes = read.value.datasets.map(({ hash }) => hash);
  const about = JSON.stringify({ request, hashes });
  const found = await search(
    async (parameters, span) => {
      await new Promise((resolve) => setImmediate(resolve)); // Ctrl-C is heard between trials
      return evaluate.value(parameters, span);
    },
    {
      space,
      method,
      seed: options.seed,
      objective,
      constraints,
      parallel: 1,
      ...halvingOf(options, read.value),
      conflict: conflictOf(name, fixed),
      ...(options.trials === undefined ? {} : { file: { path: options.trials, about } }),
    },
    { signal, onProgress: ({ done, total, best }) => task.onProgress(done, total, best?.score ?? null) },
  );
  if (!found.ok) return found;
  const { trials, left, cancelled } = found.value;
  const data = `${symbols.join(", ")}: ${hashes.map((hash) => hash.slice(0, 12)).join(", ")}`;
  const rows = trials.map(({ parameters, score, why, figures }) => ({ parameters, score, why, figures }));
  const best = await judgedType(task, found.value, request, evaluate.value);
  if (!best.ok) return best;
  const told = { strategy: name, data, objective, capital };
  return ok({ about: told, rows, left, agreement: null, cancelled, judged: best.value });
}

/** Two rungs before the whole span, each keeping one set in `keep` and as much longer as sets are fewer. */
function halvingOf({ halving: keep }: Options, { from, to }: DataSpan): { readonly halving?: Halving } {
  return keep === undefined ? {} : { halving: { from, to, keep, shares: [1 / (keep * keep), 1 / keep] } };
}

async function judgedType(
  { space, history, options, ledger }: SweepTask,
  { trials, ran }: SearchResult,
  request: RunRequest,
  evaluate: (set: Values) => ReturnType<Evaluate>,
): Promise<Result<ResultFile | null, string>> {
  const winner = trials.find(({ figures }) => figures !== null);
  if (winner === undefined) return ok(null);
  const parameters = { ...request.parameters, ...winner.parameters };
  const run = runBacktest(history, { ...request, parameters }, { engineVersion: packageVersion() });
  if (!run.ok) return failed(explainRun(run.failure));
  const outcome = run.value;
  const conflict = conflictOf(request.strategy, request.parameters);
  const fitting = (set: Values) => (conflict(set) === null ? evaluate(set) : null);
  const stability = await stabilityMap(winner, trials, gridAround(space), fitting);
  const prices = pricesOf(history, outcome.statement, options.intervalMs);
  return ok(judged({ outcome, prices, ran, among: trials, stability, seed: options.seed }, ledger));
}
