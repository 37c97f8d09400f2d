// A whole cluster for proofs and tests: a Redis of its own, nodes as processes, numbered ticks, a listener, and what can be
// done to all of that. Times are measured from the fault until ticks that were fed after it are acknowledged again.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shardKeys } from "../../../src/bus/bus.ts";
import { isBehind } from "../../../src/bus/stream-id.ts";
import { eventually } from "../eventually.ts";
import { FaultProxy } from "../fault-proxy.ts";
import { ask } from "./ask.ts";
import { Switch, SWITCH_HOST } from "./cables.ts";
import { type AnyRedis, Feed } from "./feed.ts";
import { Listener } from "./listener.ts";
import { loseMaster, type MasterFault, type MasterLost } from "./masters.ts";
import { NodeProcess, runs } from "./node-process.ts";
import type { ProofRedis } from "./proof-redis.ts";
import { judge, type Verdict } from "./verdict.ts";

export interface StageOptions {
  readonly nodes: number;
  readonly shards: number;
  readonly leaseMs: number;
  /** Entries of each shard a second, and ticks in each. */
  readonly entries: number;
  readonly ticks: number;
  /** Each node is in a network namespace, with a cable that can be pulled; needs a namespace of this process's own. */
  readonly ownNetwork?: boolean;
}

/** What came of a node that was alive and lost its shards. */
export interface Displaced {
  readonly ms: number;
  readonly shards: number;
  /** Processes of these shards that did not end. */
  readonly stayed: number;
}

const CAPACITY = { maxSymbols: 64, maxInstances: 64 };
/** A guard against hangs: the machine may be busy with other work. */
const MOST_MS = 240_000;

export class Stage {
  readonly options: StageOptions;
  readonly nodes = new Map<string, NodeProcess>();
  readonly listener: Listener;
  private readonly dir = mkdtempSync(join(tmpdir(), "cluster-"));
  private readonly server: ProofRedis;
  private readonly redis: AnyRedis;
  private readonly feed: Feed;
  private readonly proxies = new Map<string, FaultProxy>();
  /** Where each node has a network of its own. */
  private readonly network: Switch | null;

  private constructor(server: ProofRedis, redis: AnyRedis, options: StageOptions) {
    this.options = options;
    this.network = options.ownNetwork === true ? new Switch() : null;
    this.server = server;
    this.redis = redis;
    this.feed = new Feed(redis, options);
    this.listener = new Listener(options.shards, () => [...this.nodes.values()]);
  }

