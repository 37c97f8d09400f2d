// The door of sweeps by the fast path: every set of a grid over bars of one symbol, ranked by an objective, the winner run
// again by the event engine. Deterministic; the number of workers changes nothing but the time.
//   prescreen: all sets in f32 first, then the best of them in f64; only those are ranked
import { availableParallelism } from "node:os";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Dataset, History } from "../../history/history.ts";
import { type Constraints, refusalOf, type Scorable, scoreOf, type Weights } from "../search/search.ts";
import { type Agreement, checkAgreement } from "./agreement.ts";
import { loadTape, type TapeWanted } from "./load-tape.ts";
import { type ParameterSet, refusedSet, ruleOf, RULES, type SweepRule, withDefaults } from "./rules.ts";
import type { SetResult } from "./set-result.ts";
import { type Frame, standingOf } from "./standing.ts";
import { Team } from "./team.ts";

export { RULES, ruleOf, type ParameterSet, type SweepRule } from "./rules.ts";
export type { Agreement } from "./agreement.ts";

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
}

export interface RankedSet {
  readonly parameters: ParameterSet;
  /** Null: a figure is missing, or a constraint is not met (`why`). */
  readonly score: number | null;
  readonly why: string | null;
  readonly figures: Scorable;
  readonly result: SetResult;
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
  const { tape, dataset, known } = loaded.value;
  const span = (known.at(-1) ?? 0) - (known[0] ?? 0);
  const frame = { capital, bars: tape.bars, periodsPerYear: ((tape.bars - 1) * YEAR_US) / span, days: span / DAY_US };
  const workers = Math.min(WORKERS_MAX, Math.max(1, request.workers ?? availableParallelism()));
  const team = new Team(tape, {
    rule,
    capital,
    workers,
    ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
  });
  try {
    const ranked = await rankedBy(team, request, chosen.value.sets, frame, hooks);
    const cancelled = hooks.signal?.aborted === true;
    const best = ranked[0];
    const agreement = best === undefined || cancelled ? null : checkAgreement(tape, rule, best.parameters, capital);
    return ok({ dataset, bars: tape.bars, ranked, left: chosen.value.left, agreement, cancelled });
  } finally {
    await team.close();
  }
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
  { prescreen, objective, constraints }: RuleSweepRequest,
  sets: readonly ParameterSet[],
  frame: Frame,
  hooks: RuleSweepHooks,
): Promise<readonly RankedSet[]> {
  const screened = prescreen !== undefined && prescreen < sets.length;
  const total = sets.length + (screened ? prescreen : 0);
  let done = 0;
  const told = (count: number): void => hooks.onProgress?.((done += count), total);
  const rank = (of: readonly ParameterSet[], results: readonly SetResult[]): readonly RankedSet[] =>
    results
      .map((result, place): RankedSet => {
        const figures = standingOf(result, frame);
        const score = scoreOf(figures, objective, constraints);
        const why = refusalOf(figures, constraints) ?? (score === null ? NO_FIGURE : null);
        return { parameters: of[place] ?? {}, score, why, figures, result };
      })
      .sort((a, b) => (b.score ?? Number.NEGATIVE_INFINITY) - (a.score ?? Number.NEGATIVE_INFINITY) || 0);
  let finalists = sets;
  if (screened) {
    const rough = rank(sets, await team.run(sets, "quick", told));
    finalists = rough.slice(0, prescreen).map(({ parameters }) => parameters);
  }
  return rank(finalists, await team.run(finalists, "lanes", told));
}
const NO_FIGURE = "a figure of the objective is not available: too few trades or too short a span";
