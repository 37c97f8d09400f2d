// A registered strategy as a client sees it: it signals from the moment of its registration under its own id, falls
// silent and comes back as it is told, and survives whatever ends the process.
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { dataDir, referenceTrend, register, speakers, startEngine, type Message } from "../../support/manage/engine.ts";

describe("a registered strategy", () => {
  it("speaks under its id over REST and the socket, beside the engine's own instance", async () => {
    const engine = await startEngine();
    const id = await register(engine, { strategy_type: "momentum_rider", parameters: { horizon_short: 10 } });
    expect(id).toMatch(/^strat_[A-Za-z0-9]{6,}$/);
    const socket = new WebSocket(`ws://127.0.0.1:${engine.port}/ws`);
    const heard = new Promise<Message>((resolve) => {
      socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Message;
        if (message["type"] === "update") resolve(message["data"] as Message);
      });
    });
    await new Promise((open) => socket.once("open", open));
    const subscribed = new Promise((resolve) => {
      socket.on("message", (data: Buffer) => {
        if ((JSON.parse(data.toString()) as Message)["type"] === "subscribed") resolve(null);
      });
    });
    socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "signals", filter: { strategies: [id] } }));
    await subscribed;
    expect(new Set(await speakers(engine, "BTCUSD"))).toEqual(new Set([null, id]));
    expect(await heard).toMatchObject({ strategy_id: id, type: "momentum_rider", symbol: "BTCUSD", action: "buy" });
    socket.terminate();
    const { signals } = (await engine.get(`/signals?strategy=${id}`)) as { signals: Message[] };
    expect(signals.length).toBeGreaterThan(0);
    expect(signals.every((signal) => signal["strategy_id"] === id)).toBe(true);
    expect((await engine.get(`/strategies/${id}`))["status"]).toBe("deployed");
    expect((await engine.get("/health"))["active_strategies"]).toBe(1);
  });

  it("is silenced by pause and stop, brought back by resume and reset, and gone after delete, alone each time", async () => {
    const engine = await startEngine();
    const one = await register(engine, { strategy_type: "momentum_rider" });
    const other = await register(engine, { strategy_type: "momentum_rider" });
    let symbols = 0;
    const heard = async () => new Set(await speakers(engine, `S${symbols++}USDT`));
    const act = async (method: string, path: string) => (await engine.ask(method, path)).status;
    expect(await heard()).toEqual(new Set([null, one, other]));
    for (const [silence, back] of [
      ["pause", "resume"],
      ["stop", "reset"],
    ] as const) {
      expect(await act("POST", `/strategies/${one}/${silence}`)).toBe(200);
      expect(await heard(), silence).toEqual(new Set([null, other]));
      expect(await act("POST", `/strategies/${one}/${back}`)).toBe(200);
      expect(await heard(), back).toEqual(new Set([null, one, other]));
    }
    expect(await act("DELETE", `/strategies/${one}`)).toBe(200);
    expect(await heard(), "delete").toEqual(new Set([null, other]));
    expect(await act("GET", `/strategies/${one}`)).toBe(404);
  });

  it("takes changed parameters at once, keeps its windows, and has a new version", async () => {
    const engine = await startEngine();
    const id = await register(engine, { strategy_type: "momentum_rider", parameters: { momentum_threshold: 100 } });
    expect(await speakers(engine, "BTCUSD")).toEqual([null]);
    const changed = await engine.ask("PUT", `/api/strategy/${id}`, { parameters: { momentum_threshold: 0.01 } });
    expect(changed.body).toEqual({
      status: "updated",
      strategy_id: id,
      parameters: { momentum_threshold: 0.01 },
      version: "1.0.1",
    });
    // One tick is enough: the window was filled before the change.
    const last = referenceTrend("BTCUSD").at(-1);
    const answer = await engine.post(JSON.stringify({ ...last, price: Number(last?.["price"]) * 1.002 }));
    expect((answer["signals"] as Message[]).map((signal) => signal["strategy_id"])).toContain(id);
    const version = await engine.get(`/strategies/${id}/versions/1.0.0`);
    expect(version["parameters"]).toEqual({ momentum_threshold: 100 });
  });

  it("hears only the asset types that it was registered for, symbols that come later among them", async () => {
    const engine = await startEngine();
    const id = await register(engine, { strategy_type: "momentum_rider", asset_types: ["crypto"] });
    expect(await speakers(engine, "BTCUSD")).toContain(id);
    // A Wednesday: on a weekend nobody speaks of a stock.
    const spoke = async (symbol: string) => {
      const answer = await engine.post(JSON.stringify({ market_data: referenceTrend(symbol, 1_755_700_000) }));
      return (answer["signals"] as Message[]).map((signal) => signal["strategy_id"]);
    };
    expect(new Set(await spoke("AAPL"))).toEqual(new Set([null]));
    const put = await engine.ask("PUT", `/api/strategy/${id}`, { asset_types: ["crypto", "stocks"] });
    expect(put.body["version"], "every change by this path is a new version").toBe("1.0.1");
    expect((await engine.get(`/strategies/${id}`))["asset_types"]).toEqual(["crypto", "stocks"]);
    expect(new Set(await spoke("MSFT"))).toEqual(new Set([null, id]));
  });

  it("that found no room may be tried again with the same key, once there is room", async () => {
    const engine = await startEngine({ MAX_INSTANCES: "32" });
    const registered = async (key: string): Promise<{ status: number; id: string; replayed: boolean }> => {
      const response = await fetch(`${engine.url}/api/strategy/register`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({ strategy_type: "momentum_rider" }),
      });
      const id = String(((await response.json()) as Message)["strategy_id"]);
      return { status: response.status, id, replayed: response.headers.get("idempotency-replayed") === "true" };
    };
    const first = await registered("key-0");
    let refused = "";
    for (let count = 1; refused === ""; count++) {
      if ((await registered(`key-${count}`)).status === 503) refused = `key-${count}`;
    }
    expect((await engine.ask("DELETE", `/strategies/${first.id}`)).status).toBe(200);
    const again = await registered(refused);
    expect(again).toMatchObject({ status: 200, replayed: false });
    expect(await registered(refused)).toEqual({ ...again, replayed: true });
  });

  it("of a family is one id with an instance of every type that needs no sets of symbols", async () => {
    const engine = await startEngine();
    const body = { strategy_type: "statistical_arbitrage", parameters: { invented: 1 } };
    const { body: answer } = await engine.ask("POST", "/api/strategy/register", body);
    expect(answer).toMatchObject({
      status: "registered",
      strategy_type: "statistical",
      types: ["mean_reversion"],
      left_out: ["pairs_trading", "cointegration_model"],
      unused_parameters: ["invented"],
    });
    const before = ((await engine.get("/api/strategy_engine/summary"))["integration_stats"] as Message)["instances"];
    await register(engine, { strategy_type: "trend_following" });
    const after = ((await engine.get("/api/strategy_engine/summary"))["integration_stats"] as Message)["instances"];
    expect(Number(after) - Number(before)).toBe(3);
  });

  it("of several legs is refused without them, and waits for those that nobody has seen", async () => {
    const engine = await startEngine();
    const none = await engine.ask("POST", "/api/strategy/register", { strategy_type: "pairs_trading" });
    expect(none).toMatchObject({ status: 422, body: { error: "validation_error" } });
    expect(String(none.body["message"])).toContain("parameters.symbols must name");
    const id = await register(engine, {
      strategy_type: "pairs_trading",
      parameters: { symbols: ["AAAUSDT", "BBBUSDT"] },
    });
    const instances = async () =>
      ((await engine.get("/api/strategy_engine/summary"))["integration_stats"] as Message)["instances"];
    const before = Number(await instances());
    await engine.post(
      JSON.stringify([
        { symbol: "AAAUSDT", price: 1 },
        { symbol: "BBBUSDT", price: 2 },
      ]),
    );
    await expect.poll(instances).toBe(before + 1);
    expect((await engine.ask("DELETE", `/strategies/${id}`)).status).toBe(200);
    expect(await instances()).toBe(before);
  });

  it("is refused with the setting to raise when the table of instances is full, and leaves nothing behind", async () => {
    const engine = await startEngine({ MAX_INSTANCES: "32" });
    const places = 32 - 18;
    for (let place = 0; place < places; place++) await register(engine, { strategy_type: "momentum_rider" });
    const full = await engine.ask("POST", "/api/strategy/register", { strategy_type: "momentum_rider" });
    expect(full).toMatchObject({ status: 503, body: { error: "capacity_exceeded" } });
    expect(String(full.body["message"])).toContain("MAX_INSTANCES");
    expect((await engine.get("/strategies"))["count"]).toBe(places);
  });
});

describe("after a restart", () => {
  it("it speaks under the same id, paused ones stay silent, and old signals keep their strategy", async () => {
    const env = { DATA_DIR: dataDir(), JOURNAL_SYNC: "always" };
    const first = await startEngine(env);
    const [speaking, silent] = [
      await register(first, { strategy_type: "momentum_rider", parameters: { horizon_short: 11 } }),
      await register(first, { strategy_type: "momentum_rider" }),
    ];
    expect(new Set(await speakers(first, "BTCUSD"))).toEqual(new Set([null, speaking, silent]));
    await first.ask("POST", `/strategies/${silent}/pause`);
    await first.kill();
    const second = await startEngine(env);
    expect(new Set(await speakers(second, "ETHUSD"))).toEqual(new Set([null, speaking]));
    expect((await second.get(`/strategies/${speaking}`))["parameters"]).toEqual({ horizon_short: 11 });
    const { signals } = (await second.get("/signals?symbol=BTCUSD")) as { signals: Message[] };
    expect(new Set(signals.map((signal) => signal["strategy_id"]))).toEqual(new Set([null, speaking, silent]));
    await second.ask("POST", `/strategies/${silent}/resume`);
    expect(await speakers(second, "XRPUSD")).toContain(silent);
  });
});
