// Users' strategies over history: fills where they must be, the same bytes again, and a fault that names its place.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryHistory } from "../../../src/history/history.ts";
import { type ClosedTrade, type DecisionTold, explainRun } from "../../../src/research/research.ts";
import { CodeBench } from "../../support/code-runs.ts";
import { barTable, FIVE_MINUTES, market, START, tickMarket } from "../../support/research.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const BARS = 2_000;
const BAR_US = FIVE_MINUTES * 1_000;
const CROSS = strategyCode(
  `const distance = this.fast.next(market.price) - this.slow.next(market.price);
    if (distance > 0) this.buy(0.6);
    else if (distance < 0) this.sell(0.6);`,
  "private fast: Sma = new Sma(i32(FAST.value)); private slow: Sma = new Sma(30);",
  'const FAST = parameter("fast", 10, 2, 29, "bars of the fast average");',
);
/** Decides at given events alone. */
const at = (cases: Readonly<Record<number, string>>) =>
  strategyCode(
    Object.entries(cases)
      .map(([count, does]) => `if (market.count == ${count}) { ${does} }`)
      .join("\n"),
  );

let bench: CodeBench;
beforeAll(() => {
  bench = new CodeBench();
});
afterAll(() => bench.close());

function columnsOf(table: ReturnType<typeof barTable>) {
  const [open = [], high = [], low = [], close = []] = table.columns.map((column) => Array.from(column));
  return { open, high, low, close };
}

describe("user code over history", () => {
  it("trades as a plain loop over the same bars does", async () => {
    const { open, close } = columnsOf(barTable("BTCUSD"));
    const mean = (end: number, n: number): number =>
      end < n ? Number.NaN : close.slice(end - n, end).reduce((sum, value) => sum + value, 0) / n;
    const wanted: { entryTime: number; entryPrice: number; exitTime: number; exitPrice: number }[] = [];
    let entry: { time: number; price: number } | null = null;
    for (let bar = 1; bar < BARS; bar++) {
      const [fast, slow] = [mean(bar, 10), mean(bar, 30)];
      const [time, price] = [START + bar * BAR_US, open[bar] ?? 0];
      if (fast > slow && entry === null) entry = { time, price };
      else if (fast < slow && entry !== null) {
        wanted.push({ entryTime: entry.time, entryPrice: entry.price, exitTime: time, exitPrice: price });
        entry = null;
      }
    }
    const { trades, figures, statement } = await bench.run(market(["BTCUSD"]), CROSS);
    expect(wanted.length).toBeGreaterThan(10);
    expect(trades).toHaveLength(wanted.length);
    trades.forEach((trade, index) => {
      const right = wanted[index];
      expect([trade.entryTime, trade.exitTime]).toEqual([right?.entryTime, right?.exitTime]);
      expect(trade.entryPrice).toBeCloseTo(right?.entryPrice ?? 0, 6);
      expect(trade.exitPrice).toBeCloseTo(right?.exitPrice ?? 0, 6);
      expect(trade.quantity * trade.entryPrice).toBeGreaterThan(9_900);
      expect(trade.quantity * trade.entryPrice).toBeLessThan(10_100);
    });
    expect(figures.trades).toBe(wanted.length);
    expect(statement).toMatchObject({ strategy: "tried", parameters: { fast: 10, fee_bps: 0 }, capital: 100_000 });
    expect(statement.costs).toMatchObject({ fee_bps: 0, slippage_bps: 0, position_size: 0.1 });
  });

  it("gives the same bytes again, whatever the blocks, and others for other parameters, code or data", async () => {
    const first = await bench.run(market(["BTCUSD"]), CROSS);
    expect(await bench.run(market(["BTCUSD"]), CROSS)).toEqual(first);
    expect(await bench.run(market(["BTCUSD"], {}, 13), CROSS)).toEqual(first);
    const other = await bench.run(market(["BTCUSD"]), CROSS, { parameters: { fast: 5 } });
    expect(other.signalHash).not.toBe(first.signalHash);
    expect(other.statement.parameterHash).not.toBe(first.statement.parameterHash);
    const renamed = await bench.run(market(["BTCUSD"]), CROSS.replace("buy(0.6)", "buy(0.7)"));
    expect(renamed.statement.codeHash).not.toBe(first.statement.codeHash);
    expect([renamed.resultHash, renamed.signalHash === first.signalHash]).toEqual([first.resultHash, false]);
    const elsewhere = await bench.run(market(["BTCUSD"], { seed: 5 }), CROSS);
    expect(elsewhere.statement.dataHash).not.toBe(first.statement.dataHash);
  });

  it("over the first part of the tape gives what the whole begins with", async () => {
    const whole = await bench.run(market(["BTCUSD"]), CROSS);
    const part = await bench.run(market(["BTCUSD"]), CROSS, { to: START + 1_000 * BAR_US + 1 });
    expect(part.equity.equity).toHaveLength(1_000);
    expect([...whole.equity.equity.subarray(0, 1_000)]).toEqual([...part.equity.equity]);
    expect(whole.trades.slice(0, part.trades.length)).toEqual(part.trades);
    expect(part.trades.length).toBeGreaterThan(2);
  });

  it("tells the strategy at each event what it holds by then", async () => {
    const told: DecisionTold[] = [];
    const code = at({ 5: "this.buy();", 6: "this.buy(0.5, market.position);", 9: "this.close();" }).replace(
      "onTick(market: Market): void {",
      "onTick(market: Market): void { if (market.count == 11) this.buy(0.5, 1 + market.position);",
    );
    const { trades } = await bench.run(market(["BTCUSD"]), code, {}, { onDecision: (one) => told.push(one) });
    expect(told.map(({ event, action }) => [event, action])).toEqual([
      [4, "buy"],
      [5, "buy"],
      [8, "exit"],
      [10, "buy"],
    ]);
    expect(told[1]?.stop).toBeCloseTo(trades[0]?.quantity ?? 0, 9);
    expect(told[3]?.stop).toBe(1);
    expect(told[0]?.time).toBe(START + 5 * BAR_US);
    expect(trades[0]).toMatchObject({ entryTime: START + 5 * BAR_US, exitTime: START + 9 * BAR_US });
  });
});

