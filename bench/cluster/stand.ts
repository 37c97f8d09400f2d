// A cluster at rest that is given portions of ticks and asked what they cost: a Redis of its own, nodes as processes. Every
// layout is given the same prices of the same symbols, so that shards compute, signal and write the same together.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { shardKeys } from "../../src/bus/bus.ts";
import { sumOf } from "../../src/cli/top/look.ts";
import { shardOf } from "../../src/domain/shard.ts";
import { ask } from "../../test/support/cluster/ask.ts";
import { NodeProcess } from "../../test/support/cluster/node-process.ts";
import { eventually } from "../../test/support/eventually.ts";
import { LastWill } from "../../test/support/last-will.ts";
import { Random, walk } from "../../test/support/random.ts";
import { RedisServer } from "../../test/support/redis-server.ts";

export interface Layout {
  readonly label: string;
  readonly nodes: number;
  readonly shards: number;
}

export interface Cost {
  /** Processor nanoseconds of all processes of the nodes for a tick. */
  readonly ns: number;
  readonly ticksPerSecond: number;
}

export const SYMBOLS = 1_024;
export const TICKS_PER_ENTRY = 100;
/** Different prices of a symbol, up and down again; as many as ticks in an entry, so a shard has an entry per symbol. */
const PRICES = TICKS_PER_ENTRY;
const SIGMA = 5e-4;
const ENTRIES_AT_ONCE = 500;
const LEASE_MS = 4_000;
/** The first round of learning, which starts a thread, is over before anything counts; then they come as by default. */
const FIRST_LEARNING_MS = 10_000;
const LEARNING_MS = 60_000;
const JSON_BODY = { "content-type": "application/json" };
const WAIT_MS = 120_000;
/** Nothing is left to do, spares have loaded: all processes of a node together use less than this in a look. */
const QUIET_MS = 500;
const QUIET_NS = 0.2 * QUIET_MS * 1e6;
const REST_MS = 5_000;
/** Of /proc: clock ticks a second, the same on all Linux. */
const HERTZ = 100;

export class Stand {
  readonly layout: Layout;
  readonly nodes: NodeProcess[] = [];
  private readonly server: RedisServer;
  private readonly redis: Redis;
  private readonly dir = mkdtempSync(join(tmpdir(), "streams-"));
  private readonly will = new LastWill();
  private readonly feed: readonly (readonly string[])[];
  private leases: readonly (string | null)[] = [];
  private fed = 0;

  /** Resolves when every shard is served, each node having as many. */
  static async open(layout: Layout): Promise<Stand> {
    const stand = new Stand(layout, await RedisServer.create());
    try {
      await stand.start();
      return stand;
    } catch (error) {
      await stand.close();
      throw error;
    }
  }

  private constructor(layout: Layout, server: RedisServer) {
    this.layout = layout;
    this.server = server;
    this.redis = new Redis(server.port, "127.0.0.1");
    this.will.add(server.pid);
    this.feed = feedOf(layout.shards);
  }

  private async start(): Promise<void> {
    const { nodes, shards } = this.layout;
    const env = {
      REDIS_URL: this.server.url,
      CLUSTER_DIR: join(this.dir, "shared"),
      SHARDS: String(shards),
      LEASE_MS: String(LEASE_MS),
      MAX_SYMBOLS: String(SYMBOLS),
      STRATEGY_WORKERS: "1",
      TIER_LEARNING_MS: String(FIRST_LEARNING_MS),
    };
    const starts = Array.from({ length: nodes }, async (_, index) => {
      const node = await NodeProcess.start(`node-${index}`, env);
      this.will.add(node.pid);
      this.nodes.push(node);
    });
    for (const one of await Promise.allSettled(starts)) if (one.status === "rejected") throw one.reason;
    this.leases = await eventually(() => this.leasesNow(), isFair(this.layout), WAIT_MS);
  }

