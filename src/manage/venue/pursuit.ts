// Follows each order until it is settled. What the venue was told and has not answered for a while is asked for by its id;
// only an order that the venue says it does not know, twice and some time apart, was never there. It is sent once more
// while it is young, this process decided it and orders may leave; otherwise it ends as expired: its decision is old.
// While the venue has not answered to the order itself it may still take it, so nothing is concluded from its not knowing
// it: neither is it sent beside itself nor does it end.
import { isOver } from "../../simulation/simulation.ts";
import { NotKnownYet, VenueAway, type LiveVenue, type Placed, type Stays, type VenueOrderState } from "./port.ts";
import type { Outbox } from "./outbox.ts";
import type { Applied, OrderEnd, Ticket } from "./ticket.ts";

export interface PursuitOptions {
  readonly venue: LiveVenue;
  readonly outbox: Outbox;
  readonly now: () => number;
  readonly patienceMs: number;
  /** What the venue answers of it, or the end as it was told. */
  readonly adopt: (ticket: Ticket, state: VenueOrderState | OrderEnd) => void;
  readonly changed: (ticket: Ticket, applied: Applied) => void;
  readonly dispute: (reason: string) => void;
  /** It was cancelled again and again, and goes on. */
  readonly unheeded: (reason: string) => void;
  /** Why no order may leave now; null when one may. */
  readonly refusal: () => string | null;
}

/** What is known of the way of one order. Times of the process in milliseconds. */
interface Way {
  /** Of the last thing that was sent about it. */
  sentAt: number;
  sends: number;
  /** Handed to the venue, which has not answered yet. */
  placing: boolean;
  /** When the venue first said that it does not know it. */
  unknownSince: number | null;
  /** Its end, told without how much was filled until then. */
  end: OrderEnd | null;
  /** The venue itself has answered that it is over, and not how much was filled. */
  untold: boolean;
  /** Asked for fills that are missing, or for how much was filled. */
  asked: number;
  /** The last comparison got no answer about it, from a venue that is there. */
  unanswered: boolean;
  /** That comparison was told that a later answer will tell of it. */
  awaited: boolean;
  asking: Promise<void> | null;
  cancelAt: number;
  /** Cancellations that came back. */
  cancels: number;
  withdrawing: boolean;
  /** Decided by an earlier process, or before the venue was away: it is not sent again. */
  old: boolean;
}

const SENDS_MAX = 3;
/** A market order that leaves later than this was decided in another market. */
const YOUNG_US = 10_000_000;
const OLD = "it waited for more than ten seconds for its turn: its decision is old";
const ASKED_MAX = 5;
const BEATS = 4;
/** Cancellations behind which a person has to look: half a minute of them. */
const CANCELS_MAX = 15;
/** Questions at once; the others wait here, so that no venue refuses them for being too many. */
const TOGETHER = 16;

export class Pursuit {
  /** Counts whatever happened to orders: a comparison during which it moved proves little. */
  changes = 0;
  private readonly options: PursuitOptions;
  private readonly ways = new WeakMap<Ticket, Way>();
  private readonly timer: NodeJS.Timeout;
  private asking = 0;
  /** An operator's: what was asked before one is of before. */
  private decisions = 0;
  /** Questions that wait for their turn. */
  private readonly turns: (() => void)[] = [];
  private closed = false;

  constructor(options: PursuitOptions) {
    this.options = options;
    this.timer = setInterval(() => this.beat(), Math.max(10, options.patienceMs / BEATS)).unref();
  }

