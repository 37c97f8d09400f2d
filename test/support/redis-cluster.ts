// A real Redis Cluster of the test's own: three masters with a replica each, on loopback, every node a RedisServer in its
// temporary folder. A node that is killed and started again takes part as before.
import { once } from "node:events";
import { Redis } from "ioredis";
import { freePort, RedisServer } from "./redis-server.ts";

const MASTERS = 3;
const SLOTS = 16_384;
const SETTLED_MS = 120_000;
const LOOK_EVERY_MS = 20;

export interface RedisClusterOptions {
  /** After this long without an answer a master's replica takes its place; long where a test wants no such thing. */
  readonly nodeTimeoutMs?: number;
  /** Further directives of every node, e.g. ["--requirepass", "secret", "--masterauth", "secret"]. */
  readonly directives?: readonly string[];
  readonly password?: string;
}

export class RedisCluster {
  /** Three masters of the beginning, then their replicas in the same order. */
  readonly nodes: readonly RedisServer[];
  private readonly password: string | undefined;

  private constructor(nodes: readonly RedisServer[], password: string | undefined) {
    this.nodes = nodes;
    this.password = password;
  }

  static async create(options: RedisClusterOptions = {}): Promise<RedisCluster> {
    const { nodeTimeoutMs = 60_000, directives = [], password } = options;
    const nodes: RedisServer[] = [];
    const cluster = new RedisCluster(nodes, password);
    try {
      // One after the other: two that look for free ports at the same time could find the same one.
      for (let n = 0; n < 2 * MASTERS; n += 1) {
        const own = ["--cluster-enabled", "yes", "--cluster-port", String(await freePort())];
        const times = ["--cluster-node-timeout", String(nodeTimeoutMs), "--cluster-replica-validity-factor", "0"];
        const speed = ["--repl-diskless-sync-delay", "0"];
        nodes.push(await RedisServer.create({ directives: [...own, ...times, ...speed, ...directives] }));
      }
      await cluster.join();
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  /** As REDIS_URL takes it, with all nodes. */
  get url(): string {
    const user = this.password === undefined ? "" : `:${encodeURIComponent(this.password)}@`;
    return `redis-cluster://${user}${this.nodes.map((node) => `127.0.0.1:${node.port}`).join(",")}`;
  }

  /** What a node answers. */
  async ask(node: RedisServer, command: string, ...words: (string | number)[]): Promise<unknown> {
    const client = new Redis(node.socketPath, {
      password: this.password,
      retryStrategy: () => null,
      lazyConnect: true,
    });
    client.on("error", () => undefined); // the command says so as well
    try {
      return await client.call(command, ...words);
    } finally {
      if (client.status !== "end") {
        const ended = once(client, "end");
        client.disconnect();
        await ended;
      }
    }
  }

  /** The node that holds the slot of this key now, as the first of `asked` says that answers. */
  async masterOf(key: string, asked: readonly RedisServer[] = this.nodes): Promise<RedisServer> {
    for (const node of asked) {
      const slot = await this.ask(node, "CLUSTER", "KEYSLOT", key).catch(() => null);
      if (slot === null) continue;
      const map = (await this.ask(node, "CLUSTER", "SLOTS")) as [number, number, [string, number]][];
      const port = map.find(([first, last]) => first <= Number(slot) && Number(slot) <= last)?.[2][1];
      const found = this.nodes.find((one) => one.port === port);
      if (found !== undefined) return found;
    }
    throw new Error(`no node knows a master for ${key}`);
  }

  /**
   * Gives the slot of this key, which holds none yet, to another master. By way of an import, because only that makes the
   * new one's word the newest: of a slot that is merely assigned the other nodes name the old master for seconds.
   */
  async moveSlotOf(key: string, from: RedisServer, to: RedisServer): Promise<void> {
    const slot = Number(await this.ask(from, "CLUSTER", "KEYSLOT", key));
    const [fromId, toId] = [await this.ask(from, "CLUSTER", "MYID"), await this.ask(to, "CLUSTER", "MYID")].map(String);
    await this.ask(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromId ?? "");
    await this.ask(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", toId ?? "");
    for (const node of [to, from]) await this.ask(node, "CLUSTER", "SETSLOT", slot, "NODE", toId ?? "");
  }

  /** Waits until every node among `nodes` calls the Cluster sound and every replica follows its master. */
  async settled(nodes: readonly RedisServer[] = this.nodes): Promise<void> {
    const deadline = Date.now() + SETTLED_MS;
    for (const node of nodes) {
      while (!(await this.isSound(node))) {
        if (Date.now() > deadline) throw new Error(`the Redis Cluster was not sound within ${SETTLED_MS} ms`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    }
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()));
  }

  private async isSound(node: RedisServer): Promise<boolean> {
    const info = String(await this.ask(node, "CLUSTER", "INFO"));
    const known = new RegExp(`cluster_known_nodes:${this.nodes.length}\\b`);
    if (!/cluster_state:ok/.test(info) || !known.test(info) || !/cluster_size:3\b/.test(info)) return false;
    const role = (await this.ask(node, "ROLE")) as readonly unknown[];
    return role[0] === "master" || role[3] === "connected";
  }

  private async join(): Promise<void> {
    const [first, ...others] = this.nodes;
    if (first === undefined) return;
    const masters = this.nodes.slice(0, MASTERS);
    for (const [n, node] of this.nodes.entries()) await this.ask(node, "CLUSTER", "SET-CONFIG-EPOCH", n + 1);
    for (const [n, master] of masters.entries()) {
      const from = Math.ceil((n * SLOTS) / MASTERS);
      const to = Math.ceil(((n + 1) * SLOTS) / MASTERS) - 1;
      await this.ask(master, "CLUSTER", "ADDSLOTSRANGE", from, to);
    }
    const [, busPort = ""] = (await this.ask(first, "CONFIG", "GET", "cluster-port")) as readonly string[];
    for (const node of others) await this.ask(node, "CLUSTER", "MEET", "127.0.0.1", first.port, busPort);
    for (const [n, replica] of this.nodes.slice(MASTERS).entries()) {
      const master = masters[n];
      if (master !== undefined) await this.follow(replica, String(await this.ask(master, "CLUSTER", "MYID")));
    }
    await this.settled();
  }

  /** A replica knows its master only when word of it has come round. */
  private async follow(replica: RedisServer, masterId: string): Promise<void> {
    const deadline = Date.now() + SETTLED_MS;
    for (;;) {
      try {
        await this.ask(replica, "CLUSTER", "REPLICATE", masterId);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    }
  }
}
