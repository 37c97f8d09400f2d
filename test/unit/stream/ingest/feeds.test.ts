// What feeds ingest beside HTTP: the bus, the synthetic market, a symbol's history.
import { describe, expect, it } from "vitest";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_WHOLE } from "../../../../assembly/back-fill-layout.ts";
import * as layout from "../../../../assembly/layout.ts";
import { EmbeddedBus } from "../../../../src/bus/embedded-bus.ts";
import { INPUT_CHANNEL, type KeyAnswer } from "../../../../src/bus/bus.ts";
import { BackFill } from "../../../../src/stream/ingest/back-fill.ts";
import { DemoFeed } from "../../../../src/stream/ingest/demo-feed.ts";
import { historyTicks } from "../../../../src/stream/ingest/history-frame.ts";
import { RedisFeed } from "../../../../src/stream/ingest/redis-feed.ts";
import type { Grown } from "../../../../src/stream/rings/longest-bars.ts";
import { Door, NOON } from "../../../support/ingest-door.ts";

const STEP = 100_000;

describe("the bus feed", () => {
  it("takes messages in and publishes once for all of one turn", async () => {
    const door = new Door();
    const bus = new EmbeddedBus();
    const batches: number[] = [];
    const words = new Int32Array(door.plane.memory.buffer);
    const head = (): number => Atomics.load(words, layout.EVENT_HEAD >> 2);
    const done = new Promise<void>((resolve) => {
      const feed = new RedisFeed(bus, door.ingest, {
        nowMs: () => 0,
        onBatch: (batch) => {
          batches.push(batch.accepted);
          expect(head()).toBe(0);
          if (batches.length === 3) setImmediate(resolve);
        },
      });
      feed.start();
    });
    const tick = new TextEncoder().encode('{"symbol":"A","price":1}');
    for (const message of [tick, new TextEncoder().encode("garbage"), tick]) bus.publishRaw(INPUT_CHANNEL, message);
    await done;
    expect(batches).toEqual([1, 0, 1]);
    expect(head()).toBe(3);
    await bus.close();
  });

  it("gives a message up that meets a defect of the engine, counts it, tells it once, and takes the next one", async () => {
    const told: unknown[] = [];
    const door = new Door({ onDefect: (error) => told.push(error) });
    const clock = { broken: false };
    Object.defineProperty(door, "now", {
      get: () => {
        if (clock.broken) throw new Error("no clock");
        return NOON;
      },
    });
    const bus = new EmbeddedBus();
    const batches: number[] = [];
    new RedisFeed(bus, door.ingest, { nowMs: () => 0, onBatch: (batch) => batches.push(batch.accepted) }).start();
    const send = async (): Promise<void> => {
      bus.publishRaw(INPUT_CHANNEL, new TextEncoder().encode('{"symbol":"A","price":1}'));
      await new Promise((resolve) => setImmediate(resolve));
    };
    await send();
    clock.broken = true;
    await send();
    await send();
    clock.broken = false;
    await send();
    expect(batches).toEqual([1, 1]);
    expect(door.ingest.counters.rejected.defect).toBe(2);
    expect(told).toEqual([new Error("no clock")]);
    await bus.close();
  });
});

