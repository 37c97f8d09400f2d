import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Instances } from "../../../src/stream/instances.ts";
import { TestPlane } from "../../support/plane.ts";

function open(symbols: number): TestPlane {
  const plane = new TestPlane();
  for (let symbol = 0; symbol < symbols; symbol++) plane.symbol(`S${symbol}`);
  return plane;
}

/** Symbol and instance of every cell in use, in order of both. */
function cellsOf({ state }: TestPlane): readonly (readonly [number, number])[] {
  const cells = [...state.cells(layout.MOMENTUM_RIDER), ...state.cells(layout.SPREAD_ADJUSTER)];
  return cells
    .flatMap(({ symbol, instance }) => (instance === null ? [] : [[symbol, instance] as const]))
    .sort(([a, i], [b, j]) => a - b || i - j);
}

describe("a journal that ended in the middle", () => {
  it("of a new symbol: the symbol gets the cells that it lacks at the next start", () => {
    const plane = open(2);
    plane.plane.writer.writeName(layout.TABLE_SYMBOL, 2, layout.ASSET_CRYPTO, 0, "S2");
    plane.settle();
    const after = new Instances(plane.plane.plan, plane.plane.ring, plane.plane.writer);
    after.restore(plane.plane.memory);
    after.defineDefaults({ cooldownUs: 1_000_000, learning: true });
    plane.settle();
    const cells = [layout.MOMENTUM_RIDER, layout.SPREAD_ADJUSTER].flatMap((id) =>
      [0, 1, 2].map((symbol) => [symbol, id]),
    );
    expect(cellsOf(plane)).toEqual(cells.sort(([a = 0, i = 0], [b = 0, j = 0]) => a - b || i - j));
  });

  it("of a default instance: it is defined anew, with all of its parameters", () => {
    const plane = open(0);
    plane.control(layout.CONTROL_PARAMETER, layout.MOMENTUM_RIDER, [layout.PARAMETER_ALL_SYMBOLS, 0]);
    plane.control(layout.CONTROL_PARAMETER, layout.MOMENTUM_RIDER, [0, 0]);
    plane.settle();
    const after = new Instances(plane.plane.plan, plane.plane.ring, plane.plane.writer);
    after.restore(plane.plane.memory);
    after.defineDefaults({ cooldownUs: 1_000_000, learning: true });
    plane.settle();
    const row = (plane.plane.plan.bases[layout.PLAN_INSTANCES] ?? 0) + layout.MOMENTUM_RIDER * layout.INSTANCE_BYTES;
    expect(plane.f[(row + layout.INSTANCE_PARAMETERS) / 8]).toBe(12);
  });

  it("pauses where the ring needs room, and goes on behind it", () => {
    const plane = new TestPlane({ capacity: { maxSymbols: 40_000 } });
    for (let symbol = 0; symbol < 36_000; symbol++) {
      plane.plane.writer.writeName(layout.TABLE_SYMBOL, symbol, layout.ASSET_CRYPTO, 0, `S${symbol}`);
      if (symbol % 1000 === 0) plane.settle();
    }
    plane.settle();
    const after = new Instances(plane.plane.plan, plane.plane.ring, plane.plane.writer);
    after.restore(plane.plane.memory);
    let pauses = 0;
    const portions = after.complete({ cooldownUs: 1_000_000, learning: true });
    while (portions.next().done !== true) {
      pauses++;
      plane.settle();
    }
    plane.settle();
    expect(pauses).toBeGreaterThan(0);
    expect(plane.state.cells(layout.MOMENTUM_RIDER)).toHaveLength(36_000);
  });
});
