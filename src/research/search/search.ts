// The door of the search over parameters: runs trials of an Evaluate by a grid, at random or by an estimate, and ranks
// them. The same request and the same Evaluate give the same result, whatever the number of trials at a time and however
// often the search was killed and begun again over its file.
//   halving: every trial runs on a first part of the span, the better ones on more of it, the best on all of it
import { failed, ok, type Result } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import { shorter, stepsKept } from "../honesty/honesty.ts";
import type { Evaluate } from "../outcome.ts";
import { type Constraints, refusalOf, scoreOf, type Weights } from "./objective.ts";
import { proposeByEstimate, proposeRandom, randomOf, type Proposal, type Scored } from "./propose.ts";
import { gridOf, keyOf, type Space, spaceFault, type Values } from "./space.ts";
import { openTrialFile, type TrialFile, type TrialRecord } from "./trial-file.ts";

export { parseObjective, refusalOf, scoreOf, type Constraints, type Scorable, type Weights } from "./objective.ts";
export { combinationsOf, gridAround, gridOf, type Dimension, type Space, type Values } from "./space.ts";
export { randomSetsOf } from "./propose.ts";
export { numbersOfText, openSealedLines, textOfNumbers } from "./sealed-lines.ts";
export type { TrialRecord } from "./trial-file.ts";

export type Method =
  { readonly kind: "grid"; readonly most: number } | { readonly kind: "random" | "tpe"; readonly trials: number };

export interface Halving {
  readonly from: EpochUs;
  readonly to: EpochUs;
  /** Parts of the span of the rungs before the last one, ascending, e.g. [0.25, 0.5]. */
  readonly shares: readonly number[];
  /** Of the trials of a rung one in `keep` goes on. */
  readonly keep: number;
}

export interface SearchRequest {
  readonly space: Space;
  readonly method: Method;
  readonly seed: number;
  readonly objective: Weights;
  readonly constraints: Constraints;
  /** Trials at a time. */
  readonly parallel: number;
  readonly halving?: Halving;
  /** Why a combination makes no sense; such a one is no trial. */
  readonly conflict?: (values: Values) => string | null;
  /** File of finished trials, and what besides this request they follow from: strategy, data, capital. */
  readonly file?: { readonly path: string; readonly about: string };
}

export interface SearchProgress {
  readonly done: number;
  readonly total: number;
  readonly best: TrialRecord | null;
  /** The trial that has just finished; null: it was read from the file. */
  readonly last: TrialRecord | null;
}

export interface SearchHooks {
  readonly onProgress?: (progress: SearchProgress) => void;
  readonly signal?: AbortSignal;
}

export interface SearchResult {
  /** Best first; those without a score last, in the order of their numbers. */
  readonly trials: readonly TrialRecord[];
  readonly best: TrialRecord | null;
  /** Every set that was run, by number: over the longest span that it was run over. */
  readonly ran: readonly TrialRecord[];
  /** Combinations that made no sense, with an example's reason. */
  readonly left: { readonly count: number; readonly reason: string | null };
  readonly cancelled: boolean;
}

export const TRIALS_MAX = 100_000;
/** Trials whose results the next proposals see; the same for every `parallel`. */
const BATCH = 8;
/** Trials at random before the estimate begins. */
const FIRST_RANDOM = 16;

export async function search(
  evaluate: Evaluate,
  request: SearchRequest,
  hooks: SearchHooks = {},
): Promise<Result<SearchResult, string>> {
  const fault = requestFault(request);
  if (fault !== null) return failed(fault);
  const { file, method, space, seed, objective, constraints, halving } = request;
  const what = JSON.stringify({ about: file?.about, space, method, seed, objective, constraints, halving });
  const opened = file === undefined ? ok(null) : openTrialFile(file.path, what);
  if (!opened.ok) return opened;
  const run = new Run(evaluate, request, hooks, opened.value);
  try {
    return await run.all();
  } finally {
    opened.value?.close();
  }
}

