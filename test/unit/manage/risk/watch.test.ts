// What becomes of limits while they are passed: other actions, days, executions that end or go on after a restart.
import { describe, expect, it } from "vitest";
import { Board, createBoardMemory } from "../../../../src/manage/risk/board.ts";
import { Holdings } from "../../../../src/manage/risk/holdings.ts";
import { type GivenLimit, readLimits } from "../../../../src/manage/risk/limits.ts";
import { turnText } from "../../../../src/manage/risk/telling.ts";
import { Watch } from "../../../../src/manage/risk/watch.ts";

const FIGURES = { var_95: 0, expected_shortfall_95: 0, correlation: 0, cluster_exposure: 0, concentration: 0 };

function rig() {
  const board = new Board(createBoardMemory());
  const holdings = new Holdings();
  const watch = new Watch(board, holdings);
  const put = (...limits: readonly GivenLimit[]): void => {
    const read = readLimits(limits);
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    watch.put(read.value);
  };
  return { board, holdings, watch, put };
}

function party(id: string) {
  return { executionId: id, strategyId: `strat_${id}`, family: null, override: false, capital: 100_000 };
}

describe("what is used of a limit", () => {
  it("is that of who uses most, long before a warning; a limit with a name is that one's alone", () => {
    const { holdings, watch, put } = rig();
    holdings.open(party("a"));
    holdings.open(party("b"));
    holdings.trade("a", "X", 100, 100, 0);
    holdings.trade("b", "X", -150, 100, 0);
    holdings.mark(() => 100);
    put(
      { scope: "strategy", metric: "gross_exposure", limit: 60_000 },
      { scope: "strategy", name: "strat_aaaaaa", metric: "leverage", limit: 2 },
      { scope: "symbol", name: "X", metric: "net_exposure", limit: 10_000 },
      { scope: "book", metric: "daily_loss", limit: -100 },
      { scope: "book", metric: "orders_per_second", limit: 5 },
    );
    expect(watch.usage(FIGURES).map(({ limit, name, value, used }) => [limit.metric, name, value, used])).toEqual([
      ["gross_exposure", "strat_b", 15_000, 0.25],
      ["net_exposure", "X", -5_000, 0.5],
      ["daily_loss", null, 0, 0],
    ]);
    expect(watch.standing()).toEqual([]);
  });
});

describe("a limit that is breached", () => {
  it("is told and acted on again when a stricter action is set, and gentler ones are in force at once", () => {
    const { board, holdings, watch, put } = rig();
    holdings.open(party("a"));
    holdings.trade("a", "X", 100, 100, 0);
    holdings.mark(() => 50);
    const loss = (action: GivenLimit["action"] & string): GivenLimit => {
      return { scope: "book", metric: "daily_loss", limit: -1_000, action };
    };
    const turns = () => watch.look(FIGURES).map(({ to, limit }) => `${to} ${limit.action}`);
    put(loss("alert"));
    expect([turns(), board.switchOf(0)]).toEqual([["breached alert"], "none"]);
    put(loss("pause"));
    expect([turns(), board.switchOf(0)]).toEqual([["breached pause"], "reduce_only"]);
    expect(turns()).toEqual([]);
    put(loss("emergency_stop"));
    expect(turns()).toEqual(["breached emergency_stop"]);
    put(loss("alert"));
    expect([turns(), board.switchOf(0)]).toEqual([[], "none"]);
    // One breach, whatever was done because of it; the next one counts again.
    expect(watch.breaches.get("daily_loss")).toBe(1);
    holdings.mark(() => 100);
    watch.look(FIGURES);
    holdings.mark(() => 50);
    watch.look(FIGURES);
    expect(watch.breaches.get("daily_loss")).toBe(2);
  });

  it("of an exposure lets only orders through that make positions smaller, whatever its action", () => {
    const { board, holdings, watch, put } = rig();
    put({ scope: "book", metric: "gross_exposure", limit: 15_000 });
    holdings.open(party("a"));
    holdings.trade("a", "X", 100, 100, 0);
    holdings.mark(() => 200);
    expect(watch.look(FIGURES).map(turnText)).toEqual([
      "gross_exposure of the book is 20000, limit 15000; only orders that make positions smaller are let through",
    ]);
    expect(board.switchOf(0)).toBe("reduce_only");
    holdings.mark(() => 100);
    expect(watch.look(FIGURES)).toHaveLength(1);
    expect(board.switchOf(0)).toBe("none");
  });
});

