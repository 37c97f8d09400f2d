// What becomes of the orders that rest in the market when only such may pass that make positions smaller: by the thread's
// own host, on this one.
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { createFeedMemory, FeedReader, FeedWriter } from "../../../../src/manage/executions/feed-ring.ts";
import { Host } from "../../../../src/manage/executions/host.ts";
import type { News } from "../../../../src/manage/executions/messages.ts";
import { termsFor } from "../../../../src/manage/executions/terms.ts";
import type { BookedOrder } from "../../../../src/manage/orders/orders.ts";
import { Board, createBoardMemory } from "../../../../src/manage/risk/board.ts";
import { freeTerms, Simulation } from "../../../../src/simulation/simulation.ts";
import { eventually } from "../../../support/eventually.ts";
import { beginningOf } from "../../../support/manage/beginning.ts";

const STRATEGY = "strat_aaaaaa";
const AT = 1_750_000_000_000_000;
const REASON = "only orders that make a position smaller are let through";

function order(number: number, given: Partial<BookedOrder>): BookedOrder {
  return {
    number,
    symbol: "BTCUSD",
    side: "BUY",
    kind: "limit",
    state: "working",
    quantity: 10,
    filled: 0,
    average: 0,
    limit: null,
    stop: null,
    trail: null,
    timeInForce: "gtc",
    reduceOnly: false,
    purpose: "signal",
    oco: 0,
    reason: null,
    createdAt: AT,
    updatedAt: AT,
    ...given,
  };
}

/** Long 10 at 100, with an order to buy more, one to sell it and its stop. */
async function trading(override = false) {
  const memory = createFeedMemory();
  const writer = new FeedWriter(memory);
  const main = new Board(createBoardMemory());
  const told: News[] = [];
  const host = new Host(new FeedReader(memory), (news) => void told.push(news), false, new Board(main.memory, 0));
  const fills = [{ symbol: "BTCUSD", side: "BUY", quantity: 10, price: 100, fee: 0, time: AT }] as const;
  const orders = [
    order(1, { limit: 90 }),
    order(2, { side: "SELL", limit: 110 }),
    order(3, { side: "SELL", kind: "stop", stop: 80, reduceOnly: true, purpose: "stop" }),
  ];
  const terms = termsFor({ parameters: {}, riskLimits: {}, executionConfig: {} });
  const owner = { strategyId: STRATEGY, family: null, override };
  const begun = beginningOf({ key: 1, program: null, terms, owner, fills, orders, lastOrder: 3, startTime: AT });
  host.letter({ kind: "begin", order: begun });
  await eventually(
    () => host.opening,
    (count) => count === 0,
  );
  let rows = 0;
  const price = (value: number): void => {
    const words = new Int32Array(16);
    const numbers = new Float64Array(words.buffer);
    words[0] = layout.KIND_TRADE << 16;
    const time = AT + ++rows * 1_000_000;
    numbers.set([time, time, value, 1e9, value, value, value], layout.EVENT_TIME / 8);
    writer.write(words, 0, rows);
    writer.publish();
    host.row();
  };
  const news = () => host.batch()?.news[0] ?? null;
  price(100);
  news();
  const strategy = main.row("strategy", STRATEGY);
  return { host, main, strategy, price, news, claimed: () => main.claimed(strategy).up / 1e6 };
}

describe("when only orders may pass that make positions smaller", () => {
  it("what would open or enlarge one is taken back and told with the reason, the rest can only leave it", async () => {
    const { host, main, strategy, price, news, claimed } = await trading();
    expect(claimed()).toBe(1_900);
    main.setSwitch(strategy, "reduce_only");
    host.restrain();
    expect(news()?.orders.map(({ number, state, reason, reduceOnly }) => [number, state, reason, reduceOnly])).toEqual([
      [1, "cancelled", REASON, false],
      [2, "working", null, true],
    ]);
    expect(claimed()).toBe(1_000);
    price(85);
    expect(news()?.fills ?? []).toEqual([]);
    // The stop leaves the position; what was to sell it as well would open another one, and ends.
    price(79);
    const after = news();
    expect(after?.fills).toMatchObject([{ side: "SELL", quantity: 10 }]);
    expect(after?.orders.find(({ number }) => number === 2)?.state).toBe("cancelled");
    price(120);
    expect(news()?.fills ?? []).toEqual([]);
    expect(main.claimed(strategy)).toEqual({ gross: 0, up: 0, down: 0 });
  });

  it("nothing is taken back of an execution that the switch does not bind, or outside its scope", async () => {
    for (const [override, scope] of [
      [true, STRATEGY],
      [false, "strat_bbbbbb"],
    ] as const) {
      const { host, main, price, news } = await trading(override);
      main.setSwitch(main.row("strategy", scope), "reduce_soft");
      host.restrain();
      expect(news()?.orders ?? []).toEqual([]);
      price(85);
      expect(news()?.fills).toMatchObject([{ side: "BUY", price: 90 }]);
    }
  });
});

it("at a real venue an order cannot be changed to that: it is asked back once, and over when the venue says so", () => {
  const asked: number[] = [];
  const told: (string | null)[] = [];
  const simulation = new Simulation({
    capital: 100_000,
    instruments: [freeTerms("X")],
    remote: { send: () => undefined, cancel: ({ id }) => void asked.push(id) },
    onOrder: ({ state, reason }) => void (state === "cancelled" && told.push(reason)),
  });
  simulation.trade(0, AT, 100, 1);
  simulation.recall({ symbol: 0, quantity: 5, price: 100, fee: 0, time: AT });
  simulation.submit({ symbol: 0, side: "sell", kind: "limit", quantity: 5, limit: 110 });
  simulation.submit({ symbol: 0, side: "sell", kind: "stop", quantity: 5, stop: 90 });
  expect(simulation.restrain(0, REASON).map(({ kind }) => kind)).toEqual(["stop"]);
  expect(simulation.restrain(0, REASON)).toEqual([]);
  expect(asked).toEqual([1]);
  expect(told).toEqual([]);
  simulation.told(1, { kind: "state", state: "cancelled", reason: null });
  expect(told).toEqual([REASON]);
});
