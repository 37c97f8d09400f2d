// Follows the published signals of the stream to their end, keeps what they came to, and tells it: to the store first, then
// to the core as a journaled event, then to the learners. So an outcome is counted once at most: what a kill finds between
// store and core is in the history, and not learnt from. Trades that are followed are in the store as well and go on
// after a restart; what a kill finds in the last quarter of a second, or of the last few dozen, is not followed.
//
// Events are told before the kernels have seen them, signals afterwards; the tracker puts both in the order of the stream.
// Main thread only; an event costs a copy of its prices, and nothing that is asked of the store is waited for.
import * as layout from "../../../assembly/layout.ts";
import type { Approved } from "../../domain/approved.ts";
import type { AssetType } from "../../domain/asset-type.ts";
import { explain } from "../../domain/failure.ts";
import type { Regime } from "../../domain/regime.ts";
import type { CoreOutcome } from "../../domain/learned.ts";
import { type Outcome, teaches } from "../../learning/outcome.ts";
import { type Closed, type Opening, Tracker, type TrackerCounters } from "../../learning/tracker.ts";
import { followedTable, forgetOutcomes, keepOutcome, readOutcomes } from "../../store/outcomes.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { TapSink } from "../../stream/tap.ts";
import type { Log } from "../../telemetry/log.ts";
import { Accounts, type Fill, takingOf } from "./accounts.ts";
import { HELD_MAX, outcomeOf, OutcomeHistory } from "./history.ts";
import { followable, keptOpening, reopened } from "./openings.ts";

/** The stream as it is followed. */
export interface FollowedPlane {
  readonly tap: { follow(sink: TapSink): () => void };
  /** Signals of events below this sequence have been published. */
  released(): number;
  readonly maxSymbols: number;
  /** Undefined: it was never seen. */
  symbolOf(name: string): number | undefined;
  assetTypeOf(symbol: number): AssetType;
  /** By the core's detector. */
  regimeOf(symbol: number): Regime;
  /** Into the stream, all of them or, without room, none and false. */
  tellOutcomes(outcomes: readonly CoreOutcome[]): boolean;
}

export interface FollowingOptions {
  readonly store: Store;
  readonly log: Log;
  /** Stored and told to the core. */
  onOutcome(outcome: Outcome): void;
}

export interface FollowingCounters extends TrackerCounters {
  /** Trades that are followed now. */
  open: number;
  /** Outcomes that could not be kept, because the store took none for too long. */
  unkept: number;
}

/** Rows that the store keeps. */
const KEPT_MAX = 50_000;
/** How late the store may have what was opened and closed. */
const LATE_MS = 250;
/** So many do not wait for that: what is put together for the store, and told behind it, stays a short turn of the loop. */
const TOGETHER = 32;
/** Outcomes that wait for the store. */
const WAITING_MAX = 10_000;
/** A bar arrives a little behind its end; the next one began by then, and counts as if it had not. Share of its length. */
const BAR_SLACK = 0.01;
/** Outcomes that go into the stream, and to the learners, in one turn of the loop: ticks come between them. */
const TOLD_MAX = 16;

interface News {
  readonly opened: ReadonlySet<Opening>;
  readonly changed: ReadonlySet<Opening>;
  readonly closed: readonly Closed[];
  readonly lost: readonly Opening[];
}

export class Following implements TapSink {
  readonly history = new OutcomeHistory();
  private readonly options: FollowingOptions;
  private tracker: Tracker | null = null;
  private plane: FollowedPlane | null = null;
  private leave: () => void = () => undefined;
  private numbers = new Float64Array(0);
  private kept: readonly Opening[] = [];
  private readonly accounts = new Accounts();
  /** What the store does not know of yet. */
  private opened = new Set<Opening>();
  /** Stored, and an account has done something on it since. */
  private changed = new Set<Opening>();
  private closed: Closed[] = [];
  private lost: Opening[] = [];
  /** Stored, and not in the stream yet. */
  private readonly untold: Outcome[] = [];
  /** Those of registered strategies, by strategy and symbol. */
  private readonly owned = new Map<string, Opening>();
  private position = 0;
  private unkept = 0;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> | null = null;
  private soon = false;
  private telling = false;
  private over = false;

  constructor(options: FollowingOptions) {
    this.options = options;
  }

  get counters(): FollowingCounters {
    const counted = this.tracker?.counters ?? { followed: 0, refused: 0, closed: 0, lost: 0, hurried: 0 };
    return { ...counted, open: this.tracker?.size ?? 0, unkept: this.unkept };
  }

  async load(): Promise<void> {
    const { store } = this.options;
    const rows = await readOutcomes(store, HELD_MAX);
    this.position = rows.at(-1)?.position ?? 0;
    for (const row of rows) this.history.add(outcomeOf(row));
    const followed = await followedTable.load(store);
    this.kept = followed.flatMap(({ opening }) => {
      const again = reopened(opening, 0);
      const taking = takingOf(opening);
      if (again !== null && taking !== null) this.accounts.take(again, taking);
      return again ?? [];
    });
  }

