// The trades of one order at an exchange that gives a few at once: all are found, also where nobody says how much was filled.
import { describe, expect, it } from "vitest";
import type { CcxtExchange, CcxtTrade } from "../../../../src/manage/venue/ccxt.ts";
import { tradesOf, tradesUnlike } from "../../../../src/manage/venue/ccxt-trades.ts";

const PAGE = 7;

/** Every second trade is of the order `x1`, one of 0.1 each; questions are counted. */
function exchangeOf(count: number, newestFirst: boolean) {
  const trades: readonly CcxtTrade[] = Array.from({ length: 2 * count }, (_, at) => {
    return { id: `t${at}`, order: at % 2 === 0 ? "x1" : "x2", timestamp: 1_000 + at, amount: 0.1, price: 100 };
  });
  const asked = { times: 0 };
  const fetchMyTrades: CcxtExchange["fetchMyTrades"] = (_, since = 0, __, { until = Infinity } = {}) => {
    asked.times++;
    const within = trades.filter(({ timestamp }) => Number(timestamp) >= since && Number(timestamp) <= Number(until));
    return Promise.resolve(newestFirst ? within.slice(-PAGE) : within.slice(0, PAGE));
  };
  return { exchange: { has: {}, fetchMyTrades } as unknown as CcxtExchange, asked };
}
const found = async (exchange: CcxtExchange, amount: number): Promise<number> =>
  (await tradesOf(exchange, { id: "x1", amount }, "BTC/USDT", 0, (ask) => ask())).length;

it("a trade is found by the order and its id: where two orders of one account have met, both have it by one id", async () => {
  const trades = ["x2", "x1"].map((order) => ({ id: "t1", order, timestamp: 1_000, amount: 0.5, price: 100 }));
  const exchange = { has: {}, fetchMyTrades: () => Promise.resolve(trades) } as unknown as CcxtExchange;
  expect(await found(exchange, 0.5)).toBe(1);
});

describe.each([
  ["oldest", false],
  ["newest", true],
])("trades that come a few at a time, the %s first,", (_, newestFirst) => {
  it("are all found of an order that was filled in part, and of how much is not known", async () => {
    const { exchange } = exchangeOf(30, newestFirst);
    expect(await found(exchange, 10)).toBe(30); // 3 of 10
  });

  it("are asked for no longer once they are all of it", async () => {
    const { exchange, asked } = exchangeOf(3, newestFirst);
    expect([await found(exchange, 0.3), asked.times]).toEqual([3, 1]);
  });

  it("may be those of somebody else where there are more than are asked for", async () => {
    const strange = (count: number, known: () => boolean): Promise<boolean> =>
      tradesUnlike(exchangeOf(count, newestFirst).exchange, known, "BTC/USDT", 0, (ask) => ask());
    expect([await strange(30, () => true), await strange(30, () => false)]).toEqual([false, true]);
    expect(await strange(300, () => true)).toBe(true);
  });
});
