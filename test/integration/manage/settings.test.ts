// Configuration, flags, alerts and the audit trail as a client meets them: an engine as a process, real sockets, a real
// Redis, kill -9.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { copyAsKilled } from "../../support/killed-folder.ts";
import { dataDir, register, speakers, startEngine, type Message } from "../../support/manage/engine.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { storedAlerts } from "../../support/store/on-disk.ts";

const THRESHOLDS = {
  min_signal_quality: 0.1,
  opportunity_threshold: 0.05,
  volatility_multiplier: 3,
  trend_multiplier: 2,
};

describe("the configuration", () => {
  it("always has thresholds, tiers, risk and performance, as the process was started", async () => {
    const engine = await startEngine({ TIER_TACTICAL_MS: "2000", SIGNAL_COOLDOWN_MS: "500" });
    expect(await engine.get("/config")).toEqual({
      config: {
        thresholds: THRESHOLDS,
        tiers: { fast_ms: 100, tactical_ms: 2000, strategic_ms: 10_000, learning_ms: 60_000 },
        risk: { confidence_floor: 0, signal_cooldown_ms: 500 },
        performance: {
          min_trades: 20,
          window: 100,
          min_sharpe: -0.1,
          max_drawdown: -0.2,
          min_win_rate: 0.25,
          margin: 0.1,
        },
      },
    });
    expect((await engine.ask("GET", "/config/nothing_yet")).status).toBe(404);
  });

  it("changes thresholds of the running core: a higher one silences, a lower one lets speak again", async () => {
    const engine = await startEngine();
    expect(await speakers(engine, "ONEUSDT")).toEqual([null]);
    const put = await engine.ask("PUT", "/config/thresholds", { min_signal_quality: 0.95 });
    expect(put.body).toMatchObject({ component: "thresholds", value: { ...THRESHOLDS, min_signal_quality: 0.95 } });
    expect(await speakers(engine, "TWOUSDT")).toEqual([]);
    const bogus = await engine.ask("PUT", "/config/thresholds", { bogus: 1 });
    const issue = expect.stringMatching(/no setting of thresholds.*min_signal_quality/u) as string;
    expect(bogus).toMatchObject({ status: 422, body: { details: [{ field: "bogus", issue }] } });
    expect((await engine.ask("PUT", "/config/thresholds", { min_signal_quality: 0.95 })).status).toBe(200);
    expect((await engine.get("/audit?action=config.put"))["count"]).toBe(1); // it was so already
    await engine.ask("PUT", "/config/thresholds", { trend_multiplier: 5 });
    expect(await speakers(engine, "TWOEUR")).toEqual([]);
    await engine.ask("PUT", "/config/thresholds", { ...THRESHOLDS });
    expect(await speakers(engine, "THREEUSDT")).toEqual([null]);
  });

  it("changes the rules of risk at once, and holds them over kill -9", async () => {
    const dir = dataDir();
    const first = await startEngine({ DATA_DIR: dir });
    expect(await speakers(first, "ONEUSDT")).toEqual([null]);
    await first.ask("PUT", "/config/risk", { confidence_floor: 0.95 });
    expect(await speakers(first, "TWOUSDT")).toEqual([]);
    await first.kill();
    const second = await startEngine({ DATA_DIR: dir });
    expect(await speakers(second, "THREEUSDT")).toEqual([]);
    await second.ask("PUT", "/config/risk", { confidence_floor: 0 });
    expect(await speakers(second, "FOURUSDT")).toEqual([null]);
  });

  it("changes the lengths of the tiers, which go before those of the process after a restart", async () => {
    const dir = dataDir();
    const first = await startEngine({ DATA_DIR: dir });
    const put = await first.ask("PUT", "/config/tiers", { fast_ms: 50, learning_ms: 5000 });
    expect(put.body["value"]).toEqual({ fast_ms: 50, tactical_ms: 1000, strategic_ms: 10_000, learning_ms: 5000 });
    const tiers = { fast: { interval_ms: 50 }, tactical: { interval_ms: 1000 }, learning: { interval_ms: 5000 } };
    expect((await first.get("/api/strategy_engine/summary"))["tiers"]).toMatchObject(tiers);
    await first.kill();
    const second = await startEngine({ DATA_DIR: dir, TIER_FAST_MS: "200" });
    expect((await second.get("/api/strategy_engine/summary"))["tiers"]).toMatchObject(tiers);
  });

  it("keeps thresholds over a restart as part of the core's state", async () => {
    const dir = dataDir();
    const first = await startEngine({ DATA_DIR: dir, JOURNAL_SYNC: "always" });
    await first.ask("PUT", "/config/thresholds", { min_signal_quality: 0.95 });
    expect(await speakers(first, "ONEUSDT")).toEqual([]);
    await first.kill();
    const second = await startEngine({ DATA_DIR: dir });
    expect(await speakers(second, "TWOUSDT")).toEqual([]);
  });

  it("keeps thresholds over a kill -9 behind the answer that left the journal without them", async () => {
    const dir = dataDir();
    const first = await startEngine({ DATA_DIR: dir });
    expect(await speakers(first, "ONEUSDT")).toEqual([null]);
    const before = dataDir();
    copyAsKilled(join(dir, "journal"), before);
    expect((await first.ask("PUT", "/config/thresholds", { min_signal_quality: 0.95 })).status).toBe(200);
    await first.kill();
    // As if the kill had come before the write, which a busy disk makes likely.
    rmSync(join(dir, "journal"), { recursive: true });
    cpSync(before, join(dir, "journal"), { recursive: true });
    const second = await startEngine({ DATA_DIR: dir });
    expect((await second.get("/config/thresholds"))["value"]).toMatchObject({ min_signal_quality: 0.95 });
    expect(await speakers(second, "TWOUSDT")).toEqual([]);
  });

  it("refuses what is out of range or no number, names the field, and stays as it was", async () => {
    const engine = await startEngine();
    const before = await engine.get("/config");
    const wrong: readonly (readonly [string, string, unknown])[] = [
      ["thresholds", "min_signal_quality", 0.96],
      ["thresholds", "trend_multiplier", "2"],
      ["tiers", "fast_ms", 9],
      ["tiers", "fast_ms", 10.5],
      ["risk", "confidence_floor", null],
    ];
    for (const [component, field, value] of wrong) {
      const refused = await engine.ask("PUT", `/config/${component}`, { [field]: value });
      expect(refused).toMatchObject({ status: 422, body: { error: "validation_error", details: [{ field }] } });
    }
    expect(await engine.get("/config")).toEqual(before);
    expect((await engine.get("/audit"))["count"]).toBe(0);
  });

  it("keeps any object under another name, and mirrors all of them to Redis keys without an end", async () => {
    const server = await RedisServer.create();
    onTestFinished(() => server.stop());
    const engine = await startEngine({ REDIS_URL: server.url });
    const value = { desk: "one", limits: [1, 2, { a: null }], "odd \u0000 name": true };
    expect((await engine.ask("PUT", "/config/trading_desk", value)).body["value"]).toEqual(value);
    expect((await engine.get("/config/trading_desk"))["value"]).toEqual(value);
    const client = new Redis(server.url);
    onTestFinished(() => client.disconnect());
    const key = (name: string): string => `strategy_engine:config:${name}`;
    await expect.poll(() => client.get(key("trading_desk"))).toBe(JSON.stringify(value));
    expect(JSON.parse((await client.get(key("thresholds"))) ?? "null")).toEqual(THRESHOLDS);
    expect(await client.ttl(key("trading_desk"))).toBe(-1);
  });
});

