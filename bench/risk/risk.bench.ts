// The check that every order of an execution goes through, in the thread that trades: all limits of all four scopes are
// set, another thread's slot is in use, and the order is admitted, enters the market and is cancelled. Each check is timed
// by itself, the clock's own time included.
import {
  Board,
  createBoardMemory,
  GROSS_EXPOSURE,
  LEVERAGE,
  NET_EXPOSURE,
  ORDERS_PER_SECOND,
  POSITION,
  PRICE_COLLAR,
  TRADES_PER_DAY,
} from "../../src/manage/risk/board.ts";
import { Gate } from "../../src/manage/risk/gate.ts";
import { limitOrder } from "../../test/support/risk/limit-order.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";

const CHECKS = 300_000;
const WARM_UP = 100_000;
const SYMBOLS = 64;
const PRICE = 100;
const M = 1_000_000;
const LIMITS = [GROSS_EXPOSURE, NET_EXPOSURE, POSITION, ORDERS_PER_SECOND, TRADES_PER_DAY, PRICE_COLLAR, LEVERAGE];

export function run(): Promise<readonly Result[]> {
  const board = new Board(createBoardMemory(), 0);
  const other = new Board(board.memory, 1);
  other.add([0, -1, other.row("strategy", "strat_other1"), other.row("symbol", "BTCUSD")], M, M, M);
  for (const row of ["book", "family", "strategy", "symbol"] as const)
    for (const limit of LIMITS) board.setLimit(board.template(row), limit, false, 1e9 * M);
  board.publish();
  const { checks, ends } = measured(board);
  const label = "an order, all limits set";
  const note = `${CHECKS} orders over ${SYMBOLS} symbols, one at a time; with the time of the clock`;
  return Promise.resolve([
    { name: "risk check of an order", pairs: [figureOfLatencies(label, checks)], ratio: 1, note },
    { name: "risk release of an order", pairs: [figureOfLatencies(label, ends)], ratio: 1, note },
  ]);
}

function measured(board: Board): { readonly checks: number[]; readonly ends: number[] } {
  let now = 1e15;
  const owner = { strategyId: "strat_bench1", family: "trend_following", override: false };
  const gate = new Gate(
    { board, owner, refusals: { count: 0, reason: null } },
    { held: () => 0, mark: () => PRICE, equity: () => 100_000, name: (at) => `SYM${at}` },
  );
  const checks: number[] = [];
  const ends: number[] = [];
  for (let index = 0; index < CHECKS + WARM_UP; index++) {
    const symbol = index % SYMBOLS;
    const request = {
      symbol,
      side: index % 3 === 0 ? "sell" : "buy",
      kind: "limit",
      quantity: 3,
      limit: PRICE,
    } as const;
    board.see((now += 1_000));
    const began = process.hrtime.bigint();
    const refusal = gate.admit(request, 0, PRICE);
    const checked = process.hrtime.bigint();
    if (typeof refusal === "string") throw new Error(refusal);
    const order = { ...WORKING, ...request, id: index + 1 };
    gate.changed(order);
    const cancelled = { ...order, state: "cancelled" } as const;
    const ending = process.hrtime.bigint();
    gate.changed(cancelled);
    const ended = process.hrtime.bigint();
    if (index < WARM_UP) continue;
    checks.push(Number(checked - began));
    ends.push(Number(ended - ending));
  }
  return { checks, ends };
}

const WORKING = limitOrder({ limit: PRICE, quantity: 3, state: "working" });
