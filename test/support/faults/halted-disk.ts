// A disk that stands still for seconds, as one does that is shared with others, while ticks come by Pub/Sub, which keeps
// none of them. The disk is a file on another file system, which `fsfreeze` halts: what is written to the disk stands
// still then, and what its file system does in memory goes on, as it is with a disk.
import { execFileSync, fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sumOf } from "../../../src/cli/top/look.ts";
import type { EngineProcess } from "../engine-process.ts";
import { ticksInJournal } from "../journal-ticks.ts";
import { problemOf } from "../small-disk.ts";
import type { PublisherNews, PublisherOrder } from "../soak/publisher.ts";
import type { Fault, Stage } from "./stage.ts";

const TICKS_PER_SECOND = 40_000;
const HALT_MS = 3_000;
/** A read that waits for the disk takes nearly as long as the halt. */
const PROMPT_MS = 2_000;
const DISK_BYTES = 256 * 1024 * 1024;
const BELOW_BYTES = 320 * 1024 * 1024;
const ENV = { JOURNAL_SYNC: "batch", MAX_SYMBOLS: "1024", SNAPSHOT_INTERVAL_MS: "600000" };

export const HALTED_DISK: Fault = {
  name: "disk-halted",
  fault: `the disk of DATA_DIR stands still (fsfreeze) for three seconds under ${TICKS_PER_SECOND.toLocaleString("en")} ticks a second by Pub/Sub`,
  promised: "no tick is refused, lost or doubled; reads go on, and an emergency stop holds at once",
  problem: diskProblem,
  run: halted,
};

/** Why a file system that can be frozen cannot be made here, or null. */
function diskProblem(): string | null {
  return problemOf((dir) => {
    mountFile(join(dir, "image"), join(dir, "disk"), BELOW_BYTES);
    execFileSync("umount", [join(dir, "disk")]);
    execFileSync("fsfreeze", ["--version"], { stdio: "pipe" });
  });
}

function mountFile(image: string, at: string, bytes: number): void {
  mkdirSync(at);
  const run = (name: string, ...words: string[]): unknown => execFileSync(name, words, { stdio: "pipe" });
  run("truncate", "-s", String(bytes), image);
  run("mkfs.ext4", "-q", image);
  run("mount", "-o", "loop", image, at);
}

async function halted(stage: Stage): Promise<void> {
  const below = mountDisk(stage);
  const redis = await stage.redis();
  const engine = await stage.engine({ ...ENV, REDIS_URL: redis.url });
  await stage.until("Redis is connected", async () => (await figures(engine)).connected === 1);
  const feed = fork(fileURLToPath(new URL("../soak/publisher.js", import.meta.url)));
  stage.later(() => void feed.kill("SIGKILL")); // also where it was stopped
  let published = 0;
  feed.on("message", (news: PublisherNews) => (published = news.published));
  feed.send({ url: redis.url, ticksPerSecond: TICKS_PER_SECOND, first: 0 } satisfies PublisherOrder);
  await stage.until("the feed flows", async () => (await figures(engine)).ingested > TICKS_PER_SECOND);
  await halt(stage, engine, below);
  const { waiting } = await figures(engine);
  const gone = await stage.until("nothing waits", async () => (await figures(engine)).waiting === 0);
  stage.say(`${waiting} messages waited at its end, and were in after ${gone} ms`);
  feed.kill("SIGSTOP");
  await stage.until("all is in", async () => (await figures(engine)).ingested >= published);
  const { rejected, waited, ingested } = await figures(engine);
  stage.say(`${ingested} ticks taken in, of ${waited} messages after a wait; ${rejected} refused`);
  stage.holds(waited > 0, "nothing had to wait: the ring never filled");
  stage.holds(rejected === 0, `${rejected} ticks were refused`);
  await stage.stops(engine);
  allJournaled(stage);
}

/** Gives the folder of the file system below, which can be frozen. */
function mountDisk(stage: Stage): string {
  const below = join(stage.dir, "below");
  mountFile(join(stage.dir, "image"), below, BELOW_BYTES);
  stage.later(() => void execFileSync("umount", ["-l", below]));
  mountFile(join(below, "image"), stage.dataDir, DISK_BYTES);
  stage.later(() => void execFileSync("umount", ["-l", stage.dataDir]));
  return below;
}

async function halt(stage: Stage, engine: EngineProcess, below: string): Promise<void> {
  execFileSync("fsfreeze", ["-f", below]);
  const began = performance.now();
  const answered = engine.ask("POST", "/risk/emergency-stop", { reason: "drill" });
  const state = { halted: true };
  const thaw = (): void => {
    if (state.halted) execFileSync("fsfreeze", ["-u", below]);
    state.halted = false;
  };
  setTimeout(thaw, HALT_MS); // also when the engine does not answer
  stage.later(thaw);
  let [slowest, stoppedMs] = [0, Infinity];
  while (state.halted) {
    const asked = performance.now();
    const [{ stopped }, signals, symbols] = await Promise.all([
      figures(engine),
      engine.ask("GET", "/signals"),
      engine.ask("GET", "/symbols"),
    ]);
    const now = performance.now();
    slowest = Math.max(slowest, Math.round(now - asked));
    if (stopped === 1) stoppedMs = Math.min(stoppedMs, Math.round(now - began));
    const read = signals.status === 200 && symbols.status === 200;
    stage.holds(read, `reads answered ${signals.status}, ${symbols.status}`);
    await stage.pause(20);
  }
  const { status } = await answered;
  stage.say(`the stop held after ${stoppedMs} ms and was answered ${status}; slowest read ${slowest} ms`);
  stage.holds(stoppedMs < PROMPT_MS, `the emergency stop held after ${stoppedMs} ms`);
  stage.holds(slowest < PROMPT_MS, `a read waited ${slowest} ms`);
  stage.holds(status === 200, `the emergency stop was answered ${status}`);
}

/** Of the numbered ticks each up to the newest, once. */
function allJournaled(stage: Stage): void {
  const found = [...ticksInJournal(stage.dataDir).entries()].filter(([number]) => number > 0);
  const doubled = found.filter(([, times]) => times > 1).length;
  const missing = found.reduce((most, [number]) => Math.max(most, number), 0) - found.length;
  stage.say(`${found.length} in the journal, ${missing} lost, ${doubled} doubled`);
  stage.holds(missing === 0, `${missing} ticks are missing in the journal`);
  stage.holds(doubled === 0, `${doubled} ticks are in the journal twice`);
}

interface Figures {
  readonly connected: number;
  readonly ingested: number;
  readonly rejected: number;
  readonly waiting: number;
  readonly waited: number;
  readonly stopped: number;
}

async function figures(engine: EngineProcess): Promise<Figures> {
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  return {
    connected: sumOf(text, "strategy_redis_connected"),
    ingested: sumOf(text, "strategy_ticks_ingested_total"),
    rejected: sumOf(text, "strategy_ticks_rejected_total"),
    waiting: sumOf(text, "strategy_input_waiting_messages"),
    waited: sumOf(text, "strategy_input_waited_messages_total"),
    stopped: sumOf(text, "strategy_emergency_stop"),
  };
}
