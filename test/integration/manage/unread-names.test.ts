// Names that somebody misspelt: nothing is refused, and the answer, the pipeline and the command say what does nothing.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommand } from "../../support/command.ts";
import { dataDir, startEngine } from "../../support/manage/engine.ts";

const CODE = `class Loop:
    def __init__(self, window=20):
        self.window = window

    def generate_signal(self, market_data):
        return "HOLD"
`;
const PARAMETERS = { windw: 20, positon_size: 0.5, symbols: ["BTCUSD"], owner: "me" };
const LIMITS = { max_positon_size: 1, daily_los_limit: -5, max_drawdown: -0.5 };
const UNUSED = {
  unused_risk_limits: ["max_positon_size", "daily_los_limit"],
  did_you_mean: { max_positon_size: "max_position_size", daily_los_limit: "daily_loss_limit" },
};
const LIMITS_SAID = [
  "risk_limits.max_positon_size is no limit and does nothing; perhaps max_position_size is meant",
  "risk_limits.daily_los_limit is no limit and does nothing; perhaps daily_loss_limit is meant",
];
const PARAMETERS_SAID = [
  "the parameter windw is given and nothing reads it; perhaps window is meant",
  "the parameter positon_size is given and nothing reads it; perhaps position_size is meant",
  "the parameter owner is given and nothing reads it",
];

it("are named by the answers of those that set a strategy, and by its pipeline", async () => {
  const engine = await startEngine();
  const made = await engine.ask("POST", "/strategies", {
    strategy_name: "loop",
    code: CODE,
    parameters: PARAMETERS,
    risk_limits: LIMITS,
    langauge: "python",
  });
  expect(made).toMatchObject({ status: 200, body: { unused_risk_limits: UNUSED.unused_risk_limits } });
  expect(made.body).toMatchObject({
    ignored_fields: ["langauge"],
    did_you_mean: { ...UNUSED.did_you_mean, langauge: "language" },
  });
  const path = `/strategies/${String(made.body["strategy_id"])}`;
  expect((await engine.ask("PUT", path, { risk_limits: { owner: 1 } })).body).toMatchObject({
    unused_risk_limits: [...UNUSED.unused_risk_limits, "owner"],
    risk_limits: LIMITS,
  });
  const begun = await engine.ask("POST", `${path}/deploy`, { deployment_typ: "canary" });
  expect(begun.body).toMatchObject({
    deployment_type: "direct",
    ignored_fields: ["deployment_typ"],
    did_you_mean: { deployment_typ: "deployment_type" },
  });
  const pipeline = `/deployments/${String(begun.body["pipeline_id"])}`;
  await expect
    .poll(async () => (await engine.get(`${pipeline}/status`))["results"], { timeout: 60_000 })
    .toMatchObject({
      syntax_check: {
        passed: true,
        unused_parameters: ["windw", "positon_size", "owner"],
        unused_risk_limits: [...UNUSED.unused_risk_limits, "owner"],
      },
    });
  const told = JSON.stringify(await engine.get(`${pipeline}/logs`));
  for (const sentence of [...PARAMETERS_SAID, ...LIMITS_SAID]) expect(told).toContain(sentence);
  expect(
    (await engine.ask("PUT", path, { risk_limits: { owner: null, max_positon_size: null, daily_los_limit: null } }))
      .body,
  ).not.toHaveProperty("unused_risk_limits");
});

