// A position from its opening to its end, as every report speaks of it.
import type { EpochUs } from "../domain/units.ts";

export type CloseReason = "signal" | "stop" | "target" | "trailing" | "flip" | "expired" | "liquidated";

/** Money and prices in units of account. Of a position that was built or left in parts, prices are means. */
export interface ClosedTrade {
  readonly symbol: string;
  readonly side: "long" | "short";
  readonly quantity: number;
  readonly entryTime: EpochUs;
  readonly entryPrice: number;
  readonly exitTime: EpochUs;
  readonly exitPrice: number;
  /** After all costs. */
  readonly pnl: number;
  readonly fees: number;
  readonly slippage: number;
  /** Funding and borrowing, negative when paid. */
  readonly carry: number;
  readonly reason: CloseReason;
}
