// What a simulation is made of, and why it cannot be made of that.
import type { Price } from "../domain/units.ts";
import type { ClosedTrade } from "./closed-trade.ts";
import { type Costs, costsFault, type Margin, NO_COSTS } from "./costs.ts";
import type { Listeners } from "./execution.ts";
import type { InstrumentTerms } from "./instrument-terms.ts";
import { capitalFault } from "./money.ts";
import type { Remote } from "./remote.ts";
import type { Order, OrderRequest } from "./order.ts";
import type { Tally } from "./tally.ts";

/** The order enters, and may only make the position of its symbol smaller from then on. */
export const REDUCE_ONLY = { reduceOnly: true } as const;
/** A sentence refuses an order; null: it enters as it is. */
export type Admission = string | typeof REDUCE_ONLY | null;

/** The request as it was admitted. */
export function narrowed(request: OrderRequest, admission: typeof REDUCE_ONLY | null): OrderRequest {
  return admission === null ? request : { ...request, ...admission };
}

export interface SimulationOptions extends Listeners {
  /** Units of account. */
  readonly capital: number;
  /** By symbol number, which is the place in this list. More can be added. */
  readonly instruments: readonly InstrumentTerms[];
  readonly costs?: Costs;
  /** Null (the default): positions of any size, and none is closed by force. */
  readonly margin?: Margin | null;
  readonly onTrade?: (trade: ClosedTrade) => void;
  /** The last number that an order has had; shared by accounts whose orders are numbered together. */
  readonly numbering?: { last: number };
  /** Shared by accounts that keep the same limits together; symbols have the same numbers in all of them. */
  readonly tally?: Tally;
  /** Asked before an order enters or is changed (`amends`), with position and last price of its symbol. */
  readonly admit?: (request: OrderRequest, position: number, price: Price, amends: Order | null) => Admission;
  /** Fills its orders, instead of the events that come in. */
  readonly remote?: Remote;
  /** An order of this symbol that was admitted does not enter: another one that it was to be filled with was refused. */
  readonly withdraw?: (symbol: number) => void;
}

/** Why a simulation cannot be made of these options; null when it can. */
export function optionsFault({ capital, costs, margin, instruments }: SimulationOptions): string | null {
  const fault = capitalFault(capital) ?? costsFault(costs ?? NO_COSTS);
  if (fault !== null) return fault;
  for (const { name, costs: own } of instruments) {
    const wrong = own === undefined ? null : costsFault({ ...NO_COSTS, ...costs, ...own });
    if (wrong !== null) return `${name}: ${wrong}`;
  }
  if (margin === undefined || margin === null) return null;
  const { initial, maintenance } = margin;
  return maintenance >= 0 && maintenance < initial && initial <= 1
    ? null
    : `margin must be 0 <= maintenance < initial <= 1, not ${maintenance} and ${initial}`;
}
