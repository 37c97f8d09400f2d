// An execution that leaves its position at an exchange behind ccxt, beside an opposite position of another one, so that what
// is sent too much is sold: orders are filled in parts, taken back too late and ended by the exchange; answers are lost, and
// for a while do not say how much was filled, or that an order is over, or know it no more; trades come later, and the
// engine starts again anywhere. No order is over before all that was filled of it is booked, none is there twice, no more
// is sold than there was, and what the exchange never says is held and disputed until an operator has decided. Some
// exchanges list no order but those that were filled: what became of one that was cancelled there is at times known to
// nobody, and only that is left to an operator.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/domain/random.ts";
import { CcxtVenue } from "../../src/manage/venue/ccxt-venue.ts";
import { Gateway } from "../../src/manage/venue/venue.ts";
import { SETTLED_BY_OPERATOR } from "../../src/simulation/simulation.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { eventually } from "../support/eventually.ts";
import { FakeExchange, type FakeOrder } from "../support/venue/exchange.ts";
import { LimitedExchange } from "../support/venue/limited-exchange.ts";
import { buyOrder } from "../support/venue/orders.ts";

const FIRST_SEED = Number(process.env["PROPERTY_SEED"]);
const RUNS = 48;
const [LONG, SHORT] = [8, 3];
const DUST = 1e-9;
/** Turns of the execution in which the exchange is as it is; behind them it says everything. */
const ROUGH_TURNS = 40;
/** Within which it is to be over then; a comparison that finds differences takes some seconds. */
const END_MS = 20_000;
const PAUSE_MS = 5;
/** By how much trades are late, and by how much they are said to be at most. */
const TRADES_LATE_MS = 60;
const LATE_MS = 200;
const PRICE = 100;
const UNTOLD = "does not say how much of it was filled";

class World {
  readonly faults: string[] = [];
  readonly exchange = new FakeExchange();
  private readonly limited = new LimitedExchange(this.exchange, true);
  private readonly random: Random;
  private readonly name: string;
  private readonly store: Store;
  /** It never says how much was filled of what it has ended. */
  private readonly stubborn: boolean;
  /** It lists no order that was cancelled. */
  private readonly narrow: boolean;
  private gateway: Gateway | null = null;
  private rough = false;
  private restarted = false;
  private sent = 0;
  /** Of each order: filled, as the engine has told it; and those that it has told to be over. */
  private readonly booked = new Map<string, number>();
  private readonly settled = new Set<string>();
  /** Those of which an operator's word was taken. */
  private readonly decided = new Set<string>();
  private readonly disputes: string[] = [];

  constructor(store: Store, seed: number) {
    this.store = store;
    this.name = `world ${seed}`;
    this.random = new Random(seed);
    this.narrow = this.chance(0.3);
    this.stubborn = !this.narrow && this.chance(0.2);
    this.exchange.forgetful = true;
    this.roughen();
  }

