// Live trading as the rest of the engine sees it: off, or a gateway whose disputes are alerts and entries of the audit
// trail. Main thread.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { VenueFillRecord, VenueOrderRecord } from "../../store/venue.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Alerts, Audit } from "../oversight/oversight.ts";
import { Gateway, type GatewayState, type OrderToPlace } from "./gateway.ts";
import type { LiveVenue } from "./port.ts";

export interface VenueDeskOptions {
  /** Null: everything stays on paper. */
  readonly venue: LiveVenue | null;
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly audit: Audit;
  readonly alerts: Alerts;
}

export interface VenueState {
  readonly state: GatewayState | "off";
  readonly venue: string | null;
  /** Why no order leaves; null when orders may. */
  readonly reason: string | null;
  readonly disputes: readonly string[];
  readonly openOrders: number;
  /** Microseconds; null: never yet. */
  readonly reconciledAt: number | null;
  readonly ignoredUpdates: number;
}

type OnOrder = (order: VenueOrderRecord, fill: VenueFillRecord | null) => void;

const OFF = "live trading is off: LIVE_TRADING=true and VENUE are not set, so everything stays on paper";

export class VenueDesk {
  private readonly options: VenueDeskOptions;
  private readonly gateway: Gateway | null;
  private heard: OnOrder = () => undefined;
  private isOpen: (executionId: string) => boolean = () => false;

  constructor(options: VenueDeskOptions) {
    const { venue, store, now, log } = options;
    this.options = options;
    const told = {
      onOrder: (order: VenueOrderRecord, fill: VenueFillRecord | null) => this.heard(order, fill),
      isOpen: (executionId: string) => this.isOpen(executionId),
      onDispute: (reason: string) => this.disputed(reason),
      onAgreed: () => this.agreed(),
      onUnheeded: (reason: string) => this.unheeded(reason),
      onUnstorable: (reason: string) => this.unstorable(reason),
    };
    this.gateway = venue === null ? null : new Gateway({ venue, store, now, log, ...told });
  }

  async load(): Promise<void> {
    const { venue, log } = this.options;
    if (venue === null) log.info("live trading is off: all orders stay on paper");
    else log.warn("LIVE TRADING IS ON: orders of live executions leave for a real venue", { venue: venue.name });
    await this.gateway?.start();
    // Nothing that this process decides stands behind what an earlier one has left there.
    this.gateway?.cancelAll();
  }

  /** Who hears of every order that changed, and of each fill once, when it is durable; and which executions go on. */
  onOrder(listener: OnOrder, isOpen: (executionId: string) => boolean): void {
    this.heard = listener;
    this.isOpen = isOpen;
  }

  status(): VenueState {
    if (this.gateway === null)
      return {
        state: "off",
        venue: null,
        reason: OFF,
        disputes: [],
        openOrders: 0,
        reconciledAt: null,
        ignoredUpdates: 0,
      };
    const { venue, state, reason, disputes, openOrders, reconciledAt, ignored } = this.gateway.status();
    return { state, venue, reason, disputes, openOrders, reconciledAt, ignoredUpdates: ignored };
  }

  /** Why no order may leave; null when it may. */
  refusal(): string | null {
    return this.gateway === null ? OFF : this.gateway.refusal();
  }

  /** Those of the symbols (null: of all) that are known to be a spot market there. */
  spot(symbols: readonly string[] | null): readonly string[] {
    return this.gateway?.spot(symbols) ?? [];
  }

  /** What the venue holds in those symbols (null: in any) that no open execution has and nobody has accepted. */
  unclaimed(symbols: readonly string[] | null): readonly (readonly [symbol: string, quantity: number])[] {
    const all = [...(this.gateway?.unclaimed ?? [])].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return all.filter(([symbol]) => symbols === null || symbols.includes(symbol));
  }

  place(order: OrderToPlace): Promise<Result<null, string>> {
    return this.gateway === null ? Promise.resolve(failed(OFF)) : this.gateway.place(order);
  }
  cancel(clientOrderId: string): boolean {
    return this.gateway?.cancel(clientOrderId) ?? false;
  }
  cancelAll(which: { readonly executionId?: string; readonly entries?: boolean } = {}): number {
    return this.gateway?.cancelAll(which) ?? 0;
  }

  /** The emergency stop: nothing leaves, everything open is cancelled. How many orders. */
  halt(): number {
    return this.gateway?.halt() ?? 0;
  }
  release(): void {
    this.gateway?.release();
  }

  /** Compares once more; `accept`: takes the venue's word first, with who said so in the audit trail. */
  async reconcile(actor: string, accept: boolean): Promise<Result<VenueState, Failure>> {
    const { gateway } = this;
    if (gateway === null) return failed({ code: "conflict", issue: OFF });
    if (!accept) {
      await gateway.reconcile();
      return ok(this.status());
    }
    const { venue, disputes } = gateway.status();
    let refused: Failure | null = null;
    const fault = await gateway
      .acceptVenue(actor, async (statements, positions) => {
        const to = { accepted: "venue", positions };
        const change = { actor, action: "venue.accept", target: venue, from: { disputes }, to };
        const stored = await this.options.audit.record(change, statements);
        if (!stored.ok) refused = stored.failure;
        return stored.ok;
      })
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (refused !== null) return failed(refused);
    for (const missing of gateway.missing)
      this.options.alerts.raise({ level: "critical", type: "risk", message: missing });
    if (fault !== null && gateway.status().disputes.length === 0 && gateway.status().state !== "halted")
      return failed({ code: "conflict", issue: fault });
    return ok(this.status());
  }

  async close(): Promise<void> {
    await this.gateway?.close();
  }

  private disputed(reason: string): void {
    const { alerts, audit } = this.options;
    const { venue } = this.status();
    alerts.raise({
      level: "critical",
      type: "risk",
      message: `no order leaves for ${venue ?? "the venue"}: ${reason}`,
      state: "venue",
    });
    const change = { action: "venue.dispute", target: venue ?? "venue", from: null, to: { reason } };
    void audit.note({ actor: "engine", ...change });
  }

  private unheeded(reason: string): void {
    const message = `${this.status().venue ?? "the venue"}: ${reason}`;
    this.options.alerts.raise({ level: "critical", type: "risk", message });
  }

  private unstorable(reason: string): void {
    const message = `no order leaves for ${this.status().venue ?? "the venue"} until the engine starts again: ${reason}`;
    this.options.alerts.raise({ level: "critical", type: "risk", message });
  }

  private agreed(): void {
    const { alerts, audit } = this.options;
    const target = this.status().venue ?? "venue";
    alerts.raise({ level: "info", type: "risk", message: `engine and venue ${target} agree again`, state: "venue" });
    void audit.note({ actor: "engine", action: "venue.agreed", target, from: null, to: null });
  }
}
