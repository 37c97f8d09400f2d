// What an execution holds by the fills that are stored of it, at the price of the last one, until its thread has booked
// them again and tells it itself. The books are those of its account.
import { freeTerms, Simulation } from "../../simulation/simulation.ts";
import type { TradeRecord } from "../../store/executions.ts";
import type { BookedPosition } from "../orders/orders.ts";
import { CAPITAL } from "./terms.ts";

/** In the order of booking. */
export function positionsOf(trades: readonly TradeRecord[]): readonly BookedPosition[] {
  const symbols = [...new Set(trades.map(({ symbol }) => symbol))];
  const account = new Simulation({ capital: CAPITAL, instruments: symbols.map((symbol) => freeTerms(symbol)) });
  for (const { symbol, side, quantity, price, fee, timestamp: time } of trades)
    account.recall({
      symbol: symbols.indexOf(symbol),
      quantity: side === "BUY" ? quantity : -quantity,
      price,
      fee,
      time,
    });
  return account.holdings().map(({ name: symbol, quantity, cost, mark }) => ({ symbol, quantity, cost, mark }));
}
