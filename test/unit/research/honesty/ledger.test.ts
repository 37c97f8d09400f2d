// With real files; the kill is a real one, of a process that adds lines as fast as it can.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { batchOf, openTrialLedger, type TrialLedger } from "../../../../src/research/honesty/honesty.ts";
import { DATA, FIGURES, STATEMENT } from "../../../support/research/outcomes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const FILE = "research/trials.log";
function opened(): TrialLedger {
  const ledger = openTrialLedger(folder);
  if (!ledger.ok) throw new Error(ledger.failure);
  return ledger.value;
}
function run(
  x: number,
  sharpe: number | null,
): { parameters: Record<string, number>; figures: { sharpe: number | null } } {
  return { parameters: { x }, figures: { ...FIGURES, sharpe } };
}
const one = (x: number, sharpe: number | null): ReturnType<typeof batchOf> => batchOf(STATEMENT, [run(x, sharpe)], 1);

describe("the trial ledger", () => {
  it("makes its folder for its owner only", () => {
    opened();
    expect(statSync(join(folder, "research")).mode & 0o777).toBe(0o700);
  });

  it("counts runs on the same data over restarts, with the variance of all ratios together", () => {
    opened().record(one(1, 0.5));
    opened().record(batchOf(STATEMENT, [run(2, 1.5), run(3, -1), run(4, null)], 2));
    opened().record(batchOf({ ...STATEMENT, data: [{ ...DATA, dataset: "other", hash: "other" }] }, [run(1, 9)], 3));
    const ratios = [0.5, 1.5, -1];
    const mean = 1 / 3;
    const variance = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / 2;
    const counted = opened().count(STATEMENT.data);
    expect(counted).toEqual({ trials: 4, scored: 3, variance: expect.closeTo(variance, 12) as number, damaged: 0 });
    expect(opened().count([{ ...DATA, dataset: "nobody", hash: "nobody" }])).toEqual({
      trials: 0,
      scored: 0,
      variance: null,
      damaged: 0,
    });
  });

  it("counts to the same bits whoever added first", () => {
    const sharpes = [0.1, 1.7, -0.3, 2.9, 0.7, -1.1, 0.2];
    const countOf = (numbers: readonly number[]): unknown => {
      rmSync(join(folder, FILE), { force: true });
      for (const x of numbers) opened().record(one(x, sharpes[x] ?? null));
      return opened().count(STATEMENT.data);
    };
    const forward = [...sharpes.keys()];
    const orders = forward.map((first) => [...forward.slice(first), ...forward.slice(0, first)]);
    const counts = [...orders, ...orders.map((order) => order.toReversed())].map(countOf);
    for (const count of counts) expect(count).toEqual(counts[0]);
  });

  it("counts what a search has begun until its line comes, and for good where it was killed before", () => {
    const [data, sets] = [[DATA.hash], [] as const];
    const begun = (of: string, trials: number) => ({ of, data, sets, strategy: "x", at: 1, trials });
    const trials = (): number => opened().count(STATEMENT.data).trials;
    const first = opened();
    first.begin(begun("a", 1));
    first.begin(begun("a", 2));
    expect([trials(), first.count(STATEMENT.data).trials]).toEqual([2, 2]);
    expect(first.record({ ...batchOf(STATEMENT, [run(1, 1), run(2, 2)], 1), of: "a" })).toBe(true);
    expect(trials()).toBe(2);
    // The same runs once more are no more trials, however far they came.
    first.begin(begun("b", 2));
    expect(trials()).toBe(4);
    expect(first.record({ ...batchOf(STATEMENT, [run(1, 1), run(2, 2)], 1), of: "b" })).toBe(false);
    expect(trials()).toBe(2);
    // Killed: the next search takes its place, and what had begun stays counted.
    first.begin(begun("c", 3));
    opened().begin(begun("d", 1));
    expect(trials()).toBe(6);
    opened().record({ ...batchOf(STATEMENT, [run(3, 1)], 2), of: "d" });
    expect(opened().count(STATEMENT.data)).toMatchObject({ trials: 6, scored: 3, damaged: 0 });
    // A line that came and a kill before what had begun was taken away.
    const left = readFileSync(join(folder, FILE), "utf8");
    opened().begin(begun("d", 1));
    expect([trials(), readFileSync(join(folder, FILE), "utf8")]).toEqual([6, left]);
    writeFileSync(join(folder, "research/begun-torn.json"), "{");
    expect(trials()).toBe(6);
  });

  it("counts the candidates of searches that go on at the same time once each, and makes lines of what was killed", () => {
    const [data, sets] = [[DATA.hash], [] as const];
    const begun = (of: string, trials: number, at = 1) => ({ of, data, sets, strategy: "x", at, trials });
    const trials = (): number => opened().count(STATEMENT.data).trials;
    const searches = [opened(), opened()] as const;
    for (const count of [1, 2]) for (const [place, one] of searches.entries()) one.begin(begun(`${place}`, count));
    expect(trials()).toBe(4);
    searches[0].record({ ...batchOf(STATEMENT, [run(1, 1), run(2, 2)], 1), of: "0" });
    searches[1].begin(begun("1", 3));
    expect(trials()).toBe(5);
    // It never goes on. A week later it is taken for killed, and stays counted.
    const lines = (): number => readFileSync(join(folder, FILE), "utf8").split("\n").length - 1;
    const week = 7 * 86_400_000_000;
    searches[0].begin(begun("2", 1, 1 + week));
    expect([trials(), lines()]).toEqual([6, 1]);
    searches[0].begin(begun("3", 1, 2 + week));
    expect([trials(), lines()]).toEqual([7, 2]);
    expect(readdirSync(join(folder, "research")).filter((name) => name.startsWith("begun"))).toHaveLength(2);
  });

  it("goes on counting a dataset that has grown or was imported again, and begins anew with another made-up market", () => {
    const real = { ...DATA, synthetic: false, source: "one.csv" };
    opened().record(batchOf({ ...STATEMENT, data: [real] }, [run(1, 0.5), run(2, 1)], 1));
    const grown = { ...real, source: "two.csv", rows: real.rows + 1, hash: "grown" };
    expect(opened().count([grown]).trials).toBe(2);
    opened().record(batchOf({ ...STATEMENT, data: [grown] }, [run(1, 0.4)], 2));
    expect([opened().count([real]).trials, opened().count([grown]).trials]).toEqual([3, 3]);
    expect(opened().count([{ ...grown, dataset: `${real.dataset}-other`, hash: "else" }]).trials).toBe(0);
    const seeded = { ...real, synthetic: true, source: "synthetic 1", hash: "first" };
    opened().record(batchOf({ ...STATEMENT, data: [seeded] }, [run(1, 0.4)], 3));
    expect(opened().count([{ ...seeded, source: "synthetic 2", hash: "second" }]).trials).toBe(0);
  });

  it("counts the lines of engines that knew datasets by their hashes alone", () => {
    const { sets, ...older } = batchOf(STATEMENT, [run(1, 0.5)], 1);
    expect(sets).toHaveLength(1);
    opened().record(older);
    expect(opened().count(STATEMENT.data).trials).toBe(1);
    expect(opened().count([{ ...DATA, hash: "grown" }]).trials).toBe(0);
  });

  it("counts the same run once, and another code as another run", () => {
    const ledger = opened();
    expect([ledger.record(one(1, 0.5)), ledger.record(one(1, 0.5)), ledger.record(one(2, 0.5))]).toEqual([
      true,
      false,
      true,
    ]);
    expect(ledger.record(batchOf({ ...STATEMENT, codeHash: "new" }, [run(1, 0.4)], 1))).toBe(true);
    expect(ledger.count(STATEMENT.data).trials).toBe(3);
  });

  it("counts runs over other parts of the same data as tries of their own", () => {
    const ledger = opened();
    ledger.record(one(1, 0.5));
    expect(ledger.record(batchOf({ ...STATEMENT, to: STATEMENT.to - 1 }, [run(1, 0.6)], 1))).toBe(true);
    expect(ledger.count([{ ...DATA, dataset: "more", hash: "more" }, ...STATEMENT.data]).trials).toBe(2);
  });

  it("goes on behind a torn line, and tells of it", () => {
    const ledger = opened();
    ledger.record(one(1, 0.5));
    ledger.record(one(2, 0.6));
    const size = readFileSync(join(folder, FILE)).length;
    truncateSync(join(folder, FILE), size - 20);
    expect(opened().count(STATEMENT.data)).toMatchObject({ trials: 1, damaged: 1 });
    opened().record(one(3, 0.7));
    expect(opened().count(STATEMENT.data)).toMatchObject({ trials: 2, damaged: 1 });
  });

  it("finds a changed line by its checksum and keeps the others", () => {
    const ledger = opened();
    for (const x of [1, 2, 3]) ledger.record(one(x, x));
    const path = join(folder, FILE);
    writeFileSync(path, readFileSync(path, "utf8").replace('"mean":2', '"mean":9'));
    appendFileSync(path, "\n\u0000garbage\n");
    expect(opened().count(STATEMENT.data)).toMatchObject({ trials: 2, damaged: 3 });
  });

  it("loses nothing that it confirmed when its process is killed", async () => {
    const door = new URL("../../../../src/research/honesty/honesty.js", import.meta.url).href;
    const program = `
      const { openTrialLedger, batchOf } = await import(${JSON.stringify(door)});
      const ledger = openTrialLedger(process.argv[1]).value;
      for (let x = 0; x < 100000; x++) {
        const run = { parameters: { x: x + process.pid * 1e6 }, figures: { sharpe: x } };
        ledger.record(batchOf({ data: [{ hash: "d" }], strategy: "s", codeHash: "c", from: 0, to: 1 }, [run], x));
        process.stdout.write(".");
      }`;
    let confirmed = 0;
    for (const enough of [3, 17, 40]) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", program, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let seen = 0;
      child.stdout.on("data", (bytes: Buffer) => {
        seen += bytes.length;
        if (seen >= enough) child.kill("SIGKILL");
      });
      await once(child, "close");
      confirmed += seen;
      const about = { ...STATEMENT, data: [{ ...DATA, hash: "d" }] };
      const counted = opened().count(about.data);
      expect(seen).toBeGreaterThanOrEqual(enough);
      expect(counted.trials).toBeGreaterThanOrEqual(confirmed);
      expect(opened().record(batchOf(about, [run(enough, 1)], 1))).toBe(true);
      confirmed++;
    }
  });

  it("says why it cannot be opened", () => {
    writeFileSync(join(folder, "research"), "a file");
    const ledger = openTrialLedger(folder);
    expect(!ledger.ok && ledger.failure).toContain("the trial ledger cannot be written");
  });
});