describe("feature flags", () => {
  it("are set, listed newest first, removed, and there after kill -9", async () => {
    const dir = dataDir();
    const first = await startEngine({ DATA_DIR: dir });
    expect((await first.ask("PUT", "/feature-flags/a-b_1", { enabled: true })).body).toMatchObject({
      name: "a-b_1",
      enabled: true,
      rollout_percent: 100,
      description: "",
    });
    await first.ask("PUT", "/feature-flags/sizing", {
      enabled: false,
      rollout_percent: 12.5,
      description: "New sizes",
    });
    await first.ask("PUT", "/feature-flags/gone", { enabled: true });
    expect((await first.ask("DELETE", "/feature-flags/gone")).body).toEqual({ status: "deleted", name: "gone" });
    expect((await first.ask("DELETE", "/feature-flags/gone")).status).toBe(404);
    await first.kill();
    const second = await startEngine({ DATA_DIR: dir });
    const { feature_flags: flags } = (await second.get("/feature-flags")) as { feature_flags: Message[] };
    expect(flags.map(({ name }) => name)).toEqual(["sizing", "a-b_1"]);
    expect(flags[0]).toMatchObject({ enabled: false, rollout_percent: 12.5, description: "New sizes" });
  });

  it("are listed page by page, each once, while some are set, removed and made, and over a restart", async () => {
    const dir = dataDir();
    const first = await startEngine({ DATA_DIR: dir });
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const set = (engine: typeof first, name: string) => engine.ask("PUT", `/feature-flags/${name}`, { enabled: true });
    for (const name of names) await set(first, name);
    const shown: unknown[] = [];
    const page = async (engine: typeof first, cursor: string | null): Promise<string | null> => {
      const found = await engine.get(`/feature-flags?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`);
      shown.push(...(found["feature_flags"] as Message[]).map(({ name }) => name));
      return found["next_cursor"] as string | null;
    };
    let cursor = await page(first, null);
    expect(shown).toEqual(["g", "f"]);
    await first.ask("DELETE", "/feature-flags/g");
    for (const name of ["b", "f", "h"]) await set(first, name);
    cursor = await page(first, cursor);
    expect(shown).toEqual(["g", "f", "e", "d"]);
    await first.kill();
    const second = await startEngine({ DATA_DIR: dir });
    while (cursor !== null) cursor = await page(second, cursor);
    expect(shown).toEqual(["g", "f", "e", "d", "c", "b", "a"]);
  });

  it("are refused without `enabled`, beyond 100 percent, or under a name that is none", async () => {
    const engine = await startEngine();
    expect((await engine.ask("PUT", "/feature-flags/a", {})).status).toBe(422);
    expect((await engine.ask("PUT", "/feature-flags/a", { enabled: "yes" })).status).toBe(422);
    expect((await engine.ask("PUT", "/feature-flags/a", { enabled: true, rollout_percent: 101 })).status).toBe(422);
    expect((await engine.ask("PUT", "/feature-flags/A", { enabled: true })).status).toBe(404);
    expect((await engine.get("/feature-flags"))["count"]).toBe(0);
  });

  it("are refused where they would gate nobody: names that nobody bears, symbols of no strategy", async () => {
    const engine = await startEngine();
    const put = (gate: object) => engine.ask("PUT", "/feature-flags/a", { enabled: false, ...gate });
    const issues = async (gate: object): Promise<unknown> => {
      const { status, body } = await put(gate);
      return [
        status,
        (body["details"] as readonly Message[]).map(({ field, issue }) => `${String(field)} ${String(issue)}`),
      ];
    };
    expect(await issues({ strategies: ["momentum_rider", "nope", "strat_zzzzzz", "momentum"] })).toEqual([
      422,
      [
        expect.stringMatching(/^strategies\[1\] must be the id of a strategy, or the name of one of the 18/u),
        expect.stringContaining("strategies[2] must be"),
        expect.stringContaining("did you mean momentum_rider?"),
      ],
    ]);
    expect(await issues({ symbols: ["BTCUSD"] })).toEqual([422, [expect.stringContaining("at least one strategy")]]);
    expect((await engine.get("/feature-flags"))["count"]).toBe(0);
    expect((await put({ strategies: ["momentum_rider"], symbols: ["BTCUSD"] })).status).toBe(200);
  });
});

