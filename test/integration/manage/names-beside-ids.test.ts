// Who reads of a strategy knows it by its name: alerts, deployments, executions, trades, orders, positions and limits bear it
// beside the id, in the API, on the sockets and in what `tail` prints; as it is now, and none where the strategy is no more.
import { expect, it } from "vitest";
import { runCommand } from "../../support/command.ts";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";
import { Client } from "../../support/server/client.ts";

const HOLDS = `class Loop:
    def generate_signal(self, market_data):
        return "HOLD"
`;

it("is in alerts, deployments and executions, and in what follows them", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const made = async (strategy_name: string, code: string): Promise<string> => {
    const parameters = { symbols: ["BTCUSD"] };
    const { body } = await engine.ask("POST", "/strategies", { strategy_name, code, parameters });
    const path = `/strategies/${String(body["strategy_id"])}`;
    const { pipeline_id: pipeline } = (await engine.ask("POST", `${path}/deploy`)).body;
    const state = async () => (await engine.get(`/deployments/${String(pipeline)}/status`))["status"];
    await expect.poll(state, { timeout: 60_000 }).toMatch(/^(completed|failed)$/);
    return path;
  };
  const first = async (path: string, list: string) => ((await engine.get(path))[list] as readonly Message[])[0];
  const tail = async (channel: string) => {
    const words = ["tail", "--channels", channel, "--snapshot", "--count", "1", "--url", engine.url];
    return (await runCommand(dataDir(), words)).out;
  };

  const good = await made("Night owl", HOLDS);
  expect(await first("/deployments", "deployments")).toMatchObject({ strategy_name: "Night owl" });
  expect(await tail("pipeline")).toContain(` of Night owl (${good.slice(12)}): completed`);
  const { execution_id: execution } = (await engine.ask("POST", `${good}/start`)).body;
  expect(await first("/executions", "executions")).toMatchObject({ strategy_name: "Night owl" });
  expect(await tail("executions")).toContain(`${String(execution)} of Night owl (${good.slice(12)}): 0 trades`);
  expect((await engine.ask("PUT", good, { strategy_name: "Lark" })).status).toBe(200);
  expect(await engine.get(`/executions/${String(execution)}`)).toMatchObject({ strategy_name: "Lark" });

  const bad = await made("Broken wing", "class Broken:\n    pass\n");
  const { pipeline_id: failed } = (await first("/deployments", "deployments")) ?? {};
  expect(await first("/alerts", "alerts")).toMatchObject({ strategy_name: "Broken wing", type: "pipeline" });
  expect(await tail("alerts")).toContain(`(Broken wing, ${bad.slice(12)})`);
  expect((await engine.ask("DELETE", bad)).status).toBe(200);
  expect(await first("/alerts", "alerts")).toMatchObject({ strategy_id: bad.slice(12), strategy_name: null });
  expect((await engine.ask("GET", `/deployments/${String(failed)}/status`)).body).not.toMatchObject({
    strategy_name: "Broken wing",
  });
});

