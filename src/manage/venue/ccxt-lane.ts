// The way to an exchange behind ccxt. ccxt lets requests wait for the exchange's rate, first come, first served, and what
// waits there cannot be taken back: an order could leave long behind the emergency stop, and cancellations behind it. So
// few calls at a time are handed to ccxt, and the rest waits here: cancellations in front of all orders and, but for a few,
// of all questions, and orders that leave positions in front of those that may open some. Whether an order still may leave
// is asked when its turn comes, and once more when its request is about to leave ccxt, which is known by the order's id in
// it. Requests overtake each other on their way: behind an order that is said to reduce the account's position nothing
// leaves that could have turned that before it gets there (ADR 76). Main thread.
import { type CcxtExchange, REQUEST_MS } from "./ccxt.ts";
import { type Lessens, type SentOrder, type Stays, VenueAway } from "./port.ts";

/** `account`: a question about the whole account, of which there is one or two at a time. */
type Kind = "cancel" | "order" | "account" | "question";

/** Calls that ccxt has at a time. */
const MOST: Readonly<Record<Kind, number>> = { cancel: 4, order: 2, account: 2, question: 4 };
/**
 * Cancellations behind which one question of each kind begins though more of them wait. They are repeated until an order is
 * known to be over, which questions alone show: of many orders they would never come to an end.
 */
const CANCELS_MOST = 8;
/** Orders, and questions about one, that wait; cancellations are not more than the orders that are open. */
const WAITING_MAX = 1_000;
/** By then ccxt has surely given an order's request up: until it has, the exchange may still take it. */
const ORDER_MS = 3 * REQUEST_MS;

/** It never left, for this reason. */
export class Withheld extends Error {}

interface Turn {
  readonly order: SentOrder | null;
  readonly reduces: Lessens;
  readonly begin: (reduces: boolean) => void;
  readonly end: (why: Error) => void;
}

/** What is asked of an order when its turn comes. */
export interface Asked {
  readonly stays: Stays;
  /** Whether it is said to reduce. */
  readonly reduces: Lessens;
}

interface Leaving {
  readonly stays: Stays;
  /** A request with its id is on its way. */
  left: boolean;
}

export class CcxtLane {
  private readonly waiting: Readonly<Record<Kind, Turn[]>> = { cancel: [], order: [], account: [], question: [] };
  private readonly running: Record<Kind, number> = { cancel: 0, order: 0, account: 0, question: 0 };
  /** Cancellations that have begun since a question was let past those that wait. */
  private cancels = 0;
  /** By client id: those that ccxt has, until it has answered or given up. */
  private readonly leaving = new Map<string, Leaving>();
  /** Those that ccxt has and that are said to reduce. */
  private readonly reducing = new Set<SentOrder>();

  /** All requests of the exchange are looked at before they leave it. */
  constructor(exchange: CcxtExchange) {
    const fetch = exchange.fetch?.bind(exchange);
    if (fetch === undefined) return;
    exchange.fetch = async (url, method, headers, body) => {
      this.look(typeof body === "string" ? `${url} ${body}` : url);
      return fetch(url, method, headers, body);
    };
  }

  /** A question, or a cancellation; without an answer in time the exchange is away. */
  async ask<T>(call: () => Promise<T>, kind: Exclude<Kind, "order"> = "question"): Promise<T> {
    await this.turn(kind, null, never);
    return this.run(kind, REQUEST_MS, null, call);
  }

  /** Rejects with Withheld when it did not leave; with anything else it may be at the exchange. */
  async send<T>(order: SentOrder, { stays, reduces }: Asked, call: (reduces: boolean) => Promise<T>): Promise<T> {
    const said = await this.turn("order", order, reduces);
    return this.run("order", ORDER_MS, order, async () => {
      const why = stays();
      if (why !== null) throw new Withheld(why);
      const leaving = { stays, left: false };
      this.leaving.set(order.clientOrderId, leaving);
      try {
        return await call(said);
      } finally {
        if (this.leaving.get(order.clientOrderId) === leaving) this.leaving.delete(order.clientOrderId);
      }
    });
  }

