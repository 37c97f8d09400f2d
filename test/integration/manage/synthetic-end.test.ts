// What the synthetic market leaves in executions when it is over: nothing that is held, and no order that waits for ever.
import { describe, expect, it } from "vitest";
import type { Crew } from "../../../src/manage/executions/crew.ts";
import { beginningOf } from "../../support/manage/beginning.ts";
import { HostThread, programOf, termsWith } from "../../support/manage/host-thread.ts";
import { Paper, path, type Tick } from "../../support/manage/paper.ts";
import { strategyOf } from "../../support/sandbox/python.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const DEMO = "DEMO-BTC/USDT";
const BUYS = strategyCode("if (market.position == 0) this.buy(1.0);");

function show(paper: Paper, ticks: readonly Tick[]): void {
  paper.stream.ingest.acceptValue(ticks, "demo", "none");
  paper.stream.ingest.publish();
}

function crewsOf(paper: Paper): readonly Crew[] {
  return (paper.manage.executions as unknown as { readonly pool: { readonly crews: readonly Crew[] } }).pool.crews;
}

describe("an execution that has traded the synthetic market", () => {
  it("leaves it at the last price with the first real tick, although that is of no symbol of its own", async () => {
    const symbols = [DEMO, "ETHUSD"];
    const paper = await Paper.open({ strategies: [{ id: "strat_demo01", code: BUYS, parameters: { symbols } }] });
    await paper.start("strat_demo01");
    show(paper, path(DEMO, 100, 1.001, 5));
    await paper.until(() => paper.trades.length > 0);
    show(paper, [{ symbol: DEMO, price: 200 }]);
    await paper.feed([{ symbol: "BTCUSD", price: 100 }]);
    await paper.until(() => paper.trades.length > 1);
    expect(paper.trades.map(({ side, symbol }) => [side, symbol])).toEqual([
      ["BUY", DEMO],
      ["SELL", DEMO],
    ]);
    expect(paper.trades[1]?.price).toBeCloseTo(200, 0);
    expect(paper.manage.executions.active()[0]?.openPositions).toBe(0);
    // What is its own goes on.
    await paper.feed(path("ETHUSD", 50, 1.001, 5));
    await paper.until(() => paper.trades.some(({ symbol }) => symbol === "ETHUSD"));
    expect(paper.trades.filter(({ symbol }) => symbol === DEMO)).toHaveLength(2);
  });

  it("leaves it as well where its thread was lost when the real tick came", async () => {
    const paper = await Paper.open({
      strategies: [{ id: "strat_demo02", code: BUYS, parameters: { symbols: [DEMO] } }],
    });
    await paper.start("strat_demo02");
    show(paper, path(DEMO, 100, 1.001, 5));
    await paper.until(() => paper.trades.length > 0);
    const lost = crewsOf(paper).map((crew) => crew.lose("taken away by a test", 0));
    await paper.feed([{ symbol: "BTCUSD", price: 100 }]);
    await Promise.all(lost);
    await paper.until(() => paper.trades.length > 1);
    expect(paper.trades[1]).toMatchObject({ side: "SELL", symbol: DEMO });
    expect(paper.manage.executions.active()[0]?.openPositions).toBe(0);
  });

  it("leaves it where it goes on in a process that shows none any more, before any tick", async () => {
    const thread = new HostThread();
    const program = programOf("WAITS", strategyOf("return None"));
    const fill = {
      symbol: "BTCUSD",
      side: "BUY",
      quantity: 2,
      price: 100,
      fee: 0,
      time: 1_750_000_000_000_000,
    } as const;
    const past = { equity: 100_000, highest: 100_000, deepest: 0, course: null, figures: null, watch: null };
    const order = beginningOf({ key: 1, program, terms: termsWith(), fills: [fill], past, left: [["BTCUSD", 150]] });
    await thread.letter({ kind: "begin", order });
    expect(thread.ticks(0).sides).toEqual(["SELL"]);
    const [news] = thread.batches;
    expect(news?.fills[0]?.price).toBeCloseTo(150, 0);
    expect(news?.state.openPositions).toBe(0);
    expect(news?.positions).toEqual([]);
  });
});