describe("what is said of trading", () => {
  it("closes at the returns that are given, whatever their sign, and says so", async () => {
    const code = at({ 3: "this.buy();" });
    const { columns } = barTable("BTCUSD");
    const prices = columns.map((column, index) =>
      Array.from(column, (value, bar) => (index === 4 ? value : bar < 10 ? 100 : bar < 20 ? 94 : 112)),
    );
    const history = memoryHistory([{ ...barTable("BTCUSD"), columns: prices }]);
    for (const stop of [-0.05, 0.05]) {
      const { trades, statement } = await bench.run(history, code, { parameters: { stop_loss: stop } });
      expect(trades[0]).toMatchObject({ reason: "stop", entryPrice: 100 });
      expect(statement.costs["stop_loss"]).toBe(-0.05);
    }
    const target = await bench.run(history, code, { parameters: { take_profit: 0.1 } });
    expect(target.trades[0]).toMatchObject({ reason: "target", entryPrice: 100 });
    const own = await bench.run(history, at({ 3: "this.buy(1, 95, 111);" }));
    expect(own.trades[0]).toMatchObject({ reason: "stop" });
    expect((await bench.run(history, code)).trades).toEqual([]);
  });

  it("takes sizes, limits, shorts and costs from the decision, the parameters and the risk limits", async () => {
    const history = market(["BTCUSD"]);
    const worth = async (code: string, request = {}): Promise<number> => {
      const { trades } = await bench.run(history, code, request);
      return Math.round(((trades[0]?.quantity ?? 0) * (trades[0]?.entryPrice ?? 0)) / 100) / 10;
    };
    const whole = at({ 3: "this.buy();", 9: "this.close();" });
    const half = at({ 3: "this.buy(1, 0, 0, 0.5);", 9: "this.close();" });
    const many = at({ 3: "this.buy(1, 0, 0, 50);", 9: "this.close();" });
    expect(await worth(whole)).toBeCloseTo(10, 0);
    expect(await worth(half)).toBeCloseTo(5, 0);
    expect(await worth(many)).toBeCloseTo(100, 0);
    const limited = { riskLimits: { max_position_size: 2_000 } };
    for (const code of [whole, many]) expect(await worth(code, limited)).toBeCloseTo(2, 0);
    expect(await worth(whole, { parameters: { position_size: 0.5 } })).toBeCloseTo(50, 0);
    const short = at({ 3: "this.sell();", 9: "this.buy();" });
    expect((await bench.run(history, short)).trades).toEqual([]);
    const [sold] = (await bench.run(history, short, { parameters: { allow_short: true } })).trades;
    expect(sold?.side).toBe("short");
    const dear = await bench.run(history, whole, { parameters: { fee_bps: 10, slippage_bps: 5 } });
    expect(dear.figures.fees).toBeCloseTo(20, 0);
    expect(dear.figures.slippage).toBeGreaterThan(5);
    expect(dear.statement.costs).toMatchObject({ fee_bps: 10, slippage_bps: 5 });
  });

  it("is refused before the run where it makes no sense", async () => {
    const history = market(["BTCUSD"]);
    const refused = async (request: object) => explainRun(await bench.failure(history, CROSS, request));
    expect(await refused({ parameters: { fast: 1 } })).toBe("parameters.fast must be a number from 2 to 29, not 1");
    expect(await refused({ parameters: { fast: "7" } })).toContain("parameters.fast must be a number");
    expect(await refused({ parameters: { fee_bps: 5_000 } })).toContain("parameters.fee_bps must be");
    expect(await refused({ parameters: { stop_loss: -2 } })).toContain("parameters.stop_loss must be a return");
    expect(await refused({ riskLimits: { max_position_size: "1" } })).toContain("risk_limits.max_position_size");
    expect(await refused({ symbols: [] })).toContain("symbols must name");
    expect(await refused({ symbols: ["NONE"] })).toBe("no history for NONE; there is some for BTCUSD");
    expect(await refused({ capital: 0 })).toContain("initial_capital");
    expect(await refused({ from: START + 1e15 })).toContain("nothing in this span");
  });
});

