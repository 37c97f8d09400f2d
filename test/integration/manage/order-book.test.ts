// The book of orders on a real store: pages over memory and disk, what is let go of, and what an account goes on with.
import { describe, expect, it } from "vitest";
import { Ledger } from "../../../src/manage/executions/ledger.ts";
import {
  type BookedOrder,
  OrderBook,
  orderIdOf,
  type Posting,
  UNFILLED_KEPT,
} from "../../../src/manage/orders/orders.ts";
import type { OrderRecord } from "../../../src/store/orders.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { opened } from "../../support/store/store-files.ts";

const OWNER = { executionId: "exec_abc123", strategyId: "strat_abc123" };
const EVERYTHING = { strategyId: null, symbol: null, state: null, before: null } as const;

function order(number: number, more: Partial<BookedOrder> = {}): BookedOrder {
  return {
    number,
    symbol: "BTCUSD",
    side: "BUY",
    kind: "limit",
    state: "working",
    quantity: 2,
    filled: 0,
    average: 0,
    limit: 100,
    stop: null,
    trail: null,
    timeInForce: "gtc",
    reduceOnly: false,
    purpose: "signal",
    oco: 0,
    reason: null,
    createdAt: number,
    updatedAt: number,
    ...more,
  };
}

async function room() {
  const store = await opened({ file: null });
  const ledger = new Ledger(store, SILENT_LOG);
  const book = new OrderBook(store);
  await book.load();
  const take = (orders: readonly BookedOrder[]): void => {
    const { stored } = book.take(OWNER, orders);
    ledger.booked([], stored, []);
    ledger.also(book.prune(OWNER.executionId, stored));
  };
  return { store, ledger, take, book };
}

const numbers = (orders: readonly OrderRecord[]): readonly number[] => orders.map(({ number }) => number);

describe("the book of orders", () => {
  it("gives every order once, newest first, over what is in memory and what is only stored", async () => {
    const { book, take, ledger, store } = await room();
    take([order(1), order(2)]);
    for (let number = 3; number <= 1_500; number++) take([order(number, { state: "filled", filled: 2, average: 100 })]);
    await ledger.close();
    const found: number[] = [];
    for (let before: number | null = null; ;) {
      const page = await book.list({ ...EVERYTHING, before, limit: 400 });
      found.push(...numbers(page));
      if (page.length < 400) break;
      before = page.at(-1)?.position ?? null;
    }
    expect(found).toEqual(Array.from({ length: 1_500 }, (_, index) => 1_500 - index));
    expect(numbers(await book.list({ ...EVERYTHING, state: "working", limit: 10 }))).toEqual([2, 1]);
    // Another process counts on behind it, and knows the same orders.
    const later = new OrderBook(store);
    await later.load();
    expect(numbers(await later.list({ ...EVERYTHING, limit: 3 }))).toEqual([1_500, 1_499, 1_498]);
    expect(later.take(OWNER, [order(1_501)]).changed).toMatchObject([{ position: 1_500 }]);
    expect((await later.get(orderIdOf(OWNER.executionId, 7)))?.number).toBe(7);
  });

  it("lets go of the oldest that were never filled, and of no other", async () => {
    const { take, ledger, store } = await room();
    take([order(1), order(2, { state: "filled", filled: 2, average: 100 })]);
    take([order(3, { state: "cancelled", filled: 1, average: 100 })]);
    const closed = UNFILLED_KEPT + 500;
    for (let number = 4; number < 4 + closed; number++) take([order(number, { state: "cancelled" })]);
    await ledger.close();
    const rows = await store.query("SELECT number FROM orders ORDER BY number", []);
    const kept = rows.map((row) => Number(row["number"]));
    expect(kept.slice(0, 3)).toEqual([1, 2, 3]);
    expect(kept.length - 3).toBe(UNFILLED_KEPT);
    expect(kept.at(-1)).toBe(3 + closed);
  });

  it("tells of a resting order that only moved without storing it at once, and keeps where it is by and by", async () => {
    const { book, take } = await room();
    take([order(1)]);
    const moved = book.take(OWNER, [order(1, { limit: 101 })]);
    expect([moved.changed.length, moved.stored.length]).toEqual([1, 0]);
    expect(book.settle()).toMatchObject([{ number: 1, limit: 101 }]);
    expect(book.settle()).toEqual([]);
    // The same once more is no news.
    expect(book.take(OWNER, [order(1, { limit: 101, updatedAt: 99 })]).changed).toEqual([]);
  });
});

describe("what is stored of an account", () => {
  it("is its sums to the millionth and its funding by symbol, while it waits for the disk and afterwards", async () => {
    const { ledger } = await room();
    const { executionId } = OWNER;
    const posting = (entry: number, of: Partial<Posting>) => {
      const nothing = { cash: 0, cost: 0, fees: 0, realised: 0, carry: 0, capital: 0, symbol: null, trade: null };
      return { executionId, entry, kind: "funding" as const, timestamp: entry, ...nothing, ...of };
    };
    const entries = [
      posting(0, { kind: "capital", cash: 100_000e6, capital: -100_000e6 }),
      posting(1, { symbol: "BTCUSD", cash: -1_234_567, carry: 1_234_567 }),
      posting(2, { symbol: "BTCUSD", cash: 200_000, carry: -200_000 }),
      posting(3, { symbol: "ETHUSD", cash: -1, carry: 1 }),
    ];
    ledger.booked([], [], entries);
    expect((await ledger.postings(executionId, Number.MAX_SAFE_INTEGER, 2)).map(({ entry }) => entry)).toEqual([3, 2]);
    await ledger.close();
    const { sums, carry } = await ledger.books(executionId);
    expect(sums).toMatchObject({ entries: 4, cash: 100_000e6 - 1_034_568, carry: 1_034_568, capital: -100_000e6 });
    expect(carry).toEqual([
      ["BTCUSD", -1_034_567, 0],
      ["ETHUSD", -1, 0],
    ]);
    // The tables take nothing that is not balanced.
    ledger.booked([], [], [posting(4, { cash: 1 })]);
    await ledger.close();
    expect((await ledger.books(executionId)).sums?.entries).toBe(4);
  });
});
