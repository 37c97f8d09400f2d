// A strategy of one's own from the shell: begun, tested, run over a market, deployed; and what is said when it is broken.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runCommand } from "../support/command.ts";
import { startEngine } from "../support/manage/engine.ts";
import { storeBars } from "../support/research.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "project-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
async function begun(): Promise<{ readonly dir: string; readonly file: (name: string) => string }> {
  const dir = folder();
  const made = await runCommand(dir, ["new", "demo"]);
  expect(made).toMatchObject({ code: 0, err: "" });
  return { dir, file: (name) => join(dir, "demo", name) };
}
const change = (path: string, from: string, to: string): void => {
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
};

it("begins with a project whose tests pass and which can be run at once", async () => {
  const { dir, file } = await begun();
  const tested = await runCommand(dir, ["test", "./demo"]);
  expect(tested).toMatchObject({ code: 0, err: "" });
  expect(tested.out).toContain("ok    testBuysARise");
  expect(tested.out).toMatch(/(\d+) of \1 tests passed, on a made-up market/);
  const ran = await runCommand(dir, ["backtest", "./demo", "--synthetic", "--days", "30", "--out", "one.json"]);
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out).toContain("demo on BTCUSD  SYNTHETIC DATA");
  const again = await runCommand(dir, ["backtest", file("strategy.ts"), "--synthetic", "--days", "30", "--json"]);
  expect(again.out).toBe(readFileSync(join(dir, "one.json"), "utf8"));
  const report = await runCommand(dir, ["report", "one.json"]);
  expect(report.out).toContain("demo on BTCUSD");
  expect(await runCommand(dir, ["new", "demo"])).toMatchObject({ code: 1 });
});

it("takes symbols and parameters from its settings, and data from the history", async () => {
  const { dir, file } = await begun();
  storeBars(dir, "BTCUSD", { bars: 4_000 });
  expect((await runCommand(dir, ["backtest", "./demo"])).err).toContain("no symbols: name them in strategy.json");
  change(file("strategy.json"), '"parameters": {', '"parameters": { "symbols": ["btcusd"], "fast": 5,');
  const ran = await runCommand(dir, ["backtest", "./demo", "--json"]);
  const { statement } = JSON.parse(ran.out) as { statement: { parameters: object; data: readonly object[] } };
  expect(statement.parameters).toMatchObject({ fast: 5, slow: 48, fee_bps: 5 });
  expect(statement.data).toMatchObject([{ symbol: "BTCUSD", synthetic: false }]);
  expect((await runCommand(dir, ["test", "./demo"])).out).toContain("on recorded history");
  change(file("strategy.json"), '"fast": 5', '"fast": 1');
  expect((await runCommand(dir, ["backtest", "./demo"])).err).toContain(
    "parameters.fast must be a number from 2 to 200",
  );
});

it("shows what is wrong in the text: at compiling, in a test, and at an event", async () => {
  const { dir, file } = await begun();
  change(file("strategy.ts"), "this.buy(0.7, stop", "this.bye(0.7, stop");
  const line =
    readFileSync(file("strategy.ts"), "utf8")
      .split("\n")
      .findIndex((text) => text.includes("bye")) + 1;
  const broken = await runCommand(dir, ["test", "./demo"]);
  expect(broken.code).toBe(1);
  expect(broken.out).toContain(`demo/strategy.ts:${line}:12`);
  expect(broken.out).toContain(`  ${line} |       this.bye(0.7`);
  expect(broken.out).toMatch(/\n {5}\| {12}\^\n?/);
  expect(broken.err).toContain("demo does not compile");
  change(file("strategy.ts"), "this.bye(", "this.buy(");
  change(file("strategy.test.ts"), "trial.buys > 0,", "trial.buys > 9000,");
  const failing = await runCommand(dir, ["test", "./demo"]);
  expect(failing.code).toBe(1);
  expect(failing.out).toMatch(
    /FAIL {2}testBuysARise[^\n]*\n {6}strategy\.test\.ts line \d+: a steady rise should be bought/,
  );
  change(file("strategy.test.ts"), "create } from", "creat } from");
  expect((await runCommand(dir, ["test", "./demo"])).out).toContain("demo/strategy.test.ts:3");
  change(file("strategy.ts"), "const distance", 'assert(market.count < 50, "no more");\n    const distance');
  const ended = await runCommand(dir, ["backtest", "./demo", "--synthetic"]);
  expect(ended.code).toBe(1);
  expect(ended.out).toContain('assert(market.count < 50, "no more");');
  expect(ended.err).toContain("no more (aborted, at 2020-01-");
});

