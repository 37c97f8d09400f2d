// What a position costs while it is held: its margin, and what borrowing it costs, paid once a day (UTC).
// Forced closing: when the equity falls below the maintenance margin, share x value of all positions, the position whose
// event it was is closed at the price at which that happened (its open, if it opens beyond), as a market order.
import type { Execution } from "./execution.ts";
import type { Market } from "./market.ts";
import { units } from "./money.ts";
import { WorkingOrder } from "./working-order.ts";

const DAY_US = 86_400_000_000;

/** With each event of a symbol that is held. */
export function watch(execution: Execution, market: Market): void {
  if (execution.margin !== null) liquidate(execution, market);
  const day = Math.floor(market.known / DAY_US);
  if (market.position.quantity < 0 && day > Math.floor(market.owedSince / DAY_US))
    execution.payBorrowing(market, market.known);
}

/** Checks the range of the event under way; the mark of the market is its open when this is called. */
function liquidate(execution: Execution, market: Market): void {
  const { margin, account } = execution;
  const { position } = market;
  if (margin === null || position.quantity === 0) return;
  const price = marginPrice(execution, market, margin.maintenance);
  const worst = position.quantity > 0 ? market.low : market.high;
  const reached = position.quantity > 0 ? worst <= price : worst >= price;
  const below = account.equity() < margin.maintenance * account.exposure();
  if (!reached && !below) return;
  const beyond = below || (position.quantity > 0 ? market.open <= price : market.open >= price);
  force(execution, market, beyond ? market.open : price);
}

/** The price of this symbol at which the equity is just the maintenance margin; not finite when there is none. */
function marginPrice(execution: Execution, market: Market, maintenance: number): number {
  const { account } = execution;
  const { position } = market;
  const own = position.value();
  const others = units(account.equity() - own);
  const exposed = units(account.exposure() - Math.abs(own));
  return (maintenance * exposed - others) / (position.quantity - maintenance * Math.abs(position.quantity));
}

function force(execution: Execution, market: Market, price: number): void {
  const { position } = market;
  const order = new WorkingOrder(
    execution.nextId(),
    {
      symbol: market.symbol,
      side: position.quantity > 0 ? "sell" : "buy",
      kind: "market",
      quantity: Math.abs(position.quantity),
      reduceOnly: true,
      purpose: "liquidated",
    },
    market.known,
    market.known,
    execution.event,
  );
  execution.place(market, order);
  // A venue that closes by force takes what the book gives, however little the run may take of it otherwise.
  market.liquidity = Math.max(market.liquidity, Math.abs(position.quantity));
  execution.take(market, order, price, false, market.end);
}
