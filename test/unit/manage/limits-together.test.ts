// Limits of an execution hold for everything that trades for it: implementations of a family, a new version's share of the
// capital, and the thread or the process in which it goes on.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Accounts } from "../../../src/manage/executions/accounts.ts";
import { Book } from "../../../src/manage/executions/book.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import type { ExecutionNews } from "../../../src/manage/executions/messages.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { Tidings } from "../../../src/manage/executions/tidings.ts";
import type { TradeSignal } from "../../../src/simulation/simulation.ts";
import { beginningOf } from "../../support/manage/beginning.ts";
import { HostThread, programOf } from "../../support/manage/host-thread.ts";
import { strategyOf } from "../../support/sandbox/python.ts";

const NAMES = ["BTCUSD", "ETHUSD", "XRPUSD"];
const IMPLEMENTATIONS = ["momentum_rider", "breakout_strategy", "moving_average_crossover"];

/** Accounts of an execution, with a stake, at prices of 100. */
class Desk {
  readonly accounts: Accounts;
  readonly stake: Book;
  private readonly event = new FeedEvent();

  constructor(riskLimits: Readonly<Record<string, number>>) {
    const terms = termsFor({ parameters: {}, riskLimits, executionConfig: {} });
    const { listener } = new Tidings(
      0,
      () => undefined,
      () => undefined,
    );
    this.accounts = new Accounts(terms, NAMES, listener, null);
    this.stake = new Book(terms, NAMES, listener, null, 0.5);
    this.ticks();
  }

  ticks(): void {
    const { event } = this;
    for (const place of NAMES.keys()) {
      Object.assign(event, { kind: layout.KIND_TRADE, sequence: event.sequence + 1, clock: event.clock + 1e6 });
      event.values.set([100, 1e9]);
      this.accounts.event(place, event);
      this.stake.event(place, event);
    }
  }

  /** Units of each symbol, of both accounts. */
  get held(): readonly number[] {
    return NAMES.map((_, place) => this.accounts.main.held(place) + this.stake.held(place));
  }
}

function buy(symbol: number): TradeSignal {
  return { symbol, action: "buy", entry: 100, stop: 0, target: 0, values: [], group: 0 };
}

describe("implementations of a family", () => {
  it("open one position of a symbol and not one each", () => {
    const desk = new Desk({ max_position_size: 5_000 });
    for (const type of IMPLEMENTATIONS) desk.accounts.main.signals([buy(0)], type);
    desk.ticks();
    expect(desk.held).toEqual([50, 0, 0]);
  });

  it("keep the positions and the trades of a day together", () => {
    for (const limit of ["max_open_positions", "max_trades_per_day"]) {
      const desk = new Desk({ [limit]: 2 });
      for (const [place, type] of IMPLEMENTATIONS.entries()) desk.accounts.main.signals([buy(place)], type);
      desk.ticks();
      expect(desk.held, limit).toEqual([100, 100, 0]);
    }
  });
});

describe("a new version's share", () => {
  it("keeps the limits together with the main account; a symbol that both hold is one position", () => {
    const desk = new Desk({ max_open_positions: 1 });
    desk.accounts.main.signals([buy(0)]);
    desk.stake.signals([buy(1)]);
    desk.stake.signals([buy(0)]);
    desk.ticks();
    expect(desk.held).toEqual([150, 0, 0]);
    expect(desk.accounts.openPositions).toBe(1);
    desk.accounts.leave(desk.stake);
    desk.ticks();
    expect([desk.held, desk.accounts.openPositions]).toEqual([[100, 0, 0], 1]);
  });
});

/** Buys where nothing is held, and sells what is. */
const TURNS = programOf("TURNS", strategyOf("return 'SELL' if market_data['position'] else 'BUY'"));
const FREE = termsFor({ parameters: {}, riskLimits: {}, executionConfig: {} });
const LIMITED = termsFor({ parameters: {}, riskLimits: { max_trades_per_day: 3 }, executionConfig: {} });

function told(thread: HostThread): readonly ExecutionNews[] {
  thread.ticks(40);
  return thread.batches;
}

function opened(news: readonly ExecutionNews[]): number {
  return news.flatMap(({ fills }) => fills).filter(({ side }) => side === "BUY").length;
}

describe("positions of a day", () => {
  it("are those of all versions of an execution", async () => {
    const thread = new HostThread();
    await thread.letter({ kind: "begin", order: beginningOf({ key: 1, program: TURNS, terms: LIMITED }) });
    const other = { version: "2", program: TURNS, parameters: {} };
    await thread.letter({ kind: "contend", key: 1, request: 1, ...other });
    await thread.letter({ kind: "share", key: 1, request: 2, percent: 50, by: "capital" });
    expect(opened(told(thread))).toBe(3);
  });

  it("go on in another thread, and are counted from its fills in another process", async () => {
    const first = new HostThread();
    await first.letter({ kind: "begin", order: beginningOf({ key: 1, program: TURNS, terms: LIMITED }) });
    const news = told(first);
    expect(opened(news)).toBe(3);
    const fills = news.flatMap((one) => one.fills);
    const { equity, course } = news.at(-1)?.state ?? {};
    const past = { equity: equity ?? 0, highest: 100_000, deepest: 0, figures: null, watch: null };
    const lives = [
      { name: "thread", fills: [], past: { ...past, course: course ?? null } },
      { name: "process", fills, past: { ...past, course: null } },
    ];
    for (const { name, ...life } of lives) {
      const next = new HostThread();
      const order = beginningOf({ key: 1, program: TURNS, terms: LIMITED, again: true, ...life });
      await next.letter({ kind: "begin", order });
      expect(opened(told(next)), name).toBe(0);
    }
    const fresh = new HostThread();
    await fresh.letter({ kind: "begin", order: beginningOf({ key: 1, program: TURNS, terms: FREE }) });
    expect(opened(told(fresh))).toBeGreaterThan(3);
  });
});
