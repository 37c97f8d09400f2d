// Files of DATA_DIR that are damaged between two runs. Each engine before was killed under load.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { EVENT_BYTES } from "../../../assembly/layout.ts";
import { readEvents } from "../../../src/stream/journal/journal.ts";
import { BLOCK_HEADER_BYTES, blockBytes, sealBlock } from "../../../src/stream/journal/segment.ts";
import type { EngineProcess } from "../engine-process.ts";
import { ticksInJournal } from "../journal-ticks.ts";
import type { Fault, Stage } from "./stage.ts";

const ENV = { SNAPSHOT_INTERVAL_MS: "1000" };
const LOAD_MS = 3_000;

export const FILE_FAULTS: readonly Fault[] = [
  {
    name: "journal-torn",
    fault: "the newest journal file has half a block more at its end",
    promised: "the start cuts that off; nothing that was acknowledged is lost; same state",
    run: torn,
  },
  {
    name: "journal-flipped",
    fault: "a bit in the middle of the journal, after the newest snapshot, is flipped",
    promised:
      "the engine refuses to start and names the file and the events; the file stays as it is; once repaired, it is accepted",
    run: flippedJournal,
  },
  {
    name: "snapshot-flipped",
    fault: "a bit in the middle of the newest snapshot is flipped",
    promised: "the engine sets it aside and uses the one before: same state, nothing lost",
    run: flippedSnapshot,
  },
  {
    name: "database-flipped",
    fault: "bits in a page of engine.db are flipped",
    promised: "the engine refuses to start, with a sentence that says what to do; the file stays as it is",
    run: flippedDatabase,
  },
  {
    name: "database-torn",
    fault: "the last bytes of the database's write-ahead log are missing",
    promised: "the engine starts with all whole transactions before them, and with no part of one",
    run: tornDatabase,
  },
];

/** An engine under load, killed; what it had acknowledged. */
async function killed(stage: Stage, env: Readonly<Record<string, string>> = ENV): Promise<ReadonlySet<number>> {
  const engine = await stage.engine(env);
  const load = stage.load(engine);
  await stage.until("some ticks are acknowledged", () => load.acknowledged.size >= 1_000);
  await flags(engine, 20);
  if (env === ENV) await stage.until("a snapshot", () => newest(stage, ".snapshot") !== null);
  await stage.pause(LOAD_MS);
  const ended = load.stop();
  await engine.kill();
  await ended;
  return load.acknowledged;
}

async function flags(engine: EngineProcess, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { status } = await engine.ask("PUT", `/feature-flags/flag-${index}`, { enabled: true });
    if (status !== 200) throw new Error(`a flag was answered ${status}`);
  }
}

async function torn(stage: Stage): Promise<void> {
  const acknowledged = await killed(stage);
  const file = required(newest(stage, ".journal"), "a journal file");
  appendFileSync(file, halfBlock(stage));
  const engine = await stage.recovers(ENV);
  await stage.stops(engine);
  stage.acknowledged(acknowledged);
}

/** Half of the block that would come next, as a write that was broken off leaves it. */
function halfBlock(stage: Stage): Uint8Array {
  let next = 0;
  let events = new Uint8Array();
  for (const block of readEvents(join(stage.dataDir, "journal"), 0)) {
    next = block.firstSequence + block.count;
    events = block.events.slice();
  }
  const bytes = new Uint8Array(blockBytes(events.length / EVENT_BYTES));
  bytes.set(events, BLOCK_HEADER_BYTES);
  sealBlock(bytes, 0, events.length / EVENT_BYTES, next, next);
  return bytes.subarray(0, bytes.length >> 1);
}