describe("alerts", () => {
  it("come at the emergency stop, over REST and the socket, stay over kill -9, and are acknowledged once", async () => {
    const dir = dataDir();
    const first = await startEngine({ DATA_DIR: dir });
    const { heard } = await firstAlert(first.port);
    await first.ask("POST", "/risk/emergency-stop", { reason: "fat finger" });
    const told = await heard;
    expect(told).toMatchObject({ level: "critical", type: "risk", acknowledged: false, strategy_id: null });
    expect(told["message"]).toContain("fat finger");
    await expect.poll(async () => (await first.get("/audit"))["count"]).toBe(1);
    await expect.poll(() => storedAlerts(dir)).toBe(1); // told before it is stored
    await first.kill();
    const second = await startEngine({ DATA_DIR: dir });
    const { alerts } = (await second.get("/alerts?acknowledged=false&level=critical")) as { alerts: Message[] };
    expect(alerts).toEqual([told]);
    const path = `/alerts/${String(told["alert_id"])}/ack`;
    for (let again = 0; again < 2; again++) {
      expect(await second.ask("POST", path)).toMatchObject({
        status: 200,
        body: { status: "acknowledged", alert_id: told["alert_id"] },
      });
    }
    expect((await second.get("/alerts?acknowledged=false"))["count"]).toBe(0);
    expect((await second.get("/alerts?acknowledged=true"))["count"]).toBe(1);
    expect((await second.get("/alerts?level=info"))["count"]).toBe(0);
    expect((await second.ask("POST", "/alerts/alert_none00/ack")).status).toBe(404);
  });
});