describe("several symbols and ticks", () => {
  it("are told apart, each with its own state and position", async () => {
    const symbols = ["BTCUSD", "ETHUSD"];
    const both = await bench.run(market(symbols), CROSS, { symbols });
    expect(new Set(both.trades.map(({ symbol }) => symbol))).toEqual(new Set(symbols));
    const alone = await bench.run(market(["BTCUSD"]), CROSS);
    const own = both.trades.filter(({ symbol }) => symbol === "BTCUSD");
    const times = (trades: readonly ClosedTrade[]) => trades.map(({ entryTime, exitTime }) => [entryTime, exitTime]);
    expect(times(own)).toEqual(times(alone.trades));
    expect(both.events).toBe(2 * BARS);
    const one = await bench.run(market(symbols), CROSS, { symbols, riskLimits: { max_open_positions: 1 } });
    expect(one.trades.length).toBeLessThan(both.trades.length);
    expect(one.warnings.join()).toContain("max_open_positions is 1");
  });

  it("show quotes and trades as they come, with the best prices of the last quote", async () => {
    const told: DecisionTold[] = [];
    const code = strategyCode("this.buy(market.volume > 0 ? 1 : 0.5, market.bid, market.ask, market.price);");
    await bench.run(tickMarket("BTCUSD", 50), code, {}, { onDecision: (one) => told.push(one) });
    expect(told).toHaveLength(100);
    told.forEach(({ confidence, stop, target, size }, index) => {
      expect(confidence).toBe(index % 2 === 0 ? 0.5 : 1);
      expect(stop).toBeLessThan(target);
      if (index % 2 === 0) expect(size).toBeCloseTo((stop + target) / 2, 9);
    });
  });
});

describe("a run that cannot go on", () => {
  it("ends with the author's line, what went wrong, and the event", async () => {
    const code = strategyCode('assert(market.count < 500, "it had enough");');
    const failure = await bench.failure(market(["BTCUSD"]), code);
    expect(failure).toMatchObject({
      code: "strategy_fault",
      fault: { kind: "aborted", message: "it had enough", line: 6 },
      time: START + 500 * BAR_US,
      symbol: "BTCUSD",
      events: 499,
    });
    expect(explainRun(failure)).toBe(
      `line 6: it had enough (aborted, at ${new Date(START / 1000 + 500 * FIVE_MINUTES).toISOString()}, BTCUSD)`,
    );
    expect(await bench.failure(market(["BTCUSD"]), strategyCode("while (true) {}"))).toMatchObject({
      fault: { kind: "out_of_fuel" },
      events: 0,
    });
  });

  it("ends when nobody wants it any more", async () => {
    const asked: number[] = [];
    const stop = (share: number): boolean => asked.push(share) > 1;
    const done = bench.run(market(["BTCUSD"], { bars: 20_000 }), CROSS, {}, { onProgress: stop });
    await expect(done).rejects.toThrow("cancelled");
    expect(asked).toHaveLength(2);
  });
});