it("is deployed to a running engine, again as a new version, and refused where its code is broken", async () => {
  const { dir, file } = await begun();
  const engine = await startEngine({ DEMO: "off" });
  const url = `http://127.0.0.1:${engine.port}`;
  change(file("strategy.ts"), "this.buy(0.7", "this.bye(0.7");
  expect((await runCommand(dir, ["deploy", "./demo", "--url", url])).err).toContain("not deployed");
  change(file("strategy.ts"), "this.bye(0.7", "this.buy(0.7");
  const mended = await runCommand(dir, ["deploy", "./demo", "--url", url]);
  expect(mended.out).toMatch(/demo 1\.0\.0 is now 1\.0\.1\nstrat_\w+: its deployment before failed, and it was reset/);
  expect(mended.out).toMatch(/deployed/);
  await engine.ask("DELETE", `/strategies/${/strat_\w+/.exec(mended.out)?.[0]}`);
  const first = await runCommand(dir, ["deploy", "./demo", "--url", url]);
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(/created strat_\w+: demo 1\.0\.0\npipeline pipe_\w+, direct: syntax_check/);
  expect(first.out).toMatch(/ok {4}syntax_check[^]*ok {4}performance_validation[^]*deployed/);
  const start =
    /deployed; it trades from: curl -X POST \S+(\/strategies\/strat_\w+\/start)\n/.exec(first.out)?.[1] ?? "";
  expect((await engine.ask("POST", start)).status).toBe(200);
  change(file("strategy.ts"), "this.buy(0.7", "this.buy(0.8");
  const second = await runCommand(dir, ["deploy", "./demo", "--url", url, "--type", "canary"]);
  expect(second.out).toMatch(/demo 1\.0\.0 is now 1\.0\.1[^]*deployed; its execution goes on with 1\.0\.1\n/);
  const { body } = await engine.ask("GET", "/strategies");
  expect(body).toMatchObject({ count: 1, strategies: [{ strategy_name: "demo", status: "deployed" }] });
  await changesSettings({ dir, url, engine, settings: file("strategy.json") });
  change(file("strategy.ts"), "this.buy(0.8", "this.bye(0.8");
  const broken = await runCommand(dir, ["deploy", "./demo", "--url", url]);
  expect(broken.code).toBe(1);
  expect(broken.out).toContain("FAIL  syntax_check");
  expect(broken.err).toContain("not deployed");
  const nobody = await runCommand(dir, ["deploy", "./demo", "--url", "http://127.0.0.1:9"]);
  expect(nobody.err).toContain("the engine cannot be reached");
});

it("is deployed into the strategy that is meant where several have its name, and into none that somebody guessed", async () => {
  const { dir } = await begun();
  const engine = await startEngine({ DEMO: "off" });
  const at = ["deploy", "./demo", "--url", engine.url];
  const first = /strat_\w+/.exec((await runCommand(dir, at)).out)?.[0] ?? "";
  const code = "class Other:\n    pass";
  const { body } = await engine.ask("POST", "/strategies", { strategy_name: "demo", code });
  const other = String(body["strategy_id"]);
  const refused = await runCommand(dir, at);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain("2 strategies are called demo; say with --id which one is meant:\n");
  for (const id of [first, other]) expect(refused.err).toContain(`\n  ${id}  1.0.0, `);
  expect((await engine.ask("GET", `/strategies/${other}`)).body).toMatchObject({ code, version: "1.0.0" });
  expect((await runCommand(dir, [...at, "--id", first])).out).toMatch(/demo 1\.0\.0, as it was\n[^]*deployed/);
  expect((await runCommand(dir, [...at, "--id", "strat_nobody"])).err).toContain("does not exist");
});

interface Redeployed {
  readonly dir: string;
  readonly url: string;
  readonly engine: Awaited<ReturnType<typeof startEngine>>;
  readonly settings: string;
}

