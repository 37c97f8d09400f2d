// Sweeps over the API: a run for every combination of a grid, one after the other through the queue of the backtests, so
// that a sweep holds up nobody else's run for longer than one of its own; where other processes make runs as well (JOBS),
// several at a time. They count in the order of the grid. Best first by the objective; combinations whose run has no such
// figure are counted and have no score. At the end the best one is judged among all of them, and only then: where a run
// came to nothing nobody knows whether its set was the better one.
// Results outlive the process once a sweep has ended; one that the process did not live to end is `failed` after the
// restart. The newest KEPT are kept.
import { type Failure, invalid } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  type Figures,
  gridOf,
  parameterKey,
  parseObjective,
  scoreOf,
  stepsKept,
  type Weights,
} from "../../research/research.ts";
import type { BacktestStatus } from "../../store/backtests.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { forgetSweeps, readSweeps, type SweepRecord, type SweepScore, sweepTable } from "../../store/sweeps.ts";
import type { Log } from "../../telemetry/log.ts";
import { newId } from "../ids.ts";
import type { Asked, Backtests, JobResult, RunFailure, SweepTrial } from "../backtests/backtests.ts";
import { Missing, persistently } from "./missing.ts";
import { etaOf, type OnResearch, Pace, type ResearchUpdate, subjectNames } from "../progress.ts";

export type { SweepRecord } from "../../store/sweeps.ts";

export interface SweepsOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly log: Log;
  readonly backtests: Backtests;
  readonly onResearch: OnResearch;
}
export interface SweepAsked {
  readonly run: Asked;
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
  readonly objective: string;
}

const KEPT = 100;
const ACTIVE_MAX = 10;
const COMBINATIONS_MAX = 1_000;
const FINAL: ReadonlySet<BacktestStatus> = new Set(["completed", "failed", "cancelled"]);
const INTERRUPTED = "the engine ended before the sweep did; send it again";

export class Sweeps {
  private readonly options: SweepsOptions;
  private readonly records = new Map<string, SweepRecord>();
  private readonly loops = new Set<Promise<void>>();
  /** When the first run of each one that is under way began. */
  private readonly startedAt = new Map<string, number>();
  private readonly pace = new Pace();
  private position = 0;
  private closed = false;

  constructor(options: SweepsOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    const { store, now } = this.options;
    for (const kept of await readSweeps(store)) {
      const lost = !FINAL.has(kept.status);
      const record: SweepRecord = lost ? { ...kept, status: "failed", error: INTERRUPTED, endedAt: now() } : kept;
      if (lost) await store.commit([sweepTable.put(record)]);
      this.records.set(record.sweepId, record);
      this.position = record.position;
    }
  }

  /** `request`: the body as it came. Everything that is wrong with any combination is said before anything is queued. */
  async ask(asked: SweepAsked, request: JsonObject): Promise<Result<SweepRecord, Failure>> {
    const sets = combinationsOf(asked.grid);
    if (!sets.ok) return sets;
    const objective = parseObjective(asked.objective);
    if (!objective.ok) return failed(invalid("objective", objective.failure));
    for (const set of sets.value) {
      const known = this.options.backtests.namesOf(withSet(asked.run, set));
      if (!known.ok) return known;
      const issue = idleName(set, known.value);
      if (issue !== null) return failed(issue);
    }
    if (this.loops.size >= ACTIVE_MAX) return failed({ code: "queue_full", what: "sweeps", limit: ACTIVE_MAX });
    const { store, now } = this.options;
    const position = ++this.position;
    const blank = { status: "queued", completed: 0, results: [], verdict: null, error: null, endedAt: null } as const;
    const ids = { position, sweepId: newId("sw"), combinations: sets.value.length };
    const record: SweepRecord = { ...ids, request, createdAt: now(), ...blank };
    const forgotten = position > KEPT ? [forgetSweeps(position - KEPT)] : [];
    const stored = await store.commit([sweepTable.insert(record), ...forgotten]);
    if (!stored.ok) return stored;
    this.records.set(record.sweepId, record);
    this.tell(record, "queued");
    for (const [id, old] of this.records) if (old.position <= position - KEPT) this.records.delete(id);
    const loop = this.run(record.sweepId, asked, sets.value, objective.value);
    this.loops.add(loop);
    void loop.finally(() => this.loops.delete(loop));
    return ok(record);
  }

  get(sweepId: string): SweepRecord | null {
    return this.records.get(sweepId) ?? null;
  }

