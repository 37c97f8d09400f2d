// Who reads of a strategy knows it by its name: alerts, deployments and executions bear it beside the id, in the API, on the
// sockets and in what `tail` prints; as it is now, and none where the strategy is no more.
import { expect, it } from "vitest";
import { runCommand } from "../../support/command.ts";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";

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