/** A parameter that the project gives up is gone in the engine too; a limit that somebody else set there stays. */
async function changesSettings({ dir, url, engine, settings }: Redeployed): Promise<void> {
  const ofDemo = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { body } = await engine.ask("GET", "/strategies");
    return (body["strategies"] as readonly Readonly<Record<string, unknown>>[])[0] ?? {};
  };
  const id = String((await ofDemo())["strategy_id"]);
  const limits = { max_trades_per_day: 300 };
  expect((await engine.ask("PUT", `/strategies/${id}`, { risk_limits: limits })).status).toBe(200);
  change(settings, '"parameters": {', '"parameters": { "fast": 5,');
  expect((await runCommand(dir, ["deploy", "./demo", "--url", url])).out).toContain("is now 1.0.2");
  expect((await ofDemo())["parameters"]).toMatchObject({ fast: 5 });
  change(settings, '"fast": 5,', "");
  const told = (await runCommand(dir, ["deploy", "./demo", "--url", url])).out;
  expect(told).toContain("is now 1.0.3\nparameters that the project no longer has are gone: fast\n");
  expect(told).toContain("risk limits that only the engine has stay: max_trades_per_day; PUT /strategies/");
  const now = await ofDemo();
  expect(now["parameters"]).not.toHaveProperty("fast");
  expect(now["risk_limits"]).toMatchObject(limits);
}

it("does the same for a strategy in Python", async () => {
  const dir = folder();
  expect((await runCommand(dir, ["new", "snake", "--python"])).code).toBe(0);
  const tested = await runCommand(dir, ["test", "./snake"]);
  expect(tested).toMatchObject({ code: 0, err: "" });
  expect(tested.out).toContain("ok    test_buys_after_a_fall");
  expect(tested.out).toMatch(/(\d+) of \1 tests passed, on a made-up market/);
  const tests = join(dir, "snake", "strategy_test.py");
  change(tests, "assert trial.bought", "assert trial.sold");
  const failing = await runCommand(dir, ["test", "./snake"]);
  expect(failing.code).toBe(1);
  expect(failing.out).toMatch(
    /FAIL {2}test_buys_after_a_fall[^\n]*\n {6}strategy_test\.py line 9: AssertionError: forty/,
  );
  change(tests, "from strategy import", "from os import");
  expect((await runCommand(dir, ["test", "./snake"])).out).toContain("snake/strategy_test.py:3");
  const ran = await runCommand(dir, ["backtest", "./snake", "--synthetic", "--days", "5"]);
  expect(ran.out).toContain("snake on BTCUSD  SYNTHETIC DATA");
  change(join(dir, "snake", "strategy.py"), "rsi < self.oversold", "rsi < self.overslod");
  const broken = await runCommand(dir, ["backtest", "./snake", "--synthetic", "--days", "5"]);
  expect(broken.code).toBe(1);
  expect(broken.out + broken.err).toMatch(/overslod/);
  expect(broken.out).toContain("15 |         if rsi < self.overslod:");
});

it("does the same for a strategy of rules", async () => {
  const dir = folder();
  expect((await runCommand(dir, ["new", "ruled", "--rules"])).code).toBe(0);
  const tested = await runCommand(dir, ["test", "./ruled"]);
  expect(tested).toMatchObject({ code: 0, err: "" });
  expect(tested.out).toContain("ok    testBuysARiseAfterAFall");
  expect(tested.out).toMatch(/(\d+) of \1 tests passed, on a made-up market/);
  change(join(dir, "ruled", "strategy.rules"), "momentum_rider", "momentem_rider");
  const broken = await runCommand(dir, ["test", "./ruled"]);
  expect(broken.code).toBe(1);
  expect(broken.out + broken.err).toContain("ruled/strategy.rules:7:10");
  expect(broken.out + broken.err).toContain("did you mean momentum_rider?");
});

it("says what is missing where there is no strategy", async () => {
  const dir = folder();
  const said = async (...args: string[]): Promise<string> => (await runCommand(dir, args)).err;
  expect(await said("test", "./nothing")).toContain("./nothing does not exist; strategy-engine new makes a project");
  expect(await said("test")).toContain(". has neither strategy.ts nor strategy.py");
  expect(await said("new", "../..")).toMatch(/is there already|is no name/);
  expect(await said("backtest", "momentum")).toContain('"momentum" is no strategy');
});