async function flippedJournal(stage: Stage): Promise<void> {
  const acknowledged = await killed(stage, { SNAPSHOT_INTERVAL_MS: "86400000" });
  const file = required(newest(stage, ".journal"), "a journal file");
  const at = statSync(file).size >> 1;
  flip(file, at);
  const { size } = statSync(file);
  const { code, said } = await stage.refusedStart(ENV);
  stage.say(`exit code ${String(code)}: "${sentence(said, stage)}"`);
  stage.holds(code !== null && code > 0, `the start ended with ${String(code)}: ${said.slice(0, 200)}`);
  stage.holds(said.includes(".journal is damaged at byte"), `it said: ${said.slice(0, 300)}`);
  stage.holds(statSync(file).size === size, "the file was changed");
  flip(file, at);
  const engine = await stage.recovers(ENV);
  await stage.stops(engine);
  stage.acknowledged(acknowledged);
}

async function flippedSnapshot(stage: Stage): Promise<void> {
  const acknowledged = await killed(stage);
  const file = required(newest(stage, ".snapshot"), "a snapshot");
  flip(file, statSync(file).size >> 1);
  const engine = await stage.recovers(ENV);
  const aside = readdirSync(join(stage.dataDir, "journal")).filter((name) => name.endsWith(".damaged")).length;
  stage.say(`${aside} snapshot set aside`);
  stage.holds(aside === 1, `${aside} files were set aside`);
  await stage.stops(engine);
  stage.acknowledged(acknowledged);
}

async function flippedDatabase(stage: Stage): Promise<void> {
  const first = await stage.engine(ENV);
  await flags(first, 20);
  await stage.stops(first);
  const file = join(stage.dataDir, "engine.db");
  const copy = join(stage.dir, "copy.db");
  copyFileSync(file, copy);
  for (let byte = 4_096; byte < 4_096 + 64; byte++) flip(file, byte);
  const { code, said } = await stage.refusedStart(ENV);
  stage.say(`exit code ${String(code)}: "${sentence(said, stage)}"`);
  stage.holds(code !== null && code > 0, `the start ended with ${String(code)}: ${said.slice(0, 200)}`);
  stage.holds(said.includes("engine.db"), `it said: ${said.slice(0, 300)}`);
  copyFileSync(copy, file);
  const engine = await stage.engine(ENV);
  stage.holds((await present(engine)) === 20, "with its own bytes the database is not taken");
  stage.say(`with its own bytes it is taken, ${await present(engine)} of 20 changes are there`);
  await stage.stops(engine);
}

async function tornDatabase(stage: Stage): Promise<void> {
  await killed(stage);
  const file = join(stage.dataDir, "engine.db-wal");
  if (!existsSync(file)) throw new Error("the killed engine left no log of its database");
  truncateSync(file, statSync(file).size - 100);
  const engine = await stage.engine(ENV);
  const there = await present(engine);
  stage.say(`starts; ${there} of 20 changes are there`);
  stage.holds(there >= 18, `${there} of 20 changes are there`);
  const { status } = await engine.ask("PUT", "/feature-flags/after", { enabled: true });
  stage.holds(status === 200, `a change is answered ${status}`);
  await stage.stops(engine);
  stage.holds(ticksInJournal(stage.dataDir).size > 0, "the journal is empty");
}

async function present(engine: EngineProcess): Promise<number> {
  const { body } = await engine.ask("GET", "/feature-flags");
  const listed = (body["flags"] ?? body["feature_flags"]) as readonly { readonly name: string }[];
  return listed.filter((one) => /^flag-\d+$/.test(one.name)).length;
}

function newest(stage: Stage, suffix: string): string | null {
  const folder = join(stage.dataDir, "journal");
  if (!existsSync(folder)) return null;
  const name = readdirSync(folder)
    .filter((each) => each.endsWith(suffix))
    .toSorted()
    .at(-1);
  return name === undefined ? null : join(folder, name);
}

function flip(file: string, at: number): void {
  const fd = openSync(file, "r+");
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
}

function sentence(said: string, stage: Stage): string {
  const line = said.split("\n").find((each) => each.includes(stage.dataDir)) ?? said.split("\n")[0] ?? "";
  return line.replaceAll(stage.dataDir, "DATA_DIR").replaceAll("|", "/").slice(0, 260);
}

function required<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(`there is no ${what}`);
  return value;
}
