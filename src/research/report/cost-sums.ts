// What the trades of a run would have come to without costs, and where that went. Money; fees, slippage and carry are those of
// the whole run, so costs of positions that are still open are among them.
import type { Outcome } from "../outcome.ts";

export interface CostSums {
  /** Closed trades before costs. */
  readonly gross: number;
  readonly fees: number;
  readonly slippage: number;
  /** Funding and borrowing; negative where it was paid. */
  readonly carry: number;
  /** Closed trades after costs. */
  readonly net: number;
}

export function costSums({ figures, trades }: Pick<Outcome, "figures" | "trades">): CostSums {
  const net = trades.reduce((sum, { pnl }) => sum + pnl, 0);
  const { fees, slippage, carry } = figures;
  return { gross: net + fees + slippage - carry, fees, slippage, carry, net };
}
