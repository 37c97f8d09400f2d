import { unpack } from "msgpackr";
import { expect, it, vi } from "vitest";
import { wireSignal } from "../../../src/domain/signal.ts";
import { NO_FACETS } from "../../../src/server/live/filter.ts";
import { Board } from "../../../src/server/live/board.ts";
import { CODECS } from "../../../src/server/live/codec.ts";
import { EventLog } from "../../../src/server/live/event-log.ts";
import { buySignal } from "../../support/signals.ts";
import type { Filter } from "../../../src/domain/live-protocol.ts";
import type { Publication } from "../../../src/server/live/event-log.ts";
import type { Delivery, Feed, FeedMember } from "../../../src/server/live/feed.ts";

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

function createLog(capacity?: number): EventLog {
  return new EventLog({ channel: "signals", snapshot: 10, ...(capacity === undefined ? {} : { capacity }) });
}

/** `count` events numbered from `first`, over the given symbols in turn. */
function events(first: number, count: number, symbols: readonly string[] = ["BTCUSD"]): readonly Publication[] {
  return Array.from({ length: count }, (_, index) => {
    const symbol = symbols[(first + index) % symbols.length] ?? "";
    return { facets: { ...NO_FACETS, symbol }, place: null, wire: () => ({ symbol }) };
  });
}

function join(log: EventLog, filter: Filter): { feed: Feed; listener: Listener } {
  const listener = new Listener();
  const feed = log.feed(filter);
  feed.members.add(listener);
  return { feed, listener };
}

it("numbers every event and chains prev over the matching ones only", () => {
  const log = createLog();
  log.publish(events(1, 3, ["AAA", "BBB"]), 1); // BBB AAA BBB
  const all = join(log, {});
  const some = join(log, { symbols: ["AAA"] });
  expect([all.feed.last, some.feed.last]).toEqual([3, 2]);
  log.publish(events(4, 4, ["AAA", "BBB"]), 2); // AAA BBB AAA BBB
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
  const log = createLog();
  log.publish(events(1, 5), 1);
  expect(join(log, { symbols: ["NONE"] }).feed.last).toBe(5);
});

it("keeps the newest events, whatever their number", () => {
  const log = createLog(100);
  const { feed } = join(log, { symbols: ["AAA"] });
  for (let round = 0; round < 50; round += 1) {
    log.publish(events(1 + round * 7, 7, ["AAA", "BBB", "CCC"]), round);
    expect(log.oldest).toBe(Math.max(1, log.seq - 99));
    expect(log.at(log.oldest)?.seq).toBe(log.oldest);
    expect(log.at(log.oldest - 1)).toBeUndefined();
    expect(log.at(log.seq + 1)).toBeUndefined();
  }
  expect(log.count(feed, 0, 1_000)).toBe(log.latest(feed, 1_000).length);
  const latest = log.latest(feed, 10).map(({ seq }) => seq);
  expect(latest).toHaveLength(10);
  expect(latest).toEqual([...latest].sort((a, b) => a - b));
  expect(latest.at(-1)).toBe(feed.last);
});

