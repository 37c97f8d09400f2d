// Limits on their way to the board, as a thread that trades sees them meanwhile.
import { describe, expect, it } from "vitest";
import { Board, createBoardMemory, GROSS_EXPOSURE, POSITION } from "../../../../src/manage/risk/board.ts";
import { type GivenLimit, readLimits } from "../../../../src/manage/risk/limits.ts";
import { OnBoard } from "../../../../src/manage/risk/on-board.ts";

class Watched extends Board {
  /** What limits the gross exposure of a strategy with one of its own, after each write. */
  readonly seen: number[] = [];

  override setLimit(row: number, limit: number, override: boolean, value: number | null): void {
    super.setLimit(row, limit, override, value);
    this.seen.push(this.limitOf(2, this.row("strategy", "strat_aaaaaa"), GROSS_EXPOSURE, false) / 1e6);
  }
}

function put(onBoard: OnBoard, limits: readonly GivenLimit[]): void {
  const read = readLimits(limits);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  onBoard.put(read.value);
}

describe("a list of limits that replaces another", () => {
  const all: GivenLimit = { scope: "strategy", metric: "gross_exposure", limit: 100 };
  const own: GivenLimit = { ...all, name: "strat_aaaaaa", limit: 200 };
  const other: GivenLimit = { scope: "book", metric: "position", limit: 5 };

  it("is nowhere without a limit while it is written, also where the one for all takes the place of one with a name", () => {
    const board = new Watched(createBoardMemory());
    const onBoard = new OnBoard(board);
    put(onBoard, [own, other]);
    board.seen.length = 0;
    for (const limits of [[all], [own, other], [own, all], [{ ...own, limit: 300 }], [all]]) put(onBoard, limits);
    expect(board.seen).not.toContain(Number.POSITIVE_INFINITY);
    expect(board.seen.at(-1)).toBe(100);
    expect(board.limitOf(0, 0, POSITION, false)).toBe(Number.POSITIVE_INFINITY);
  });

  it("writes nothing where it is the same", () => {
    const board = new Watched(createBoardMemory());
    const onBoard = new OnBoard(board);
    put(onBoard, [own, other]);
    board.seen.length = 0;
    const { version } = board;
    put(onBoard, [own, other]);
    expect(board.seen).toEqual([]);
    expect(board.version).toBe(version + 1);
  });
});
