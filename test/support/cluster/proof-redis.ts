// The Redis of a proof: one server, or a Redis Cluster of three masters with a replica each, all real and on this machine.
import { Cluster, Redis } from "ioredis";
import { RedisCluster } from "../redis-cluster.ts";
import { RedisServer } from "../redis-server.ts";
import type { AnyRedis } from "./feed.ts";

const NODE_TIMEOUT_MS = 2_000;
const LOOK_MS = 20;

export class ProofRedis {
  private readonly server: RedisServer | null;
  private readonly cluster: RedisCluster | null;
  private paused: RedisServer | null = null;

  private constructor(server: RedisServer | null, cluster: RedisCluster | null) {
    this.server = server;
    this.cluster = cluster;
  }

  /** `host`: where others than this machine reach it as well. */
  static async one(host: string | null = null): Promise<ProofRedis> {
    const open = host === null ? [] : ["--bind", "127.0.0.1", host, "--protected-mode", "no"];
    return new ProofRedis(await RedisServer.create({ directives: open }), null);
  }

  static async many(): Promise<ProofRedis> {
    const directives = ["--cluster-require-full-coverage", "no"]; // as docs/scaling.md asks for it
    return new ProofRedis(null, await RedisCluster.create({ nodeTimeoutMs: NODE_TIMEOUT_MS, directives }));
  }

  get url(): string {
    return this.cluster?.url ?? this.server?.url ?? "";
  }

  /** Where the only server is; null for a cluster. */
  get single(): { readonly host: string; readonly port: number } | null {
    return this.server === null ? null : { host: "127.0.0.1", port: this.server.port };
  }

  client(): AnyRedis {
    const client =
      this.cluster === null
        ? new Redis(this.server?.port ?? 0, "127.0.0.1")
        : new Cluster(
            this.cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })),
            // One that stands still answers nothing: what was sent to it is given up, as a producer has to.
            {
              redisOptions: { connectTimeout: NODE_TIMEOUT_MS, socketTimeout: NODE_TIMEOUT_MS },
              clusterRetryStrategy: () => 100,
            },
          );
    client.on("error", () => undefined); // masters are killed here
    return client;
  }

  /** Which of the keys lie on the master that has the first one. */
  async besideFirst(keys: readonly string[]): Promise<readonly boolean[]> {
    const { cluster } = this;
    if (cluster === null) return keys.map(() => true);
    const masters = await Promise.all(keys.map((key) => cluster.masterOf(key)));
    return masters.map((master) => master === masters[0]);
  }

  /** SIGKILL or SIGSTOP to the master that has this key; what is given resolves when its replica has the slot. */
  async loseMasterOf(key: string, stopped: boolean): Promise<{ readonly tookOver: Promise<void> }> {
    const { cluster } = this;
    if (cluster === null) throw new Error("a single Redis has no master to lose");
    const lost = await cluster.masterOf(key);
    if (stopped) lost.pause();
    else await lost.kill();
    this.paused = stopped ? lost : null;
    return { tookOver: this.takenOver(cluster, key, lost) };
  }

  private async takenOver(cluster: RedisCluster, key: string, lost: RedisServer): Promise<void> {
    const others = cluster.nodes.filter((node) => node !== lost && node.running);
    while ((await cluster.masterOf(key, others)) === lost) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  /** Who was lost comes back, as a replica. */
  async mend(): Promise<void> {
    this.paused?.resume();
    this.paused = null;
    for (const node of this.cluster?.nodes ?? []) if (!node.running) await node.start();
    await this.cluster?.settled();
  }

  async remove(): Promise<void> {
    await this.cluster?.remove();
    await this.server?.remove();
  }
}
