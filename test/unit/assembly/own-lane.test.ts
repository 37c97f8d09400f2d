// A cell writes to its own lane and to nothing else: what lies beside it belongs to another cell, often to another
// worker. Checked for every strategy that has cells, on all bytes of its table.
import { expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { CELL_COLUMNS } from "../../../src/stream/rings/memory-plan.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";

const SYMBOLS = 12;
const ROUNDS = 1_500;

interface Table {
  readonly code: number;
  readonly columns: number;
  /** Columns of one lane after the other, in use or not. */
  readonly lanes: readonly (readonly number[])[];
}

/** Every table of cells as far as it could be in use, read lane by lane. */
function tables(test: TestPlane): Table[] {
  const rows = SYMBOLS * 8; // symbols of one class share blocks, so rows lie apart
  return CELL_COLUMNS.flatMap((columns, code) => {
    if (columns === 0) return [];
    const lanes = Array.from({ length: rows }, (_, index) =>
      Array.from({ length: columns }, (_, column) => test.column(layout.PLAN_CELLS + code, columns, index, column)),
    );
    return [{ code, columns, lanes }];
  });
}

it("a cell changes its own lane only, whatever is told about its symbol", () => {
  const test = new TestPlane();
  const random = new Random(12);
  for (let symbol = 0; symbol < SYMBOLS; symbol++) test.symbol(`S${symbol}`);
  const before = tables(test);
  let mid = 100;
  for (let round = 0; round < ROUNDS; round++) {
    test.pass(50_000);
    mid *= 1 + 1e-4 * random.normal();
    test.quote("S0", mid - 0.02, mid + 0.02);
    test.trade("S0", mid + 0.05 * random.normal());
    if (round % 10 === 0) test.bar("S0", [mid, mid + 0.1, mid - 0.1, mid, 5], 60_000);
    if (round % 10 === 5) {
      const { writer } = test.plane;
      writer.write(layout.KIND_NEWS, 0, 0, 0, writer.clock, [Math.sin(round), 1, round, 7]);
    }
    test.settle();
  }
  const after = tables(test);
  const moved = new Set<number>();
  before.forEach(({ code, lanes }, table) => {
    lanes.forEach((lane, index) => {
      const changed = after[table]!.lanes[index]!;
      const own = lane[layout.CELL_INSTANCE] !== 0 && lane[layout.CELL_SYMBOL] === 0;
      if (own && changed.some((value, column) => !Object.is(value, lane[column]))) moved.add(code);
      else expect(changed, `lane ${index} of strategy ${code}`).toEqual(lane);
    });
  });
  expect([...moved]).toEqual(
    expect.arrayContaining([layout.MOMENTUM_RIDER, layout.SPREAD_ADJUSTER, layout.SENTIMENT_ANALYSIS]),
  );
});