it("are named by a start, a registration, the limits of the book and a list", async () => {
  const engine = await startEngine();
  const registered = await engine.ask("POST", "/api/strategy/register", {
    strategy_type: "momentum_rider",
    paramters: { window: 30 },
    parameters: { volume_multplier: 2 },
  });
  expect(registered.body).toMatchObject({
    unused_parameters: ["volume_multplier"],
    ignored_fields: ["paramters"],
    did_you_mean: { paramters: "parameters", volume_multplier: "volume_multiplier" },
  });
  const id = String(registered.body["strategy_id"]);
  await engine.ask("PUT", `/strategies/${id}`, { risk_limits: LIMITS });
  const start = { position_size: 0.2, execution_confg: { position_size: 0.2 } };
  expect((await engine.ask("POST", `/strategies/${id}/start`, start)).body).toMatchObject({
    status: "execution_started",
    unused_risk_limits: UNUSED.unused_risk_limits,
    ignored_fields: ["position_size", "execution_confg"],
    did_you_mean: {
      ...UNUSED.did_you_mean,
      position_size: "execution_config.position_size",
      execution_confg: "execution_config",
    },
  });
  const limits = [{ scope: "book", metric: "gross_exposure", limit: 5, action: "alert", leve: "hard" }];
  expect((await engine.ask("PUT", "/risk/limits", { limits })).body).toMatchObject({
    ignored_fields: ["limits[0].leve"],
    did_you_mean: { "limits[0].leve": "limits[0].level" },
  });
  expect(await engine.get("/signals?strateg=momentum_rider")).toMatchObject({
    ignored_fields: ["strateg"],
    did_you_mean: { strateg: "strategy" },
  });
  expect(await engine.get("/signals?strategy=momentum_rider")).not.toHaveProperty("ignored_fields");
});

it("are none that the code takes in another way, or who trades the signals", async () => {
  const engine = await startEngine();
  const code = `class Bands:
    def __init__(self, period, oversold=30, mode="fast", levels=None):
        self.period = period

    def generate_signal(self, market_data):
        return "HOLD"
`;
  const parameters = { period: 14, oversold_threshold: 25, mode: "slow", levels: [1, 2], symbols: ["BTCUSD"], mod: 1 };
  const dir = dataDir();
  mkdirSync(join(dir, "bands"));
  writeFileSync(join(dir, "bands", "strategy.py"), code);
  writeFileSync(join(dir, "bands", "strategy.json"), JSON.stringify({ name: "bands", parameters }));
  const sentence = "warn  the parameter mod is given and nothing reads it; perhaps mode is meant\n";
  expect((await runCommand(dir, ["backtest", "bands", "--synthetic", "--days", "2", "--json"])).err).toBe(sentence);
  const deployed = await runCommand(dir, ["deploy", "bands", "--url", engine.url]);
  expect(deployed.err.split("\n").filter((line) => line.startsWith("warn"))).toEqual([
    "warn  the parameter mod is given and nothing reads it",
  ]);
  const traded = {
    position_size: 0.5,
    allow_short: true,
    fee_bps: 5,
    max_trades_per_day: 3,
    weight: 2,
    positon_size: 1,
  };
  const { body } = await engine.ask("POST", "/api/strategy/register", {
    strategy_type: "momentum_rider",
    parameters: traded,
  });
  const unused = { unused_parameters: ["positon_size"], did_you_mean: { positon_size: "position_size" } };
  expect(body).toMatchObject(unused);
  const path = `/api/strategy/${String(body["strategy_id"])}`;
  expect((await engine.ask("PUT", path, { parameters: { take_profit: 0.1 } })).body).toMatchObject(unused);
});

it("are warned of by test, backtest and deploy, beside what they print", async () => {
  const dir = dataDir();
  mkdirSync(join(dir, "loop"));
  writeFileSync(join(dir, "loop", "strategy.py"), CODE);
  const settings = { name: "loop", descripton: "mine", parameters: PARAMETERS, risk_limits: LIMITS };
  writeFileSync(join(dir, "loop", "strategy.json"), JSON.stringify(settings));
  const engine = await startEngine();
  const warned = ["strategy.json: descripton is not read", ...LIMITS_SAID, ...PARAMETERS_SAID].map(
    (one) => `warn  ${one}\n`,
  );
  for (const args of [
    ["test", "loop", "--json"],
    ["backtest", "loop", "--synthetic", "--days", "2", "--json"],
  ]) {
    const { out, err } = await runCommand(dir, args);
    expect(err, args.join(" ")).toBe(warned.join(""));
    expect(typeof JSON.parse(out)).toBe("object");
  }
  const deployed = await runCommand(dir, ["deploy", "loop", "--url", engine.url]);
  expect(deployed.err.startsWith(warned.join(""))).toBe(true);
  expect(deployed.out).toContain("syntax_check");
});
