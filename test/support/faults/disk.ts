// A disk that is full or read-only, under a running engine: a small tmpfs, which needs the right to mount.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { EngineProcess } from "../engine-process.ts";
import { mountProblem } from "../small-disk.ts";
import { told } from "./load.ts";
import type { Fault, Stage } from "./stage.ts";

const SMALL = "size=12m";
const LARGE = "size=256m";
const ENV = { JOURNAL_SEGMENT_BYTES: "1m", MAX_SYMBOLS: "64", MAX_INSTANCES: "64", SNAPSHOT_INTERVAL_MS: "600000" };
/** Text of the size of a large strategy, so that a full disk is felt by the store as well. */
const CONFIG = { note: "x".repeat(60_000) };

export const DISK_FAULTS: readonly Fault[] = [
  {
    name: "disk-full",
    fault: "the disk of DATA_DIR fills up under load; later it has room again",
    promised:
      "ticks are refused with 503; nothing that was answered is lost; reads go on; /health says why; the engine goes on by itself when there is room",
    problem: mountProblem,
    run: full,
  },
  {
    name: "disk-read-only",
    fault: "DATA_DIR is read-only at the start",
    promised: "the engine refuses to start, with a sentence that names the setting",
    problem: mountProblem,
    run: readOnly,
  },
];

function mount(stage: Stage, options: string): void {
  mkdirSync(stage.dataDir);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", stage.dataDir]);
  stage.later(() => void execFileSync("umount", ["-l", stage.dataDir]));
}

async function full(stage: Stage): Promise<void> {
  mount(stage, SMALL);
  const engine = await stage.engine(ENV);
  const load = stage.load(engine);
  const filled = await stage.until("the journal finds the disk full", async () => (await failing(engine)) !== null);
  load.look();
  const health = await engine.get("/health");
  stage.say(
    `full after ${Math.round(filled / 1000)} s: /health is ${String(health["status"])}, "${await failing(engine)}"`,
  );
  stage.holds(health["status"] === "degraded", `/health says ${String(health["status"])}`);
  // Posts wait for the disk for as long as they are promised to, ten seconds, and are then refused.
  await stage.until("a post is refused", () => Object.keys(load.look().refused).length > 0);
  const began = performance.now();
  const reads = await Promise.all(["/signals", "/symbols", "/strategies"].map((path) => engine.ask("GET", path)));
  const readMs = Math.round(performance.now() - began);
  stage.holds(
    reads.every((one) => one.status === 200),
    `reads answered ${reads.map((one) => one.status).join(", ")}`,
  );
  const change = await engine.ask("PUT", "/feature-flags/full", { enabled: true, ...CONFIG });
  stage.say(`three reads answered in ${readMs} ms, a change of the store ${change.status}`);

  execFileSync("mount", ["-o", `remount,${LARGE}`, stage.dataDir]);
  const room = await stage.until("the journal writes again", async () => (await failing(engine)) === null);
  load.look();
  const taken = await stage.until("a post is taken", () => load.look().taken > 0);
  const healthy = await stage.until("healthy", async () => (await engine.get("/health"))["status"] === "healthy");
  stage.say(`with room the journal writes again after ${room} ms, posts are taken after ${taken} ms more`);
  stage.say(`healthy after ${healthy} ms more; then ${told(load.look())}`);
  const flag = await engine.ask("PUT", "/feature-flags/room", { enabled: true });
  stage.holds(flag.status === 200, `a change of the store is answered ${flag.status} with room`);
  const killed = load.stop();
  await engine.kill();
  await killed;
  stage.acknowledged(load.acknowledged);
  const again = await stage.engine(ENV);
  await stage.stops(again);
}

async function readOnly(stage: Stage): Promise<void> {
  mount(stage, `ro,${SMALL}`);
  const { code, said } = await stage.refusedStart(ENV);
  const line = said.split("\n").find((each) => each.includes(stage.dataDir)) ?? "";
  stage.say(`exit code ${String(code)}, ${line === "" ? "no line names the folder" : `"${shortened(line, stage)}"`}`);
  stage.holds(code !== null && code > 0, `the start ended with ${String(code)}`);
  stage.holds(line.includes("DATA_DIR has to be") && !/\n\s+at /.test(said), `it said: ${said.slice(0, 300)}`);
}

function shortened(line: string, stage: Stage): string {
  return line.replaceAll(stage.dataDir, "DATA_DIR").slice(0, 200);
}

async function failing(engine: EngineProcess): Promise<string | null> {
  const { troubles } = await engine.get("/health");
  return (troubles as string[]).find((one) => one.startsWith("journal: ")) ?? null;
}
