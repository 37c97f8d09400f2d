// Which shard of a cluster a symbol belongs to. Producers write a symbol's ticks into the stream of its shard, so they and
// every node must compute the same: FNV-1a of 32 bits (Fowler, Noll, Vo) over the UTF-8 bytes of the symbol in capitals,
// as the engine knows it (a to z become A to Z), modulo the number of shards. Strategies see the symbols of their own shard only: symbols that are traded together (pairs,
// triangles, leaders and followers) are named as a group, A+B+C, whose members all take the shard of the first.
import { failed, ok, type Result } from "./result.ts";

export const SHARDS_MAX = 1_024;
/** Most symbols of a group, as many as fit a strategy with room to spare. */
const GROUP_SYMBOLS_MAX = 256;

/** Symbol -> the symbol whose shard it takes, both in capitals. */
export type ShardGroups = ReadonlyMap<string, string>;

export const NO_GROUPS: ShardGroups = new Map();

const BASIS = 0x811c_9dc5;
const PRIME = 0x0100_0193;
const utf8 = new TextEncoder();

/** 0 .. shards - 1, the same on every machine and in every version. */
export function shardOf(symbol: string, shards: number, groups: ShardGroups = NO_GROUPS): number {
  if (!Number.isInteger(shards) || shards < 1 || shards > SHARDS_MAX) {
    throw new RangeError(`a cluster has 1 to ${SHARDS_MAX} shards, not ${shards}`);
  }
  const known = capitals(symbol);
  return fnv1a(utf8.encode(groups.get(known) ?? known)) % shards;
}

function capitals(symbol: string): string {
  return symbol.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** From `A+B+C` each. A symbol stands in one group at most: it cannot take two shards. */
export function shardGroups(lists: readonly string[]): Result<ShardGroups, string> {
  const groups = new Map<string, string>();
  for (const text of lists) {
    const symbols = text.split("+").map((symbol) => capitals(symbol.trim()));
    const [first = ""] = symbols;
    if (symbols.length < 2 || symbols.length > GROUP_SYMBOLS_MAX || symbols.includes("")) {
      return failed(`${JSON.stringify(text)} is no group of symbols; write 2 to ${GROUP_SYMBOLS_MAX} as A+B+C`);
    }
    for (const symbol of symbols) {
      if (groups.has(symbol))
        return failed(`${symbol} stands twice in groups of symbols; name it in one of them, once`);
      groups.set(symbol, first);
    }
  }
  return ok(groups);
}

function fnv1a(bytes: Uint8Array): number {
  let hash = BASIS;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
