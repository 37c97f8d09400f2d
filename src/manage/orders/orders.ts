// The book of all orders of executions, as main keeps it: those that are open and the newest ones in memory, everything
// else in the store. What the threads tell is taken over here and handed on to be stored with the fills that belong to it.
// Ids follow from the execution and the order's number in it, so that the same order never gets a second one. Pages whose
// orders are all in memory do not wait for the disk. This is also the door of the room. Main thread.
import type { OrderRecord } from "../../store/orders.ts";
import { lastOrderPosition, pruneOrders, readOrder, readOrders } from "../../store/orders.ts";
import type { Statement, Store } from "../../store/store.ts";
import { type BookedOrder, isOverState } from "./booked.ts";

export {
  added,
  type Balances,
  type BookedOrder,
  type BookedPosition,
  isOverState,
  NO_BALANCES,
  type Posting,
} from "./booked.ts";
export { Allocator } from "./allocation.ts";
export {
  type Holder,
  type NetPosition,
  netted,
  type Portfolio,
  portfolioOf,
  type Position,
  positionOf,
  positionsOf,
} from "./portfolio.ts";

/** Whose orders they are. */
export interface OrderOwner {
  readonly executionId: string;
  readonly strategyId: string;
}

export interface OrdersAsked {
  readonly strategyId: string | null;
  readonly symbol: string | null;
  /** Null: all. */
  readonly state: OrderRecord["state"] | null;
  /** Only orders of a lower position; null: from the newest on. */
  readonly before: number | null;
  readonly limit: number;
}

const RECENT_MAX = 1_000;
/** Of orders that are over and were never filled, so many of an execution are kept, and looked at when so many more are. */
export const UNFILLED_KEPT = 1_000;
const PRUNE_EVERY = 250;
const OPEN_STATES: readonly OrderRecord["state"][] = ["new", "working", "partially_filled"];

export class OrderBook {
  private readonly store: Store;
  /** Open ones, oldest first. */
  private readonly open = new Map<string, OrderRecord>();
  /** Ids of the open ones of each execution that has any. */
  private readonly ids = new Map<string, Set<string>>();
  /** All of the highest positions, oldest first. */
  private readonly recent = new Map<string, OrderRecord>();
  /** Older ones that ended lately: the store may not have that yet. */
  private readonly ended = new Map<string, OrderRecord>();
  /** Positions from here on are all in `recent`. */
  private floor = 0;
  private last = -1;
  private readonly unfilled = new Map<string, number>();
  /** Resting orders that moved since they were stored. */
  private readonly moved = new Map<string, OrderRecord>();

  constructor(store: Store) {
    this.store = store;
  }

  async load(): Promise<void> {
    this.last = await lastOrderPosition(this.store);
    this.floor = this.last + 1;
  }

  /** Orders of an earlier life that are open still. */
  adopt(records: readonly OrderRecord[]): void {
    for (const record of records) this.enter(record);
  }

  /** As they are now; what is to be stored, with whatever belongs to it. */
  take(owner: OrderOwner, orders: readonly BookedOrder[]): { changed: readonly OrderRecord[]; stored: OrderRecord[] } {
    const changed: OrderRecord[] = [];
    const stored: OrderRecord[] = [];
    for (const order of orders) {
      const orderId = orderIdOf(owner.executionId, order.number);
      const known = this.open.get(orderId);
      if (known !== undefined && isSame(known, order)) continue;
      const record: OrderRecord = { ...order, ...owner, orderId, position: known?.position ?? ++this.last };
      changed.push(record);
      this.keep(record, known === undefined);
      if (known === undefined || known.state !== order.state || known.filled !== order.filled) stored.push(record);
      else this.moved.set(orderId, record);
    }
    return { changed, stored };
  }

  /** Resting orders that have moved since they were stored. */
  settle(): readonly OrderRecord[] {
    const moved = [...this.moved.values()];
    this.moved.clear();
    return moved;
  }

  /** An order as it stands, which is on its way to the store and does not wait for the next beat. */
  settleOne(order: OrderRecord): OrderRecord {
    this.moved.delete(order.orderId);
    return this.open.get(order.orderId) ?? this.recent.get(order.orderId) ?? order;
  }

  /** Statements that let go of what is not kept any more. */
  prune(executionId: string, stored: readonly OrderRecord[]): readonly Statement[] {
    const gone = stored.filter(({ state, filled }) => filled === 0 && isOverState(state)).length;
    if (gone === 0) return [];
    const count = (this.unfilled.get(executionId) ?? 0) + gone;
    this.unfilled.set(executionId, count % PRUNE_EVERY);
    return count >= PRUNE_EVERY ? [pruneOrders(executionId, UNFILLED_KEPT)] : [];
  }

