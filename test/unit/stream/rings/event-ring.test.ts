import { on } from "node:events";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { readings } from "../../../../src/stream/rings/readings.ts";
import { createPlane, type Plane } from "../../../../src/stream/rings/plane.ts";

/** Sleeps as the consumers do, flag first and then the wait, and tells how each wait ended; for ever. */
const SLEEPER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const words = new Int32Array(workerData.memory.buffer);
  for (;;) {
    Atomics.store(words, workerData.at, 1);
    parentPort.postMessage("sleeping");
    parentPort.postMessage(Atomics.wait(words, workerData.at, 1, 5000));
  }
`;
const ROUNDS_MAX = 1000;
const HEAD = layout.EVENT_HEAD >> 2;
const NEXT = layout.EVENT_NEXT >> 2;

interface Bench extends Plane {
  readonly words: Int32Array;
}

/** A ring whose counters stand at `counter`, with these consumers active and caught up. */
function open(consumers: readonly number[], counter = 0): Bench {
  const plane = createPlane({ maxSymbols: 16, maxInstances: 32, workers: 1 });
  const words = new Int32Array(plane.memory.buffer);
  words[HEAD] = counter;
  words[NEXT] = counter;
  words[layout.EVENT_LIMIT >> 2] = counter;
  const bench = { ...plane, words };
  for (const consumer of consumers) {
    words[word(consumer, layout.CONSUMER_ACTIVE)] = 1;
    consume(bench, consumer, counter);
  }
  plane.ring.startAt(0);
  return bench;
}

function word(consumer: number, field: number): number {
  return (layout.CONSUMERS + consumer * layout.LINE + field) >> 2;
}
function consume({ words }: Bench, consumer: number, upTo: number): void {
  Atomics.store(words, word(consumer, layout.CONSUMER_TAIL), upTo | 0);
}
function reserve({ ring }: Bench, count: number): number[] {
  return Array.from({ length: count }, () => ring.reserve());
}

it("tells of each consumer that is waited for how far it is behind, over the wrap of the counters as well", () => {
  const bench = open([0, layout.JOURNAL_CONSUMER], -2);
  reserve(bench, 5);
  consume(bench, layout.JOURNAL_CONSUMER, 3);
  const slots = { eventSlots: layout.EVENT_SLOTS, signalsWaiting: 0 };
  expect(readings(bench)).toEqual([
    { worker: 0, eventsBehind: 5, signalSlots: layout.SIGNAL_SLOTS, ...slots },
    { worker: null, eventsBehind: 0, signalSlots: 0, ...slots },
  ]);
});

describe("event ring, room", () => {
  it("refuses the event after the last slot and leaves the counters as they were", () => {
    const bench = open([0]);
    expect(reserve(bench, layout.EVENT_SLOTS)).not.toContain(-1);
    expect(bench.ring.reserve()).toBe(-1);
    expect(bench.ring.nextSequence).toBe(layout.EVENT_SLOTS);
    expect(bench.words[NEXT]).toBe(layout.EVENT_SLOTS);
  });

  it("gives every slot of one round its own 64 bytes inside the region", () => {
    const bench = open([0]);
    const base = bench.plan.bases[layout.PLAN_EVENTS] ?? 0;
    const slots = reserve(bench, layout.EVENT_SLOTS);
    expect(new Set(slots).size).toBe(layout.EVENT_SLOTS);
    expect(slots[0]).toBe(base);
    expect(slots.at(-1)).toBe(base + (layout.EVENT_SLOTS - 1) * layout.EVENT_BYTES);
  });

  it("has room again as far as the slowest active consumer has come, and no further", () => {
    const bench = open([0, 3, layout.JOURNAL_CONSUMER]);
    reserve(bench, layout.EVENT_SLOTS);
    consume(bench, 0, 500);
    consume(bench, 3, 200);
    expect(bench.ring.reserve()).toBe(-1);
    consume(bench, layout.JOURNAL_CONSUMER, 7);
    expect(reserve(bench, 7)).not.toContain(-1);
    expect(bench.ring.reserve()).toBe(-1);
    consume(bench, layout.JOURNAL_CONSUMER, 500);
    expect(bench.ring.free()).toBe(193);
  });

  it("does not wait for a consumer that is not active", () => {
    const bench = open([0]);
    reserve(bench, layout.EVENT_SLOTS);
    consume(bench, 0, 10);
    expect(bench.words[word(1, layout.CONSUMER_TAIL)]).toBe(0);
    expect(bench.ring.free()).toBe(10);
  });

  it("appends as many whole records as there is room for and says how many", () => {
    const bench = open([0]);
    reserve(bench, layout.EVENT_SLOTS - 3);
    const records = new Uint8Array(5 * layout.EVENT_BYTES).map((_, at) => 1 + Math.floor(at / layout.EVENT_BYTES));
    expect(bench.ring.append(records)).toBe(3);
    const base = bench.plan.bases[layout.PLAN_EVENTS] ?? 0;
    const lastSlot = base + (layout.EVENT_SLOTS - 1) * layout.EVENT_BYTES;
    expect([...bench.ring.bytes.subarray(lastSlot, lastSlot + layout.EVENT_BYTES)]).toEqual(Array(64).fill(3));
    consume(bench, 0, layout.EVENT_SLOTS);
    expect(bench.ring.append(records.subarray(3 * layout.EVENT_BYTES))).toBe(2);
    expect(bench.ring.bytes[base]).toBe(4);
  });
});

describe("event ring, counters that wrap at 2^32", () => {
  for (const [name, counter] of [
    ["the sign bit", 0x7fff_fff0],
    ["zero", -16],
  ] as const) {
    it(`fills, refuses and empties across ${name} as anywhere else`, () => {
      const bench = open([0, 1], counter);
      const slots = reserve(bench, layout.EVENT_SLOTS);
      expect(slots).not.toContain(-1);
      expect(new Set(slots).size).toBe(layout.EVENT_SLOTS);
      expect(bench.ring.reserve()).toBe(-1);
      consume(bench, 0, counter + layout.EVENT_SLOTS);
      consume(bench, 1, counter + 20);
      expect(bench.ring.free()).toBe(20);
      expect(reserve(bench, 20)).not.toContain(-1);
      expect(bench.ring.reserve()).toBe(-1);
    });

    it(`counts sequences on across ${name}`, () => {
      const bench = open([0], counter);
      bench.ring.startAt(1_000_000_000_000);
      reserve(bench, 12);
      expect(bench.ring.nextSequence).toBe(1_000_000_000_012);
      reserve(bench, 30);
      expect(bench.ring.nextSequence).toBe(1_000_000_000_042);
    });

    it(`takes back across ${name}`, () => {
      const bench = open([0], counter);
      reserve(bench, 10);
      bench.ring.publish();
      reserve(bench, 10);
      expect(bench.ring.nextSequence).toBe(20);
      bench.ring.abandon();
      expect(bench.ring.nextSequence).toBe(10);
    });
  }
});

describe("event ring, publication", () => {
  it("shows consumers nothing before publish, and then everything at once", () => {
    const bench = open([0]);
    reserve(bench, 3);
    expect(bench.words[HEAD]).toBe(0);
    bench.ring.publish();
    expect(bench.words[HEAD]).toBe(3);
  });

  it("rewinds to the mark and keeps what was reserved before it", () => {
    const bench = open([0]);
    reserve(bench, 4);
    const mark = bench.ring.mark();
    const [first] = reserve(bench, 5);
    bench.ring.rewind(mark);
    expect(bench.ring.nextSequence).toBe(4);
    expect(bench.ring.reserve()).toBe(first);
  });

  it("abandons what was reserved since the last publish, and nothing that was published", () => {
    const bench = open([0]);
    reserve(bench, 4);
    bench.ring.publish();
    reserve(bench, 5);
    bench.ring.abandon();
    bench.ring.publish();
    expect(bench.words[HEAD]).toBe(4);
    expect(bench.ring.nextSequence).toBe(4);
  });

  it("clears the flag of who sleeps, and writes no line of who runs", () => {
    const bench = open([0, 1, 2]);
    const sleeping = word(1, layout.CONSUMER_SLEEPING);
    bench.words[sleeping] = 1;
    const running = [0, 2, layout.JOURNAL_CONSUMER].map((consumer) => word(consumer, layout.CONSUMER_SLEEPING));
    for (const at of running) bench.words[at] = 7; // a value that only a write would change
    reserve(bench, 1);
    bench.ring.publish();
    expect(bench.words[sleeping]).toBe(0);
    expect(running.map((at) => bench.words[at])).toEqual([7, 7, 7]);
  });

  it("wakes a consumer that waits", async () => {
    const bench = open([0]);
    const workerData = { memory: bench.memory, at: word(0, layout.CONSUMER_SLEEPING) };
    const sleeper = new Worker(SLEEPER, { eval: true, workerData });
    let woken: unknown = null;
    let rounds = 0;
    for await (const [message] of on(sleeper, "message") as AsyncIterable<[string]>) {
      if (message === "sleeping") {
        await turnOfTheLoop();
        reserve(bench, 1);
        bench.ring.publish();
        continue;
      }
      woken = message;
      // The flag may be cleared before the wait has begun; then there was nobody to wake, and it sleeps again.
      if (message !== "not-equal" || ++rounds === ROUNDS_MAX) break;
    }
    await sleeper.terminate();
    expect(woken).toBe("ok");
  });

  it("wakes nobody when nothing new was reserved", () => {
    const bench = open([0]);
    const sleeping = word(0, layout.CONSUMER_SLEEPING);
    bench.words[sleeping] = 1;
    bench.ring.publish();
    expect(bench.words[sleeping]).toBe(1);
  });
});

describe("event writer", () => {
  it("never lets the engine clock fall", () => {
    const { writer } = open([0]);
    expect(writer.stamp(2_000)).toBe(2_000);
    expect(writer.stamp(1_000)).toBe(2_000);
    expect(writer.clock).toBe(2_000);
  });

  it("writes nothing when the ring is full and says so", () => {
    const bench = open([0]);
    reserve(bench, layout.EVENT_SLOTS);
    const before = bench.ring.bytes.slice(bench.plan.bases[layout.PLAN_EVENTS], bench.plan.bases[layout.PLAN_SIGNALS]);
    expect(bench.writer.write(layout.KIND_TRADE, 1, 0, 0, 5, [1, 2, 3, 4, 5])).toBe(false);
    expect(bench.writer.writeName(layout.TABLE_SYMBOL, 1, layout.ASSET_CRYPTO, 0, "BTCUSD")).toBe(false);
    const after = bench.ring.bytes.slice(bench.plan.bases[layout.PLAN_EVENTS], bench.plan.bases[layout.PLAN_SIGNALS]);
    expect(Buffer.compare(after, before)).toBe(0);
  });

  it("leaves nothing of the slot's former record behind", () => {
    const bench = open([0]);
    bench.ring.bytes.fill(0xff, bench.plan.bases[layout.PLAN_EVENTS], bench.plan.bases[layout.PLAN_SIGNALS]);
    bench.writer.stamp(9);
    bench.writer.write(layout.KIND_CLOCK, 0, 0, layout.TIER_FAST, 9, []);
    const view = new DataView(bench.memory.buffer, bench.plan.bases[layout.PLAN_EVENTS], layout.EVENT_BYTES);
    const payload = [0, 1, 2, 3, 4].map((index) => view.getFloat64(layout.EVENT_PAYLOAD + index * 8, true));
    expect(payload).toEqual([0, 0, 0, 0, 0]);
    expect(view.getFloat64(layout.EVENT_CLOCK, true)).toBe(9);
  });
});