  /** The stream that is followed from now on, before it takes a tick. */
  join(plane: FollowedPlane, memory: WebAssembly.Memory): void {
    this.leave();
    const open = this.tracker?.openings() ?? this.kept;
    this.tracker = new Tracker({
      symbols: plane.maxSymbols,
      onOpened: (opening) => this.began(opening),
      onRestored: (opening) => this.own(opening),
      onClosed: (closed) => this.ended(closed),
      onLost: (opening) => this.gone(opening),
    });
    this.plane = plane;
    this.numbers = new Float64Array(memory.buffer);
    for (const opening of open) {
      const symbol = plane.symbolOf(opening.name);
      const again = symbol === undefined ? null : reopened(keptOpening(opening, null), symbol);
      if (again === null || !this.tracker.restore(again)) this.gone(opening);
      else if (this.accounts.of(again) !== null) this.tracker.takeOver(again.key);
    }
    this.leave = plane.tap.follow(this);
  }

  /** A market event became visible (tap.ts). */
  record(words: Int32Array, at: number, sequence: number): void {
    const { tracker, numbers } = this;
    const header = words[at] ?? 0;
    if (tracker === null || ((header >>> 24) & layout.FLAG_DEMO) !== 0) return;
    const symbol = header & 0xffff;
    const record = at >> 1; // in numbers of 8 bytes
    const price = record + (layout.EVENT_PAYLOAD >> 3);
    const kind = (header >>> 16) & 0xff;
    if (kind === layout.KIND_TRADE) {
      return tracker.traded(symbol, sequence, numbers, record + (layout.EVENT_CLOCK >> 3), price);
    }
    const clock = numbers[record + (layout.EVENT_CLOCK >> 3)] ?? 0;
    const [one, two] = [numbers[price] ?? 0, numbers[price + 1] ?? 0];
    switch (kind) {
      case layout.KIND_QUOTE:
        return tracker.quoted(symbol, sequence, clock, one, two);
      case layout.KIND_BAR: {
        const length = ((words[at + 1] ?? 0) >>> 0) * 1_000;
        const start = (numbers[record + (layout.EVENT_TIME >> 3)] ?? 0) - length * (1 - BAR_SLACK);
        const [low, close] = [numbers[price + 2] ?? 0, numbers[price + 3] ?? 0];
        return tracker.bar(symbol, sequence, clock, one, two, low, close, start);
      }
      default:
    }
  }

  settled(): void {
    this.advance();
  }

  /** Published, exits included, in the order of the stream. */
  onApproved(signals: readonly Approved[]): void {
    const { plane, tracker } = this;
    if (plane === null || tracker === null) return;
    for (const signal of signals) {
      const symbol = plane.symbolOf(signal.symbol);
      if (symbol === undefined) continue;
      const [assetType, regime] = [plane.assetTypeOf(symbol), plane.regimeOf(symbol)];
      const followed = followable(signal, { symbol, assetType, regime });
      if (followed !== null) tracker.signalled(followed);
    }
    this.advance();
  }

  /** A fill of an execution of a registered strategy; `free`: its account states no costs. */
  onFill(strategyId: string, fill: Fill, free: boolean): void {
    this.advance();
    const { tracker, accounts } = this;
    const held = (): Opening | null => this.owned.get(ownerOf(strategyId, fill.symbol)) ?? null;
    const opening = held();
    const booked = accounts.book(opening, fill, free);
    if (tracker === null || opening === null || booked.kind === "nothing") return;
    if (booked.kind === "taken") {
      tracker.takeOver(opening.key);
      this.change(opening);
      return;
    }
    const { net, ended, beyond } = booked;
    tracker.executed(opening.key, net, ended, fill.timestamp, fill.price);
    const next = held();
    if (next === null || !(beyond > 0)) return;
    // It turned in one fill: what is beyond flat is the opening of the next trade.
    accounts.take(next, { executionId: fill.executionId, held: beyond, closed: 0, pnl: 0, fees: 0 });
    tracker.takeOver(next.key);
    this.change(next);
  }

  /** At a learning beat. */
  expire(clock: number): void {
    this.advance();
    this.tracker?.expire(clock);
  }

  /** What began and ended so far is in the store, and told. */
  async flush(): Promise<void> {
    this.advance();
    await this.writing;
    await this.write();
    while (this.untold.length > 0) if (!this.tell()) return this.later();
  }

  async close(): Promise<void> {
    this.over = true;
    this.leave();
    if (this.timer !== null) clearTimeout(this.timer);
    await this.flush();
  }

  private advance(): void {
    if (this.plane !== null) this.tracker?.advance(this.plane.released());
  }

