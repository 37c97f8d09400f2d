import { unpack } from "msgpackr";
import { expect, it } from "vitest";
import { wireSignal } from "../../../src/domain/signal.ts";
import { CODECS } from "../../../src/server/live/codec.ts";
import { SignalEvents } from "../../../src/server/live/events.ts";
import { approve, approvedBuys, buySignal, exitSignal } from "../../support/signals.ts";
import type { Delivery, Feed, FeedMember } from "../../../src/server/live/events.ts";
import type { SignalFilter } from "../../../src/server/live/filter.ts";

interface Update {
  readonly seq: number;
  readonly prev: number;
}

class Listener implements FeedMember {
  readonly encoding = "json";
  readonly updates: Update[] = [];
  deliver(deliveries: readonly Delivery[]): void {
    for (const { frame } of deliveries) this.updates.push(JSON.parse(Buffer.from(frame).toString()) as Update);
  }
}

function join(events: SignalEvents, filter: SignalFilter): { feed: Feed; listener: Listener } {
  const listener = new Listener();
  return { feed: events.join(filter, () => listener), listener };
}

it("numbers every event and chains prev over the matching ones only", () => {
  const events = new SignalEvents();
  events.publish(approvedBuys(1, 3, ["AAA", "BBB"]), 1); // BBB AAA BBB
  const all = join(events, {});
  const some = join(events, { symbols: ["AAA"] });
  expect([all.feed.last, some.feed.last]).toEqual([3, 2]);
  events.publish(approvedBuys(4, 4, ["AAA", "BBB"]), 2); // AAA BBB AAA BBB
  expect(all.listener.updates.map(({ seq, prev }) => [prev, seq])).toEqual([
    [3, 4],
    [4, 5],
    [5, 6],
    [6, 7],
  ]);
  expect(some.listener.updates.map(({ seq, prev }) => [prev, seq])).toEqual([
    [2, 4],
    [4, 6],
  ]);
});

it("starts a filter that nothing kept matches at the channel's own number", () => {
  const events = new SignalEvents();
  events.publish(approvedBuys(1, 5), 1);
  expect(join(events, { symbols: ["NONE"] }).feed.last).toBe(5);
});

it("gives exits no number", () => {
  const events = new SignalEvents();
  events.publish(approve([exitSignal(), buySignal(), exitSignal()]), 1);
  expect(events.seq).toBe(1);
});

it("keeps the newest events, whatever their number", () => {
  const events = new SignalEvents(100);
  const { feed } = join(events, { symbols: ["AAA"] });
  for (let round = 0; round < 50; round += 1) {
    events.publish(approvedBuys(1 + round * 7, 7, ["AAA", "BBB", "CCC"]), round);
    expect(events.oldest).toBe(Math.max(1, events.seq - 99));
    expect(events.at(events.oldest)?.seq).toBe(events.oldest);
    expect(events.at(events.oldest - 1)).toBeUndefined();
    expect(events.at(events.seq + 1)).toBeUndefined();
  }
  expect(events.count(feed, 0, 1_000)).toBe(events.latest(feed, 1_000).length);
  const latest = events.latest(feed, 10).map(({ seq }) => seq);
  expect(latest).toHaveLength(10);
  expect(latest).toEqual([...latest].sort((a, b) => a - b));
  expect(latest.at(-1)).toBe(feed.last);
});

it("forgets a subscription with its last member", () => {
  const events = new SignalEvents();
  const { feed, listener } = join(events, { symbols: ["BTCUSD"] });
  events.leave(feed, listener);
  events.publish(approvedBuys(1, 1), 1);
  expect(listener.updates).toEqual([]);
  expect(events.join({ symbols: ["BTCUSD"] }, () => new Listener())).not.toBe(feed);
});

it("says the same in both encodings", () => {
  const data = wireSignal(buySignal());
  const head = { sub: "signals#0", channel: "signals", seq: 70_000, prev: 3, ts: 1_756_029_600_123 };
  const read = {
    json: (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as unknown,
    msgpack: (bytes: Uint8Array) => unpack(bytes) as unknown,
  };
  for (const encoding of ["json", "msgpack"] as const) {
    const codec = CODECS[encoding];
    const encoded = codec.encode(data);
    for (const replay of [false, true]) {
      const expected = { type: "update", ...head, ...(replay ? { replay } : {}), data };
      expect(read[encoding](codec.update({ ...head, replay }, encoded))).toEqual(expected);
    }
    for (const count of [0, 1, 3]) {
      const list = Array.from({ length: count }, () => encoded);
      const snapshot = codec.snapshot({ sub: "s", channel: "signals", epoch: "e_1", seq: 9 }, list);
      expect(read[encoding](snapshot)).toEqual({
        type: "snapshot",
        sub: "s",
        channel: "signals",
        epoch: "e_1",
        seq: 9,
        data: list.map(() => data),
      });
    }
  }
});
