// The engine in virtual time over a disk, a feed, threads and a store that fail as a seed says (test/support/simulator): a
// few fixed seeds, each in a process of its own. `npm run simulate` runs as many as one likes.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SeedReport } from "../support/simulator/simulator.ts";

const COMMAND = fileURLToPath(new URL("../support/run-simulate.js", import.meta.url));

function simulate(seed: number, steps: number, ...words: readonly string[]): Promise<SeedReport> {
  const given = [COMMAND, "--seed", String(seed), "--steps", String(steps), "--json", ...words];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, given, { maxBuffer: 1 << 24 }, (_, stdout, stderr) => {
      if (stdout === "") reject(new Error(stderr));
      else resolve(JSON.parse(stdout) as SeedReport);
    });
  });
}

describe("a simulated engine", () => {
  it.each([
    [12, 1_500], // a wall clock that was put back before a restart
    [2, 4_000],
    [13, 600], // an emergency stop while the data plane is being opened again
    [109, 7_200], // an opening that fails when its signals have left
  ])("keeps all that it promises through kills, power cuts and refusing disks: seed %i", async (seed, steps) => {
    const report = await simulate(seed, steps, "--planes");
    expect(report.fault).toBeNull();
    expect(report.kills + report.cuts + report.stops).toBeGreaterThan(1);
    expect(report.checks).toBeGreaterThan(1);
    expect(Math.min(report.refusals, report.signals)).toBeGreaterThan(0);
  });

  it("does the same again from the same seed, step by step", async () => {
    const [one, other] = await Promise.all([simulate(6, 1_500), simulate(6, 1_500)]);
    expect(one).toEqual(other);
    expect(one.events).toBeGreaterThan(0);
    expect(one.fills).toBeGreaterThan(0);
  });
});

describe("a simulated engine on which users' programs trade", () => {
  it.each([
    [1, 4_000], // a store that refuses the last fills at a stop
    [7, 4_000], // a thread of executions that is lost while the store does not answer
  ])("keeps every ledger balanced while programs, threads, store and process fail: seed %i", async (seed, steps) => {
    const report = await simulate(seed, steps);
    expect(report.fault).toBeNull();
    const { executions, fills, programFaults, storeRefusals, threadDeaths, ledgers } = report;
    expect(Math.min(executions, programFaults, storeRefusals, threadDeaths)).toBeGreaterThan(0);
    expect(Math.min(fills, ledgers)).toBeGreaterThan(10);
  });
});

describe("the simulator finds", () => {
  it.each([
    ["a write of the journal that never reached the disk", "skip-write", 1],
    ["a sync that was only said to be done", "forget-sync", 2],
    ["a block whose sequence was moved", "move-sequence", 1],
    ["a signal that leaves twice", "double-signal", 1],
    ["a signal that leaves and was never approved", "made-up-signal", 1],
  ])("%s", async (_, lie, seed) => {
    const { fault } = await simulate(seed, 4_000, "--planes", "--sabotage", lie);
    expect(fault?.reason).toMatch(
      {
        "skip-write": /is damaged/,
        "forget-sync": /were promised before a power, \d+ are left/,
        "move-sequence": /a block begins with event/,
        "double-signal": /left twice/,
        "made-up-signal": /signals were raised, and \d+ were refused or left/,
      }[lie] ?? "",
    );
    expect(fault?.trace.length).toBeGreaterThan(0);
  });

  it.each([
    ["a posting that is not stored with its fill", "drop-posting", /a ledger has|of cash|nothing is posted/],
    ["a fill that is only said to be stored", "false-confirm", /is missing|was confirmed|of cash|nothing is posted/],
    ["a fill that is told at another price than was booked", "bend-fill", /of cash/],
  ])("%s", async (_, lie, said) => {
    const { fault } = await simulate(3, 4_000, "--sabotage", lie);
    expect(fault?.reason).toMatch(said);
  });
});
