// Runs over history through a real engine: jobs with results that outlive it, and tests of registered strategies.
import { expect, it } from "vitest";
import { dataDir, type Message, register, startEngine } from "../../support/manage/engine.ts";
import { RSI_STRATEGY } from "../../support/sandbox/python.ts";
import { storeBars } from "../../support/research.ts";
import type { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

const LONG = { strategy_type: "mean_reversion", duration_days: 3_650 };
/** A run over history, on a machine that is busy with other work. */
const PATIENCE_MS = 240_000;
const SHORT = { strategy_type: "moving_average_crossover", duration_days: 20 };

async function ask(engine: EngineProcess, body: object): Promise<string> {
  const { status, body: answer } = await engine.ask("POST", "/backtests", body);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer["backtest_id"]);
}

async function ended(engine: EngineProcess, id: string, wanted = /completed|failed|cancelled/): Promise<Message> {
  const look = async (): Promise<Message> => (await engine.ask("GET", `/backtests/${id}`)).body;
  return eventually(look, ({ status }) => wanted.test(String(status)), PATIENCE_MS);
}

const resultOf = (backtest: Message): Message => backtest["result"] as Message;

/** What is told of all steps and all trades comes to the figures. */
function isConsistent(result: Message): void {
  const months = result["months"] as readonly { readonly months: readonly (number | null)[] }[];
  const grown = months.flatMap((year) => year.months).reduce<number>((all, month) => all * (1 + (month ?? 0)), 1);
  expect(grown - 1).toBeCloseTo(Number(result["total_return"]), 9);
  const trades = result["trades"] as readonly { readonly pnl: number }[];
  const bins = result["trade_bins"] as readonly { readonly count: number }[];
  expect(bins.reduce((all, { count }) => all + count, 0)).toBe(trades.filter(({ pnl }) => pnl !== 0).length);
  const { gross, fees, slippage, carry, net } = result["cost_sums"] as Readonly<Record<string, number>>;
  expect(net).toBeCloseTo(
    trades.reduce((all, { pnl }) => all + pnl, 0),
    6,
  );
  expect(Number(gross) - Number(fees) - Number(slippage) + Number(carry)).toBeCloseTo(Number(net), 6);
  expect(result["verdict"]).toMatchObject({
    judgement: expect.stringMatching(/credible|unproven|refused/) as string,
    trials: 1,
  });
}

it("completes with a result that is the same for the same request, also after a restart", async () => {
  const dir = dataDir();
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const first = await ended(engine, await ask(engine, SHORT));
  expect(first).toMatchObject({ status: "completed", progress: 1, error: null });
  const result = resultOf(first);
  expect(result).toMatchObject({ data_source: "synthetic", duration_days: 20 });
  expect(result["trade_count"]).toBeGreaterThan(3);
  expect((result["equity_curve"] as unknown[]).length).toBeLessThanOrEqual(500);
  isConsistent(result);
  const again = await ended(engine, await ask(engine, SHORT));
  expect(again["result"]).toEqual(result);
  await engine.stop();
  const later = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const kept = await later.ask("GET", `/backtests/${String(first["backtest_id"])}`);
  expect(kept.body["result"]).toEqual(result);
});

it("is failed with the reason after the process died under it", async () => {
  const dir = dataDir();
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const id = await ask(engine, LONG);
  const waiting = await ask(engine, SHORT);
  await ended(engine, id, /running/);
  await engine.kill();
  const later = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  for (const lost of [id, waiting]) {
    const { body } = await later.ask("GET", `/backtests/${lost}`);
    expect(body).toMatchObject({ status: "failed", result: null });
    expect(body["error"]).toContain("the engine ended");
  }
});

it("is cancelled while it runs and while it waits, and the next one begins", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const long = await ask(engine, LONG);
  const other = await ask(engine, LONG);
  await ended(engine, long, /running/);
  const next = await ask(engine, SHORT);
  for (const id of [other, long]) {
    const { status, body } = await engine.ask("DELETE", `/backtests/${id}`);
    expect([status, body]).toEqual([200, { status: "cancelled" }]);
    expect(await ended(engine, id)).toMatchObject({ status: "cancelled" });
  }
  expect(await engine.ask("DELETE", `/backtests/${long}`)).toMatchObject({
    status: 409,
    body: { error: "invalid_state" },
  });
  expect(await ended(engine, next)).toMatchObject({ status: "completed" });
  const { body } = await engine.ask("GET", "/backtests?status=cancelled");
  expect((body["backtests"] as Message[]).map(({ backtest_id: id }) => id)).toEqual([other, long]);
});

