// The engine in virtual time over a disk, a feed, threads and a store that fail as a seed says (test/support/simulator): a
// few fixed seeds, each in a process of its own, and faults that are planted to be found, several of them in a process one
// after the other. `npm run simulate` runs as many as one likes.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SeedReport } from "../support/simulator/simulator.ts";

const COMMAND = fileURLToPath(new URL("../support/run-simulate.js", import.meta.url));

/** As many reports as there are lies, or one where there are none. */
function reports(seed: number, steps: number, words: readonly string[], count: number): Promise<readonly SeedReport[]> {
  const given = [COMMAND, "--seed", String(seed), "--steps", String(steps), "--json", ...words];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, given, { maxBuffer: 1 << 26 }, (_, stdout, stderr) => {
      const lines = stdout.split("\n").filter((line) => line !== "");
      if (lines.length === count) resolve(lines.map((line) => JSON.parse(line) as SeedReport));
      else reject(new Error(`${lines.length} reports instead of ${count}: ${stderr}`));
    });
  });
}

async function simulate(seed: number, steps: number, ...words: readonly string[]): Promise<SeedReport> {
  const [report] = await reports(seed, steps, words, 1);
  return report!;
}

type Lie = readonly [what: string, lie: string, said: RegExp];

/** Each planted in a run of its own, all of them in one process: it takes longer to begin than such a run. */
function finds(seed: number, steps: number, lies: readonly Lie[], ...words: readonly string[]): void {
  let all: Promise<readonly SeedReport[]> | null = null;
  it.each(lies)("%s", async (_, lie, said) => {
    const names = lies.map(([, name]) => name);
    all ??= reports(seed, steps, [...words, "--sabotage", names.join()], names.length);
    const { fault } = (await all)[names.indexOf(lie)]!;
    expect(fault?.reason).toMatch(said);
    expect(fault?.trace.length).toBeGreaterThan(0);
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
    const one = await simulate(6, 1_500); // the first that trades: it compiles for all that follow
    const other = await simulate(6, 1_500);
    expect(one).toEqual(other);
    expect(one.events).toBeGreaterThan(0);
    expect(one.fills).toBeGreaterThan(0);
  });
});

describe("a simulated engine on which users' programs trade", () => {
  it.each([
    [1, 10_000], // a store that refuses the last fills at a stop
    [7, 4_000], // a thread of executions that is lost while the store does not answer
    [203, 6_600], // one that is lost while its executions are still on their way into it
  ])("keeps every ledger balanced while programs, threads, store and process fail: seed %i", async (seed, steps) => {
    const report = await simulate(seed, steps);
    expect(report.fault).toBeNull();
    const { executions, fills, programFaults, storeRefusals, threadDeaths, ledgers } = report;
    expect(Math.min(executions, programFaults, storeRefusals, threadDeaths)).toBeGreaterThan(0);
    expect(Math.min(fills, ledgers)).toBeGreaterThan(10);
  });
});

describe("in a data plane alone the simulator finds", () => {
  const PLANES: readonly Lie[] = [
    ["a write of the journal that never reached the disk", "skip-write", /is damaged/],
    ["a block whose sequence was moved", "move-sequence", /a block begins with event/],
  ];
  finds(1, 4_000, PLANES, "--planes");
  finds(
    5, // one batch of signals in a hundred is lied about: in a short run of another seed none may be
    2_000,
    [
      ["a signal that leaves twice", "double-signal", /left twice/],
      [
        "a signal that leaves and was never approved",
        "made-up-signal",
        /signals were raised, and \d+ were refused or left/,
      ],
    ],
    "--planes",
  );
  finds(
    2,
    4_000,
    [["a sync that was only said to be done", "forget-sync", /were promised before a power, \d+ are left/]],
    "--planes",
  );

  finds(
    3,
    2_000,
    [
      ["an event that is another one on the disk", "change-event", /event \d+ is not the one that was published/],
      ["a clock of the engine that falls", "turn-clock", /the clock of event \d+ falls/],
      ["a journal that has lost its end after a clean stop", "cut-stop", /were promised before a stop, \d+ are left/],
      ["a snapshot of another state", "bend-state", /an uninterrupted run gives|marks of signals differ/],
      ["a mark of signals that does not agree", "bend-mark", /marks of signals differ/],
      ["a signal that no event gives", "forge-signal", /left, and the journal's events do not give it/],
      ["signals that leave out of order", "swap-signals", /left behind one of event/],
      ["entries that leave during an emergency stop", "lift-stop", /left during an emergency stop/],
      ["an emergency stop that a restart forgets", "forget-stop", /the emergency stop is false after a stop/],
    ],
    "--planes",
  );
});

describe("where programs trade the simulator finds", () => {
  finds(4, 4_000, [
    ["a posting that is not stored with its fill", "drop-posting", /a ledger has|of cash|nothing is posted/],
    ["a fill that is only said to be stored", "false-confirm", /is missing|was confirmed|of cash|nothing is posted/],
    ["a fill that is told at another price than was booked", "bend-fill", /of cash/],
    ["a fill that is stored with the posting of something else", "stray-posting", /has no posting of its own/],
    ["fills of an execution for which nothing is posted", "no-posting", /fills of exec_\w+ are stored, and nothing/],
    [
      "fills that were heard of and never reach the store",
      "forget-fills",
      /was heard of, and is not there after a stop/,
    ],
  ]);
});

describe("in books, strategies and their trail the simulator finds", () => {
  finds(3, 2_000, [
    ["a set of postings that does not balance", "tilt-posting", /a posting of a \w+ is out by 1/],
    ["an account that has something else than was posted", "bend-account", /its account has/],
    ["a position that cost something else than was posted", "bend-cost", /positions cost/],
    ["a position of another size than its fills", "bend-holding", /fills of \w+ come to/],
    ["an account that goes on with other books", "other-books", /other books than were posted/],
    ["an execution that the store refused and that is there", "false-refusal", /was refused, and is there after/],
    ["a change of a strategy that is only said to be stored", "false-change", /was confirmed as/],
    ["a change of a strategy that was refused and is there", "kept-change", /was confirmed as/],
    ["an entry of the audit trail that was changed", "bend-entry", /the audit trail is broken at entry/],
    ["a change in doubt that is there without its entry", "half-change", /its last entry in the audit trail left/],
    ["an entry that begins elsewhere than the one before ended", "odd-entry", /the entry before it ended with/],
    ["a move that the life cycle does not know", "odd-move", /strategy\.\w+ of \w+ went from/],
    ["a thread of executions that throws", "break-thread", /the thread of executions threw/],
    ["a store that answers nobody any more", "silent-store", /does not come to its end/],
  ]);
  finds(20, 2_000, [
    ["a strategy that is there after its deletion was confirmed", "false-deletion", /that nobody was told of/],
    [
      "an entry that is missing in the audit trail",
      "lost-entry",
      /was confirmed, and the audit trail has no entry of it/,
    ],
    [
      "an entry of a change that nobody asked for",
      "extra-entry",
      /the audit trail has strategy\.update of \w+ 1 times/,
    ],
  ]);
});
