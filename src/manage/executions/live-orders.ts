// Orders of live executions between their threads and the real venue. A thread decides and sends errands with its news;
// what the venue tells goes back as letters, each fill once and only when it is durable, the end of an order only when all
// of its fills have been told. An execution that is over is told nothing: a fill that comes for it is a position that no
// strategy watches, and somebody has to know. So is what the venue leaves of an exit that it calls filled: whether that is
// less than it trades at all, or more, is known to the venue alone. Main thread.
import type { VenueDesk } from "../venue/venue.ts";
import { rolePolicy, type RemoteNews, SETTLED_BY_OPERATOR } from "../../simulation/simulation.ts";
import type { VenueFillRecord, VenueOrderRecord } from "../../store/venue.ts";
import { orderIdOf } from "../orders/orders.ts";
import type { Entry } from "./entry.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Errand, Shares } from "./messages.ts";
import type { Pool } from "./pool.ts";
import type { Roll } from "./roll.ts";
import { isLive } from "./start.ts";
import { symbolsIn } from "./symbols.ts";
import { termsFor } from "./terms.ts";

export interface LiveOrdersParts {
  /** Null: every execution trades on paper. */
  readonly venue: VenueDesk | null;
  readonly pool: Pool;
  readonly roll: Roll;
  /** A fill that no execution takes, or a rest that none leaves. */
  readonly onStray: (strategyId: string, message: string) => void;
}

export const ON_PAPER: Pick<LiveOrdersParts, "venue" | "onStray"> = { venue: null, onStray: () => undefined };
const NUMBER_DIGITS = 8;
const SHOWN_MAX = 5;
/** What adding up parts may leave, as a share. */
const ROUNDING = 1e-9;
const CUT = "the venue holds less of the position";
const OVER: ReadonlySet<string> = new Set(["filled", "cancelled", "rejected", "expired"]);

export class LiveOrders {
  private readonly parts: LiveOrdersParts;
  /** By order that only leaves a position and is not over: how much of it the thread wants to leave. */
  private readonly leaving = new Map<string, number>();

  constructor(parts: LiveOrdersParts) {
    this.parts = parts;
    parts.venue?.onOrder(
      (order, fill) => this.told(order, fill),
      (executionId) => parts.roll.entry(executionId)?.active === true,
    );
  }

  /** Why the strategy may not trade at a real venue now; null when it may. */
  fault({ implementation, parameters }: Strategy, config: JsonObject, shares: Shares | null): string | null {
    const refusal = this.parts.venue === null ? "there is no venue" : this.parts.venue.refusal();
    if (refusal !== null) return refusal;
    if (shares !== null)
      return "its versions share its symbols, which is for paper only; give all weight to one of them";
    for (const [place, given] of [
      ["execution_config", config],
      ["parameters", parameters],
    ] as const)
      if (given["execution"] !== undefined)
        return `${place}.execution asks for orders in parts, which are for paper only; leave it out`;
    const left = this.leftFault(symbolsIn(config, parameters));
    if (left !== null) return left;
    const { role } = rolePolicy(implementation ?? "");
    if (role === "quotes") return `${implementation} is a market maker, and those trade on paper only`;
    const { allowShort } = termsFor({ parameters, riskLimits: {}, executionConfig: config }).policy;
    if (role !== "group" && allowShort !== true) return null;
    return this.spotFault(symbolsIn(config, parameters), role === "group" ? implementation : null);
  }

  /** It would trade beside what an execution that is over has left there. */
  private leftFault(symbols: readonly string[] | null): string | null {
    const left = this.parts.venue?.unclaimed(symbols) ?? [];
    if (left.length === 0) return null;
    const held = left.slice(0, SHOWN_MAX).map(([symbol, quantity]) => `${quantity} ${symbol}`);
    return (
      `the venue holds ${held.join(", ")} that no open execution has, and a new one would trade beside it: close it ` +
      'there, or let it be; either way POST /venue/reconcile with {"accept": "venue"} then takes it as it is'
    );
  }