function requestFault({ space, method, parallel, halving }: SearchRequest): string | null {
  const fault = spaceFault(space);
  if (fault !== null) return fault;
  if (method.kind !== "grid" && !(Number.isInteger(method.trials) && method.trials > 0 && method.trials <= TRIALS_MAX))
    return `${method.trials} trials were asked for; give a whole number from 1 to ${TRIALS_MAX}`;
  if (!(Number.isInteger(parallel) && parallel > 0))
    return `parallel is ${parallel}; it must be a whole number above 0`;
  if (halving === undefined) return null;
  if (method.kind === "tpe") return "halving goes with a grid or with random trials";
  const { shares, keep, from, to } = halving;
  const ascending = shares.every((share, place) => share > (shares[place - 1] ?? 0) && share < 1);
  return ascending && keep > 1 && from < to
    ? null
    : "halving keeps one set in 2 or more, over shares of the span that grow from above 0 to below 1";
}

class Run {
  private readonly evaluate: Evaluate;
  private readonly request: SearchRequest;
  private readonly hooks: SearchHooks;
  private readonly file: TrialFile | null;
  private readonly known = new Map<string, TrialRecord>();
  private readonly records: TrialRecord[] = [];
  private readonly longest = new Map<number, TrialRecord>();
  private done = 0;
  private total = 0;
  private best: TrialRecord | null = null;
  private left = { count: 0, reason: null as string | null };

  constructor(evaluate: Evaluate, request: SearchRequest, hooks: SearchHooks, file: TrialFile | null) {
    this.evaluate = evaluate;
    this.request = request;
    this.hooks = hooks;
    this.file = file;
    for (const record of file?.finished ?? []) this.known.set(`${record.rung} ${record.number}`, record);
  }

  async all(): Promise<Result<SearchResult, string>> {
    const { method } = this.request;
    if (method.kind === "grid") {
      const grid = gridOf(this.request.space, method.most);
      if (!grid.ok) return grid;
      await this.listed(this.sensible(grid.value));
    } else if (method.kind === "random" && this.request.halving !== undefined)
      await this.listed(this.drawn(method.trials));
    else await this.proposed(method.trials, method.kind);
    const trials = [...this.records].sort(byScore);
    const ran = [...this.longest.values()].sort((a, b) => a.number - b.number);
    return ok({ trials, best: this.best, ran, left: this.left, cancelled: this.cancelled });
  }

  private get cancelled(): boolean {
    return this.hooks.signal?.aborted === true;
  }

  private sensible(sets: readonly Values[]): readonly Values[] {
    return sets.filter((values) => {
      const reason = this.request.conflict?.(values) ?? null;
      if (reason !== null) this.left = { count: this.left.count + 1, reason };
      return reason === null;
    });
  }

  private drawn(trials: number): readonly Values[] {
    const tried = new Set<string>();
    const sets: Values[] = [];
    for (let number = 0; number < trials; number++) {
      const proposal = this.propose(number, "random", tried, []);
      if (proposal === null) break;
      sets.push(proposal.values);
    }
    return sets;
  }

  /** Sets that are known beforehand, rung by rung. */
  private async listed(sets: readonly Values[]): Promise<void> {
    const { halving } = this.request;
    let numbers = sets.map((_, number) => number);
    const shares = [...(halving?.shares ?? []), 1];
    this.total = rungSizes(numbers.length, shares.length, halving?.keep ?? 1).reduce((sum, size) => sum + size, 0);
    for (const [rung, share] of shares.entries()) {
      const last = rung === shares.length - 1;
      const span = halving === undefined ? undefined : partOf(halving, share);
      const ran = await this.run(
        numbers.map((number) => ({ number, values: sets[number] ?? {} })),
        rung,
        span,
        last,
      );
      if (this.cancelled || last) return;
      const kept = [...ran].sort(byScore).slice(0, Math.ceil(ran.length / (halving?.keep ?? 1)));
      numbers = kept.map(({ number }) => number).sort((a, b) => a - b);
    }
  }

