// Risk as a client sees it: limits, what-if checks, what a limit does by itself on REST and sockets, and an emergency stop
// that no restart lifts.
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { EngineProcess } from "../../support/engine-process.ts";
import { textWith } from "../../support/store/store-files.ts";
import { dataDir, referenceTrend, register, startEngine, type Message } from "../../support/manage/engine.ts";

/** Neither is reached here, whichever event of the trend it buys at. */
const PARAMETERS = { symbols: ["BTCUSD"], stop_percent: 0.5, target_percent: 0.5 };
const RISES = 40;
const LOOKS = 50;

async function running(engine: EngineProcess): Promise<string> {
  const id = await register(engine, { strategy_type: "momentum_rider", parameters: PARAMETERS });
  const started = await engine.ask("POST", `/strategies/${id}/start`, { execution_config: { position_size: 0.5 } });
  expect(started.status).toBe(200);
  return id;
}

async function price(engine: EngineProcess, value: number): Promise<void> {
  await engine.post(JSON.stringify({ symbol: "BTCUSD", price: value, volume: 1 }));
}

/** Until it holds something; the last price. The rise goes on and stays below the target, so nothing is sold meanwhile. */
async function bought(engine: EngineProcess): Promise<number> {
  const trend = referenceTrend("BTCUSD");
  await engine.post(JSON.stringify({ market_data: trend }));
  let last = Number(trend.at(-1)?.["price"]);
  const exposure = async (): Promise<number> => Number((await engine.get("/risk/status"))["gross_exposure"]);
  for (let step = 0; step < RISES; step++) {
    last *= 1.002;
    await price(engine, last);
    for (let look = 0; look < LOOKS; look++) if ((await exposure()) > 0) return last;
  }
  throw new Error("nothing was bought");
}

