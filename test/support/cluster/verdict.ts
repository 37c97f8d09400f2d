// What must be true of a cluster in the end, looked at in what is left: journals, streams, what a listener heard.
import { join } from "node:path";
import { shardKeys } from "../../../src/bus/bus.ts";
import { isBehind } from "../../../src/bus/stream-id.ts";
import { epochsOf, shardFolder } from "../../../src/cluster/folders.ts";
import { replay } from "../../../src/stream/stream.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import * as layout from "../../../assembly/layout.ts";
import { ticksInJournal } from "../journal-ticks.ts";
import type { AnyRedis, Feed } from "./feed.ts";
import type { Listener, Stretch } from "./listener.ts";

export interface Verdict {
  /** Ticks that Redis confirmed. */
  readonly fed: number;
  /** Of them: in no journal, although the stream has them; in a journal more than once. */
  readonly lost: number;
  readonly doubled: number;
  /** Confirmed, and then gone with a master of Redis before its replica had them. */
  readonly lostByRedis: number;
  /** Signals that the journals give when they are computed again from their beginning. */
  readonly signals: number;
  /** Of them: not in a stream; there twice; in a stream although no journal gives them. */
  readonly signalsLost: number;
  readonly signalsDoubled: number;
  readonly signalsStrange: number;
  /** Of those in the streams: not heard on a WebSocket that had begun to hear them, or not in order. */
  readonly unheard: number;
  readonly outOfOrder: number;
  readonly epochs: readonly number[];
}

export interface Scene {
  readonly redis: AnyRedis;
  readonly clusterDir: string;
  readonly shards: number;
  readonly capacity: { readonly maxSymbols: number; readonly maxInstances: number };
  readonly feed: Feed;
  readonly listener: Pick<Listener, "stretchesOf" | "faults">;
  /** Entry id by shard of the newest signal that the listener owes. */
  readonly owedTo: readonly string[];
}

const ID_LENGTH = 13;

export async function judge(scene: Scene): Promise<Verdict> {
  const perShard: ShardVerdict[] = [];
  for (let shard = 0; shard < scene.shards; shard++) perShard.push(await judgeShard(scene, shard));
  const sum = (of: (one: ShardVerdict) => number): number => perShard.reduce((total, one) => total + of(one), 0);
  return {
    fed: scene.feed.confirmed.size,
    lost: sum((one) => one.lost),
    doubled: sum((one) => one.doubled),
    lostByRedis: sum((one) => one.lostByRedis),
    signals: sum((one) => one.signals),
    signalsLost: sum((one) => one.signalsLost),
    signalsDoubled: sum((one) => one.signalsDoubled),
    signalsStrange: sum((one) => one.signalsStrange),
    unheard: sum((one) => one.unheard),
    outOfOrder: scene.listener.faults.length,
    epochs: perShard.map(({ epoch }) => epoch),
  };
}

type ShardVerdict = Omit<Verdict, "fed" | "outOfOrder" | "epochs"> & { readonly epoch: number };

async function judgeShard(scene: Scene, shard: number): Promise<ShardVerdict> {
  const epoch = (await epochsOf(scene.clusterDir, shard)).at(-1) ?? 0;
  const dir = join(shardFolder(scene.clusterDir, shard), `epoch-${epoch}`);
  const ticks = ticksInJournal(dir);
  const inStream = await numbersInStream(scene.redis, shard);
  const fed = [...scene.feed.confirmed].filter(([, of]) => of === shard).map(([number]) => number);
  const missing = fed.filter((number) => !ticks.has(number));
  const lost = missing.filter((number) => inStream.has(number)).length;
  const doubled = [...ticks.values()].filter((times) => times > 1).length;
  const given = await signalsOf(dir, scene.capacity);
  const givenIds = new Set(given);
  const said = await signalsInStream(scene.redis, shard);
  const ids = said.map(([, id]) => id);
  const known = new Set(ids);
  return {
    epoch,
    lost,
    doubled,
    lostByRedis: missing.length - lost,
    signals: given.length,
    signalsLost: given.filter((id) => !known.has(id)).length,
    signalsDoubled: ids.length - known.size,
    signalsStrange: ids.filter((id) => !givenIds.has(id)).length,
    unheard: unheardOf(said, scene.listener.stretchesOf(shard), scene.owedTo[shard] ?? "0-0"),
  };
}

