// The outbox: every order for the venue, stored before it is sent, with what has become of it. What changes is stored in
// the order in which it happened, what waits together in one commit; what the disk does not take now is tried again. A
// fill is told on only when it is durable, so nobody has counted one that a restart would count again. Positions are the
// sums of the fills, on the disk after each commit as well: one that the disk has counted is not counted by it again. What
// may have been stored although the store could not say so is stored once more, to the same. Main thread.
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  readNamedOrders,
  readUnsettled,
  readVenueFills,
  readVenueOrder,
  venueAcceptedTable,
  type VenueFillRecord,
  venueFillTable,
  type VenueOrderRecord,
  venueOrderTable,
  venuePositionTable,
} from "../../store/venue.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import { Claims } from "./claims.ts";
import { exactOf, numberOf } from "./exact-sum.ts";
import type { NamedOrder, VenueFill } from "./port.ts";
import { Ticket } from "./ticket.ts";

/** An order that changed, and the fill if it was one. */
export type OnBooked = (order: VenueOrderRecord, fill: VenueFillRecord | null) => void;

export interface OutboxOptions {
  readonly store: Store;
  readonly log: Log;
  /** Name of the venue: orders and positions of another one are not its business. */
  readonly venue: string;
  readonly onBooked: OnBooked;
  /** Whether the execution goes on. */
  readonly isOpen: (executionId: string) => boolean;
  /** The store will never take an order as it is now: nothing is sent any more. */
  readonly onUnstorable: (reason: string) => void;
}

/** What an operator has decided: the venue's positions and foreign orders, and orders that are waited for no longer. */
export interface Decision {
  readonly positions: ReadonlyMap<string, number>;
  readonly foreign: readonly string[];
  /** `filled`: of one that is open at the venue, as that lists it; null: it is not. */
  readonly waived: readonly { readonly ticket: Ticket; readonly filled: number | null }[];
}

interface News {
  readonly order: VenueOrderRecord;
  readonly fill: VenueFillRecord | null;
}

