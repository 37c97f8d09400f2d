// Between the engine's orders and a real venue. An order is stored, then sent, and then followed until it is over and
// every fill of it is booked; one of which nothing is known is asked for by its id before anything else is done about it.
// While engine and venue do not agree about orders, fills and positions nothing new is sent (`dispute`); the same holds
// while the venue is away, while they are compared at the start, and after the emergency stop. Cancelling is always
// possible. Main thread; nothing here waits for the market.
//
//   connecting -> reconciling -> ready <-> away        dispute: until they agree, or an operator accepts the venue's word
import { failed, ok, type Result } from "../../domain/result.ts";
import type { VenueFillRecord, VenueOrderRecord } from "../../store/venue.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import { Acceptance, type RecordDecision } from "./acceptance.ts";
import { Outbox } from "./outbox.ts";
import { Pursuit } from "./pursuit.ts";
import { missingText, ownPart, shortFault } from "./ownership.ts";
import type { LiveVenue, VenueOrder, VenueOrderState, VenueUpdate } from "./port.ts";
import { type Comparison, compare, type Ours } from "./reconcile.ts";
import { type Applied, type OrderEnd, type Ticket, UNSENT } from "./ticket.ts";

export type GatewayState = "connecting" | "reconciling" | "ready" | "away" | "dispute" | "halted";

export interface OrderToPlace extends VenueOrder {
  readonly executionId: string;
  readonly strategyId: string;
  /** Last price when it was decided. */
  readonly mark: number;
}

export interface GatewayStatus {
  readonly venue: string;
  readonly state: GatewayState;
  /** Why nothing new is sent; null when it is. */
  readonly reason: string | null;
  readonly disputes: readonly string[];
  readonly openOrders: number;
  readonly reconciledAt: number | null;
  /** Updates that were of no order of ours, or could not be read. */
  readonly ignored: number;
}

export interface GatewayListener {
  readonly onOrder?: (order: VenueOrderRecord, fill: VenueFillRecord | null) => void;
  /** Engine and venue disagree from now on, for one more reason. */
  readonly onDispute?: (reason: string) => void;
  readonly onAgreed?: () => void;
  /** An order goes on though it was cancelled again and again. */
  readonly onUnheeded?: (reason: string) => void;
  /** Whether an execution goes on; without it all do. */
  readonly isOpen?: (executionId: string) => boolean;
  /** What the venue tells of an order can never be stored: nothing is sent until the engine starts again. */
  readonly onUnstorable?: (reason: string) => void;
}

export interface GatewayOptions extends GatewayListener {
  readonly venue: LiveVenue;
  readonly store: Store;
  readonly log: Log;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  /** How long the venue may say nothing about an order before it is asked; default 2 s. */
  readonly patienceMs?: number;
  /** Time between two comparisons; default 30 s. */
  readonly compareMs?: number;
}

const PATIENCE_MS = 2_000;
const COMPARE_MS = 30_000;
/** A difference counts when it has not gone away so many comparisons later: fills may be under way. */
const LOOKS = 4;
const LOOK_MS = 250;
/** Looks however much goes on: as long as an order may take of which nothing is known, twice the patience and a bit. */
const LOOKS_MIN = 8;
const DISPUTES_MAX = 20;

export class Gateway {
  private readonly options: GatewayOptions;
  private readonly venue: LiveVenue;
  private readonly outbox: Outbox;
  private readonly pursuit: Pursuit;
  private readonly acceptance: Acceptance;
  private readonly disputes = new Set<string>();
  private reconciled = false;
  private reconciledAt: number | null = null;
  private halted = false;
  private closed = false;
  private ignored = 0;
  /** Times that what was seen before counts no more: the connection came or went, or the emergency stop was lifted. */
  private turns = 0;
  private awayReason: string | null = null;
  private timer: NodeJS.Timeout | null = null;
  private comparing: Promise<string | null> | null = null;

