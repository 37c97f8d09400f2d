// What ccxt's words for markets, orders and trades mean in the engine's. An exchange counts contracts or coins, the engine
// units of the symbol. Pure.
import { isOver } from "../../simulation/simulation.ts";
import type { CcxtMarket, CcxtOrder, CcxtTrade } from "./ccxt.ts";
import type { SentOrder, VenueFill, VenueOrderState } from "./port.ts";

/** What adding up decimals may leave, as a share. */
const ROUNDING = 1e-9;
const STATES: Readonly<Record<string, VenueOrderState["state"]>> = {
  open: "working",
  closed: "filled",
  canceled: "cancelled",
  cancelled: "cancelled",
  expired: "expired",
  rejected: "rejected",
};

/** By the engine's symbol, spot before linear swaps. */
export function marketsIn(
  currency: string,
  markets: Readonly<Record<string, CcxtMarket>>,
): ReadonlyMap<string, CcxtMarket> {
  const found = new Map<string, CcxtMarket>();
  for (const market of Object.values(markets)) {
    if (market.quote !== currency) continue;
    const linear = market.swap === true && market.settle === currency;
    const symbol = `${market.base}${currency}`.toUpperCase();
    if (market.spot === true || (linear && !found.has(symbol))) found.set(symbol, market);
  }
  return found;
}

/** As the exchange tells it, without its fills; what it does not say of one that is open is 0, else null. */
export function stateOf(order: CcxtOrder, market: CcxtMarket | undefined): VenueOrderState {
  const { id, clientOrderId, status, amount, symbol } = order;
  const filled = order.filled ?? 0;
  const state = STATES[status ?? "open"] ?? "working";
  const part = state === "working" && filled > 0 && filled < (amount ?? Infinity);
  return {
    clientOrderId: clientOrderId ?? null,
    venueOrderId: id,
    symbol: symbol ?? "",
    state: part ? "partially_filled" : state,
    filled: isOver(state) && !saysFilled(order) ? null : filled * (market?.contractSize ?? 1),
    fills: [],
    reason: status ?? null,
  };
}

/** Whether it is over without a word of how much was filled until then, which may be anything. */
export function endsUntold(order: CcxtOrder): boolean {
  const state = STATES[order.status ?? "open"] ?? "working";
  return isOver(state) && state !== "filled" && !saysFilled(order);
}

export function saysFilled({ filled }: CcxtOrder): boolean {
  return typeof filled === "number";
}

/**
 * How much of an order was filled; null: it is over, and that is not known. What an exchange says of an order and what it
 * says of trades come from two books, of which either may be behind. Trades that come short of what is said are waited for;
 * where nothing is said, or less than there are trades of, nobody knows how many more there are, but for one that is called
 * filled, or whose trades are all of it.
 */
export function filledOf(
  told: CcxtOrder,
  { state, filled }: VenueOrderState,
  { quantity }: SentOrder,
  fills: readonly VenueFill[],
): number | null {
  const said = saysFilled(told) ? filled : null;
  const traded = sumOf(fills);
  if (!isOver(state)) return said ?? traded;
  if (said !== null && !(traded - said > quantity * ROUNDING)) return said;
  return state === "filled" || traded >= quantity * (1 - ROUNDING) ? quantity : null;
}

/** Whether the fills are all of what is filled. */
export function isWhole(filled: number | null, fills: readonly VenueFill[]): boolean {
  return filled !== null && sumOf(fills) >= filled * (1 - ROUNDING);
}

export function fillOf({ id, amount, price, fee, timestamp }: CcxtTrade, market: CcxtMarket): VenueFill {
  const paid = price ?? Number.NaN;
  return {
    fillId: id ?? "",
    quantity: (amount ?? Number.NaN) * (market.contractSize ?? 1),
    price: paid,
    fee: feeOf(fee, market, paid),
    time: (timestamp ?? Number.NaN) * 1_000,
  };
}

function sumOf(fills: readonly VenueFill[]): number {
  return fills.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** In units of account; what is paid in a third currency does not count. */
function feeOf(fee: CcxtTrade["fee"], { base, quote }: CcxtMarket, price: number): number {
  const cost = fee?.cost ?? 0;
  if (fee?.currency === base) return cost * price;
  return fee?.currency === quote || fee?.currency === undefined || fee.currency === null ? cost : 0;
}
