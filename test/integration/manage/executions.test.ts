// Executions on the live stream: real threads, real compiler, real store. Prices go in as market data, and what is awaited
// is what the executions say.
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { Paper, path, type Tick } from "../../support/manage/paper.ts";
import { RSI_STRATEGY } from "../../support/sandbox/python.ts";
import { RSI_CODE, strategyCode } from "../../support/strategy-code.ts";

const BUYS = strategyCode("if (market.position == 0) this.buy(0.8);");

/** 40 falling by half a percent, then 40 rising. */
function valley(symbol: string): readonly Tick[] {
  const down = path(symbol, 50_000, 0.995, 40);
  return [...down, ...path(symbol, down.at(-1)?.price ?? 0, 1.005, 40)];
}

describe("an execution of code", () => {
  it("of the reference RSI buys in the fall, sells in the rise, and its ledger adds up", async () => {
    const paper = await Paper.open({
      strategies: [{ id: "strat_rsi001", code: RSI_CODE, parameters: { symbols: ["BTCUSD"] } }],
    });
    const { executionId } = await paper.start("strat_rsi001");
    await paper.feed(valley("BTCUSD"));
    await paper.until(() => paper.trades.some(({ side }) => side === "SELL"));
    const [bought, sold] = paper.trades;
    expect([bought?.side, sold?.side]).toEqual(["BUY", "SELL"]);
    expect(bought?.pnl).toBe(0);
    // A tenth of the capital, at the price of a tick.
    expect((bought?.quantity ?? 0) * (bought?.price ?? 0)).toBeGreaterThan(9_900);
    expect(valley("BTCUSD").map(({ price }) => price)).toContain(bought?.price);
    expect(sold?.pnl).toBeCloseTo((sold?.quantity ?? 0) * ((sold?.price ?? 0) - (bought?.price ?? 0)), 4);
    const stopped = await paper.manage.desk.stop("strat_rsi001", "test");
    if (!stopped.ok || stopped.value === null) throw new Error("it did not run");
    expect(stopped.value).toMatchObject({
      executionId,
      status: "stopped",
      stopReason: "requested",
      tradeCount: paper.trades.length,
    });
    expect(stopped.value.reigns).toMatchObject([{ version: "1.0.0", events: 80 }]);
    const stored = await paper.manage.executions.trades(executionId, null, undefined, 500);
    expect(stored.toReversed()).toEqual(paper.trades);
    const realised = paper.trades.reduce((sum, { pnl }) => sum + pnl, 0);
    expect(stopped.value.pnl).toBeCloseTo(realised, 4);
  });

  it("of the same strategy in Python does the same", async () => {
    const parameters = { rsi_period: 14, oversold: 25, overbought: 75 };
    const paper = await Paper.open({
      strategies: [{ id: "strat_rsi002", code: RSI_STRATEGY, language: "python", parameters }],
    });
    // All symbols: the first one comes up while it runs.
    await paper.start("strat_rsi002");
    await paper.feed(valley("BTCUSD"));
    await paper.until(() => paper.trades.some(({ side }) => side === "SELL"));
    expect(paper.trades.slice(0, 2).map(({ side, symbol }) => [side, symbol])).toEqual([
      ["BUY", "BTCUSD"],
      ["SELL", "BTCUSD"],
    ]);
    await paper.feed(valley("ETHUSD"));
    await paper.until(() => paper.trades.some(({ side, symbol }) => side === "SELL" && symbol === "ETHUSD"));
  });

  it("fills at the tick behind the one that decided", async () => {
    const paper = await Paper.open({ strategies: [{ id: "strat_buy001", code: BUYS }] });
    await paper.start("strat_buy001");
    await paper.feed([{ symbol: "BTCUSD", price: 100 }]);
    await paper.settled();
    expect(paper.trades).toEqual([]);
    await paper.feed([{ symbol: "BTCUSD", price: 103 }]);
    await paper.until(() => paper.trades.length > 0);
    expect(paper.trades[0]).toMatchObject({ side: "BUY", price: 103, symbol: "BTCUSD" });
  });

  it("that fails ends in error with its author's line, its strategy as well, and no other is disturbed", async () => {
    const bomb = strategyCode("if (++this.count == 5) assert(false, `five`);", "private count: i32 = 0;");
    const loop = strategyCode("if (++this.count == 5) while (true) this.count++;", "private count: i32 = 0;");
    const counter = strategyCode("if (market.count % 2 == 1) this.buy(0.5); else this.sell(0.5);");
    const paper = await Paper.open({
      strategies: [
        { id: "strat_bomb01", code: bomb },
        { id: "strat_loop01", code: loop },
        { id: "strat_good01", code: counter },
      ],
    });
    for (const id of ["strat_bomb01", "strat_loop01", "strat_good01"]) await paper.start(id);
    await paper.feed(path("ETHUSD", 2_000, 1.001, 101));
    await paper.until(() => paper.trades.length === 100);
    const faults = paper.heard
      .filter(([event]) => event === "fault")
      .map(([, { strategyId, error }]) => [strategyId, error]);
    expect(faults).toEqual([
      ["strat_bomb01", expect.stringMatching(/^line \d+: five$/)],
      ["strat_loop01", "it did not come to an end at this event (out_of_fuel)"],
    ]);
    await expect.poll(() => paper.manage.registry.get("strat_loop01")?.status).toBe("error");
    expect(paper.manage.registry.get("strat_bomb01")).toMatchObject({ status: "error", lastError: faults[0]?.[1] });
    expect(paper.manage.registry.get("strat_good01")?.status).toBe("deployed");
    expect(paper.manage.executions.running()).toBe(1);
    expect(paper.manage.alerts.open()).toHaveLength(2);
  });

  it("that reaches a limit trades nothing any more, is paused with its strategy, and goes on when it is told to", async () => {
    const paper = await Paper.open({
      strategies: [
        { id: "strat_loss01", code: BUYS, riskLimits: { daily_loss_limit: -500 }, parameters: { position_size: 1 } },
        { id: "strat_fall01", code: BUYS, riskLimits: { max_drawdown: -0.01 }, parameters: { position_size: 1 } },
      ],
    });
    await paper.start("strat_loss01");
    await paper.start("strat_fall01");
    await paper.feed([{ symbol: "BTCUSD", price: 100 }, ...path("BTCUSD", 100, 0.999, 20)]);
    await paper.until(() => paper.heard.filter(([event]) => event === "breach").length === 2);
    await expect.poll(() => paper.manage.registry.get("strat_fall01")?.status).toBe("paused");
    expect(paper.manage.executions.active().map(({ status }) => status)).toEqual(["paused", "paused"]);
    const messages = paper.manage.alerts.open().map(({ message }) => message.replace(/^execution exec_\w+ /, ""));
    expect(messages).toEqual([
      expect.stringMatching(/^is paused: daily_loss_limit reached: -5\d\d\.\d\d against -500$/),
      expect.stringMatching(/^is paused: max_drawdown reached: -0\.01\d\d against -0\.01$/),
    ]);
    const resumed = await paper.manage.registry.move("strat_loss01", "resume", { actor: "test" });
    expect(resumed.ok).toBe(true);
    await paper.until(() =>
      paper.heard.some(([event, { strategyId }]) => event === "resumed" && strategyId === "strat_loss01"),
    );
    await paper.feed(path("BTCUSD", 98, 0.999, 8));
    await paper.until(() => paper.heard.filter(([event]) => event === "breach").length === 3);
  });

  it("takes changed parameters at once, code and state of its account staying as they are", async () => {
    const code = strategyCode(
      "if (SIDE.value > 0) this.buy(0.5); else this.sell(0.5);",
      "",
      'const SIDE = parameter("side", 1, -1, 1, "of its trades");',
    );
    const paper = await Paper.open({ strategies: [{ id: "strat_side01", code, parameters: { take_profit: 0.5 } }] });
    await paper.start("strat_side01");
    await paper.feed(path("BTCUSD", 100, 1.001, 3));
    await paper.until(() => paper.trades.length === 1);
    const changed = await paper.manage.registry.update("strat_side01", { parameters: { side: -1 } }, "test");
    expect(changed.ok).toBe(true);
    let price = 100;
    // It is opened anew with them while ticks come in.
    const traded = async (): Promise<number> => {
      await paper.feed([{ symbol: "BTCUSD", price: price++ }]);
      await paper.settled();
      return paper.trades.length;
    };
    await eventually(traded, (count) => count >= 2);
    expect(paper.trades.map(({ side }) => side)).toEqual(["BUY", "SELL"]);
    expect(paper.manage.registry.get("strat_side01")?.version).toBe("1.0.1");
    expect(paper.manage.executions.active()[0]?.version).toBe("1.0.0");
  });
});
