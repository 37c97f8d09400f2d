// The Redis of a proof: one server, or a Redis Cluster of three masters with a replica each, all real and on this machine.
import { Cluster, Redis } from "ioredis";
import { RedisCluster } from "../redis-cluster.ts";
import { RedisServer } from "../redis-server.ts";
import type { AnyRedis } from "./feed.ts";

const NODE_TIMEOUT_MS = 2_000;

export class ProofRedis {
  private readonly server: RedisServer | null;
  private readonly cluster: RedisCluster | null;

  private constructor(server: RedisServer | null, cluster: RedisCluster | null) {
    this.server = server;
    this.cluster = cluster;
  }

  static async one(): Promise<ProofRedis> {
    return new ProofRedis(await RedisServer.create(), null);
  }

  static async many(): Promise<ProofRedis> {
    return new ProofRedis(null, await RedisCluster.create({ nodeTimeoutMs: NODE_TIMEOUT_MS }));
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
            { redisOptions: { connectTimeout: NODE_TIMEOUT_MS }, clusterRetryStrategy: () => 100 },
          );
    client.on("error", () => undefined); // masters are killed here
    return client;
  }

  /** SIGKILL to the master that has this key; its replica is to take over. */
  async killMasterOf(key: string): Promise<void> {
    if (this.cluster === null) throw new Error("a single Redis has no master to kill");
    await (await this.cluster.masterOf(key)).kill();
  }

  /** Who was killed comes back, as a replica. */
  async mend(): Promise<void> {
    for (const node of this.cluster?.nodes ?? []) if (!node.running) await node.start();
    await this.cluster?.settled();
  }

  async remove(): Promise<void> {
    await this.cluster?.remove();
    await this.server?.remove();
  }
}