  constructor(options: GatewayOptions) {
    const { venue, store, log, patienceMs = PATIENCE_MS } = options;
    this.options = options;
    this.venue = venue;
    this.outbox = new Outbox({
      store,
      log,
      venue: venue.name,
      isOpen: (executionId) => options.isOpen?.(executionId) ?? true,
      onBooked: (order, fill) => options.onOrder?.(order, fill),
      onUnstorable: (reason) => options.onUnstorable?.(reason),
    });
    this.pursuit = new Pursuit({
      venue,
      outbox: this.outbox,
      now: options.now,
      patienceMs,
      adopt: (ticket, state) => this.adopt(ticket, state),
      changed: (ticket, applied) => this.changed(ticket, applied),
      dispute: (reason) => this.dispute(reason),
      unheeded: (reason) => options.onUnheeded?.(reason),
      refusal: () => this.refusal(),
    });
    const { outbox, pursuit, looksMax } = this;
    const ours = (): Ours => this.ours();
    this.acceptance = new Acceptance({ venue, outbox, pursuit, now: options.now, ours, looksMax, pause });
    venue.onUpdate((update) => this.heard(update));
  }

  /** What is not settled in the store is asked for at the venue, as soon as that is there. */
  async start(): Promise<void> {
    await this.outbox.load();
    this.pursuit.remember(this.outbox.unsettled());
    await this.venue.start(await this.outbox.named());
    this.timer = setInterval(() => void this.reconcile(), this.options.compareMs ?? COMPARE_MS).unref();
    if (this.venue.connected) void this.reconcile();
  }

  status(): GatewayStatus {
    const { outbox, reconciledAt, ignored } = this;
    return {
      venue: this.venue.name,
      state: this.state,
      reason: this.refusal(),
      disputes: [...this.disputes],
      openOrders: outbox.open().length,
      reconciledAt,
      ignored,
    };
  }

  /** Why no order may be sent now; null when it may. */
  refusal(): string | null {
    const { name } = this.venue;
    switch (this.state) {
      case "ready":
        if (this.acceptance.runs) return "an operator's decision about the venue is being stored";
        return this.outbox.trouble === null ? null : `what the venue tells cannot be stored: ${this.outbox.trouble}`;
      case "halted":
        return "the emergency stop is latched";
      case "dispute":
        return `engine and venue ${name} disagree: ${[...this.disputes][0] ?? ""}; POST /venue/reconcile settles it`;
      case "away":
        return `the venue ${name} is away: ${this.awayReason ?? "no connection"}`;
      default:
        return `orders and positions are still being compared with the venue ${name}`;
    }
  }

  /** Ok: it is stored and will reach the venue, or end with a reason. Placing it once more changes nothing. */
  async place({ executionId, strategyId, mark, ...order }: OrderToPlace): Promise<Result<null, string>> {
    const asked = { executionId, ...order };
    const refusal = this.refusal() ?? shortFault(this.outbox, this.venue, asked);
    if (refusal !== null) return failed(refusal);
    const { symbol } = order;
    const quantity = ownPart(this.outbox, asked);
    if (quantity === 0) return failed(missingText(symbol, this.outbox.missing.get(symbol) ?? 0));
    const now = this.options.now();
    const stored = await this.outbox.insert({
      ...order,
      quantity,
      ...UNSENT,
      venue: this.venue.name,
      executionId,
      strategyId,
      mark,
      createdAt: now,
      updatedAt: now,
    });
    if (!stored.ok) return stored;
    await this.pursuit.send(stored.value);
    return ok(null);
  }

  /** Signed, by symbol: held at the venue, by no open execution and by nobody's word. */
  get unclaimed(): ReadonlyMap<string, number> {
    return this.outbox.unclaimed;
  }
  /** What open executions have and somebody has closed there: one sentence for each symbol. */
  get missing(): readonly string[] {
    return [...this.outbox.missing].map(([symbol, quantity]) => missingText(symbol, quantity));
  }
  /** As LiveVenue.spot. */
  spot(symbols: readonly string[] | null): readonly string[] {
    return this.venue.spot(symbols);
  }

