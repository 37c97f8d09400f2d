// Backtests and sweeps made by other processes (JOBS=redis): the same result to the bit, whoever makes it, also when a
// worker is killed in the middle; and a worker without the history says so.
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import type { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { dataDir, type Message, register, startEngine } from "../../support/manage/engine.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { storeBars } from "../../support/research.ts";
import { WorkProcess } from "../../support/work-process.ts";

const PATIENCE_MS = 240_000;
const DAY_MS = "86400000";
/** Goes on for as long as a test needs it. */
const LONG = { strategy_type: "mean_reversion", duration_days: 1_500 };
/** Long enough for a worker to be killed in the middle. */
const HALF_LONG = { ...LONG, duration_days: 400 };
const SHORT = { strategy_type: "moving_average_crossover", duration_days: 20 };
const GRID = {
  ...SHORT,
  symbols: ["AAAUSD"],
  grid: { fast_length: [6, 8, 10], slow_length: [20, 26] },
  objective: "total_return",
};
/** Runs that a process makes at the same time. */
const WIDTH = availableParallelism() >= 4 ? 2 : 1;

async function redisServer(): Promise<RedisServer> {
  const server = await RedisServer.create();
  onTestFinished(() => server.remove());
  return server;
}
async function worker(env: Readonly<Record<string, string>>): Promise<WorkProcess> {
  const work = await WorkProcess.start({ DATA_DIR: "", ...env });
  onTestFinished(() => work.kill());
  return work;
}

async function ask(engine: EngineProcess, body: object, path = "/backtests"): Promise<string> {
  const { status, body: answer } = await engine.ask("POST", path, body);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer["backtest_id"] ?? answer["sweep_id"]);
}
function state(engine: EngineProcess, id: string, wanted = /completed|failed|cancelled/): Promise<Message> {
  const path = id.startsWith("sw") ? "sweeps" : "backtests";
  const look = async (): Promise<Message> => (await engine.ask("GET", `/${path}/${id}`)).body;
  return eventually(look, ({ status }) => wanted.test(String(status)), PATIENCE_MS);
}
const tearsheet = async (engine: EngineProcess, id: string): Promise<string> =>
  (await fetch(`${engine.url}/backtests/${id}/tearsheet`)).text();
const hashOf = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

it("come to the same bits as in one process, also when a worker is killed in the middle of a run", async () => {
  const redis = await redisServer();
  const env = { DEMO: "off", REDIS_URL: redis.url };
  const local = await startEngine({ ...env, JOBS: "local" });
  const whole = await ask(local, HALF_LONG);
  const expected = hashOf((await state(local, whole))["result"]);
  const page = await tearsheet(local, whole);
  expect(page).toContain("What it rests upon");
  await local.stop();

  const engine = await startEngine({ ...env, JOBS: "redis" });
  const doomed = await worker(env);
  const ids: string[] = [];
  for (let n = 0; n < 2 * WIDTH; n += 1) ids.push(await ask(engine, HALF_LONG));
  await Promise.all(ids.map((id) => state(engine, id, /running/))); // half of them there
  await doomed.kill();
  const other = await worker(env);
  const cancelled = await ask(engine, HALF_LONG);
  expect((await engine.ask("DELETE", `/backtests/${cancelled}`)).status).toBe(200);
  for (const id of ids) {
    const done = await state(engine, id);
    expect(done).toMatchObject({ status: "completed", progress: 1, error: null });
    expect(hashOf(done["result"])).toBe(expected);
    expect(await tearsheet(engine, id)).toBe(page);
  }
  expect(await state(engine, cancelled)).toMatchObject({ status: "cancelled" });
  expect(await other.stop()).toBe(0);
  expect(await engine.stop()).toBe(0);
});

it("of a sweep give the table and the verdict that one process gives", async () => {
  const redis = await redisServer();
  const of = async (jobs: string, help: boolean): Promise<readonly unknown[]> => {
    const dir = dataDir();
    storeBars(dir, "AAAUSD");
    // The verdict counts all trials on this history, and those of the engine's own search are among them.
    const env = { DEMO: "off", REDIS_URL: redis.url, DATA_DIR: dir, TIER_LEARNING_MS: DAY_MS };
    const engine = await startEngine({ ...env, JOBS: jobs });
    const work = help ? await worker({ REDIS_URL: redis.url, HISTORY_DIR: dir }) : null;
    const done = await state(engine, await ask(engine, GRID, "/sweeps"));
    expect(done).toMatchObject({ status: "completed", completed: 6 });
    await work?.stop();
    await engine.stop();
    return [done["results"], done["verdict"]];
  };
  expect(await of("redis", true)).toEqual(await of("local", false));
});

it("wait while Redis is away, and say so", async () => {
  const redis = await redisServer();
  const engine = await startEngine({ DEMO: "off", REDIS_URL: redis.url, JOBS: "redis" });
  await redis.kill();
  const look = async (id: string): Promise<Message> => (await engine.ask("GET", `/backtests/${id}`)).body;
  const id = await ask(engine, SHORT);
  await expect.poll(async () => (await look(id))["waits_for"]).toContain("Redis is away");
  expect(await look(id)).toMatchObject({ status: "queued", error: null });
  await redis.start();
  const done = await state(engine, id);
  expect(done).toMatchObject({ status: "completed" });
  expect(done).not.toHaveProperty("waits_for");
});

it("that somebody waits for are made by the engine itself while Redis is away, also those that were handed in before", async () => {
  const redis = await redisServer();
  const env = { DEMO: "off", REDIS_URL: redis.url };
  const engine = await startEngine({ ...env, JOBS: "redis" });
  const id = await register(engine, { strategy_type: "moving_average_crossover" });
  const test = async (): Promise<Message> => {
    const { status, body } = await engine.ask("POST", `/strategies/${id}/test`, { test_type: "backtest" });
    expect([status, body]).toMatchObject([200, {}]);
    return body;
  };
  const there = await test();
  // With all of its threads taken the engine leaves the next run in the queue.
  const busy: string[] = [];
  for (let n = 0; n < WIDTH; n += 1) busy.push(await ask(engine, LONG));
  await Promise.all(busy.map((one) => state(engine, one, /running/)));
  const handedIn = test();
  await redis.kill();
  for (const one of busy) await engine.ask("DELETE", `/backtests/${one}`);
  const [first, second] = await Promise.all([handedIn, test()]);
  expect([first["result"], second["result"]]).toEqual([there["result"], there["result"]]);
  expect(there).toMatchObject({ status: "test_completed", result: expect.any(Object) as unknown });
});

it("fail with what is missing where a worker has other history than who asked", async () => {
  const redis = await redisServer();
  const dir = dataDir();
  storeBars(dir, "AAAUSD");
  const env = { DEMO: "off", REDIS_URL: redis.url };
  const engine = await startEngine({ ...env, DATA_DIR: dir, JOBS: "redis" });
  // With all of its threads taken the engine leaves the next run to the worker.
  const busy: string[] = [];
  for (let n = 0; n < WIDTH; n += 1) busy.push(await ask(engine, { ...LONG, symbols: ["BBBUSD"] })); // no history
  await Promise.all(busy.map((id) => state(engine, id, /running/)));
  await worker({ REDIS_URL: redis.url, HISTORY_DIR: dataDir() });
  const done = await state(engine, await ask(engine, { ...SHORT, symbols: ["AAAUSD"] }));
  expect(done["status"]).toBe("failed");
  expect(done["error"]).toMatch(/the worker that took the run lacks AAAUSD.*its folder is .*the same history/);
  for (const id of busy) await engine.ask("DELETE", `/backtests/${id}`);
});