describe("the drawdown of the book", () => {
  it("is the same when one execution ends, and begins anew when all have ended", () => {
    const holdings = new Holdings();
    for (const id of ["a", "b", "c"]) {
      holdings.open(party(id));
      holdings.trade(id, "X", 200, 100, 0);
    }
    holdings.mark(() => 20);
    expect(holdings.book.drawdown).toBeCloseTo(-0.16, 12);
    holdings.close("a");
    holdings.close("b");
    holdings.mark(() => 20);
    expect(holdings.book.drawdown).toBeCloseTo(-0.16, 12);
    expect(holdings.book.daily).toBeCloseTo(-48_000, 6);
    holdings.close("c");
    holdings.mark(() => 20);
    expect(holdings.book.drawdown).toBe(0);
    holdings.open(party("d"));
    holdings.mark(() => 20);
    expect(holdings.book.drawdown).toBeCloseTo(0, 12);
  });
});

describe("what an execution holds since before a restart", () => {
  it("counts from its first price on, so that no earlier profit is one of today", () => {
    const holdings = new Holdings();
    holdings.open(party("a"));
    holdings.recall("a", "X", 100, 100);
    holdings.mark(() => null);
    expect(holdings.book).toMatchObject({ gross: 10_000, pnl: 0 });
    holdings.mark(() => 110);
    expect(holdings.book).toMatchObject({ gross: 11_000, pnl: 0 });
    holdings.mark(() => 112);
    expect(holdings.book.pnl).toBeCloseTo(200, 9);
    expect(holdings.find("strategy", "strat_a")?.daily).toBeCloseTo(200, 9);
  });

  it("counts beside what it traded before that was known", () => {
    const holdings = new Holdings();
    holdings.open(party("a"));
    holdings.trade("a", "X", -100, 110, 0);
    holdings.recall("a", "X", 100, 100);
    holdings.mark(() => 120);
    expect(holdings.book).toMatchObject({ gross: 0, pnl: 0 });
  });
});

describe("the board", () => {
  it("gives back an order of the day on which it was counted only", () => {
    const board = new Board(createBoardMemory(), 0);
    const rows = [0, -1, -1, -1] as const;
    const order = { gross: 1, up: 1, down: 0, buys: true, fresh: true };
    board.setDay(1);
    board.claim(rows, board.terms(rows, false), order);
    const yesterday = board.day;
    board.setDay(2);
    board.claim(rows, board.terms(rows, false), order);
    board.uncountTrade(rows, yesterday);
    expect(board.counts(0).trades).toBe(1);
    board.uncountTrade(rows, board.day);
    expect(board.counts(0).trades).toBe(0);
  });

  it("has a row for main while a thread that is gone holds the lock", () => {
    const main = new Board(createBoardMemory());
    class Gone extends Board {
      /** Ends in the middle of a claim. */
      die(): void {
        (this as unknown as { lock(): void }).lock();
      }
    }
    new Gone(main.memory, 0).die();
    const row = main.row("symbol", "X");
    expect(row).toBeGreaterThan(0);
    expect(main.row("symbol", "X")).toBe(row);
    expect(main.find("symbol", "X")).toBe(row);
    main.breakLock(0);
    new Board(main.memory, 1).add([0, -1, -1, row], 5, 5, 0);
    expect(main.claimed(row).gross).toBe(5);
  });
});
