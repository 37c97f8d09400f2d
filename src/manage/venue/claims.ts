// Whose the venue's positions are: an execution has what its own fills come to, in this process, because after a restart no
// live execution goes on. Whatever is held beyond that belongs to nobody. Quantities are signed, in units of the symbol.
// Main thread.
import { numberOf } from "./exact-sum.ts";

export class Claims {
  /** By execution, by symbol. */
  private readonly own = new Map<string, Map<string, bigint>>();

  /** A fill of the execution's, signed. */
  count(executionId: string, symbol: string, quantity: bigint): void {
    const held = this.own.get(executionId) ?? new Map<string, bigint>();
    this.own.set(executionId, held);
    held.set(symbol, (held.get(symbol) ?? 0n) + quantity);
  }

  of(executionId: string, symbol: string): number {
    return numberOf(this.own.get(executionId)?.get(symbol) ?? 0n);
  }
}
