// What may be asked of a venue, and what became of it. Prices are in the symbol's quote currency, quantities in units of
// the symbol and never negative (the side says the direction), times in microseconds. An order is changed only by the
// venue that holds it; everybody else reads.
import type { EpochUs, Price } from "../domain/units.ts";
import type { Result } from "../domain/result.ts";
import type { OrderState } from "./order-states.ts";
import type { Tally } from "./tally.ts";

export type Side = "buy" | "sell";
export type OrderKind = "market" | "limit" | "stop" | "stop_limit" | "trailing_stop";
/** Until cancelled; what cannot be had at the first event is cancelled; all at the first event or nothing; this session. */
export type TimeInForce = "gtc" | "ioc" | "fok" | "day";
/** What the order is for; the reason of the trade that it closes. */
export type Purpose = "signal" | "stop" | "target" | "trailing" | "expired" | "liquidated";

/** Levels that come into force as orders of their own when the entry is filled; each fill of one shrinks the others. */
export interface Bracket {
  readonly stop?: number;
  readonly target?: number;
  /** Distance at which a stop follows the best price. */
  readonly trail?: number;
  /** The levels are prices (the default), or factors of the price of the entry, e.g. 0.98 and 1.03. */
  readonly of?: "price" | "entry";
}

/** How an order is filled in parts: slicing.ts says what these mean. */
export type Slicing =
  { readonly kind: "twap"; readonly seconds: number } | { readonly kind: "participation"; readonly share: number };

export interface OrderRequest {
  readonly symbol: number;
  readonly side: Side;
  readonly kind: OrderKind;
  /** Units of the symbol; either this or `share`. */
  readonly quantity?: number;
  /**
   * Market orders only: moves the position to this share of the equity at the fill, in the direction of `side`; what
   * stands against it is closed first, and fees are part of the share. 0 closes.
   */
  readonly share?: number;
  readonly limit?: Price;
  readonly stop?: Price;
  /** Distance of a trailing stop in units of the price. */
  readonly trail?: number;
  readonly timeInForce?: TimeInForce;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  readonly bracket?: Bracket;
  /** Orders of one number cancel each other: what one fills, the others lose. */
  readonly oco?: number;
  readonly purpose?: Purpose;
  /** Filled in parts; market and limit orders that wait. */
  readonly slice?: Slicing;
  /** The order in whose place it comes: for whoever follows both, it is that one with other numbers. */
  readonly replaces?: Order;
  /** What it may open at most, whatever it was to leave at the time and is gone by then. */
  readonly most?: Opening;
}

/** How far an order may open a position, or add to it; what it leaves does not count. */
export interface Opening {
  readonly units: number;
  /** At the prices of its fills; Infinity: no limit. */
  readonly money: number;
  /** One position: once that is closed the rest of the order ends. */
  readonly once: boolean;
}

/** What may still be changed; the quantity is the whole one, filled part included. */
export interface Amendment {
  readonly quantity?: number;
  readonly limit?: Price;
  readonly stop?: Price;
}

export interface Order {
  readonly id: number;
  /** Of the first of the orders that replaced each other; its own where it replaced none. */
  readonly chain: number;
  /** What those before it in the chain filled, and what that was worth. */
  readonly before: { readonly filled: number; readonly value: number; readonly submittedAt: EpochUs } | null;
  readonly symbol: number;
  readonly side: Side;
  readonly kind: OrderKind;
  readonly state: OrderState;
  /** 0 until the fill tells it, for an order that names a share of the equity. */
  readonly quantity: number;
  readonly filled: number;
  /** Mean price of the fills; 0 before the first. */
  readonly price: Price;
  readonly limit: Price | null;
  readonly stop: Price | null;
  /** Distance at which its stop follows. */
  readonly trailing: number | null;
  /** Number of the pair that it belongs to, 0: none. */
  readonly oco: number;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly purpose: Purpose;
  readonly submittedAt: EpochUs;
  /** Why it was cancelled, rejected or expired. */
  readonly reason: string | null;
}

export interface Fill {
  readonly order: Order;
  readonly symbol: number;
  readonly side: Side;
  readonly quantity: number;
  readonly price: Price;
  /** Of this fill, in units of account. */
  readonly fee: number;
  /** What the price was worse by than that of the market, times the quantity. */
  readonly slippage: number;
  readonly maker: boolean;
  readonly time: EpochUs;
}

/** What a position paid (negative) or earned by being held. */
export interface Carry {
  readonly symbol: number;
  readonly kind: "funding" | "borrowing";
  /** Millionths. */
  readonly amount: number;
  readonly time: EpochUs;
}

export interface PositionView {
  readonly symbol: number;
  /** Negative when short. */
  readonly quantity: number;
  readonly entryPrice: Price;
  readonly mark: Price;
  readonly unrealized: number;
}

/** What a trader needs of whoever fills its orders: the simulation in backtests and on paper. */
export interface Venue {
  readonly capital: number;
  /** Orders may be refused that could be filled: by limits on what is held. */
  readonly guarded?: boolean;
  /** What it has open, together with the accounts that keep the same limits. */
  readonly tally: Tally;
  now(): EpochUs;
  equity(): number;
  /** Signed units. */
  held(symbol: number): number;
  mark(symbol: number): Price;
  /** Deviation of the returns from event to event, lately. */
  deviation(symbol: number): number;
  /** Events of it in a year, as they came so far; 0 before the second. */
  yearly(symbol: number): number;
  /** Symbols with a position. */
  openPositions(): number;
  /** Units that orders of this side may still open, or add. */
  underway(symbol: number, side: Side): number;
  submit(request: OrderRequest): Result<Order, string>;
  /** Market orders that are filled together, at the last price of each symbol once every one of them has had an event. */
  submitTogether(requests: readonly OrderRequest[]): Result<readonly Order[], string>;
  amend(id: number, change: Amendment): Result<Order, string>;
  cancel(id: number): Result<Order, string>;
  /**
   * Where a real venue fills: the newest decision, 1 long, -1 short, 0 none. No exit of an older one that is against it goes
   * on, and what an entry that was taken back is filled of all the same is kept if it goes the same way.
   */
  decided?(symbol: number, sign: number): void;
  /** Where a real venue fills: why nothing may be opened on this side for a while, or turned to it; null: it may. */
  pause?(symbol: number, side: Side): string | null;
  cancelAll(symbol?: number): void;
}