describe("the demo feed", () => {
  it("gives the same market for the same seed, flagged on every record", () => {
    const run = (): unknown[] => {
      const door = new Door();
      const demo = new DemoFeed({ ingest: door.ingest });
      for (let step = 0; step < 200; step++) expect(demo.step(NOON + step * STEP)).toBe(true);
      return door.records(true);
    };
    const records = run() as { flags: number; subject: number }[];
    expect(records.every(({ flags }) => (flags & layout.FLAG_DEMO) !== 0)).toBe(true);
    expect(run()).toEqual(records);
  });

  it("moves far enough for a momentum signal within five seconds", () => {
    const door = new Door();
    const demo = new DemoFeed({ ingest: door.ingest });
    const prices: number[] = [];
    for (let step = 0; step < 50; step++) demo.step(NOON + step * STEP);
    for (const { kind, subject, payload } of door.records()) {
      if (kind === layout.KIND_TRADE && subject === 0) prices.push(payload[0] ?? 0);
    }
    const returns = prices.slice(1).map((price, index) => Math.log(price / (prices[index] ?? price)));
    const sigma = Math.sqrt(returns.reduce((sum, x) => sum + x * x, 0) / returns.length);
    const last = Math.log((prices.at(-1) ?? 1) / (prices.at(-13) ?? 1)) / (sigma * Math.sqrt(12));
    expect(Math.abs(last)).toBeGreaterThan(1);
  });

  it("keeps its pair together", () => {
    const door = new Door();
    const demo = new DemoFeed({ ingest: door.ingest });
    for (let step = 0; step < 3_000; step++) demo.step(NOON + step * STEP);
    const last = (name: string): number => {
      const id = door.ingest.symbols.idOf(name);
      return (
        door.records().findLast(({ kind, subject }) => kind === layout.KIND_TRADE && subject === id)?.payload[0] ?? 0
      );
    };
    const records = door.records();
    expect(records.length).toBeGreaterThan(0);
    expect(last("none")).toBe(0);
    const price = (name: string): number =>
      records.findLast(({ kind, subject }) => kind === layout.KIND_TRADE && subject === door.ingest.symbols.idOf(name))
        ?.payload[0] ?? 0;
    expect(Math.abs(Math.log(price("DEMO-STETH/USDT") / price("DEMO-ETH/USDT")))).toBeLessThan(0.02);
  });

  it("ends for good at the first real tick", () => {
    const door = new Door();
    let ended = 0;
    const demo = new DemoFeed({ ingest: door.ingest, onEnd: () => ended++ });
    demo.step(NOON);
    expect(door.ingest.realTicks).toBe(0);
    door.json({ symbol: "A", price: -1 });
    expect(demo.step(NOON)).toBe(true);
    door.json({ symbol: "A", price: 1 });
    expect([demo.step(NOON), demo.step(NOON)]).toEqual([false, false]);
    expect(ended).toBe(1);
    demo.start(() => NOON);
    expect(demo.running).toBe(false);
  });
});

