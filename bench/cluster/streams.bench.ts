// What a tick costs when it comes by the stream of a shard: one shard on one node, and the same ticks over the same symbols
// dealt to two and to four shards on two nodes, in turns in one run. Counted is processor time, of all threads of all
// processes of the nodes (spares and idle turns included), because shards that share cores cannot show by the clock what
// they would do on cores of their own; what the clock said stands in the note. The streams are fed as fast as they take.
// A figure is void unless every tick was taken in once and no shard has moved.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { shardKeys } from "../../src/bus/bus.ts";
import { sumOf } from "../../src/cli/top/look.ts";
import { shardOf } from "../../src/domain/shard.ts";
import { ask } from "../../test/support/cluster/ask.ts";
import { NodeProcess } from "../../test/support/cluster/node-process.ts";
import { eventually } from "../../test/support/eventually.ts";
import { Random } from "../../test/support/random.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies, median } from "../runner.ts";

export const onDemand = true;

interface Layout {
  readonly label: string;
  readonly nodes: number;
  readonly shards: number;
}
const ONE: Layout = { label: "1 shard on 1 node", nodes: 1, shards: 1 };
const MANY: readonly Layout[] = [
  { label: "2 shards on 2 nodes", nodes: 2, shards: 2 },
  { label: "4 shards on 2 nodes", nodes: 2, shards: 4 },
];
const ROUNDS = 3;
const SYMBOLS = 1_024;
const TICKS_PER_ENTRY = 100;
const ENTRIES = 8_000;
/** Of all shards together; before what counts, for the compilers. */
const WARM_UP_ENTRIES = 2_000;
const ENTRIES_AT_ONCE = 100;
/** Different entries of a shard, sent again and again. */
const VARIETY = 40;
const LEASE_MS = 4_000;
const WAIT_MS = 120_000;
/** Of /proc: clock ticks a second, the same on all Linux. */
const HERTZ = 100;

interface Cost {
  /** Processor nanoseconds of all processes for a tick. */
  readonly ns: number;
  readonly ticksPerSecond: number;
}

export async function run(): Promise<readonly Result[]> {
  const server = await RedisServer.create();
  const redis = new Redis(server.port, "127.0.0.1");
  try {
    const costs = new Map<Layout, Cost[]>([ONE, ...MANY].map((layout) => [layout, []]));
    for (let round = 0; round < ROUNDS; round++) {
      const layouts = [...costs.keys()];
      for (const layout of round % 2 === 0 ? layouts : layouts.toReversed()) {
        costs.get(layout)?.push(await measure(server, redis, layout));
        await redis.flushall();
      }
    }
    const one = costs.get(ONE) ?? [];
    return MANY.map((layout) => resultOf(layout, costs.get(layout) ?? [], one));
  } finally {
    redis.disconnect();
    await server.remove();
  }
}

function resultOf(layout: Layout, many: readonly Cost[], one: readonly Cost[]): Result {
  const sides = [
    [layout, many],
    [ONE, one],
  ] as const;
  const rates = sides.map(([{ label }, costs]) => {
    const thousands = Math.round(median(costs.map(({ ticksPerSecond }) => ticksPerSecond)) / 1_000);
    return `${label}: ${thousands} thousand ticks/s by the clock`;
  });
  return {
    name: `streams of a cluster, ${layout.label}`,
    pairs: sides.map(([{ label }, costs]) =>
      figureOfLatencies(
        `processor time, ${label}`,
        costs.map(({ ns }) => ns),
      ),
    ),
    ratio: median(many.map(({ ns }, round) => (one[round]?.ns ?? Number.NaN) / ns)),
    note:
      `per tick, all processes of the nodes; ${rates.join(", ")}, on ${availableParallelism()} cores that Redis and the ` +
      `feed use as well; ${ENTRIES * TICKS_PER_ENTRY} ticks over ${SYMBOLS} symbols, ${TICKS_PER_ENTRY} in an entry, ` +
      `journal on; all taken in once`,
  };
}

