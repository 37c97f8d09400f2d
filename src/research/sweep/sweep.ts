// The door of sweeps by the fast path: every set of a grid over bars of one symbol, ranked by an objective, the winner run
// again by the event engine. Deterministic; the number of workers changes nothing but the time.
//   prescreen: all sets in f32 first, then the best of them in f64; only those are ranked
import { availableParallelism } from "node:os";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Dataset, History } from "../../history/history.ts";
import { type Constraints, refusalOf, type Scorable, scoreOf, type Weights } from "../search/search.ts";
import { type Agreement, checkAgreement } from "./agreement.ts";
import { sharedCore } from "../../stream/solo-plane.ts";
import { stepsKept } from "../honesty/honesty.ts";
import { returnsOf } from "../figures.ts";
import { type LoadedTape, loadTape, type TapeWanted } from "./load-tape.ts";
import { runPlain } from "./plain.ts";
import { openPieceFile } from "./piece-file.ts";
import { type RuleRun, runRule } from "./rule-outcome.ts";
import { type ParameterSet, refusedSet, ruleOf, RULES, type SweepRule, withDefaults } from "./rules.ts";
import type { SetResult } from "./set-result.ts";
import { type Frame, standingOf } from "./standing.ts";
import { Team } from "./team.ts";
import type { Width } from "./fast-path.ts";

export { RULES, ruleOf, type ParameterSet, type SweepRule } from "./rules.ts";
export type { Agreement } from "./agreement.ts";
export type { RuleRun } from "./rule-outcome.ts";

export interface RuleSweepRequest extends TapeWanted {
  readonly rule: string;
  /** Left out parameters have their defaults. */
  readonly sets: readonly ParameterSet[];
  readonly capital: number;
  readonly objective: Weights;
  readonly constraints: Constraints;
  readonly workers?: number;
  /** How many of all sets are run in f64 after all were run in f32; absent: all. */
  readonly prescreen?: number;
  /** Keeps the returns of every set, for the verdict; takes as long as the sweep itself again. */
  readonly returns?: boolean;
  /** File of finished pieces: a sweep that was killed goes on. */
  readonly file?: string;
  readonly engineVersion?: string;
}

export interface RankedSet {
  readonly parameters: ParameterSet;
  /** Null: a figure is missing, or a constraint is not met (`why`). */
  readonly score: number | null;
  readonly why: string | null;
  readonly figures: Scorable;
  readonly result: SetResult;
}

/** A set that was run, in f32 where there was a pre-screen; returns of steps of one length, null: not kept. */
export interface RanSet extends RankedSet {
  readonly returns: Float64Array | null;
}

export interface RuleSweepResult {
  readonly dataset: Dataset;
  readonly bars: number;
  /** Best first. */
  readonly ranked: readonly RankedSet[];
  /** Sets that make no sense and were not run, with an example's reason. */
  readonly left: { readonly count: number; readonly reason: string | null };
  readonly agreement: Agreement | null;
  readonly cancelled: boolean;
  /** Everything that was run, in the order of the sets. */
  readonly ran: readonly RanSet[];
  /** The winner as a finished run; null: there is none. */
  readonly best: RuleRun | null;
  /** One more set over the same bars; null: it makes no sense. */
  readonly again: (set: ParameterSet) => RankedSet | null;
}

