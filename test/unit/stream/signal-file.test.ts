import { execFile, execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  constants,
  mkdtempSync,
  open as openFile,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Signal } from "../../../src/domain/signal.ts";
import { SignalFile } from "../../../src/stream/sinks/signal-file.ts";
import { Random } from "../../support/random.ts";
import { buySignal } from "../../support/signals.ts";
import { FaultyDisk } from "../../support/simulator/disk.ts";

let dir = "";
const troubles: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "signals-"));
  troubles.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (capacity = 10, folder = dir): SignalFile =>
  new SignalFile({ dir: folder, capacity, onTrouble: (reason) => troubles.push(reason) });
const sequences = (file: SignalFile): readonly number[] => file.read().signals.map(({ sequence }) => sequence);
const signal = (sequence: number): Signal => buySignal({ sequence, id: `sig_${sequence}` });

it("gives back what was added, whole, and how far it goes", async () => {
  const file = open();
  expect(file.read()).toEqual({ signals: [], told: null });
  file.begin([signal(1), signal(2)], 3);
  expect(open().read()).toEqual({ signals: [signal(1), signal(2)], told: 3 });
  file.add(signal(3));
  file.tell(7);
  await file.flush();
  expect(open().read()).toEqual({ signals: [signal(1), signal(2), signal(3)], told: 7 });
});

it("is no longer for all that is told of events without a signal that passed", async () => {
  const file = open();
  file.begin([signal(1)], 2);
  const { size } = statSync(join(dir, "signals-a.ndjson"));
  for (let sequence = 3; sequence <= 200; sequence++) {
    file.tell(sequence);
    await file.flush();
    expect(open().read()).toEqual({ signals: [signal(1)], told: sequence });
  }
  expect(statSync(join(dir, "signals-a.ndjson")).size).toBe(size);
  file.add(signal(200));
  file.tell(201);
  await file.flush();
  expect(open().read()).toEqual({ signals: [signal(1), signal(200)], told: 201 });
});

it("says how far it goes only together with everything up to there, wherever a kill cuts it", async () => {
  const file = open(100);
  file.begin([], 0);
  for (let sequence = 1; sequence <= 9; sequence++) {
    file.add(signal(sequence));
    file.tell(sequence + 1);
    if (sequence % 3 === 0) await file.flush();
  }
  const path = join(dir, "signals-a.ndjson");
  const whole = readFileSync(path);
  for (let length = whole.length; length > 0; length -= 13) {
    writeFileSync(path, whole.subarray(0, length));
    const { signals, told } = open().read();
    if (told !== null) expect(signals.length).toBeGreaterThanOrEqual(told - 1);
  }
});

it("gives each once, also where a kill has left some in both files", async () => {
  const file = open();
  file.begin([signal(1), signal(2)], 3);
  writeFileSync(join(dir, "signals-b.ndjson"), readFileSync(join(dir, "signals-a.ndjson")));
  expect(sequences(open())).toEqual([1, 2]);
});

it("makes its folder for its owner only", () => {
  const folder = join(dir, "data", "signals");
  open(10, folder).begin([signal(1)], 2);
  expect([join(dir, "data"), folder].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
});

it("is what it was, or what it becomes, where the power goes right behind a start", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const folder = join(dir, `cut-${seed}`);
    open(10, folder).begin([signal(1), signal(2)], 3);
    const disk = new FaultyDisk(folder, new Random(seed), () => undefined);
    disk.install();
    try {
      open(10, folder).begin([signal(1), signal(2), signal(5)], 9);
      disk.revive(true);
    } finally {
      disk.uninstall();
    }
    expect(open(10, folder).read()).toEqual({ signals: [signal(1), signal(2), signal(5)], told: 9 });
  }
});

it("holds at least as many as its capacity and at most twice as many", async () => {
  const file = open(10);
  file.begin([], 0);
  for (let sequence = 1; sequence <= 95; sequence++) {
    file.add(signal(sequence));
    file.tell(sequence + 1);
    await file.flush();
    expect(open().read().told).toBe(sequence + 1);
    const kept = sequences(open());
    expect(kept.length).toBeLessThanOrEqual(20);
    expect(kept.length).toBeGreaterThanOrEqual(Math.min(sequence, 10));
    expect(kept.at(-1)).toBe(sequence);
  }
});

it("begins anew with what it is given, whatever lay there", async () => {
  const first = open(2);
  first.begin([signal(1), signal(2)], 3);
  first.add(signal(3));
  await first.flush();
  open(2).begin([signal(7)], 8);
  expect(open().read()).toEqual({ signals: [signal(7)], told: 8 });
});

it("passes over lines that a kill has cut or another hand has written", () => {
  open().begin([signal(1)], 2);
  appendFileSync(join(dir, "signals-a.ndjson"), `${JSON.stringify(signal(2))}\n{"id":"sig_1","sequ`);
  writeFileSync(join(dir, "signals-b.ndjson"), 'null\n[]\n{"sequence":3}\n{"told":"5"}\n{"told":-1}\n');
  expect(open().read()).toEqual({ signals: [signal(1), signal(2)], told: 2 });
});

