import { describe, expect, it } from "vitest";
import { Live } from "../../../src/server/live/live.ts";
import { connectReader, StubbornReader } from "../../support/server/stubborn-reader.ts";
import { HandTime } from "../../support/server/time.ts";
import { approvedBuys } from "../../support/signals.ts";
import type { Connection } from "../../../src/server/live/connection.ts";

const BUFFER_BYTES = 4_096;

function connected(onFull: "drop" | "close" = "drop") {
  const time = new HandTime();
  const live = new Live({ bufferBytes: BUFFER_BYTES, slowMs: 10_000, maxConnections: 10, time });
  const reader = new StubbornReader();
  const connection = connectReader(live, reader, onFull);
  return { time, live, reader, connection };
}

function subscribe(connection: Connection, more: Readonly<Record<string, unknown>> = {}): void {
  connection.onMessage(Buffer.from(JSON.stringify({ op: "subscribe", id: 1, channel: "signals", ...more })), false);
}

function readAll(reader: StubbornReader, connection: Connection): void {
  while (reader.getBufferedAmount() > 0) {
    reader.take(3);
    connection.onDrain();
  }
}

describe("a replay that the ring overtakes", () => {
  it("goes on behind a gap", () => {
    const { live, reader, connection } = connected();
    live.onApproved(approvedBuys(1, 100));
    subscribe(connection, { from_seq: 0, epoch: live.epoch });
    live.onApproved(approvedBuys(101, 15_000));
    readAll(reader, connection);
    const gap = reader.read.find(({ type }) => type === "gap");
    const updates = reader.read.filter(({ type }) => type === "update");
    const before = Number(gap?.["from_seq"]) - 1;
    expect(gap).toMatchObject({ to_seq: 5_100, dropped: 5_100 - before });
    expect(before).toBeLessThan(20);
    expect(updates.map(({ seq }) => seq)).toEqual([
      ...Array.from({ length: before }, (_, index) => index + 1),
      ...Array.from({ length: 10_000 }, (_, index) => 5_101 + index),
    ]);
    expect(updates[before]).toMatchObject({ prev: 5_100 });
    expect(live.stats().dropped).toBe(5_100 - before);
    expect(reader.mostBuffered).toBeLessThanOrEqual(BUFFER_BYTES);
  });
});

describe("a block", () => {
  it("ends when the buffer is half empty, not at the first byte", () => {
    const { live, reader, connection } = connected();
    subscribe(connection);
    live.onApproved(approvedBuys(1, 50));
    const dropped = live.stats().dropped;
    expect(dropped).toBeGreaterThan(0);
    reader.take(1);
    connection.onDrain();
    live.onApproved(approvedBuys(51, 1));
    expect(live.stats().dropped).toBe(dropped + 1);
    while (reader.getBufferedAmount() > BUFFER_BYTES / 2) reader.take(1);
    connection.onDrain();
    live.onApproved(approvedBuys(52, 1));
    expect(live.stats().dropped).toBe(dropped + 1);
    readAll(reader, connection);
    expect(reader.read.slice(-2)).toMatchObject([
      { type: "gap", to_seq: 51, dropped: dropped + 1 },
      { type: "update", seq: 52, prev: 51 },
    ]);
  });

  it("ends at the next beat even when nobody reports a drain", () => {
    const { live, reader, connection, time } = connected();
    subscribe(connection);
    live.onApproved(approvedBuys(1, 50));
    reader.take(1_000);
    time.pass(1_000);
    reader.take(1_000);
    expect(reader.read.at(-1)).toMatchObject({ type: "gap", to_seq: 50 });
  });

  it("closes at once who asked for that, and sends nothing afterwards", () => {
    const { live, reader, connection } = connected("close");
    subscribe(connection);
    live.onApproved(approvedBuys(1, 50));
    expect(reader.closedWith).toBe(4008);
    const { read } = reader;
    reader.take(1_000);
    const count = read.length;
    live.onApproved(approvedBuys(51, 1));
    connection.onDrain();
    reader.take(1_000);
    expect(read).toHaveLength(count);
  });
});