  /** Open ones of an execution, oldest first. */
  openOf(executionId: string): readonly OrderRecord[] {
    return [...(this.ids.get(executionId) ?? [])].flatMap((orderId) => this.open.get(orderId) ?? []);
  }

  /** The execution is over: what its thread did not end is cancelled. */
  end(executionId: string, time: number, reason: string): readonly OrderRecord[] {
    this.unfilled.delete(executionId);
    return this.drop(this.openOf(executionId), time, reason);
  }

  /** They are open no more, without their thread. */
  drop(orders: readonly OrderRecord[], time: number, reason: string): readonly OrderRecord[] {
    const ended = orders.map((order): OrderRecord => {
      return { ...order, state: "cancelled", reason, updatedAt: Math.max(order.updatedAt, time) };
    });
    for (const record of ended) this.keep(record, false);
    return ended;
  }

  async get(orderId: string): Promise<OrderRecord | null> {
    const known = this.known(orderId);
    if (known !== undefined) return known;
    const stored = await readOrder(this.store.reads, orderId);
    // It may have been taken up, or have ended, while the store was read.
    return this.known(orderId) ?? stored;
  }

  private known(orderId: string): OrderRecord | undefined {
    return this.open.get(orderId) ?? this.recent.get(orderId) ?? this.ended.get(orderId);
  }

  /** Newest first, at most `limit`. */
  async list({ strategyId, symbol, state, before, limit }: OrdersAsked): Promise<readonly OrderRecord[]> {
    const below = before ?? Number.MAX_SAFE_INTEGER;
    const wanted = (order: OrderRecord): boolean =>
      order.position < below &&
      (strategyId === null || order.strategyId === strategyId) &&
      (symbol === null || order.symbol === symbol) &&
      (state === null || order.state === state);
    const found = new Map<string, OrderRecord>();
    for (const order of this.open.values()) if (wanted(order)) found.set(order.orderId, order);
    const onlyOpen = state !== null && OPEN_STATES.includes(state);
    const over = onlyOpen ? [] : [...this.recent.values(), ...this.ended.values()];
    for (const order of over) if (wanted(order)) found.set(order.orderId, order);
    const known = newestFirst([...found.values()]).slice(0, limit);
    const complete = known.length === limit && (known.at(-1)?.position ?? 0) >= this.floor;
    if (onlyOpen || complete || this.floor === 0 || below === 0) return known;
    const query = { strategyId, symbol, state, before: Math.min(below, this.floor), limit };
    const older = await readOrders(this.store.reads, query);
    for (const row of older) {
      // It may have been taken up, or have changed, while the store was read.
      const order = this.known(row.orderId) ?? row;
      if (wanted(order)) found.set(order.orderId, order);
    }
    return newestFirst([...found.values()]).slice(0, limit);
  }

  private enter(record: OrderRecord): void {
    const { orderId, executionId } = record;
    this.open.set(orderId, record);
    const ids = this.ids.get(executionId) ?? new Set();
    this.ids.set(executionId, ids.add(orderId));
  }
  private leave({ orderId, executionId }: OrderRecord): void {
    this.open.delete(orderId);
    this.moved.delete(orderId);
    const ids = this.ids.get(executionId);
    ids?.delete(orderId);
    if (ids?.size === 0) this.ids.delete(executionId);
  }

  private keep(record: OrderRecord, isNew: boolean): void {
    const { orderId, state } = record;
    if (isOverState(state)) this.leave(record);
    else this.enter(record);
    const isRecent = isNew || this.recent.has(orderId);
    if (isRecent) this.recent.set(orderId, record);
    else if (isOverState(state)) this.ended.set(orderId, record);
    const [last] = this.ended.size > RECENT_MAX ? this.ended.keys() : [];
    if (last !== undefined) this.ended.delete(last);
    const [oldest] = this.recent.size > RECENT_MAX ? this.recent.values() : [];
    if (oldest === undefined) return;
    this.recent.delete(oldest.orderId);
    // What is to be written of it may still be on its way.
    if (isOverState(oldest.state)) this.ended.set(oldest.orderId, oldest);
    this.floor = oldest.position + 1;
  }
}

/** `exec_abc` and 12: `ord_abc00000012`. */
export function orderIdOf(executionId: string, number: number): string {
  return `ord_${executionId.slice(executionId.indexOf("_") + 1)}${String(number).padStart(8, "0")}`;
}

function newestFirst(orders: readonly OrderRecord[]): readonly OrderRecord[] {
  return orders.toSorted((a, b) => b.position - a.position);
}

/** One that goes on in another thread is told of once more as it is. */
function isSame(known: OrderRecord, order: BookedOrder): boolean {
  const { state, filled, quantity, limit, stop, reduceOnly } = known;
  return (
    state === order.state &&
    filled === order.filled &&
    quantity === order.quantity &&
    limit === order.limit &&
    stop === order.stop &&
    reduceOnly === order.reduceOnly
  );
}
