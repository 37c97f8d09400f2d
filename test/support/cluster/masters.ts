// A Redis Cluster loses a master that has shards: killed, or standing still with all its sockets open. What is measured:
// when its replica has its slots, when each of its shards acknowledges ticks again that were fed after the fault, and how
// long the shards of other masters acknowledged nothing. `timeline` is what all nodes said meanwhile, by the clock of the
// fault.
import { shardKeys } from "../../../src/bus/bus.ts";
import type { AnyRedis } from "./feed.ts";
import type { NodeProcess } from "./node-process.ts";
import type { ProofRedis } from "./proof-redis.ts";
import { watchProgress } from "./standstill.ts";

export type MasterFault = "master" | "stall";

/** What came of a Redis Cluster that lost a master. */
export interface MasterLost {
  /** Until its shards were served again. */
  readonly ms: number;
  readonly shards: number;
  /** Of them: given to another owner, or started anew. */
  readonly moved: number;
  /** Until its replica had its slots. */
  readonly tookOverMs: number;
  /** Shards on other masters. */
  readonly others: {
    readonly count: number;
    /** As above. */
    readonly moved: number;
    /** The longest time in which one of them acknowledged nothing. */
    readonly stillMs: number;
  };
  readonly timeline: readonly string[];
}

export interface MasterScene {
  readonly redis: AnyRedis;
  readonly server: ProofRedis;
  readonly nodes: readonly NodeProcess[];
  readonly shards: readonly number[];
  /** Resolves when ticks of these shards that are fed from now on are acknowledged. */
  served(shards: readonly number[]): Promise<void>;
}

export async function loseMaster(scene: MasterScene, shard: number, fault: MasterFault): Promise<MasterLost> {
  const { redis, server, shards } = scene;
  const key = (one: number): string => shardKeys(one).lease;
  const [, ...beside] = await server.besideFirst([key(shard), ...shards.map(key)]);
  const its = shards.filter((one) => beside[one]);
  const others = shards.filter((one) => !beside[one]);
  const tokens = (some: readonly number[]): Promise<readonly (string | null)[]> =>
    Promise.all(some.map((one) => redis.get(key(one))));
  const [itsBefore, othersBefore] = [await tokens(its), await tokens(others)];
  const said = new Map(scene.nodes.map((node) => [node, node.lines.length]));
  const begunAt = Date.now();
  const begun = performance.now();
  const since = (): number => Math.round(performance.now() - begun);
  const { tookOver } = await server.loseMasterOf(key(shard), fault === "stall");
  const watch = watchProgress(redis, others);
  const told: [number, string][] = [];
  const over = tookOver.then(() => {
    told.push([since(), "the replica has the slots of the lost master"]);
    return since();
  });
  let ms = 0;
  try {
    const each = its.map(async (one) => {
      await scene.served([one]);
      told.push([since(), `shard ${one} is served again`]);
    });
    await Promise.all(each);
    ms = since();
    await scene.served(others);
  } finally {
    await watch.end();
  }
  const moved = async (some: readonly number[], before: readonly (string | null)[]): Promise<number> =>
    (await tokens(some)).filter((token, index) => token !== before[index]).length;
  for (const [node, from] of said) {
    for (const line of node.lines.slice(from)) {
      const { time, level: _, msg, ...more } = line as Record<string, unknown>;
      told.push([Date.parse(String(time)) - begunAt, `${node.id}: ${String(msg)} ${JSON.stringify(more)}`]);
    }
  }
  return {
    ms,
    shards: its.length,
    moved: await moved(its, itsBefore),
    tookOverMs: await over,
    others: { count: others.length, moved: await moved(others, othersBefore), stillMs: watch.stillMs },
    timeline: told
      .toSorted(([one], [other]) => one - other)
      .map(([at, what]) => `${String(at).padStart(6)} ms  ${what}`),
  };
}