  /** Oldest first. */
  list(status?: BacktestStatus): readonly SweepRecord[] {
    return [...this.records.values()].filter((one) => status === undefined || one.status === status);
  }

  /** What is done is kept. */
  async cancel(sweepId: string): Promise<Result<null, Failure>> {
    const record = this.records.get(sweepId);
    if (record === undefined) return failed({ code: "not_found", kind: "sweep", id: sweepId });
    if (FINAL.has(record.status)) {
      const wanted = { wanted: "a cancellation", allowed: ["queued", "running"], legal: ["reading it"] };
      return failed({ code: "invalid_state", kind: "sweep", id: sweepId, state: record.status, ...wanted });
    }
    return this.write(sweepId, { status: "cancelled", endedAt: this.options.now() });
  }

  /** After the backtests are closed, so that no run is under way. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.loops);
  }

  private async run(
    sweepId: string,
    { run: asked, grid }: SweepAsked,
    sets: readonly JsonObject[],
    objective: Weights,
  ): Promise<void> {
    const missing = new Missing(sets.length);
    const ran: SweepTrial[] = [];
    const part = { kind: "set", steps: stepsKept(sets.length) ?? 0 } as const;
    const { backtests } = this.options;
    const handedIn: Promise<Result<JobResult, RunFailure>>[] = [];
    const handIn = (set: JsonObject): Promise<Result<JobResult, RunFailure>> => {
      const run = () => backtests.once(withSet(asked, set), part, () => this.begin(sweepId));
      return persistently(run, () => this.over(sweepId), this.again(sweepId));
    };
    for (const [place, set] of sets.entries()) {
      for (const next of sets.slice(handedIn.length, place + backtests.width)) handedIn.push(handIn(next));
      const result = await handedIn[place];
      if (result === undefined) return; // there is one for each
      const record = this.records.get(sweepId);
      if (record === undefined || this.over(sweepId)) return;
      if (!result.ok) missing.note(result.failure);
      const trial = result.ok ? trialOf(set, result.value, objective) : null;
      if (trial !== null) ran.push(trial);
      const score = trial?.score ?? null;
      const results = score === null ? record.results : placed(record.results, { parameters: set, score });
      const next = { ...record, completed: record.completed + 1, results };
      this.records.set(sweepId, next);
      if (this.pace.due(sweepId, this.options.now())) this.tell(next, "progress");
    }
    const best = this.records.get(sweepId)?.results[0];
    const error = missing.sentence;
    if (error !== null) {
      const status = missing.lost || best === undefined ? "failed" : "completed";
      this.options.log.warn("a sweep lacks sets", { sweep_id: sweepId, reason: error });
      await this.end(sweepId, { status, error });
      return;
    }
    const verdict =
      best === undefined ? null : await this.judge(sweepId, withSet(asked, best.parameters), { best, ran, grid });
    if (this.closed) return;
    await this.end(sweepId, { status: "completed", ...verdict });
  }

  /** Whether nobody waits for its next run. */
  private over(sweepId: string): boolean {
    const record = this.records.get(sweepId);
    return this.closed || record === undefined || FINAL.has(record.status);
  }

  private again(sweepId: string): (reason: string) => void {
    return (reason) =>
      this.options.log.warn("a run of a sweep was lost and is handed in again", { sweep_id: sweepId, reason });
  }

  private begin(sweepId: string): void {
    if (this.records.get(sweepId)?.status !== "queued") return;
    this.startedAt.set(sweepId, this.options.now());
    void this.write(sweepId, { status: "running" });
    const record = this.records.get(sweepId);
    if (record !== undefined) this.tell(record, "started");
  }

  /** The best set is run once more and judged among all of them; where it could not be, the error says why. */
  private async judge(
    sweepId: string,
    asked: Asked,
    { best: { parameters }, ran, grid }: { best: SweepScore; ran: readonly SweepTrial[]; grid: SweepAsked["grid"] },
  ): Promise<Pick<SweepRecord, "verdict" | "error">> {
    const own = parameterKey(numbersOf(parameters));
    const best = ran.find((one) => parameterKey(one.parameters) === own);
    if (best === undefined) return { verdict: null, error: null };
    const values = Object.entries(grid).map(([name, list]): [string, readonly number[]] => [name, list.map(Number)]);
    const part = { kind: "verdict", ran, best, grid: Object.fromEntries(values) } as const;
    const run = () => this.options.backtests.once(asked, part, () => undefined);
    const judged = await persistently(run, () => this.over(sweepId), this.again(sweepId));
    if (judged.ok) return { verdict: judged.value["verdict"] as JsonObject, error: null };
    return { verdict: null, error: `no verdict: ${judged.failure.reason}` };
  }

