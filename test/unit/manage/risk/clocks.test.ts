// Accounts are at different times: of the last event of their own symbols, in threads that are not equally far, beside a
// venue with a clock of its own. The rate of orders that they share is counted by one clock all the same, that of a strategy
// by the events that it has seen, and nobody is refused for being behind. By the threads' own hosts, on this one.
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { createFeedMemory, FeedReader, FeedWriter } from "../../../../src/manage/executions/feed-ring.ts";
import { Host } from "../../../../src/manage/executions/host.ts";
import type { Beginning, ExecutionNews, NamedSignal } from "../../../../src/manage/executions/messages.ts";
import { termsFor } from "../../../../src/manage/executions/terms.ts";
import { Board, createBoardMemory, type Rows } from "../../../../src/manage/risk/board.ts";
import { DEFAULT_LIMITS, type GivenLimit, readLimits } from "../../../../src/manage/risk/limits.ts";
import { OnBoard } from "../../../../src/manage/risk/on-board.ts";
import { eventually } from "../../../support/eventually.ts";
import { beginningOf } from "../../../support/manage/beginning.ts";

const NAMES = ["BTCUSD", "ETHUSD", "LTCUSD", "ADAUSD", "XRPUSD", "SOLUSD"] as const;
const SYMBOLS = NAMES.slice(0, 2);
const AT = 1_750_000_000_000_000;
const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;

function buy(symbol: string): NamedSignal {
  return { symbol, type: "momentum_rider", action: "buy", entry: 100, stop: 0, target: 0, values: [], group: 0 };
}

/** Executions by the place of their first symbol, which is their key less one. */
class Thread {
  private readonly host: Host;
  private readonly writer: FeedWriter;
  private rows = 0;
  private readonly said: ExecutionNews[] = [];

  constructor(board: Board) {
    const memory = createFeedMemory();
    this.writer = new FeedWriter(memory);
    this.host = new Host(new FeedReader(memory), () => undefined, false, board);
  }

  async begin(...places: readonly number[]): Promise<this> {
    for (const place of places) await this.open(place, {});
    return this;
  }
  async open(place: number, more: Partial<Beginning>): Promise<void> {
    const terms = termsFor({ parameters: {}, riskLimits: {}, executionConfig: {} });
    const symbol = SYMBOLS[place] ?? "";
    const owner = { strategyId: `strat_${symbol}`, family: null, override: false };
    const own = { key: place + 1, program: null, terms, owner, symbols: [symbol], startTime: AT };
    const names = SYMBOLS.map((name, id) => [id, name] as const);
    this.host.letter({ kind: "begin", order: beginningOf({ ...own, names, ...more }) });
    await eventually(
      () => this.host.opening,
      (count) => count === 0,
    );
  }

  tick(place: number, time: number): void {
    const words = new Int32Array(16);
    const numbers = new Float64Array(words.buffer);
    words[0] = (layout.KIND_TRADE << 16) | place;
    numbers.set([time, time, 100, 1e9, 100, 100, 100], layout.EVENT_TIME / 8);
    this.writer.write(words, 0, ++this.rows);
    this.writer.publish();
    this.host.row();
  }

  /** A signal that a beat behind the last event has caused. */
  signal(place: number, of = place): void {
    const sequence = ++this.rows;
    this.host.letter({ kind: "signals", key: place + 1, sequence, signals: [buy(NAMES[of] ?? "")] });
  }

  filled(place: number, number: number, time: number): void {
    const fill = { quantity: 1, price: 100, fee: 0, time };
    this.host.letter({ kind: "venue", key: place + 1, number, news: { kind: "fill", fill } });
  }

  /** How many orders the execution has made so far, and how many were refused. */
  orders(place: number): { readonly made: number; readonly refused: number; readonly why: string | null } {
    this.said.push(...(this.host.batch()?.news ?? []));
    const own = this.said.filter(({ key }) => key === place + 1);
    const numbers = new Set(own.flatMap(({ orders }) => orders.map(({ number }) => number)));
    const refused = own.reduce((sum, news) => sum + news.refused, 0);
    return { made: numbers.size, refused, why: own.findLast(({ refusal }) => refusal !== null)?.refusal ?? null };
  }
}

function boards(...limits: readonly GivenLimit[]): readonly [main: Board, one: Board, other: Board] {
  const main = new Board(createBoardMemory());
  const read = readLimits(limits);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  new OnBoard(main).put(limits.length === 0 ? DEFAULT_LIMITS : read.value);
  return [main, new Board(main.memory, 0), new Board(main.memory, 1)];
}

const ONE = { made: 1, refused: 0, why: null };

