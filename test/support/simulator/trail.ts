// The audit trail, judged from outside: what was asked of the registry and how it was answered is kept beside it, and in
// the database at rest the stored trail is compared with that. It is whole, each entry begins where the one before ended,
// each move is one of the life cycle; every change that was confirmed has its entry, in order and with what was
// answered; no entry tells of what nobody asked for; and a strategy is stored as its last entry left it, so that a change
// and its entry are there together or not at all, also where the answer was in doubt.
import { targets, MOVES, type Move, type Status } from "../../../src/manage/lifecycle.ts";
import { ChainWalk } from "../../../src/manage/oversight/chain.ts";
import { auditTable, type AuditRecord } from "../../../src/store/operations.ts";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import { must } from "./facts.ts";

/** What anybody is told of a strategy, as one text; null: there is none any more. */
export type Told = string | null;

interface Seen {
  readonly status: Status;
  readonly version: string;
  readonly parameters: object;
}

/** One that was asked for and not answered yet. */
export interface Attempt {
  readonly action: string;
  /** Null: it is to get an id. */
  readonly target: string | null;
}

interface Change {
  readonly action: string;
  readonly after: Told;
}

export function told({ status, version, parameters }: Seen): string {
  return JSON.stringify([status, version, parameters]);
}

export class Trail {
  private readonly open = new Set<Attempt>();
  /** By strategy, in the order of their answers, which is that of the changes. */
  private readonly confirmed = new Map<string, Change[]>();
  /** How often it was asked for and the answer was in doubt, by `action target`. */
  private readonly doubtful = new Map<string, number>();
  /** Strategies of which an answer was in doubt once: their entries need not follow each other. */
  private readonly torn = new Set<string>();

  ask(action: string, target: string | null): Attempt {
    const attempt = { action: `strategy.${action}`, target };
    this.open.add(attempt);
    return attempt;
  }

  confirm(attempt: Attempt, target: string, after: Told): void {
    this.open.delete(attempt);
    const known = this.confirmed.get(target) ?? [];
    this.confirmed.set(target, [...known, { action: attempt.action, after }]);
  }
  refuse(attempt: Attempt): void {
    this.open.delete(attempt);
  }
  doubt(attempt: Attempt): void {
    this.open.delete(attempt);
    const { action, target } = attempt;
    const name = nameOf(action, target);
    this.doubtful.set(name, (this.doubtful.get(name) ?? 0) + 1);
    if (target !== null) this.torn.add(target);
  }
  /** The process ends: what was not answered is in doubt. */
  die(): void {
    for (const attempt of this.open) this.doubt(attempt);
  }

  /** `stored`: what there is of strategies. */
  judge(driver: SqlDriver, stored: ReadonlyMap<string, string>): void {
    const entries = this.walk(driver);
    for (const [target, changes] of this.confirmed) inOrder(target, changes, entries.get(target) ?? []);
    this.allAsked(entries);
    for (const [target, changes] of entries) {
      const left = changes.at(-1)?.after ?? null;
      const is = stored.get(target) ?? null;
      must(left === is, () => `${target} is stored as ${is}, and its last entry in the audit trail left ${left}`);
    }
    for (const target of stored.keys())
      must(entries.has(target), () => `${target} is stored, and no entry tells of it`);
  }

  /** By strategy, oldest first. */
  private walk(driver: SqlDriver): ReadonlyMap<string, readonly Change[]> {
    const walk = new ChainWalk();
    const last = new Map<string, Status | null>();
    const found = new Map<string, Change[]>();
    for (const row of driver.iterate("SELECT * FROM audit ORDER BY position")) {
      const entry = auditTable.read(row);
      must(walk.take(entry), () => `the audit trail is broken at entry ${entry.position}`);
      const { action, target } = entry;
      const after = entry.after as Seen | null;
      this.follows(entry, last.get(target) ?? null);
      last.set(target, after?.status ?? null);
      const changes = found.get(target) ?? [];
      changes.push({ action, after: after === null ? null : told(after) });
      found.set(target, changes);
    }
    return found;
  }

  private follows({ action, target, before: from, after: to }: AuditRecord, known: Status | null): void {
    const before = (from as Seen | null)?.status ?? null;
    const after = (to as Seen | null)?.status ?? null;
    const follows = known === before || this.torn.has(target);
    must(follows, () => `${action} of ${target} begins with ${before}, the entry before it ended with ${known}`);
    const move = MOVES.find((one: Move) => action === `strategy.${one}`);
    const legal =
      move === undefined ? before === after || before === null || after === null : isLegal(before, move, after);
    must(legal, () => `${action} of ${target} went from ${before} to ${after}`);
  }

  /** No more entries of an action than were confirmed or in doubt. */
  private allAsked(entries: ReadonlyMap<string, readonly Change[]>): void {
    let nameless = 0;
    for (const [target, changes] of entries) {
      const known = this.confirmed.get(target);
      for (const action of new Set(changes.map((one) => one.action))) {
        const there = count(changes, action) - count(known ?? [], action);
        if (action === CREATED && known?.[0]?.action !== CREATED) nameless += there;
        else {
          const most = this.doubtful.get(nameOf(action, target)) ?? 0;
          must(there <= most, () => `the audit trail has ${action} of ${target} ${there - most} times too often`);
        }
      }
    }
    const most = this.doubtful.get(nameOf(CREATED, null)) ?? 0;
    must(nameless <= most, () => `the audit trail has ${nameless - most} strategies that nobody asked for`);
  }
}

const CREATED = "strategy.create";

function nameOf(action: string, target: string | null): string {
  return `${action} ${target ?? ""}`;
}

function count(changes: readonly Change[], action: string): number {
  return changes.filter((one) => one.action === action).length;
}

/** Each change has an entry of its own, and they stand in the same order; entries of others may be between. */
function inOrder(target: string, changes: readonly Change[], entries: readonly Change[]): void {
  let at = 0;
  for (const { action, after } of changes) {
    while (at < entries.length && (entries[at]?.action !== action || entries[at]?.after !== after)) at++;
    must(
      at < entries.length,
      () => `${action} of ${target} to ${after} was confirmed, and the audit trail has no entry of it`,
    );
    at++;
  }
}

function isLegal(before: Status | null, move: Move, after: Status | null): boolean {
  return before !== null && after !== null && targets(before, move).includes(after);
}
