// What keeps the emergency stop: a store that takes it or does not, here a function, and a real file beside it.
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { failed, ok } from "../../../../src/domain/result.ts";
import { StopRecord } from "../../../../src/manage/risk/stop-record.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { temporaryFolder } from "../../../support/store/store-files.ts";

const OFF = `${"emergency stop: off".padEnd(511)}\n`;
const ON = `${"emergency stop: on".padEnd(511)}\n`;

/** `stored`: what the store has taken, in order; `disk.full`: it takes nothing. */
function recordOf(path: string | null) {
  const stored: string[] = [];
  const told: string[] = [];
  const disk = { full: false };
  const record = new StopRecord({
    path,
    commit: ({ on, reason }) => {
      if (disk.full) return Promise.resolve(failed({ code: "storage_full" } as const));
      stored.push(`${on} ${reason}`);
      return Promise.resolve(ok(null));
    },
    raise: ({ level, message }) => void told.push(`${level} ${message}`),
    log: SILENT_LOG,
  });
  onTestFinished(() => record.close());
  return { record, stored, told, disk };
}

const press = (reason: string) => ({ on: true, reason, actor: "me" });
const lift = (reason: string) => ({ on: false, reason, actor: "me" });

it("has a file for its owner alone from the start, a sector long, and writes it in place", async () => {
  const path = join(temporaryFolder(), "emergency-stop");
  const { record } = recordOf(path);
  expect(await record.load(false)).toBe(false);
  record.begin(false);
  const { ino, mode } = statSync(path);
  expect([readFileSync(path, "latin1"), mode & 0o777]).toEqual([OFF, 0o600]);
  expect(await record.keep(press("drill"))).toBe(true);
  expect([readFileSync(path, "latin1"), statSync(path).ino]).toEqual([ON, ino]);
  expect(await record.keep(lift("over"))).toBe(true);
  expect([readFileSync(path, "latin1"), statSync(path).ino]).toEqual([OFF, ino]);
});

it("is kept by the file alone while the store takes nothing, and the store has it in order when it does again", async () => {
  const path = join(temporaryFolder(), "emergency-stop");
  const { record, stored, told, disk } = recordOf(path);
  await record.load(false);
  record.begin(false);
  disk.full = true;
  expect(await record.keep(press("one"))).toBe(true);
  expect(told).toEqual([]);
  // A kill now: the next life finds it, brings it into the store, and says where it comes from.
  const next = recordOf(path);
  expect(await next.record.load(false)).toBe(true);
  next.record.begin(false);
  await expect.poll(() => next.stored).toEqual(["true the store did not have it when the engine ended, its file had"]);
  // A lift counts when both have it.
  expect(await record.keep(lift("two"))).toBe(false);
  expect(readFileSync(path, "latin1")).toBe(OFF);
  expect(told).toMatchObject([/^critical the emergency stop is lifted and that is not recorded/].map(matching));
  expect(await record.kept()).toBe(false);
  disk.full = false;
  await expect.poll(() => stored, { timeout: 5_000 }).toEqual(["true one", "false two"]);
  expect(await record.kept()).toBe(true);
  expect(told.slice(1)).toEqual(["info the end of the emergency stop is recorded"]);
});

it("says that it is in force and not recorded where neither takes it, until one does", async () => {
  const path = join(temporaryFolder(), "emergency-stop");
  mkdirSync(path); // no file can be opened there
  const { record, told, disk } = recordOf(path);
  expect(await record.load(false)).toBe(false);
  record.begin(false);
  expect(told).toMatchObject([/^warning the emergency stop has no file of its own/].map(matching));
  expect(await record.keep(press("early"))).toBe(true); // the store has it
  disk.full = true;
  expect(await record.keep(press("drill"))).toBe(false);
  expect(told.slice(1)).toMatchObject([/^critical the emergency stop is in force and not recorded/].map(matching));
  rmdirSync(path);
  await expect.poll(() => told.slice(2), { timeout: 5_000 }).toEqual(["info the emergency stop is recorded"]);
  expect(readFileSync(path, "latin1")).toBe(ON);
});

it("takes what a person wrote by hand, and of a file that says neither it counts nothing and says so", async () => {
  const path = join(temporaryFolder(), "emergency-stop");
  writeFileSync(path, "emergency stop: on\n");
  expect(await recordOf(path).record.load(false)).toBe(true);
  expect(readFileSync(path, "latin1")).toBe(ON);
  writeFileSync(path, "emergency stop: on".repeat(40));
  const { record, told } = recordOf(path);
  expect(await record.load(false)).toBe(false);
  expect(readFileSync(path, "latin1").slice(0, 512)).toBe(OFF);
  record.begin(false);
  expect(told).toMatchObject([/^warning .* said neither/].map(matching));
  writeFileSync(path, Buffer.alloc(512));
  const stored = recordOf(path);
  expect(await stored.record.load(true)).toBe(true); // the store counts
  stored.record.begin(true);
  await expect.poll(() => readFileSync(path, "latin1")).toBe(ON);
});

it("outlives nothing without a folder, and asks nobody for more than the store", async () => {
  const { record, stored } = recordOf(null);
  expect(await record.load(false)).toBe(false);
  record.begin(false);
  expect([await record.keep(press("a")), await record.keep(lift("b"))]).toEqual([true, true]);
  expect(stored).toEqual(["true a", "false b"]);
});

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

it("keeps a change that comes in any step of the one before", async () => {
  for (let steps = 0; steps < 30; steps++) {
    const stored: string[] = [];
    let taken: () => void = () => undefined;
    const record = new StopRecord({
      path: null,
      commit: async ({ reason }) => {
        if (reason === "one") await new Promise<void>((resolve) => (taken = resolve));
        stored.push(reason);
        return ok(null);
      },
      raise: () => undefined,
      log: SILENT_LOG,
    });
    await record.load(false);
    record.begin(false);
    const first = record.keep(press("one"));
    taken();
    for (let step = 0; step < steps; step++) await Promise.resolve();
    expect(await record.keep(lift("two")), `${steps} steps`).toBe(true);
    await first;
    expect(stored).toEqual(["one", "two"]);
    await record.close();
  }
});
