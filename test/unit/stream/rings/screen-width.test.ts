// The all-pairs screen in another width: a snapshot of an engine with room for fewer symbols, or for more, goes on as one
// that had this room from the first event on, bit for bit.
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { applySnapshot } from "../../../../src/stream/journal/restore.ts";
import { verifySnapshot } from "../../../../src/stream/journal/snapshot.ts";
import { planMemory } from "../../../../src/stream/rings/memory-plan.ts";
import { screenWidth } from "../../../../src/stream/rings/screen-width.ts";
import { openCore, type TestCore } from "../../../support/core.ts";
import { onlyFile, temporaryFolder } from "../../../support/journal.ts";
import { saveSnapshot } from "../../../support/journal-snapshot.ts";
import { Random, walk } from "../../../support/random.ts";

const SECOND = 1_000_000;
const START = 1_790_000_000 * SECOND;
const BARS = 640;
const SYMBOLS = 7;

const trend = walk(new Random(31), BARS, 100, 0.003);
const noise = new Random(32);
const PRICES = Array.from({ length: SYMBOLS }, () => trend.map((price) => price * Math.exp(0.002 * noise.normal())));

/** The last symbol comes late, behind the snapshot. */
function feed(test: TestCore, from: number, to: number): void {
  for (let bar = from; bar < to; bar++) {
    for (const [symbol, path] of PRICES.entries())
      if (symbol < SYMBOLS - 1 || bar > 500)
        test.core.screenTick(symbol, path[bar] ?? 0, START + bar * SECOND + symbol, 0);
  }
}

function screenOf({ plane: { memory, plan } }: TestCore): Buffer {
  const [begin = 0, end = 0] = [plan.bases[layout.PLAN_SCREEN], plan.bases[layout.PLAN_SCREEN + 1]];
  return Buffer.from(memory.buffer, begin, end - begin);
}

describe("the screen of a snapshot", () => {
  it.each([
    [8, 64],
    [8, 512],
    [64, 8],
    [600, 9],
    [9, 10],
  ])("that was made with MAX_SYMBOLS=%i goes on with %i", (before, after) => {
    const dir = temporaryFolder();
    const made = openCore("release", before);
    feed(made, 0, 450);
    saveSnapshot(dir, made.plane, 4711);
    const snapshot = verifySnapshot(onlyFile(dir, ".snapshot"));
    if (!snapshot.ok) throw new Error(snapshot.failure);
    const moved = openCore("release", after);
    expect(applySnapshot(moved.plane.memory, moved.plane.plan, snapshot.value)).toMatchObject({ ok: true });
    // What the test feeds goes by no event, so no row of symbols is in use: they are told their columns.
    const column = (test: TestCore, symbol: number): number =>
      (test.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0) + symbol * layout.SYMBOL_BYTES + layout.SYMBOL_SCREEN;
    for (let symbol = 0; symbol < SYMBOLS - 1; symbol++)
      new DataView(moved.plane.memory.buffer).setUint32(column(moved, symbol), symbol + 1, true);
    const always = openCore("release", after);
    feed(always, 0, 450);
    expect(Buffer.compare(screenOf(moved), screenOf(always))).toBe(0);
    for (const test of [moved, always]) feed(test, 450, BARS);
    expect(Buffer.compare(screenOf(moved), screenOf(always))).toBe(0);
    expect(moved.core.screenListed(0)).not.toBe(0);
  });

  it("tells its width by its bytes", () => {
    for (const [maxSymbols, columns] of [
      [1, 2],
      [100, 100],
      [101, 102],
      [600, 512],
    ] as const) {
      const { bases } = planMemory({ maxSymbols, maxInstances: 16, workers: 1 });
      const bytes = (bases[layout.PLAN_SCREEN + 1] ?? 0) - (bases[layout.PLAN_SCREEN] ?? 0);
      expect(screenWidth(bytes)).toBe(columns);
      expect(screenWidth(bytes + 8)).toBeNull();
    }
  });
});
