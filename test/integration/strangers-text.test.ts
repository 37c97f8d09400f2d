// What others wrote and the command prints: names, reasons, messages, lines of code, files' names. Every command that prints
// such a text is run on texts that clear a screen, hide what follows, turn a line round and begin one of their own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { EngineProcess } from "../support/engine-process.ts";
import { referenceTrend } from "../support/manage/engine.ts";
import { storeBars } from "../support/research.ts";

const FORGED = "strategy-engine: all is well";
const HOSTILE = `\u001b[2J\u001b[H\u001b]0;owned\u0007\u009b8m\u202E\r\u2028\n${FORGED}`;
const STEERING = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const HOLDS = `class Loop:
    def generate_signal(self, market_data):
        return "HOLD"
`;
const RAISES = HOLDS.replace('return "HOLD"', `raise ValueError(${JSON.stringify(HOSTILE)})`);
const BROKEN = `export class Odd { nothing: nowhere = 1; } // \u001b[2J\u009b8m\u202E owned
`;
const TESTS = `from strategy import Loop

def test_owned():
    assert False, ${JSON.stringify(HOSTILE)}
`;

let dir = "";
let engine: EngineProcess;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "strangers-"));
  storeBars(dir, "BTCUSD", { bars: 1_000 });
  storeBars(dir, HOSTILE, { bars: 1_000 });
  writeProjects();
  engine = await EngineProcess.start({ DATA_DIR: dir, MAX_SYMBOLS: "64", MAX_INSTANCES: "64" });
  for (const strategy_name of [`${HOSTILE} name`, HOSTILE])
    expect(
      (await engine.ask("POST", "/strategies", { strategy_name, code: HOLDS, parameters: { [HOSTILE]: 1 } })).status,
    ).toBe(200);
  expect((await engine.ask("POST", "/risk/emergency-stop", { reason: HOSTILE })).status).toBe(200);
  expect((await engine.ask("POST", "/risk/resume", { reason: HOSTILE })).status).toBe(200);
  await engine.post(JSON.stringify({ market_data: referenceTrend("BTCUSD") }));
});
afterAll(async () => {
  await engine.kill();
  rmSync(dir, { recursive: true, force: true });
});

function writeProjects(): void {
  const project = (name: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(join(dir, name));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, name, file), text);
  };
  const settings = JSON.stringify({ name: HOSTILE, parameters: { symbols: ["BTCUSD"] }, risk_limits: {} });
  const named = JSON.stringify({ name: "owned", parameters: {}, risk_limits: {} });
  project("raises", { "strategy.py": RAISES, "strategy_test.py": TESTS, "strategy.json": settings });
  project("named", { "strategy.py": RAISES, "strategy.json": named });
  project("odd", { "strategy.ts": BROKEN, "strategy.json": named.replace("owned", "odd") });
  project("holds", { "strategy.py": HOLDS, "strategy.json": settings });
  project("broken", { "strategy.ts": BROKEN, "strategy.json": settings });
  project("unread", { "strategy.py": HOLDS, "strategy.json": `{"a": ${HOSTILE}` });
  writeFileSync(join(dir, "ow\u001b[2Jned.csv"), `timestamp,open,high,low,close,${HOSTILE}\n1,\u001b[2J,3,4,5,6\n`);
  writeFileSync(
    join(dir, "owned.ndjson"),
    `{"symbol":"A\u009b8m","price":1}\n${JSON.stringify({ symbol: HOSTILE, price: 1 })}\n`,
  );
  writeFileSync(join(dir, "owned.json"), HOSTILE);
  writeFileSync(join(dir, "settings.json"), JSON.stringify({ [HOSTILE]: HOSTILE, LOG_LEVEL: HOSTILE }));
  const journal = join(dir, "records", HOSTILE, "journal");
  mkdirSync(journal, { recursive: true });
  writeFileSync(join(journal, `${"1".padStart(20, "0")}.journal`), HOSTILE);
}

/** Runs it, and looks at every character that it says. */
async function said(...args: readonly string[]): Promise<string> {
  const { out, err } = await runCommand(dir, args);
  for (const text of [out, err]) {
    expect(STEERING.exec(text)?.[0] ?? null, `${args.join(" ")}: ${JSON.stringify(text)}`).toBeNull();
    expect(text.split("\n"), args.join(" ")).not.toContain(FORGED);
  }
  return out + err;
}

