// Whatever several threads do at once, no limit of any scope is ever passed by what orders have claimed, and what is
// claimed is exactly what they hold and have open. Real threads on one board; between two rounds nothing moves, and then
// everything is counted again from what the threads say.
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import {
  Board,
  createBoardMemory,
  GROSS_EXPOSURE,
  NET_EXPOSURE,
  POSITION,
  TRADES_PER_DAY,
} from "../../src/manage/risk/board.ts";
import type { ClaimerData, Round, Stake } from "../support/risk/claimer.ts";

const THREADS = 3;
const ROUNDS = 12;
const STEPS = 3_000;
const SYMBOLS = ["BTCUSD", "ETHUSD", "AAPL"];
const M = 1_000_000;
const BOOK_GROSS = 9_000;
const BOOK_NET = 2_500;
const FAMILY_GROSS = 8_000;
const STRATEGY_GROSS = 3_000;
const SYMBOL_GROSS = 4_000;
const POSITION_MOST = 1_500;
const TRADES = 12_000;

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

function limited(): Board {
  const board = new Board(createBoardMemory());
  const set = (row: number, limit: number, value: number): void => board.setLimit(row, limit, false, value * M);
  set(0, GROSS_EXPOSURE, BOOK_GROSS);
  set(0, NET_EXPOSURE, BOOK_NET);
  set(0, TRADES_PER_DAY, TRADES);
  set(board.template("family"), GROSS_EXPOSURE, FAMILY_GROSS);
  set(board.template("strategy"), GROSS_EXPOSURE, STRATEGY_GROSS);
  set(board.template("symbol"), GROSS_EXPOSURE, SYMBOL_GROSS);
  set(0, POSITION, POSITION_MOST);
  board.publish();
  return board;
}

function thread(memory: SharedArrayBuffer, slot: number, seed: number, buysOnly = false): Worker {
  const strategies = [0, 1].map((part) => `strat_${slot}0000${part}`);
  const workerData: ClaimerData = { memory, slot, seed, strategies, symbols: SYMBOLS, buysOnly };
  const worker = new Worker(new URL("../support/risk/claimer.js", import.meta.url), { workerData });
  worker.once("error", (error) => {
    throw error;
  });
  workers.push(worker);
  return worker;
}

function round(worker: Worker): Promise<Round> {
  return new Promise((resolve) => {
    worker.once("message", resolve);
    worker.postMessage(STEPS);
  });
}

function sum(stakes: readonly Stake[], of: (stake: Stake) => number): number {
  return stakes.reduce((total, stake) => total + of(stake), 0);
}

function compare(board: Board, stakes: readonly Stake[]): void {
  const scopes = [
    { row: 0, of: stakes, most: BOOK_GROSS },
    { row: board.find("family", "trend_following"), of: stakes, most: FAMILY_GROSS },
    ...[...new Set(stakes.map(({ strategy }) => strategy))].map((name) => {
      return {
        row: board.find("strategy", name),
        of: stakes.filter((one) => one.strategy === name),
        most: STRATEGY_GROSS,
      };
    }),
    ...SYMBOLS.map((name) => {
      return { row: board.find("symbol", name), of: stakes.filter((one) => one.symbol === name), most: SYMBOL_GROSS };
    }),
  ];
  for (const { row, of, most } of scopes) {
    const claimed = board.claimed(row);
    expect(claimed).toEqual({
      gross: sum(of, ({ gross }) => gross),
      up: sum(of, ({ up }) => up),
      down: sum(of, ({ down }) => down),
    });
    expect(claimed.gross).toBeLessThanOrEqual(most * M);
  }
  for (const { gross } of stakes) expect(gross).toBeLessThanOrEqual(POSITION_MOST * M);
}

describe("orders of several threads at once", () => {
  it("never claim more than any limit allows, and claim exactly what they hold and have open", async () => {
    for (const seed of [1, 2]) {
      const board = limited();
      const threads = Array.from({ length: THREADS }, (_, slot) => thread(board.memory, slot, 100 * seed + slot));
      let refused = 0;
      let admitted = 0;
      for (let turn = 0; turn < ROUNDS; turn++) {
        const rounds = await Promise.all(threads.map(round));
        compare(
          board,
          rounds.flatMap(({ stakes }) => stakes),
        );
        refused = rounds.reduce((total, one) => total + one.refused, 0);
        admitted = rounds.reduce((total, one) => total + one.admitted, 0);
        expect(board.counts(0).refused).toBe(refused);
        expect(board.counts(0).trades).toBeLessThanOrEqual(TRADES);
      }
      // Both answers were given often, or nothing was proved.
      expect(Math.min(refused, admitted)).toBeGreaterThan(1_000);
    }
  });

  it("never come to more in one direction than the net limit of the book, where nothing is left", async () => {
    const board = limited();
    const threads = Array.from({ length: THREADS }, (_, slot) => thread(board.memory, slot, 40 + slot, true));
    for (let turn = 0; turn < ROUNDS; turn++) {
      const rounds = await Promise.all(threads.map(round));
      compare(
        board,
        rounds.flatMap(({ stakes }) => stakes),
      );
      expect(board.claimed(0).up).toBeLessThanOrEqual(BOOK_NET * M);
    }
    // It has come near the limit, and one more order of a hundred would pass it.
    expect(board.claimed(0).up).toBeGreaterThan((BOOK_NET - 1_000) * M);
  });

  it("go on when one of them is killed, whose claims stay until they are given back", async () => {
    const board = limited();
    const threads = Array.from({ length: THREADS }, (_, slot) => thread(board.memory, slot, 7 + slot));
    for (const worker of threads) worker.postMessage(STEPS * 1_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const [slot, worker] of threads.entries()) {
      await worker.terminate();
      board.breakLock(slot);
      expect(board.claimed(0).gross).toBeLessThanOrEqual(BOOK_GROSS * M);
    }
    for (const slot of threads.keys()) board.clearSlot(slot);
    for (const row of [0, board.find("symbol", "BTCUSD"), board.find("family", "trend_following")])
      expect(board.claimed(row)).toEqual({ gross: 0, up: 0, down: 0 });
    const [next] = [thread(board.memory, 1, 99)];
    const { stakes } = await round(next);
    compare(board, stakes);
  });
});
