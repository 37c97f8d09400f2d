// One A/B test as it is kept: its row, and what lies in the row's JSON.
import { isDeepStrictEqual } from "node:util";
import type { AbTestRecord } from "../../store/pipelines.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { ALPHA, type DuelNews, type DuelState, type SequentialCourse, type Side } from "../executions/executions.ts";
import type { Strategy } from "../registry/registry.ts";

/** Of one side, as it was when the test began: a later version or other parameters would be another test. */
interface Pinned {
  readonly version: string;
  readonly parameters: JsonObject;
  readonly riskLimits: JsonObject;
  /** Unknown of tests that were made before it was kept. */
  readonly status?: Strategy["status"];
  readonly state: DuelState | null;
}

interface Results extends Readonly<Record<Side, Pinned>> {
  readonly course: SequentialCourse | null;
  readonly evidence: DuelNews["evidence"] | null;
  /** Why it is over. */
  readonly reason: string | null;
  readonly promoted: Side | null;
}

export interface Experiment extends Omit<AbTestRecord, "results"> {
  readonly results: Results;
}

export function readExperiment(record: AbTestRecord): Experiment {
  return { ...record, results: record.results as unknown as Results };
}
export function rowOf(experiment: Experiment): AbTestRecord {
  return { ...experiment, results: { ...experiment.results } };
}

export function pinned({ deployedVersion, version, parameters, riskLimits, status }: Strategy): Pinned {
  return { version: deployedVersion ?? version, parameters, riskLimits, status, state: null };
}

/** Why what would be started now is not what the test has compared; null: it is the same. */
export function otherThanTested(test: Experiment, side: Side, strategy: Strategy): string | null {
  const then = test.results[side];
  const now = pinned(strategy);
  const whose = `strategy ${strategy.strategyId}`;
  if (now.version !== then.version) return `version ${now.version} of ${whose} is deployed, ${then.version} was tested`;
  const same = isDeepStrictEqual(structuredClone(now.parameters), structuredClone(then.parameters));
  return same ? null : `parameters of ${whose} were changed since the test began`;
}

/**
 * Why a test cannot go on with one of its strategies; null: it can. Code runs as it was when the test began. The signals of a
 * built-in one come from the core, as it is now: it has to be what it was.
 */
export function sideFault(test: Experiment, side: Side, strategy: Strategy | null): string | null {
  const strategyId = strategyOf(test, side);
  if (strategy === null) return `strategy ${strategyId} was deleted`;
  if (strategy.kind === "code") return null;
  const { status } = test.results[side];
  if (status !== undefined && strategy.status !== status)
    return `strategy ${strategyId} is ${strategy.status}, it was ${status} when the test began`;
  return otherThanTested(test, side, strategy);
}

/** With what its thread said last. */
export function withNews(experiment: Experiment, { a, b, course, evidence }: DuelNews): Experiment {
  const { results } = experiment;
  const sides = { a: { ...results.a, state: a }, b: { ...results.b, state: b } };
  return { ...experiment, results: { ...results, ...sides, course, evidence } };
}

export function strategyOf({ strategyA, strategyB }: Experiment, side: Side): string {
  return side === "a" ? strategyA : strategyB;
}

/** As REST shows it. */
export function experimentView(experiment: Experiment) {
  const { abTestId, name, strategyA, strategyB, trafficSplit, status, winner, createdAt, concludedAt } = experiment;
  const { a, b, evidence, reason, promoted } = experiment.results;
  return {
    ab_test_id: abTestId,
    name,
    strategy_a: strategyA,
    strategy_b: strategyB,
    traffic_split: trafficSplit,
    status,
    created_at: iso(createdAt),
    ended_at: concludedAt === null ? null : iso(concludedAt),
    results: { a: sideView(a), b: sideView(b), winner },
    evidence: {
      alpha: ALPHA,
      pairs: evidence?.pairs ?? 0,
      mean_difference: evidence?.meanDifference ?? 0,
      p_value: evidence?.pValue ?? 1,
    },
    versions: { a: a.version, b: b.version },
    reason,
    promoted,
  };
}

function sideView({ state }: Pinned) {
  return {
    trades: state?.trades ?? 0,
    pnl: state?.pnl ?? 0,
    win_rate: state?.winRate ?? 0,
    sharpe_ratio: state?.sharpe ?? 0,
  };
}

function iso(timeUs: number): string {
  return new Date(timeUs / 1000).toISOString();
}
