// The bucket of orders at rates below one a second, which holds one order all the same.
import { expect, it } from "vitest";
import { Board, createBoardMemory, ORDERS_PER_SECOND, type Rows } from "../../../../src/manage/risk/board.ts";

const NOW = 1_763_000_000_000_000;
const ORDER = { gross: 0, up: 0, down: 0, buys: true, fresh: true };

it.each([0.5, 0.6, 0.3, 0.07])(
  "at %s orders a second lets one through, and the next when it has filled again",
  (rate) => {
    const board = new Board(createBoardMemory());
    board.setLimit(0, ORDERS_PER_SECOND, false, rate * 1e6);
    board.publish();
    const rows: Rows = [0, -1, -1, -1];
    const ask = (now: number): boolean => {
      board.see(now);
      return board.claim(rows, board.terms(rows, false), ORDER) === null;
    };
    const step = 1e6 / rate;
    expect(ask(NOW)).toBe(true);
    expect(ask(NOW + step / 2)).toBe(false);
    expect(ask(NOW + step + 1)).toBe(true);
  },
);