/** Subscribes; `heard` is the first alert that comes. */
async function firstAlert(port: number): Promise<{ readonly heard: Promise<Message> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  let wake: () => void = () => undefined;
  socket.on("message", (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as Message);
    wake();
  });
  const next = async (type: string): Promise<Message> => {
    for (;;) {
      const found = messages.find((message) => message["type"] === type);
      if (found !== undefined) return found;
      await new Promise<void>((heard) => (wake = heard));
    }
  };
  await new Promise((open) => socket.once("open", open));
  socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "alerts" }));
  await next("subscribed");
  return { heard: next("update").then((message) => message["data"] as Message) };
}

describe("the audit trail", () => {
  it("holds what was done to strategies and to the emergency stop", async () => {
    const engine = await startEngine();
    const id = await register(engine, { strategy_type: "momentum_rider", parameters: { horizon_short: 10 } });
    await engine.ask("PUT", `/strategies/${id}`, { parameters: { horizon_short: 12 } });
    await engine.ask("POST", `/strategies/${id}/pause`);
    await engine.ask("POST", `/strategies/${id}/pause/nothing`);
    await engine.ask("POST", "/risk/emergency-stop", { reason: "drill" });
    await engine.ask("DELETE", `/strategies/${id}`);
    await expect.poll(async () => (await engine.get("/audit"))["count"]).toBe(5);
    const { audit } = (await engine.get("/audit")) as { audit: Message[] };
    expect(audit.reverse()).toMatchObject([
      { action: "strategy.register", target: id, from: null, to: { version: "1.0.0", status: "deployed" } },
      {
        action: "strategy.update",
        from: { parameters: { horizon_short: 10 } },
        to: { parameters: { horizon_short: 12 } },
      },
      { action: "strategy.pause", from: { status: "deployed" }, to: { status: "paused" } },
      { action: "risk.emergency_stop", target: "engine", to: { emergency_stop: true, reason: "drill" } },
      { action: "strategy.delete", target: id, from: { status: "paused" }, to: null },
    ]);
  });

  it("tells who changed what, from what to what, and is found by actor, action and time, page by page", async () => {
    const engine = await startEngine({ API_KEYS: "writer-key-1:write" });
    const ask = async (method: string, path: string, body?: object): Promise<Message> => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = { "x-api-key": "writer-key-1", "content-type": "application/json" };
      return (await (await fetch(`${engine.url}${path}`, { method, headers, ...sent })).json()) as Message;
    };
    await ask("PUT", "/feature-flags/one", { enabled: true });
    await ask("PUT", "/feature-flags/one", { enabled: false });
    await ask("DELETE", "/feature-flags/one");
    await ask("PUT", "/config/desk", { a: 1 });
    await ask("PUT", "/config/desk", { a: "not an object".length });
    type Page = { audit: Message[]; next_cursor: string | null };
    const { audit } = (await ask("GET", "/audit")) as unknown as Page;
    const gate = { strategies: [], symbols: [], from_sequence: expect.any(Number) as number };
    const on = { enabled: true, rollout_percent: 100, description: "", ...gate };
    expect(audit.map(({ action, target, from, to }) => ({ action, target, from, to })).reverse()).toEqual([
      { action: "flag.put", target: "one", from: null, to: on },
      { action: "flag.put", target: "one", from: on, to: { ...on, enabled: false } },
      {
        action: "flag.delete",
        target: "one",
        from: { ...on, enabled: false },
        to: { from_sequence: expect.any(Number) as number },
      },
      { action: "config.put", target: "desk", from: null, to: { a: 1 } },
      { action: "config.put", target: "desk", from: { a: 1 }, to: { a: 13 } },
    ]);
    expect(new Set(audit.map(({ hash }) => hash)).size).toBe(5);
    const actor = String(audit[0]?.["actor"]);
    expect(actor).not.toContain("writer-key-1");
    const filtered = async (query: string): Promise<unknown> => (await ask("GET", `/audit?${query}`))["count"];
    expect(await filtered(`actor=${encodeURIComponent(actor)}`)).toBe(5);
    expect(await filtered("actor=nobody")).toBe(0);
    expect(await filtered("action=flag.put")).toBe(2);
    expect(await filtered("since=2100-01-01T00:00:00Z")).toBe(0);
    expect(await filtered(`until=${String(audit[0]?.["timestamp"])}`)).toBe(5);
    const seen: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = (await ask("GET", `/audit?limit=2${cursor && `&cursor=${cursor}`}`)) as unknown as Page;
      seen.push(...page.audit);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(audit);
  });
});
