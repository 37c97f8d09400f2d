// What the account of an execution has at stake at one moment, as its gate knows it: from it follows what would become of
// an order (what-if.ts). Plain data, so that a thread can hand it to main.
import type { OpenClaim, Worst } from "./claims.ts";

export interface Stake {
  /** Limits of the level `warning` do not bind it. */
  readonly override: boolean;
  /** Signed units of the symbol that is asked about, and its last price, 0 before the first. */
  readonly held: number;
  readonly mark: number;
  /** Units of account. */
  readonly equity: number;
  /** Claimed of all symbols, and of this one; millionths. */
  readonly gross: number;
  readonly claimed: Worst;
  /** Orders of the symbol that are in the market. */
  readonly open: readonly OpenClaim[];
}

/** Of an execution that begins with this capital. */
export function unstaked(capital: number): Stake {
  const claimed = { gross: 0, up: 0, down: 0 };
  return { override: false, held: 0, mark: 0, equity: capital, gross: 0, claimed, open: [] };
}
