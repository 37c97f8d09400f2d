// What a live execution leaves at the venue when it ends: the next one does not begin beside it before somebody says so.
import { expect, it } from "vitest";
import { CcxtVenue } from "../../../src/manage/venue/ccxt-venue.ts";
import { eventually } from "../../support/eventually.ts";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";
import { FakeExchange } from "../../support/venue/exchange.ts";
import { LimitedExchange } from "../../support/venue/limited-exchange.ts";

const BUYS = strategyCode("if (market.position == 0) this.buy(0.8);");
const LIVE = { mode: "live" };

it("a position that an execution has left refuses the next live start there, until an operator has accepted it", async () => {
  const exchange = new FakeExchange();
  exchange.quote("BTC/USDT", 99, 100);
  const limited = new LimitedExchange(exchange);
  const venue = new CcxtVenue({ name: "ccxt:limited", exchange: limited, currency: "USDT", pollMs: 30 });
  const code = (id: string, symbol: string) => ({ id, code: BUYS, parameters: { symbols: [symbol] } });
  const strategies = [
    code("strat_left01", "BTCUSDT"),
    code("strat_left02", "BTCUSDT"),
    code("strat_left03", "ETHUSDT"),
  ];
  const paper = await Paper.open({ strategies, venue });
  const { manage } = paper;
  await eventually(
    () => manage.venue.refusal(),
    (refusal) => refusal === null,
  );
  await paper.start("strat_left01", LIVE);
  await paper.feed([{ symbol: "BTCUSDT", price: 100, volume: 1 }]);
  await paper.until(() => paper.trades.length === 1);
  // What it holds is its own: another one may trade beside it.
  await paper.start("strat_left02", LIVE);
  await manage.desk.stop("strat_left02", "test");
  await manage.desk.stop("strat_left01", "test");
  const refused = await manage.desk.start("strat_left01", LIVE, "test");
  expect(refused).toMatchObject({ ok: false, failure: { code: "conflict" } });
  expect(JSON.stringify(refused)).toContain("the venue holds 100 BTCUSDT that no open execution has");
  expect(await manage.desk.start("strat_left03", LIVE, "test")).toMatchObject({ ok: true });
  expect(await manage.desk.start("strat_left02", {}, "test")).toMatchObject({ ok: true });
  const accepted = await manage.venue.reconcile("ops", true);
  expect(accepted).toMatchObject({ ok: true, value: { state: "ready" } });
  expect(await manage.desk.start("strat_left01", LIVE, "test")).toMatchObject({ ok: true });
});
