// What orders and a position of one account in one symbol could come to at worst: the sum that is claimed on the board
// before an order enters, and that whoever asks what would become of an order works out in the same way. Pure; money in
// millionths, prices and units as in orders.
import type { Order, OrderRequest } from "../../simulation/simulation.ts";

/** An order that is in the market, or that was admitted and has not entered yet. */
export interface OpenClaim {
  /** 1 buys, -1 sells. */
  readonly sign: number;
  readonly units: number;
  /** At which it counts. */
  readonly price: number;
}

export interface Open extends OpenClaim {
  units: number;
  price: number;
  /** Null: it has not entered yet. */
  order: Order | null;
  /** What an admitted change will bring; null: none is on its way. */
  promise: Promised | null;
  /** Day on which it was counted as an order; NaN: it was not. */
  countedOn: number;
}

export interface Promised {
  /** Whole. */
  readonly quantity: number;
  readonly limit: number | undefined;
  readonly stop: number | undefined;
  /** At which it will count. */
  readonly at: number;
}

/** What of an order, or of a request for one, says at which price it is filled. */
export interface Priced {
  readonly side: Order["side"];
  readonly limit?: number | null;
  readonly stop?: number | null;
  readonly trail?: number;
}

/** What position and orders could come to, in millionths: at most long, at most short, and the larger of them. */
export interface Worst {
  readonly gross: number;
  readonly up: number;
  readonly down: number;
}

const MILLION = 1_000_000;
const BPS = 10_000;
const DUST = 1e-9;

export function worst(orders: Iterable<OpenClaim>, position: number, price: number): Worst {
  const held = Math.round(position * price * MILLION);
  let up = held;
  let down = held;
  for (const one of orders) {
    const value = Math.ceil(one.units * one.price * MILLION);
    if (one.sign > 0) up += value;
    else down -= value;
  }
  return { gross: Math.max(Math.abs(up), Math.abs(down)), up, down };
}

/** Whether so many more units of this side, with all that is open there, still only leave the position. */
export function onlyReduces(orders: Iterable<OpenClaim>, sign: number, more: number, position: number): boolean {
  let units = more;
  for (const one of orders) if (one.sign === sign) units += one.units;
  return units <= -sign * position * (1 + DUST);
}

export function openOf(order: Order, mark: number): Open {
  const { quantity, filled } = order;
  const sign = order.side === "buy" ? 1 : -1;
  const price = countsAt(order, mark);
  return { sign, units: quantity - filled, price, order, promise: null, countedOn: Number.NaN };
}

export function isKept({ quantity, limit, stop }: Promised, order: Order): boolean {
  if (order.quantity !== quantity || order.limit !== (limit ?? null)) return false;
  return order.trailing !== null || order.stop === (stop ?? null);
}

/** The highest price at which it may be filled: a limit to sell and a stop are filled at the market where that is higher. */
export function countsAt({ side, limit, stop, trail = 0 }: Priced, price: number): number {
  const buys = side === "buy";
  const follows = trail > 0 ? price + (buys ? trail : -trail) : 0;
  const level = stop ?? follows;
  return buys ? (limit ?? Math.max(level, price)) : Math.max(limit ?? level, price);
}

/** How far its limit or its stop is from the last price, in millionths of a basis point. */
export function distanceOf({ limit, stop }: Pick<OrderRequest, "limit" | "stop">, price: number): number {
  if (!(price > 0)) return 0;
  const from = (level: number | undefined): number => (level === undefined ? 0 : Math.abs(level / price - 1));
  return Math.max(from(limit), from(stop)) * BPS * MILLION;
}
