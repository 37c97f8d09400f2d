// The short form of the proofs of docs/reliability.md: the data of an earlier version under the engine of today, single
// threads of the data path that die, and a soak of a few seconds with a kill in it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { THREAD_FAULTS } from "../support/faults/threads.ts";
import { UPGRADE_FAULTS } from "../support/faults/upgrade.ts";
import { measure } from "../support/faults/run.ts";
import { temporaryFolder } from "../support/journal.ts";
import { Soak } from "../support/soak/soak.ts";

it.each(UPGRADE_FAULTS)("$promised: $fault", async (fault) => {
  const { measured, broken } = await measure(fault);
  expect(broken).toEqual([]);
  expect(measured).toContain("900 acknowledged ticks, 0 lost, 0 doubled");
});

const DATA_PATH = new Set(["thread-kernel", "thread-journal", "thread-store"]);
it.each(THREAD_FAULTS.filter(({ name }) => DATA_PATH.has(name)))("$fault: $promised", async (fault) => {
  const { measured, broken } = await measure(fault);
  expect(broken).toEqual([]);
  expect(measured).toMatch(/[1-9]\d* acknowledged ticks, 0 lost, 0 doubled/);
  expect(measured).toContain("state equal");
});

it("says which setting is wrong when DATA_DIR cannot be written to", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const engine = EngineProcess.launch({ DATA_DIR: join(file, "data") });
  onTestFinished(() => engine.kill());
  expect(await engine.ended()).toBe(1);
  expect(engine.stderr.join("")).toMatch(/ENOTDIR.*DATA_DIR has to be a folder/);
});

it("loses nothing that it acknowledged over seconds of load, sockets, a deployment and a kill", async () => {
  const lines: string[] = [];
  const options = {
    dir: temporaryFolder(),
    ticksPerSecond: 2_000,
    sockets: 20,
    killEverySeconds: 2,
    deployEverySeconds: 60,
    sampleSeconds: 1,
    say: (line: string): void => void lines.push(line),
  };
  const piece = (seconds: number): ReturnType<Soak["run"]> => new Soak({ ...options, seconds }).run();
  const report = await piece(5);
  expect(report.faults, lines.join("\n")).toEqual([]);
  expect(report).toMatchObject({ kills: 1, acknowledgedLost: 0, doubled: 0 });
  expect(report.acknowledged).toBeGreaterThan(0);
  // A further piece over the same folder.
  const further = await piece(1);
  expect(further.faults, lines.join("\n")).toEqual([]);
  expect(further).toMatchObject({ kills: 0, lost: 0, doubled: 0 });
  expect(further.journaled).toBeGreaterThan(0);
});
