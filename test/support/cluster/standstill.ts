// Whether shards get on: how far each has acknowledged is looked at all the time, until somebody has seen enough.
import { shardKeys } from "../../../src/bus/bus.ts";
import type { AnyRedis } from "./feed.ts";

const LOOK_MS = 20;

interface Watch {
  /** Has to be called, whatever happened meanwhile. */
  end(): Promise<void>;
  /** So far, the longest time in which one of the shards acknowledged nothing. */
  readonly stillMs: number;
}

export function watchProgress(redis: AnyRedis, shards: readonly number[]): Watch {
  const ended = new AbortController();
  let longest = 0;
  const follow = async (shard: number): Promise<void> => {
    let [last, at] = ["", performance.now()];
    while (!ended.signal.aborted) {
      const now = await redis.get(shardKeys(shard).position).catch(() => null);
      longest = Math.max(longest, performance.now() - at);
      if (now !== null && now !== last) [last, at] = [now, performance.now()];
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const followed = Promise.all(shards.map(follow));
  const end = async (): Promise<void> => {
    ended.abort();
    await followed;
  };
  return {
    end,
    get stillMs() {
      return Math.round(longest);
    },
  };
}
