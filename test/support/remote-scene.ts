// A trader whose orders leave for a real venue that does nothing by itself: a test says what it tells, and looks at what
// was sent, taken back and set back. One symbol, one trade a tick.
import { expect } from "vitest";
import {
  freeTerms,
  type Order,
  type Policy,
  type RemoteNews,
  type Setback,
  Simulation,
  Trader,
  type TradeSignal,
} from "../../src/simulation/simulation.ts";

const SECOND = 1_000_000;

interface Sent {
  readonly order: Order;
  readonly id: number;
  readonly purpose: Order["purpose"];
  readonly side: Order["side"];
  readonly quantity: number;
}

export class Scene {
  readonly sent: Sent[] = [];
  readonly cancels: number[] = [];
  readonly setbacks: Setback[] = [];
  readonly simulation: Simulation;
  readonly trader: Trader;
  private time = 1e15;

  constructor(policy: Partial<Policy>) {
    this.simulation = new Simulation({
      capital: 100_000,
      instruments: [freeTerms("X")],
      remote: {
        send: (order, quantity) => {
          const { id, purpose, side } = order;
          this.sent.push({ order, id, purpose, side, quantity });
        },
        cancel: ({ id }) => void this.cancels.push(id),
        setback: (setback) => void this.setbacks.push({ ...setback, order: { ...setback.order } }),
      },
    });
    this.trader = new Trader(this.simulation, policy);
  }

  /** A trade at this price, so many seconds after the one before. */
  tick(price: number, seconds = 1): void {
    this.time += seconds * SECOND;
    expect(this.simulation.trade(0, this.time, price, 1)).toBeNull();
  }
  says(action: "buy" | "sell" | "exit", more: Partial<TradeSignal> = {}): void {
    this.trader.signal({ symbol: 0, action, entry: 0, stop: 0, target: 0, values: [], group: 0, ...more });
  }
  tell(id: number, news: RemoteNews): void {
    expect(this.simulation.told(id, news)).toBeNull();
  }
  fill({ id, quantity }: Pick<Sent, "id" | "quantity">, price: number, part = quantity): void {
    this.tell(id, { kind: "fill", fill: { quantity: part, price, fee: 0, time: this.time } });
    if (part === quantity) this.tell(id, { kind: "state", state: "filled", reason: null });
  }
  refuse({ id }: Pick<Sent, "id">, state: Order["state"] = "rejected", reason = "no money"): void {
    this.tell(id, { kind: "state", state, reason });
  }
  get last(): Sent {
    const last = this.sent.at(-1);
    if (last === undefined) throw new Error("nothing was sent");
    return last;
  }
  /** Purpose, side and quantity of what was sent, from the first one on. */
  told(from = 0): readonly (readonly [Order["purpose"], Order["side"], number])[] {
    return this.sent.slice(from).map(({ purpose, side, quantity }) => [purpose, side, quantity]);
  }
  open(): readonly (readonly [Order["purpose"], Order["state"], number])[] {
    return this.simulation.orders().map(({ purpose, state, quantity }) => [purpose, state, quantity]);
  }
}

/** Long 100 at 100, with a stop at 95 and what else the policy gives. */
export function long(policy: Partial<Policy> = {}): Scene {
  const scene = new Scene({ positionSize: 0.1, stopLoss: -0.05, ...policy });
  scene.tick(100);
  scene.says("buy");
  scene.fill(scene.last, 100);
  expect(scene.simulation.held(0)).toBe(100);
  return scene;
}
