// A day of ten million ticks, then kill -9: how long until the engine is ready again, with everything that it had. The
// engine as users run it, in a process of its own, with journal, snapshots and archive; fed through a real Redis as fast as
// it takes ticks. It is killed three times behind the day, each time after more ticks, and must come back with at least
// what its journal had made durable when it was asked last, and never with more than it was given.
import { fork, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sumOf } from "../../src/cli/top/look.ts";
import { EngineProcess } from "../../test/support/engine-process.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";
import type { FloodMessage } from "./flood-client.ts";
import { told } from "./told.ts";

/** Minutes of feeding. */
export const onDemand = true;

const TICKS = 10_000_000;
const PER_MESSAGE = 100;
const KILLS = 3;
const AFTER_A_KILL = 500_000;
const LOOK_MS = 25;
const STALLED_MS = 60_000;
const NS_PER_MS = 1e6;

export async function run(): Promise<readonly Result[]> {
  const dir = await mkdtemp(join(tmpdir(), "day-recovery-"));
  const redis = await RedisServer.create({ directives: ["--client-output-buffer-limit", "pubsub 0 0 0"] });
  const client = fork(fileURLToPath(new URL("./flood-client.js", import.meta.url)));
  const env = { DATA_DIR: dir, REDIS_URL: redis.url };
  let engine = await EngineProcess.start(env);
  try {
    await told(client, { op: "connect", port: redis.port } satisfies FloodMessage);
    const begin = performance.now();
    await feed(engine, client, TICKS);
    const fedS = (performance.now() - begin) / 1e3;
    const readyNs: number[] = [];
    const lacking: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      const given = await known(engine);
      await engine.kill();
      const killed = performance.now();
      engine = await EngineProcess.start(env);
      readyNs.push((performance.now() - killed) * NS_PER_MS);
      const back = await known(engine);
      if (back > given) throw new Error(`it was given ${given} ticks, and came back with ${back}`);
      lacking.push(given - back);
      if (kill < KILLS) await feed(engine, client, AFTER_A_KILL);
    }
    return [
      {
        name: "a day of ten million ticks, killed and started again",
        pairs: [figureOfLatencies("kill -9 to ready", readyNs)],
        ratio: 1,
        note:
          `${TICKS} ticks of 500 symbols fed in ${fedS.toFixed(0)} s; ready again after ` +
          `${readyNs.map((ns) => (ns / 1e9).toFixed(2)).join(", ")} s; ticks that were taken in and not yet in the ` +
          `journal when it was killed (JOURNAL_SYNC=batch answers before): ${lacking.join(", ")}`,
      },
    ];
  } finally {
    client.kill();
    await engine.stop();
    await redis.remove();
    await rm(dir, { recursive: true, force: true });
  }
}

/** As its symbols count them: that outlives a start. */
async function known(engine: EngineProcess): Promise<number> {
  const { symbols } = (await engine.get("/symbols?limit=500")) as { symbols: readonly { ticks: number }[] };
  return symbols.reduce((sum, { ticks }) => sum + ticks, 0);
}

/** Returns when the engine has taken them all. */
async function feed(engine: EngineProcess, client: ChildProcess, ticks: number): Promise<void> {
  const taken = async (): Promise<number> => {
    const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
    if (sumOf(text, "strategy_ticks_rejected_total") > 0) throw new Error("ticks were refused");
    return sumOf(text, "strategy_ticks_ingested_total");
  };
  const before = await taken();
  const order: FloodMessage = { op: "flood", messages: ticks / PER_MESSAGE, ticksPerMessage: PER_MESSAGE };
  const sent = told(client, order);
  sent.catch(() => undefined); // told below
  let movedAt = performance.now();
  let last = 0;
  for (;;) {
    const now = (await taken()) - before;
    if (now >= ticks) break;
    if (now > last) movedAt = performance.now();
    if (performance.now() - movedAt > STALLED_MS) throw new Error(`stands still at ${now} of ${ticks} ticks`);
    last = now;
    client.send({ op: "credit", ticks: now } satisfies FloodMessage);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await sent;
}