  /** Takes an order back that waits here: true. */
  recall(clientOrderId: string, why: string): boolean {
    const { order: queue } = this.waiting;
    const at = queue.findIndex(({ order }) => order?.clientOrderId === clientOrderId);
    queue.splice(at, at < 0 ? 0 : 1)[0]?.end(new Withheld(why));
    return at >= 0;
  }

  private turn(kind: Kind, order: SentOrder | null, reduces: Lessens): Promise<boolean> {
    const queue = this.waiting[kind];
    if ((kind === "order" || kind === "question") && queue.length >= WAITING_MAX) {
      const why = `${WAITING_MAX} ${kind}s wait for the exchange already`;
      // Of a question that is no word about the exchange.
      return Promise.reject(order === null ? new Error(why) : new Withheld(why));
    }
    return new Promise((begin, end) => {
      const behind = order?.reduceOnly === true ? queue.findIndex((other) => other.order?.reduceOnly !== true) : -1;
      queue.splice(behind < 0 ? queue.length : behind, 0, { order, reduces, begin, end });
      this.next();
    });
  }

  private async run<T>(kind: Kind, withinMs: number, order: SentOrder | null, call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new VenueAway("no answer in time")), withinMs);
    });
    try {
      return await Promise.race([call(), late]);
    } finally {
      clearTimeout(timer);
      this.running[kind]--;
      if (order !== null) this.reducing.delete(order);
      this.next();
    }
  }

  private next(): void {
    this.begin("cancel");
    if (this.waiting.cancel.length > 0) {
      this.letPast();
      return;
    }
    this.begin("order");
    this.begin("account");
    this.begin("question");
  }

  /** No order: it would be there before the cancellation of the one that it replaces. */
  private letPast(): void {
    if (this.cancels < CANCELS_MOST) return;
    this.cancels = 0;
    this.begin("account", 1);
    this.begin("question", 1);
  }

  private begin(kind: Kind, most = MOST[kind]): void {
    const queue = this.waiting[kind];
    // Symbols and sides of which one has to wait: nothing goes past it, or it would wait as long as others come.
    const held = new Set<string>();
    for (let at = 0; at < queue.length && this.running[kind] < most;) {
      const turn = queue[at] as Turn;
      const { order } = turn;
      const reduces = order !== null && !held.has(placeOf(order)) ? this.mayBegin(turn, order) : null;
      if (order !== null && reduces === null) {
        held.add(placeOf(order));
        at++;
        continue;
      }
      queue.splice(at, 1);
      this.running[kind]++;
      if (kind === "cancel") this.cancels++;
      if (order !== null && reduces === true) this.reducing.add(order);
      turn.begin(reduces === true);
    }
  }

  /** Whether it is to be said to reduce; null: it has to wait. */
  private mayBegin(turn: Turn, order: SentOrder): boolean | null {
    const reduces = turn.reduces();
    return !reduces && this.couldTurn(order) ? null : reduces;
  }

  /** Whether it would make smaller beneath one that reduces what that one is to find there. */
  private couldTurn({ symbol, side }: SentOrder): boolean {
    return [...this.reducing].some((before) => before.symbol === symbol && before.side === side);
  }

  /** Throws when the request is of an order that may not leave any more; what follows one that has left passes. */
  private look(request: string): void {
    for (const [clientOrderId, leaving] of this.leaving) {
      if (leaving.left || !request.includes(clientOrderId)) continue;
      const why = leaving.stays();
      if (why !== null) throw new Withheld(why);
      leaving.left = true;
    }
  }
}

function placeOf({ symbol, side }: SentOrder): string {
  return `${side} ${symbol}`;
}

function never(): boolean {
  return false;
}