  cancel(clientOrderId: string): boolean {
    const ticket = this.outbox.get(clientOrderId);
    if (ticket === null || ticket.over) return false;
    this.pursuit.cancel(ticket);
    return true;
  }

  /** Those of one execution, or all; `entries`: only what may open or enlarge a position. How many. */
  cancelAll({ executionId, entries = false }: { executionId?: string; entries?: boolean } = {}): number {
    const some = this.outbox
      .open()
      .filter(({ record }) => executionId === undefined || record.executionId === executionId)
      .filter(({ record }) => !entries || !record.reduceOnly);
    for (const ticket of some) this.pursuit.cancel(ticket);
    return some.length;
  }

  /** Nothing leaves any more and everything that is open is cancelled, at once. */
  halt(): number {
    this.halted = true;
    return this.cancelAll();
  }
  /** Orders leave once engine and venue were compared again: meanwhile people may have traded there. */
  release(): void {
    if (!this.halted) return;
    this.halted = false;
    this.reconciled = false;
    this.turns++;
    void this.reconcile();
  }

  /** Compares once more; null when they agree, else why not. One comparison at a time. */
  reconcile(): Promise<string | null> {
    this.comparing ??= this.compareAll().finally(() => (this.comparing = null));
    return this.comparing;
  }

  /**
   * Takes the venue's word: its positions, its fills and the foreign orders that are open there. `record` stores it with
   * who said so. What executions hold is not changed by that.
   */
  async acceptVenue(actor: string, record: RecordDecision): Promise<string | null> {
    while (this.comparing !== null) await this.comparing;
    if (this.acceptance.runs) return "another decision about it is being stored";
    const known = new Set(this.disputes);
    const fault = await this.acceptance.run(actor, record, () => {
      for (const reason of known) this.disputes.delete(reason);
      this.pursuit.waive();
    });
    return fault ?? this.reconcile();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.pursuit.close();
    await this.venue.close();
    await this.comparing;
    await this.outbox.close();
  }

  private get state(): GatewayState {
    if (this.halted) return "halted";
    if (this.disputes.size > 0) return "dispute";
    if (!this.venue.connected) return this.reconciledAt === null ? "connecting" : "away";
    if (!this.reconciled) return "reconciling";
    return "ready";
  }

  private heard(update: VenueUpdate): void {
    if (update.kind === "link") {
      this.linked(update.connected, update.reason);
      return;
    }
    if (this.acceptance.holds(() => this.heard(update))) return;
    if (update.kind === "unreadable") this.options.log.warn("an update of the venue cannot be read", { ...update });
    const { clientOrderId } = update;
    const ticket = clientOrderId === null ? null : this.outbox.get(clientOrderId);
    if (ticket === null) void this.late(update);
    else this.take(ticket, update);
  }

  private take(ticket: Ticket, update: VenueUpdate): void {
    if (update.kind === "unreadable") this.pursuit.ask(ticket);
    else if (ticket.endsUntold(update)) {
      this.changed(ticket, ticket.named(update, this.options.now()));
      this.pursuit.confirm(ticket, update);
    } else this.changed(ticket, ticket.apply(update, this.options.now()));
  }

  /** Of an order that is not in memory. */
  private async late(update: Exclude<VenueUpdate, { kind: "link" }>): Promise<void> {
    const { clientOrderId } = update;
    this.acceptance.underWay++;
    const ticket = clientOrderId === null ? null : await this.outbox.find(clientOrderId).catch(() => null);
    this.acceptance.underWay--;
    if (ticket === null) this.ignored++;
    else this.take(ticket, update);
  }

