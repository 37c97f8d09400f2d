// Duels as main sees them: begun in a thread of executions, heard, ended. One whose thread is lost begins anew in the next
// one with what it had come to; the events between are compared by nobody. One that its thread was lost at is over.
import { failed, type Result } from "../../domain/result.ts";
import type { DuelBeginning, DuelNews, DuelSide, NamedSignal, Side } from "./messages.ts";
import type { Pool } from "./pool.ts";

/** `strategyId`: whose signals it trades, where it is a built-in one. */
type Partner = DuelSide & { readonly strategyId: string };
export type DuelOrder = Pick<DuelBeginning, "course"> & Readonly<Record<Side, Partner>>;

export interface DuelListener {
  news(news: DuelNews): void;
  /** Its thread ended while it was at it, or it cannot be opened again. */
  failed(reason: string): void;
}

type Threads = Pick<Pool, "duel" | "send" | "forget">;

interface Running {
  readonly order: DuelOrder;
  readonly listener: DuelListener;
  last: DuelNews | null;
  /** Its thread has said that it has begun. */
  open: boolean;
}

export class DuelDesk {
  private readonly pool: Threads;
  private readonly nextKey: () => number;
  private readonly running = new Map<number, Running>();
  private stopped = false;
  private waiting: (() => void)[] | null = [];

  constructor(pool: Threads, nextKey: () => number) {
    this.pool = pool;
    this.nextKey = nextKey;
  }

  get busy(): boolean {
    return this.running.size > 0;
  }
  /** The emergency stop is in force. */
  get halted(): boolean {
    return this.stopped;
  }

  /** All of them are over; none begins before `release`. */
  halt(reason: string): void {
    this.stopped = true;
    for (const key of this.running.keys()) this.failed(key, reason);
  }
  release(): void {
    this.stopped = false;
  }

  /** Resolves with its number when both see events; the failure is a sentence. */
  async begin(order: DuelOrder, listener: DuelListener): Promise<Result<null, string>> {
    const { waiting } = this;
    if (this.stopped) return failed("the emergency stop is latched");
    if (waiting !== null) await new Promise<void>((resolve) => waiting.push(resolve));
    // A stream whose emergency stop is latched is joined with it.
    if (this.stopped) return failed("the emergency stop is latched");
    return this.open({ order, listener, last: null, open: false });
  }

  /** Nothing more is heard of it. */
  end(listener: DuelListener): void {
    for (const [key, one] of this.running) if (one.listener === listener) this.forget(key);
  }

  /** There is a stream. */
  joined(): void {
    const { waiting } = this;
    this.waiting = null;
    for (const resolve of waiting ?? []) resolve();
  }

  signals(strategyId: string, sequence: number, signals: readonly NamedSignal[]): void {
    for (const [key, { order }] of this.running)
      for (const side of SIDES)
        if (order[side].strategyId === strategyId && order[side].program === null)
          this.pool.send(key, { kind: "duel_signals", side, sequence, signals });
  }

  heard(news: DuelNews): void {
    const one = this.running.get(news.key);
    if (one === undefined) return;
    one.last = news;
    one.listener.news(news);
  }

  /** True: it is one of these, and it goes on with another number, unless it had not begun: that failed then. */
  lost(key: number): boolean {
    const one = this.running.get(key);
    if (one === undefined) return false;
    this.running.delete(key);
    this.pool.forget(key);
    if (!one.open) return true;
    const { order, listener, last } = one;
    const a = { ...order.a, past: last?.a ?? order.a.past };
    const b = { ...order.b, past: last?.b ?? order.b.past };
    const again = { a, b, course: last?.course ?? order.course };
    void this.open({ order: again, listener, last, open: false }).then((begun) => {
      if (!begun.ok) listener.failed(begun.failure);
    });
    return true;
  }

  /** True: it is one of these. */
  failed(key: number, reason: string): boolean {
    const one = this.running.get(key);
    if (one === undefined) return false;
    this.forget(key);
    one.listener.failed(reason);
    return true;
  }

  private async open(running: Running): Promise<Result<null, string>> {
    const key = this.nextKey();
    this.running.set(key, running);
    const { a, b, course } = running.order;
    const begun = await this.pool.duel({ key, a, b, course });
    if (!begun.ok) this.forget(key);
    else if (this.running.get(key) === running) running.open = true;
    else return failed("its thread was lost while it was opened");
    return begun;
  }

  private forget(key: number): void {
    this.running.delete(key);
    this.pool.send(key, { kind: "duel_end" });
    this.pool.forget(key);
  }
}

const SIDES: readonly Side[] = ["a", "b"];
