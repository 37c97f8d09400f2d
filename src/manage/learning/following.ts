// Follows the published signals of the stream to their end, keeps what they came to, and tells it: to the store first, then
// to the core as a journaled event, then to the learners. So an outcome is counted once at most: what a kill finds between
// store and core is in the history, and not learnt from. Trades that are followed are in the store as well and go on
// after a restart; what a kill finds in the last quarter of a second, or of the last few dozen, is not followed.
// While the store takes nothing, what it has to know waits (unstored.ts): so much and no more, what is dropped is counted.
//
// Events are told before the kernels have seen them, signals afterwards; the tracker puts both in the order of the stream.
// Main thread only; an event costs a copy of its prices, and nothing that is asked of the store is waited for.
import * as layout from "../../../assembly/layout.ts";
import type { Approved } from "../../domain/approved.ts";
import type { AssetType } from "../../domain/asset-type.ts";
import { explain, type Failure } from "../../domain/failure.ts";
import type { Regime } from "../../domain/regime.ts";
import type { CoreOutcome } from "../../domain/learned.ts";
import { type Outcome, teaches } from "../../learning/outcome.ts";
import { type Opening, Tracker, type TrackerCounters } from "../../learning/tracker.ts";
import { followedTable, readOutcomes } from "../../store/outcomes.ts";
import type { Store } from "../../store/store.ts";
import type { TapSink } from "../../stream/tap.ts";
import type { Log } from "../../telemetry/log.ts";
import { Accounts, type Fill, takingOf } from "./accounts.ts";
import { HELD_MAX, outcomeOf, OutcomeHistory } from "./history.ts";
import { followable, keptOpening, reopened } from "./openings.ts";
import { type Portion, Unstored } from "./unstored.ts";

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
  /** Outcomes that could not be kept, because the store took none for too long; nobody learns from them. */
  unkept: number;
}

/** How late the store may have what was opened and closed. */
const LATE_MS = 250;
/** So many do not wait for that: what is put together for the store, and told behind it, stays a short turn of the loop. */
const TOGETHER = 32;
/** A store that refuses is asked again after LATE_MS, then after twice that, and so on up to this. */
const REFUSED_MS = 4_000;
/** Outcomes that are stored and wait for room in the stream; meanwhile the store is given no more. */
const UNTOLD_MAX = 1_024;
/** A bar arrives a little behind its end; the next one began by then, and counts as if it had not. Share of its length. */
const BAR_SLACK = 0.01;
/** Outcomes that go into the stream, and to the learners, in one turn of the loop: ticks come between them. */
const TOLD_MAX = 16;

/** What a store says that will not say anything else of the same statements later. */
const FOR_GOOD: ReadonlySet<Failure["code"]> = new Set(["conflict", "validation_error"]);

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
  private unstored = this.since(0);
  /** Stored, and not in the stream yet. */
  private readonly untold: Outcome[] = [];
  /** Those of registered strategies, by strategy and symbol. */
  private readonly owned = new Map<string, Opening>();
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<boolean> | null = null;
  /** Attempts since the store took something. */
  private refused = 0;
  private soon = false;
  private telling = false;
  private over = false;

  constructor(options: FollowingOptions) {
    this.options = options;
  }

  get counters(): FollowingCounters {
    const counted = this.tracker?.counters ?? { followed: 0, refused: 0, closed: 0, lost: 0, hurried: 0 };
    return { ...counted, open: this.tracker?.size ?? 0, unkept: this.unstored.unkept };
  }

  async load(): Promise<void> {
    const { store } = this.options;
    const rows = await readOutcomes(store, HELD_MAX);
    this.unstored = this.since(rows.at(-1)?.position ?? 0);
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
      onClosed: (closed) => {
        this.unstored.end(closed);
        for (const opening of closed.openings) this.disown(opening);
        this.later();
      },
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
    do {
      if (!(await this.write())) return;
      while (this.untold.length > 0) if (!this.tell()) return this.later();
    } while (this.unstored.size > 0);
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
    this.unstored.begin(opening);
    this.own(opening);
    this.later();
  }
  private change(opening: Opening): void {
    this.unstored.change(opening);
    this.later();
  }
  /** Legs of a group count by their signals: an account's fill does not say of which group it is. */
  private own(opening: Opening): void {
    const { strategyId, name, group } = opening;
    if (strategyId !== null && group === null) this.owned.set(ownerOf(strategyId, name), opening);
  }
  private gone(opening: Opening): void {
    this.unstored.lose(opening);
    this.disown(opening);
    this.later();
  }
  private disown(opening: Opening): void {
    this.accounts.forget(opening);
    const owned = ownerOf(opening.strategyId ?? "", opening.name);
    if (this.owned.get(owned)?.id === opening.id) this.owned.delete(owned);
  }

  private since(position: number): Unstored {
    return new Unstored((opening) => keptOpening(opening, this.accounts.of(opening)), position);
  }

  private later(): void {
    if (this.over) return;
    if (this.timer === null) {
      this.timer = setTimeout(() => this.due(), Math.min(LATE_MS * 2 ** this.refused, REFUSED_MS));
      this.timer.unref();
    }
    const few = this.unstored.size < TOGETHER || this.refused > 0 || this.untold.length >= UNTOLD_MAX;
    if (few || this.soon || this.writing !== null) return;
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
    void this.write();
  }

  /** A portion of what began and ended since, in one transaction; then it is told. False: the store did not take it. */
  private write(): Promise<boolean> {
    return (this.writing ??= this.writeNow().finally(() => {
      this.writing = null;
      if (this.unstored.size > 0) this.later();
    }));
  }

  private async writeNow(): Promise<boolean> {
    const portion = this.untold.length < UNTOLD_MAX ? this.unstored.next() : null;
    if (portion !== null) {
      const stored = await this.options.store.commit(portion.statements);
      if (!stored.ok && !FOR_GOOD.has(stored.failure.code)) {
        this.troubled(stored.failure);
        this.tellOn(); // what was stored before
        return false;
      }
      if (stored.ok) this.keep(portion);
      else this.giveUp(portion, stored.failure);
    }
    this.tellOn();
    return true;
  }

  private keep({ outcomes }: Portion): void {
    this.unstored.taken();
    for (const outcome of outcomes) this.history.add(outcome);
    this.untold.push(...outcomes);
    if (this.refused === 0) return;
    this.refused = 0;
    const { size: waiting, unkept } = this.unstored;
    this.options.log.info("outcomes are kept again", { waiting, unkept });
  }

  private troubled(failure: Failure): void {
    this.refused += 1;
    const reason = explain(failure);
    if (this.refused === 1) this.options.log.warn("outcomes cannot be kept yet, and wait", { reason });
  }

  private giveUp({ statements }: Portion, failure: Failure): void {
    this.unstored.giveUp();
    const reason = explain(failure);
    this.options.log.error("outcomes can never be kept", { statements: statements.length, reason });
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