it("writes what a disk has refused when it takes it again, from the beginning on", async () => {
  const folder = join(dir, "later");
  writeFileSync(folder, "no folder");
  const file = open(10, folder);
  file.begin([signal(1)], 2);
  file.add(signal(2));
  file.tell(3);
  await file.flush();
  expect(troubles).toHaveLength(1);
  rmSync(folder);
  file.add(signal(3));
  file.tell(4);
  await file.flush();
  expect(open(10, folder).read()).toEqual({ signals: [signal(1), signal(2), signal(3)], told: 4 });
});

it("tells once that the disk refuses, and loses nothing of what came before", async () => {
  const folder = join(dir, "file");
  writeFileSync(folder, "no folder");
  const file = open(10, folder);
  file.begin([], 0);
  file.add(signal(1));
  await file.flush();
  expect(troubles).toHaveLength(1);
  expect(readFileSync(folder, "utf8")).toBe("no folder");
});

/**
 * In a process of its own, whose end says whether it was ended: what is written there in `work` has `file`, with one
 * signal in it, and the descriptor `held` of the file that it keeps open, closed already, so that closing it fails.
 */
async function whereClosingFails(work: string): Promise<readonly string[]> {
  const module = new URL("../../../src/stream/sinks/signal-file.js", import.meta.url).href;
  const script = `
    import { closeSync, fstatSync, statSync } from "node:fs";
    import { SignalFile } from ${JSON.stringify(module)};
    const troubles = [];
    const file = new SignalFile({ dir: ${JSON.stringify(dir)}, capacity: 2, onTrouble: (reason) => troubles.push(reason) });
    const signal = (sequence) => ({ ...${JSON.stringify(signal(1))}, sequence, id: "sig_" + sequence });
    file.begin([signal(1)], 2);
    file.add(signal(2));
    file.tell(3);
    await file.flush();
    const { ino } = statSync(${JSON.stringify(join(dir, "signals-a.ndjson"))});
    const same = (held) => { try { return fstatSync(held).ino === ino; } catch { return false; } };
    const held = Array.from({ length: 256 }, (_, fd) => fd).filter(same);
    if (held.length !== 1) throw new Error("it holds " + held.length + " files open");
    closeSync(held[0]);
    process.on("exit", () => console.log(JSON.stringify(troubles)));
    ${work}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  return JSON.parse(stdout) as readonly string[];
}

it("tells of a disk that refuses when the file is closed at the end, and ends no process", async () => {
  expect(await whereClosingFails("await file.close();")).toEqual([expect.stringContaining("EBADF")]);
  expect(open().read()).toEqual({ signals: [signal(1), signal(2)], told: 3 });
});

it("tells of a disk that refuses when a full file is closed, and goes on with the other one", async () => {
  const work = "file.add(signal(3)); file.tell(4); await file.flush(); await file.close();";
  expect(await whereClosingFails(work)).toEqual([expect.stringContaining("EBADF")]);
  expect(open().read()).toEqual({ signals: [signal(1), signal(2), signal(3)], told: 4 });
});

it("lets the thread go on while the disk does not open the next file", async () => {
  const next = join(dir, "signals-b.ndjson");
  const module = new URL("../../../src/stream/sinks/signal-file.js", import.meta.url).href;
  // A pipe is not open before somebody reads it, like a file of a disk that stands still.
  const script = `
    import { execFileSync } from "node:child_process";
    import { constants, openSync } from "node:fs";
    import { SignalFile } from ${JSON.stringify(module)};
    const file = new SignalFile({ dir: ${JSON.stringify(dir)}, capacity: 1, onTrouble: () => {} });
    const signal = ${JSON.stringify(signal(1))};
    file.begin([signal], 2);
    execFileSync("mkfifo", [${JSON.stringify(next)}]);
    file.add({ ...signal, sequence: 2, id: "sig_2" });
    file.tell(3);
    setImmediate(() => {
      console.log("goes on");
      openSync(${JSON.stringify(next)}, constants.O_RDONLY | constants.O_NONBLOCK);
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 10_000,
  });
  expect(stdout).toBe("goes on\n");
});

it("may be followed by another one over its folder when nothing of it is on its way to the disk any more", async () => {
  const file = open(1);
  file.begin([signal(1)], 2);
  file.add(signal(2));
  file.tell(3);
  await file.flush(); // in the other file, so the next one goes to the first
  const goesOn = standStill();
  file.add(signal(3));
  file.tell(4);
  await file.close();
  const left = file.left();
  let gone = false;
  void left.then(() => (gone = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(gone).toBe(false);
  goesOn();
  await left;
  const next = open();
  next.begin([signal(1), signal(2), signal(3)], 4);
  await new Promise((resolve) => setImmediate(resolve));
  expect(open().read()).toEqual({ signals: [signal(1), signal(2), signal(3)], told: 4 });
});

/** Whoever asks a disk for something waits from now on, in each thread that this process has for it. */
function standStill(): () => void {
  const pipes = Array.from({ length: Number(process.env["UV_THREADPOOL_SIZE"] ?? 4) }, (_, at) => join(dir, `${at}`));
  execFileSync("mkfifo", pipes);
  const opened = pipes.map((pipe) => promisify(openFile)(pipe, "w"));
  return () => {
    const readers = pipes.map((pipe) => openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK));
    void Promise.all(opened).then((files) => [...files, ...readers].forEach((file) => closeSync(file)));
  };
}
