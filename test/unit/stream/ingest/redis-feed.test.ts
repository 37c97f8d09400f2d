import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { RedisFeed, type WaitedLine } from "../../../../src/stream/ingest/redis-feed.ts";
import { Door } from "../../../support/ingest-door.ts";

const TICKS = 1_000;
/** Messages that fill the ring, and one of which a part finds room. */
const FILLING = Math.ceil(layout.EVENT_SLOTS / TICKS);

/** Ticks whose volumes are numbers that count up, from message to message. */
class Halt {
  readonly door = new Door({ blocked: true, build: "release" });
  readonly lines: WaitedLine[] = [];
  readonly feed: RedisFeed;
  began = 0;
  send: (bytes: Uint8Array) => void = () => undefined;
  private numbered = 0;
  private readonly words = new Int32Array(this.door.plane.memory.buffer);

  constructor() {
    const subscribe = (_: string, handler: (bytes: Uint8Array) => void): void => void (this.send = handler);
    this.feed = new RedisFeed({ subscribe }, this.door.ingest, {
      nowMs: () => performance.now(),
      onWaiting: () => void (this.began += 1),
      onWaited: (line) => this.lines.push(line),
    });
    this.feed.start();
  }

  message(ticks = TICKS, text = ""): void {
    const list = Array.from({ length: ticks }, () => ({ symbol: "A", price: 1, volume: (this.numbered += 1), text }));
    const bytes = Buffer.from(JSON.stringify(list));
    this.send(bytes);
    bytes.fill(0); // the socket's bytes are others by the time it enters
  }

  /** One message of a single tick of so many bytes and more. */
  long(bytes: number): void {
    this.message(1, "x".repeat(bytes));
  }

  messages(count: number): void {
    for (let message = 0; message < count; message++) this.message();
  }