async function measure(server: RedisServer, redis: Redis, layout: Layout): Promise<Cost> {
  const dir = mkdtempSync(join(tmpdir(), "streams-"));
  const nodes: NodeProcess[] = [];
  try {
    const ids = Array.from({ length: layout.nodes }, (_, index) => `node-${index}`);
    const started = await Promise.allSettled(
      ids.map(async (id) => nodes.push(await NodeProcess.start(id, envOf(server, dir, layout)))),
    );
    for (const one of started) if (one.status === "rejected") throw one.reason;
    await eventually(() => leasesOf(redis, layout), fair(layout), WAIT_MS);
    const feed = feedOf(layout);
    await feedAll(redis, feed, WARM_UP_ENTRIES);
    const leases = await leasesOf(redis, layout);
    const before = nodes.map(cpuNs);
    const begun = performance.now();
    await feedAll(redis, feed, ENTRIES);
    const seconds = (performance.now() - begun) / 1_000;
    const ns = nodes.reduce((sum, node, index) => sum + cpuNs(node) - (before[index] ?? 0), 0);
    if (String(await leasesOf(redis, layout)) !== String(leases)) throw new Error("a shard has moved meanwhile");
    await checkAllTaken(nodes[0]?.port ?? 0, layout);
    const ticks = ENTRIES * TICKS_PER_ENTRY;
    return { ns: ns / ticks, ticksPerSecond: ticks / seconds };
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
}

function envOf(server: RedisServer, dir: string, { shards }: Layout): Readonly<Record<string, string>> {
  return {
    REDIS_URL: server.url,
    CLUSTER_DIR: join(dir, "shared"),
    SHARDS: String(shards),
    LEASE_MS: String(LEASE_MS),
    MAX_SYMBOLS: String(SYMBOLS),
    STRATEGY_WORKERS: "1",
  };
}

/** Their tokens, in which owner and epoch stand. */
function leasesOf(redis: Redis, { shards }: Layout): Promise<readonly (string | null)[]> {
  return Promise.all(Array.from({ length: shards }, (_, shard) => redis.get(shardKeys(shard).lease)));
}

function fair({ nodes, shards }: Layout): (leases: readonly (string | null)[]) => boolean {
  return (leases) => {
    const owners = leases.map((token) => token?.split(":")[1]);
    return (
      new Set(owners).size === nodes &&
      owners.every((id) => owners.filter((one) => one === id).length === shards / nodes)
    );
  };
}

/** Entries of each shard, over its part of the symbols; prices go up and down. */
function feedOf({ shards }: Layout): readonly (readonly string[])[] {
  const random = new Random(7);
  const names = Array.from({ length: SYMBOLS }, (_, index) => `S${index}USD`);
  const prices = new Map(names.map((name) => [name, 100]));
  return Array.from({ length: shards }, (_, shard) => {
    const own = names.filter((name) => shardOf(name, shards) === shard);
    return Array.from({ length: VARIETY }, (__, entry) => {
      const ticks = Array.from({ length: TICKS_PER_ENTRY }, (___, tick) => {
        const symbol = own[(entry * TICKS_PER_ENTRY + tick) % own.length] ?? "";
        const price = (prices.get(symbol) ?? 100) * (1 + (random.next() - 0.5) * 2e-3);
        prices.set(symbol, price);
        return { symbol, price: Number(price.toFixed(4)), volume: 1, asset_type: "crypto" };
      });
      return JSON.stringify({ market_data: ticks });
    });
  });
}

/** Resolves when every entry is acknowledged. */
async function feedAll(redis: Redis, feed: readonly (readonly string[])[], entries: number): Promise<void> {
  const newest: string[] = [];
  for (let sent = 0; sent < entries;) {
    const pipeline = redis.pipeline();
    const shards: number[] = [];
    for (; shards.length < ENTRIES_AT_ONCE && sent < entries; sent++) {
      const shard = sent % feed.length;
      shards.push(shard);
      const entry = feed[shard]?.[Math.floor(sent / feed.length) % VARIETY] ?? "";
      pipeline.xadd(shardKeys(shard).input, "*", "data", entry);
    }
    const answers = (await pipeline.exec()) ?? [];
    answers.forEach(([error, id], index) => {
      if (error !== null) throw error;
      newest[shards[index] ?? 0] = String(id);
    });
  }
  await eventually(
    () => Promise.all(newest.map((_, shard) => redis.get(shardKeys(shard).position))),
    (positions) => positions.every((position, shard) => position === newest[shard]),
    WAIT_MS,
  );
}

async function checkAllTaken(port: number, { shards }: Layout): Promise<void> {
  const counts = Array.from({ length: shards }, async (_, shard) => {
    const { text } = await ask(port, `/shards/${shard}/metrics/prometheus`);
    return sumOf(text, "strategy_ticks_ingested_total");
  });
  const taken = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  const fed = (ENTRIES + WARM_UP_ENTRIES) * TICKS_PER_ENTRY;
  if (taken !== fed) throw new Error(`${fed} ticks were fed, ${taken} taken in`);
}

/** User and system time of a node's process and all below it, with all their threads. */
function cpuNs(node: NodeProcess): number {
  const ticks = node.tree().map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return (ticks.reduce((sum, one) => sum + one, 0) * 1e9) / HERTZ;
}
