// Gates: flags that decide where a strategy may open positions. A gate is about one strategy and some symbols, or all of
// them; about which others it says nothing. Who is in the share of a flag is decided by a hash of the flag and of who asks,
// so the answer never flickers, is the same in every process, and a larger share holds everybody of the smaller one.
import { createHash } from "node:crypto";

export interface Gate {
  /** Of the flag. */
  readonly name: string;
  readonly enabled: boolean;
  /** 0 to 100. */
  readonly percent: number;
  /** Upper case; empty: all. */
  readonly symbols: readonly string[];
}

/** Whether all gates that are about the symbol are open for the strategy there. */
export function gatesOpen(gates: readonly Gate[], strategyId: string, symbol: string): boolean {
  return gates.every(({ name, enabled, percent, symbols }) => {
    if (symbols.length > 0 && !symbols.includes(symbol)) return true;
    return enabled && shareOf(name, `${strategyId}\n${symbol}`) < percent / 100;
  });
}

/** Where who asks stands between 0 and 1, for this flag. */
export function shareOf(name: string, subject: string): number {
  return createHash("sha256").update(`${name}\n${subject}`).digest().readUInt32BE(0) / 2 ** 32;
}
