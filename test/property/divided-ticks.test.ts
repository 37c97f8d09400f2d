// Messages of ticks, divided by shards as the gateway of a node does it, against the real decoder: what one engine takes
// and refuses of a message is what the engines of the shards take and refuse of its parts, for good and bad messages in
// JSON and msgpack alike, and each tick is where its symbol belongs.
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { shardOf, NO_GROUPS } from "../../src/domain/shard.ts";
import { divide, type Part } from "../../src/server/gateway/ticks/dividing.ts";
import type { Batch } from "../../src/stream/ingest/batch.ts";
import { Door } from "../support/ingest-door.ts";
import { Random } from "../support/random.ts";
import { fitsJson, randomMessage, wildJson, wildMsgpack } from "../support/wire-messages.ts";

const MESSAGES = 3_000;
const ERRORS_MAX = 20;
const MAX_SYMBOLS = 2_048;

function doors(count: number): readonly Door[] {
  return Array.from({ length: count }, () => new Door({ build: "release", maxSymbols: MAX_SYMBOLS }));
}

function accept(door: Door, bytes: Uint8Array): Batch {
  const batch = door.ingest.accept(bytes, "http");
  door.ingest.publish();
  return batch;
}

/** Refusals of a part, as the sender of the whole message knows their places. */
function refusals({ errors }: Batch, { places }: Part): readonly string[] {
  return errors.map(({ index, reason, field }) => `${places[index]} ${reason} ${field.split(".")[1] ?? ""}`);
}

interface Case {
  readonly seed: number;
  readonly shards: number;
  readonly bytes: Buffer;
}

function* messages(): Generator<Case> {
  const packr = new Packr({ useRecords: true });
  for (let seed = 1; seed <= MESSAGES; seed++) {
    const random = new Random(seed);
    const { value } = randomMessage(random);
    const way = random.next();
    const text = fitsJson(value) ? wildJson(value, random) : JSON.stringify(value);
    const bytes = way < 0.5 ? Buffer.from(text) : way < 0.9 ? wildMsgpack(value, random) : packr.pack(value);
    const cut = random.next() < 0.05 ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
    yield { seed, shards: 1 + random.integer(4), bytes: Buffer.from(cut) };
  }
}

describe("a message that is divided", () => {
  it("is taken and refused as one engine takes and refuses it, and leaves as many records of each symbol", () => {
    const whole = new Door({ build: "release", maxSymbols: MAX_SYMBOLS });
    const shards = doors(4);
    let [taken, refused, spread] = [0, 0, 0];
    for (const { seed, shards: count, bytes } of messages()) {
      const told = accept(whole, bytes);
      const divided = divide(bytes, count, NO_GROUPS);
      const refusedWhole = divided.ok ? null : divided.failure.code;
      // A key __proto__ anywhere refuses the message; in a bare list an engine refuses that tick alone.
      if (bytes.includes("__proto__")) continue;
      expect([seed, refusedWhole]).toEqual([seed, told.failure?.code ?? null]);
      if (!divided.ok) {
        refused++;
        continue;
      }
      const { parts } = divided.value;
      expect(divided.value.ticks).toBe(told.accepted + told.rejected);
      if (parts.length > 1) spread++;
      const batches = parts.map((part) => {
        const mark = seed % 2 === 0 ? null : `mark ${seed}`;
        return [part, accept(shards[part.shard] ?? whole, part.body(mark))] as const;
      });
      for (const [part, batch] of batches) {
        expect([seed, batch.failure]).toEqual([seed, undefined]);
        expect(batch.accepted + batch.rejected).toBe(part.places.length);
      }
      const all = new Set(batches.flatMap(([part, batch]) => refusals(batch, part)));
      const known = told.errors.map(({ index, reason, field }) => `${index} ${reason} ${field.split(".")[1] ?? ""}`);
      if (told.rejected <= ERRORS_MAX) expect([seed, [...all].toSorted()]).toEqual([seed, known.toSorted()]);
      taken += told.accepted;
    }
    expect(Math.min(taken, refused, spread)).toBeGreaterThan(100);
    for (const [shard, door] of shards.entries()) expect([shard, door.ingest.symbols.count]).not.toEqual([shard, 0]);
  });

  it("brings each tick to the shard of its symbol, with the bytes that came, in the order of the sender", () => {
    for (const { bytes } of messages()) {
      const divided = divide(bytes, 3, NO_GROUPS);
      if (!divided.ok) continue;
      const again = divide(bytes, 3, NO_GROUPS);
      expect(again.ok && again.value.parts.map((part) => part.body("m"))).toEqual(
        divided.value.parts.map((part) => part.body("m")),
      );
      for (const { shard, places, body } of divided.value.parts) {
        expect([...places].toSorted((one, other) => one - other)).toEqual(places);
        // What is divided once more stays together: every tick of a part is its shard's, or everybody's, or bad.
        const once = divide(Buffer.from(body(null)), 3, NO_GROUPS);
        expect(once.ok).toBe(true);
        const own = once.ok ? once.value.parts.find((part) => part.shard === shard) : undefined;
        const good = once.ok ? once.value.parts.flatMap((part) => (part.shard === shard ? [] : part.places)) : [];
        expect(own === undefined || good.every((place) => own.places.includes(place))).toBe(true);
      }
    }
  });

  it("knows a symbol in any case, and members of a group by the first of it", () => {
    const groups = new Map([
      ["AAA", "AAA"],
      ["BBB", "AAA"],
    ]);
    const ticks = ["aaa", "BBB", "bbb", "AAA"].map((symbol) => ({ symbol, price: 1 }));
    const divided = divide(Buffer.from(JSON.stringify(ticks)), 64, groups);
    expect(divided.ok && divided.value.parts.map(({ shard, places }) => [shard, places])).toEqual([
      [shardOf("AAA", 64), [0, 1, 2, 3]],
    ]);
  });
});
