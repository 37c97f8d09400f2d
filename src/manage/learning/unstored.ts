// What the store does not know of yet of the trades that are followed, and the portion of it that is on its way. A portion
// that was refused is handed over again as it was: so a disk that takes nothing for days costs no positions (what is old
// is forgotten by position), leaves no row in doubt but those of one portion, and the time of one portion at each attempt.
//
// Bounded by what is followed: a trade that ends before the store has heard of it leaves nothing but its outcome. Outcomes
// are bounded by WAITING_MAX; the oldest goes first, and is counted. One thread.
import { type Outcome } from "../../learning/outcome.ts";
import type { Closed, Opening } from "../../learning/tracker.ts";
import { followedTable, forgetOutcomes, keepOutcome } from "../../store/outcomes.ts";
import type { Statement } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";

/** Outcomes that wait for the store. */
export const WAITING_MAX = 10_000;
/** Of one transaction: putting it together is a short turn of the loop. */
export const PORTION_MAX = 128;
/** Outcomes that the store keeps. */
const KEPT_MAX = 50_000;

/** Handed to the store in one transaction. */
export interface Portion {
  readonly statements: readonly Statement[];
  /** That are kept with it. */
  readonly outcomes: readonly Outcome[];
}

interface FollowedRow {
  readonly signalId: string;
  readonly symbol: string;
}
interface Ended {
  readonly closed: Closed;
  /** That the store has, or may have, of its openings. */
  readonly rows: readonly FollowedRow[];
}
/** One of a portion, which is stored with what belongs to it or not at all. */
type Item = { readonly put: Opening } | { readonly remove: FollowedRow } | { readonly ended: Ended };

export class Unstored {
  /** Outcomes that were dropped: too many waited, or the store can never take them. */
  unkept = 0;
  private readonly kept: (opening: Opening) => JsonObject;
  private position: number;
  /** Openings by row: no store has ever heard of them. */
  private readonly fresh = new Map<string, Opening>();
  /** Openings by row that the store has, or may have, as they were before. */
  private readonly changed = new Map<string, Opening>();
  private readonly gone = new Map<string, FollowedRow>();
  private readonly ended: Ended[] = [];
  private items: readonly Item[] = [];
  private portion: Portion | null = null;
  /** Of a portion that holds something which can never be stored: they go one by one. */
  private readonly singles: Item[] = [];

  /** `kept`: an opening as its row has it now. `position`: of the newest outcome that the store has. */
  constructor(kept: (opening: Opening) => JsonObject, position: number) {
    this.kept = kept;
    this.position = position;
  }

  get size(): number {
    const { fresh, changed, gone, ended, singles, items } = this;
    return fresh.size + changed.size + gone.size + ended.length + singles.length + items.length;
  }

  begin(opening: Opening): void {
    this.fresh.set(rowOf(opening), opening);
  }
  /** An account has done something on it. */
  change(opening: Opening): void {
    const row = rowOf(opening);
    (this.fresh.has(row) ? this.fresh : this.changed).set(row, opening);
  }
  lose(opening: Opening): void {
    const row = this.over(opening);
    if (row !== null) this.gone.set(rowOf(opening), row);
  }
  end(closed: Closed): void {
    const rows = closed.openings.flatMap((opening) => this.over(opening) ?? []);
    this.ended.push({ closed, rows });
    if (this.ended.length <= WAITING_MAX) return;
    this.unkept += 1;
    for (const row of this.ended.shift()?.rows ?? []) this.gone.set(`${row.signalId} ${row.symbol}`, row);
  }

  /** What goes next: the same until it was taken, or given up. Null: the store knows everything. */
  next(): Portion | null {
    if (this.portion !== null || this.size === 0) return this.portion;
    this.items = this.singles.length > 0 ? this.singles.splice(0, 1) : this.gather();
    const statements = this.items.flatMap((item) => this.statements(item));
    const outcomes = this.items.flatMap((item) => ("ended" in item ? [item.ended.closed.outcome] : []));
    const old = outcomes.length > 0 ? [forgetOutcomes(this.position - KEPT_MAX)] : [];
    this.portion = { statements: [...statements, ...old], outcomes };
    return this.portion;
  }
  taken(): void {
    this.items = [];
    this.portion = null;
  }
  /** The store can never take it as a whole: its items go one by one, and one alone is dropped. */
  giveUp(): void {
    if (this.items.length > 1) this.singles.push(...this.items);
    else this.unkept += this.portion?.outcomes.length ?? 0;
    this.taken();
  }

  /** It is followed no longer; null: the store has never heard of it. */
  private over(opening: Opening): FollowedRow | null {
    const row = rowOf(opening);
    if (this.fresh.delete(row)) return null;
    this.changed.delete(row);
    return { signalId: opening.id, symbol: opening.name };
  }

  private gather(): readonly Item[] {
    const ended = this.ended.splice(0, PORTION_MAX).map((one): Item => ({ ended: one }));
    const items: Item[] = ended;
    for (const [row, remove] of this.gone) {
      if (items.length >= PORTION_MAX) return items;
      this.gone.delete(row);
      items.push({ remove });
    }
    for (const openings of [this.fresh, this.changed]) {
      for (const [row, put] of openings) {
        if (items.length >= PORTION_MAX) return items;
        openings.delete(row);
        items.push({ put });
      }
    }
    return items;
  }

  private statements(item: Item): readonly Statement[] {
    if ("put" in item) {
      const { id, name } = item.put;
      return [followedTable.put({ signalId: id, symbol: name, opening: this.kept(item.put) })];
    }
    if ("remove" in item) return [followedTable.remove(item.remove)];
    const { closed, rows } = item.ended;
    this.position += 1;
    const outcome = { ...closed.outcome, position: this.position, signalId: closed.openings[0]?.id ?? "" };
    return [keepOutcome(outcome), ...rows.map((row) => followedTable.remove(row))];
  }
}

/** A stream that takes another's place has openings of its own for the same trades. */
function rowOf({ id, name }: Opening): string {
  return `${id} ${name}`;
}