/** What adding up parts may leave, as a share. */
const ROUNDING = 1e-9;
const RETRY_MS = 500;
const TOGETHER_MAX = 1_000;
/** Orders that are over and are remembered, so that what comes late finds them without the disk. */
const SETTLED_MAX = 10_000;
/** Refusals that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(["storage_full", "storage_unavailable", "overloaded", "shutting_down"]);

export class Outbox {
  private readonly held = new Map<string, bigint>();
  /** As `held`, of the fills that are on the disk. */
  private durable = new Map<string, bigint>();
  readonly accepted = new Set<string>();
  readonly claims: Claims;
  /** By client order id, oldest first. */
  private readonly tickets = new Map<string, Ticket>();
  private readonly options: OutboxOptions;
  private readonly news: News[] = [];
  private flushing: Promise<void> | null = null;
  private together = TOGETHER_MAX;
  private refusal: string | null = null;
  /** Something that the store will never take: only a look at it helps, and a restart. */
  private unstorable: string | null = null;
  private closed = false;
  /** Ids of orders that are settled and stored, the longest settled first. */
  private readonly over = new Set<string>();

  constructor(options: OutboxOptions) {
    this.options = options;
    this.claims = new Claims(options.isOpen);
  }

  async load(): Promise<void> {
    const { store, venue } = this.options;
    for (const record of await readUnsettled(store, venue))
      this.tickets.set(record.clientOrderId, await this.ticketOf(record));
    for (const { symbol, quantity } of await venuePositionTable.load(store, "WHERE venue = ?", [venue]))
      if (quantity !== 0) this.held.set(symbol, exactOf(quantity));
    this.durable = new Map(this.held);
    for (const { orderId } of await venueAcceptedTable.load(store, "WHERE venue = ?", [venue]))
      this.accepted.add(orderId);
  }

  /** The latest that the venue has given an id, as they are stored. */
  async named(): Promise<readonly NamedOrder[]> {
    const records = await readNamedOrders(this.options.store, this.options.venue, SETTLED_MAX);
    return records.map(({ symbol, venueOrderId }) => ({ symbol, venueOrderId: venueOrderId ?? "" }));
  }

  /** Why changes are not stored; null while they are. */
  get trouble(): string | null {
    return this.unstorable ?? this.refusal;
  }
  /** Signed units by symbol; 0 is left out. */
  get positions(): ReadonlyMap<string, number> {
    return new Map([...this.held].map(([symbol, exact]) => [symbol, numberOf(exact)]));
  }

  /** What an execution has that this side leaves, with what is on its way to leave it counted as left. */
  leavable(executionId: string, symbol: string, side: VenueOrderRecord["side"]): number {
    const own = exactOf(this.claims.of(executionId, symbol));
    const left = this.open()
      .filter(({ record }) => record.executionId === executionId && record.symbol === symbol && record.side === side)
      .reduce(
        (rest, { record, filled }) => rest - exactOf(record.quantity) + exactOf(filled),
        side === "buy" ? -own : own,
      );
    return numberOf(left);
  }
  /**
   * Whether all of the order makes smaller what is held there, by whomever, with what is on its way counted as filled: so is
   * what the venue has filled of one that is over, before its fills are told.
   */
  lessens({ clientOrderId, symbol, side, quantity }: VenueOrderRecord): boolean {
    const held = this.held.get(symbol) ?? 0n;
    const left = this.unsettled()
      .filter(
        ({ record }) => record.symbol === symbol && record.side === side && record.clientOrderId !== clientOrderId,
      )
      .reduce(
        (rest, { record, filled, over }) => rest - exactOf(over ? record.claimed : record.quantity) + exactOf(filled),
        side === "buy" ? -held : held,
      );
    return quantity <= numberOf(left) * (1 + ROUNDING);
  }
  /** What is held that no open execution has and nobody has accepted in this process, by symbol. */
  get unclaimed(): ReadonlyMap<string, number> {
    return this.claims.unclaimed(this.held);
  }
  /** What open executions have and somebody has closed by hand, by symbol: below 0 where they are long. */
  get missing(): ReadonlyMap<string, number> {
    return this.claims.missing(this.held);
  }

  get(clientOrderId: string): Ticket | null {
    return this.tickets.get(clientOrderId) ?? null;
  }
  /** As `get`, and of orders that were forgotten in memory as well. */
  async find(clientOrderId: string): Promise<Ticket | null> {
    const known = this.get(clientOrderId);
    if (known !== null) return known;
    const record = await readVenueOrder(this.options.store, clientOrderId);
    if (record?.venue !== this.options.venue) return null;
    const ticket = await this.ticketOf(record);
    // Somebody else may have read it meanwhile.
    const now = this.get(clientOrderId);
    if (now === null) this.tickets.set(clientOrderId, ticket);
    return now ?? ticket;
  }
  unsettled(): readonly Ticket[] {
    return [...this.tickets.values()].filter(({ settled }) => !settled);
  }
  /** Not over. */
  open(): readonly Ticket[] {
    return [...this.tickets.values()].filter(({ over }) => !over);
  }

  /** Durable when it resolves: only then may it be sent. */
  async insert(record: VenueOrderRecord): Promise<Result<Ticket, string>> {
    const { clientOrderId } = record;
    if (this.tickets.has(clientOrderId)) return failed(`order ${clientOrderId} was placed before`);
    const ticket = new Ticket(record, []);
    this.tickets.set(clientOrderId, ticket);
    const stored = await this.options.store.commit([venueOrderTable.insert(record)]);
    if (stored.ok) return ok(ticket);
    this.tickets.delete(clientOrderId);
    const { code } = stored.failure;
    return failed(code === "conflict" ? `order ${clientOrderId} was placed before` : `it could not be stored: ${code}`);
  }

  /** The ticket as it is now, with the fill that was just counted. */
  keep({ record }: Ticket, fill: VenueFill | null = null): void {
    this.news.push({ order: record, fill: fill === null ? null : this.rowOf(record, fill) });
    if (fill !== null) {
      const quantity = signed(record.side, fill.quantity);
      this.claims.count(record.executionId, record.symbol, quantity);
      const exact = (this.held.get(record.symbol) ?? 0n) + quantity;
      if (exact === 0n) this.held.delete(record.symbol);
      else this.held.set(record.symbol, exact);
    }
    this.flush();
  }

  /** What an operator's decision changes on the disk; `take` makes it so here, once it is stored. */
  statements({ positions, foreign, waived }: Decision, actor: string, now: number): readonly Statement[] {
    const { venue } = this.options;
    const symbols = new Set([...this.held.keys(), ...positions.keys()]);
    return [
      ...[...symbols].map((symbol) => venuePositionTable.put({ venue, symbol, quantity: positions.get(symbol) ?? 0 })),
      ...foreign.map((orderId) => venueAcceptedTable.put({ venue, orderId, actor, acceptedAt: now })),
      ...waived.map(({ ticket, filled }) => venueOrderTable.update(ticket.waived(filled !== null, now))),
    ];
  }
  take({ positions, foreign, waived }: Decision, now: number): void {
    const before = new Map(this.held);
    this.held.clear();
    for (const [symbol, quantity] of positions) if (quantity !== 0) this.held.set(symbol, exactOf(quantity));
    this.durable = new Map(this.held); // no fill was waiting, and none was counted since
    this.claims.accept(before, this.held);
    for (const orderId of foreign) this.accepted.add(orderId);
    for (const { ticket, filled } of waived) {
      ticket.forgive(filled ?? 0);
      // Of the ticket as it is by now: a cancellation may have been asked for since the decision was written down.
      ticket.record = ticket.waived(filled !== null, now);
      this.keep(ticket);
    }
  }

  /** Resolves when what was kept so far is stored, or cannot be now. */
  async stored(): Promise<boolean> {
    while (this.flushing !== null && this.refusal === null) await this.flushing;
    return this.news.length === 0;
  }

  /** What was kept is stored before, unless the store does not take it. */
  async close(): Promise<void> {
    while (this.flushing !== null && this.refusal === null) await this.flushing;
    this.closed = true;
    await this.flushing;
  }

  private flush(): void {
    this.flushing ??= this.write().finally(() => {
      this.flushing = null;
      if (this.news.length > 0 && !this.closed) this.flush();
    });
  }

  private async write(): Promise<void> {
    await Promise.resolve(); // what happens in this turn goes together
    const { store, log, onBooked } = this.options;
    const some = this.news.splice(0, this.together);
    const fills = some.flatMap(({ fill }) => (fill === null ? [] : [fill]));
    const positions = new Map<string, bigint>();
    for (const { symbol, side, quantity } of fills)
      positions.set(symbol, (positions.get(symbol) ?? this.durable.get(symbol) ?? 0n) + signed(side, quantity));
    // An order that changed several times is written once, as it was last; its row is there before its fills.
    const orders = new Map(some.map(({ order }) => [order.clientOrderId, order]));
    const stored = await store.commit([
      ...[...orders.values()].map((order) => venueOrderTable.update(order)),
      ...fills.map((fill) => venueFillTable.put(fill)),
      ...[...positions].map(([symbol, exact]) => this.positionRow(symbol, exact)),
    ]);
    if (stored.ok) {
      this.refusal = null;
      this.together = TOGETHER_MAX;
      for (const [symbol, exact] of positions) this.durable.set(symbol, exact);
      for (const { order, fill } of some) {
        try {
          onBooked(order, fill);
        } catch (error) {
          log.error("who hears of the venue's orders has failed", { order: order.clientOrderId, error });
        }
      }
      this.forget(some);
      return;
    }
    const { code } = stored.failure;
    if (PASSING.has(code)) {
      if (this.refusal === null) log.error("what a venue has told cannot be stored", { reason: code });
      this.refusal = code;
      this.news.unshift(...some);
      if (!this.closed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    } else if (some.length > 1) {
      // One of them cannot be stored: each by itself shows which.
      this.together = 1;
      this.news.unshift(...some);
    } else {
      const clientOrderId = some[0]?.order.clientOrderId ?? "";
      this.unstorable = `order ${clientOrderId} cannot be stored (${code})`;
      log.error("an order of the venue cannot be stored; nothing is sent until the engine starts again", {
        order: clientOrderId,
        reason: code,
      });
      this.options.onUnstorable(this.unstorable);
    }
  }

  private async ticketOf(record: VenueOrderRecord): Promise<Ticket> {
    const fills = await readVenueFills(this.options.store, record.clientOrderId);
    return new Ticket(
      record,
      fills.map(({ timestamp: time, ...fill }) => ({ ...fill, time })),
    );
  }

  private rowOf({ clientOrderId, executionId, symbol, side }: VenueOrderRecord, fill: VenueFill): VenueFillRecord {
    const { fillId, quantity, price, fee, time } = fill;
    return { clientOrderId, executionId, symbol, side, fillId, quantity, price, fee, timestamp: Math.round(time) };
  }

  private positionRow(symbol: string, exact: bigint): Statement {
    return venuePositionTable.put({ venue: this.options.venue, symbol, quantity: numberOf(exact) });
  }

  /** Orders that are settled, the longest settled first, once what became of them is stored. */
  private forget(stored: readonly News[]): void {
    for (const { order } of stored) {
      const ticket = this.tickets.get(order.clientOrderId);
      if (ticket?.settled !== true) continue;
      this.over.delete(order.clientOrderId);
      this.over.add(order.clientOrderId);
    }
    const waiting = new Set(this.news.map(({ order }) => order.clientOrderId));
    for (const id of this.over) {
      if (this.over.size <= SETTLED_MAX) return;
      if (waiting.has(id)) continue;
      this.over.delete(id);
      this.tickets.delete(id);
    }
  }
}

function signed(side: VenueFillRecord["side"], quantity: number): bigint {
  return exactOf(side === "buy" ? quantity : -quantity);
}