  private linked(connected: boolean, reason: string | null): void {
    this.turns++;
    if (!connected) this.pursuit.outlived();
    this.reconciled = false;
    this.awayReason = connected ? null : reason;
    this.options.log.info(connected ? "venue connected" : "venue away", { venue: this.venue.name, reason });
    if (connected) void this.reconcile();
  }

  private adopt(ticket: Ticket, state: VenueOrderState | OrderEnd): void {
    if (this.acceptance.holds(() => this.adopt(ticket, state))) return;
    const now = this.options.now();
    for (const applied of "fills" in state ? ticket.adopt(state, now) : [ticket.apply(state, now)])
      this.changed(ticket, applied);
  }

  private changed(ticket: Ticket, { changed, fill, dispute }: Applied): void {
    if (dispute !== null) this.dispute(dispute);
    if (!changed) return;
    this.pursuit.changes++;
    if (fill !== null) this.acceptance.fills++;
    this.outbox.keep(ticket, fill);
  }

  private dispute(reason: string): void {
    if (this.disputes.has(reason) || this.disputes.size >= DISPUTES_MAX) return;
    this.disputes.add(reason);
    this.options.log.error("engine and venue disagree", { venue: this.venue.name, reason });
    this.options.onDispute?.(reason);
  }

  private async compareAll(): Promise<string | null> {
    if (this.closed || !this.venue.connected) return this.refusal();
    const { turns } = this;
    const known = new Set(this.disputes);
    try {
      const found = [...(await this.look()).disputes, ...this.pursuit.holds];
      // Who waits for the comparison may count on what it has found to be stored and told.
      await this.outbox.stored();
      if (turns !== this.turns) return await this.compareAll();
      this.reconciledAt = this.options.now();
      const had = this.disputes.size > 0;
      // What came into dispute while they were compared is not answered by this comparison.
      if (found.length === 0) for (const reason of known) this.disputes.delete(reason);
      for (const reason of found) this.dispute(reason);
      if (had && this.disputes.size === 0) this.options.onAgreed?.();
      if (!this.reconciled && found.length === 0)
        this.options.log.info("engine and venue agree", {
          venue: this.venue.name,
          positions: this.outbox.positions.size,
        });
      this.reconciled = true;
    } catch (error) {
      // The venue went away meanwhile, or answers nothing: it is compared again at the next turn.
      this.reconciled = false;
      this.awayReason = error instanceof Error ? error.message : String(error);
    }
    return this.refusal();
  }

  /** A difference that is gone at the next look was a fill under way. */
  private async look(): Promise<Comparison> {
    for (let look = 1, awaited = 0; ; look++) {
      const open = await this.venue.open();
      await this.pursuit.askFor(open);
      const before = this.pursuit.changes;
      const positions = await this.venue.positions();
      const found = compare({ open, positions }, this.ours());
      for (const { ticket, venueOrderId } of found.leftOver) await this.pursuit.withdraw(ticket, venueOrderId);
      const unsure = this.pursuit.unsure("old");
      if (found.leftOver.length === 0 && found.disputes.length === 0 && unsure.length === 0) return found;
      const quiet = look >= LOOKS && before === this.pursuit.changes;
      if (this.closed || (unsure.length === 0 && quiet)) return found;
      if (this.pursuit.awaits(unsure)) awaited = look;
      if (look - awaited >= this.looksMax) {
        const unknown = unsure.map(({ record }) => `order ${record.clientOrderId}: what became of it is not known`);
        return { ...found, disputes: [...found.disputes, ...unknown].slice(0, DISPUTES_MAX) };
      }
      await pause();
    }
  }

  private get looksMax(): number {
    const { patienceMs = PATIENCE_MS } = this.options;
    return Math.max(LOOKS_MIN, Math.ceil((2 * patienceMs + 1_000) / LOOK_MS));
  }

  private ours(): Ours {
    const { positions, accepted } = this.outbox;
    return { positions, accepted, ticket: (id: string) => this.outbox.get(id), unsettled: this.outbox.unsettled() };
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS).unref());
}