describe("limits of risk", () => {
  it("are there from the start, are replaced as a whole, audited from what to what, and outlive kill -9", async () => {
    const env = { DATA_DIR: dataDir() };
    const engine = await startEngine(env);
    const before = (await engine.get("/risk/limits"))["limits"];
    expect(before).toContainEqual(
      expect.objectContaining({ scope: "book", metric: "drawdown", limit: -0.5, warn: -0.25, action: "pause" }),
    );
    const limits = [
      { scope: "book", metric: "gross_exposure", limit: 100_000, warn: 80_000 },
      { scope: "symbol", name: "btcusd", metric: "max_position", limit: 60_000 },
    ];
    const put = await engine.ask("PUT", "/risk/limits", { limits });
    expect(put).toMatchObject({ status: 200, body: { limits: [limits[0], { name: "BTCUSD", metric: "position" }] } });
    const { audit } = (await engine.get("/audit?action=risk.limits")) as { readonly audit: Message[] };
    expect(audit).toMatchObject([{ from: { limits: before }, to: { limits: put.body["limits"] } }]);
    const wrong = await engine.ask("PUT", "/risk/limits", {
      limits: [{ scope: "book", metric: "daily_loss", limit: 5 }],
    });
    expect(wrong).toMatchObject({ status: 422, body: { details: [{ field: "limits[0].limit" }] } });
    await engine.kill();
    const again = await startEngine(env);
    expect(await again.get("/risk/limits")).toEqual(put.body);
  });

  it("are taken with If-Match only while they are the ones that were read, and without it as before", async () => {
    const engine = await startEngine();
    const one = [{ scope: "book", metric: "gross_exposure", limit: 100_000 }];
    const put = async (limits: readonly unknown[], ifMatch?: string) => {
      const headers = { "content-type": "application/json", ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) };
      const body = JSON.stringify({ limits });
      const answer = await fetch(`${engine.url}/risk/limits`, { method: "PUT", headers, body });
      return { status: answer.status, tag: answer.headers.get("etag") ?? "", told: (await answer.json()) as Message };
    };
    const read = (await fetch(`${engine.url}/risk/limits`)).headers.get("etag") ?? "";
    const first = await put(one, `"somebody-elses", ${read}`);
    expect(first).toMatchObject({ status: 200, told: { revision: JSON.parse(first.tag) as string } });
    const second = await put([], read);
    expect(second).toMatchObject({ status: 412, tag: first.tag, told: { error: "precondition_failed" } });
    expect((await put([], `W/${first.tag}`)).status).toBe(412);
    expect((await put([], "")).status).toBe(412);
    expect((await engine.get("/risk/limits"))["limits"]).toHaveLength(1);
    expect(await put([], "*")).toMatchObject({ status: 200, told: { limits: [] } });
    expect((await put(one)).tag).toBe(first.tag);
  });

  it("that would guard nothing, or shut everything for ever, are refused", async () => {
    const engine = await startEngine();
    const limits = [
      { scope: "strategy", name: "strat_zzzzzz", metric: "gross_exposure", limit: 1 },
      { scope: "book", metric: "max_trades_per_day", limit: 0.5 },
    ];
    const put = await engine.ask("PUT", "/risk/limits", { limits });
    const details = [
      { field: "limits[0].name", issue: textWith("there is no strat_zzzzzz") },
      { field: "limits[1].limit", issue: textWith("a whole number of at least 1") },
    ];
    expect(put).toMatchObject({ status: 422, body: { details } });
  });

  it("tell of an order what is left: of a collar, of a rate below one a second", async () => {
    const engine = await startEngine();
    const id = await running(engine);
    const limits = [
      { scope: "book", metric: "price_collar_bps", limit: 200 },
      { scope: "book", metric: "orders_per_second", limit: 0.5 },
    ];
    await engine.ask("PUT", "/risk/limits", { limits });
    await price(engine, 100);
    const asked = { strategy_id: id, symbol: "BTCUSD", side: "BUY", quantity: 1, price: 101 };
    const { body } = await engine.ask("POST", "/risk/check", asked);
    expect(body).toMatchObject({ approved: true, reasons: [] });
    const { price_collar_bps: left } = body["headroom"] as Readonly<Record<string, number>>;
    expect(left).toBeCloseTo(100, 6);
  });

  it("say of an order what would become of it, and nothing is placed", async () => {
    const engine = await startEngine();
    const id = await running(engine);
    const limits = [{ scope: "book", metric: "gross_exposure", limit: 10_000 }];
    await engine.ask("PUT", "/risk/limits", { limits });
    const check = (quantity: number, more = {}) =>
      engine.ask("POST", "/risk/check", { strategy_id: id, symbol: "BTCUSD", side: "BUY", quantity, ...more });
    expect((await check(1)).body).toMatchObject({
      approved: false,
      reasons: [textWith("no price yet")],
    });
    expect(await check(50, { price: 100 })).toMatchObject({
      status: 200,
      body: { approved: true, reasons: [], headroom: { gross_exposure: 10_000 } },
    });
    expect((await check(120, { price: 100 })).body).toMatchObject({
      approved: false,
      reasons: ["gross_exposure would be 12000, limit 10000"],
    });
    expect(await engine.get("/risk/status")).toMatchObject({ gross_exposure: 0, orders_today: 0 });
    const unknown = await engine.ask("POST", "/risk/check", {
      strategy_id: "strat_unknown1",
      symbol: "A",
      side: "BUY",
      quantity: 1,
    });
    expect(unknown.status).toBe(404);
  });

  it("act by themselves: a fall from the highest capital pauses the strategy, and everybody is told once", async () => {
    const engine = await startEngine();
    const socket = new WebSocket(`ws://127.0.0.1:${engine.port}/ws`);
    const told: Message[] = [];
    socket.on("message", (data: Buffer) => void told.push(JSON.parse(data.toString()) as Message));
    await new Promise((open) => socket.once("open", open));
    socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "alerts" }));
    await expect.poll(() => told.filter(({ type }) => type === "subscribed")).toHaveLength(1);
    const id = await running(engine);
    await engine.ask("PUT", "/risk/limits", { limits: [{ scope: "family", metric: "drawdown", limit: -0.002 }] });
    const last = await bought(engine);
    for (let step = 1; step <= 4; step++) await price(engine, last * (1 - step * 0.004));
    await expect.poll(async () => (await engine.get(`/strategies/${id}`))["status"]).toBe("paused");
    const { breaches, drawdown } = await engine.get("/risk/status");
    expect(breaches).toMatchObject([{ scope: "family", name: "trend_following", metric: "drawdown", limit: -0.002 }]);
    expect(drawdown).toBeLessThanOrEqual(-0.002);
    const alerts = (): readonly unknown[] =>
      told.map(({ data }) => data as Message | undefined).filter((data) => data?.["type"] === "risk");
    await expect.poll(alerts).toHaveLength(1);
    expect(alerts()).toMatchObject([{ level: "critical", message: textWith("drawdown of the family") }]);
    const { audit } = (await engine.get("/audit?action=risk.breach")) as { readonly audit: Message[] };
    expect(audit).toMatchObject([{ actor: "engine", target: "family:trend_following" }]);
    socket.close();
  });
});