  async run(): Promise<void> {
    await this.begin();
    this.exchange.quote("BTC/USDT", PRICE, PRICE);
    await this.order("buy", LONG, "exec_1");
    await this.order("sell", SHORT, "exec_2");
    await this.until(() => this.settled.size === 2);
    this.exchange.quote("BTC/USDT", PRICE, PRICE, 0);
    this.rough = true;
    const begun = performance.now();
    for (let turn = 0; this.faults.length === 0 && !(await this.done()); turn++) {
      if (performance.now() - begun > END_MS)
        throw new Error(`it does not end: ${JSON.stringify(this.gateway?.status())}`);
      if (turn === ROUGH_TURNS) this.rough = false;
      if (!this.rough) for (const order of this.exchange.open()) this.fill(order, 1);
      if (this.rough && !this.restarted && this.chance(this.narrow ? 0.1 : 0.04)) await this.restart();
      if (this.rough && this.chance(0.1)) this.gateway?.cancel(this.id(this.sent));
      const rest = this.rest();
      if (this.settled.size === this.sent && rest > DUST) await this.order("sell", rest, "exec_1");
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    if (this.faults.length === 0 && this.settled.size < this.sent) await this.accept();
    await this.gateway?.close();
    this.judge();
  }

  /** All is left and both sides agree; or the exchange does not say what would have to be known for that. */
  private async done(): Promise<boolean> {
    if (this.rough) return false;
    if (this.rest() <= DUST && this.settled.size === this.sent) return (await this.gateway?.reconcile()) === null;
    const disputes = this.gateway?.status().disputes ?? [];
    if (this.narrow) return disputes.length > 0 && this.isUnlisted();
    return this.stubborn && disputes.some((one) => one.includes(UNTOLD));
  }

  /** Whether an order that is not over here was cancelled there. */
  private isUnlisted(): boolean {
    return this.exchange.orders.some(
      ({ status, clientOrderId }) => status === "cancelled" && !this.settled.has(clientOrderId ?? ""),
    );
  }

  private async accept(): Promise<void> {
    this.limited.hides = () => false;
    await eventually(
      () => this.gateway?.acceptVenue("ops", async () => true),
      (fault) => fault === null,
    );
    await this.until(() => this.settled.size === this.sent);
  }

  private judge(): void {
    const { exchange } = this;
    if (this.doubled()) this.faults.push("an order is there twice");
    const sold = exchange.orders.slice(2).reduce((sum, { filled }) => sum + filled, 0);
    if (sold > LONG + DUST) this.faults.push(`${sold} of ${LONG} are sold`);
    for (const id of new Set(exchange.orders.map(({ clientOrderId }) => clientOrderId ?? "")))
      if (!this.decided.has(id) && Math.abs((this.booked.get(id) ?? 0) - this.filled(id)) > DUST)
        this.faults.push(`${id}: ${this.filled(id)} are filled and ${this.booked.get(id)} booked`);
    const usual = this.narrow ? /missing|is open here|does not|not known|^position/ : /missing|is open here|does not/;
    if (!this.stubborn && this.disputes.some((one) => !usual.test(one))) this.faults.push(...this.disputes);
  }

  /** What was cancelled with nothing filled, and is listed nowhere, was never there for all that anybody can know. */
  private doubled(): boolean {
    if (!this.narrow) return this.exchange.doubled().length > 0;
    const there = this.exchange.orders.filter(({ status, filled }) => status !== "cancelled" || filled > 0);
    return new Set(there.map(({ clientOrderId }) => clientOrderId)).size < there.length;
  }
  private filled(id: string): number {
    const there = this.exchange.orders.filter(({ clientOrderId }) => clientOrderId === id);
    return there.reduce((sum, { filled }) => sum + filled, 0);
  }

  private roughen(): void {
    const { limited } = this;
    limited.cancelled = this.oneOf(["canceled", "cancelled", "expired", "rejected"]);
    limited.has["fetchOrder"] = this.chance(0.5);
    limited.narrow = this.chance(0.5) || this.narrow;
    limited.has["fetchCanceledOrders"] = limited.narrow && !this.narrow;
    limited.free = () => {
      if (this.rough) this.act();
      return true;
    };
    // How often it leaves something out, of each order and trade by itself.
    const [silent, mute, lost] = [this.counts(6), this.counts(2), this.counts(2)];
    const hidden = this.counts(10);
    const seen = new Set<string>();
    limited.mute = (_, { orderId }) => this.rough && mute(orderId);
    limited.silent = (_, { orderId, status }) => {
      seen.add(orderId);
      return status !== "filled" && (this.stubborn ? this.sent > 2 : this.rough && silent(orderId));
    };
    limited.forgets = ({ orderId }) => this.rough && seen.has(orderId) && lost(orderId);
    // Where nothing but a trade tells of an order, it is late by a time, and not by questions.
    limited.hides = ({ fillId, time }) =>
      this.rough && (this.narrow ? Date.now() < time + TRADES_LATE_MS : hidden(fillId));
    limited.loses = (path) => this.rough && /place|cancel/.test(path) && this.chance(0.2);
    limited.drops = (path) => this.rough && path === "/place" && this.chance(0.1);
  }

  /** Something happens to an order that is open there. */
  private act(): void {
    const order = this.exchange.open()[0];
    if (order === undefined || !this.chance(0.15)) return;
    if (this.chance(0.6)) this.fill(order, this.oneOf([0.25, 0.5, 1]));
    if (this.chance(0.5)) this.exchange.cancel(order);
  }
  private fill(order: FakeOrder, share: number): void {
    this.exchange.fill(order, (order.quantity - order.filled) * share, PRICE);
  }

  private async begin(): Promise<void> {
    const { name, limited, store } = this;
    const venue = new CcxtVenue({ name, exchange: limited, currency: "USDT", pollMs: 10, lateMs: LATE_MS });
    this.gateway = new Gateway({
      venue,
      store,
      log: SILENT_LOG,
      now: () => Date.now() * 1_000,
      patienceMs: 20,
      compareMs: 100,
      onOrder: ({ clientOrderId, settled, reason }, fill) => {
        this.booked.set(clientOrderId, (this.booked.get(clientOrderId) ?? 0) + (fill?.quantity ?? 0));
        if (!settled || this.settled.has(clientOrderId)) return;
        this.settled.add(clientOrderId);
        if (this.narrow && reason === SETTLED_BY_OPERATOR) this.decided.add(clientOrderId);
        const filled = this.filled(clientOrderId);
        const booked = this.booked.get(clientOrderId) ?? 0;
        if (!this.decided.has(clientOrderId) && Math.abs(filled - booked) > DUST)
          this.faults.push(`${clientOrderId} is over with ${booked} of ${filled} (${reason})`);
      },
      onDispute: (reason) => this.disputes.push(reason),
    });
    await this.gateway.start();
    await this.until(() => this.gateway?.refusal() === null || this.disputes.length > 0);
  }
  private async restart(): Promise<void> {
    this.restarted = true;
    await this.gateway?.close();
    await this.begin();
  }

  private async order(side: "buy" | "sell", quantity: number, executionId: string): Promise<void> {
    const limit = this.rough && this.chance(0.5) ? { kind: "limit" as const, limit: PRICE } : {};
    const more = { symbol: "BTCUSDT", side, quantity, executionId, reduceOnly: this.sent >= 2, ...limit };
    const placed = await this.gateway?.place(buyOrder(this.id(this.sent + 1), more));
    if (placed?.ok === true) this.sent++;
  }
  private id(at: number): string {
    return `ord_${this.name}_${at}`;
  }
  /** Of what was held, by what the engine has told. */
  private rest(): number {
    const exits = [...this.booked].filter(([id]) => id !== this.id(1) && id !== this.id(2));
    return LONG - exits.reduce((sum, [, filled]) => sum + filled, 0);
  }

  /** Whether something is left out once more: up to `most` times of each, as often as it is first asked. */
  private counts(most: number): (id: string) => boolean {
    const left = new Map<string, number>();
    return (id) => {
      const rest = left.get(id) ?? Math.floor(this.random.between(0, most + 1));
      left.set(id, rest - 1);
      return rest > 0;
    };
  }
  private chance(of: number): boolean {
    return this.random.next() < of;
  }
  private oneOf<T>(all: readonly T[]): T {
    return all[Math.floor(this.random.next() * all.length)] as T;
  }
  private async until(holds: () => boolean): Promise<void> {
    await eventually(holds, (held) => held);
  }
}

describe("an execution that leaves its position at an exchange that says things late, in part, or never", () => {
  let store: Store;
  beforeAll(async () => {
    const opened = await openStore({ file: null, log: SILENT_LOG });
    if (!opened.ok) throw new Error(opened.failure);
    store = opened.value;
  });
  afterAll(() => store.close());

  it("sells what it has once, and no order of it is over with less than was filled", async () => {
    const seeds = Array.from({ length: RUNS }, (_, at) => FIRST_SEED + at);
    const faults = await Promise.all(
      seeds.map(async (seed) => {
        const world = new World(store, seed);
        await world.run().catch((error: unknown) => world.faults.push(String(error)));
        return world.faults.map((fault) => `seed ${seed}: ${fault}`);
      }),
    );
    expect(faults.flat()).toEqual([]);
  });
});