  /** The reader of the ring has read all that is there. */
  read(): number[] {
    const volumes = this.door.records().map(({ payload }) => payload[1] ?? 0);
    Atomics.store(this.words, (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2, this.door.ingest.nextSequence | 0);
    return volumes;
  }

  /** The same without the last few records. */
  readBut(left: number): void {
    Atomics.store(
      this.words,
      (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2,
      (this.door.ingest.nextSequence - left) | 0,
    );
  }

  get refused(): number {
    return this.door.ingest.counters.rejected.overloaded;
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at + 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what finds no room in the ring", () => {
  it("waits, whole messages and what is left of one, and enters in its order, once, when the reader goes on", () => {
    const halt = new Halt();
    halt.messages(FILLING + 20);
    expect(halt.began).toBe(1);
    expect(halt.feed.waiting).toBe(21);
    vi.advanceTimersByTime(2_000);
    const seen = halt.read();
    for (let look = 0; halt.feed.waiting > 0; look++) {
      expect(look).toBeLessThan(10);
      vi.advanceTimersByTime(2);
      seen.push(...halt.read());
    }
    expect(seen).toEqual(numbers(0, (FILLING + 20) * TICKS));
    expect(halt.refused).toBe(0);
    expect(halt.lines).toEqual([{ ms: expect.closeTo(2_000, -2) as number, messages: 21, refused: 0 }]);
    halt.message();
    expect(halt.feed.waiting, "behind the line nothing waits").toBe(0);
    expect(halt.read()).toHaveLength(TICKS);
  });

  it("leaves half of the ring free until the line is gone", () => {
    const halt = new Halt();
    halt.messages(FILLING + 60);
    halt.read();
    vi.advanceTimersByTime(2);
    expect(halt.feed.waiting).toBeGreaterThan(0);
    expect(halt.door.ingest.room).toBeGreaterThan(layout.EVENT_SLOTS / 2 - TICKS - 1);
  });

  it("is not overtaken by what comes behind it while there is room again", () => {
    const halt = new Halt();
    halt.messages(FILLING + 1);
    const seen = halt.read();
    halt.message();
    vi.advanceTimersByTime(2);
    seen.push(...halt.read());
    expect(seen).toEqual(numbers(0, (FILLING + 2) * TICKS));
  });

  it("is refused and counted when it has waited for five seconds, and for a minute nothing waits", () => {
    const halt = new Halt();
    halt.messages(FILLING + 3);
    const entered = layout.EVENT_SLOTS - 1; // one record is the symbol's name
    vi.advanceTimersByTime(4_990);
    expect(halt.refused).toBe(0);
    vi.advanceTimersByTime(20);
    expect(halt.feed.waiting).toBe(0);
    expect(halt.refused).toBe((FILLING + 3) * TICKS - entered);
    expect(halt.lines).toMatchObject([{ messages: 4, refused: 4 }]);
    halt.message();
    expect(halt.feed.waiting).toBe(0);
    expect(halt.refused).toBe((FILLING + 4) * TICKS - entered);
    vi.advanceTimersByTime(60_000);
    halt.message();
    expect(halt.feed.waiting).toBe(1);
    expect(halt.read()).toEqual(numbers(0, entered));
  });

  it("is refused when the line moves on and is not gone after twenty seconds either", () => {
    const halt = new Halt();
    const seen: number[] = [];
    halt.messages(2 * FILLING);
    for (let second = 0; second < 20; second++) {
      seen.push(...halt.read());
      halt.messages(FILLING / 2);
      vi.advanceTimersByTime(1_000);
      expect(halt.refused).toBe(0);
    }
    seen.push(...halt.read());
    vi.advanceTimersByTime(20);
    seen.push(...halt.read());
    expect(halt.feed.waiting).toBe(0);
    expect(halt.refused).toBeGreaterThan((FILLING / 3) * TICKS);
    expect(seen).toEqual(numbers(0, seen.length));
    expect(seen.length + halt.refused).toBe(12 * FILLING * TICKS);
  });

  it("is refused beyond 32 MiB, the newest first, and none of it enters in front of what waits", () => {
    const halt = new Halt();
    halt.messages(FILLING);
    const long = "x".repeat(3 << 20);
    for (let message = 0; message < 12; message++) halt.message(1, long);
    expect(halt.feed.waiting).toBe(11);
    expect(halt.refused).toBe(2);
    const seen = halt.read(); // there is room now, and still it waits its turn
    halt.message(1, long);
    expect(halt.refused).toBe(3);
    expect(halt.read()).toEqual([]);
    vi.advanceTimersByTime(2);
    seen.push(...halt.read());
    expect(seen).toEqual(numbers(0, FILLING * TICKS + 10));
    expect(halt.lines).toMatchObject([{ messages: 14, refused: 3 }]);
  });
});

describe("what is refused of a line", () => {
  /** The line is full, and the ring has room again: what comes is refused, or it would go in front of what waits. */
  function fullLine(): Halt {
    const halt = new Halt();
    halt.messages(FILLING);
    for (let message = 0; message < 10; message++) halt.long(3 << 20);
    halt.read();
    expect(halt.refused).toBe(0);
    return halt;
  }

  it("does not enter behind a tick whose name is new and whose time is to come", () => {
    const halt = fullLine();
    const soon = { symbol: "B", price: 1, available_at: halt.door.now / 1e6 + 60 };
    halt.send(Buffer.from(JSON.stringify([soon, { symbol: "A", price: 1, text: "x".repeat(3 << 20) }])));
    expect(halt.read()).toEqual([]);
    expect(halt.refused).toBe(1);
  });

  it("does not enter behind a tick whose time has come", () => {
    const halt = new Halt();
    halt.send(
      Buffer.from(JSON.stringify({ symbol: "A", price: 1, volume: 0, available_at: halt.door.now / 1e6 + 60 })),
    );
    halt.messages(FILLING);
    for (let message = 0; message < 10; message++) halt.long(3 << 20);
    halt.read();
    halt.door.now += 61e6;
    halt.long(3 << 20);
    expect(halt.read()).toEqual([0]);
    expect(halt.refused).toBe(1);
  });
});

describe("a line that moves", () => {
  it("keeps nothing of what has left it", () => {
    const halt = new Halt();
    halt.messages(FILLING - 1);
    halt.message(layout.EVENT_SLOTS - 1 - (FILLING - 1) * TICKS); // and no slot is left
    halt.long(3 << 20);
    for (let round = 0; round < 4; round++) {
      for (let message = 0; message < 8; message++) halt.long(3 << 20);
      halt.readBut(layout.EVENT_SLOTS / 2 - 8);
      vi.advanceTimersByTime(2);
    }
    expect(halt.feed.waiting).toBe(1);
    expect(halt.refused).toBe(0);
    const kept = halt.feed["line"]?.messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(kept).toBeLessThan(32 << 20);
  });
});

describe("what is given up", () => {
  it("is refused a part at a time, and nothing that comes meanwhile waits for it", () => {
    const halt = new Halt();
    halt.messages(FILLING);
    for (let message = 0; message < 8; message++) halt.long(3 << 20);
    vi.advanceTimersByTime(5_002);
    const ticks = FILLING * TICKS + 8 - (layout.EVENT_SLOTS - 1);
    expect(halt.refused).toBeLessThan(ticks);
    expect(halt.lines).toMatchObject([{ messages: 9, refused: 9 }]);
    halt.read();
    halt.message();
    expect(halt.read()).toHaveLength(TICKS);
    vi.advanceTimersByTime(50);
    expect(halt.refused).toBe(ticks);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the bus feed", () => {
  it("counts as refused what waits for an ingest that does not come", () => {
    const halt = new Halt();
    halt.feed.hold();
    halt.messages(3);
    halt.feed.stop();
    expect(halt.read()).toEqual([]);
    expect(halt.refused).toBe(3 * TICKS);
  });

  it("takes a long wait for another ingest for no overload", () => {
    const halt = new Halt();
    halt.feed.hold();
    halt.message();
    vi.advanceTimersByTime(6_000);
    expect(halt.refused).toBe(TICKS);
    halt.feed.start();
    halt.messages(FILLING);
    expect(halt.feed.waiting).toBe(1);
    expect(halt.refused).toBe(TICKS);
  });

  it("keeps what comes while it is held for the ingest that comes next", () => {
    const halt = new Halt();
    halt.feed.hold();
    halt.messages(3);
    vi.advanceTimersByTime(1_000);
    expect(halt.read()).toEqual([]);
    const next = new Door({ build: "release" });
    halt.feed.into(next.ingest);
    halt.feed.start();
    vi.advanceTimersByTime(2);
    expect(next.records().map(({ payload }) => payload[1])).toEqual(numbers(0, 3 * TICKS));
    expect(halt.refused + next.ingest.counters.rejected.overloaded).toBe(0);
  });

  it("lets in what there is room for when it stops, and counts the rest as refused", () => {
    const halt = new Halt();
    halt.messages(FILLING + 70);
    const seen = halt.read();
    halt.feed.stop();
    seen.push(...halt.read());
    expect(seen).toEqual(numbers(0, seen.length));
    expect(seen.length).toBe(2 * layout.EVENT_SLOTS - 1);
    expect(halt.refused).toBe((FILLING + 70) * TICKS - seen.length);
    halt.message();
    expect(halt.read()).toEqual([]);
  });
});
