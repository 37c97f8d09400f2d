// A shard's scripts and group commands take several keys at once, which a Redis Cluster allows within one slot only.
import { expect, it } from "vitest";
import { CLUSTER_KEY, NODES_KEY, shardGroup, shardKeys } from "../../../src/bus/bus.ts";
import { STREAM_GROUP } from "../../../src/bus/keys.ts";

it("all keys of a shard have its number as their hash tag, and no two keys or shards share a key", () => {
  const seen = new Set<string>([NODES_KEY, CLUSTER_KEY]);
  for (const shard of [0, 1, 10, 1_023]) {
    for (const key of Object.values<string>({ ...shardKeys(shard) })) {
      expect(/\{([^}]+)\}/.exec(key)?.[1]).toBe(String(shard)); // the first pair of braces is what Redis hashes
      expect(seen.has(key)).toBe(false);
      seen.add(key);
    }
  }
});

it("an epoch has a group of its own, apart from that of a lone engine", () => {
  expect(new Set([STREAM_GROUP, shardGroup(1), shardGroup(2), shardGroup(12)]).size).toBe(4);
});
