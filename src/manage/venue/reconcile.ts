// Whether engine and venue say the same: which orders are open, which fills were made, what is held. Pure; who asks the
// venue and what follows from the answer is gateway.ts' business.
import type { VenueOrderState, VenuePosition } from "./port.ts";
import type { Ticket } from "./ticket.ts";

export interface Snapshot {
  readonly open: readonly VenueOrderState[];
  readonly positions: readonly VenuePosition[];
}

export interface Ours {
  readonly positions: ReadonlyMap<string, number>;
  /** Null: not one of ours. */
  readonly ticket: (clientOrderId: string) => Ticket | null;
  /** Foreign orders that may be there. */
  readonly accepted: ReadonlySet<string>;
  readonly unsettled: readonly Ticket[];
}

export interface Comparison {
  /** One sentence each; empty: they agree. */
  readonly disputes: readonly string[];
  /** Open there, not ours and not accepted. */
  readonly foreign: readonly string[];
  /** Open there and over here: they are to be cancelled there. */
  readonly leftOver: readonly { readonly ticket: Ticket; readonly venueOrderId: string }[];
}

/** What adding up decimals may leave, as a share of what is held. */
const ROUNDING = 1e-9;
const SHOWN_MAX = 20;

export function compare({ open, positions }: Snapshot, ours: Ours): Comparison {
  const foreign: string[] = [];
  const leftOver: { ticket: Ticket; venueOrderId: string }[] = [];
  const disputes: string[] = [];
  for (const { clientOrderId, venueOrderId, symbol } of open) {
    const ticket = clientOrderId === null ? null : ours.ticket(clientOrderId);
    if (ticket?.over === true) leftOver.push({ ticket, venueOrderId });
    if (ticket !== null || ours.accepted.has(venueOrderId)) continue;
    foreign.push(venueOrderId);
    disputes.push(`order ${clientOrderId ?? venueOrderId} (${symbol}) is open at the venue and not one of this engine`);
  }
  const listed = new Set(open.map(({ clientOrderId }) => clientOrderId));
  for (const ticket of ours.unsettled) {
    const { clientOrderId, symbol } = ticket.record;
    if (!ticket.over && ticket.record.acknowledged && !listed.has(clientOrderId))
      disputes.push(`order ${clientOrderId} (${symbol}) is open here and not at the venue`);
    if (ticket.owed > 0)
      disputes.push(`order ${clientOrderId} (${symbol}): fills of ${ticket.owed} are missing that the venue speaks of`);
  }
  const theirs = new Map<string, number>();
  for (const { symbol, quantity } of positions) theirs.set(symbol, (theirs.get(symbol) ?? 0) + quantity);
  for (const symbol of [...new Set([...ours.positions.keys(), ...theirs.keys()])].toSorted()) {
    const [here, there] = [ours.positions.get(symbol) ?? 0, theirs.get(symbol) ?? 0];
    if (!same(here, there)) disputes.push(`position in ${symbol}: ${here} here, ${there} at the venue`);
  }
  return { disputes: disputes.slice(0, SHOWN_MAX), foreign, leftOver };
}

/** False for what is no number. */
function same(here: number, there: number): boolean {
  return Math.abs(here - there) <= ROUNDING * Math.max(1, Math.abs(here), Math.abs(there));
}
