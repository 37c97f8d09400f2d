// One order at a venue as the engine believes it to be, and what an update makes of that belief. Updates may come twice,
// in any order, late, or with numbers that cannot be:
//   - positions move by fills only, and a fill counts once, by its id;
//   - the state follows the table of orders (src/simulation/order-states.ts); a move back is an old message and ignored;
//   - a fill that the order has no room for, or with numbers that no fill has, is refused and puts the venue in dispute;
//   - no fill was made after it was told: where the venue's clock is ahead, it counts from when the engine heard of it;
//   - an order is settled when it is over and its fills come to what the venue says was filled.
// Pure but for the ticket itself. Used from one thread.
import { isOver, mayMove, type OrderState, SETTLED_BY_OPERATOR } from "../../simulation/simulation.ts";
import type { VenueOrderRecord } from "../../store/venue.ts";
import type { VenueFill, VenueOrderState, VenueUpdate } from "./port.ts";

export type OrderEnd = Extract<VenueUpdate, { kind: "order" }>;
type OrderUpdate = Pick<OrderEnd, "state" | "filled" | "reason" | "venueOrderId">;

export interface Applied {
  /** The record is another one now. */
  readonly changed: boolean;
  /** Counted for the first time. */
  readonly fill: VenueFill | null;
  /** Why engine and venue cannot both be right. */
  readonly dispute: string | null;
}

const NOTHING: Applied = { changed: false, fill: null, dispute: null };
/** Of an order that was just decided. */
export const UNSENT = {
  state: "new",
  claimed: 0,
  acknowledged: false,
  settled: false,
  cancelling: false,
  venueOrderId: null,
  reason: null,
} as const;
/** What adding up decimals may leave, as a share of the quantity. */
const ROUNDING = 1e-9;
const PRICE_MAX = 1e15;
const QUANTITY_MAX = 1e15;
const TIME_MAX = 8.64e18;

export class Ticket {
  record: VenueOrderRecord;
  /** Of the fills that are counted. */
  filled = 0;
  /** Price times quantity of them. */
  cost = 0;
  /** What the venue has said at most of how much was filled. */
  private told = 0;
  /** What of that an operator waits for no longer, in this process. */
  private forgiven = 0;
  private readonly fillIds = new Set<string>();

  constructor(record: VenueOrderRecord, fills: readonly VenueFill[]) {
    this.record = record;
    for (const fill of fills) this.count(fill);
  }

  get over(): boolean {
    return isOver(this.record.state);
  }
  get settled(): boolean {
    return this.record.settled;
  }
  /** Told by the venue and not yet told fill by fill. */
  get owed(): number {
    const owed = this.record.claimed - this.filled;
    return owed > this.slack ? owed : 0;
  }

  /** Whether fills are missing where so much is filled. */
  lacks(filled: number): boolean {
    return filled - this.forgiven - this.filled > this.slack;
  }

  /** The venue's word was taken; `filled`: what it says was filled, as far as it does. What is missing of that is not waited for. */
  forgive(filled: number): void {
    this.told = Math.max(this.told, this.record.claimed, filled);
    this.forgiven = Math.max(0, this.told - this.filled);
  }

  apply(update: VenueUpdate, now: number): Applied {
    if (update.kind === "order") return this.state(update, now);
    return update.kind === "fill" ? this.fill(update.fill, now) : NOTHING;
  }

  /** Whether it is over by that, with fills that may not have been told yet: how much was filled is not said. */
  endsUntold(update: VenueUpdate): update is OrderEnd {
    if (update.kind !== "order" || update.filled !== null || this.over) return false;
    const { state } = update;
    return state === "cancelled" || state === "expired" || (state === "rejected" && this.record.state !== "new");
  }

  /** What an end shows of which it is not said how much was filled: with the venue's id for it the order is there. */
  named({ venueOrderId, reason }: OrderEnd, now: number): Applied {
    return this.state({ state: this.record.state, filled: null, reason, venueOrderId }, now);
  }

  /** Everything that the venue knows of it; the fills as they are counted. */
  *adopt({ state, filled, fills, reason, venueOrderId }: VenueOrderState, now: number): Generator<Applied> {
    // With its id: where the last fill ends it nothing of it is stored behind that.
    for (const fill of fills) yield this.fill(fill, now, venueOrderId);
    // Over, and nobody says how much of it was filled: here it goes on until that is known.
    const told = filled === null && isOver(state) ? this.record.state : state;
    yield this.state({ state: told, filled, reason, venueOrderId }, now);
  }

  /** It never came to the venue, or the venue has refused it. */
  end(state: "rejected" | "expired" | "cancelled", reason: string, now: number): Applied {
    return this.state({ state, filled: null, reason, venueOrderId: null }, now, state === "rejected");
  }

  cancelling(now: number): void {
    this.record = { ...this.record, cancelling: true, updatedAt: now };
  }

  /** As it is once an operator has taken the venue's word: what is missing is not waited for. `open`: there. */
  waived(open: boolean, now: number): VenueOrderRecord {
    const { record } = this;
    const state = open || this.over ? record.state : "expired";
    const reason = SETTLED_BY_OPERATOR;
    const acknowledged = record.acknowledged || open;
    return { ...record, state, claimed: this.filled, settled: isOver(state), acknowledged, reason, updatedAt: now };
  }

