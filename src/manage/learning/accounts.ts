// What accounts of executions make of followed trades. An account takes a trade over when it goes from flat to what the
// signal says; from then on its fills count, in as many parts as they come, until it is flat again. Fills of anything else
// change nothing, so a trade is counted by its account or by its signal, and never by both. Pure; one thread.
// Quantities are positive along the side of the trade; money in units of account.
import { costOf, type Opening } from "../../learning/tracker.ts";
import type { Outcome } from "../../learning/outcome.ts";
import type { JsonObject } from "../../store/strategies.ts";

/** Of an execution. */
export interface Fill {
  readonly executionId: string;
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly quantity: number;
  readonly price: number;
  /** Of what it closed, after fees; 0: it opened something. */
  readonly pnl: number;
  readonly fee: number;
  /** Engine clock, microseconds. */
  readonly timestamp: number;
}

/** What an account has done so far on a trade. */
export interface Taking {
  readonly executionId: string;
  readonly held: number;
  readonly closed: number;
  readonly pnl: number;
  readonly fees: number;
}

/** What a fill did to the trade of its strategy on its symbol. */
export type Booked =
  | { readonly kind: "nothing" }
  | { readonly kind: "taken" }
  | { readonly kind: "flat"; readonly net: number; readonly ended: Outcome["ended"]; readonly beyond: number };

const NOTHING: Booked = { kind: "nothing" };
const TAKEN: Booked = { kind: "taken" };
/** Of a position: less than this share of it is none. */
const DUST = 1e-9;

export class Accounts {
  /** By the signal that opened the trade. */
  private readonly takings = new Map<string, Taking>();
  /** By execution and symbol, signed; those that are not flat. */
  private readonly positions = new Map<string, number>();

  of({ id }: Opening): Taking | null {
    return this.takings.get(id) ?? null;
  }
  forget({ id }: Opening): void {
    this.takings.delete(id);
  }

  take(opening: Opening, taking: Taking): void {
    this.takings.set(opening.id, taking);
    this.positions.set(`${taking.executionId} ${opening.name}`, opening.side * taking.held);
  }

  /** `free`: the account states no costs, so those of the opening are taken off. Null: nothing is followed there. */
  book(opening: Opening | null, fill: Fill, free: boolean): Booked {
    const before = this.move(fill);
    if (opening === null) return NOTHING;
    const { executionId, quantity, fee, pnl, price } = fill;
    const along = opening.side * signed(fill);
    const taking = this.takings.get(opening.id);
    if (taking === undefined) {
      if (before !== 0 || pnl !== 0 || !(along > 0)) return NOTHING;
      this.takings.set(opening.id, { executionId, held: quantity, closed: 0, pnl: 0, fees: fee });
      return TAKEN;
    }
    if (taking.executionId !== executionId) return NOTHING;
    const closing = along < 0 ? Math.min(quantity, taking.held) : 0;
    const now = {
      executionId,
      held: along > 0 ? taking.held + along : taking.held - closing,
      closed: taking.closed + closing,
      pnl: taking.pnl + (closing > 0 ? pnl : 0),
      fees: taking.fees + fee,
    };
    this.takings.set(opening.id, now);
    if (now.held > DUST * now.closed) return TAKEN;
    const ended = endedAt(opening, price);
    const costs = free && now.fees === 0 ? costOf(opening, { by: ended, price }) : 0;
    const net = now.pnl / (now.closed * opening.entry) - costs;
    return { kind: "flat", net, ended, beyond: quantity - closing };
  }

  /** What the account held before. */
  private move(fill: Fill): number {
    const key = `${fill.executionId} ${fill.symbol}`;
    const before = this.positions.get(key) ?? 0;
    const after = before + signed(fill);
    if (Math.abs(after) > DUST * fill.quantity) this.positions.set(key, after);
    else this.positions.delete(key);
    return before;
  }
}

function signed({ side, quantity }: Fill): number {
  return side === "BUY" ? quantity : -quantity;
}

function endedAt({ side, target, stop }: Opening, price: number): Outcome["ended"] {
  if (side * price >= side * target) return "target";
  return side * price <= side * stop ? "stop" : "exit";
}

/** Null: it was not taken over. */
export function takingOf(kept: JsonObject): Taking | null {
  const taken = (kept["taken"] ?? {}) as Readonly<Partial<Record<keyof Taking, unknown>>>;
  const { executionId, held, closed, pnl, fees } = taken;
  const numbers = [held, closed, pnl, fees];
  if (typeof executionId !== "string" || numbers.some((one) => typeof one !== "number")) return null;
  return { executionId, held: Number(held), closed: Number(closed), pnl: Number(pnl), fees: Number(fees) };
}
