// A venue that answers what a test has laid ready, and keeps what it was asked to do.
import type { LiveVenue, VenueOrderState, VenueUpdate } from "../../../src/manage/venue/venue.ts";

type Placed = Awaited<ReturnType<LiveVenue["place"]>>;
type Sent = Parameters<LiveVenue["place"]>[0];

export class ScriptedVenue implements LiveVenue {
  readonly name = "test";
  connected = true;
  readonly placed: string[] = [];
  /** As they came, in the same order. */
  readonly sent: Sent[] = [];
  readonly cancelled: string[] = [];
  readonly orders = new Map<string, VenueOrderState>();
  readonly held = new Map<string, number>();
  beforePositions: () => Promise<void> = () => Promise.resolve();
  private listener: (update: VenueUpdate) => void = () => undefined;

  start(): Promise<void> {
    return Promise.resolve();
  }
  place(order: Sent, stays: () => string | null): Promise<Placed> {
    const why = stays();
    if (why !== null) return Promise.resolve({ kind: "withheld", reason: why });
    this.placed.push(order.clientOrderId);
    this.sent.push(order);
    return Promise.resolve({ kind: "sent" });
  }
  cancel({ clientOrderId }: Sent): Promise<void> {
    this.cancelled.push(clientOrderId);
    return Promise.resolve();
  }
  find({ clientOrderId }: Sent): Promise<VenueOrderState | null> {
    return Promise.resolve(this.orders.get(clientOrderId) ?? null);
  }
  open(): Promise<readonly VenueOrderState[]> {
    return Promise.resolve([...this.orders.values()].filter(({ state }) => /new|working|partially/.test(state)));
  }
  async positions() {
    await this.beforePositions();
    return [...this.held].map(([symbol, quantity]) => ({ symbol, quantity }));
  }
  spot(): readonly string[] {
    return [];
  }
  onUpdate(listener: (update: VenueUpdate) => void): void {
    this.listener = listener;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  tell(update: VenueUpdate): void {
    this.listener(update);
  }
  fill(clientOrderId: string, fillId: string, quantity: number): void {
    this.tell({ kind: "fill", clientOrderId, fill: { fillId, quantity, price: 100, fee: 0, time: 5 } });
  }
  link(connected: boolean): void {
    this.connected = connected;
    this.tell({ kind: "link", connected, reason: connected ? null : "gone" });
  }
  /** From now on it knows this order as open. */
  knows(clientOrderId: string, more: Partial<VenueOrderState> = {}): void {
    const state = { clientOrderId, venueOrderId: `x-${clientOrderId}`, symbol: "BTCUSD", state: "working" as const };
    this.orders.set(clientOrderId, { ...state, filled: 0, fills: [], reason: null, ...more });
  }
}
