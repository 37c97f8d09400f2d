// Many readers and slow readers of one channel.
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { approvedBuys } from "../../support/signals.ts";
import { Client } from "../../support/server/client.ts";
import { startServer } from "../../support/server/start.ts";
import { HandTime } from "../../support/server/time.ts";
import type { Running } from "../../support/server/start.ts";

const SUBSCRIBE = { op: "subscribe", id: 1, channel: "signals" };
const CYCLE = 500;

/** Publishes cycles until the condition holds; gives the loop a turn after each, so that sockets are written. */
async function publishUntil(live: Running["live"], from: number, done: () => boolean): Promise<number> {
  let next = from;
  while (!done()) {
    if (next > 200_000) throw new Error("the condition never held");
    live.onApproved(approvedBuys(next, CYCLE));
    next += CYCLE;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return next - 1;
}

it("gives each of 500 subscribers every event once and in order", async () => {
  const { ws, live } = startServer();
  const clients: Client[] = [];
  for (let index = 0; index < 500; index += 1) {
    const client = await Client.ready(index % 2 === 0 ? ws : `${ws}?encoding=msgpack`);
    await client.ask(SUBSCRIBE);
    clients.push(client);
  }
  for (let first = 1; first <= 200; first += 10) {
    live.onApproved(approvedBuys(first, 10));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const expected = Array.from({ length: 200 }, (_, index) => index + 1);
  for (const client of clients) {
    const updates = await client.take(200);
    expect(updates.map(({ seq }) => seq)).toEqual(expected);
    expect(updates.map(({ prev }) => prev)).toEqual(expected.map((seq) => seq - 1));
    expect(await client.settle()).toEqual([]);
  }
  expect(live.stats()).toEqual({ connections: 500, dropped: 0 });
});

describe("a client that does not read", () => {
  it("loses events, is told which, and can have them again; its neighbour loses none", async () => {
    // No time passes: how long its neighbour takes to read everything says nothing of how slow it is itself.
    const { ws, live } = startServer({ live: { bufferBytes: 65_536, time: new HandTime() } });
    const [slow, neighbour] = [await Client.ready(ws), await Client.ready(ws)];
    for (const client of [slow, neighbour]) await client.ask(SUBSCRIBE);
    slow.socket.pause();
    let read = 0;
    const reading = (async () => {
      for (;;) {
        const { seq, prev } = await neighbour.next();
        expect([seq, prev]).toEqual([read + 1, read]);
        read += 1;
      }
    })();
    const last = await publishUntil(live, 1, () => live.stats().dropped > 0);
    await neighbourHasRead(() => read, last);
    slow.socket.resume();
    const updates: unknown[] = [];
    let message = await slow.next();
    for (; message["type"] === "update"; message = await slow.next()) updates.push(message["seq"]);
    expect(updates).toEqual(updates.map((_, index) => index + 1));
    const from = updates.length + 1;
    expect(message).toEqual({
      type: "gap",
      sub: "signals",
      channel: "signals",
      from_seq: from,
      to_seq: last,
      dropped: last - updates.length,
      reason: "slow_consumer",
    });
    live.onApproved(approvedBuys(last + 1, 1));
    expect(await slow.next()).toMatchObject({ seq: last + 1, prev: last });
    const start = Math.max(from, last - 50);
    expect(await slow.ask({ op: "replay", id: 2, sub: "signals", from_seq: start, to_seq: last })).toMatchObject({
      count: last - start + 1,
      complete: true,
    });
    expect((await slow.take(last - start + 1)).at(-1)).toMatchObject({ seq: last, replay: true });
    expect(live.stats().dropped).toBe(last - updates.length);
    void reading;
  });

  it("is closed with 4008 at the first drop when it asked for that", async () => {
    const { ws, live } = startServer({ live: { bufferBytes: 65_536 } });
    const slow = await Client.ready(`${ws}?backpressure=close`);
    await slow.ask(SUBSCRIBE);
    slow.socket.pause();
    await publishUntil(live, 1, () => live.stats().connections === 0);
    slow.socket.resume();
    expect((await slow.closed).code).toBe(4008);
  });

  it("is closed with 4008 when it is still behind after WS_SLOW_MS", async () => {
    const time = new HandTime();
    const { ws, live } = startServer({ live: { bufferBytes: 65_536, time } });
    const slow = await Client.ready(ws);
    await slow.ask(SUBSCRIBE);
    slow.socket.pause();
    await publishUntil(live, 1, () => live.stats().dropped > 0);
    time.pass(9_750);
    expect(live.stats().connections).toBe(1);
    time.pass(250);
    expect(live.stats().connections).toBe(0);
    slow.socket.resume();
    expect((await slow.closed).code).toBe(4008);
  });

  it("is closed with 4008 when it goes on asking", async () => {
    const time = new HandTime();
    const { ws, live } = startServer({ live: { bufferBytes: 65_536, time } });
    live.onApproved(approvedBuys(1, 100));
    const slow = await Client.ready(ws);
    slow.socket.pause();
    for (let round = 0; live.stats().connections === 1; round += 1) {
      if (round > 20_000) throw new Error("the connection was never closed");
      slow.send({
        ...SUBSCRIBE,
        filter: { symbols: ["BTCUSD"], min_confidence: (1 + (round % 40)) / 100 },
        snapshot: true,
      });
      slow.send({ op: "unsubscribe", id: 2, channel: "signals" });
      time.pass(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    slow.socket.resume();
    expect((await slow.closed).code).toBe(4008);
  });

  it("holds no more than its buffer during a replay of everything, and gets all of it", async () => {
    const { ws, live } = startServer({ live: { bufferBytes: 65_536 } });
    live.onApproved(approvedBuys(1, 10_000));
    const slow = await Client.ready(ws);
    slow.socket.pause();
    slow.send({ ...SUBSCRIBE, from_seq: 0, epoch: live.epoch });
    await (await Client.ready(ws)).settle();
    live.onApproved(approvedBuys(10_001, 0));
    slow.socket.resume();
    expect(await slow.next()).toMatchObject({ replay: { count: 10_000, complete: true } });
    const updates = await slow.take(10_000);
    expect(updates.map(({ seq }) => seq)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    live.onApproved(approvedBuys(10_001, 1));
    expect(await slow.next()).toMatchObject({ seq: 10_001, prev: 10_000 });
    expect(live.stats().dropped).toBe(0);
  });
});

async function neighbourHasRead(read: () => number, last: number): Promise<void> {
  await eventually(read, (count) => count >= last);
}
