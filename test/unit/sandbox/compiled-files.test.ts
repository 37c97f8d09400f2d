import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CompiledFiles, type Kept } from "../../../src/sandbox/compile/compiled-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compiled-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const key = (number: number): string => number.toString(16).padStart(64, "0");
const fileOf = (number: number): string => join(folder, `${key(number)}.wasm`);
const MODULE: Kept = {
  wasm: Uint8Array.from({ length: 1_000 }, (_, index) => index % 251),
  parameters: [{ name: "period", standard: 14, least: 2, most: 500, meaning: "Länge – in Ereignissen" }],
  tests: ["testOne"],
};

describe("what was compiled, on disk", () => {
  it("comes back as it was, also from a folder that was not there", async () => {
    const files = new CompiledFiles(join(folder, "below", "it"));
    expect(await files.read(key(1))).toBeNull();
    await files.write(key(1), MODULE);
    expect(await files.read(key(1))).toEqual(MODULE);
    expect(readdirSync(join(folder, "below", "it"))).toEqual([`${key(1)}.wasm`]);
    expect(statSync(join(folder, "below")).mode & 0o777).toBe(0o700);
  });

  it("is not there when its file is torn at any place, or changed in one byte", async () => {
    const files = new CompiledFiles(folder);
    await files.write(key(1), MODULE);
    const whole = readFileSync(fileOf(1));
    for (const length of [0, 1, 31, 32, 33, 36, 40, whole.length - 1]) {
      writeFileSync(fileOf(1), whole);
      truncateSync(fileOf(1), length);
      expect(await files.read(key(1)), `${length} bytes`).toBeNull();
    }
    for (const at of [0, 31, 32, 35, 36, whole.length - 1]) {
      const changed = Uint8Array.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(fileOf(1), changed);
      expect(await files.read(key(1)), `byte ${at}`).toBeNull();
    }
    await files.write(key(1), MODULE);
    expect(await files.read(key(1))).toEqual(MODULE);
  });

  it("is not there under the name of another code", async () => {
    const files = new CompiledFiles(folder);
    await files.write(key(1), MODULE);
    copyFileSync(fileOf(1), fileOf(2));
    expect(await files.read(key(2))).toBeNull();
  });

  it("is bounded in number: what was used longest ago goes", async () => {
    const files = new CompiledFiles(folder, { files: 3, bytes: 1_000_000 });
    for (const number of [1, 2, 3]) {
      await files.write(key(number), MODULE);
      utimesSync(fileOf(number), number, number);
    }
    await files.read(key(1));
    await files.write(key(4), MODULE);
    expect(await files.read(key(2))).toBeNull();
    expect(await files.read(key(1))).toEqual(MODULE);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it("is bounded in bytes, and leaves nothing behind that was begun and not finished", async () => {
    const files = new CompiledFiles(folder, { files: 100, bytes: 2_400 });
    writeFileSync(`${fileOf(9)}.1-1.partial`, "half");
    utimesSync(`${fileOf(9)}.1-1.partial`, 1, 1);
    for (const number of [1, 2, 3]) {
      await files.write(key(number), MODULE);
      utimesSync(fileOf(number), number, number);
    }
    expect(readdirSync(folder).toSorted()).toEqual([`${key(2)}.wasm`, `${key(3)}.wasm`]);
  });

  it("is simply not kept where nothing can be written", async () => {
    writeFileSync(join(folder, "file"), "");
    const files = new CompiledFiles(join(folder, "file"));
    await files.write(key(1), MODULE);
    expect(await files.read(key(1))).toBeNull();
  });
});
