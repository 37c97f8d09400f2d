// Executions as a client sees them: started and stopped over REST, told of on sockets and in metrics, gone with a restart.
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { dataDir, referenceTrend, register, startEngine, type Message } from "../../support/manage/engine.ts";
import { storedTrades } from "../../support/store/on-disk.ts";

/** Ticks behind the trend, so that orders meet them; until the execution has traded. */
async function tradesOf(engine: EngineProcess, id: string): Promise<readonly Message[]> {
  const trend = referenceTrend("BTCUSD");
  await engine.post(JSON.stringify({ market_data: trend }));
  const last = Number(trend.at(-1)?.["price"]);
  let price = last;
  const look = async (): Promise<readonly Message[]> => {
    await engine.post(JSON.stringify({ symbol: "BTCUSD", price: (price += 0.1), volume: 1 }));
    return (await engine.get(`/executions/${id}/trades`))["trades"] as readonly Message[];
  };
  return eventually(look, (found) => found.length > 0);
}

/** Neither level is reached on the trend or behind it: what was bought is held, whichever event it was bought at. */
const FAR = { symbols: ["BTCUSD"], stop_percent: 0.5, target_percent: 0.5 };

describe("an execution of a built-in strategy", () => {
  it("trades its signals and shows itself everywhere the contract says", async () => {
    const engine = await startEngine();
    const id = await register(engine, { strategy_type: "momentum_rider", parameters: FAR });
    const socket = new WebSocket(`ws://127.0.0.1:${engine.port}/ws`);
    const told: Message[] = [];
    socket.on("message", (data: Buffer) => void told.push(JSON.parse(data.toString()) as Message));
    await new Promise((open) => socket.once("open", open));
    socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "trades", filter: { strategies: [id] } }));
    socket.send(
      JSON.stringify({ op: "subscribe", id: 2, channel: "executions", filter: { strategies: ["momentum_rider"] } }),
    );
    await expect.poll(() => told.filter(({ type }) => type === "subscribed")).toHaveLength(2);
    const started = await engine.ask("POST", `/strategies/${id}/start`, { execution_config: { position_size: 0.5 } });
    expect(started).toMatchObject({ status: 200, body: { status: "execution_started", strategy_id: id } });
    const executionId = String(started.body["execution_id"]);
    expect(executionId).toMatch(/^exec_[A-Za-z0-9]{6,}$/);
    expect((await engine.ask("POST", `/strategies/${id}/start`)).body["error"]).toBe("already_running");
    const trade = (await tradesOf(engine, executionId)).at(-1);
    expect(trade).toMatchObject({ execution_id: executionId, symbol: "BTCUSD", side: "BUY", pnl: 0 });
    expect(Number(trade?.["quantity"]) * Number(trade?.["price"])).toBeGreaterThan(49_000);
    expect(await engine.get(`/strategies/${id}`)).toMatchObject({ lifecycle_state: "running", active_executions: 1 });
    expect(await engine.get("/health")).toMatchObject({ active_executions: 1 });
    expect(await engine.get("/metrics")).toMatchObject({ active_executions: 1 });
    const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
    expect(text).toMatch(/^strategy_executions_active 1$/m);
    expect(text).toMatch(/^strategy_trade_count_total [1-9]/m);
    await expect.poll(() => told.map(({ data }) => (data as Message | undefined)?.["event"])).toContain("started");
    await expect
      .poll(() => told.filter(({ channel, type }) => channel === "trades" && type === "update"))
      .not.toEqual([]);
    const curve = (await engine.get(`/executions/${executionId}/equity-curve?points=2`)) as { points: Message[] };
    expect(curve.points[0]).toMatchObject({ equity: 100_000, drawdown: 0 });
    expect(curve.points[0]?.["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect((await engine.get("/executions"))["executions"]).toMatchObject([
      { execution_id: executionId, status: "running" },
    ]);
    const stopped = await engine.ask("POST", `/strategies/${id}/stop`);
    expect(stopped.body).toMatchObject({ status: "execution_stopped", execution_id: executionId, strategy_id: id });
    expect((await engine.get("/executions"))["executions"]).toEqual([]);
    expect(await engine.get(`/executions/${executionId}`)).toMatchObject({
      status: "stopped",
      stop_reason: "requested",
    });
    expect((await engine.ask("POST", `/strategies/${id}/stop`)).body).toMatchObject({
      status: "stopped",
      execution_id: null,
    });
    socket.terminate();
  });

  it("is ended by the emergency stop, and by its own id, and nothing starts before the resume", async () => {
    const engine = await startEngine();
    const ids = [];
    for (let count = 0; count < 3; count++) ids.push(await register(engine, { strategy_type: "momentum_rider" }));
    const start = (id: string) => engine.ask("POST", `/strategies/${id}/start`);
    const begun = await Promise.all(ids.map(start));
    const first = String(begun[0]?.body["execution_id"]);
    const alone = await engine.ask("POST", `/executions/${first}/stop`);
    expect(alone.body).toMatchObject({ status: "execution_stopped", execution_id: first });
    expect(await engine.get(`/strategies/${ids[0]}`)).toMatchObject({ status: "deployed" });
    const halted = await engine.ask("POST", "/risk/emergency-stop", { reason: "drill" });
    expect(halted.body).toEqual({ status: "emergency_stopped", executions_stopped: 2 });
    const all = (await engine.get("/executions?status=all"))["executions"] as readonly Message[];
    expect(all.map(({ status, stop_reason: reason }) => [status, reason])).toEqual([
      ["stopped", "emergency_stop"],
      ["stopped", "emergency_stop"],
      ["stopped", "requested"],
    ]);
    expect(await start(ids[0] ?? "")).toMatchObject({ status: 409, body: { error: "emergency_stop_active" } });
    await engine.ask("POST", "/risk/resume", {});
    expect((await start(ids[0] ?? "")).status).toBe(200);
  });

  it("comes back stopped after a restart, with its trades; with AUTO_RESUME it goes on with its account", async () => {
    const env = { DATA_DIR: dataDir() };
    const before = await startEngine(env);
    const id = await register(before, { strategy_type: "momentum_rider", parameters: FAR });
    const begun = await before.ask("POST", `/strategies/${id}/start`);
    const first = String(begun.body["execution_id"]);
    const trades = await tradesOf(before, first);
    await expect.poll(() => storedTrades(env.DATA_DIR)).toBe(trades.length); // shown before they are stored
    await before.kill();
    const after = await startEngine(env);
    expect(await after.get(`/executions/${first}`)).toMatchObject({
      status: "stopped",
      stop_reason: "engine_restart",
      trade_count: trades.length,
    });
    expect((await after.get(`/executions/${first}/trades`))["trades"]).toEqual(trades);
    const again = await after.ask("POST", `/strategies/${id}/start`);
    const second = String(again.body["execution_id"]);
    const later = await tradesOf(after, second);
    const bought = later.at(-1);
    await expect.poll(() => storedTrades(env.DATA_DIR)).toBe(trades.length + later.length);
    await after.kill();
    const resumed = await startEngine({ ...env, AUTO_RESUME: "true" });
    await expect.poll(async () => (await resumed.get(`/executions/${second}`))["status"]).toBe("running");
    // What it holds gains a thousandth, too little for the target that is in the market again. It is shown as running before its thread has it, which sees only ticks after that.
    const tick = JSON.stringify({ symbol: "BTCUSD", price: Number(bought?.["price"]) * 1.001, volume: 1 });
    await expect
      .poll(async () => {
        await resumed.post(tick);
        return Number((await resumed.get(`/executions/${second}`))["pnl"]);
      })
      .toBeCloseTo(0.001 * Number(bought?.["price"]) * Number(bought?.["quantity"]), 0);
    expect(await resumed.get(`/executions/${second}`)).toMatchObject({ open_positions: 1 });
    // Its stop and its target are those that it had, under the same ids.
    const orders = (await resumed.get("/orders?status=open"))["orders"] as Record<string, unknown>[];
    expect(orders.map(({ purpose, execution_id: of }) => [purpose, of])).toEqual([
      ["target", second],
      ["stop", second],
    ]);
    const ledger = await resumed.get(`/executions/${second}/ledger`);
    expect(ledger["ledger"]).toMatchObject([{ kind: "fill" }, { kind: "capital" }]);
    expect(await resumed.get("/positions")).toMatchObject({ count: 1, positions: [{ symbol: "BTCUSD" }] });
    expect(await resumed.get("/portfolio")).toMatchObject({ executions: 1, realized_pnl: 0 });
  });
});
