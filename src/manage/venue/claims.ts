// Whose the venue's positions are. An execution has what its own fills come to, in this process: after a restart no live
// execution goes on. What an operator has accepted beyond that may be there, as long as the process lasts. Whatever else
// is held belongs to nobody: an execution that is over has left it. Quantities are signed. Main thread.
import { numberOf } from "./exact-sum.ts";

type Quantities = ReadonlyMap<string, bigint>;

/** What adding up decimals may leave, as a share. */
const ROUNDING = 1e-9;

export class Claims {
  /** Whether the execution goes on. */
  private readonly isOpen: (executionId: string) => boolean;
  /** By execution, by symbol. */
  private readonly own = new Map<string, Map<string, bigint>>();
  private accepted: Quantities = new Map();

  constructor(isOpen: (executionId: string) => boolean) {
    this.isOpen = isOpen;
  }

  /** A fill of the execution's, signed. */
  count(executionId: string, symbol: string, quantity: bigint): void {
    const held = this.own.get(executionId) ?? new Map<string, bigint>();
    this.own.set(executionId, held);
    held.set(symbol, (held.get(symbol) ?? 0n) + quantity);
  }

  of(executionId: string, symbol: string): number {
    return numberOf(this.own.get(executionId)?.get(symbol) ?? 0n);
  }

  /** What nobody has may be there from now on. */
  accept(held: Quantities): void {
    this.accepted = this.beyond(held);
  }

  /** What is held that no open execution has and nobody has accepted, by symbol. */
  unclaimed(held: Quantities): ReadonlyMap<string, number> {
    const left = this.beyond(held);
    for (const [symbol, quantity] of this.accepted) left.set(symbol, (left.get(symbol) ?? 0n) - quantity);
    const rows = [...left].map(([symbol, quantity]) => [symbol, numberOf(quantity)] as const);
    return new Map(
      rows.filter(([symbol, quantity]) => {
        return Math.abs(quantity) > ROUNDING * Math.max(1, Math.abs(numberOf(held.get(symbol) ?? 0n)));
      }),
    );
  }

  private beyond(held: Quantities): Map<string, bigint> {
    const left = new Map(held);
    for (const [executionId, own] of this.own)
      if (!this.isOpen(executionId)) this.own.delete(executionId);
      else for (const [symbol, quantity] of own) left.set(symbol, (left.get(symbol) ?? 0n) - quantity);
    return left;
  }
}