describe("where nobody trades fast, an entry is let through", () => {
  it("on a quiet symbol, although others have traded since its last tick", async () => {
    const [main, board] = boards();
    const thread = await new Thread(board).begin(0, 1);
    thread.tick(1, AT);
    thread.tick(0, AT + 18 * SECOND);
    thread.signal(0);
    thread.tick(0, AT + 19 * SECOND);
    expect(thread.orders(0)).toEqual(ONE);
    thread.signal(1);
    thread.tick(1, AT + 20 * SECOND);
    expect(thread.orders(1)).toEqual(ONE);
    expect(main.clockOf(0)).toBe(AT + 20 * SECOND);
  });

  it("in a thread that is seconds behind another one that trades, and in that one", async () => {
    const [, one, other] = boards();
    const [ahead, behind] = [await new Thread(one).begin(0), await new Thread(other).begin(1)];
    for (let second = 1; second <= 9; second += 2) {
      for (const [place, thread, lag] of [
        [0, ahead, 0],
        [1, behind, 8],
      ] as const) {
        thread.tick(place, AT + (second - lag) * SECOND);
        thread.signal(place);
        thread.tick(place, AT + (second - lag + 1) * SECOND);
        expect(thread.orders(place)).toMatchObject({ refused: 0, why: null });
      }
    }
    expect(behind.orders(1).made).toBeGreaterThan(0);
  });

  it("while a venue dates a fill of somebody else hours ahead", async () => {
    const [, board] = boards();
    const thread = await new Thread(board).begin(1);
    await thread.open(0, { live: true, symbols: SYMBOLS });
    thread.tick(0, AT);
    thread.tick(1, AT);
    thread.signal(0);
    thread.tick(0, AT + SECOND);
    expect(thread.orders(0)).toEqual(ONE);
    thread.filled(0, 1, AT + 5 * HOUR);
    // The one that was told of it trades on, and so does everybody else.
    thread.signal(0, 1);
    thread.tick(1, AT + 2 * SECOND);
    expect(thread.orders(0)).toMatchObject({ made: 2, refused: 0 });
    thread.signal(1);
    thread.tick(1, AT + 3 * SECOND);
    expect(thread.orders(1)).toEqual(ONE);
  });
});

it("the rate binds all threads together by the newest clock, whichever of them is behind", () => {
  const [main, one, other] = boards({ scope: "book", metric: "orders_per_second", limit: 2 });
  const rows: Rows = [0, -1, -1, -1];
  const order = { gross: 0, up: 0, down: 0, buys: true, fresh: true };
  const asks = (board: Board, clock: number): boolean => {
    board.see(clock);
    return board.claim(rows, board.terms(rows, false), order) === null;
  };
  expect(asks(one, AT + 5 * SECOND)).toBe(true);
  expect(asks(other, AT)).toBe(true);
  expect([asks(one, AT + 5 * SECOND), asks(other, AT + SECOND)]).toEqual([false, false]);
  expect(main.clockOf(0)).toBe(AT + 5 * SECOND);
  expect(asks(other, AT + 5.5 * SECOND)).toBe(true);
  expect(asks(one, AT + 5 * SECOND)).toBe(false);
});

describe("a thread that catches up", () => {
  /** An order each so many milliseconds of the events of a symbol, beside another thread that trades an hour later. */
  async function caughtUp(milliseconds: number, ...limits: readonly GivenLimit[]): Promise<readonly [number, number]> {
    const [, one, other] = boards(...limits);
    const [ahead, behind] = [await new Thread(one).begin(0), new Thread(other)];
    ahead.tick(0, AT + HOUR);
    ahead.signal(0);
    ahead.tick(0, AT + HOUR + SECOND);
    expect(ahead.orders(0).made).toBe(1);
    await behind.open(1, { symbols: NAMES.slice(1), names: NAMES.map((name, id) => [id, name] as const) });
    for (let order = 0; order < 5; order++) {
      behind.tick(1 + order, AT + order * milliseconds * 1_000);
      behind.signal(1, 1 + order);
      behind.tick(1 + order, AT + (order + 1) * milliseconds * 1_000);
    }
    const { made, refused } = behind.orders(1);
    return [made, refused];
  }

  const byStrategy = { scope: "strategy", metric: "orders_per_second", limit: 1 } as const;

  it("is held to its own rate by its own events, as if it had been there in time", async () => {
    expect(await caughtUp(1_000, byStrategy)).toEqual([5, 0]);
    expect(await caughtUp(500, byStrategy)).toEqual([3, 2]);
    expect(await caughtUp(10, byStrategy)).toEqual([1, 4]);
  });

  it("is held to a rate that it shares by the newest clock of all", async () => {
    expect(await caughtUp(1_000, { ...byStrategy, scope: "book", limit: 3 })).toEqual([2, 3]);
  });
});
