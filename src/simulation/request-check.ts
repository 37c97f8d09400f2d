// Whether an order can be taken at all, before it is on its way: one sentence says what was found and what is allowed.
import { roundedDown, roundedUp, wholeLots } from "./instrument-terms.ts";
import type { Market } from "./market.ts";
import { countable, millionths } from "./money.ts";
import type { Bracket, OrderRequest, Side } from "./order.ts";
import { slicingFault } from "./slicing.ts";

/** Why an entry is refused within the pause behind one that a real venue did not take. */
export const ENTRY_PAUSES = "the venue did not take the entry before this one: the next may leave after a pause";
const TURN_PAUSES = "the venue did not take what was to leave the position: it is left first, after a pause";
const PRICE_MAX = 1e15;
const SHARE_MAX = 100;

export interface Checked {
  readonly market: Market;
  /** As it was admitted. */
  request: OrderRequest;
}

/** The request with its numbers on the symbol's steps, or the reason why it is refused. */
export function checkRequest(request: OrderRequest, market: Market): OrderRequest | string {
  const fault =
    shapeFault(request) ?? pricesFault(request) ?? bracketFault(request.bracket) ?? pauseFault(request, market);
  if (fault !== null) return fault;
  const { tick, lot, minNotional } = market.terms;
  const buys = request.side === "buy";
  const limit = request.limit === undefined ? {} : { limit: (buys ? roundedDown : roundedUp)(request.limit, tick) };
  const stop = request.stop === undefined ? {} : { stop: (buys ? roundedUp : roundedDown)(request.stop, tick) };
  if (limit.limit === 0) return `the limit ${request.limit} is below one step of the price, ${tick}`;
  const rounded: OrderRequest = { ...request, ...limit, ...stop };
  if (request.quantity === undefined) return rounded;
  const quantity = wholeLots(request.quantity, lot);
  if (!(quantity > 0)) return `quantity ${request.quantity} is less than one lot, ${lot}`;
  const price = rounded.limit ?? rounded.stop ?? market.position.mark;
  if (!countable(millionths(quantity * price)))
    return `quantity ${quantity} at ${price} is worth more than an account can count to the millionth`;
  if (request.reduceOnly !== true && price > 0 && quantity * price < minNotional)
    return `quantity ${quantity} at ${price} is worth less than the least order of ${minNotional}`;
  return { ...rounded, quantity };
}

/** What leaves a position is never held up here. */
function pauseFault({ side, reduceOnly }: OrderRequest, market: Market): string | null {
  const leaves = reduceOnly === true || market.position.quantity * (side === "buy" ? 1 : -1) < 0;
  return leaves ? null : pauseOf(market, side);
}

/** Why nothing may be opened on this side now; of what stands against the position why it is only to be left. */
export function pauseOf({ known, refused, setbacks, position }: Market, side: Side): string | null {
  const against = position.quantity * (side === "buy" ? 1 : -1) < 0;
  const until = against ? (setbacks.get("signal")?.until ?? 0) : refused[side].until;
  if (known >= until) return null;
  return against ? TURN_PAUSES : ENTRY_PAUSES;
}

function shapeFault(request: OrderRequest): string | null {
  const { kind, quantity, share } = request;
  if ((quantity === undefined) === (share === undefined)) return "an order needs either a quantity or a share";
  if (quantity !== undefined && !(quantity > 0 && Number.isFinite(quantity)))
    return `quantity must be a positive finite number, not ${quantity}`;
  if (share !== undefined) {
    if (kind !== "market") return "only market orders may name a share of the equity";
    if (!(share >= 0 && share <= SHARE_MAX)) return `share must be a number from 0 to ${SHARE_MAX}, not ${share}`;
  }
  const needsLimit = kind === "limit" || kind === "stop_limit";
  if (needsLimit !== (request.limit !== undefined)) return `an order of kind ${kind} ${needs(needsLimit)} limit`;
  const needsStop = kind === "stop" || kind === "stop_limit";
  if (needsStop && request.stop === undefined) return `an order of kind ${kind} needs a stop`;
  if (!needsStop && kind !== "trailing_stop" && request.stop !== undefined)
    return `an order of kind ${kind} takes no stop`;
  if ((kind === "trailing_stop") !== (request.trail !== undefined))
    return `an order of kind ${kind} ${needs(kind === "trailing_stop")} trail`;
  if (request.postOnly === true && kind !== "limit") return "only limit orders can be post-only";
  if (request.postOnly === true && (request.timeInForce === "ioc" || request.timeInForce === "fok"))
    return "a post-only order rests, so it cannot be immediate or cancel";
  const unsliced = sliceFault(request);
  if (unsliced !== null) return unsliced;
  return request.oco !== undefined && !(Number.isInteger(request.oco) && request.oco > 0)
    ? `oco must be a whole number above 0, not ${request.oco}`
    : null;
}

function sliceFault({ slice, kind, share, postOnly, timeInForce }: OrderRequest): string | null {
  if (slice === undefined) return null;
  const waits = timeInForce !== "ioc" && timeInForce !== "fok" && postOnly !== true;
  if ((kind !== "market" && kind !== "limit") || share !== undefined || !waits)
    return "only market and limit orders of a quantity that wait can be sliced";
  return slicingFault(slice);
}

function needs(needed: boolean): string {
  return needed ? "needs a" : "takes no";
}

function pricesFault({ limit, stop, trail }: OrderRequest): string | null {
  for (const [name, value] of Object.entries({ limit, stop, trail }))
    if (value !== undefined && !isPrice(value)) return priceFault(name, value);
  return null;
}

function bracketFault(bracket: Bracket | undefined): string | null {
  if (bracket === undefined) return null;
  const { stop, target, trail } = bracket;
  for (const [name, value] of Object.entries({ stop, target, trail }))
    if (value !== undefined && !isPrice(value)) return priceFault(`bracket.${name}`, value);
  return null;
}

function isPrice(value: number): boolean {
  return value > 0 && value <= PRICE_MAX;
}
function priceFault(name: string, value: number): string {
  return `${name} must be a positive finite number (at most 1e15), not ${value}`;
}