  /** Of one that sells short. `group`: which sells some of its legs, whatever its parameters say. */
  private spotFault(symbols: readonly string[] | null, group: string | null): string | null {
    const spot = this.parts.venue?.spot(symbols) ?? [];
    if (spot.length === 0) return null;
    const found = `${spot.slice(0, SHOWN_MAX).join(", ")} can only be bought and sold again at the venue (spot)`;
    return group === null
      ? `${found}, and parameters.allow_short asks for short positions; leave it out, or name symbols that have contracts there`
      : `${found}, and ${group} sells legs short; name symbols that have contracts there`;
  }

  run({ key, record, active }: Entry, errands: readonly Errand[]): void {
    const { executionId, strategyId } = record;
    for (const errand of errands) {
      const clientOrderId = orderIdOf(executionId, errand.number);
      if (errand.kind === "cancel") this.parts.venue?.cancel(clientOrderId);
      else if (!active) this.refuse(key, errand.number, "the execution is over");
      else {
        const order = { ...errand.order, clientOrderId, executionId, strategyId, stop: null, mark: errand.mark };
        if (order.reduceOnly) this.leaving.set(clientOrderId, order.quantity);
        void this.parts.venue?.place(order).then((placed) => {
          if (placed.ok) return;
          this.leaving.delete(clientOrderId);
          this.refuse(key, errand.number, placed.failure);
        });
      }
    }
  }

  /** It trades no more: what is open at the venue is cancelled. `entries`: only what would open positions. */
  withdraw({ record }: Entry, entries = false): void {
    if (isLive(record)) this.parts.venue?.cancelAll({ executionId: record.executionId, entries });
  }

  private refuse(key: number, number: number, reason: string): void {
    this.tell(key, number, { kind: "state", state: "rejected", reason });
  }

  private told(order: VenueOrderRecord, fill: VenueFillRecord | null): void {
    const { executionId, strategyId, clientOrderId, symbol, state, settled, acknowledged: reached } = order;
    const cut = this.wasCut(order);
    const reason = cut ? CUT : order.reason;
    const rest = !cut && this.leaving.has(clientOrderId) ? restOf(order) : 0;
    if (settled) this.leaving.delete(clientOrderId);
    const entry = this.parts.roll.entry(executionId);
    const number = Number(clientOrderId.slice(-NUMBER_DIGITS));
    if (entry?.active !== true) {
      if (fill === null) return;
      const what = `${fill.side} ${fill.quantity} ${symbol} at ${fill.price}`;
      this.parts.onStray(strategyId, `order ${clientOrderId} of an execution that is over was filled: ${what}`);
      return;
    }
    if (fill !== null) {
      const { quantity, price, fee, timestamp: time } = fill;
      this.tell(entry.key, number, { kind: "fill", fill: { quantity, price, fee, time } });
    }
    if (!settled && OVER.has(state)) return;
    if (rest > 0) this.parts.onStray(strategyId, restText(order, rest));
    this.tell(entry.key, number, { kind: "state", state: cut ? "cancelled" : state, reason, reached });
  }

  /** All of it is filled, and less than the thread wanted was sent: there was no more that is the execution's for certain. */
  private wasCut({ clientOrderId, state, reason, quantity }: VenueOrderRecord): boolean {
    const wanted = this.leaving.get(clientOrderId) ?? 0;
    return state === "filled" && reason !== SETTLED_BY_OPERATOR && wanted - quantity > ROUNDING * wanted;
  }

  private tell(key: number, number: number, news: RemoteNews): void {
    this.parts.pool.send(key, { kind: "venue", number, news });
  }
}

/** Of an order that the venue calls filled. */
function restOf({ state, settled, reason, quantity, claimed }: VenueOrderRecord): number {
  const rest = settled && state === "filled" && reason !== SETTLED_BY_OPERATOR ? quantity - claimed : 0;
  return rest > ROUNDING * quantity ? rest : 0;
}

function restText(
  { executionId, clientOrderId, symbol, side, quantity, claimed }: VenueOrderRecord,
  rest: number,
): string {
  return (
    `the venue calls order ${clientOrderId} (${side} ${quantity} ${symbol}) filled with ${claimed}: ` +
    `nothing more is sent for the ${rest} that execution ${executionId} still has`
  );
}
