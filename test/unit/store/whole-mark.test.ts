// The mark of a database that was found whole: it counts once, on the same boot, and for the very file as it was left.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { WholeMark } from "../../../src/store/sqlite/whole-mark.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";

const BOOT = "the boot";

function marked(): { readonly file: string; readonly mark: WholeMark } {
  const file = join(temporaryFolder(), "engine.db");
  writeFileSync(file, "some pages");
  const mark = new WholeMark(file, BOOT);
  mark.put();
  return { file, mark };
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

it("goes with what the engine writes, and not once it is dropped", () => {
  const { file, mark } = marked();
  later(file);
  appendFileSync(file, "a page");
  mark.follow();
  expect(counts(file)).toBe(true);
  mark.drop();
  mark.follow();
  expect(counts(file)).toBe(false);
});

it("is not made of what was never found whole", () => {
  const file = join(temporaryFolder(), "engine.db");
  writeFileSync(file, "some pages");
  new WholeMark(file, BOOT).follow();
  expect(counts(file)).toBe(false);
});

it("that cannot be written counts for nothing, and holds up nobody", () => {
  const file = join(temporaryFolder(), "missing", "engine.db");
  const mark = new WholeMark(file, BOOT);
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
