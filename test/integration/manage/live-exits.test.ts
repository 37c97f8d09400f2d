// Exits that an exchange refuses, as an operator meets them: what was decided once goes on until nothing is held, everybody
// is told, and nothing is sent after the process that decided it.
import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CcxtVenue } from "../../../src/manage/venue/ccxt-venue.ts";
import { eventually } from "../../support/eventually.ts";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";
import { FakeExchange } from "../../support/venue/exchange.ts";
import { LimitedExchange } from "../../support/venue/limited-exchange.ts";

const ID = "strat_exit01";
const LIVE = { mode: "live" };
/** Buys once, and says once that it is out when the price is below 95. */
const once = (out: string): string =>
  strategyCode(
    `if (!this.bought) { this.bought = true; this.buy(0.8); }
    else if (market.price < 95 && !this.said) { this.said = true; this.${out}; }`,
    "private bought: bool = false; private said: bool = false;",
  );
const tick = (price: number) => ({ symbol: "BTCUSDT", price, volume: 1 });

interface Desk {
  readonly exchange: FakeExchange;
  readonly paper: Paper;
  readonly executionId: string;
}

/** Where one sells short, its symbols have contracts. */
function venueOf(exchange: FakeExchange, contracts = false): CcxtVenue {
  const limited = new LimitedExchange(exchange, contracts);
  return new CcxtVenue({ name: "ccxt:limited", exchange: limited, currency: "USDT", pollMs: 30 });
}

async function ready({ manage }: Paper): Promise<void> {
  await eventually(
    () => manage.venue.refusal(),
    (refusal) => refusal === null,
  );
}

/** It holds 100, and the exchange takes no order to sell. */
async function held(out: string, file: string | null = null): Promise<Desk> {
  const exchange = new FakeExchange();
  exchange.quote("BTC/USDT", 99, 100);
  const turns = out !== "close()";
  const strategies = [{ id: ID, code: once(out), parameters: { symbols: ["BTCUSDT"], allow_short: turns } }];
  const paper = await Paper.open({ strategies, venue: venueOf(exchange, turns), file, shared: file !== null });
  await ready(paper);
  const { executionId } = await paper.start(ID, LIVE);
  await paper.feed([tick(100)]);
  await paper.until(() => paper.trades.length === 1);
  exchange.judge = ({ side }) => (side === "SELL" ? "less than the least order" : null);
  exchange.quote("BTC/USDT", 89, 91);
  return { exchange, paper, executionId };
}

function alertsOf({ paper, executionId }: Desk) {
  return paper.manage.alerts.open().filter(({ message }) => message.includes(executionId));
}

async function orders({ manage }: Paper) {
  const asked = { strategyId: ID, symbol: null, state: null, before: null, limit: 9 };
  const all = await manage.executions.orders.list(asked);
  return all.map(({ side, state, filled, reduceOnly }) => [side, state, filled, reduceOnly]);
}

/** Second after second, until it has traded so often. */
async function passes(paper: Paper, trades: number): Promise<void> {
  const traded = async (): Promise<number> => {
    paper.pass(1);
    await paper.feed([tick(90)]);
    await paper.settled();
    return paper.trades.length;
  };
  await eventually(traded, (count) => count >= trades);
}

describe("an exit that the exchange refuses", () => {
  it.each([
    ["close()", /^the exit of .* \(sell 100 BTCUSDT\) was not executed .*; it is sent again until nothing is held$/],
    [
      "sell(0.8)",
      /^the order that was to turn the position of .* \(sell 100 BTCUSDT\) .*; the position is left instead, and that is sent again until nothing is held$/,
    ],
  ])("is sent again although %s was said once, and somebody is told", async (out, told) => {
    const desk = await held(out);
    const { exchange, paper } = desk;
    await paper.feed([tick(90)]);
    await paper.until(() => alertsOf(desk).length > 0);
    expect(alertsOf(desk)).toMatchObject([{ level: "critical", type: "risk", symbol: "BTCUSDT", strategyId: ID }]);
    expect(alertsOf(desk)[0]?.message).toMatch(told);
    expect(await orders(paper)).toEqual([
      ["SELL", "working", 0, true],
      ["BUY", "filled", 100, false],
    ]);
    exchange.judge = () => null;
    await passes(paper, 2);
    expect(paper.trades[1]).toMatchObject({ side: "SELL", price: 89, quantity: 100 });
    expect(await orders(paper)).toEqual([
      ["SELL", "filled", 100, true],
      ["BUY", "filled", 100, false],
    ]);
    expect(exchange.positions.get("BTC/USDT")).toBe(0);
    expect(exchange.doubled()).toEqual([]);
    // It has gone on in one position, and begins none behind that.
    await paper.feed([tick(90), tick(91)]);
    await paper.settled();
    expect(exchange.orders.filter(({ status }) => status !== "rejected")).toHaveLength(2);
  });

  it("is not sent by the process behind one that is killed while it waits: that is stopped, and the exit over", async () => {
    const file = join(temporaryFolder(), "engine.db");
    const desk = await held("close()", file);
    const { exchange, paper: first } = desk;
    onTestFinished(() => first.close());
    await first.feed([tick(90)]);
    await first.until(() => alertsOf(desk).length > 0);
    // It is told before it is stored.
    const exits = "SELECT state FROM orders WHERE side = 'SELL'";
    await eventually(
      () => first.records.store.query(exits, []),
      (rows) => rows.some(({ state }) => state === "working"),
    );
    const { length } = exchange.orders;
    // As the disk is then; the first process is told of nothing more.
    const folder = temporaryFolder();
    await cp(dirname(file), folder, { recursive: true });
    exchange.judge = () => null;
    const strategies = [{ id: ID, code: once("close()") }];
    const later = await Paper.open({
      strategies,
      venue: venueOf(exchange),
      file: join(folder, "engine.db"),
      stored: true,
      autoResume: true,
    });
    await ready(later);
    expect(later.manage.executions.active()).toEqual([]);
    for (let second = 0; second < 5; second++) {
      later.pass(1);
      await later.feed([tick(90)]);
    }
    await later.settled();
    expect(exchange.orders).toHaveLength(length);
    expect(exchange.positions.get("BTC/USDT")).toBe(100);
    expect((await orders(later))[0]).toEqual(["SELL", "cancelled", 0, true]);
    const started = await later.manage.desk.start(ID, LIVE, "test");
    expect(JSON.stringify(started)).toContain("the venue holds 100 BTCUSDT that no open execution has");
  });
});

