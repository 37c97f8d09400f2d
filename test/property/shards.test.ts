import { array, assert, integer, property, string, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";
import { shardGroups, shardOf, SHARDS_MAX } from "../../src/domain/shard.ts";

const symbol = string({ unit: "grapheme", minLength: 1, maxLength: 24 }).filter(
  (text) => !/[+,]/.test(text) && text.trim() === text,
);
const shards = integer({ min: 1, max: SHARDS_MAX });

describe("shards", () => {
  it("every symbol has one, within the cluster, and the same one again", () => {
    assert(
      property(symbol, shards, (name, count) => {
        const shard = shardOf(name, count);
        expect(Number.isInteger(shard) && shard >= 0 && shard < count).toBe(true);
        expect(shardOf(Buffer.from(name).toString(), count)).toBe(shard);
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it("a group shares the shard of its first symbol, whatever else is grouped", () => {
    const names = uniqueArray(symbol, { minLength: 4, maxLength: 24, selector: (name) => name.toUpperCase() });
    assert(
      property(names, shards, integer({ min: 2, max: 8 }), (all, count, size) => {
        const parts: string[][] = [];
        for (let at = 0; at + 2 <= all.length; at += size) parts.push(all.slice(at, at + size));
        const whole = parts.filter((part) => part.length > 1);
        const groups = shardGroups(whole.map((part) => part.join("+")));
        if (!groups.ok) throw new Error(groups.failure);
        for (const part of whole) {
          for (const name of part) expect(shardOf(name, count, groups.value)).toBe(shardOf(part[0] ?? "", count));
        }
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it("symbols spread: no shard of 16 has more than twice its part of 4,096 names", () => {
    assert(
      property(array(integer({ min: 0, max: 35 }), { minLength: 3, maxLength: 3 }), (letters) => {
        const prefix = letters
          .map((letter) => letter.toString(36))
          .join("")
          .toUpperCase();
        const counts = Array.from({ length: 16 }, () => 0);
        for (let index = 0; index < 4_096; index++) counts[shardOf(`${prefix}${index}`, 16)]! += 1;
        expect(Math.max(...counts)).toBeLessThan(512);
      }),
      { seed: 13, numRuns: 40 },
    );
  });
});
