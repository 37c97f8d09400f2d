// Whose the venue's positions are. An execution has what its own fills come to, in this process: after a restart no live
// execution goes on. What an operator has accepted beyond that may be there, as long as the process lasts. Whatever else
// is held belongs to nobody: an execution that is over has left it. What somebody has closed by hand beneath what open
// executions have is missing until one of them ends: whose it was is known to nobody here. Quantities are signed. Main
// thread.
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
  /** By how much an operator's word has moved what is held, as far as it is not made up for. */
  private readonly moved = new Map<string, bigint>();

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

  /** What nobody has may be there from now on. `before`: what was held here before an operator said so. */
  accept(before: Quantities, held: Quantities): void {
    for (const symbol of new Set([...before.keys(), ...held.keys()])) {
      const by = (held.get(symbol) ?? 0n) - (before.get(symbol) ?? 0n);
      this.moved.set(symbol, (this.moved.get(symbol) ?? 0n) + by);
    }
    // What is missing is no position that somebody lets be: it goes with the execution whose it was.
    this.accepted = this.madeUp(held);
  }

  /**
   * What open executions have and an operator's word has taken away beneath them, by symbol: below 0 of what is long. It
   * is no more than they have, and what an execution that is over has left the other way is no part of it.
   */
  missing(held: Quantities): ReadonlyMap<string, number> {
    return counting(this.gone(this.beyond(held)), held);
  }

  /** What open executions have that are long in the symbol, or short. */
  private sumOf(symbol: string, long: boolean): bigint {
    let sum = 0n;
    for (const own of this.own.values()) {
      const quantity = own.get(symbol) ?? 0n;
      if (quantity > 0n === long) sum += quantity;
    }
    return sum;
  }

  /** What is held that no open execution has and nobody has accepted, by symbol. */
  unclaimed(held: Quantities): ReadonlyMap<string, number> {
    const left = this.madeUp(held);
    for (const [symbol, quantity] of this.accepted) left.set(symbol, (left.get(symbol) ?? 0n) - quantity);
    return counting(left, held);
  }

  /** What is held beyond open executions' positions, if what is missing of those were there. */
  private madeUp(held: Quantities): Map<string, bigint> {
    const left = this.beyond(held);
    for (const [symbol, quantity] of this.gone(left)) left.set(symbol, (left.get(symbol) ?? 0n) - quantity);
    return left;
  }

  /** As `missing`, and what is made up for is forgotten. */
  private gone(left: Quantities): Quantities {
    for (const [symbol, moved] of this.moved) {
      const gone = nearer(nearer(moved, left.get(symbol) ?? 0n), -this.sumOf(symbol, moved < 0n));
      if (gone === 0n) this.moved.delete(symbol);
      else this.moved.set(symbol, gone);
    }
    return this.moved;
  }

  private beyond(held: Quantities): Map<string, bigint> {
    const left = new Map(held);
    for (const [executionId, own] of this.own)
      if (!this.isOpen(executionId)) this.own.delete(executionId);
      else for (const [symbol, quantity] of own) left.set(symbol, (left.get(symbol) ?? 0n) - quantity);
    return left;
  }
}

function counting(exact: Quantities, held: Quantities): ReadonlyMap<string, number> {
  const rows = [...exact].map(([symbol, quantity]) => [symbol, numberOf(quantity)] as const);
  return new Map(rows.filter(([symbol, quantity]) => counts(quantity, held.get(symbol))));
}

/** More than adding up may leave. */
function counts(quantity: number, held = 0n): boolean {
  return Math.abs(quantity) > ROUNDING * Math.max(1, Math.abs(numberOf(held)));
}

/** Of two on the same side of 0 the nearer one; else 0. */
function nearer(one: bigint, other: bigint): bigint {
  if (one < 0n && other < 0n) return one > other ? one : other;
  return one > 0n && other > 0n ? (one < other ? one : other) : 0n;
}
