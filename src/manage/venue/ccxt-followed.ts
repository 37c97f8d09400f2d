// The orders that are followed at an exchange behind ccxt, and when each is looked at: with every poll, and less and less
// often where that is in vain. Nothing more is expected of one that is over with all its fills, or was looked at in vain
// for an hour: it is looked at no more. The latest of those are kept, for what the exchange may say of them after all. Time
// is counted in polls. Main thread.
import type { CcxtOrder } from "./ccxt.ts";
import type { SentOrder } from "./port.ts";

export interface Followed {
  readonly order: SentOrder;
  /** As the exchange counts, up to which fills were told. */
  filled: number;
  /** As the exchange counts, what it has said at most. */
  said: number;
  /** The exchange's; null: not known yet. */
  id: string | null;
  /** Its end, as the exchange has told it without how much was filled until then. */
  ended: CcxtOrder | null;
  /** Looks in vain, one after the other, and the poll from which on it is looked at again. */
  missed: number;
  due: number;
}

/** Looks in vain, one after the other, behind which an order is looked at less and less often. */
const MISSED_MAX = 5;
/** Polls from one look to the next at most. */
const REST_MAX = 128;
/** Looks in vain behind which nothing more is expected of an order: an hour of them. */
const LOOKS_MAX = 24;
/** Of which nothing more is expected, and which are kept. */
const PAST_MAX = 1_000;
/** What adding up decimals may leave, as a share. */
const ROUNDING = 1e-9;

export class CcxtFollowed {
  /** By client id, as all. */
  private readonly live = new Map<string, Followed>();
  /** The latest last. */
  private readonly past = new Map<string, Followed>();
  private polls = 0;

  get(clientOrderId: string): Followed | undefined {
    return this.live.get(clientOrderId);
  }

  follow(order: SentOrder): Followed {
    const { clientOrderId } = order;
    const known = this.live.get(clientOrderId);
    if (known !== undefined) return known;
    const before = this.past.get(clientOrderId) ?? { order, filled: 0, said: 0, id: null };
    const followed = { ...before, ended: null, missed: 0, due: 0 };
    this.past.delete(clientOrderId);
    this.live.set(clientOrderId, followed);
    return followed;
  }

  /** The one that is spoken of; one of which nothing more was expected is followed again where more of it is filled. */
  told({ clientOrderId, filled }: CcxtOrder): Followed | undefined {
    const past = this.past.get(clientOrderId ?? "");
    if (past !== undefined && (filled ?? 0) > past.said * (1 + ROUNDING)) return this.follow(past.order);
    return this.live.get(clientOrderId ?? "");
  }

  /** It was never sent. */
  drop(clientOrderId: string): void {
    this.live.delete(clientOrderId);
  }

  /** Nothing more is expected of it. */
  settle(clientOrderId: string): void {
    const followed = this.live.get(clientOrderId);
    if (followed === undefined) return;
    this.live.delete(clientOrderId);
    this.past.set(clientOrderId, followed);
    if (this.past.size > PAST_MAX) for (const oldest of this.past.keys()) return void this.past.delete(oldest);
  }

  /** With the next poll: which of them are not open as they were, and to be looked at. */
  due(open: readonly CcxtOrder[]): readonly Followed[] {
    this.polls++;
    for (const order of open) this.told(order);
    const listed = new Map(open.map((order) => [order.clientOrderId, order.filled ?? 0]));
    return [...this.live].filter(([id, followed]) => this.isDue(followed, listed.get(id))).map(([, one]) => one);
  }

  /** It was looked at. `moved`: there was something new. */
  rest(followed: Followed, moved: boolean): void {
    followed.missed = moved ? 0 : followed.missed + 1;
    followed.due = this.polls + Math.min(2 ** Math.max(0, followed.missed - MISSED_MAX), REST_MAX);
    if (followed.missed >= LOOKS_MAX) this.settle(followed.order.clientOrderId);
  }

  /** What has been called over is asked for by who listens, but for one that is open there nevertheless. */
  private isDue(followed: Followed, listed: number | undefined): boolean {
    if (listed === undefined) return followed.ended === null && this.polls >= followed.due;
    followed.missed = followed.due = 0;
    return listed !== followed.filled;
  }
}
