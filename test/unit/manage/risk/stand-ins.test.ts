// Stand-ins claim on the main thread, which alone can end a thread that died with the board's lock: it must not wait for it.
import { afterEach, expect, it, vi } from "vitest";
import { Board, createBoardMemory } from "../../../../src/manage/risk/board.ts";
import { StandIns } from "../../../../src/manage/risk/stand-ins.ts";

const OWNER = { strategyId: "strat_aaaaaa", family: "momentum" };
const HELD = [{ symbol: "BTCUSD", quantity: 2e8, price: 100 }];

afterEach(() => {
  vi.restoreAllMocks();
});

/** Dies inside the lock: its next look at a row throws. */
class Dying extends Board {
  override get day(): number {
    throw new Error("died");
  }
}

it("claim and give back while a thread that died holds the lock", () => {
  const memory = createBoardMemory();
  const board = new Board(memory);
  const dying = new Dying(memory, 2);
  const row = dying.row("strategy", OWNER.strategyId);
  const addition = { gross: 1, up: 1, down: 0, buys: true, fresh: true };
  const rows = [0, -1, row, -1] as const;
  expect(() => dying.claim(rows, dying.terms(rows, false), addition)).toThrow("died");

  const seats = { memory, take: () => 1, free: () => undefined };
  vi.spyOn(Atomics, "wait").mockImplementation(() => {
    throw new Error("main waits for the lock");
  });
  const standIns = new StandIns(seats);
  standIns.claim(7, OWNER, HELD);
  const all = [0, board.row("family", "momentum"), row, board.row("symbol", "BTCUSD")];
  const claimed = all.map((one) => board.claimed(one).gross);
  expect(claimed[0]).toBeGreaterThan(0);
  expect(new Set(claimed).size).toBe(1);
  standIns.release(7);
  expect(all.map((one) => board.claimed(one))).toEqual(all.map(() => ({ gross: 0, up: 0, down: 0 })));
});
