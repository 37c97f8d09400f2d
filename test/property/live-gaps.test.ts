// Whatever a client reads and when, it can tell exactly what it has: every event that matches its filter arrives once and
// in order, or lies in the range of one gap notice, and the chain of `prev` has no other hole.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Live } from "../../src/server/live/live.ts";
import { connectReader, StubbornReader } from "../support/server/stubborn-reader.ts";
import { HandTime } from "../support/server/time.ts";
import { approvedBuys } from "../support/signals.ts";
import type { Message } from "../support/server/client.ts";

const BUFFER_BYTES = 4_096;
const SYMBOLS = ["AAA", "BBB", "CCC"];

type Step = { readonly publish: number } | { readonly take: number } | { readonly replayFrom: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ publish: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 4, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ replayFrom: fc.nat(50) }) },
  ),
  { maxLength: 80 },
);

it("every matching event arrives once, in order, or is in a gap that says so", () => {
  fc.assert(
    fc.property(steps, fc.subarray(SYMBOLS), fc.nat(40), fc.boolean(), (plan, symbols, before, resumed) => {
      const time = new HandTime();
      const live = new Live({ bufferBytes: BUFFER_BYTES, slowMs: 10_000, maxConnections: 10, time });
      live.onApproved(approvedBuys(1, before, SYMBOLS));
      const reader = new StubbornReader();
      const connection = connectReader(live, reader);
      const ask = (message: unknown) => connection.onMessage(Buffer.from(JSON.stringify(message)), false);
      ask({
        op: "subscribe",
        id: 1,
        channel: "signals",
        filter: { symbols },
        ...(resumed ? { from_seq: 0, epoch: live.epoch } : {}),
      });
      let published = before;
      for (const step of plan) {
        time.pass(20);
        if ("publish" in step) {
          live.onApproved(approvedBuys(published + 1, step.publish, SYMBOLS));
          published += step.publish;
        } else if ("take" in step) {
          reader.take(step.take);
          connection.onDrain();
        } else if (reader.getBufferedAmount() < BUFFER_BYTES / 2) {
          ask({ op: "replay", id: 2, sub: reader.read[1]?.["sub"] ?? "signals", from_seq: step.replayFrom });
        }
      }
      while (reader.getBufferedAmount() > 0) {
        reader.take(5);
        connection.onDrain();
      }
      expect(reader.closedWith).toBeNull();
      expect(reader.mostBuffered).toBeLessThanOrEqual(BUFFER_BYTES);
      checkStory(reader.read, matching(symbols, published), resumed ? 0 : null, live.stats().dropped);
      live.shutdown();
    }),
    { numRuns: 300 },
  );
});

/** Numbers of the published events that match. */
function matching(symbols: readonly string[], published: number): ReadonlySet<number> {
  const numbers = Array.from({ length: published }, (_, index) => index + 1);
  return new Set(
    numbers.filter((seq) => symbols.length === 0 || symbols.includes(SYMBOLS[seq % SYMBOLS.length] ?? "")),
  );
}

function checkStory(
  read: readonly Message[],
  matches: ReadonlySet<number>,
  from: number | null,
  dropped: number,
): void {
  const ack = read.find(({ type }) => type === "subscribed");
  const start = Number(ack?.["seq"]);
  let last = from ?? start;
  let lost = 0;
  let live = false;
  const seen: number[] = [];
  let asked: { left: number; prev: number } | null = null;
  for (const message of read) {
    const seq = Number(message["seq"]);
    if (message["type"] === "replayed") asked = { left: Number(message["count"]), prev: -1 };
    if (message["type"] === "gap") {
      const [first, to] = [Number(message["from_seq"]), Number(message["to_seq"])];
      const range = [...matches].filter((number) => number >= first && number <= to);
      expect(range).toHaveLength(Number(message["dropped"]));
      expect(first).toBeGreaterThan(last);
      lost += range.length;
      seen.push(...range);
      last = to;
    }
    if (message["type"] !== "update") continue;
    if (message["replay"] === true && asked !== null && asked.left > 0) {
      asked.left -= 1;
      continue; // a repetition: it must not disturb the story
    }
    if (message["replay"] !== true && !live) {
      live = true;
      last = Math.max(last, start);
    }
    expect(message["prev"]).toBe(last);
    expect(matches.has(seq)).toBe(true);
    seen.push(seq);
    last = seq;
  }
  expect(seen).toEqual([...matches].filter((number) => number > (from ?? start)));
  expect(lost).toBe(dropped);
}
