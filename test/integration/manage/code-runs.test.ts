// Strategies with code through a real engine: tests, backtests and sweeps over REST, and what is said of broken code.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import type { Message } from "../../support/manage/engine.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { barTable, storeBars } from "../../support/research.ts";
import { RSI_CODE, strategyCode } from "../../support/strategy-code.ts";

/** A run over history, on a machine that is busy with other work. */
const PATIENCE_MS = 240_000;
const language = "assemblyscript";
let engine: EngineProcess;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "code-runs-"));
  storeBars(dir, "BTCUSD", { bars: 4_000 });
  engine = await EngineProcess.start({ DATA_DIR: dir, DEMO: "off", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" });
});
afterAll(async () => {
  await engine.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function create(code: string, fields: object = {}): Promise<string> {
  const made = await engine.ask("POST", "/strategies", { strategy_name: "rsi", code, language, ...fields });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return String(made.body["strategy_id"]);
}
const test = (id: string, body: object = {}) => engine.ask("POST", `/strategies/${id}/test`, body);
async function ended(path: string): Promise<Message> {
  const look = async (): Promise<Message> => (await engine.ask("GET", path)).body;
  return eventually(look, ({ status }) => /completed|failed|cancelled/.test(String(status)), PATIENCE_MS);
}

describe("a strategy with code", () => {
  it("is tested over days and over hours, with the same result for the same question", async () => {
    const id = await create(RSI_CODE, { parameters: { period: 14, oversold: 30 } });
    const before = await engine.ask("GET", `/strategies/${id}`);
    const first = await test(id);
    expect(first).toMatchObject({ status: 200, body: { status: "test_completed", strategy_id: id } });
    const result = first.body["result"] as Message;
    expect(result).toMatchObject({ duration_days: 180, data_source: "synthetic", costs: { fee_bps: 0 } });
    expect(result["trade_count"]).toBeGreaterThan(20);
    expect(result["max_drawdown"]).toBeLessThan(0);
    expect(result["max_drawdown"]).toBeGreaterThanOrEqual(-1);
    expect((await test(id)).body["result"]).toEqual(result);
    const paper = await test(id, { test_type: "paper_trading", duration_hours: 48 });
    expect(paper.body["result"]).toMatchObject({ duration_hours: 48, data_source: "synthetic" });
    expect((await engine.ask("GET", `/strategies/${id}`)).body).toEqual(before.body);
  });

  it("runs on recorded history where its parameters name symbols that have enough of it", async () => {
    const named = await create(RSI_CODE, { parameters: { symbols: ["btcusd"] } });
    const result = (await test(named)).body["result"] as Message;
    expect(result).toMatchObject({ data_source: "history", duration_days: 14 });
    const [run] = result["runs"] as { readonly statement: { readonly symbols: readonly string[] } }[];
    expect(run?.statement.symbols).toEqual(["BTCUSD"]);
    const other = await create(RSI_CODE, { parameters: { symbols: ["BTCUSD", "ETHUSD"] } });
    expect((await test(other)).body["result"]).toMatchObject({ data_source: "synthetic" });
  });

  it("is traded as its parameters and risk limits say", async () => {
    const costs = { fee_bps: 20, slippage_bps: 5, stop_loss: -0.02, position_size: 0.2 };
    const free = (await test(await create(RSI_CODE))).body["result"] as Message;
    const id = await create(RSI_CODE, { parameters: costs, risk_limits: { max_position_size: 1_000 } });
    const dear = (await test(id)).body["result"] as Message;
    expect(dear["costs"]).toMatchObject({ ...costs, max_position_size: 1_000 });
    expect(dear["total_return"]).not.toBe(free["total_return"]);
    const trades = dear["trades"] as { readonly quantity: number; readonly entry_price: number }[];
    for (const { quantity, entry_price: price } of trades) expect(quantity * price).toBeLessThan(1_020);
  });

  it("has backtests and sweeps like every other one", async () => {
    const id = await create(RSI_CODE);
    const asked = await engine.ask("POST", "/backtests", { strategy_id: id, parameters: { period: 7 } });
    const done = await ended(`/backtests/${String(asked.body["backtest_id"])}`);
    expect(done).toMatchObject({ status: "completed", result: { data_source: "synthetic" } });
    const grid = { period: [7, 14], oversold: [20, 30] };
    const sweep = await engine.ask("POST", "/sweeps", { strategy_id: id, grid, objective: "total_return" });
    expect(sweep.body).toMatchObject({ combinations: 4 });
    const best = await ended(`/sweeps/${String(sweep.body["sweep_id"])}`);
    expect(best).toMatchObject({ status: "completed", completed: 4 });
    const wrong = await engine.ask("POST", "/sweeps", { strategy_id: id, grid: { perod: [7] } });
    expect(wrong).toMatchObject({ status: 422, body: { error: "validation_error" } });
    expect(String(wrong.body["message"])).toContain("period");
  });
});

it("fails its tests where the best days of the recorded past are written into the code", async () => {
  const { columns, time } = barTable("BTCUSD", { bars: 4_000 });
  const close = Array.from(columns[3] ?? []);
  const rises = close.flatMap((price, bar) => ((close[bar + 12] ?? 0) > price * 1.01 ? [(time[bar] ?? 0) + 3e8] : []));
  const known = rises.slice(-60).map((at) => `${at}.0`);
  const code = strategyCode(
    "if (BEST.includes(market.time)) this.buy();",
    "",
    `const BEST: f64[] = [${known.join()}];`,
  );
  const tested = async (parameters: object): Promise<Message> => {
    const answer = await test(await create(code, { parameters }), { test_type: "unit_tests" });
    return answer.body["result"] as Message;
  };
  const named = await tested({ symbols: ["BTCUSD"] });
  expect(named).toMatchObject({ passed: false });
  expect(String(named["error"])).toContain("a date is written into the code");
  expect(await tested({})).toMatchObject({ passed: true });
});

it("reads the history that other programs keep in Redis of the symbols that are named", async () => {
  const server = await RedisServer.create();
  onTestFinished(() => server.stop());
  const { columns } = barTable("ETHUSD", { bars: 300 });
  const frame = Array.from(columns[3] ?? [], (close, row) => ({
    timestamp: 1_735_689_600 + row * 300,
    close,
    volume: 1,
  }));
  const link = new Redis(server.url);
  await link.set("market_data:ETHUSD:history", JSON.stringify(frame));
  await link.set("market_data:XRPUSD:history", JSON.stringify(frame.slice(0, 150)));
  link.disconnect();
  const own = await EngineProcess.start({ DATA_DIR: "", DEMO: "off", REDIS_URL: server.url });
  onTestFinished(() => own.kill());
  await own.onBus();
  const source = async (symbols: readonly string[]): Promise<unknown> => {
    const fields = { strategy_name: "rsi", code: RSI_CODE, language, parameters: { symbols } };
    const made = await own.ask("POST", "/strategies", fields);
    const { body } = await own.ask("POST", `/strategies/${String(made.body["strategy_id"])}/test`, {});
    return (body["result"] as Message)["data_source"];
  };
  expect(await source(["ETHUSD"])).toBe("history");
  expect(await source(["XRPUSD"])).toBe("synthetic");
  expect(await source(["ETHUSD", "BTCUSD"])).toBe("synthetic");
  await server.stop();
  expect(await source(["ETHUSD"])).toBe("synthetic");
});

describe("code that does not work", () => {
  it("is a 422 with the author's line and column, wherever it is to be run", async () => {
    const id = await create(strategyCode("this.bye();"));
    for (const answer of [await test(id), await engine.ask("POST", "/backtests", { strategy_id: id })]) {
      expect(answer).toMatchObject({ status: 422, body: { status: "error", error: "code_error" } });
      expect(answer.body["diagnostics"]).toMatchObject([{ line: 6, column: 10 }]);
      expect(String(answer.body["message"])).toContain("line 6, column 10");
      expect(answer.body["details"]).toMatchObject([{ field: "code" }]);
    }
    const nothing = await test(await create("export const x = 1;"));
    expect(JSON.stringify(nothing.body["diagnostics"])).toContain("create(): Strategy");
  });

  it("is a 422 with its line where it fails at some event, and the engine goes on", async () => {
    const failing = await test(await create(strategyCode('assert(market.count < 900, "enough");')));
    expect(failing).toMatchObject({ status: 422, body: { error: "code_error", diagnostics: [{ line: 6 }] } });
    expect(String(failing.body["message"])).toContain("enough");
    const endless = await test(await create(strategyCode("while (true) {}")));
    expect(endless).toMatchObject({ status: 422, body: { error: "code_error" } });
    expect(JSON.stringify(failing.body) + JSON.stringify(endless.body)).not.toMatch(/build\/out|\.js:\d/);
    expect((await engine.ask("GET", "/health")).status).toBe(200);
  });

  it("is refused for parameters that it does not take", async () => {
    const answers = [
      await test(await create(RSI_CODE, { parameters: { period: 1 } })),
      await test(await create(RSI_CODE, { parameters: { fee_bps: 1e6 } })),
      await test(await create(RSI_CODE, { parameters: { symbols: "BTCUSD" } })),
      await test(await create(RSI_CODE), { initial_capital: 1e300 }),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 422, body: { error: "validation_error" } });
  });
});
