// The mark of a database that was found whole: it counts once, on the same boot, and for the very file as it was left.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { removeMark, WholeMark } from "../../../src/store/sqlite/whole-mark.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";

const BOOT = "the boot";

function marked(): { readonly file: string; readonly mark: WholeMark } {
  const file = join(temporaryFolder(), "engine.db");
  writeFileSync(file, "some pages");
  writeFileSync(`${file}-wal`, logWith(1));
  const mark = new WholeMark(file, BOOT);
  mark.opened();
  mark.put();
  return { file, mark };
}
/** A write-ahead log; one that has begun anew has other salts. */
function logWith(salt: number): Buffer {
  return Buffer.concat([Buffer.alloc(16), Buffer.alloc(8, salt), Buffer.alloc(8), Buffer.from("pages")]);
}
function counts(file: string, boot: string | null = BOOT): boolean {
  return new WholeMark(file, boot).take();
}

it("counts for the file as it was left, and once", () => {
  const { file } = marked();
  expect(counts(file)).toBe(true);
  expect(existsSync(`${file}.whole`)).toBe(false);
  expect(counts(file)).toBe(false);
});

const CHANGES: readonly (readonly [what: string, change: (file: string) => void])[] = [
  ["was written to", (file) => writeFileSync(file, readFileSync(file))],
  ["has become longer, and as long as before again", (file) => (appendFileSync(file, "x"), truncateSync(file, 10))],
  [
    "is a copy of it under the same name",
    (file) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
  ],
  ["was taken away and put back", (file) => (renameSync(file, `${file}.away`), renameSync(`${file}.away`, file))],
  ["has another log", (file) => writeFileSync(`${file}-wal`, logWith(2))],
  [
    "has a copy of its log",
    (file) => (renameSync(`${file}-wal`, `${file}-old`), copyFileSync(`${file}-old`, `${file}-wal`)),
  ],
  ["has its log no more", (file) => rmSync(`${file}-wal`)],
  ["has an empty log", (file) => truncateSync(`${file}-wal`)],
  ["has a mark that was cut off", (file) => truncateSync(`${file}.whole`, 20)],
  ["has an empty mark", (file) => truncateSync(`${file}.whole`, 0)],
];

it.each(CHANGES)("does not count for a file that %s", (_, change) => {
  const { file } = marked();
  later(file);
  change(file);
  expect(counts(file)).toBe(false);
});

it("does not count on another boot, nor where the system does not tell boots apart", () => {
  const { file } = marked();
  expect(counts(file, "another boot")).toBe(false);
  const { file: same } = marked();
  expect(counts(same, null)).toBe(false);
});

it("does not count for a file without a log that has one since", () => {
  const { file, mark } = marked();
  mark.before();
  rmSync(`${file}-wal`);
  mark.follow();
  expect(counts(file)).toBe(true);
  const { file: other, mark: without } = marked();
  without.before();
  rmSync(`${other}-wal`);
  without.follow();
  writeFileSync(`${other}-wal`, logWith(1));
  expect(counts(other)).toBe(false);
});

it("goes with what the engine writes, to the file or to a log that has begun anew, and not once it is dropped", () => {
  const { file, mark } = marked();
  later(file);
  mark.before();
  appendFileSync(file, "a page");
  writeFileSync(`${file}-wal`, logWith(2));
  mark.follow();
  mark.before();
  appendFileSync(`${file}-wal`, "a page that does not change which log it is");
  mark.follow();
  expect(counts(file)).toBe(true);
  mark.drop();
  mark.follow();
  mark.put();
  expect(counts(file)).toBe(false);
});

it("is put for what was checked with what the engine has written since", () => {
  const file = join(temporaryFolder(), "engine.db");
  writeFileSync(file, "some pages");
  const mark = new WholeMark(file, BOOT);
  mark.opened();
  later(file);
  mark.before();
  appendFileSync(file, "a page");
  mark.follow();
  mark.put();
  expect(counts(file)).toBe(true);
});

const STRANGERS: readonly (readonly [when: string, met: (mark: WholeMark, change: () => void) => void])[] = [
  ["before a group of commits", (mark, change) => (change(), mark.before(), mark.follow())],
  ["before it was found whole", (mark, change) => (mark.opened(), change(), mark.put())],
];
describe.each(STRANGERS)("a file that somebody else changes %s has no mark any more", (_, met) => {
  it.each(CHANGES.slice(0, 8))("when it %s", (__, change) => {
    const { file, mark } = marked();
    later(file);
    met(mark, () => change(file));
    expect(existsSync(`${file}.whole`)).toBe(false);
    mark.before();
    mark.follow();
    mark.put();
    expect(existsSync(`${file}.whole`)).toBe(false);
  });
});

it("does not follow to another file under the same name", () => {
  const { file, mark } = marked();
  mark.before();
  copyFileSync(file, `${file}.copy`);
  renameSync(`${file}.copy`, file);
  mark.follow();
  expect(existsSync(`${file}.whole`)).toBe(false);
});

it("stays away when somebody removes it while the engine writes", () => {
  const { file, mark } = marked();
  later(file);
  mark.before();
  removeMark(file);
  appendFileSync(file, "a page");
  mark.follow();
  expect(existsSync(`${file}.whole`)).toBe(false);
});

it("is not made of what was never found whole", () => {
  const file = join(temporaryFolder(), "engine.db");
  writeFileSync(file, "some pages");
  const mark = new WholeMark(file, BOOT);
  mark.opened();
  mark.before();
  mark.follow();
  expect(existsSync(`${file}.whole`)).toBe(false);
});

it("that cannot be written counts for nothing, and holds up nobody", () => {
  const file = join(temporaryFolder(), "missing", "engine.db");
  const mark = new WholeMark(file, BOOT);
  mark.opened();
  mark.put();
  mark.follow();
  expect(mark.take()).toBe(false);
});

/** Until a change has another time: a system counts them in steps of a few milliseconds. */
function later(file: string): void {
  const probe = `${file}.probe`;
  const before = statSync(file, { bigint: true }).ctimeNs;
  do writeFileSync(probe, "");
  while (statSync(probe, { bigint: true }).ctimeNs === before);
}