it("is refused when as many wait as can wait", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const answers = await Promise.all(Array.from({ length: 110 }, () => engine.ask("POST", "/backtests", LONG)));
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThanOrEqual(8);
  expect(refused[0]?.body).toMatchObject({ error: "queue_full" });
});

it("uses recorded history where every symbol has enough bars", async () => {
  const dir = dataDir();
  storeBars(dir, "BTCUSD", { bars: 4_000 });
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const named = resultOf(await ended(engine, await ask(engine, { ...SHORT, symbols: ["btcusd"] })));
  expect(named).toMatchObject({ data_source: "history", duration_days: 14 });
  const unnamed = resultOf(await ended(engine, await ask(engine, SHORT)));
  expect(unnamed["total_return"]).toBe(named["total_return"]);
  const other = resultOf(await ended(engine, await ask(engine, { ...SHORT, symbols: ["ETHUSD"] })));
  expect(other["data_source"]).toBe("synthetic");
  const instead = "no history for ETHUSD (history of: BTCUSD): a made-up market stands for it";
  expect((other["warnings"] as readonly string[])[0]).toBe(instead);
  expect(named["warnings"]).not.toContainEqual(expect.stringContaining("a made-up market"));
});

it("says that a market is made up where there is no folder to look for history", async () => {
  const engine = await startEngine({ DATA_DIR: "", DEMO: "off" });
  const { warnings } = resultOf(await ended(engine, await ask(engine, { ...SHORT, symbols: ["ETHUSD"] })));
  const instead = "no history for ETHUSD (there is no DATA_DIR to keep it in): a made-up market stands for it";
  expect((warnings as readonly string[])[0]).toBe(instead);
  const unnamed = resultOf(await ended(engine, await ask(engine, SHORT)));
  expect(unnamed["warnings"]).not.toContainEqual(expect.stringContaining("a made-up market"));
});

it("tests a registered strategy over days and hours, and counts that", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const id = await register(engine, { strategy_type: "trend_following", parameters: { allow_short: true } });
  const backtest = await engine.ask("POST", `/strategies/${id}/test`, { duration_days: 30 });
  expect(backtest).toMatchObject({ status: 200, body: { status: "test_completed", test_type: "backtest" } });
  const again = await engine.ask("POST", `/strategies/${id}/test`, { duration_days: 30 });
  expect(again.body["result"]).toEqual(backtest.body["result"]);
  const paper = await engine.ask("POST", `/strategies/${id}/test`, { test_type: "paper_trading", duration_hours: 12 });
  expect(resultOf(paper.body)).toMatchObject({ duration_hours: 12 });
  expect((await engine.ask("GET", "/health")).body["tests_completed"]).toBe(3);
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  expect(text).toMatch(/^strategy_test_duration_seconds_count\{test_type="backtest"\} 2$/m);
});

it("runs a strategy in Python, the same every time, and names the method that another one misses", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const parameters = { rsi_period: 10, oversold_threshold: 35 };
  const create = async (code: string): Promise<string> => {
    const made = await engine.ask("POST", "/strategies", { strategy_name: "python", code, parameters });
    return String(made.body["strategy_id"]);
  };
  const id = await create(RSI_STRATEGY);
  const backtest = await engine.ask("POST", `/strategies/${id}/test`, { duration_days: 20 });
  expect(backtest).toMatchObject({ status: 200, body: { status: "test_completed", test_type: "backtest" } });
  expect(resultOf(backtest.body)["trade_count"]).toBeGreaterThan(3);
  const again = await engine.ask("POST", `/strategies/${id}/test`, { duration_days: 20 });
  expect(again.body["result"]).toEqual(backtest.body["result"]);
  const flat = await create("class Flat:\n    pass\n");
  const answer = await engine.ask("POST", `/strategies/${flat}/test`, {});
  expect(answer).toMatchObject({ status: 422, body: { error: "code_error" } });
  expect(JSON.stringify(answer.body)).toContain("class Flat has no method generate_signal");
});

it("names what is wrong before anything is queued", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const wrong = [
    {},
    { strategy_type: "momentum_rider", parameters: { horizon_short: 1 } },
    { strategy_type: "momentum_rider", parameters: { fee_bps: -101 } },
    { strategy_type: "momentum_rider", initial_capital: 1e12 },
    { strategy_type: "pairs_trading", symbols: ["BTCUSD"] },
    { strategy_type: "moving_average_crossover", parameters: { fast_length: 26 } }, // slow_length is 26 by default
  ];
  for (const body of wrong) expect((await engine.ask("POST", "/backtests", body)).status).toBe(422);
  expect((await engine.ask("POST", "/backtests", { strategy_id: "strat_000000" })).status).toBe(404);
  expect((await engine.ask("GET", "/backtests")).body["count"]).toBe(0);
});
