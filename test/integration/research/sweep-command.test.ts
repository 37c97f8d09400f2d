// `strategy-engine sweep` as its users meet it: over a synthetic market, in a process of its own.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CLI = fileURLToPath(new URL("../../../run/cli/cli.js", import.meta.url));
let folder = "";
function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    env,
    cwd: folder,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}
/** In front of a command: it ends at a change to its files. */
const KILLED = ["--import", new URL("../../support/store/killed-at.js", import.meta.url).href];

/** Ends by kill -9 with so many lines in the one file that it syncs. */
async function killed(lines: number, ...args: readonly string[]): Promise<void> {
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: folder, KILLED_AT: String(lines - 1) };
  const child = spawn(process.execPath, [...KILLED, CLI, ...args], { env, cwd: folder, stdio: "ignore" });
  expect(await new Promise((resolve) => child.once("exit", (_code, by) => resolve(by)))).toBe("SIGKILL");
}
function linesOf(file: string): number {
  return readFileSync(file, "utf8").split("\n").length - 1;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sweep-"));
  run("data", "synthetic", "--seed", "7", "--days", "120", "--interval-ms", "1h", "--symbols", "AAA");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("strategy-engine sweep", () => {
  it("ranks the sets of a reference rule, draws two parameters, and holds the winner to the event engine", () => {
    const { code, out } = run(
      "sweep",
      "ma_cross",
      "--symbols",
      "AAA",
      "--grid",
      "fast=5,10,20",
      "--range",
      "slow=30..90:10",
    );
    expect(code).toBe(0);
    expect(out).toContain("SYNTHETIC");
    expect(out).toMatch(/fast from 5 to 20, left to right/);
    expect(out).toMatch(/event engine: agrees with the winner trade for trade \(\d+\)/);
  });

  it("gives all sets as JSON, the same with one thread and with two", () => {
    const args = [
      "sweep",
      "donchian",
      "--symbols",
      "AAA",
      "--range",
      "entry=5..60",
      "--range",
      "exit=5..30",
      "--random",
      "300",
    ];
    const [one, two] = ["1", "2"].map((workers) =>
      run(...args, "--json", "--out", `${workers}.json`, "--workers", workers),
    );
    expect(one?.out).toBe(two?.out);
    const document = JSON.parse(one?.out ?? "") as { results: { score: number }[]; agreement: unknown };
    expect(document.results.length).toBe(300);
    expect(document.agreement).toMatchObject({ agrees: true });
    expect(readFileSync(join(folder, "1.json"), "utf8")).toBe(one?.out);
  });

  it("leaves out sets of one of the 18 whose parameters do not fit each other, and says so", () => {
    const grid = ["--grid", "fast_length=5,30", "--grid", "slow_length=20,40"];
    const { code, out } = run("sweep", "moving_average_crossover", "--symbols", "AAA", ...grid, "--json");
    expect(code).toBe(0);
    const { results } = JSON.parse(out) as { results: { parameters: Record<string, number> }[] };
    expect(results).toHaveLength(3);
    for (const { parameters } of results)
      expect(parameters["fast_length"]).toBeLessThan(parameters["slow_length"] ?? 0);
  });

  it("searches one of the 18 by an estimate, and goes on over the file of its trials", () => {
    const args = [
      "sweep",
      "breakout_strategy",
      "--symbols",
      "AAA",
      "--range",
      "risk_tolerance",
      "--set",
      "allow_short=1",
    ];
    const more = ["--objective", "total_return", "--trials", "trials.log", "--json"];
    const first = run(...args, "--tpe", "6", ...more);
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(run(...args, "--tpe", "6", ...more).out).toBe(first.out);
    expect(readFileSync(join(folder, "trials.log"), "utf8").split("\n").length).toBe(8);
    expect(run(...args, "--tpe", "7", ...more).err).toContain("belongs to another search");
  });

  it("goes on after a kill where it was, to the result of a search that was never killed", async () => {
    const args = "sweep moving_average_crossover --symbols AAA --range fast_length=2..25 --random 40 --json".split(" ");
    const whole = run(...args);
    expect([whole.code, whole.err]).toEqual([0, ""]);
    const file = join(folder, "killed.log");
    await killed(6, ...args, "--trials", file);
    expect(linesOf(file)).toBe(6);
    expect(run(...args, "--trials", file).out).toBe(whole.out);
    expect(linesOf(file)).toBe(25); // 24 whole lengths there are, and the first line
  });

  it("goes on after a kill with a reference rule as well, without running a finished piece again", async () => {
    run("data", "synthetic", "--seed", "8", "--days", "120", "--interval-ms", "5m", "--symbols", "BBB");
    const args =
      "sweep ma_stop --symbols BBB --range fast=2..60 --range slow=61..300 --range stop=0.01..0.1 --random 900".split(
        " ",
      );
    const more = ["--workers", "1", "--out", "pieces.json"];
    const results = (...extra: readonly string[]): string => {
      const { code, err } = run(...args, ...more, ...extra);
      expect([code, err]).toEqual([0, ""]);
      return readFileSync(join(folder, "pieces.json"), "utf8");
    };
    const whole = results();
    const file = join(folder, "pieces.log");
    await killed(3, ...args, ...more, "--trials", file);
    expect(linesOf(file)).toBe(3);
    const before = readFileSync(file, "utf8");
    expect(results("--trials", file) === whole).toBe(true);
    expect(readFileSync(file, "utf8").startsWith(before)).toBe(true);
    expect(linesOf(file)).toBe(1 + 2 * 4); // the first line, and four pieces of results and of returns each
    expect(run(...args, "--capital", "7", "--trials", file).err).toContain("belongs to another search");
  });

  it.each([
    [["ma_cross"], "no symbol was given"],
    [["luck", "--symbols", "AAA"], "no strategy and no reference rule luck"],
    [["ma_cross", "--symbols", "AAA"], "no parameter to search over was given"],
    [["ma_cross", "--symbols", "AAA", "--grid", "fast="], "--grid fast= is not understood"],
    [["ma_cross", "--symbols", "AAA", "--range", "speed=1..2"], "there is no parameter speed; there are fast, slow"],
    [
      ["ma_cross", "--symbols", "AAA", "--range", "fast=1..1000", "--range", "slow=1..1000"],
      "has 1000000 combinations",
    ],
    [["ma_cross", "--symbols", "NONE", "--grid", "fast=5"], "no bars of NONE"],
    [["ma_cross", "--symbols", "AAA", "--grid", "fast=60"], "the fast average must be the shorter one"],
    [
      ["ma_cross", "--symbols", "AAA", "--grid", "fast=5", "--objective", "luck"],
      "is no objective; there are sharpe_ratio",
    ],
  ])("refuses %j with one line that says what to do", (args, reason) => {
    const { code, err, out } = run("sweep", ...args);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(reason);
    expect(err.trim().split("\n").length).toBe(1);
  });
});
