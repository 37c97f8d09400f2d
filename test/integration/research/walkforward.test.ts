// `strategy-engine walkforward` over real files: imported history, the ledger, the result that `report` reads.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../src/domain/random.ts";
import { openTrialLedger, readResult } from "../../../src/research/research.ts";

const CLI = fileURLToPath(new URL("../../../run/cli/cli.js", import.meta.url));
const BARS = 4_000;

let folder = "";
function engine(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: join(folder, "data") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, env });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "walkforward-"));
  const random = new Random(11);
  let close = 100;
  const lines = Array.from({ length: BARS }, (_, bar) => {
    const open = close;
    close *= 1 + 0.002 * random.normal();
    const time = new Date(Date.UTC(2024, 0, 1) + bar * 300_000).toISOString();
    return [time, open, Math.max(open, close) * 1.0005, Math.min(open, close) * 0.9995, close, 5 + random.next()].join(
      ",",
    );
  });
  writeFileSync(join(folder, "bars.csv"), `timestamp,open,high,low,close,volume\n${lines.join("\n")}\n`);
  const { code, err } = engine("import", "bars.csv", "--symbol", "BTCUSD", "--kind", "bar");
  if (code !== 0) throw new Error(err);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const STUDY =
  "walkforward momentum_rider -s BTCUSD -g momentum_threshold=0.5,1,1.5 -g exit_threshold=0.1:0.4:0.1 --folds 3 --train 2 --set fee_bps=2".split(
    " ",
  );

interface Written {
  readonly combinations: number;
  readonly evaluations: number;
  readonly windows: readonly { readonly train_to: number; readonly test_from: number; readonly test_to: number }[];
  readonly verdict: { readonly trials: number; readonly judgement: string };
}

describe("strategy-engine backtest", () => {
  it("counts its runs in the ledger, each set of parameters once", () => {
    const trials = (args: string): number => {
      const { code, out, err } = engine(
        ..."backtest momentum_rider -s BTCUSD --days 3 --json".split(" "),
        ...args.split(" "),
      );
      expect([code, err]).toEqual([0, ""]);
      return (JSON.parse(out) as { readonly verdict: { readonly trials: number } }).verdict.trials;
    };
    const counts = [trials("-p exit_threshold=0.2"), trials("-p exit_threshold=0.2"), trials("-p exit_threshold=0.25")];
    expect(counts).toEqual([1, 1, 2]);
  });
});

describe("strategy-engine walkforward", () => {
  it("searches, judges on unseen windows, counts its sets, and gives the same bytes again", () => {
    const first = engine(...STUDY, "--json", "--out", "best.json");
    expect(first.err).toBe("");
    expect(first.code).toBe(0);
    const study = JSON.parse(first.out) as Written;
    expect(study).toMatchObject({ combinations: 12, evaluations: 3 * 13, verdict: { trials: 2 + 12 } });
    expect(study.windows).toHaveLength(3);
    for (const { train_to, test_from, test_to } of study.windows) {
      expect(train_to).toBeLessThanOrEqual(test_from);
      expect(test_from).toBeLessThan(test_to);
    }
    expect(engine(...STUDY, "--json").out).toBe(first.out);
  });

  it("keeps what was tried in the ledger, and a wider search asks more of the best", () => {
    const wider = engine(...STUDY.map((one) => one.replace("0.5,1,1.5", "0.5,0.75,1,1.25,1.5")), "--json");
    const { verdict } = JSON.parse(wider.out) as Written;
    expect(verdict.trials).toBe(2 + 12 + 20);
    const file = readResult(readFileSync(join(folder, "best.json"), "utf8"));
    const ledger = openTrialLedger(join(folder, "data"));
    const data = file.ok ? file.value.outcome.statement.data : [];
    expect(ledger.ok && ledger.value.count(data)).toMatchObject({ trials: 34, damaged: 0 });
  });

  it("writes a result that report shows, with prices and verdict", () => {
    const { code, out } = engine("report", "best.json", "--html", "best.html");
    expect(code).toBe(0);
    expect(out).toContain("momentum_rider on BTCUSD");
    const page = readFileSync(join(folder, "best.html"), "utf8");
    expect(page).toMatch(/aria-label="Price of BTCUSD with \d+ trades"/);
    expect(page).toMatch(/unseen windows gain/);
    expect(page).not.toContain("SYNTHETIC");
  });

  it("shows windows and verdict on a screen, and says that a made-up market is one", () => {
    const { code, out } = engine(
      ..."walkforward momentum_rider -s SYN1 --synthetic 20 -g momentum_threshold=1,2 --folds 2".split(" "),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^WINDOW +JUDGED +CHOSEN/m);
    expect(out).toContain("SYNTHETIC DATA");
    expect(out).toMatch(/(Refused|Unproven|Credible)/);
  });

  it.each([
    ["no_such_type -s BTCUSD -g x=1", "is no strategy"],
    ["momentum_rider -s NOBODY -g momentum_threshold=1", "NOBODY"],
    ["momentum_rider -s BTCUSD -g no_such=1,2", "no_such"],
    ["momentum_rider -s BTCUSD -g momentum_threshold=1,x", "is not a number"],
    ["momentum_rider -s BTCUSD -g momentum_threshold=1:2", "LOW:HIGH:STEP"],
    ["momentum_rider -s BTCUSD -g momentum_threshold=1,2 --set fee_bps", "NAME=VALUE"],
    ["momentum_rider -s BTCUSD -g momentum_threshold=1 --objective luck", "is no objective"],
    ["momentum_rider -s BTCUSD -g momentum_threshold=1 --embargo 900", "too short"],
    ["momentum_rider -s BTCUSD -g momentum_threshold=1 --folds 0", "whole number from 1"],
    ["momentum_rider -s BTCUSD -g momentum_threshold=1 --from yesterday", "a date such as"],
  ])("%s is refused with a sentence", (args, sentence) => {
    const { code, out, err } = engine("walkforward", ...args.split(" "), "--out", "refused.json");
    expect(code).toBe(1);
    expect(err).toContain(sentence);
    expect(err + out).not.toMatch(/\n\s+at /);
    expect(existsSync(join(folder, "refused.json"))).toBe(false);
  });
});