  /** `known`: the venue says so, and has had it. */
  private state({ state, filled, reason, venueOrderId }: OrderUpdate, now: number, known = true): Applied {
    const { record } = this;
    if (filled !== null && !(filled >= 0 && filled <= record.quantity + this.slack))
      return this.disputed(`the venue says that ${filled} of ${record.quantity} are filled`);
    const said = filled ?? (state === "filled" ? record.quantity : 0);
    this.told = Math.max(this.told, said);
    // Fills that come after all are no longer among those that are not waited for.
    this.forgiven = Math.min(this.forgiven, Math.max(0, this.told - this.filled));
    // What an operator has settled stays so, however often the venue says again what is missing of it.
    const waits = !record.settled || record.reason !== SETTLED_BY_OPERATOR;
    const claimed = Math.max(record.claimed, waits ? said - this.forgiven : 0);
    const target = this.meant(state, claimed);
    const moved = target !== record.state && mayMove(record.state, target) ? target : record.state;
    const acknowledged = record.acknowledged || (known && (venueOrderId !== null || moved !== "new"));
    const settled = this.isSettled(moved, claimed);
    const id = clean(venueOrderId) ?? record.venueOrderId;
    const changed =
      moved !== record.state ||
      (record.venueOrderId === null && id !== null && !isOver(moved)) ||
      claimed !== record.claimed ||
      settled !== record.settled ||
      acknowledged !== record.acknowledged;
    if (!changed) return NOTHING;
    this.record = {
      ...record,
      state: moved,
      claimed,
      settled,
      acknowledged,
      venueOrderId: id,
      reason: moved === record.state ? record.reason : clean(reason),
      updatedAt: now,
    };
    return { ...NOTHING, changed: true };
  }

  /** What has been at work, or is filled in part, was taken: a venue that rejects it afterwards has cancelled it. */
  private meant(state: OrderState, claimed: number): OrderState {
    if (state === "working" && this.filled > 0) return "partially_filled";
    return state === "rejected" && (this.record.state !== "new" || claimed > 0) ? "cancelled" : state;
  }

  private fill(fill: VenueFill, now: number, venueOrderId: string | null = null): Applied {
    if (this.fillIds.has(fill.fillId)) return NOTHING;
    const { record } = this;
    const fault = fillFault(fill);
    if (fault !== null) return this.disputed(`fill ${fill.fillId} has ${fault}`);
    if (record.state === "rejected") return this.disputed(`fill ${fill.fillId} is of an order that was rejected`);
    if (this.filled + fill.quantity > record.quantity + this.slack)
      return this.disputed(
        `fill ${fill.fillId} of ${fill.quantity} is more than the order has left: ${this.filled} of ${record.quantity} are filled`,
      );
    this.count(fill);
    const whole = this.filled >= record.quantity - this.slack;
    const target: OrderState = whole ? "filled" : "partially_filled";
    const state = mayMove(record.state, target) ? target : record.state;
    const claimed = Math.max(record.claimed, Math.min(this.filled, record.quantity));
    const settled = this.isSettled(state, claimed);
    const reason = state === record.state ? record.reason : null;
    const id = clean(venueOrderId) ?? record.venueOrderId;
    const known = { acknowledged: true, venueOrderId: id, updatedAt: now };
    this.record = { ...record, state, claimed, settled, reason, ...known };
    return { changed: true, fill: { ...fill, time: Math.min(fill.time, now) }, dispute: null };
  }

  private count({ fillId, quantity, price }: VenueFill): void {
    this.fillIds.add(fillId);
    this.filled += quantity;
    this.cost += quantity * price;
  }

  private isSettled(state: OrderState, claimed: number): boolean {
    return isOver(state) && claimed - this.filled <= this.slack;
  }

  private get slack(): number {
    return this.record.quantity * ROUNDING;
  }

  private disputed(what: string): Applied {
    const { clientOrderId, symbol } = this.record;
    return { ...NOTHING, dispute: `order ${clientOrderId} (${symbol}): ${what}` };
  }
}

/** What the store does not take, in words that a venue has sent. */
// oxlint-disable-next-line eslint/no-control-regex -- it is the character that is meant
const UNFIT = /[\u0000\p{Surrogate}]/gu;
const TEXT_MAX = 256;

function clean(text: string | null): string | null {
  return text === null ? null : text.slice(0, TEXT_MAX).replaceAll(UNFIT, "\ufffd");
}

function fillFault({ fillId, quantity, price, fee, time }: VenueFill): string | null {
  if (fillId === "" || fillId !== clean(fillId)) return "no id of 1 to 256 ordinary characters";
  if (!(quantity > 0 && quantity <= QUANTITY_MAX)) return `the quantity ${quantity}`;
  if (!(price > 0 && price <= PRICE_MAX)) return `the price ${price}`;
  if (!(Number.isFinite(fee) && Math.abs(fee) <= PRICE_MAX)) return `the fee ${fee}`;
  return time > 0 && time <= TIME_MAX ? null : `the time ${time}`;
}
