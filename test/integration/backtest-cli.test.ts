// `strategy-engine backtest` as its users meet it: a process, its two streams, its exit code and the file it leaves.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const CLI = fileURLToPath(new URL("../../run/cli/cli.js", import.meta.url));
const SHORT = ["backtest", "momentum_rider", "--synthetic", "--days", "20"];

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "backtest-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], dir = folder()): Promise<Ended> {
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: dir };
  const child = spawn(process.execPath, [CLI, ...args], { env, cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  child.stdout.on("data", (bytes: Buffer) => (text.out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (text.err += bytes.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...text };
}

it("writes the same bytes in two processes", async () => {
  const dir = folder();
  const first = await run([...SHORT, "--out", "one.json"], dir);
  expect(first.code).toBe(0);
  expect(first.out).toContain("SYNTHETIC DATA");
  const second = await run([...SHORT, "--json"], dir);
  const kept = readFileSync(join(dir, "one.json"), "utf8");
  expect(second.out).toBe(kept);
  expect(JSON.parse(kept)).toMatchObject({
    format: "strategy-engine/result",
    statement: { strategy: "momentum_rider" },
  });
  const dearer = await run([...SHORT, "--json", "--fee-bps", "10", "-p", "horizon_short=24"], dir);
  expect((JSON.parse(dearer.out) as { result_hash: string }).result_hash).not.toBe(
    (JSON.parse(kept) as { result_hash: string }).result_hash,
  );
});

it("runs over what was stored, up to its end", async () => {
  const dir = folder();
  const made = await run(["data", "synthetic", "-s", "3", "-d", "40", "-i", "5m", "--symbols", "BTCUSD"], dir);
  expect(made.code).toBe(0);
  const ran = await run(["backtest", "moving_average_crossover", "-s", "btcusd", "--days", "10", "--json"], dir);
  const { statement } = JSON.parse(ran.out) as { statement: { from: number; to: number } };
  expect((statement.to - statement.from) / 86_400e6).toBeCloseTo(10, 6);
  const span = ["--from", "2020-01-05", "--to", "2020-01-08"];
  expect((await run(["backtest", "breakout_strategy", "-s", "BTCUSD", ...span], dir)).code).toBe(0);
});

it("says what is wrong and what to do, in one line", async () => {
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(["backtest", ...args]);
    expect([code, out, err.trimEnd().split("\n").length]).toEqual([1, "", 1]);
    return err;
  };
  expect(await refused("tea_leaves")).toContain("lists the 18");
  expect(await refused("momentum_rider")).toContain("--synthetic");
  expect(await refused("momentum_rider", "-s", "BTCUSD")).toContain("no history for BTCUSD");
  expect(await refused("momentum_rider", "--synthetic", "-p", "horizon_short=1")).toContain("from 2 to 511");
  expect(await refused("pairs_trading", "--synthetic", "-s", "KO")).toContain("2 symbols");
});

it("keeps the prices of every symbol that it traded", async () => {
  const { out } = await run(["backtest", "pairs_trading", "-s", "AAA", "BBB", "--synthetic", "--days", "10", "--json"]);
  const { prices } = JSON.parse(out) as { prices: { symbol: string; price: number[] }[] };
  expect(prices.map(({ symbol }) => symbol)).toEqual(["AAA", "BBB"]);
  for (const { price } of prices) expect(price.length).toBeGreaterThan(2_000);
});
