// A real Redis with a replica and three Sentinels of the test's own, on loopback, each in its temporary folder. A master
// that does not answer is replaced by the replica; who was master and comes back follows the new one.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort, RedisServer } from "./redis-server.ts";

const SENTINELS = 3;
const QUORUM = 2;
const SETTLED_MS = 120_000;
const LOOK_EVERY_MS = 20;

interface Sentinel {
  readonly port: number;
  readonly folder: string;
  readonly process: ChildProcess;
}

export class RedisSentinels {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  private readonly sentinels: Sentinel[] = [];

  private constructor(master: RedisServer, replica: RedisServer) {
    this.master = master;
    this.replica = replica;
  }

  /** `downAfterMs`: so long without an answer, and the master counts as gone. */
  static async create(downAfterMs = 1_000): Promise<RedisSentinels> {
    const speed = ["--repl-diskless-sync-delay", "0"];
    const master = await RedisServer.create({ directives: speed });
    const follows = ["--replicaof", "127.0.0.1", String(master.port)];
    const all = new RedisSentinels(master, await RedisServer.create({ directives: [...speed, ...follows] }));
    try {
      await all.synchronized();
      for (let n = 0; n < SENTINELS; n += 1) await all.addSentinel(downAfterMs);
      for (const { port } of all.sentinels) await all.settled(port);
      return all;
    } catch (error) {
      await all.remove();
      throw error;
    }
  }

  get url(): string {
    return `redis-sentinel://${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/main`;
  }

  /** The Sentinel that clients ask first hangs from here on. */
  pauseFirst(): void {
    this.sentinels[0]?.process.kill("SIGSTOP");
  }

  async remove(): Promise<void> {
    for (const { process: child, folder } of this.sentinels) {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, "exit");
        child.kill("SIGKILL");
        await exit;
      }
      await rm(folder, { recursive: true, force: true });
    }
    await this.master.remove();
    await this.replica.remove();
  }

  private async addSentinel(downAfterMs: number): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "sentinel-"));
    const port = await freePort();
    const file = join(folder, "sentinel.conf"); // it writes into it what it learns
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${folder}`,
      `sentinel monitor main 127.0.0.1 ${this.master.port} ${QUORUM}`,
      `sentinel down-after-milliseconds main ${downAfterMs}`,
      "sentinel failover-timeout main 6000", // a fail-over that goes wrong is begun again after twice as long
    ];
    await writeFile(file, `${lines.join("\n")}\n`);
    const child = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
    this.sentinels.push({ port, folder, process: child });
  }

  /** The replica holds what the master does: only such a one may take over. */
  private synchronized(): Promise<void> {
    return until(this.replica.port, async (client) => ((await client.role()) as readonly unknown[])[3] === "connected");
  }

  /** The Sentinel knows the replica as one that may take over, and the other Sentinels. */
  private settled(port: number): Promise<void> {
    return until(port, async (client) => {
      const master = fieldsOf(await client.call("SENTINEL", "MASTER", "main"));
      const [replica] = (await client.call("SENTINEL", "REPLICAS", "main")) as readonly unknown[];
      const others = master.get("num-other-sentinels") === String(SENTINELS - 1);
      return others && replica !== undefined && fieldsOf(replica).get("master-link-status") === "ok";
    });
  }
}

async function until(port: number, holds: (client: Redis) => Promise<boolean>): Promise<void> {
  const client = new Redis({ host: "127.0.0.1", port, retryStrategy: () => LOOK_EVERY_MS, maxRetriesPerRequest: null });
  client.on("error", () => undefined); // it may not listen yet
  const deadline = Date.now() + SETTLED_MS;
  try {
    while (!(await holds(client))) {
      if (Date.now() > deadline) throw new Error(`the servers did not find each other within ${SETTLED_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } finally {
    client.disconnect();
  }
}

/** From [name, value, name, value, ...]. */
function fieldsOf(reply: unknown): ReadonlyMap<string, string> {
  const texts = reply as readonly string[];
  return new Map(texts.flatMap((name, n) => (n % 2 === 0 ? [[name, texts[n + 1] ?? ""] as const] : [])));
}
