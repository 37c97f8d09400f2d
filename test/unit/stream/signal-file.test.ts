import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Signal } from "../../../src/domain/signal.ts";
import { SignalFile } from "../../../src/stream/sinks/signal-file.ts";
import { buySignal } from "../../support/signals.ts";

let dir = "";
const troubles: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "signals-"));
  troubles.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (capacity = 10, folder = dir): SignalFile =>
  new SignalFile({ dir: folder, capacity, onTrouble: (reason) => troubles.push(reason) });
const sequences = (file: SignalFile, before = Infinity): readonly number[] =>
  file.read(before).map(({ sequence }) => sequence);
const signal = (sequence: number): Signal => buySignal({ sequence });

it("gives back what was added, whole, below the sequence that is asked for", async () => {
  const file = open();
  file.begin([signal(1), signal(2)]);
  file.add(signal(3));
  await file.flush();
  expect(open().read(3)).toEqual([signal(1), signal(2)]);
  expect(sequences(open())).toEqual([1, 2, 3]);
});

it("gives each once, also where a kill has left some in both files", async () => {
  const file = open();
  file.begin([signal(1), signal(2)]);
  writeFileSync(join(dir, "signals-b.ndjson"), readFileSync(join(dir, "signals-a.ndjson")));
  expect(sequences(open())).toEqual([1, 2]);
});

it("makes its folder for its owner only", () => {
  const folder = join(dir, "data", "signals");
  open(10, folder).begin([signal(1)]);
  expect([join(dir, "data"), folder].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
});

it("holds at least as many as its capacity and at most twice as many", async () => {
  const file = open(10);
  file.begin([]);
  for (let sequence = 1; sequence <= 95; sequence++) {
    file.add(signal(sequence));
    await file.flush();
    const kept = sequences(open());
    expect(kept.length).toBeLessThanOrEqual(20);
    expect(kept.length).toBeGreaterThanOrEqual(Math.min(sequence, 10));
    expect(kept.at(-1)).toBe(sequence);
  }
});

it("begins anew with what it is given, whatever lay there", async () => {
  const first = open(2);
  first.begin([signal(1), signal(2)]);
  first.add(signal(3));
  await first.flush();
  open(2).begin([signal(7)]);
  expect(sequences(open())).toEqual([7]);
});

it("passes over lines that a kill has cut or another hand has written", () => {
  open().begin([signal(1)]);
  appendFileSync(join(dir, "signals-a.ndjson"), `${JSON.stringify(signal(2))}\n{"id":"sig_1","sequ`);
  writeFileSync(join(dir, "signals-b.ndjson"), 'null\n[]\n{"sequence":3}\n');
  expect(sequences(open())).toEqual([1, 2]);
});

it("tells once that the disk refuses, and loses nothing of what came before", async () => {
  const folder = join(dir, "file");
  writeFileSync(folder, "no folder");
  const file = open(10, folder);
  file.begin([]);
  file.add(signal(1));
  await file.flush();
  expect(troubles).toHaveLength(1);
  expect(readFileSync(folder, "utf8")).toBe("no folder");
});