describe("history", () => {
  const rows = [
    { timestamp: 1_700_000_000_000, close: 1, volume: 5 },
    { timestamp: 1_700_000_060_000, close: 2, volume: 6 },
    { timestamp: 1_700_000_120_000, close: 3, volume: null },
  ];
  const byColumn = (name: "timestamp" | "close" | "volume"): unknown =>
    Object.fromEntries(rows.map((row, index) => [index, row[name]]));

  it("reads the three orients alike", () => {
    const records = historyTicks(JSON.stringify(rows), "A", NOON);
    const columns = { close: byColumn("close"), volume: byColumn("volume"), timestamp: byColumn("timestamp") };
    const split = {
      columns: ["timestamp", "close", "volume"],
      index: [0, 1, 2],
      data: rows.map((row) => [row.timestamp, row.close, row.volume]),
    };
    expect(records?.map((tick) => [tick["timestamp"], tick["close"], tick["volume"]])).toEqual([
      [1_700_000_000_000, 1, 5],
      [1_700_000_060_000, 2, 6],
      [1_700_000_120_000, 3, 0],
    ]);
    expect(historyTicks(JSON.stringify(columns), "A", NOON)).toEqual(records);
    expect(historyTicks(JSON.stringify(split), "A", NOON)).toEqual(records);
  });

  it("takes times from the index, and bars where a row is one", () => {
    const bar = { open: 1, high: 3, low: 1, close: 2, volume: 1 };
    const split = {
      columns: Object.keys(bar),
      index: ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"],
      data: [Object.values(bar), Object.values(bar)],
    };
    expect(historyTicks(JSON.stringify(split), "A", NOON)?.[1]).toMatchObject({
      kind: "bar",
      interval_s: 3600,
      timestamp: Date.UTC(2026, 0, 1, 1),
    });
  });

  it("is no frame when it is anything else", () => {
    for (const text of [
      "",
      "{",
      "5",
      "null",
      "[1,2]",
      '{"a":1}',
      '{"columns":["close"],"data":[[1,2]]}',
      '{"close":[1]}',
    ]) {
      expect([text, historyTicks(text, "A", NOON)]).toEqual([text, null]);
    }
  });

  it("is asked for a few symbols ahead, and enters in their order whichever comes first", async () => {
    const door = new Door();
    const answers = new Map<string, (bytes: Uint8Array) => void>();
    const fill = new BackFill({
      ingest: door.ingest,
      read: (symbol) => new Promise((resolve) => answers.set(symbol, resolve)),
    });
    const symbols = Array.from({ length: 20 }, (_, index) => `S${index}`);
    for (const symbol of symbols) fill.request(symbol);
    const most = answers.size;
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(symbols.length);
    const told = new Set<string>();
    while (told.size < symbols.length) {
      // The newest first.
      const next = [...answers.keys()].findLast((symbol) => !told.has(symbol));
      if (next !== undefined) {
        told.add(next);
        const close = 1 + Number(next.slice(1));
        answers.get(next)?.(Buffer.from(JSON.stringify([{ timestamp: NOON / 1e3 - 60_000, close }])));
      }
      await new Promise((resolve) => setImmediate(resolve));
      expect([...answers.keys()].filter((symbol) => !told.has(symbol)).length).toBeLessThanOrEqual(most);
    }
    await fill.settled();
    expect(door.records().map(({ payload }) => payload[0])).toEqual(symbols.map((_, index) => 1 + index));
  });

  it("enters once per symbol as history, and counts what it cannot read", async () => {
    const door = new Door();
    const asked: string[] = [];
    const fill = new BackFill({
      ingest: door.ingest,
      read: (symbol) => {
        asked.push(symbol);
        if (symbol === "GONE") return Promise.resolve("none");
        if (symbol === "LOST") return Promise.reject(new Error("away"));
        return Promise.resolve(Buffer.from(symbol === "BAD" ? "{{" : JSON.stringify(rows)));
      },
    });
    for (const symbol of ["A", "A", "BAD", "GONE", "LOST"]) fill.request(symbol);
    await fill.settled();
    expect(asked).toEqual(["A", "BAD", "GONE", "LOST"]);
    const records = door.records();
    expect(records.map(({ flags, payload }) => [flags, payload[0]])).toEqual(
      [1, 2, 3].map((x) => [layout.FLAG_HISTORY, x]),
    );
    expect(door.ingest.counters).toMatchObject({ historyRows: 3, historyCorrupt: 2 });
    expect(door.ingest.realTicks).toBe(0);
  });

  const frame = (count: number): Buffer =>
    Buffer.from(
      JSON.stringify(Array.from({ length: count }, (_, x) => ({ timestamp: NOON / 1e3 - count + x, close: 1 + x }))),
    );

  it("is waited for where the bus is away or its answer late, and given up where it is late again and again", async () => {
    const door = new Door();
    const answers: KeyAnswer[] = ["away", "late", "away", frame(3)];
    const asked: string[] = [];
    const fill = new BackFill({
      ingest: door.ingest,
      pauseMs: 1,
      read: (symbol) => {
        asked.push(symbol);
        return Promise.resolve(symbol === "SLOW" ? "late" : (answers.shift() ?? "none"));
      },
    });
    fill.request("A");
    fill.request("SLOW");
    await fill.settled();
    expect(asked.filter((symbol) => symbol === "A")).toHaveLength(4);
    expect(asked.filter((symbol) => symbol === "SLOW")).toHaveLength(8);
    expect(door.records().map(({ payload }) => payload[0])).toEqual([1, 2, 3]);
    expect(door.ingest.counters).toMatchObject({ historyRows: 3, historyCorrupt: 1 });
  });

  /** So many trades, each of them a sample. */
  const ticks = (samples: number): Grown => ({ barUs: 0, samples });

  it("enters unless as many of the longest bars came of it by themselves: trades of seconds are no measure", async () => {
    const door = new Door();
    const minutes = Array.from({ length: 90 }, (_, x) => ({ timestamp: NOON / 1e3 - (90 - x) * 60_000, close: 1 + x }));
    const left: [string, number][] = [];
    const hour = 3_600_000_000;
    const fill = new BackFill({
      ingest: door.ingest,
      read: () => Promise.resolve(Buffer.from(JSON.stringify(minutes))),
      seen: (symbol) => ({ barUs: hour, samples: symbol === "OLD" ? 2 : 1 }),
      onLeft: (symbol, _, samples) => left.push([symbol, samples]),
    });
    fill.request("OLD");
    fill.request("YOUNG");
    await fill.settled();
    expect(left).toEqual([["OLD", 2]]); // 90 rows, of two hours
    expect(door.ingest.counters).toMatchObject({ historyRows: 90, historyLeft: 1, historyCorrupt: 0 });
  });

  it("enters unless as much came of it by itself", async () => {
    const door = new Door();
    const read = (): Promise<KeyAnswer> => Promise.resolve(frame(3));
    const fill = new BackFill({ ingest: door.ingest, read, seen: (symbol) => ticks(symbol === "OLD" ? 3 : 2) });
    fill.request("OLD");
    fill.request("YOUNG");
    await fill.settled();
    expect(door.records().map(({ subject }) => door.ingest.symbols.nameOf(subject))).toEqual(Array(3).fill("YOUNG"));
  });

  it("does not wait for symbols that have no answer, and does not begin anew what came meanwhile", async () => {
    const door = new Door();
    const silent = Array.from({ length: 20 }, (_, index) => `AWAY${index}`);
    const away = new Set(silent);
    const fill = new BackFill({
      ingest: door.ingest,
      pauseMs: 1,
      seen: (symbol) => ticks(symbol === "BUSY" || symbol === "AWAY1" ? 20_000 : 1),
      read: (symbol) => Promise.resolve(away.has(symbol) ? "away" : frame(3)),
    });
    for (const symbol of [...silent, "BUSY", "QUIET"]) fill.request(symbol);
    while (door.ingest.counters.historyRows < 3) await new Promise((resolve) => setImmediate(resolve));
    const entered = (): readonly string[] => door.records().map(({ subject }) => door.ingest.symbols.nameOf(subject));
    expect(entered()).toEqual(Array(3).fill("QUIET"));
    away.clear();
    await fill.settled();
    expect(new Set(entered())).toEqual(new Set(silent.filter((symbol) => symbol !== "AWAY1")));
    expect(door.ingest.counters).toMatchObject({ historyRows: 3 * 20, historyCorrupt: 0, historyLeft: 2 });
  });

  it("leaves room in the ring for what is live, and enters whole when there is room again", async () => {
    const door = new Door({ build: "release", blocked: true });
    const words = new Int32Array(door.plane.memory.buffer);
    const half = layout.EVENT_SLOTS / 2;
    const rowsEach = 10_000;
    const fill = new BackFill({ ingest: door.ingest, read: () => Promise.resolve(frame(rowsEach)) });
    const symbols = Array.from({ length: 7 }, (_, index) => `S${index}`);
    for (const symbol of symbols) fill.request(symbol);
    const told = { settled: false };
    void fill.settled().then(() => (told.settled = true));
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    while (door.ingest.room >= half + rowsEach + 2) await turn();
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(door.ingest.room).toBeGreaterThanOrEqual(half);
    expect(door.json({ symbol: "LIVE", price: 5 }).accepted).toBe(1);
    while (!told.settled) {
      Atomics.store(words, (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2, Atomics.load(words, layout.EVENT_HEAD >> 2));
      await turn();
    }
    expect(door.ingest.counters).toMatchObject({ historyRows: symbols.length * rowsEach, historyCorrupt: 0 });
    expect(door.ingest.counters.rejected.overloaded).toBe(0);
  });

  it("enters in one piece between the events that it begins and is whole, whatever comes live, or not at all", async () => {
    for (const stops of [false, true]) {
      const door = new Door({ build: "release" });
      let live = 0;
      const fill = new BackFill({ ingest: door.ingest, read: () => Promise.resolve(frame(3_000)) });
      door.json({ symbol: "A", price: 5 });
      fill.request("A");
      const told = { settled: false };
      void fill.settled().then(() => (told.settled = true));
      for (; !told.settled; await new Promise((resolve) => setImmediate(resolve))) {
        expect(door.json({ symbol: "A", price: 5 }).accepted).toBe(1);
        if (live++ === 2 && stops) fill.stop();
      }
      expect(live).toBeGreaterThan(2);
      const records = door.records(true).filter(({ kind }) => kind !== layout.KIND_NAME);
      const marks = records.flatMap(({ kind, aux, payload }, at) =>
        kind === layout.KIND_CONTROL && aux === CONTROL_HISTORY ? [[at, payload[0]]] : [],
      );
      const rows = records.filter(({ flags }) => flags === layout.FLAG_HISTORY);
      expect(rows.length).toBe(stops ? 0 : 3_000);
      expect(door.ingest.counters.historyRows).toBe(rows.length);
      const begin = marks[0]?.[0] ?? 0;
      expect(marks.map(([at, what]) => [(at ?? 0) - begin, what])).toEqual(
        stops
          ? []
          : [
              [0, HISTORY_BEGINS],
              [3_001, HISTORY_WHOLE],
            ],
      );
      expect(records.slice(begin + 1, begin + 3_001).every(({ flags }) => flags === layout.FLAG_HISTORY)).toBe(!stops);
      const clocks = records.map(({ clock }) => clock);
      expect(clocks).toEqual(clocks.toSorted((a, b) => a - b));
    }
  });

  it("is asked for no more by a stream that was closed", async () => {
    const door = new Door();
    const asked: string[] = [];
    const fill = new BackFill({
      ingest: door.ingest,
      read: (symbol) => {
        asked.push(symbol);
        return Promise.resolve("away");
      },
    });
    const symbols = Array.from({ length: 20 }, (_, index) => `S${index}`);
    for (const symbol of symbols) fill.request(symbol);
    const before = [...asked];
    fill.stop();
    fill.request("B");
    await fill.settled();
    expect(before.length).toBeLessThan(symbols.length);
    expect(asked).toEqual(before);
  });
});
