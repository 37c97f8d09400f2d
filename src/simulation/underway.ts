// What the traders of one account have on its way, by symbol: an entry and an exit of directions, a leg of a group, and
// entries that were taken back and may still be filled. Traders of one account share it, so that two of them never open
// the same position twice. What is over is forgotten when it is looked at; an exit that a real venue refused goes on, and
// so does what leaves the position of an entry that was to turn it, or what one was filled of after it was taken back.
import { isOver } from "./order-states.ts";
import type { Order } from "./order.ts";
import { WorkingOrder } from "./working-order.ts";

/** What adding up parts may leave, as a share. */
const ROUNDING = 1e-9;

export interface Pending {
  entry: Order | null;
  exit: Order | null;
  leg: Order | null;
  /** Taken back, and not over. */
  leavingBuy: Order | null;
  leavingSell: Order | null;
  /** Leaves what one of those was filled of too late. */
  late: Order | null;
}

export class Underway {
  private readonly pending = new Map<number, Pending>();

  of(symbol: number): Pending {
    let known = this.pending.get(symbol);
    if (known === undefined) {
      known = { entry: null, exit: null, leg: null, leavingBuy: null, leavingSell: null, late: null };
      this.pending.set(symbol, known);
    }
    known.late = staying(known.late) ?? staying(latePart(known.leavingBuy)) ?? staying(latePart(known.leavingSell));
    known.exit = unlessOver(goingOn(known.exit)) ?? leavingPart(known.entry) ?? known.late;
    known.entry = unlessOver(known.entry);
    known.leg = unlessOver(goingOn(known.leg));
    known.leavingBuy = unlessOver(known.leavingBuy);
    known.leavingSell = unlessOver(known.leavingSell);
    return known;
  }
}

/** It was taken back: where that takes a while it may be filled until then. */
export function letGo(pending: Pending, what: "entry" | "leg"): void {
  const order = unlessOver(pending[what]);
  pending[what] = null;
  if (order === null) return;
  if (order.side === "buy") pending.leavingBuy = order;
  else pending.leavingSell = order;
}

/** Whether exits on their way, and the leg of a group if that counts, leave all that is held. Several may be one order by now. */
export function leavesAll({ exit, late }: Pending, held: number, leg: Order | null = null): boolean {
  let leaves = 0;
  for (const order of new Set([exit, late, leg])) leaves += leavesOf(order, held);
  return leaves >= Math.abs(held) * (1 - ROUNDING);
}

function leavesOf(order: Order | null, held: number): number {
  const stays = staying(order);
  if (stays === null || !stays.reduceOnly || (stays.side === "buy") === held > 0) return 0;
  return stays.quantity - stays.filled;
}

/** Why nothing may be opened in this direction now, whatever limits say; null: it may. */
export function pendingFault(pending: Pending, sign: number): string | null {
  if (pending.leg !== null) return "the leg of a group is on its way in this symbol";
  const leaving = sign > 0 ? pending.leavingBuy : pending.leavingSell;
  return leaving === null ? null : "the entry before was taken back and may still be filled";
}

/** Whether this is the exit of an order that a real venue refused, rather than one that was just decided. */
export function goesOn({ before }: Order): boolean {
  return before !== null;
}

/** Whether a newer decision may keep the position: nothing is at a real venue, and what was to leave it waits. */
export function mayKeep({ entry, exit, leg, leavingBuy, leavingSell }: Pending): boolean {
  if ((entry ?? leavingBuy ?? leavingSell) !== null) return false;
  return [exit, leg].every((order) => order === null || (order instanceof WorkingOrder && !order.sent));
}

/** As it was sent last. */
function goingOn(order: Order | null): Order | null {
  let newest = order;
  while (newest instanceof WorkingOrder && newest.heir !== null) newest = newest.heir;
  return newest;
}

function leavingPart(entry: Order | null): Order | null {
  return unlessOver(latePart(entry));
}

function latePart(entry: Order | null): Order | null {
  const newest = goingOn(entry);
  return newest === entry ? null : newest;
}

/** One that was taken back itself is no exit any more, for it may end without having left anything. */
function staying(order: Order | null): Order | null {
  const newest = unlessOver(goingOn(order));
  return newest instanceof WorkingOrder && newest.ending ? null : newest;
}

function unlessOver(order: Order | null): Order | null {
  return order === null || isOver(order.state) ? null : order;
}
