// What a thread has to tell of one execution besides its figures: fills, orders that changed, postings of the ledger, and
// what is held. Everything is gathered between two news, each change in constant time.
import { type ClosedTrade, type Remote, Tally } from "../../simulation/simulation.ts";
import { type Balances, type BookedPosition, NO_BALANCES } from "../orders/orders.ts";
import type { BookListener } from "./book.ts";
import type { Beginning, BookedFill, Errand, ExecutionNews, VenueSetback } from "./messages.ts";
import { OrderNotes } from "./order-notes.ts";
import { Postings } from "./postings.ts";

/** Resting orders that only moved are told of every so many steps of a second. */
const STEPS_APART = 10;

type Told = Pick<ExecutionNews, "errands" | "setbacks" | "fills" | "orders" | "postings" | "positions"> & {
  readonly marks: readonly number[];
};

export class Tidings {
  readonly notes = new OrderNotes();
  readonly postings = new Postings();
  readonly listener: BookListener;
  private fills: BookedFill[] = [];
  private steps = 0;
  private held: readonly BookedPosition[] = [];

  /** Sent to a real venue since the last news. */
  private sent: Errand[] = [];
  private setbacks: VenueSetback[] = [];

  constructor(
    lastOrder: number,
    closed: (trade: ClosedTrade) => void,
    booked: (fill: BookedFill) => void,
    live = false,
  ) {
    const { notes, postings } = this;
    this.listener = {
      booked: (fill) => {
        this.fills.push(fill);
        booked(fill);
      },
      closed,
      real: {
        numbering: { last: lastOrder },
        tally: new Tally(),
        postings,
        ordered: (order, symbol, time, venue) => notes.note(order, symbol, time, venue),
        ...(live ? { remote: (symbol: (place: number) => string) => this.remote(symbol) } : {}),
      },
    };
  }

  /** The account as it begins: new, or booked again from what it did before. */
  begin({ posted, fills, startTime }: Beginning, balances: Balances): void {
    if (posted !== null) this.postings.balances = posted;
    const kind = posted === null && fills.length === 0 ? "capital" : "recall";
    const timestamp = Math.round(fills.at(-1)?.time ?? startTime);
    this.postings.post({ kind, symbol: null, timestamp }, posted ?? NO_BALANCES, balances);
  }

  /** Whether something has happened that is not to wait. */
  urgent(): boolean {
    return this.fills.length > 0 || this.sent.length > 0 || this.setbacks.length > 0 || this.notes.urgent();
  }

  /** At each step: whether what is not urgent has waited long enough. */
  due(): boolean {
    if (!this.notes.waits) return false;
    this.steps = (this.steps + 1) % STEPS_APART;
    return this.steps === 0;
  }

  take(holding: readonly BookedPosition[]): Told {
    const { fills, held } = this;
    const other = fills.length > 0 || held.length !== holding.length;
    const positions = other || holding.some(({ symbol }, at) => held[at]?.symbol !== symbol) ? holding : null;
    this.held = holding;
    this.fills = [];
    const errands = this.sent;
    if (errands.length > 0) this.sent = [];
    const { setbacks } = this;
    if (setbacks.length > 0) this.setbacks = [];
    const marks = holding.map(({ mark }) => mark);
    return { fills, orders: this.notes.take(), postings: this.postings.take(), positions, marks, errands, setbacks };
  }

  private remote(name: (place: number) => string): Remote {
    return {
      send: ({ id: number, symbol, side, limit, timeInForce, postOnly, reduceOnly }, quantity, mark) => {
        // A stop that was set off takes what there is, or waits at its limit.
        const plain = limit === null ? ("market" as const) : ("limit" as const);
        const order = { symbol: name(symbol), side, kind: plain, quantity, limit, timeInForce, postOnly, reduceOnly };
        this.sent.push({ kind: "place", number, mark, order });
      },
      cancel: ({ id: number }) => void this.sent.push({ kind: "cancel", number }),
      setback: ({ order: { symbol, side, quantity, filled, purpose }, reason, times, turned }) => {
        const what = { symbol: name(symbol), side, quantity: quantity - filled, purpose };
        this.setbacks.push({ ...what, reason, times, turned });
      },
    };
  }
}
