// A wall clock that was an hour ahead for a moment, under a real engine that trades: a loss behind it is stored as ever,
// and the limit of the day that it passed is still passed behind kill -9.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { dataDir, referenceTrend, register, type Message } from "../../support/manage/engine.ts";

/** Read by the first line of the process: what its wall clock is off by, ms. */
const SHIFTED =
  'import{readFileSync}from"node:fs";const now=Date.now;' +
  'Date.now=()=>now()+Number(readFileSync(process.env.WALL_CLOCK_OFF,"utf8"))';
const NODE = ["--import", `data:text/javascript,${encodeURIComponent(SHIFTED)}`];
const HOUR_MS = 3_600_000;
const PARAMETERS = { symbols: ["BTCUSD"], stop_percent: 0.5, target_percent: 0.5 };

it("a loss behind a leap of the wall clock is stored, and its limit still passed behind kill -9", async () => {
  const env = { DATA_DIR: dataDir(), AUTO_RESUME: "true", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" };
  const clock = join(env.DATA_DIR, "off");
  const begin = async (): Promise<EngineProcess> => {
    const engine = await EngineProcess.start({ ...env, WALL_CLOCK_OFF: clock }, { node: NODE });
    onTestFinished(() => engine.kill());
    return engine;
  };
  writeFileSync(clock, "0");
  const engine = await begin();
  const id = await register(engine, { strategy_type: "momentum_rider", parameters: PARAMETERS });
  await engine.ask("POST", `/strategies/${id}/start`, { execution_config: { position_size: 0.5 } });
  const limits = [{ scope: "book", metric: "daily_loss", limit: -1_000, action: "reduce_only" }];
  expect((await engine.ask("PUT", "/risk/limits", { limits })).status).toBe(200);
  const trend = referenceTrend("BTCUSD");
  await engine.post(JSON.stringify({ market_data: trend }));
  let price = Number(trend.at(-1)?.["price"]);
  const tick = (to: number) => engine.post(JSON.stringify({ symbol: "BTCUSD", price: (price = to), volume: 1 }));
  const exposure = async (): Promise<number> => {
    await tick(price * 1.001);
    return Number((await engine.get("/risk/status"))["gross_exposure"]);
  };
  await expect.poll(exposure).toBeGreaterThan(0);

  writeFileSync(clock, String(HOUR_MS));
  await tick(price);
  await engine.get("/risk/status"); // looks
  writeFileSync(clock, "0");
  await expect.poll(() => engine.get("/health")).toMatchObject({ status: "degraded" });
  await tick(price * 0.75);
  const breaches = [{ metric: "daily_loss" }];
  await expect.poll(() => engine.get("/risk/status")).toMatchObject({ breaches });
  const stored = (): number => {
    const database = openLibsql(join(env.DATA_DIR, "engine.db"), true);
    const [row] = database.all("SELECT value FROM risk WHERE name = 'day'", []);
    database.close();
    return Number((JSON.parse(String(row?.["value"])) as Message)["profit"]);
  };
  await expect.poll(stored, { timeout: 30_000 }).toBeLessThan(-1_000);
  await engine.kill();

  const next = await begin();
  await expect.poll(() => next.get("/risk/status")).toMatchObject({ breaches });
  expect(Number((await next.get("/risk/status"))["daily_pnl"])).toBeLessThan(-1_000);
});
