import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { register, startEngine, type Message } from "../../support/manage/engine.ts";
import { RedisServer } from "../../support/redis-server.ts";

it("tracked results stand in a Redis key that lives an hour, the newest thousand of them, oldest first", async () => {
  const server = await RedisServer.create();
  onTestFinished(() => server.stop());
  const engine = await startEngine({ REDIS_URL: server.url });
  await engine.onBus();
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  const id = await register(engine, { strategy_type: "momentum_rider" });
  const key = `strategy_engine:performance_history:${id}`;
  const track = (pnl: number) =>
    engine.ask("POST", "/api/performance/track", { strategy_id: id, execution_result: { pnl, execution_time_ms: 5 } });
  await track(0);
  const held = async () => JSON.parse((await redis.get(key)) ?? "{}") as Message;
  await expect
    .poll(held)
    .toMatchObject({ strategy_id: id, history: [{ pnl: 0, execution_time_ms: 5, success: false }] });
  expect(await redis.ttl(key)).toBeGreaterThan(3_590);
  await Promise.all(Array.from({ length: 30 }, (_, index) => track(index + 1)));
  await expect.poll(async () => ((await held())["history"] as unknown[]).length).toBe(31);
  const { metrics, history } = await held();
  expect(metrics).toEqual((await engine.get(`/api/performance/${id}`))["metrics"]);
  expect((history as Message[]).every(({ timestamp }) => /^\d{4}-\d\d-\d\dT.*Z$/.test(String(timestamp)))).toBe(true);
  expect((history as Message[])[0]).toMatchObject({ pnl: 0 });
});

it("a tracked result is answered while Redis is gone", async () => {
  const server = await RedisServer.create();
  onTestFinished(() => server.stop());
  const engine = await startEngine({ REDIS_URL: server.url });
  const id = await register(engine, { strategy_type: "momentum_rider" });
  await server.stop();
  const tracked = await engine.ask("POST", "/api/performance/track", { strategy_id: id, execution_result: { pnl: 1 } });
  expect(tracked).toMatchObject({ status: 200, body: { metrics: { total_pnl: 1 } } });
});