  /** Sets that follow from the results before. */
  private async proposed(trials: number, kind: "random" | "tpe"): Promise<void> {
    this.total = trials;
    const tried = new Set<string>();
    const finished: Scored[] = [];
    for (let start = 0; start < trials && !this.cancelled; start += BATCH) {
      const batch: { number: number; values: Values; point: readonly number[] }[] = [];
      for (let number = start; number < Math.min(trials, start + BATCH); number++) {
        const proposal = this.propose(number, kind, tried, finished);
        if (proposal !== null) batch.push({ number, ...proposal });
      }
      if (batch.length === 0) return;
      const records = await this.run(batch, 0, undefined, true);
      for (const record of records) {
        const point = batch.find(({ number }) => number === record.number)?.point;
        if (record.score !== null && point !== undefined) finished.push({ point, score: record.score });
      }
    }
  }

  /** Null when everything sensible was tried. */
  private propose(
    number: number,
    kind: "random" | "tpe",
    tried: Set<string>,
    finished: readonly Scored[],
  ): Proposal | null {
    const { space, seed, conflict } = this.request;
    const random = randomOf(seed, number);
    for (;;) {
      const proposal =
        kind === "tpe" && finished.length >= FIRST_RANDOM
          ? proposeByEstimate(space, random, tried, finished)
          : proposeRandom(space, random, tried);
      if (proposal === null) return null;
      tried.add(keyOf(proposal.values));
      const reason = conflict?.(proposal.values) ?? null;
      if (reason === null) return proposal;
      this.left = { count: this.left.count + 1, reason };
    }
  }

  /** The records of these trials in the order of their numbers; fewer when cancelled. */
  private async run(
    trials: readonly { readonly number: number; readonly values: Values }[],
    rung: number,
    span: { readonly from: EpochUs; readonly to: EpochUs } | undefined,
    counts: boolean,
  ): Promise<readonly TrialRecord[]> {
    const records: TrialRecord[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < trials.length && !this.cancelled) {
        const trial = trials[next++];
        if (trial === undefined) return;
        const known = this.known.get(`${rung} ${trial.number}`);
        const record = known ?? (await this.one(trial.number, trial.values, rung, span));
        if (known === undefined) this.file?.append(record);
        records.push(record);
        this.finish(record, counts, known === undefined);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.request.parallel, trials.length) }, lane));
    records.sort((a, b) => a.number - b.number);
    if (counts) this.records.push(...records);
    for (const record of records) this.longest.set(record.number, record);
    return records;
  }

  private async one(
    number: number,
    parameters: Values,
    rung: number,
    span: { readonly from: EpochUs; readonly to: EpochUs } | undefined,
  ): Promise<TrialRecord> {
    const { objective, constraints } = this.request;
    try {
      const { figures, returns } = await this.evaluate(parameters, span);
      const score = scoreOf(figures, objective, constraints);
      const why = refusalOf(figures, constraints) ?? (score === null ? NO_FIGURE : null);
      const most = stepsKept(this.total);
      const kept = most === null ? null : shorter(returns, most);
      return { number, rung, parameters, score, figures, returns: kept, why };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { number, rung, parameters, score: null, figures: null, returns: null, why };
    }
  }

  private finish(record: TrialRecord, counts: boolean, fresh: boolean): void {
    this.done++;
    if (counts && record.score !== null && (this.best === null || byScore(record, this.best) < 0)) this.best = record;
    this.hooks.onProgress?.({ done: this.done, total: this.total, best: this.best, last: fresh ? record : null });
  }
}
const NO_FIGURE = "a figure of the objective is not available: too few trades or too short a span";

/** Better first; equal scores by number. */
function byScore(a: TrialRecord, b: TrialRecord): number {
  if (a.score !== null && b.score !== null && a.score !== b.score) return b.score - a.score;
  if ((a.score === null) !== (b.score === null)) return a.score === null ? 1 : -1;
  return a.number - b.number;
}
function rungSizes(first: number, rungs: number, keep: number): readonly number[] {
  const sizes = [first];
  while (sizes.length < rungs) sizes.push(Math.ceil((sizes.at(-1) ?? 0) / keep));
  return sizes;
}
function partOf({ from, to }: Halving, share: number): { readonly from: EpochUs; readonly to: EpochUs } {
  return { from, to: share === 1 ? to : from + Math.floor((to - from) * share) };
}
