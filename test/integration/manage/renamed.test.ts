// What a strategy is called: a name that changes is told on the sockets, and so is every other change of a strategy; a name
// that nobody can see is refused, and one that was stored before does no harm.
import { expect, it } from "vitest";
import { join } from "node:path";
import { openStore } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { runCommand } from "../../support/command.ts";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";
import { Client } from "../../support/server/client.ts";

const HOLDS = `class Loop:
    def generate_signal(self, market_data):
        return "HOLD"
`;
const BLANKS = [
  " ",
  "\t\n",
  "\u200b",
  "\u2060\ufeff",
  "\u202e\u202c",
  "\u0007",
  "\u3164",
  "\u2800",
  "\u0301",
  "\u00ad \u3000",
  "\u{1d159}",
  "\u{13441}\u{13442}",
  "\ufffe",
];

it("is told when it changes, with what else becomes of a strategy, and is in what is there from then on", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  await client.ask({ op: "subscribe", id: 1, channel: "strategies" });
  const heard = async (): Promise<Message> => (await client.next())["data"] as Message;
  const { body } = await engine.ask("POST", "/strategies", {
    strategy_name: "Night owl",
    code: "class Broken:\n    pass\n",
  });
  const id = String(body["strategy_id"]);
  const about = { strategy_id: id, kind: "code", version: "1.0.0", deployed_version: null };
  expect(await heard()).toMatchObject({ event: "created", strategy_name: "Night owl", status: "draft", ...about });
  await engine.ask("POST", `/strategies/${id}/deploy`);
  for (const status of ["testing", "error"])
    expect(await heard()).toMatchObject({ event: "updated", strategy_name: "Night owl", status, ...about });

  const late = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  const names = async (channel: string): Promise<readonly unknown[]> => {
    await late.ask({ op: "subscribe", id: channel, channel, snapshot: true });
    const { data } = await late.next();
    await late.ask({ op: "unsubscribe", id: channel, channel });
    return (data as readonly Message[]).flatMap((one) => (one["strategy_id"] === id ? [one["strategy_name"]] : []));
  };
  expect(new Set([...(await names("alerts")), ...(await names("pipeline"))])).toEqual(new Set(["Night owl"]));
  const { updated_at: at } = (await engine.ask("PUT", `/strategies/${id}`, { strategy_name: "Lark" })).body;
  const told = await heard();
  expect(told).toMatchObject({ event: "renamed", strategy_name: "Lark", status: "error", updated_at: at, ...about });
  expect(new Set([...(await names("alerts")), ...(await names("pipeline"))])).toEqual(new Set(["Lark"]));
  const words = ["tail", "--channels", "strategies", "--snapshot", "--count", "4", "--url", engine.url];
  const lines = (await runCommand(dataDir(), words)).out.trim().split("\n");
  expect(lines.at(-1)).toContain(`renamed  Lark (${id}): error, version 1.0.0, in force none`);

  await engine.ask("DELETE", `/strategies/${id}`);
  const deleted = await heard();
  expect(deleted).toMatchObject({ event: "deleted", strategy_name: "Lark" });
  expect(Date.parse(String(deleted["updated_at"]))).toBeGreaterThan(Date.parse(String(at)));
  expect(new Set([...(await names("alerts")), ...(await names("pipeline"))])).toEqual(new Set([null]));
});

it("is told to who follows the engine's own strategy that it runs", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  const filter = { strategies: ["momentum_rider"] };
  await client.ask({ op: "subscribe", id: 1, channel: "strategies", filter });
  for (const [strategy_type, strategy_name] of [
    ["breakout_strategy", "Owl"],
    ["momentum_rider", "Lark"],
  ] as const)
    await engine.ask("POST", "/api/strategy/register", { strategy_type, strategy_name });
  expect((await client.next())["data"]).toMatchObject({ event: "created", strategy_name: "Lark", kind: "builtin" });
});

it("has something in it that can be seen, whoever gives it", async () => {
  const engine = await startEngine();
  const sentence = "strategy_name must hold something that can be seen, such as a letter, a digit or a sign";
  for (const strategy_name of BLANKS) {
    const parameters = { symbols: ["BTCUSD"] };
    for (const [path, given] of [
      ["/strategies", { code: HOLDS }],
      ["/api/strategy/register", { strategy_type: "momentum_rider", parameters }],
    ] as const) {
      const { status, body } = await engine.ask("POST", path, { strategy_name, ...given });
      expect([status, body["error"]], JSON.stringify(strategy_name)).toEqual([422, "validation_error"]);
      expect(body["message"]).toContain(sentence);
    }
  }
  for (const strategy_name of [
    "\u202eowl",
    "x",
    "…",
    "\u{1f989}",
    "名",
    "\u05d9\u05e0\u05e9\u05d5\u05e3\u200f",
    " owl\n",
    "\u0600",
  ]) {
    const made = await engine.ask("POST", "/strategies", { strategy_name, code: HOLDS });
    expect(made, strategy_name).toMatchObject({ status: 200, body: { strategy_name } });
    const renamed = await engine.ask("PUT", `/strategies/${String(made.body["strategy_id"])}`, {
      strategy_name: "\u200b",
    });
    expect(renamed.status).toBe(422);
  }
});

it("may be one of before that nobody can see: the strategy is loaded, changed and told by its id", async () => {
  const dir = dataDir();
  const first = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const made = await first.ask("POST", "/strategies", {
    strategy_name: "Night owl",
    code: "class Broken:\n    pass\n",
  });
  const id = String(made.body["strategy_id"]);
  await first.stop();
  const store = await openStore({ file: join(dir, "engine.db"), log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const blank = "\u200b \u202e";
  const stored = await store.value.commit([
    { sql: "UPDATE strategies SET strategy_name = ? WHERE strategy_id = ?", params: [blank, id] },
  ]);
  expect(stored).toMatchObject({ ok: true });
  await store.value.close();

  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const path = `/strategies/${id}`;
  expect(await engine.get(path)).toMatchObject({ strategy_name: blank });
  const kept = { strategy_name: blank, parameters: { period: 3 } };
  expect(await engine.ask("PUT", path, kept)).toMatchObject({ status: 200, body: { version: "1.0.1" } });
  await engine.ask("POST", `${path}/deploy`);
  const tail = (channel: string) =>
    runCommand(dataDir(), ["tail", "--channels", channel, "--snapshot", "--count", "1", "--url", engine.url]);
  await expect.poll(async () => (await engine.get(path))["status"], { timeout: 60_000 }).toBe("error");
  expect((await tail("alerts")).out.trim()).toMatch(new RegExp(`  \\(${id}\\)$`));
  expect(await engine.ask("PUT", path, { strategy_name: "Lark" })).toMatchObject({ status: 200 });
});
