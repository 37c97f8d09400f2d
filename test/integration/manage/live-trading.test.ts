// Live trading as an operator meets it: off by default, on with a venue that agrees, and its disputes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { ExecutionEngine } from "../../support/venue/execution-engine.ts";
import { FakeExchange } from "../../support/venue/exchange.ts";

const componentsOf = async (engine: EngineProcess): Promise<readonly Record<string, unknown>[]> =>
  (await engine.get("/components"))["components"] as readonly Record<string, unknown>[];

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "live-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe("live trading", () => {
  it("is off unless it is set, and says so at the start, in /health and in /venue", async () => {
    const engine = await EngineProcess.start({ DATA_DIR: "", VENUE: "redis" });
    onTestFinished(() => engine.kill());
    await engine.line("live trading is off: all orders stay on paper");
    expect((await engine.get("/health"))["live_trading"]).toBe("off");
    expect(await engine.get("/venue")).toMatchObject({ state: "off", venue: null, disputes: [] });
    expect(await componentsOf(engine)).toHaveLength(28);
    const made = await engine.ask("POST", "/api/strategy/register", { strategy_type: "momentum_rider" });
    const started = await engine.ask("POST", `/strategies/${String(made.body["strategy_id"])}/start`, {
      execution_config: { mode: "live" },
    });
    expect([started.status, started.body["message"]]).toEqual([409, expect.stringContaining("live trading is off")]);
    const refused = await engine.ask("POST", "/venue/reconcile", { accept: "venue" });
    expect([refused.status, refused.body["error"]]).toEqual([409, "conflict"]);
  });

  it("comes up in dispute where the venue holds what the engine does not, until an operator accepts it", async () => {
    const redis = await RedisServer.create();
    const exchange = new FakeExchange();
    exchange.positions.set("BTCUSD", 3);
    const execution = await ExecutionEngine.open(exchange, redis.url);
    const env = { DATA_DIR: await folder(), REDIS_URL: redis.url, LIVE_TRADING: "true", VENUE: "redis" };
    const engine = await EngineProcess.start(env);
    onTestFinished(async () => {
      await engine.kill();
      await execution.close();
      await redis.remove();
    });
    await engine.line("LIVE TRADING IS ON: orders of live executions leave for a real venue");
    await engine.line("engine and venue disagree");
    const held = "position in BTCUSD: 0 here, 3 at the venue";
    expect(await engine.get("/venue")).toMatchObject({ state: "dispute", venue: "redis", disputes: [held] });
    const part = (await componentsOf(engine)).find(({ name }) => name === "venue");
    expect([part?.["status"], String(part?.["last_error"])]).toEqual(["unhealthy", expect.stringContaining(held)]);
    expect((await engine.get("/health"))["status"]).toBe("degraded");
    const { alerts } = (await engine.get("/alerts")) as { alerts: readonly Record<string, unknown>[] };
    expect(alerts[0]).toMatchObject({ level: "critical", message: `no order leaves for redis: ${held}` });
    expect((await engine.ask("POST", "/venue/reconcile", {})).body).toMatchObject({ state: "dispute" });
    expect((await engine.ask("POST", "/venue/reconcile", { accept: "engine" })).status).toBe(422);
    const accepted = await engine.ask("POST", "/venue/reconcile", { accept: "venue" });
    expect(accepted).toMatchObject({ status: 200, body: { state: "ready", reason: null, disputes: [] } });
    const { audit } = (await engine.get("/audit?action=venue.accept")) as { audit: readonly object[] };
    expect(audit[0]).toMatchObject({ target: "redis", from: { disputes: [held] }, to: { positions: { BTCUSD: 3 } } });
    expect((await engine.get("/health"))["live_trading"]).toBe("ready");
    await engine.ask("POST", "/risk/emergency-stop", {});
    expect(await engine.get("/venue")).toMatchObject({ state: "halted" });
    await engine.kill();
    const again = await EngineProcess.start(env);
    onTestFinished(() => again.kill());
    expect(await again.get("/venue")).toMatchObject({ state: "halted" });
    await again.ask("POST", "/risk/resume", {});
    await again.line("engine and venue agree");
    // Compared once more behind the stop.
    await eventually(
      () => again.get("/venue"),
      ({ state }) => state === "ready",
    );
  });

  it("does not start without what it needs", async () => {
    const ccxt = { VENUE: "ccxt:kraken", VENUE_API_KEY: "key-of-mine", VENUE_API_SECRET: "secret-of-mine" };
    for (const [env, message] of [
      [{}, "LIVE_TRADING=true has no venue"],
      [ccxt, "needs the package ccxt, which is not installed"],
    ] as const) {
      const started = EngineProcess.start({ DATA_DIR: "", LIVE_TRADING: "true", ...env });
      const fault = await started.then(
        () => "it started",
        (error: unknown) => String(error),
      );
      expect(fault).toContain(message);
      expect(fault).not.toMatch(/key-of-mine|secret-of-mine/);
    }
  });
});
