// Producers in other languages compute the same shard, so the numbers here are those of the published algorithm.
import { describe, expect, it } from "vitest";
import { NO_GROUPS, shardGroups, shardOf, SHARDS_MAX } from "../../../src/client/client.ts";

describe("the shard of a symbol", () => {
  it("is FNV-1a over its UTF-8 bytes, modulo the number of shards", () => {
    // Computed apart, with Python: h = 0x811c9dc5; for b in s.encode(): h = ((h ^ b) * 0x01000193) & 0xffffffff
    for (const shards of [1, 2, 7, 16, 1_000, SHARDS_MAX]) {
      expect(shardOf("", shards)).toBe(0x811c9dc5 % shards);
      expect(shardOf("A", shards)).toBe(0xc40bf6cc % shards);
      expect(shardOf("FOOBAR", shards)).toBe(0x9de507a8 % shards);
    }
    expect(shardOf("BTCUSD", 1_009)).toBe(484);
    expect(shardOf("ZüRICH€", 1_009)).toBe(615);
  });

  it("is the same in small letters, as the symbol is to the engine", () => {
    expect(shardOf("btcUsd", 1_009)).toBe(shardOf("BTCUSD", 1_009));
    const groups = shardGroups(["eth+BTCusd"]);
    expect(groups.ok && shardOf("BtcUsd", 1_009, groups.value)).toBe(shardOf("ETH", 1_009));
  });

  it("is refused for a number of shards that no cluster has", () => {
    for (const shards of [0, -1, 1.5, SHARDS_MAX + 1, Number.NaN]) {
      expect(() => shardOf("A", shards), String(shards)).toThrow(`a cluster has 1 to ${SHARDS_MAX} shards`);
    }
  });
});

describe("groups of symbols", () => {
  it("take the shard of their first symbol, and leave others alone", () => {
    const groups = shardGroups(["ETHUSD+BTCUSD+ETHBTC", "AAA + BBB"]);
    if (!groups.ok) throw new Error(groups.failure);
    for (const symbol of ["ETHUSD", "BTCUSD", "ETHBTC"])
      expect(shardOf(symbol, 1_009, groups.value)).toBe(shardOf("ETHUSD", 1_009));
    expect(shardOf("BBB", 1_009, groups.value)).toBe(shardOf("AAA", 1_009));
    expect(shardOf("SOLUSD", 1_009, groups.value)).toBe(shardOf("SOLUSD", 1_009));
    expect(shardGroups([])).toEqual({ ok: true, value: NO_GROUPS });
  });

  it("that are none, or that share a symbol, are refused with what to write", () => {
    const wide = Array.from({ length: 257 }, (_, index) => `S${index}`).join("+");
    for (const text of ["A", "", "A+", "A++B", wide]) expect(failureOf([text])).toContain("write 2 to 256 as A+B+C");
    expect(failureOf(["A+B", "C+A"])).toBe("A stands twice in groups of symbols; name it in one of them, once");
    expect(failureOf(["A+A"])).toContain("A stands twice");
  });
});

function failureOf(lists: readonly string[]): string {
  const groups = shardGroups(lists);
  return groups.ok ? "" : groups.failure;
}