  /** Unless it was cancelled meanwhile. */
  private async end(sweepId: string, change: Partial<SweepRecord>): Promise<void> {
    const record = this.records.get(sweepId);
    if (record !== undefined && !FINAL.has(record.status))
      await this.write(sweepId, { ...change, endedAt: this.options.now() });
  }

  private tell(record: SweepRecord, event: ResearchUpdate["event"]): void {
    const { sweepId: id, status, completed, combinations, results, error, request } = record;
    const about = { event, kind: "sweep", id, status, ...subjectNames(request) } as const;
    const progress = completed / combinations;
    this.options.onResearch({ ...about, progress, eta_s: this.etaS(record), best: results[0] ?? null, error });
  }

  /** Seconds; null: not known, or over. */
  etaS({ sweepId, status, completed, combinations }: SweepRecord): number | null {
    const startedAt = this.startedAt.get(sweepId);
    if (status !== "running" || startedAt === undefined) return null;
    return etaOf(startedAt, this.options.now(), completed / combinations);
  }

  private ended(record: SweepRecord): void {
    this.startedAt.delete(record.sweepId);
    this.pace.end(record.sweepId);
    if (record.status === "completed" || record.status === "failed" || record.status === "cancelled")
      this.tell(record, record.status);
  }

  private async write(sweepId: string, change: Partial<SweepRecord>): Promise<Result<null, Failure>> {
    const before = this.records.get(sweepId);
    if (before === undefined) return ok(null);
    const record = { ...before, ...change };
    this.records.set(sweepId, record);
    if (record.status !== before.status && FINAL.has(record.status)) this.ended(record);
    const done = await this.options.store.commit([sweepTable.put(record)]);
    if (done.ok) return ok(null);
    this.options.log.error("a sweep could not be stored", { sweep_id: sweepId });
    return done;
  }
}

/** Values of a grid are numbers and booleans. */
function numbersOf(set: JsonObject): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [name, Number(value)]));
}

function trialOf(set: JsonObject, result: JobResult, objective: Weights): SweepTrial {
  const figures = result["figures"] as Figures;
  const score = scoreOf(figures, objective, {});
  return { parameters: numbersOf(set), score, figures, returns: result["returns"] as Float64Array };
}

function withSet(asked: Asked, set: JsonObject): Asked {
  return { ...asked, parameters: { ...asked.parameters, ...set } };
}

/** A parameter that no run has, or that something else decides, would give the same result for all of its values. */
function idleName(
  set: JsonObject,
  { of, names, fixed }: { readonly of: string; readonly names: readonly string[]; readonly fixed: readonly string[] },
): Failure | null {
  const name = Object.keys(set).find((each) => fixed.includes(each) || !names.includes(each));
  if (name === undefined) return null;
  if (fixed.includes(name))
    return invalid(
      `grid.${name}`,
      "is fixed by the strategy's risk_limits, which go before parameters: all of its values would trade alike; take it out of them first",
    );
  return invalid(`grid.${name}`, `is no parameter of ${of}; there are ${[...new Set(names)].join(", ")}`);
}

/** All combinations of numbers and booleans; a boolean counts as 0 or 1 and stays what it is. */
function combinationsOf(grid: SweepAsked["grid"]): Result<readonly JsonObject[], Failure> {
  const space = [];
  for (const [name, values] of Object.entries(grid)) {
    const bad = values.find(
      (value) => typeof value !== "boolean" && !(typeof value === "number" && Number.isFinite(value)),
    );
    if (bad !== undefined || values.includes(undefined))
      return failed(invalid(`grid.${name}`, `must be numbers or booleans, found ${JSON.stringify(bad)}`));
    space.push({ name, values: values.map((_, place) => place) });
  }
  const places = gridOf(space, COMBINATIONS_MAX);
  if (!places.ok) return failed(invalid("grid", places.failure));
  return ok(
    places.value.map((each) =>
      Object.fromEntries(Object.entries(each).map(([name, place]) => [name, grid[name]?.[place]])),
    ),
  );
}

/** Best first; of equal scores the earlier one first. */
function placed(results: readonly SweepScore[], one: SweepScore): readonly SweepScore[] {
  const place = results.findIndex(({ score }) => score < one.score);
  return place < 0 ? [...results, one] : [...results.slice(0, place), one, ...results.slice(place)];
}