it("test, backtest, lookahead and report show what a strategy's author wrote as it is spelled", async () => {
  expect(await said("test", "raises")).toContain("owned");
  expect(await said("test", "raises", "--json")).toContain("owned");
  expect(await said("test", "broken")).toContain("owned");
  expect(await said("test", "unread")).toContain("is not JSON");
  for (const synthetic of [[], ["--synthetic"]])
    expect(await said("backtest", "raises", "--days", "3", ...synthetic)).toContain("owned");
  expect(await said("backtest", "broken", "--synthetic")).toContain("owned");
  expect(await said("lookahead", "raises", "--synthetic", "--days", "3")).toContain("owned");
  expect(await said("lookahead", "holds", "--synthetic", "--days", "3")).toContain("owned");
  expect(await said("backtest", "holds", "--synthetic", "--days", "3", "--out", "result.json")).toContain("owned");
  expect(await said("backtest", "holds", "--synthetic", "--days", "3", "--json")).toContain("owned");
  expect(await said("report", "result.json")).toContain("owned");
  expect(JSON.parse(await said("report", "result.json", "--json"))).toMatchObject({ statement: { strategy: HOSTILE } });
  expect(await said("report", "owned.json")).toContain("owned");
});

it("import and data show what a file holds as it is spelled", async () => {
  expect(await said("import", "ow\u001b[2Jned.csv")).toContain("ned");
  expect(await said("import", "--dry-run", "--journal", "owned.ndjson")).toContain("owned.ndjson:1");
  for (const command of ["list", "check"]) await said("data", command);
  await said("data", "show", "BTCUSD");
});

it("sweep, walkforward and parity show names, settings, records and files' names as they are spelled", async () => {
  const rule = ["sweep", "ma_cross", "--symbols"];
  const grids = ["--grid", "fast=5,10", "--grid", "slow=20,40"];
  const few = ["--grid", "momentum_threshold=1,2"];
  const study = ["walkforward", "momentum_rider", "--symbols", HOSTILE, ...few, "--folds", "2"];
  for (const words of [
    [...rule, HOSTILE, ...grids],
    ["sweep", "momentum_rider", "--symbols", HOSTILE, ...few],
    study,
    [...study, "--synthetic", "20"],
  ]) {
    expect(await said(...words)).toContain("owned");
    expect(typeof JSON.parse(await said(...words, "--json"))).toBe("object");
  }
  await said("parity");
  expect(JSON.parse(await said("parity", "--json"))).toMatchObject({ equal: true });
  for (const words of [
    ["sweep", HOSTILE, "--symbols", "BTCUSD"],
    [...rule, "BTCUSD", "--grid", `fast=${HOSTILE}`],
    [...rule, "BTCUSD", "--range", HOSTILE],
    [...rule, "BTCUSD", ...grids, "--set", HOSTILE],
    [...rule, "BTCUSD", ...grids, "--objective", HOSTILE],
    [...rule, "BTCUSD", ...grids, "--top", HOSTILE],
    [...rule, "BTCUSD", ...grids, "--config", "settings.json"],
    ["walkforward", HOSTILE, "-s", "BTCUSD"],
    ["walkforward", "momentum_rider", "-s", "BTCUSD", "--method", HOSTILE],
    ["walkforward", "momentum_rider", "-s", "BTCUSD", "--grid", HOSTILE],
    ["parity", "--data-dir", HOSTILE],
    ["parity", "--config", "settings.json"],
    [`--${HOSTILE}`],
    ["import", `--${HOSTILE}`],
    ["help", HOSTILE],
  ])
    expect(await said(...words)).toContain("owned");
  expect(await said("improt\n(Did you mean sh owned?)")).toMatch(/^error: unknown command 'improt\\u000a\(Did /);
  expect(await said("improt")).toContain("'improt'\n(Did you mean import?)\n");
  for (const folder of ["--data-dir", "--against"])
    expect(await said("parity", folder, join("records", HOSTILE))).toContain("events before 1 are gone");
  expect(await said(...rule, "BTCUSD", ...grids, "--trials", "owned.ndjson")).toContain("file of trials");
});

it("deploy, tail, signals and top show what an engine tells as it is spelled", async () => {
  const at = ["--url", engine.url];
  expect(await said("deploy", "raises", ...at)).toContain("owned");
  expect(await said("deploy", "named", ...at)).toContain("ValueError: \\u001b[2J");
  expect(await said("deploy", "odd", ...at)).toContain("FAIL");
  expect(await said("tail", "--channels", "alerts", "--snapshot", "--count", "2", ...at)).toContain("owned");
  expect(await said("tail", "--channels", "alerts", "--snapshot", "--count", "2", "--json", ...at)).toContain("owned");
  await said("tail", "--channels", "pipeline", "--snapshot", "--count", "1", ...at);
  await said("signals", "--snapshot", "--count", "1", "--json", ...at);
  await said("top", "--once", "--interval", "0.1", ...at);
});

it("what reads the records of an engine shows them as they are spelled, and so does its log", async () => {
  for (const words of [
    ["audit", "verify"],
    ["replay", "--print"],
    ["doctor"],
    ["backup", "engine.bak"],
    ["restore", "owned.json"],
  ])
    await said(...words);
  expect(engine.written.join("\n")).toContain("owned");
  expect(engine.written.filter((line) => STEERING.test(line))).toEqual([]);
  expect(readFileSync(join(dir, "result.json"), "utf8")).toContain("owned");
});