  /** Every shard is served, ticks flow, the listener hears. */
  static async open(server: ProofRedis, options: StageOptions): Promise<Stage> {
    const stage = new Stage(server, server.client(), options);
    try {
      await Promise.all(Array.from({ length: options.nodes }, (_, index) => stage.begin(nameOf(index))));
      stage.feed.start();
      await stage.served(stage.allShards());
      await stage.settled();
      await eventually(
        () => stage.listener.connections,
        (count) => count > 0,
        MOST_MS,
      );
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  get clusterDir(): string {
    return join(this.dir, "shared");
  }

  /** Starts a node; its way to Redis leads through its cable, or through a proxy where there is one Redis. */
  async begin(id: string): Promise<NodeProcess> {
    const cable = await this.network?.cableOf(id);
    const env = {
      REDIS_URL: await this.wayOf(id),
      CLUSTER_DIR: this.clusterDir,
      SHARDS: String(this.options.shards),
      LEASE_MS: String(this.options.leaseMs),
      MAX_SYMBOLS: String(CAPACITY.maxSymbols),
      MAX_INSTANCES: String(CAPACITY.maxInstances),
      STRATEGY_WORKERS: "1",
      SNAPSHOT_INTERVAL_MS: "2000",
      SIGNAL_COOLDOWN_MS: "200",
      ...(cable === undefined ? {} : { HOST: cable.host, ALLOW_INSECURE: "true" }),
    };
    const node = await NodeProcess.start(id, env, cable === undefined ? {} : { under: cable.under });
    this.nodes.set(id, node);
    return node;
  }

  /** Shards by their owner, as Redis has it. */
  async owners(): Promise<readonly (string | null)[]> {
    const leases = await Promise.all(this.allShards().map((shard) => this.redis.get(shardKeys(shard).lease)));
    return leases.map((token) => token?.split(":")[1] ?? null);
  }

  /** SIGKILL to a node: what it had is served by others. */
  async kill(id: string): Promise<{ readonly ms: number; readonly shards: number; readonly orphans: number }> {
    const node = this.nodeOf(id);
    const shards = await this.shardsOf(id);
    const tree = node.tree();
    const begun = performance.now();
    const killed = node.kill(); // resolves when its children have ended as well
    this.nodes.delete(id);
    await this.served(shards, id);
    const ms = Math.round(performance.now() - begun);
    const orphans = await left(tree);
    if (orphans === 0) await killed;
    return { ms, shards: shards.length, orphans };
  }

  /** A whole node stands still for longer than its leases, and goes on when others have its shards. */
  async suspend(id: string): Promise<Displaced> {
    const node = this.nodeOf(id);
    const tree = node.tree();
    return this.displace(
      node,
      () => node.signal("SIGSTOP", tree),
      () => node.signal("SIGCONT", tree),
    );
  }

  /** A node hears and is heard by nobody in Redis, until others have its shards; then it may come back. */
  async cutOff(id: string): Promise<Displaced> {
    const proxy = this.proxies.get(id);
    if (proxy === undefined) throw new Error("nodes are cut off from a single Redis only");
    return this.displace(
      this.nodeOf(id),
      () => proxy.hold(),
      () => proxy.release(),
    );
  }

  /** A node's cable is pulled: its packets vanish, and nobody is told. It is plugged in when others have its shards. */
  async unplug(id: string): Promise<Displaced> {
    const cable = await this.network?.cableOf(id);
    if (cable === undefined) throw new Error("nodes have no cables here");
    return this.displace(
      this.nodeOf(id),
      () => cable.pull(),
      () => cable.plug(),
    );
  }

  private async displace(node: NodeProcess, begin: () => void, end: () => void): Promise<Displaced> {
    const shards = await this.shardsOf(node.id);
    const processes = shards.flatMap((shard) => node.processOf(shard) ?? []);
    const begun = performance.now();
    begin();
    await this.served(shards, node.id);
    const ms = Math.round(performance.now() - begun);
    end();
    return { ms, shards: shards.length, stayed: await left(processes) };
  }

  /** SIGTERM and a new start, one node after the other; the longest time that a shard was not served. */
  async roll(): Promise<{ readonly codes: readonly (number | null)[]; readonly ms: number }> {
    const codes: (number | null)[] = [];
    let longest = 0;
    for (const id of Array.from(this.nodes.keys())) {
      const node = this.nodeOf(id);
      const shards = await this.shardsOf(id);
      const begun = performance.now();
      this.nodes.delete(id);
      const [code] = await Promise.all([node.stop(), this.served(shards)]);
      longest = Math.max(longest, performance.now() - begun);
      codes.push(code);
      await this.begin(id);
      await this.settled();
    }
    return { codes, ms: Math.round(longest) };
  }

  /** A master of the Redis Cluster that has this shard is lost; what it had is served again. */
  loseMaster(shard: number, fault: MasterFault): Promise<MasterLost> {
    const { redis, server } = this;
    const nodes = [...this.nodes.values()];
    const served = (shards: readonly number[]): Promise<void> => this.served(shards);
    return loseMaster({ redis, server, nodes, shards: this.allShards(), served }, shard, fault);
  }

  /** Every node has its fair share, and every shard an owner. */
  async settled(): Promise<void> {
    await eventually(
      () => this.owners(),
      (owners) => {
        const counts = [...this.nodes.keys()].map((id) => owners.filter((owner) => owner === id).length);
        return (
          !owners.includes(null) && Math.max(...counts) - Math.min(...counts) <= 1 && sum(counts) === owners.length
        );
      },
      MOST_MS,
    );
  }

  /** Nothing more is fed; everything is acknowledged, said and heard; all nodes hand over. Then it is judged. */
  async finish(): Promise<Verdict & { readonly exits: readonly (number | null)[] }> {
    await this.feed.stop();
    await eventually(
      async () => {
        const all = this.allShards().map((shard) => this.isDone(shard));
        return (await Promise.all(all)).every(Boolean);
      },
      (done) => done,
      MOST_MS,
    );
    await eventually(
      () => this.unheard().catch(() => this.allShards()), // its engine is just moving
      (left) => left.length === 0,
      MOST_MS,
    ).catch(() => undefined); // the verdict tells
    // What is said while they end is heard by who happens to be connected.
    const owedTo = await Promise.all(
      this.allShards().map(async (shard) => (await this.newestSaid(shard))?.entry ?? "0-0"),
    );
    const exits = await Promise.all([...this.nodes.values()].map((node) => node.stop()));
    this.nodes.clear();
    const { redis, clusterDir, feed, listener } = this;
    const scene = { redis, clusterDir, shards: this.options.shards, capacity: CAPACITY, feed, listener, owedTo };
    return { ...(await judge(scene)), exits };
  }

  async close(): Promise<void> {
    this.listener.close();
    await this.feed.stop().catch(() => undefined);
    for (const node of this.nodes.values()) {
      node.signal("SIGCONT", node.tree());
      await node.kill();
    }
    for (const proxy of this.proxies.values()) await proxy.close();
    this.redis.disconnect();
    this.network?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private allShards(): readonly number[] {
    return Array.from({ length: this.options.shards }, (_, shard) => shard);
  }

  /** A node that has a shard at this moment. */
  async anOwner(): Promise<string> {
    const owners = await eventually(
      () => this.owners(),
      (all) => all.some((owner) => owner !== null && this.nodes.has(owner)),
      MOST_MS,
    );
    return owners.find((owner) => owner !== null && this.nodes.has(owner)) ?? "";
  }

  async shardsOf(id: string): Promise<readonly number[]> {
    const owners = await this.owners();
    return owners.flatMap((owner, shard) => (owner === id ? [shard] : []));
  }

  private nodeOf(id: string): NodeProcess {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  private async wayOf(id: string): Promise<string> {
    const place = this.server.single;
    if (place === null) return this.server.url;
    if (this.network !== null) return `redis://${SWITCH_HOST}:${place.port}`;
    const proxy = this.proxies.get(id) ?? (await FaultProxy.create(place));
    this.proxies.set(id, proxy);
    return `redis://127.0.0.1:${proxy.port}`;
  }

  /**
   * Ticks that are fed from now on are acknowledged. `without`: by another node than this one, whose last word may still
   * have been on its way.
   */
  private async served(shards: readonly number[], without: string | null = null): Promise<void> {
    const before = shards.map((shard) => this.feed.newestOf(shard) ?? "0-0");
    await eventually(
      async () => {
        const owners = without === null ? [] : await this.owners().catch(() => null);
        if (owners === null || shards.some((shard) => owners[shard] === null || owners[shard] === without))
          return false;
        const positions = await Promise.all(
          shards.map((shard) => this.redis.get(shardKeys(shard).position).catch(() => null)),
        );
        return positions.every((position, index) => position !== null && isBehind(position, before[index] ?? "0-0"));
      },
      (done) => done,
      MOST_MS,
    );
  }

  private async isDone(shard: number): Promise<boolean> {
    const newest = this.feed.newestOf(shard);
    const position = await this.redis.get(shardKeys(shard).position);
    return newest === null || (position !== null && !isBehind(newest, position));
  }

  /** Shards whose engine still computes, or knows a signal that was not said, or said one that was not heard. */
  private async unheard(): Promise<readonly number[]> {
    const left = this.allShards().map(async (shard) => {
      const newest = await this.newestSaid(shard);
      const known = await this.knownAt(shard);
      const heard = this.listener.newestOf(shard);
      return known === (newest?.signal ?? null) && heard === (newest?.entry ?? null) ? [] : [shard];
    });
    return (await Promise.all(left)).flat();
  }

  private async newestSaid(shard: number): Promise<{ readonly entry: string; readonly signal: string } | null> {
    const [newest] = await this.redis.xrevrange(shardKeys(shard).signals, "+", "-", "COUNT", 1);
    if (newest === undefined) return null;
    const [entry, fields] = newest;
    const { id } = JSON.parse(fields[fields.indexOf("data") + 1] ?? "{}") as { readonly id: string };
    return { entry, signal: id };
  }

  /** The newest signal that the shard's engine has, null: none; undefined while it computes, or does not answer. */
  private async knownAt(shard: number): Promise<string | null | undefined> {
    const [node] = this.nodes.values();
    if (node === undefined) return undefined;
    const health = await ask(node, `/shards/${shard}/health`);
    if (health.body["events_waiting"] !== 0) return undefined;
    const { status, body } = await ask(node, `/shards/${shard}/signals?limit=1`);
    if (status !== 200) return undefined;
    return (body["signals"] as readonly { readonly id: string }[])[0]?.id ?? null;
  }
}

/** How many of the processes are still there after a while in which they should have gone. */
async function left(pids: readonly number[]): Promise<number> {
  const gone = eventually(
    () => pids.filter(runs).length,
    (count) => count === 0,
  );
  return gone.catch(() => pids.filter(runs).length);
}

function nameOf(index: number): string {
  return `node-${"abcdefgh"[index] ?? index}`;
}
function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