describe("two live executions in one symbol, the position of one of which a person closes at the exchange", () => {
  it("sell nothing of each other's until that one is stopped, and everybody is told", async () => {
    const exchange = new FakeExchange();
    exchange.quote("BTC/USDT", 99, 100);
    const other = "strat_exit02";
    const holds = strategyCode(
      "if (!this.bought) { this.bought = true; this.buy(0.8); }",
      "private bought: bool = false;",
    );
    const strategies = [
      { id: ID, code: once("close()"), parameters: { symbols: ["BTCUSDT"] } },
      { id: other, code: holds, parameters: { symbols: ["BTCUSDT"], stop_loss: -0.05 } },
    ];
    const paper = await Paper.open({ strategies, venue: venueOf(exchange) });
    const { venue, alerts, desk } = paper.manage;
    await ready(paper);
    for (const { id } of strategies) await paper.start(id, LIVE);
    await paper.feed([tick(100)]);
    await paper.until(() => paper.trades.length === 2);
    exchange.positions.set("BTC/USDT", 100);
    const gone =
      "the venue holds 100 BTCUSDT less than open executions have: stop the execution whose position was closed there";
    expect(await venue.reconcile("ops", true)).toMatchObject({ ok: true, value: { state: "ready", disputes: [] } });
    const told = (): readonly string[] => alerts.open().map(({ message }) => message);
    expect(told()).toContain(gone);
    exchange.quote("BTC/USDT", 89, 91);
    await paper.feed([tick(90)]);
    // The exit of the one and the stop of the other.
    await paper.until(() => told().filter((message) => message.includes(`at the venue: ${gone}`)).length === 2);
    expect(exchange.orders).toHaveLength(2);
    await desk.stop(ID, "test");
    await passes(paper, 3);
    expect(paper.trades[2]).toMatchObject({ side: "SELL", price: 89, quantity: 100 });
    expect(exchange.positions.get("BTC/USDT")).toBe(0);
    expect(await venue.reconcile("ops", false)).toMatchObject({ ok: true, value: { disputes: [] } });
  });
});

it("an entry that the exchange refuses is not sent anew with every event that decides it", async () => {
  const exchange = new FakeExchange();
  exchange.quote("BTC/USDT", 99, 100);
  exchange.judge = () => "no margin";
  const strategies = [{ id: ID, code: strategyCode("this.buy(0.8);"), parameters: { symbols: ["BTCUSDT"] } }];
  const paper = await Paper.open({ strategies, venue: venueOf(exchange) });
  await ready(paper);
  await paper.start(ID, LIVE);
  // An event in a tenth of a second, and each refusal has come before the next one.
  for (let event = 0; event < 35; event++) {
    paper.pass(0.1);
    await paper.feed([tick(100)]);
    await paper.settled();
    await eventually(
      () => paper.manage.venue.status().openOrders,
      (open) => open === 0,
    );
  }
  expect(exchange.orders.length).toBeLessThanOrEqual(3); // at once, after one second, after two more
  expect(exchange.orders.length).toBeGreaterThan(1);
  const [live] = paper.manage.executions.active();
  expect(live?.ordersRefused).toBeGreaterThan(20);
  expect(live?.lastRefusal).toBe("the venue did not take the entry before this one: the next may leave after a pause");
  exchange.judge = () => null;
  await passes(paper, 1);
  expect(paper.trades).toMatchObject([{ side: "BUY" }]);
});
