// More cancellations than an exchange takes: they are repeated until their orders are known to be over, which questions
// alone show, so those have to get through.
import { expect, it, onTestFinished } from "vitest";
import type { CcxtExchange } from "../../../../src/manage/venue/ccxt.ts";
import { CcxtLane } from "../../../../src/manage/venue/ccxt-lane.ts";
import { ccxtDesk } from "../../../support/venue/ccxt-desk.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

class RequestTimeout extends Error {}

it("of cancellations that never end, one question in some goes past them, and no order", async () => {
  const lane = new CcxtLane({} as CcxtExchange);
  const begun: string[] = [];
  const TURNS = 2_000;
  const call = (what: string) => async (): Promise<void> => {
    begun.push(what);
    await Promise.resolve();
  };
  const again = async (): Promise<void> => {
    while (begun.length < TURNS) await lane.ask(call("cancel"), "cancel");
  };
  const storm = Array.from({ length: 12 }, again);
  const order = buyOrder("ord_1");
  const sent = lane.send({ ...order, createdAt: 1 }, { stays: () => null, reduces: () => false }, call("order"));
  const asked = Array.from({ length: 20 }, () => lane.ask(call("question")));
  await Promise.all([...storm, ...asked, lane.ask(call("account"), "account"), sent]);
  const early = begun.slice(0, 300);
  expect(early.filter((what) => what === "question")).toHaveLength(20);
  expect(early).toContain("account");
  expect(begun.indexOf("order")).toBeGreaterThanOrEqual(TURNS);
  // What waits longest behind a stop are its cancellations: few go past them.
  const first = begun.slice(0, 100).filter((what) => what === "cancel");
  expect(first.length).toBeGreaterThan(75);
});

it("an emergency stop behind many orders that never arrived comes to an end at an exchange that takes few requests", async () => {
  const { limited, gateway, ended, until } = await ccxtDesk(new FakeExchange());
  limited.createOrder = () => Promise.reject(new RequestTimeout("no answer"));
  // One request in a while, the longest waiting first.
  const rate = setInterval(() => limited.release(1), 2);
  onTestFinished(() => clearInterval(rate));
  limited.free = () => false;
  const orders = Array.from({ length: 30 }, (_, at) => buyOrder(`ord_exec${at + 100}`, { symbol: "BTCUSDT" }));
  await Promise.all(orders.map((order) => gateway.place({ ...order, kind: "limit", limit: 50 })));
  expect(gateway.halt()).toBe(30);
  await until(() => ended.length === 30);
  expect(new Set(ended)).toEqual(new Set(["cancelled"]));
}, 30_000);