  /** Processor nanoseconds of a shard for a second in which nothing comes: of all threads that there are, nodes' included. */
  async atRest(): Promise<number> {
    const [before, begun] = [this.threadsNs(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const seconds = (performance.now() - begun) / 1_000;
    return (this.threadsNs() - before) / seconds / this.layout.shards;
  }

  /** Nothing of what was fed is left to do, and nobody starts; from here on rounds of learning come as by default. */
  async quiet(): Promise<void> {
    for (let shard = 0; shard < this.layout.shards; shard++) {
      const put = { method: "PUT", headers: JSON_BODY, body: JSON.stringify({ learning_ms: LEARNING_MS }) };
      const { status, text } = await ask(this.nodes[0]?.port ?? 0, `/shards/${shard}/config/tiers`, put);
      if (status !== 200) throw new Error(`the tiers of shard ${shard} cannot be set: ${status} ${text}`);
    }
    const used = async (): Promise<number> => {
      const before = this.cpuNs();
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      return this.cpuNs() - before;
    };
    await eventually(used, (ns) => ns < QUIET_NS * this.nodes.length, WAIT_MS);
  }

  /** Entries of all shards together, which come all at once; the cost until every one is acknowledged. */
  async cost(entries: number): Promise<Cost> {
    const writer = new Redis(this.server.port, "127.0.0.1");
    let [before, begun] = [0, 0];
    try {
      await this.write(writer, entries);
      [before, begun] = [this.cpuNs(), performance.now()];
      await writer.exec();
    } finally {
      writer.disconnect();
    }
    await this.acknowledged();
    const seconds = (performance.now() - begun) / 1_000;
    const ns = this.cpuNs() - before;
    await this.forget();
    const ticks = entries * TICKS_PER_ENTRY;
    return { ns: ns / ticks, ticksPerSecond: ticks / seconds };
  }

  /** Throws unless every tick was taken in once, by the owners of the beginning. */
  async check(): Promise<void> {
    const { label, shards } = this.layout;
    if (String(await this.leasesNow()) !== String(this.leases))
      throw new Error(`${label}: a shard has moved meanwhile`);
    const counts = Array.from({ length: shards }, (_, shard) => this.figure(shard, "strategy_ticks_ingested_total"));
    const taken = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    if (taken !== this.fed) throw new Error(`${label}: ${this.fed} ticks were fed, ${taken} taken in`);
  }

  /** Of the shard's engine, all series of a metric together. */
  async figure(shard: number, metric: string): Promise<number> {
    const { text } = await ask(this.nodes[0]?.port ?? 0, `/shards/${shard}/metrics/prometheus`);
    return sumOf(text, metric);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    this.redis.disconnect();
    await this.server.remove();
    this.will.revoke();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** User and system time of the nodes' processes and all below them, with all their threads. */
  cpuNs(): number {
    const ticks = this.nodes
      .flatMap((node) => node.tree())
      .map((pid) => {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(fields[11]) + Number(fields[12]);
      });
    return (ticks.reduce((sum, one) => sum + one, 0) * 1e9) / HERTZ;
  }

  /** As Linux counts it for each thread, exactly; one that ends takes what it used with it, and none does at rest. */
  private threadsNs(): number {
    return this.nodes
      .flatMap((node) => node.tree())
      .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`))
      .reduce((sum, file) => sum + Number(readFileSync(file, "utf8").split(" ", 1)[0]), 0);
  }

  /** Their tokens, in which owner and epoch stand. */
  private leasesNow(): Promise<readonly (string | null)[]> {
    return Promise.all(this.shards().map(({ lease }) => this.redis.get(lease)));
  }

  /** Into a transaction, which nobody sees before it is executed. */
  private async write(writer: Redis, entries: number): Promise<void> {
    const keys = this.shards();
    await writer.multi({ pipeline: false });
    for (let sent = 0; sent < entries;) {
      const some: Promise<unknown>[] = [];
      for (; some.length < ENTRIES_AT_ONCE && sent < entries; sent++) {
        const number = this.fed / TICKS_PER_ENTRY;
        const shard = number % keys.length;
        const own = this.feed[shard] ?? [];
        const entry = own[Math.floor(number / keys.length) % own.length] ?? "";
        some.push(writer.xadd(keys[shard]?.input ?? "", "*", "data", entry));
        this.fed += TICKS_PER_ENTRY;
      }
      await Promise.all(some);
    }
  }

  private async acknowledged(): Promise<void> {
    const newest = this.shards().map(async ({ input }) => (await this.redis.xrevrange(input, "+", "-", "COUNT", 1))[0]);
    const ids = (await Promise.all(newest)).map((entry) => entry?.[0]);
    await eventually(
      () => Promise.all(this.shards().map(({ position }) => this.redis.get(position))),
      (positions) => positions.every((position, shard) => position === ids[shard]),
      WAIT_MS,
    );
  }

  /** What was read; the stream's counters stay. */
  private async forget(): Promise<void> {
    await Promise.all(this.shards().map(({ input }) => this.redis.xtrim(input, "MAXLEN", 0)));
  }

  private shards(): readonly ReturnType<typeof shardKeys>[] {
    return Array.from({ length: this.layout.shards }, (_, shard) => shardKeys(shard));
  }
}

function isFair({ nodes, shards }: Layout): (leases: readonly (string | null)[]) => boolean {
  return (leases) => {
    const owners = leases.map((token) => token?.split(":")[1]);
    const all = new Set(owners);
    return (
      !all.has(undefined) &&
      all.size === nodes &&
      [...all].every((id) => owners.filter((one) => one === id).length === shards / nodes)
    );
  };
}

/** Entries of each shard, over its part of the symbols; they can follow each other again and again. */
function feedOf(shards: number): readonly (readonly string[])[] {
  const symbols = Array.from({ length: SYMBOLS }, (_, index) => `S${index}USD`);
  const paths = new Map(symbols.map((symbol, index) => [symbol, pathOf(index)]));
  return Array.from({ length: shards }, (_, shard) => {
    const own = symbols.filter((symbol) => shardOf(symbol, shards) === shard);
    return own.map((__, entry) => {
      const ticks = Array.from({ length: TICKS_PER_ENTRY }, (___, tick) => {
        const number = entry * TICKS_PER_ENTRY + tick;
        const symbol = own[number % own.length] ?? "";
        const price = paths.get(symbol)?.[Math.floor(number / own.length)] ?? 0;
        return { symbol, price: Number(price.toFixed(4)), volume: 1, asset_type: "crypto" };
      });
      return JSON.stringify({ market_data: ticks });
    });
  });
}

function pathOf(seed: number): readonly number[] {
  const there = walk(new Random(seed + 1), PRICES / 2, 100, SIGMA);
  return [...there, ...there.toReversed()];
}
