// The verdict at the end of a sweep, through the real command: what is noise is refused however good its best set looks,
// what has an edge is believed, and every set that was run counts for the next one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../src/domain/random.ts";

const CLI = fileURLToPath(new URL("../../../run/cli/cli.js", import.meta.url));
const BARS = 8_000;
const DAY_MS = 86_400_000;

let folder = "";
function engine(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: join(folder, "data") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, env });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

/** Bars of a day; each return is `memory` of the one before and noise. Without memory nothing can be known of the next. */
function importMarket(symbol: string, memory: number, seed: number): void {
  const random = new Random(seed);
  let [close, change] = [100, 0];
  const lines = Array.from({ length: BARS }, (_, bar) => {
    const open = close;
    change = memory * change + 0.01 * random.normal();
    close *= 1 + change;
    const time = new Date(Date.UTC(2000, 0, 1) + bar * DAY_MS).toISOString();
    return [time, open, Math.max(open, close), Math.min(open, close), close, 1].join(",");
  });
  writeFileSync(join(folder, `${symbol}.csv`), `timestamp,open,high,low,close,volume\n${lines.join("\n")}\n`);
  const { code, err } = engine("import", `${symbol}.csv`, "--symbol", symbol, "--kind", "bar");
  if (code !== 0) throw new Error(err);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sweep-verdict-"));
  importMarket("NOISE", 0, 31);
  importMarket("EDGE", 0.3, 32);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Swept {
  readonly results: readonly unknown[];
  readonly best: { readonly score: number };
  readonly verdict: {
    readonly judgement: string;
    readonly trials: number;
    readonly checks: readonly { readonly name: string; readonly status: string; readonly figure: number | null }[];
  };
}
function sweep(...args: readonly string[]): Swept {
  const { code, out, err } = engine("sweep", ...args, "--json");
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Swept;
}
const THOUSAND = ["--grid", "fast=1:25:1", "--grid", "slow=30:69:1", "--set", "short=1"];

describe("the verdict of a sweep", () => {
  it("refuses the best of 1,000 sets on noise, whatever it earned, and counts them all", () => {
    const { results, best, verdict } = sweep("ma_cross", "--symbols", "NOISE", ...THOUSAND);
    expect(results).toHaveLength(1_000);
    expect(best.score).toBeGreaterThan(0);
    expect(verdict).toMatchObject({ judgement: "refused", trials: 1_000 });
    const failed = verdict.checks.filter(({ status }) => status === "fail").map(({ name }) => name);
    expect(failed).toEqual(expect.arrayContaining(["deflated_sharpe", "reality_check"]));
  });

  it("believes the best of 1,000 sets where there is an edge, and writes it for report", () => {
    const { verdict } = sweep("ma_cross", "--symbols", "EDGE", ...THOUSAND, "--result", "best.json");
    expect(verdict).toMatchObject({ judgement: "credible", trials: 1_000 });
    const { out } = engine("report", "best.json", "--html", "best.html");
    expect(out).toContain("ma_cross on EDGE");
    expect(out).toContain("Credible");
    expect(readFileSync(join(folder, "best.html"), "utf8")).toMatch(/aria-label="Price of EDGE with \d+ trades"/);
  });

  it("knows all sets that were run on the same data before, each sweep once, and a pre-screened one as a whole", () => {
    const few = ["--grid", "entry=10,20,30", "--grid", "exit=5,10"];
    const more = ["--range", "fast=2..20", "--range", "slow=30..90", "--random", "200", "--prescreen", "10"];
    const tries = [few, few].map((space) => sweep("donchian", "--symbols", "NOISE", ...space).verdict.trials);
    expect(tries).toEqual([1_006, 1_006]);
    const screened = sweep("ma_cross", "--symbols", "NOISE", ...more);
    expect(screened.results).toHaveLength(10);
    expect(screened.verdict.trials).toBe(1_206);
    expect(screened.verdict.checks.find(({ name }) => name === "overfitting")?.figure).not.toBeNull();
    const { verdict } = sweep("moving_average_crossover", "--symbols", "NOISE", "--grid", "fast_length=5,12");
    expect(verdict.trials).toBe(1_208);
  });

  it("speaks for one of the 18 as well, the same whether its search was begun again or not", () => {
    const search = [
      "moving_average_crossover",
      "--symbols",
      "EDGE",
      "--range",
      "fast_length=2..25",
      "--random",
      "9",
      "--from",
      "2016-01-01",
    ];
    const first = sweep(...search, "--trials", "trials.log");
    expect(first.verdict.trials).toBe(1_009);
    expect(first.verdict.checks.find(({ name }) => name === "overfitting")?.figure).not.toBeNull();
    const kept = readFileSync(join(folder, "trials.log"), "utf8").split("\n");
    writeFileSync(join(folder, "trials.log"), `${kept.slice(0, 5).join("\n")}\n`);
    expect(sweep(...search, "--trials", "trials.log")).toEqual(first);
  });

  it("gives up the worse sets early where it is asked to, and counts them all the same", () => {
    const halved = ["--grid", "slow_length=30:115:5", "--halving", "3"];
    const { results, verdict } = sweep("moving_average_crossover", "--symbols", "EDGE", ...halved);
    expect(results).toHaveLength(2);
    expect(verdict.trials).toBe(1_009 + 18);
  });
});