/** Each connection owes what was said from its first signal to its last one; the last connection, all up to `owedTo`. */
export function unheardOf(said: Stretch, stretches: readonly Stretch[], owedTo: string): number {
  if (stretches.length === 0) return said.length;
  let unheard = 0;
  for (const [turn, stretch] of stretches.entries()) {
    const first = stretch[0]?.[0] ?? "0-0";
    const last = turn === stretches.length - 1 ? owedTo : (stretch.at(-1)?.[0] ?? "0-0");
    const owed = said.filter(([entry]) => !isBehind(first, entry) && !isBehind(entry, last));
    const heard = new Set(stretch.map(([entry, id]) => `${entry} ${ownOf(id)}`));
    unheard += owed.filter(([entry, id]) => !heard.has(`${entry} ${ownOf(id)}`)).length;
  }
  return unheard;
}

/** What of a signal's id follows from its record; before it stands the mark of the shard. */
function ownOf(id: string): string {
  return id.slice(-ID_LENGTH);
}

/** Ids of what a journal gives when nothing interrupts it; exits are not published. */
async function signalsOf(dir: string, capacity: Scene["capacity"]): Promise<readonly string[]> {
  const ids: string[] = [];
  const onSignals = (signals: readonly SignalRecord[]): void => {
    for (const { action, hash } of signals) {
      if (action !== layout.ACTION_EXIT) ids.push(hash.toString(36).padStart(ID_LENGTH, "0"));
    }
  };
  const done = await replay({
    dir: join(dir, "journal"),
    capacity: { ...capacity, workers: 1 },
    fromStart: true,
    onSignals,
  });
  if (!done.ok) throw new Error(done.failure);
  if (done.value.mismatches.length > 0) throw new Error(`${dir}: the journal recorded other signals than it gives`);
  return ids;
}

async function signalsInStream(redis: AnyRedis, shard: number): Promise<readonly (readonly [string, string])[]> {
  const entries = await redis.xrange(shardKeys(shard).signals, "-", "+");
  return entries.map(([entry, fields]) => {
    const { id } = JSON.parse(fields[fields.indexOf("data") + 1] ?? "{}") as { readonly id: string };
    return [entry, ownOf(id)] as const;
  });
}

async function numbersInStream(redis: AnyRedis, shard: number): Promise<ReadonlySet<number>> {
  const entries = await redis.xrange(shardKeys(shard).input, "-", "+");
  const numbers = entries.flatMap(([, fields]) => {
    const { market_data: ticks } = JSON.parse(fields[fields.indexOf("data") + 1] ?? "{}") as {
      readonly market_data: readonly { readonly volume: number }[];
    };
    return ticks.map(({ volume }) => volume);
  });
  return new Set(numbers);
}

/** In words; empty: every promise was kept. */
export function faultsOf(verdict: Verdict): readonly string[] {
  const wrong: readonly (readonly [number, string])[] = [
    [verdict.lost, "ticks that the streams have are in no journal"],
    [verdict.doubled, "ticks are in a journal more than once"],
    [verdict.signalsLost, "signals that the journals give were never said"],
    [verdict.signalsDoubled, "signals were said twice"],
    [verdict.signalsStrange, "signals were said that no journal gives"],
    [verdict.unheard, "signals of the streams were not heard on the WebSocket"],
    [verdict.outOfOrder, "signals were heard out of order"],
  ];
  return wrong.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}
