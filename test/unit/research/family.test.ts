// Several strategies of one registered strategy go over the same history side by side: each reads it for itself, and however
// the run ends, nothing that was opened stays open in the engine's process.
import { describe, expect, it } from "vitest";
import type { Block, Dataset, History, Span } from "../../../src/history/history.ts";
import { runFamily, type RunRequest } from "../../../src/research/research.ts";
import { market } from "../../support/research.ts";

const SYMBOLS = ["BTCUSD", "ETHUSD"];
const FAMILY = ["momentum_rider", "breakout_strategy", "moving_average_crossover"];
const READERS = FAMILY.length * SYMBOLS.length;

/** Counts who reads it; `damagedAt`: the block, of all that are read, at which a reader finds damage. */
class CountedHistory implements History {
  begun = 0;
  open = 0;
  private blocks = 0;
  private readonly whole = market(SYMBOLS, { bars: 500 }, 64);
  private readonly damagedAt: number;

  constructor(damagedAt = Number.POSITIVE_INFINITY) {
    this.damagedAt = damagedAt;
  }

  list(): readonly Dataset[] {
    return this.whole.list();
  }

  find(...asked: Parameters<History["find"]>): Dataset | null {
    return this.whole.find(...asked);
  }

  *read(dataset: Dataset, span: Span): Generator<Block> {
    this.begun++;
    this.open++;
    try {
      for (const block of this.whole.read(dataset, span)) {
        if (++this.blocks === this.damagedAt) throw new RangeError("a damaged block");
        yield block;
      }
    } finally {
      this.open--;
    }
  }
}

function requests(limits: NonNullable<RunRequest["limits"]>): readonly RunRequest[] {
  return FAMILY.map((strategy) => ({ strategy, parameters: {}, symbols: SYMBOLS, capital: 1_000, limits }));
}

describe("strategies side by side", () => {
  it("leave nothing open at their end", () => {
    const history = new CountedHistory();
    expect(runFamily(history, requests({ max_open_positions: 1 })).ok).toBe(true);
    expect([history.begun, history.open]).toEqual([READERS, 0]);
  });

  it("leave nothing open when they are cancelled in the middle", () => {
    const history = new CountedHistory();
    const onProgress = (share: number): boolean => share > 0.5;
    const run = runFamily(history, requests({ max_open_positions: 1 }), { batch: 64, onProgress });
    expect(run).toMatchObject({ ok: false, failure: { code: "cancelled" } });
    expect([history.begun, history.open]).toEqual([READERS, 0]);
  });

  it("leave nothing open when one of them meets a damaged block", () => {
    const history = new CountedHistory(2 * READERS);
    const run = () => runFamily(history, requests({ max_trades_per_day: 1 }), { batch: 64 });
    expect(run).toThrow("a damaged block");
    expect([history.begun, history.open]).toEqual([READERS, 0]);
  });
});
