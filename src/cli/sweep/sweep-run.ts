// What `strategy-engine sweep` runs: a reference rule by the fast path, or one of the 18 by events, trial by trial.
import { ok, failed, type Result } from "../../domain/result.ts";
import type { History } from "../../history/history.ts";
import {
  type Constraints,
  explainRun,
  gridOf,
  type Method,
  openEvaluate,
  randomSetsOf,
  type RuleSweepResult,
  search,
  type Space,
  sweepRule,
  type Weights,
} from "../../research/research.ts";
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
  /** Hashes of the datasets that it read. */
  readonly hashes: readonly string[];
}

function constraintsOf({ maxDrawdown, minTrades }: Options): Constraints {
  return { ...(maxDrawdown === undefined ? {} : { maxDrawdown }), ...(minTrades === undefined ? {} : { minTrades }) };
}
function spanOf({ from, to, intervalMs }: Options): { from?: number; to?: number; intervalMs?: number } {
  const found = { from, to, intervalMs };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export async function runRule(task: SweepTask): Promise<Result<SweepDone, string>> {
  const { name, space, fixed, method, options, objective, signal } = task;
  const sets = method.kind === "grid" ? gridOf(space, method.most) : randomSetsOf(space, options.seed, method.trials);
  if (!sets.ok) return sets;
  const swept = await sweepRule(
    task.history,
    {
      ...spanOf(options),
      rule: name,
      symbol: options.symbols[0] ?? "",
      sets: sets.value.map((set) => ({ ...fixed, ...set })),
      capital: options.capital,
      objective,
      constraints: constraintsOf(options),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.prescreen === undefined ? {} : { prescreen: options.prescreen }),
    },
    { signal, onProgress: (done, total) => task.onProgress(done, total, null) },
  );
  if (!swept.ok) return swept;
  const { dataset, bars, ranked, left, agreement, cancelled } = swept.value;
  const data = `${dataset.id}, ${bars} bars${dataset.synthetic ? ", SYNTHETIC" : ""}, hash ${dataset.hash.slice(0, 12)}`;
  const about = { strategy: name, data, data_hash: dataset.hash, objective, capital: options.capital };
  return ok({ about, rows: ranked, left, agreement, cancelled, hashes: [dataset.hash] });
}

export async function runType(task: SweepTask): Promise<Result<SweepDone, string>> {
  const { name, space, fixed, method, options, objective, history, signal } = task;
  if (options.prescreen !== undefined) return failed("--prescreen is for reference rules; leave it out");
  const { symbols, capital } = options;
  const request = { strategy: name, parameters: fixed, symbols, capital, ...spanOf(options) };
  const evaluate = openEvaluate(history, request);
  if (!evaluate.ok) return failed(explainRun(evaluate.failure));
  const hashes = history
    .list()
    .filter(({ symbol }) => symbols.includes(symbol))
    .map(({ hash }) => hash);
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
      constraints: constraintsOf(options),
      parallel: 1,
      ...(options.trials === undefined ? {} : { file: { path: options.trials, about } }),
    },
    { signal, onProgress: ({ done, total, best }) => task.onProgress(done, total, best?.score ?? null) },
  );
  if (!found.ok) return found;
  const { trials, left, cancelled } = found.value;
  const data = `${symbols.join(", ")}: ${hashes.map((hash) => hash.slice(0, 12)).join(", ")}`;
  return ok({
    about: { strategy: name, data, objective, capital },
    rows: trials,
    left,
    agreement: null,
    cancelled,
    hashes,
  });
}
