// No input, however odd, makes the socket or a JSON body throw: clients get an error, never a crash.
import * as fc from "fast-check";
import { pack } from "msgpackr";
import { expect, it } from "vitest";
import { parseJsonObject } from "../../src/server/json-body.ts";
import { Live } from "../../src/server/live/live.ts";
import { connectReader, StubbornReader } from "../support/server/stubborn-reader.ts";
import { HandTime } from "../support/server/time.ts";
import { approvedBuys } from "../support/signals.ts";

const TYPES = [
  "subscribed",
  "unsubscribed",
  "snapshot",
  "update",
  "replayed",
  "subscriptions",
  "pong",
  "authenticated",
  "error",
];

const field = fc.oneof(
  fc.constantFrom("signals", "heartbeat", "trades", "subscribe", "e_1", ""),
  fc.integer(),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
);
const almostRequest = fc.record(
  {
    op: fc.constantFrom("subscribe", "unsubscribe", "replay", "list", "ping", "auth", "x"),
    id: field,
    channel: fc.oneof({ weight: 3, arbitrary: fc.constantFrom("signals", "heartbeat") }, field),
    filter: fc.oneof(
      field,
      fc.record({ symbols: fc.array(fc.string()), tiers: field, min_confidence: field }, { requiredKeys: [] }),
    ),
    snapshot: fc.oneof(fc.boolean(), field),
    from_seq: fc.oneof(fc.nat(30), field),
    to_seq: fc.oneof(fc.nat(30), field),
    epoch: field,
    sub: field,
    api_key: field,
  },
  { requiredKeys: ["op"] },
);

it("every message to the socket gets an answer of a known type", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(almostRequest, fc.jsonValue())), fc.boolean(), (messages, binary) => {
      const time = new HandTime();
      const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10, time });
      live.onApproved(approvedBuys(1, 20));
      const reader = new StubbornReader();
      const connection = connectReader(live, reader);
      reader.take(1_000);
      for (const message of messages) {
        time.pass(20);
        const answered = reader.read.length;
        connection.onMessage(binary ? pack(message) : Buffer.from(JSON.stringify(message)), binary);
        reader.take(1_000);
        expect(reader.read.length).toBeGreaterThan(answered);
        expect(TYPES).toContain(reader.read[answered]?.["type"]);
      }
      expect(reader.closedWith).toBeNull();
      live.shutdown();
    }),
  );
});

it("bytes that are no message get bad_json", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, binary) => {
      const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10, time: new HandTime() });
      const reader = new StubbornReader();
      connectReader(live, reader).onMessage(bytes, binary);
      reader.take(10);
      expect(reader.read[1]).toMatchObject({ type: "error" });
      live.shutdown();
    }),
    { numRuns: 2_000 },
  );
});

it("every body is an object or a failure that a client caused", () => {
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.jsonValue({ maxDepth: 40 }).map((value) => Buffer.from(JSON.stringify(value))),
  );
  fc.assert(
    fc.property(bodies, (bytes) => {
      const parsed = parseJsonObject(bytes);
      if (!parsed.ok) expect(["json_decode_error", "validation_error"]).toContain(parsed.failure.code);
    }),
    { numRuns: 2_000 },
  );
});