  /** Orders of an earlier process. */
  remember(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) this.ways.set(ticket, way(true));
  }

  /** The venue is away: what was sent before is old when it is back. */
  outlived(): void {
    for (const ticket of this.options.outbox.unsettled()) {
      const on = this.way(ticket);
      if (on.sends > 0) on.old = true;
    }
  }

  /** It may wait at the venue for its turn, and leaves only if it then still may. */
  async send(ticket: Ticket): Promise<void> {
    const on = this.way(ticket);
    const { sends: before } = on;
    const sends = before + 1;
    const stays = (): string | null => {
      const why = this.stays(ticket);
      if (why === null) this.leaves(on, sends);
      return why;
    };
    on.placing = true;
    const placed = await this.placed(ticket, stays);
    on.placing = false;
    on.unknownSince = null; // what the venue did not know before it answered says nothing
    if (before === 0 && (placed.kind === "withheld" || placed.kind === "refused")) {
      const held = placed.reason === OLD ? "expired" : "cancelled";
      const state = placed.kind === "refused" ? "rejected" : held;
      this.options.changed(ticket, ticket.end(state, placed.reason, this.options.now()));
      return;
    }
    // What becomes of a later attempt says nothing about the first: a venue may refuse it because of that.
    if (placed.kind === "refused") on.old = true;
    // A cancellation that came while it was on its way may have found nothing to cancel.
    if (ticket.record.cancelling) this.withdrawSoon(ticket);
    if (placed.kind !== "sent") this.ask(ticket);
  }

  cancel(ticket: Ticket): void {
    if (!ticket.record.cancelling) {
      ticket.cancelling(this.options.now());
      this.options.outbox.keep(ticket);
    }
    const { sends, placing, old } = this.way(ticket);
    if (sends > 0 || placing || old) this.withdrawSoon(ticket);
  }

  async withdraw(ticket: Ticket, venueOrderId: string | null = ticket.record.venueOrderId): Promise<void> {
    const on = this.way(ticket);
    if (on.withdrawing) return;
    on.withdrawing = true;
    this.changes++;
    await this.options.venue.cancel(ticket.record, venueOrderId).catch((error: unknown) => {
      if (!(error instanceof VenueAway)) this.ask(ticket);
    });
    if (++on.cancels === CANCELS_MAX && !ticket.over)
      this.options.unheeded(`${nameOf(ticket)} was cancelled ${CANCELS_MAX} times and is not over: cancel it there`);
    on.withdrawing = false;
    on.cancelAt = performance.now();
  }

  /** What the venue knows of it; one question at a time. */
  ask(ticket: Ticket): void {
    const on = this.way(ticket);
    on.asking ??= this.turn()
      .then(() => this.asked(ticket, on))
      .catch(() => undefined) // it is asked again at the next beat, or when the venue is back
      .finally(() => {
        on.asking = null;
        this.asking--;
        this.turns.shift()?.();
      });
  }

  /**
   * Its end was told without how much was filled until then. It is over when the venue's answer is, with what that says, or
   * as it was told where the venue knows it no more; until then it goes on here and is asked for. An answer may be of before
   * the end: the end counts for nothing once it was asked for as often as it is before a dispute, and still is at work.
   */
  confirm(ticket: Ticket, end: OrderEnd): void {
    const on = this.way(ticket);
    on.end = end;
    if (on.asking === null) this.ask(ticket);
    else void on.asking.then(() => this.ask(ticket)); // what was asked before may be of before
  }

  /**
   * Orders that the venue lists as open are as it lists them; all others that are not settled are asked for. Resolves when
   * the venue has answered, rejects when it is away. One of which it tells nothing is `unsure`, and does not keep the others
   * from being compared.
   */
  async askFor(open: readonly VenueOrderState[]): Promise<void> {
    const listed = new Map(open.map((state) => [state.clientOrderId, state]));
    const some: Ticket[] = [];
    for (const ticket of this.options.outbox.unsettled()) {
      const on = this.way(ticket);
      Object.assign(on, { unanswered: false, awaited: false });
      const state = listed.get(ticket.record.clientOrderId);
      // What is being sent at this moment is not known there yet.
      if (on.sends === 0 && !on.old) continue;
      const more = state === undefined || ticket.lacks(state.filled ?? 0);
      if (more || ticket.owed > 0 || isHeld(ticket, on)) some.push(ticket);
      else this.options.adopt(ticket, state);
    }
    for (let at = 0; at < some.length; at += TOGETHER)
      await Promise.all(some.slice(at, at + TOGETHER).map((ticket) => this.compared(ticket)));
  }

  /** Orders of which nothing is known yet, of an earlier process, or all; and those of which the venue tells nothing. */
  unsure(which: "old" | "all"): readonly Ticket[] {
    return this.options.outbox.unsettled().filter((ticket) => {
      const { unanswered, old } = this.way(ticket);
      return unanswered || (!ticket.record.acknowledged && (which === "all" || old));
    });
  }

  /** Whether the venue will tell of one of these by itself, a little later. */
  awaits(some: readonly Ticket[]): boolean {
    return some.some((ticket) => this.way(ticket).awaited);
  }

  /** An order has left, and nothing was heard of it: the venue may still take it. */
  get leaving(): boolean {
    return this.options.outbox.unsettled().some((ticket) => {
      const { placing, sends } = this.way(ticket);
      return placing && sends > 0 && !ticket.record.acknowledged;
    });
  }

  /** Orders that were asked for in vain: disputes until the venue says what is missing, or an operator decides. */
  get holds(): readonly string[] {
    return this.options.outbox
      .unsettled()
      .filter((ticket) => isHeld(ticket, this.way(ticket)))
      .map((ticket) => holdOf(ticket));
  }

  /** An operator has taken the venue's word: what was told before, and asked for in vain, counts no more. */
  waive(): void {
    this.decisions++;
    for (const ticket of this.options.outbox.unsettled())
      Object.assign(this.way(ticket), { end: null, untold: false, asked: 0, unanswered: false });
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  private async placed(ticket: Ticket, stays: Stays): Promise<Placed> {
    const why = this.stays(ticket);
    if (why !== null) return { kind: "withheld", reason: why };
    try {
      const { venue, outbox } = this.options;
      return await venue.place(ticket.record, stays, () => outbox.lessens(ticket.record));
    } catch (error) {
      return { kind: "unsure", reason: String(error) };
    }
  }

  private stays(ticket: Ticket): string | null {
    const { refusal } = this.options;
    if (ticket.over) return "it is over";
    if (ticket.record.acknowledged) return "the venue has it";
    if (ticket.record.cancelling) return "it was cancelled before it was sent";
    // Leaving a position does not get old by waiting: who decided it does not decide it again.
    return refusal() ?? (!ticket.record.reduceOnly && this.isOld(ticket) ? OLD : null);
  }

  private isOld({ record }: Ticket): boolean {
    return this.options.now() - record.createdAt > YOUNG_US;
  }

  private leaves(on: Way, sends: number): void {
    on.sends = sends;
    on.sentAt = performance.now();
    this.changes++;
  }

  /** Resolves when one of the questions at once is its own. */
  private async turn(): Promise<void> {
    this.asking++;
    if (this.asking > TOGETHER) await new Promise<void>((begin) => this.turns.push(begin));
  }

  private async compared(ticket: Ticket): Promise<void> {
    const on = this.way(ticket);
    try {
      await this.asked(ticket, on);
    } catch (error) {
      on.awaited = error instanceof NotKnownYet;
      if (!this.options.venue.connected) throw on.awaited ? new VenueAway("it went away meanwhile") : error;
      on.unanswered = !on.awaited;
    }
  }

  private async asked(ticket: Ticket, on: Way): Promise<void> {
    const { venue, adopt } = this.options;
    const { end } = on;
    const { decisions } = this;
    const found = await venue.find(ticket.record, ticket.record.venueOrderId);
    this.changes++;
    if (this.closed) return;
    if (found !== null) {
      on.unknownSince = null;
      on.untold = found.filled === null && decisions === this.decisions;
      if (end !== null && end === on.end && !isOver(found.state) && on.asked >= ASKED_MAX)
        Object.assign(on, { end: null, asked: 0 });
      adopt(ticket, found);
      // Where an end is told the beat repeats the cancellation: at once it would be told again, and asked for, without end.
      if (ticket.record.cancelling && !ticket.over && !isEnding(on)) this.withdrawSoon(ticket);
    } else if (end === null || on.untold) this.unknown(ticket, on);
    else if (on.end !== null) adopt(ticket, end);
  }

  private unknown(ticket: Ticket, on: Way): void {
    const { now, patienceMs, changed, dispute } = this.options;
    const { record } = ticket;
    if (ticket.over || on.placing) return;
    on.unknownSince ??= performance.now();
    if (performance.now() - on.unknownSince < patienceMs) return;
    if (record.acknowledged) {
      on.unknownSince = null;
      dispute(`${nameOf(ticket)}: the venue does not know it any more`);
    } else if (record.cancelling) changed(ticket, ticket.end("cancelled", "it never reached the venue", now()));
    else if (on.old || on.sends >= SENDS_MAX || this.isOld(ticket) || this.stays(ticket) !== null)
      changed(ticket, ticket.end("expired", "it never reached the venue", now()));
    else void this.send(ticket);
  }

  private beat(): void {
    const { venue, outbox, patienceMs } = this.options;
    if (!venue.connected) return;
    const now = performance.now();
    for (const ticket of outbox.unsettled()) {
      const on = this.way(ticket);
      const { acknowledged, cancelling } = ticket.record;
      if (on.sends === 0 && !on.old) continue;
      // A told end may be the answer to the request alone: it is cancelled again, once it was asked for behind that end, as
      // cancellations that go before all questions would keep those of many orders from ever being asked.
      const unasked = isEnding(on) && on.asking !== null;
      if (cancelling && !ticket.over && !unasked && now - on.cancelAt >= patienceMs) this.withdrawSoon(ticket);
      if (misses(ticket, on)) this.chase(ticket, on, now);
      else {
        on.asked = 0;
        const waits = acknowledged ? on.unknownSince : on.sentAt;
        if (waits !== null && now - waits >= patienceMs) this.ask(ticket);
      }
    }
  }

  /** Fills that the venue speaks of and has not told, or whose number it does not say. */
  private chase(ticket: Ticket, on: Way, now: number): void {
    if (on.asking !== null || now - on.sentAt < this.options.patienceMs) return;
    on.sentAt = now;
    if (++on.asked <= ASKED_MAX) this.ask(ticket);
    else this.options.dispute(holdOf(ticket));
  }

  private withdrawSoon(ticket: Ticket): void {
    void this.withdraw(ticket);
  }

  private way(ticket: Ticket): Way {
    const known = this.ways.get(ticket) ?? way(false);
    this.ways.set(ticket, known);
    return known;
  }
}

/** Over by what was told, and not known how far it was filled. */
function isEnding({ end, untold }: Way): boolean {
  return end !== null || untold;
}

/** Fills, or how much was filled. */
function misses(ticket: Ticket, on: Way): boolean {
  return ticket.owed > 0 || isEnding(on);
}

/** Asked for in vain, so that only comparisons ask for it. */
function isHeld(ticket: Ticket, on: Way): boolean {
  return on.asked > ASKED_MAX && misses(ticket, on);
}

function holdOf(ticket: Ticket): string {
  const { owed } = ticket;
  const what =
    owed > 0 ? `fills of ${owed} are missing` : "the venue has ended it and does not say how much of it was filled";
  return `${nameOf(ticket)}: ${what}`;
}

function nameOf({ record: { clientOrderId, symbol } }: Ticket): string {
  return `order ${clientOrderId} (${symbol})`;
}

function way(old: boolean): Way {
  const never = { sentAt: 0, sends: 0, placing: false, unknownSince: null, cancelAt: 0, withdrawing: false };
  const unheard = { end: null, untold: false, asked: 0, unanswered: false, awaited: false, asking: null };
  return { ...never, ...unheard, cancels: 0, old };
}
