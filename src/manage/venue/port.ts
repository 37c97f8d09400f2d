// The port of a real venue: what the engine asks of it and what it is told. An adapter carries these words over and holds
// no opinion: whether an update is new, possible or ours is judged in ticket.ts. Quantities are units of the symbol and
// never negative (the side says the direction), prices in the quote currency, times integer microseconds. Numbers in
// updates are as the venue sent them: an adapter does not have to check them. Main thread.
import type { OrderState, Side } from "../../simulation/simulation.ts";

export interface VenueOrder {
  /** The engine's own id: a venue takes an order with the same one only once. */
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly kind: "market" | "limit" | "stop" | "stop_limit";
  readonly quantity: number;
  readonly limit: number | null;
  readonly stop: number | null;
  readonly timeInForce: "gtc" | "ioc" | "fok" | "day";
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
}

/** As it was decided; microseconds. */
export interface SentOrder extends VenueOrder {
  readonly executionId: string;
  readonly strategyId: string;
  readonly createdAt: number;
}

export interface VenueFill {
  /** The venue's; one fill has it, however often it is told. */
  readonly fillId: string;
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
  readonly time: number;
}

/** An order that the venue has given an id. */
export interface NamedOrder {
  readonly symbol: string;
  readonly venueOrderId: string;
}

/** What a venue says of one order when it is asked: everything that it knows. */
export interface VenueOrderState {
  /** Null: it was not placed with an id of its sender. */
  readonly clientOrderId: string | null;
  readonly venueOrderId: string;
  readonly symbol: string;
  readonly state: OrderState;
  /** Of all its fills; null: it is over, and how much was filled until then is not known. */
  readonly filled: number | null;
  readonly fills: readonly VenueFill[];
  readonly reason: string | null;
}

export interface VenuePosition {
  readonly symbol: string;
  /** Negative when short. */
  readonly quantity: number;
}

export type VenueUpdate =
  | {
      readonly kind: "order";
      readonly clientOrderId: string;
      readonly venueOrderId: string | null;
      readonly state: OrderState;
      /** Null: it does not say. */
      readonly filled: number | null;
      readonly reason: string | null;
    }
  | { readonly kind: "fill"; readonly clientOrderId: string; readonly fill: VenueFill }
  /** Something came that cannot be read; what it was about is asked for. */
  | { readonly kind: "unreadable"; readonly clientOrderId: string | null; readonly issue: string }
  | { readonly kind: "link"; readonly connected: boolean; readonly reason: string | null };

/** Why an order stays here; null: it may leave. */
export type Stays = () => string | null;

/**
 * Whether the whole order makes smaller what the account holds there. A venue has one position of a symbol, whosever it
 * is: where another execution holds the other way, one that only leaves its own is more than that has.
 */
export type Lessens = () => boolean;

/** `withheld`: it never left; `unsure`: it may be at the venue or not, and has to be asked for. */
export type Placed =
  | { readonly kind: "sent" }
  | { readonly kind: "withheld"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unsure"; readonly reason: string };

/** Questions are answered by the venue itself; a promise rejects with a VenueAway when it cannot be reached. */
export interface LiveVenue {
  readonly name: string;
  readonly connected: boolean;
  /** Begins to listen; updates may come from now on. `named`: the engine's own orders of before, the latest last. */
  start(named: readonly NamedOrder[]): Promise<void>;
  /**
   * Resolves when nothing of it is under way any more: until then the order may still reach the venue. `stays` is asked
   * right before it leaves, which may be later where orders wait for their turn. Only one that `lessens` then is said to
   * reduce: the venue would refuse any other, or cut it.
   */
  place(order: SentOrder, stays: Stays, lessens: Lessens): Promise<Placed>;
  /** Takes it back where it has not left yet. */
  cancel(order: SentOrder, venueOrderId: string | null): Promise<void>;
  /** Null: the venue has no such order. Rejects with NotKnownYet where it may have it and not have told of it so far. */
  find(order: SentOrder, venueOrderId: string | null): Promise<VenueOrderState | null>;
  /** All orders that are open there, ours or not; fills may be missing. */
  open(): Promise<readonly VenueOrderState[]>;
  positions(): Promise<readonly VenuePosition[]>;
  /** Those of the symbols (null: of all) that are known to be a spot market there: nothing can be sold short in them. */
  spot(symbols: readonly string[] | null): readonly string[];
  onUpdate(listener: (update: VenueUpdate) => void): void;
  close(): Promise<void>;
}

export class VenueAway extends Error {}

/** A later answer will tell. */
export class NotKnownYet extends Error {}