it("forgets a subscription with its last member", () => {
  const log = createLog();
  const { feed, listener } = join(log, { symbols: ["BTCUSD"] });
  log.leave(feed, listener);
  log.publish(events(1, 1), 1);
  expect(listener.updates).toEqual([]);
  expect(log.feed({ symbols: ["BTCUSD"] })).not.toBe(feed);
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

it("lets nobody resume from before a break, shows nothing of it, and numbers on", () => {
  const log = createLog(5);
  log.publish(events(1, 8), 1);
  log.breakOff();
  expect(8 + 1).toBeLessThan(log.oldest); // resuming behind 8 is too old
  const { feed, listener } = join(log, {});
  expect([log.snapshot(feed), feed.last]).toEqual([[], log.seq]);
  const last = log.seq;
  log.publish(events(9, 2), 2);
  expect(listener.updates).toMatchObject([
    { prev: last, seq: last + 1 },
    { prev: last + 1, seq: last + 2 },
  ]);
  expect(log.snapshot(feed).map(({ seq }) => seq)).toEqual([last + 1, last + 2]);
});

it("shows what was there before this run behind its own events, and gives it neither a number nor a replay", () => {
  const log = createLog(20);
  log.restore(events(1, 30, ["AAA", "BBB"]), 1); // the last 20 of them: AAA at odd places
  const shown = (filter: Filter): readonly unknown[] =>
    log.snapshot(log.feed(filter)).map(({ seq, facets }) => [seq, facets.symbol]);
  const earlier = (symbol: string, count: number): readonly unknown[] =>
    Array.from({ length: count }, () => [0, symbol]);
  expect(shown({ symbols: ["AAA"] })).toEqual(earlier("AAA", 10));
  expect(shown({ symbols: ["CCC"] })).toEqual([]);
  const { feed, listener } = join(log, { symbols: ["BBB"] });
  expect([log.seq, log.oldest, feed.last, log.count(feed, 0, 1_000)]).toEqual([0, 1, 0, 0]);
  log.publish(events(1, 4, ["AAA", "BBB"]), 2); // BBB AAA BBB AAA
  expect(listener.updates.map(({ seq, prev }) => [prev, seq])).toEqual([
    [0, 1],
    [1, 3],
  ]);
  expect(shown({ symbols: ["BBB"] })).toEqual([...earlier("BBB", 8), [1, "BBB"], [3, "BBB"]]);
  expect([log.at(0), log.count(feed, 0, 1_000)]).toEqual([undefined, 2]);
  // As many events as it keeps: what was before is let go, as in a run that never ended.
  log.publish(events(1, 16, ["CCC"]), 3);
  expect(shown({ symbols: ["BBB"] })).toEqual([
    [1, "BBB"],
    [3, "BBB"],
  ]);
});

it("keeps the newest of what was there before, newest last, and shows none of it behind a break", () => {
  const numbered = Array.from({ length: 30 }, (_, n) => ({ facets: NO_FACETS, place: null, wire: () => n }));
  const log = createLog(20);
  log.restore(numbered, 1);
  const { feed } = join(log, {});
  const data = log
    .snapshot(feed)
    .map((event) => JSON.parse(Buffer.from(event.data(CODECS.json)).toString()) as unknown);
  expect(data).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  log.breakOff();
  expect(log.snapshot(feed)).toEqual([]);
});

it("keeps no encoding of an event that another one has taken the place of, and encodes it anew for a replay", () => {
  const log = new EventLog({ channel: "pipeline", snapshot: new Board(1) });
  const { feed, listener } = join(log, {});
  const wires = vi.fn((stage: number) => ({ stage }));
  const event = (stage: number, key = "pipe_1"): Publication => ({
    facets: NO_FACETS,
    place: { key, over: key === "pipe_2" },
    wire: () => wires(stage),
  });
  log.publish([event(1)], 1);
  log.publish([event(2)], 2);
  expect(listener.updates.map(({ seq }) => seq)).toEqual([1, 2]);
  const encoded = (seq: number): unknown => JSON.parse(Buffer.from(log.at(seq)?.data(CODECS.json) ?? "").toString());
  expect([encoded(2), encoded(2), wires.mock.calls.length]).toEqual([{ stage: 2 }, { stage: 2 }, 2]);
  expect([encoded(1), encoded(1), wires.mock.calls.length]).toEqual([{ stage: 1 }, { stage: 1 }, 4]);
  log.publish([event(3, "pipe_2")], 3);
  log.publish([event(4, "pipe_2")], 4);
  expect([encoded(3), encoded(3), wires.mock.calls.length]).toEqual([{ stage: 3 }, { stage: 3 }, 8]);
  expect(log.snapshot(feed).map(({ seq }) => seq)).toEqual([2, 4]);
});

it("keeps no encoding of an event that a snapshot shows with another name from now on", () => {
  const log = new EventLog({ channel: "pipeline", snapshot: new Board(1) });
  const { feed } = join(log, {});
  const wires = vi.fn((name: string) => ({ name }));
  for (const name of ["Owl", "Wren"])
    log.publish([{ facets: NO_FACETS, place: { key: name, over: false }, wire: () => wires(name) }], 1);
  const encoded = (seq: number): unknown => JSON.parse(Buffer.from(log.at(seq)?.data(CODECS.json) ?? "").toString());
  expect([encoded(1), encoded(2), wires.mock.calls.length]).toEqual([{ name: "Owl" }, { name: "Wren" }, 2]);
  log.renew((event) => (event.seq === 1 ? event.saying({ name: "Lark" }) : event));
  wires.mockClear();
  expect(log.snapshot(feed).map((event) => Buffer.from(event.data(CODECS.json)).toString())).toEqual([
    '{"name":"Lark"}',
    '{"name":"Wren"}',
  ]);
  expect(wires).not.toHaveBeenCalled();
  expect([encoded(1), encoded(1), wires.mock.calls.length]).toEqual([{ name: "Owl" }, { name: "Owl" }, 2]);
  expect([encoded(2), encoded(2), wires.mock.calls.length]).toEqual([{ name: "Wren" }, { name: "Wren" }, 2]);
});
