// What main does with the news of executions: fills are stored and told, limits pause, faults end. Also how an execution
// is paused and ends, and what is kept of one every ten seconds. Main thread; nothing here waits for the market.
import type { Audience } from "./audience.ts";
import type { Entry, Execution } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import type { LiveOrders } from "./live-orders.ts";
import type { BookedPosition, OrderBook } from "../orders/orders.ts";
import { fitText } from "../../store/fit-text.ts";
import type { ExecutionNews } from "./messages.ts";
import type { Pool } from "./pool.ts";
import type { Roll } from "./roll.ts";
import { STEP_KEY, STEP_WIDTH } from "./step-rows.ts";

export interface HearingParts {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly roll: Roll;
  readonly audience: Audience;
  readonly orders: OrderBook;
  readonly live: LiveOrders;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
}

/** A beat: each execution has one of BEATS in its turn, so that thousands together hold nobody up. Ten seconds all in all. */
const BEAT_MS = 50;
const BEATS = 200;
const LAST_NEWS_MS = 800;

export class Hearing {
  private readonly parts: HearingParts;
  private timer: NodeJS.Timeout | null = null;
  private turn = 0;

  constructor(parts: HearingParts) {
    this.parts = parts;
  }

  /** It is open from now on. */
  enter(entry: Entry): void {
    this.parts.roll.enter(entry);
    this.timer ??= setInterval(() => this.beat(), BEAT_MS).unref();
  }

  heard(news: ExecutionNews): void {
    const { roll, ledger, audience, orders, live, now } = this.parts;
    const entry = roll.keyed(news.key);
    if (entry === null) return;
    if (news.errands.length > 0) live.run(entry, news.errands);
    for (const setback of news.setbacks) audience.setback(entry, setback);
    const { trades: rows, postings, moved } = entry.take(news);
    const { executionId, strategyId } = entry.record;
    const { changed, stored } = orders.take({ executionId, strategyId }, news.orders);
    ledger.booked(rows, stored, postings);
    ledger.also(orders.prune(executionId, stored));
    audience.trades(entry, rows);
    audience.orders(changed);
    audience.positions(entry, moved);
    for (const { version, reason } of news.out) audience.out(entry, version, reason);
    if (news.comparison !== null) entry.onCompared?.(news.comparison);
    if (news.refused > 0) audience.refused(entry, news.refused, now());
    if (news.fault !== null) void this.fault(news.key, news.fault);
    else if (news.breach !== null) this.breached(entry, news.breach);
    else if (rows.length > 0 && entry.active) audience.event("updated", entry);
    if (news.ended || news.fault !== null) entry.settled(news);
  }

  /** `others`: that have a key and are not on the roll. */
  stepped(rows: Float64Array, others: (key: number) => Entry | null): void {
    const { roll } = this.parts;
    for (let at = 0; at < rows.length; at += STEP_WIDTH) {
      const key = rows[at + STEP_KEY] ?? 0;
      (roll.keyed(key) ?? others(key))?.step(rows, at);
    }
  }

  async fault(key: number, reason: string): Promise<void> {
    const entry = this.parts.roll.keyed(key);
    if (entry?.active !== true) return;
    await this.end(entry, "error", "error", reason);
    this.parts.audience.fault(entry, entry.record.error ?? reason);
  }

  /** In force at once. Whoever lets one go on begins a new day and a new high, also for a process behind a kill. */
  pause(entry: Entry, paused: boolean): void {
    const { ledger, pool, audience, live } = this.parts;
    if (entry.record.status !== (paused ? "running" : "paused")) return;
    if (!paused) entry.forgive();
    entry.record = { ...entry.record, status: paused ? "paused" : "running" };
    if (paused) live.withdraw(entry, true);
    pool.send(entry.key, { kind: "pause", paused });
    ledger.update(entry.record);
    audience.event(paused ? "paused" : "resumed", entry);
  }

  /** In force at once; the last figures come from the thread, as long as it answers. */
  async end(
    entry: Entry,
    status: "stopped" | "error",
    reason: string,
    error: string | null = null,
    patienceMs = LAST_NEWS_MS,
  ): Promise<Execution> {
    const { roll, pool, ledger, audience, now } = this.parts;
    if (!entry.active) return entry.view();
    const said = error === null ? null : fitText(error, "\ufffd"); // it may be the word of users' code
    entry.record = { ...entry.record, status, stopReason: reason, error: said, endTime: now() };
    this.parts.live.withdraw(entry);
    roll.shut(entry);
    const last = status === "stopped" ? entry.lastNews(patienceMs) : null;
    pool.send(entry.key, { kind: "end" });
    if (last !== null) await last;
    pool.forget(entry.key);
    roll.leave(entry);
    this.keep(entry, true);
    this.endOrders(entry);
    ledger.update(entry.record);
    audience.positions(entry, flat(entry.positions));
    entry.release();
    audience.event(status === "error" ? "error" : "stopped", entry);
    return entry.view();
  }

  /** The process ends: what is open is kept as it is. */
  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }
  keepAll(): void {
    this.parts.ledger.booked([], this.parts.orders.settle(), []);
    for (const entry of this.parts.roll.open()) {
      this.keep(entry, true);
      this.parts.ledger.update(entry.record);
    }
  }

  /** What its thread could not end any more. */
  private endOrders({ record }: Entry): void {
    const { orders, ledger, audience, now } = this.parts;
    const ended = orders.end(record.executionId, now(), "the execution ended");
    ledger.booked([], ended, []);
    audience.orders(ended);
  }

  private breached(entry: Entry, reason: string): void {
    if (entry.record.status !== "running") return;
    entry.record = { ...entry.record, status: "paused" };
    this.parts.live.withdraw(entry, true);
    this.parts.ledger.update(entry.record);
    this.parts.audience.event("paused", entry);
    this.parts.audience.breach(entry, reason);
  }

  private keep(entry: Entry, all: boolean): void {
    const { ledger, now } = this.parts;
    const { record } = entry;
    if (entry.points === 0) ledger.point(record.executionId, entry.points++, entry.beginning());
    const due = all ? entry.rest(record.endTime ?? now()) : entry.due();
    for (const point of due) ledger.point(record.executionId, entry.points++, point);
  }

  private beat(): void {
    const turn = this.turn++ % BEATS;
    if (turn === 0) this.parts.ledger.booked([], this.parts.orders.settle(), []);
    for (const entry of this.parts.roll.open()) {
      if (entry.key % BEATS !== turn || !entry.begun) continue;
      this.keep(entry, false);
      this.parts.ledger.update(entry.record);
      this.parts.audience.figures(entry);
    }
  }
}

/** An execution that is over holds nothing any more: what it held was counted at its last price. */
export function flat(positions: readonly BookedPosition[]): readonly BookedPosition[] {
  return positions.map((position) => ({ ...position, quantity: 0, cost: 0 }));
}