  private began(opening: Opening): void {
    this.opened.add(opening);
    this.own(opening);
    this.later();
  }
  private change(opening: Opening): void {
    this.changed.add(opening);
    this.later();
  }
  /** Legs of a group count by their signals: an account's fill does not say of which group it is. */
  private own(opening: Opening): void {
    const { strategyId, name, group } = opening;
    if (strategyId !== null && group === null) this.owned.set(ownerOf(strategyId, name), opening);
  }
  private ended(closed: Closed): void {
    this.closed.push(closed);
    for (const opening of closed.openings) this.disown(opening);
    if (this.closed.length > WAITING_MAX) {
      this.closed.shift();
      this.unkept += 1;
    }
    this.later();
  }
  private gone(opening: Opening): void {
    this.lost.push(opening);
    this.disown(opening);
    this.later();
  }
  private disown(opening: Opening): void {
    this.accounts.forget(opening);
    const owned = ownerOf(opening.strategyId ?? "", opening.name);
    if (this.owned.get(owned)?.id === opening.id) this.owned.delete(owned);
  }

  /** Begun, changed and ended since the store was told. */
  private get news(): number {
    return this.opened.size + this.changed.size + this.closed.length + this.lost.length;
  }

  private later(): void {
    if (this.over) return;
    if (this.timer === null) {
      this.timer = setTimeout(() => this.due(), LATE_MS);
      this.timer.unref();
    }
    if (this.news < TOGETHER || this.soon || this.writing !== null) return;
    this.soon = true;
    setImmediate(() => {
      this.soon = false;
      if (!this.over) this.due();
    });
  }

  private due(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.advance();
    this.writing ??= this.writeNow();
  }

  private async writeNow(): Promise<void> {
    const stored = await this.write().finally(() => (this.writing = null));
    if (stored && this.news > 0) this.later();
  }

  /** What began and ended since, in one transaction; then it is told. False: the store did not take it. */
  private async write(): Promise<boolean> {
    const { opened, changed, closed, lost } = this;
    if (this.news > 0) {
      this.opened = new Set();
      this.changed = new Set();
      this.closed = [];
      this.lost = [];
      const statements = this.statements({ opened, changed, closed, lost });
      const stored = await this.options.store.commit(statements);
      if (!stored.ok) {
        this.opened = new Set([...opened, ...this.opened]);
        this.changed = new Set([...changed, ...this.changed]);
        this.closed = [...closed, ...this.closed];
        this.lost = [...lost, ...this.lost];
        this.options.log.warn("outcomes could not be kept yet", { reason: explain(stored.failure) });
        this.later();
        return false;
      }
      for (const { outcome } of closed) this.history.add(outcome);
      this.untold.push(...closed.map(({ outcome }) => outcome));
    }
    this.tellOn();
    return true;
  }

  private statements({ opened, changed, closed, lost }: News): readonly Statement[] {
    const over = [...closed.flatMap(({ openings }) => openings), ...lost];
    // By their rows: a stream that takes another's place has openings of its own for the same trades.
    const [unstored, ended] = [new Set([...opened].map(rowOf)), new Set(over.map(rowOf))];
    const began = [...new Set([...opened, ...changed])].filter((opening) => !ended.has(rowOf(opening)));
    const rows = closed.map(({ outcome, openings }) => {
      this.position += 1;
      return keepOutcome({ ...outcome, position: this.position, signalId: openings[0]?.id ?? "" });
    });
    return [
      ...began.map((opening) => {
        const kept = keptOpening(opening, this.accounts.of(opening));
        return followedTable.put({ signalId: opening.id, symbol: opening.name, opening: kept });
      }),
      ...rows,
      ...over
        .filter((opening) => !unstored.has(rowOf(opening)))
        .map(({ id, name }) => followedTable.remove({ signalId: id, symbol: name })),
      ...(rows.length > 0 ? [forgetOutcomes(this.position - KEPT_MAX)] : []),
    ];
  }

  /** A turn's worth now, and the others in turns of their own. */
  private tellOn(): void {
    if (this.telling || this.untold.length === 0) return;
    if (!this.tell()) return this.later();
    if (this.untold.length === 0 || this.over) return;
    this.telling = true;
    setImmediate(() => {
      this.telling = false;
      this.tellOn();
    });
  }

  /** Stored outcomes go into the stream, and to the learners, TOLD_MAX of them; false: there was no room. */
  private tell(): boolean {
    const told = this.untold.slice(0, TOLD_MAX);
    // The ring may be full, or the stream is being replaced.
    if (this.plane?.tellOutcomes(told.filter(teaches).map(coreOutcome)) !== true) return false;
    this.untold.splice(0, told.length);
    for (const outcome of told) this.options.onOutcome(outcome);
    return true;
  }
}

function coreOutcome({ strategy, net, confidence, regime }: Outcome): CoreOutcome {
  return { strategy, net, confidence, regime };
}

function ownerOf(strategyId: string, symbol: string): string {
  return `${strategyId} ${symbol}`;
}

function rowOf({ id, name }: Opening): string {
  return `${id} ${name}`;
}
