// The registry of strategies: both address families of the API work on it. Strategies live in memory and are written
// ahead: a change is computed, durable in the store together with its entry in the audit trail, then in force, then
// answered. Changes of one strategy stand in a queue, so none is lost and each sees the one before; changes of different
// ones share a sync of the store.
// Main thread only.
import { invalid, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { deleteStrategy, readStrategies, strategyTable, updateStrategy } from "../../store/strategies.ts";
import type { Statement, Store } from "../../store/store.ts";
import {
  copyVersion,
  markDeployed,
  readVersion,
  readVersionHeads,
  updateRiskLimits,
  versionTable,
  type VersionHead,
  type VersionRecord,
} from "../../store/versions.ts";
import { newId } from "../ids.ts";
import type { Audit } from "../oversight/oversight.ts";
import { limitsTrouble } from "../risk-limits.ts";
import { Queues } from "../queues.ts";
import { STATUSES, type Move, type Status } from "../lifecycle.ts";
import { Activation, type CorePlane } from "./activation.ts";
import type { UnreadWords } from "../../domain/unread.ts";
import { choiceOf, leftOut, meantNames, unusedNames } from "./builtin.ts";
import { builtinDraft, changed, draftOf, type Draft } from "./draft.ts";
import { moveOf, type MoveOrder, statusBelow } from "./moving.ts";
import type { Entry, NewBuiltin, NewStrategy, Strategy, StrategyChange } from "./strategy.ts";
import { strategyChange } from "./trail.ts";

export { Activation, type CorePlane };
export { builtinIssues, choiceOf, leftOut } from "./builtin.ts";
export { outrun, statusBelow } from "./moving.ts";
export { isAbove } from "./semver.ts";
export type { Strategy, VersionHead };

export interface RegistryOptions {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly activation: Activation;
  readonly audit: Audit;
  /** Told of a strategy that is in error from now on. */
  readonly onError?: (strategy: Strategy) => void;
  /** Told of every move, once it is in force; of a strategy that was deleted with null. */
  readonly onMove?: (strategyId: string, move: Move | null) => void;
  /** Executions of a strategy that run now. */
  readonly activeExecutions?: (strategyId: string) => number;
}

export interface StrategyQuery {
  readonly status?: Status;
  /** Part of the name or the id, in any case. */
  readonly q?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Told of what was made (`before` null), has changed or was deleted (`after` null), once in force; `at`: when, in µs. */
export type StrategyListener = (before: Strategy | null, after: Strategy | null, at: number) => void;

export const STRATEGIES_MAX = 50_000;
/** Older ones that were never deployed are forgotten. */
export const VERSIONS_MAX = 10_000;

export class Registry {
  private readonly options: RegistryOptions;
  /** In the order of creation. */
  private readonly entries = new Map<string, Entry>();
  private readonly queues = new Queues();
  private readonly listeners: StrategyListener[] = [];
  private lastCreated = 0;

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    const heads = new Map<string, VersionHead[]>();
    for (const head of await readVersionHeads(this.options.store)) {
      const known = heads.get(head.strategyId);
      if (known === undefined) heads.set(head.strategyId, [head]);
      else known.push(head);
    }
    for (const row of await readStrategies(this.options.store)) {
      const strategy = row as Strategy;
      this.entries.set(row.strategyId, { strategy, versions: heads.get(row.strategyId) ?? [] });
      this.options.activation.know(strategy);
      this.lastCreated = row.createdAt;
    }
  }

  listen(listener: StrategyListener): void {
    this.listeners.push(listener);
  }

  private tell(before: Strategy | null, after: Strategy | null): void {
    for (const listener of this.listeners) listener(before, after, after?.updatedAt ?? this.options.now());
  }

  get(strategyId: string): Strategy | null {
    return this.entries.get(strategyId)?.strategy ?? null;
  }
  /** For people, as it is now; null: there is no such strategy any more. */
  nameOf(strategyId: string): string | null {
    return this.get(strategyId)?.strategyName ?? null;
  }
  /** By which its signals are filtered; null as above. */
  implementationOf(strategyId: string): string | null {
    return this.get(strategyId)?.implementation ?? null;
  }
  versionsOf(strategyId: string): readonly VersionHead[] {
    return this.entries.get(strategyId)?.versions ?? [];
  }
  *all(): Generator<Strategy, void> {
    for (const { strategy } of this.entries.values()) yield strategy;
  }
  /** Those of that name, oldest first. */
  named(name: string): readonly Strategy[] {
    return [...this.all()].filter(({ strategyName }) => strategyName === name);
  }
  get size(): number {
    return this.entries.size;
  }
  count(status: Status): number {
    let found = 0;
    for (const { strategy } of this.entries.values()) if (strategy.status === status) found++;
    return found;
  }
  /** What went wrong last: with the strategy itself, with bringing it into the core, or with its limits. */
  lastError(strategyId: string): string | null {
    const strategy = this.get(strategyId);
    const fault = strategy?.lastError ?? this.options.activation.fault(strategyId);
    return fault ?? (strategy === null ? null : limitsTrouble(strategy));
  }
  activeExecutions(strategyId: string): number {
    return this.options.activeExecutions?.(strategyId) ?? 0;
  }

  /** Newest first. A cursor is the creation time of the last one shown, so pages stay whole while others come and go. */
  list({ status, q, limit, cursor }: StrategyQuery): Result<Page<Strategy>, Failure> {
    const before = cursor === undefined ? Infinity : readCursor(cursor);
    if (before === null) return failed(invalid("cursor", "is not one of this list; start again without it"));
    const words = q?.toLowerCase() ?? "";
    const found: Strategy[] = [];
    for (const { strategy } of [...this.entries.values()].reverse()) {
      if (strategy.createdAt >= before || (status !== undefined && strategy.status !== status)) continue;
      const named =
        strategy.strategyName.toLowerCase().includes(words) || strategy.strategyId.toLowerCase().includes(words);
      if (named) found.push(strategy);
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    return ok({ items, nextCursor: last === undefined ? null : writeCursor(last.createdAt) });
  }

  /** One of its versions with its code; null when there is none of that name. */
  async version(strategyId: string, version: string): Promise<VersionRecord | null> {
    const known = this.versionsOf(strategyId).some((head) => head.version === version);
    return known ? readVersion(this.options.store, strategyId, version) : null;
  }

  create(given: NewStrategy, actor: string): Promise<Result<Strategy, Failure>> {
    return this.add("create", actor, draftOf(newId("strat"), given, this.stamp()));
  }

  /** A builtin strategy, whose instances signal from now on. */
  async register(given: NewBuiltin, actor: string): Promise<Result<Strategy, Failure>> {
    const activation = this.options.activation;
    let id = newId("strat");
    while (!activation.isDistinct(id, given.type)) id = newId("strat");
    const added = await this.add("register", actor, builtinDraft(id, given, this.stamp()));
    if (!added.ok) return added;
    activation.know(added.value);
    const running = activation.apply(id);
    if (running.ok) return added;
    const undone = await this.queued(id, (entry) => this.erase("take_back", actor, entry));
    return undone.ok || undone.failure.code === "not_found" ? running : undone;
  }

  update(strategyId: string, change: StrategyChange, actor: string): Promise<Result<Strategy, Failure>> {
    return this.change("update", actor, strategyId, (entry) => {
      const draft = changed(entry, change, this.options.now());
      if (!draft.ok) return draft;
      const { strategy, code, newVersion } = draft.value;
      const statements = [updateStrategy(strategy, code)];
      if (!newVersion) {
        statements.push(updateRiskLimits(strategyId, strategy.version, strategy.riskLimits));
        return ok({ entry: { ...entry, strategy }, statements });
      }
      const { row, statement } = versionOf(draft.value, this.options.now(), entry.strategy.version);
      const dropped = surplus(entry.versions, strategy);
      if (dropped !== null) statements.push(versionTable.remove({ strategyId, version: dropped }));
      const kept = entry.versions.filter(({ version }) => version !== dropped);
      return ok({ entry: { strategy, versions: [...kept, row] }, statements: [statement, ...statements] });
    });
  }

  async move(strategyId: string, move: Move, order: MoveOrder): Promise<Result<Strategy, Failure>> {
    const { deployed, also = [] } = order;
    const done = await this.change(move, order.actor, strategyId, (entry) => {
      const computed = moveOf(entry.strategy, move, order, this.options.now());
      if (!computed.ok) return computed;
      const after = computed.value;
      const statements = [updateStrategy(after, null), ...also];
      if (deployed === undefined) return ok({ entry: { ...entry, strategy: after }, statements });
      const head = { deployedAt: after.updatedAt };
      const versions = entry.versions.map((one) => (one.version === deployed ? { ...one, ...head } : one));
      const stamped = markDeployed(strategyId, deployed, after.updatedAt);
      return ok({ entry: { strategy: after, versions }, statements: [stamped, ...statements] });
    });
    if (done.ok) this.options.onMove?.(strategyId, move);
    return done;
  }

  /** Refused while it is executed or tested, unless forced. */
  async remove(strategyId: string, force: boolean, actor: string): Promise<Result<null, Failure>> {
    return this.queued(strategyId, async (entry) => {
      const busy = entry.strategy.status === "testing" || this.activeExecutions(strategyId) > 0;
      if (busy && !force) return failed(busyFailure(entry.strategy));
      return this.erase("delete", actor, entry);
    });
  }

  private async erase(
    action: "delete" | "take_back",
    actor: string,
    { strategy }: Entry,
  ): Promise<Result<null, Failure>> {
    const { strategyId } = strategy;
    const statements = deleteStrategy(strategyId, this.options.now());
    const change = strategyChange(actor, action, strategy, null);
    const gone = await this.options.audit.record(change, statements, action === "delete" ? "commit" : "undo");
    if (!gone.ok) return gone;
    this.entries.delete(strategyId);
    this.options.onMove?.(strategyId, null);
    this.tell(strategy, null);
    const silenced = this.options.activation.apply(strategyId);
    return silenced.ok ? ok(null) : silenced;
  }

  private async add(action: string, actor: string, draft: Result<Draft, Failure>): Promise<Result<Strategy, Failure>> {
    if (!draft.ok) return draft;
    if (this.entries.size >= STRATEGIES_MAX) return failed(FULL);
    const { strategy, code } = draft.value;
    const { row, statement } = versionOf(draft.value, strategy.createdAt, strategy.version);
    const statements = [strategyTable.insert({ ...strategy, code: code ?? "" }), statement];
    const stored = await this.options.audit.record(strategyChange(actor, action, null, strategy), statements);
    if (!stored.ok) return stored;
    this.entries.set(strategy.strategyId, { strategy, versions: [row] });
    this.tell(null, strategy);
    return ok(strategy);
  }

  /** Computed, stored, in force, in the core: in this order, one change of a strategy after the other. */
  private change(
    action: string,
    actor: string,
    strategyId: string,
    compute: (entry: Entry) => Result<{ readonly entry: Entry; readonly statements: readonly Statement[] }, Failure>,
  ): Promise<Result<Strategy, Failure>> {
    return this.queued(strategyId, async (entry) => {
      const computed = compute(entry);
      if (!computed.ok) return computed;
      const { entry: after, statements } = computed.value;
      const told = strategyChange(actor, action, entry.strategy, after.strategy);
      const stored = await this.options.audit.record(told, statements);
      if (!stored.ok) return stored;
      this.entries.set(strategyId, after);
      if (statusBelow(after.strategy) === "error" && statusBelow(entry.strategy) !== "error")
        this.options.onError?.(after.strategy);
      const applied = this.options.activation.apply(strategyId);
      if (applied.ok) {
        this.tell(entry.strategy, after.strategy);
        return ok(after.strategy);
      }
      await this.takeBack(actor, entry, after);
      return applied;
    });
  }

  /** The core has no place for the change: what was before is in force again, in the store as well. */
  private async takeBack(actor: string, before: Entry, after: Entry): Promise<void> {
    const { strategyId } = before.strategy;
    const known = new Set(before.versions.map(({ version }) => version));
    const added = after.versions.filter(({ version }) => !known.has(version));
    const statements = added.map(({ version }) => versionTable.remove({ strategyId, version }));
    // Only builtin strategies are in the core, and their code never changes.
    const change = strategyChange(actor, "take_back", after.strategy, before.strategy);
    const all = [updateStrategy(before.strategy, null), ...statements];
    const stored = await this.options.audit.record(change, all, "undo");
    // Else the change stays, and so does the reason in last_error.
    if (!stored.ok) return this.tell(before.strategy, after.strategy);
    this.entries.set(strategyId, before);
    this.options.activation.apply(strategyId);
  }

  private queued<T>(
    strategyId: string,
    work: (entry: Entry) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    return this.queues.run(strategyId, () => {
      const entry = this.entries.get(strategyId);
      return entry === undefined ? failed(unknownStrategy(strategyId)) : work(entry);
    });
  }

  /** Creation times are unlike each other: they are the order of the list and its cursor. */
  private stamp(): number {
    this.lastCreated = Math.max(this.options.now(), this.lastCreated + 1);
    return this.lastCreated;
  }
}

/** What a builtin strategy runs as: its types, those that lack symbols, and names of parameters that none of them knows. */
export function builtinDetails({ implementation, parameters }: Strategy): UnreadWords & {
  readonly types: readonly string[];
  readonly left_out: readonly string[];
  readonly unused_parameters: readonly string[];
} {
  const choice = choiceOf(implementation ?? "");
  if (choice === null) return { types: [], left_out: [], unused_parameters: [] };
  const out = leftOut(choice, parameters);
  const types = choice.types.map(({ name }) => name).filter((name) => !out.includes(name));
  return {
    types,
    left_out: out,
    unused_parameters: unusedNames(choice, parameters),
    ...meantNames(choice, parameters),
  };
}

export function unknownStrategy(strategyId: string): Failure {
  return { code: "not_found", kind: "strategy", id: strategyId };
}

const FULL: Failure = {
  code: "capacity_exceeded",
  what: "places for strategies",
  limit: STRATEGIES_MAX,
  setting: "",
  issue: `${STRATEGIES_MAX} strategies are there already, which is the most; delete some that are not used`,
};

function busyFailure({ strategyId, status }: Strategy): Failure {
  return {
    code: "invalid_state",
    kind: "strategy",
    id: strategyId,
    state: status === "testing" ? status : "running",
    wanted: "delete",
    allowed: STATUSES.filter((one) => one !== "testing"),
    legal: ["stop", "pause", "delete with force=true"],
  };
}

/** The version's row; where the code is as it was, it is copied from the version before. */
function versionOf(
  { strategy, code }: Draft,
  now: number,
  before: string,
): { readonly row: VersionHead; readonly statement: Statement } {
  const { strategyId, version, codeHash, language, parameters, riskLimits } = strategy;
  const deployedAt = strategy.deployedVersion === version ? now : null;
  const row: VersionHead = { strategyId, version, codeHash, createdAt: now, deployedAt };
  const statement =
    code === null
      ? copyVersion(before, row, parameters, riskLimits)
      : versionTable.insert({ ...row, language, code, parameters, riskLimits });
  return { row, statement };
}

/** The version that makes room for a new one. */
function surplus(versions: readonly VersionHead[], { deployedVersion }: Strategy): string | null {
  if (versions.length < VERSIONS_MAX) return null;
  return (
    versions.find(({ version, deployedAt }) => deployedAt === null && version !== deployedVersion)?.version ?? null
  );
}

function writeCursor(createdAt: number): string {
  return Buffer.from(`t.${createdAt}`).toString("base64url");
}

function readCursor(cursor: string): number | null {
  const found = /^t\.(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  return found === null ? null : Number(found[1]);
}