describe("the emergency stop", () => {
  it("is told without a colon where no reason was given, and lifting what is not on is told to nobody", async () => {
    const engine = await startEngine();
    const told = async (path: string, name: string, field: string): Promise<readonly unknown[]> =>
      ((await engine.get(path))[name] as readonly Message[]).map((one) => one[field]).reverse();
    const lift = () => engine.ask("POST", "/risk/resume", {});
    expect(await lift()).toMatchObject({ status: 200, body: { status: "resumed" } });
    expect((await engine.ask("POST", "/risk/emergency-stop", {})).status).toBe(200);
    expect((await lift()).status).toBe(200);
    expect((await lift()).status).toBe(200);
    expect(await told("/alerts?type=risk", "alerts", "message")).toEqual(["emergency stop", "emergency stop lifted"]);
    expect(await told("/audit", "audit", "action")).toEqual(["risk.emergency_stop", "risk.resume"]);
  });

  it("is not refused for its reason, however long that is, and says what of it is kept", async () => {
    const engine = await startEngine();
    const ask = (path: string, reason: unknown) => engine.ask("POST", path, { reason });
    for (const [said, kept] of [
      ["x".repeat(600), "x".repeat(512)],
      [null, ""],
    ] as const) {
      expect(await ask("/risk/emergency-stop", said)).toMatchObject({ status: 200, body: { executions_stopped: 0 } });
      expect(await engine.get("/risk/status")).toMatchObject({ emergency_stop: true });
      const { audit } = (await engine.get("/audit?action=risk.emergency_stop&limit=1")) as {
        readonly audit: Message[];
      };
      expect(audit).toMatchObject([{ to: { emergency_stop: true, reason: kept } }]);
      expect((await ask("/risk/resume", said)).status).toBe(200);
    }
  });

  it("apart, a paused execution is not stopped to be started: it is resumed", async () => {
    const engine = await startEngine();
    const id = await running(engine);
    const start = () => engine.ask("POST", `/strategies/${id}/start`);
    expect((await start()).body["message"]).toContain("is running already; stop it first");
    await engine.ask("POST", `/strategies/${id}/pause`);
    const again = await start();
    expect(again).toMatchObject({ status: 409, body: { error: "already_running" } });
    expect(again.body["message"]).toMatch(/is paused; POST .*\/resume/u);
  });

  it("is on after kill -9 as it was before, until somebody resumes, and is off after that", async () => {
    const env = { DATA_DIR: dataDir(), AUTO_RESUME: "true" };
    const engine = await startEngine(env);
    const id = await running(engine);
    const stopped = await engine.ask("POST", "/risk/emergency-stop", { reason: "exchange outage" });
    expect(stopped.body).toEqual({ status: "emergency_stopped", executions_stopped: 1 });
    await engine.kill();
    const again = await startEngine(env);
    expect(await again.get("/risk/status")).toMatchObject({ emergency_stop: true });
    const refused = await again.ask("POST", `/strategies/${id}/start`);
    expect(refused).toMatchObject({ status: 409, body: { error: "emergency_stop_active" } });
    const check = { strategy_id: id, symbol: "BTCUSD", side: "BUY", quantity: 1, price: 1 };
    expect((await again.ask("POST", "/risk/check", check)).body).toMatchObject({
      approved: false,
      reasons: ["the emergency stop is on"],
    });
    expect((await again.ask("POST", "/risk/resume", { reason: "it is back" })).body).toEqual({ status: "resumed" });
    await again.stop();
    const third = await startEngine(env);
    expect(await third.get("/risk/status")).toMatchObject({ emergency_stop: false });
    expect((await third.ask("POST", `/strategies/${id}/start`)).status).toBe(200);
    const { audit } = (await third.get("/audit")) as { readonly audit: Message[] };
    const actions = audit.map(({ action }) => action).filter((action) => String(action).startsWith("risk."));
    expect(actions).toEqual(["risk.resume", "risk.emergency_stop"]);
  });
});
