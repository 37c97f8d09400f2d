// The account of an execution under random signals, prices, fundings, amendments and cancellations: every posting is
// balanced, what was posted is what the account has, and an account booked again from what was stored is the same one.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { Book } from "../../src/manage/executions/book.ts";
import type { FeedEvent } from "../../src/manage/executions/feed-event.ts";
import type { BookedFill } from "../../src/manage/executions/messages.ts";
import { termsFor } from "../../src/manage/executions/terms.ts";
import { Tidings } from "../../src/manage/executions/tidings.ts";
import { type Balances, type BookedOrder, NO_BALANCES, type Posting } from "../../src/manage/orders/orders.ts";

const NAMES = ["AAA", "BBB"];
const SECOND_US = 1_000_000;

type Step =
  | { readonly do: "trade" | "quote"; readonly place: number; readonly move: number }
  | { readonly do: "funding"; readonly place: number; readonly rate: number }
  | { readonly do: "signal"; readonly place: number; readonly action: "buy" | "sell" | "exit"; readonly size: number }
  | { readonly do: "amend" | "cancel"; readonly which: number; readonly factor: number };

const place = fc.integer({ min: 0, max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("trade" as const, "quote" as const),
      place,
      move: fc.double({ min: 0.9, max: 1.12, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("funding" as const),
      place,
      rate: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("signal" as const),
      place,
      action: fc.constantFrom("buy" as const, "sell" as const, "exit" as const),
      size: fc.double({ min: 0.1, max: 2, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("amend" as const, "cancel" as const),
      which: fc.nat(5),
      factor: fc.double({ min: 0.3, max: 3, noNaN: true }),
    }),
  },
);
const policy = fc.record({
  fee_bps: fc.double({ min: 0, max: 50, noNaN: true }),
  stop_loss: fc.constantFrom(undefined, -0.05),
  take_profit: fc.constantFrom(undefined, 0.04),
  allow_short: fc.boolean(),
  execution: fc.constantFrom(
    undefined,
    { slice: "twap", seconds: 5 },
    { slice: "participation", share: 0.3, price_limit_bps: 100 },
  ),
});

class Account {
  readonly tidings: Tidings;
  readonly book: Book;
  readonly fills: BookedFill[] = [];
  readonly postings: Posting[] = [];
  /** The newest word on each order. */
  readonly orders = new Map<number, BookedOrder>();
  private readonly prices = [100, 7.3];
  private sequence = 0;

  constructor(parameters: Readonly<Record<string, unknown>>) {
    this.tidings = new Tidings(
      0,
      () => undefined,
      () => undefined,
    );
    const terms = termsFor({ parameters, riskLimits: {}, executionConfig: { position_size: 0.4 } });
    this.book = new Book(terms, NAMES, this.tidings.listener);
    this.tidings.postings.post({ kind: "capital", symbol: null, timestamp: 0 }, NO_BALANCES, this.book.balances());
  }

  take(one: Step): void {
    switch (one.do) {
      case "signal": {
        const { place: symbol, action, size } = one;
        const entry = this.prices[symbol] ?? 1;
        this.book.signals([
          { symbol, action, entry, stop: Number.NaN, target: Number.NaN, values: [], group: 0, size },
        ]);
        break;
      }
      case "funding":
        this.event(one.place, layout.KIND_FUNDING, [one.rate]);
        break;
      case "amend":
      case "cancel": {
        const open = [...this.orders.values()].filter(({ state }) => state === "working" || state === "new");
        const order = open[one.which % Math.max(1, open.length)];
        if (order === undefined) break;
        if (one.do === "cancel") this.tidings.notes.cancel(order.number);
        else this.tidings.notes.amend(order.number, { quantity: order.quantity * one.factor });
        break;
      }
      default: {
        const price = (this.prices[one.place] ?? 1) * one.move;
        this.prices[one.place] = price;
        if (one.do === "trade") this.event(one.place, layout.KIND_TRADE, [price, 5_000]);
        else this.event(one.place, layout.KIND_QUOTE, [price, price * 1.001, 3_000, 3_000]);
      }
    }
    this.tell();
  }

  private event(symbol: number, kind: number, values: readonly number[]): void {
    const clock = ++this.sequence * SECOND_US;
    const event = { kind, clock, time: clock, aux: 0, sequence: this.sequence, value: (at: number) => values[at] ?? 0 };
    this.book.event(symbol, event as unknown as FeedEvent);
  }

  private tell(): void {
    const { fills, orders, postings } = this.tidings.take(this.book.holding());
    this.fills.push(...fills);
    this.postings.push(...postings);
    for (const order of orders) this.orders.set(order.number, order);
  }
}

function total(balances: Balances): number {
  const { cash, cost, fees, realised, carry, capital } = balances;
  return cash + cost + fees + realised + carry + capital;
}

function run(parameters: Readonly<Record<string, unknown>>, steps: readonly Step[]): Account {
  const account = new Account(parameters);
  // Every symbol has a price before the first signal.
  for (const symbol of [0, 1]) account.take({ do: "trade", place: symbol, move: 1 });
  for (const one of steps) account.take(one);
  return account;
}

const runs = fc.property(policy, fc.array(step, { minLength: 20, maxLength: 120 }), (parameters, steps) => {
  const { book, postings, fills, tidings, orders } = run(parameters, steps);
  for (const posting of postings) expect(total(posting)).toBe(0);
  expect(postings.filter(({ kind }) => kind === "fill")).toHaveLength(fills.length);
  expect(tidings.postings.balances).toEqual(book.balances());
  const { cash } = book.balances();
  const value = book.holding().reduce((sum, { quantity, mark }) => sum + Math.round(quantity * mark * 1e6), 0);
  expect(Math.abs(cash + value - book.equity() * 1e6)).toBeLessThan(2);
  const bought = (side: string): number =>
    fills.filter((fill) => fill.side === side).reduce((sum, { quantity }) => sum + quantity, 0);
  const filled = (side: string): number =>
    [...orders.values()].filter((order) => order.side === side).reduce((sum, order) => sum + order.filled, 0);
  for (const side of ["BUY", "SELL"]) expect(filled(side)).toBeCloseTo(bought(side), 6);
});

const again = fc.property(policy, fc.array(step, { minLength: 20, maxLength: 120 }), (parameters, steps) => {
  const { book, fills, postings, orders } = run(parameters, steps);
  const carry = NAMES.map((symbol) => {
    const own = postings.filter((posting) => posting.symbol === symbol);
    const paid = own.reduce((sum, posting) => sum - posting.carry, 0);
    const borrowed = own.filter(({ kind }) => kind === "borrowing").map(({ timestamp }) => timestamp);
    return [symbol, paid, Math.max(0, ...borrowed)] as const;
  });
  const later = new Account(parameters);
  const named = (symbol: string): number => NAMES.indexOf(symbol);
  later.book.recall(fills, carry, named);
  expect(later.book.balances()).toEqual(book.balances());
  expect(later.book.holding().map(({ symbol, quantity, cost }) => [symbol, quantity, cost])).toEqual(
    book.holding().map(({ symbol, quantity, cost }) => [symbol, quantity, cost]),
  );
  const waiting = [...orders.values()].filter(({ state, reduceOnly }) => reduceOnly && state === "working");
  later.book.restore(waiting, named);
  const { orders: restored } = later.tidings.take([]);
  const terms = ({ number, limit, stop, quantity, filled }: BookedOrder) => [number, limit, stop, quantity, filled];
  expect(restored.map(terms)).toEqual(waiting.map(terms));
});

describe("the ledger of an execution", () => {
  it("is balanced to the millionth after any orders, fills and payments, and agrees with the orders", () => {
    fc.assert(runs, { numRuns: 300 });
  });

  it("is the same when the account is booked again from its fills, payments and orders", () => {
    fc.assert(again, { numRuns: 300 });
  });
});