it("is in trades, orders, positions and what risk says of a strategy", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const called = { strategy_name: "Night owl" };
  const given = { ...called, code: HOLDS.replace("HOLD", "BUY"), parameters: { symbols: ["BTCUSD"] } };
  const id = String((await engine.ask("POST", "/strategies", given)).body["strategy_id"]);
  await engine.ask("POST", `/strategies/${id}/deploy`);
  const state = async () => (await engine.get(`/strategies/${id}`))["status"];
  await expect.poll(state, { timeout: 60_000 }).toBe("deployed");
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  await client.ask({ op: "subscribe", id: 1, channel: "trades" });
  const { execution_id: execution } = (await engine.ask("POST", `/strategies/${id}/start`)).body;
  const look = async (path: string, list: string) => (await engine.get(path))[list] as readonly Message[];
  const held = async () => {
    await engine.post(JSON.stringify({ symbol: "BTCUSD", price: 50_000, volume: 1 }));
    return look("/positions", "positions");
  };
  const ids = { ...called, strategy_id: id, execution_id: execution };
  await expect.poll(held, { timeout: 30_000 }).toMatchObject([{ ...ids, symbol: "BTCUSD" }]);
  expect(await look("/orders", "orders")).toMatchObject([ids]);
  expect((await client.next())["data"]).toMatchObject({ ...ids, trade: { side: "BUY" } });
  const words = ["tail", "--channels", "trades", "--snapshot", "--count", "1", "--url", engine.url];
  expect((await runCommand(dataDir(), words)).out).toContain(`(Night owl, ${id})`);

  const about = { scope: "strategy", metric: "gross_exposure", limit: 1, action: "alert" };
  const put = await engine.ask("PUT", "/risk/limits", {
    limits: [
      { ...about, name: id },
      { ...about, metric: "leverage", limit: 0.001 },
    ],
  });
  expect(put.status).toBe(200);
  await engine.ask("PUT", `/strategies/${id}`, { strategy_name: "Lark" });
  const now = { name: id, strategy_name: "Lark" };
  await expect
    .poll(async () => look("/risk/status", "breaches"), { timeout: 30_000 })
    .toEqual([expect.objectContaining(now), expect.objectContaining(now)]);
  const status = await engine.get("/risk/status");
  expect(status["limits"]).toMatchObject({ [`strategy:${id}:gross_exposure`]: now });
  expect((status["limits"] as Message)["strategy:*:leverage"]).not.toHaveProperty("strategy_name");
  expect(status["usage"]).toEqual([expect.objectContaining(now), expect.objectContaining(now)]);
  // What is written back says nothing that would not be read.
  const { limits } = await engine.get("/risk/limits");
  expect((await engine.ask("PUT", "/risk/limits", { limits })).body).not.toHaveProperty("ignored_fields");
});

it("is in runs over history, which say of what they are", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const draft = { strategy_name: "Night owl", code: HOLDS };
  const id = String((await engine.ask("POST", "/strategies", draft)).body["strategy_id"]);
  const called = { strategy_id: id, strategy_name: "Night owl" };
  const grid = { fast_length: [6, 12] };
  const type = { strategy_type: "moving_average_crossover", duration_days: 2 };
  const asked = [
    await engine.ask("POST", "/backtests", { strategy_id: id, duration_days: 2 }),
    await engine.ask("POST", "/backtests", type),
    await engine.ask("POST", "/sweeps", { ...type, grid }),
    await engine.ask("POST", "/backtests", { ...type, strategy_id: id }),
  ];
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const [own, built, , both] = asked.map(({ body }) => String(body["backtest_id"]));
  expect(await engine.get(`/backtests/${String(own)}`)).toMatchObject(called);
  const others = await engine.get(`/backtests/${String(built)}`);
  expect(others).toMatchObject({ strategy_type: "moving_average_crossover" });
  expect(others).not.toHaveProperty("strategy_id");
  const ofBoth = await engine.get(`/backtests/${String(both)}`);
  expect(ofBoth).toMatchObject(called);
  expect(ofBoth).not.toHaveProperty("strategy_type");
  const listed = (await engine.get("/backtests"))["backtests"];
  expect(listed).toMatchObject([called, { strategy_type: type.strategy_type }, called]);
  expect((await engine.get("/sweeps"))["sweeps"]).toMatchObject([{ strategy_type: type.strategy_type }]);
});

it("is the family's own in runs over history, by whatever name it was asked for", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  const family = { strategies: ["statistical"] };
  await client.ask({ op: "subscribe", id: 1, channel: "research", filter: family });
  const asked = { strategy_type: "statistical_arbitrage", duration_days: 2 };
  const { status, body } = await engine.ask("POST", "/backtests", asked);
  expect(status).toBe(200);
  const canonical = { strategy_type: "statistical" };
  expect(await engine.get(`/backtests/${String(body["backtest_id"])}`)).toMatchObject(canonical);
  expect((await engine.get("/backtests"))["backtests"]).toMatchObject([canonical]);
  expect((await client.next())["data"]).toMatchObject(canonical);
});
