// Signals of the engine's own strategies where no position may be opened: what of them still reaches the account.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { Action } from "../../../src/domain/signal.ts";
import { Book } from "../../../src/manage/executions/book.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import { HeldSignals } from "../../../src/manage/executions/held.ts";
import type { NamedSignal } from "../../../src/manage/executions/messages.ts";
import { Places } from "../../../src/manage/executions/places.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { type Order, Tally } from "../../../src/simulation/simulation.ts";
import { isOver } from "../../../src/simulation/order-states.ts";

const SYMBOLS = ["BTCUSD", "ETHUSD"];
const BEGIN = 1_750_000_000_000_000;

class Account {
  readonly orders = new Map<number, Order>();
  private readonly book: Book;
  private readonly held = new HeldSignals();
  private readonly places = new Places(SYMBOLS);
  private sequence = 0;

  constructor(parameters: Readonly<Record<string, unknown>> = {}) {
    const terms = termsFor({ parameters, riskLimits: {}, executionConfig: {} });
    const ordered = (order: Order): void => void this.orders.set(order.id, order);
    const postings = { post: () => undefined };
    const real = { numbering: { last: 0 }, tally: new Tally(), postings: postings as never, ordered };
    this.book = new Book(terms, this.places.names, { booked: () => undefined, closed: () => undefined, real });
    this.ticks();
  }

  /** What is held of both symbols after these signals and a tick of each; `open`: places where positions may be opened. */
  after(signals: readonly NamedSignal[], open: readonly number[]): readonly number[] {
    this.held.hold(this.sequence, signals);
    this.held.release(this.sequence + 1, this.book, this.places, (place) => open.includes(place));
    this.ticks();
    return SYMBOLS.map((_, place) => Math.sign(this.book.held(place)));
  }

  /** Sides of the orders that are in the market. */
  get resting(): readonly string[] {
    return [...this.orders.values()].filter(({ state }) => !isOver(state)).map(({ side }) => side);
  }

  private ticks(): void {
    for (const place of SYMBOLS.keys()) {
      const numbers = new Float64Array(16);
      const words = new Int32Array(numbers.buffer);
      words[2] = (layout.KIND_TRADE << 16) | place;
      const time = BEGIN + ++this.sequence * 1_000_000;
      numbers[0] = this.sequence;
      numbers.set([time, time, 100, 100, 100, 100, 100], 1 + layout.EVENT_TIME / 8);
      const event = new FeedEvent();
      event.read(words, numbers, 0);
      this.book.event(place, event);
    }
  }
}

function signal(action: Action, more: Partial<NamedSignal> = {}): NamedSignal {
  const levels = { entry: 100, stop: 0, target: 0, values: [] };
  return { symbol: "BTCUSD", type: "momentum_rider", action, ...levels, group: 0, ...more };
}

describe("where a gate is shut, signals of the engine's own strategies", () => {
  it("leave what is held when they point against it, open nothing and turn nothing", () => {
    const account = new Account({ allow_short: true });
    expect(account.after([signal("buy")], [])).toEqual([0, 0]);
    expect(account.after([signal("sell")], [])).toEqual([0, 0]);
    expect(account.after([signal("buy")], [0])).toEqual([1, 0]);
    expect(account.after([signal("buy")], [])).toEqual([1, 0]);
    expect(account.after([signal("sell")], [])).toEqual([0, 0]);
    expect(account.after([signal("sell")], [0])).toEqual([-1, 0]);
    expect(account.after([signal("buy")], [])).toEqual([0, 0]);
  });

  it("leave a position of an account that is never short, and go on elsewhere", () => {
    const account = new Account();
    expect(account.after([signal("buy")], [0])).toEqual([1, 0]);
    expect(account.after([signal("sell"), signal("buy", { symbol: "ETHUSD" })], [1])).toEqual([0, 1]);
  });

  it("take a market maker's quotes back on both sides", () => {
    const account = new Account();
    const quote = signal("buy", { type: "adaptive_quote", values: [90, 110, 1, 1] });
    account.after([quote], [0]);
    expect(account.resting).toEqual(["buy", "sell"]);
    account.after([quote], []);
    expect(account.resting).toEqual([]);
  });

  it("of legs that belong together are entered all or none", () => {
    const account = new Account({ allow_short: true });
    const pair = { type: "pairs_trading", group: 1, values: [0, 0, 0, 1] };
    const legs = [signal("buy", pair), signal("sell", { ...pair, symbol: "ETHUSD" })];
    expect(account.after(legs, [0])).toEqual([0, 0]);
    expect(account.after(legs, [0, 1])).toEqual([1, -1]);
  });
});
