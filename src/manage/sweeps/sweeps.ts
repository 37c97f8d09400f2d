// Sweeps over the API: a run for every combination of a grid, one after the other through the queue of the backtests, so
// that a sweep holds up nobody else's run for longer than one of its own. Best first by the objective; combinations whose
// run fails or has no such figure are counted and have no score. Results outlive the process once a sweep has ended; one
// that the process did not live to end is `failed` after the restart. The newest KEPT are kept.
import { type Failure, invalid } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type Figures, gridOf, parseObjective, scoreOf, type Weights } from "../../research/research.ts";
import type { BacktestStatus } from "../../store/backtests.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { forgetSweeps, readSweeps, type SweepRecord, type SweepScore, sweepTable } from "../../store/sweeps.ts";
import type { Log } from "../../telemetry/log.ts";
import { newId } from "../ids.ts";
import type { Asked, Backtests, JobResult } from "../backtests/backtests.ts";

export type { SweepRecord } from "../../store/sweeps.ts";

export interface SweepsOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly log: Log;
  readonly backtests: Backtests;
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
      const issue = unknownName(set, known.value);
      if (issue !== null) return failed(issue);
    }
    if (this.loops.size >= ACTIVE_MAX) return failed({ code: "queue_full", what: "sweeps", limit: ACTIVE_MAX });
    const { store, now } = this.options;
    const position = ++this.position;
    const blank = { status: "queued", completed: 0, results: [], error: null, endedAt: null } as const;
    const ids = { position, sweepId: newId("sw"), combinations: sets.value.length };
    const record: SweepRecord = { ...ids, request, createdAt: now(), ...blank };
    const forgotten = position > KEPT ? [forgetSweeps(position - KEPT)] : [];
    const stored = await store.commit([sweepTable.insert(record), ...forgotten]);
    if (!stored.ok) return stored;
    this.records.set(record.sweepId, record);
    for (const [id, old] of this.records) if (old.position <= position - KEPT) this.records.delete(id);
    const loop = this.run(record.sweepId, asked.run, sets.value, objective.value);
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

  private async run(sweepId: string, asked: Asked, sets: readonly JsonObject[], objective: Weights): Promise<void> {
    let error: string | null = null;
    for (const set of sets) {
      const result = await this.options.backtests.once(withSet(asked, set), () => {
        if (this.records.get(sweepId)?.status === "queued") void this.write(sweepId, { status: "running" });
      });
      const record = this.records.get(sweepId);
      if (this.closed || record === undefined || FINAL.has(record.status)) return;
      if (!result.ok) error = result.failure;
      const score = result.ok ? scoreOf(figuresOf(result.value), objective, {}) : null;
      const results = score === null ? record.results : placed(record.results, { parameters: set, score });
      this.records.set(sweepId, { ...record, completed: record.completed + 1, results });
    }
    const none = this.records.get(sweepId)?.results.length === 0;
    const endedAt = this.options.now();
    if (none && error !== null) await this.write(sweepId, { status: "failed", error, endedAt });
    else await this.write(sweepId, { status: "completed", endedAt });
  }

  private async write(sweepId: string, change: Partial<SweepRecord>): Promise<Result<null, Failure>> {
    const before = this.records.get(sweepId);
    if (before === undefined) return ok(null);
    const record = { ...before, ...change };
    this.records.set(sweepId, record);
    const done = await this.options.store.commit([sweepTable.put(record)]);
    if (done.ok) return ok(null);
    this.options.log.error("a sweep could not be stored", { sweep_id: sweepId });
    return done;
  }
}

function withSet(asked: Asked, set: JsonObject): Asked {
  return { ...asked, parameters: { ...asked.parameters, ...set } };
}

/** A parameter that no run has would give the same result for all of its values. */
function unknownName(
  set: JsonObject,
  { of, names }: { readonly of: string; readonly names: readonly string[] },
): Failure | null {
  const name = Object.keys(set).find((each) => !names.includes(each));
  if (name === undefined) return null;
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

type Scored = Pick<
  Figures,
  "totalReturn" | "sharpe" | "sortino" | "calmar" | "profitFactor" | "maxDrawdown" | "winRate" | "trades"
>;
/** Of one run its figures; of a family's several runs those that the whole has. */
function figuresOf(result: JobResult): Scored {
  const runs = result["runs"] as readonly { readonly figures: Scored }[];
  const [first] = runs;
  if (first !== undefined && runs.length === 1) return first.figures;
  const number = (name: string): number => Number(result[name]);
  return {
    totalReturn: number("total_return"),
    sharpe: number("sharpe_ratio"),
    maxDrawdown: number("max_drawdown"),
    winRate: number("win_rate"),
    trades: number("trade_count"),
    sortino: null,
    calmar: null,
    profitFactor: null,
  };
}

/** Best first; of equal scores the earlier one first. */
function placed(results: readonly SweepScore[], one: SweepScore): readonly SweepScore[] {
  const place = results.findIndex(({ score }) => score < one.score);
  return place < 0 ? [...results, one] : [...results.slice(0, place), one, ...results.slice(place)];
}