export interface RuleSweepHooks {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export const SETS_MAX = 1_000_000;
const CAPITAL_MAX = 1e9;
const WORKERS_MAX = 16;
const YEAR_US = 365.25 * 86_400e6;
const DAY_US = 86_400e6;

export async function sweepRule(
  history: History,
  request: RuleSweepRequest,
  hooks: RuleSweepHooks = {},
): Promise<Result<RuleSweepResult, string>> {
  const rule = ruleOf(request.rule);
  if (rule === undefined)
    return failed(`${JSON.stringify(request.rule)} is no rule; there are ${RULES.map(({ name }) => name).join(", ")}`);
  const { capital } = request;
  if (!(capital > 0 && capital <= CAPITAL_MAX))
    return failed(`the capital is ${capital}; it must be above 0, at most 1e9`);
  const chosen = chosenSets(rule, request.sets);
  if (!chosen.ok) return chosen;
  const loaded = loadTape(history, request);
  if (!loaded.ok) return loaded;
  const { tape, dataset } = loaded.value;
  const frame = frameOf(loaded.value, capital);
  const workers = Math.min(WORKERS_MAX, Math.max(1, request.workers ?? availableParallelism()));
  const opened =
    request.file === undefined ? ok(null) : openPieceFile(request.file, whatOf(request, loaded.value, chosen.value));
  if (!opened.ok) return opened;
  const file = opened.value;
  const team = new Team(tape, {
    rule,
    capital,
    workers,
    ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
    ...(file === null ? {} : { file }),
  });
  try {
    const { sets } = chosen.value;
    const told = progressOf(request, sets.length, hooks);
    const { ranked, ran } = await rankedBy(team, request, sets, frame, told);
    const columns = request.returns === true ? await returnColumns(team, request, sets, tape.bars, told) : null;
    const cancelled = hooks.signal?.aborted === true;
    const winner = ranked[0];
    const agreement = winner === undefined || cancelled ? null : checkAgreement(tape, rule, winner.parameters, capital);
    const options = { capital, engineVersion: request.engineVersion ?? "" };
    return ok({
      dataset,
      bars: tape.bars,
      ranked,
      left: chosen.value.left,
      agreement,
      cancelled,
      ran: ran.map((set, place) => ({ ...set, returns: columns?.[place] ?? null })),
      best: winner === undefined ? null : runRule(loaded.value, rule, winner.parameters, options),
      again: (asked) => {
        const set = withDefaults(rule, asked);
        return refusedSet(rule, set) === null
          ? judged(set, runPlain(tape, rule, set, { capital }), request, frame)
          : null;
      },
    });
  } finally {
    await team.close();
    file?.close();
  }
}

/** Everything that the pieces follow from. */
function whatOf({ rule, capital }: RuleSweepRequest, { dataset, time }: LoadedTape, { sets }: Chosen): string {
  const span = [time[0], time.at(-1), time.length];
  return JSON.stringify({ rule, capital, data: dataset.hash, span, code: sharedCore().hash, sets });
}

function frameOf({ tape: { bars }, known }: LoadedTape, capital: number): Frame {
  const span = (known.at(-1) ?? 0) - (known[0] ?? 0);
  return { capital, bars, periodsPerYear: ((bars - 1) * YEAR_US) / span, days: span / DAY_US };
}

/** Of sets, pre-screened ones twice, and once more those whose returns are kept. */
function progressOf(
  { prescreen = Number.POSITIVE_INFINITY, returns }: RuleSweepRequest,
  sets: number,
  hooks: RuleSweepHooks,
): (count: number) => void {
  const total = sets + (prescreen < sets ? prescreen : 0) + (returns === true && stepsKept(sets) !== null ? sets : 0);
  let done = 0;
  return (count) => hooks.onProgress?.((done += count), total);
}

/** In the width in which all sets were run; null when it was aborted, or there are too many sets. */
async function returnColumns(
  team: Team,
  { prescreen, capital }: RuleSweepRequest,
  sets: readonly ParameterSet[],
  bars: number,
  told: (count: number) => void,
): Promise<readonly Float64Array[] | null> {
  const steps = stepsKept(sets.length);
  if (steps === null) return null;
  const width = prescreen !== undefined && prescreen < sets.length ? "quick" : "lanes";
  const curves = await team.curves(sets, width, Math.ceil(bars / steps), told);
  return curves?.map((equity) => returnsOf(equity, capital)) ?? null;
}

interface Chosen {
  readonly sets: readonly ParameterSet[];
  readonly left: RuleSweepResult["left"];
}
/** Complete sets; a value out of its range refuses all, a combination that makes no sense is left out. */
function chosenSets(rule: SweepRule, asked: readonly ParameterSet[]): Result<Chosen, string> {
  if (asked.length === 0) return failed("there is no set of parameters to run; give a grid with at least one value");
  if (asked.length > SETS_MAX) return failed(`${asked.length} sets were asked for; at most ${SETS_MAX}`);
  const sets: ParameterSet[] = [];
  let left: Chosen["left"] = { count: 0, reason: null };
  for (const each of asked) {
    const set = withDefaults(rule, each);
    const reason = refusedSet(rule, set);
    if (reason === null) sets.push(set);
    else if (rule.conflict(set) === reason) left = { count: left.count + 1, reason };
    else return failed(reason);
  }
  return sets.length > 0 ? ok({ sets, left }) : failed(left.reason ?? "no set is left");
}

async function rankedBy(
  team: Team,
  request: RuleSweepRequest,
  sets: readonly ParameterSet[],
  frame: Frame,
  told: (count: number) => void,
): Promise<{ readonly ranked: readonly RankedSet[]; readonly ran: readonly RankedSet[] }> {
  const { prescreen } = request;
  const screened = prescreen !== undefined && prescreen < sets.length;
  const judgedIn = async (of: readonly ParameterSet[], width: Width): Promise<readonly RankedSet[]> => {
    const results = await team.run(of, width, told);
    return results.map((result, place) => judged(of[place] ?? {}, result, request, frame));
  };
  if (!screened) {
    const ran = await judgedIn(sets, "lanes");
    return { ran, ranked: [...ran].sort(better) };
  }
  const ran = await judgedIn(sets, "quick");
  const finalists = [...ran].sort(better).slice(0, prescreen);
  const again = await judgedIn(
    finalists.map(({ parameters }) => parameters),
    "lanes",
  );
  return { ran, ranked: [...again].sort(better) };
}

function judged(
  parameters: ParameterSet,
  result: SetResult,
  { objective, constraints }: RuleSweepRequest,
  frame: Frame,
): RankedSet {
  const figures = standingOf(result, frame);
  const score = scoreOf(figures, objective, constraints);
  const why = refusalOf(figures, constraints) ?? (score === null ? NO_FIGURE : null);
  return { parameters, score, why, figures, result };
}
function better(one: RankedSet, other: RankedSet): number {
  return (other.score ?? Number.NEGATIVE_INFINITY) - (one.score ?? Number.NEGATIVE_INFINITY) || 0;
}
const NO_FIGURE = "a figure of the objective is not available: too few trades or too short a span";
