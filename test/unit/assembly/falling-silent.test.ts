import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { HOLDINGS, cycle, type Holding } from "../../support/holding.ts";

const { ACTION_EXIT, CONTROL_ENABLE, CONTROL_REMOVE } = layout;

function said({ plane, instance }: Holding): readonly SignalRecord[] {
  return plane.settle().filter((signal) => signal.instance === instance);
}
function removed(holding: Holding): readonly SignalRecord[] {
  expect(holding.plane.instances.remove(holding.instance)).toBe(true);
  return said(holding);
}
function switched(holding: Holding, on: boolean): readonly SignalRecord[] {
  expect(holding.plane.instances.enable(holding.instance, on)).toBe(true);
  return said(holding);
}
/** Leg by leg, whatever the order. */
const legs = (signals: readonly SignalRecord[]): readonly string[] =>
  signals.map(({ symbol, group, strategy, tier }) => JSON.stringify([symbol, group, strategy, tier])).toSorted();

function expectClosed(exits: readonly SignalRecord[], { opened, plane }: Holding): void {
  expect(exits.every(({ action }) => action === ACTION_EXIT)).toBe(true);
  expect(legs(exits)).toEqual(legs(opened));
  for (const { entry, time, confidence } of exits) {
    expect(entry).toBeGreaterThan(0);
    expect(confidence).toBe(1);
    expect(time).toBeGreaterThanOrEqual(Math.max(...opened.map((signal) => signal.time)));
    expect(time).toBeLessThanOrEqual(plane.clock);
  }
}

describe.each(HOLDINGS)("an instance that holds: $name", ({ make, legs: count }) => {
  it("ends each leg with one exit when it is removed", () => {
    const holding = make();
    expect(holding.opened).toHaveLength(count);
    expectClosed(removed(holding), holding);
  });

  it("ends each leg with one exit when it is switched off, and says nothing a second time", () => {
    const holding = make();
    expectClosed(switched(holding, false), holding);
    expect(switched(holding, false)).toEqual([]);
    expect(removed(holding)).toEqual([]);
  });

  it("is flat when it speaks again", () => {
    const holding = make();
    expect(switched(holding, false)).toHaveLength(count);
    expect(switched(holding, true)).toEqual([]);
    expect(switched(holding, false)).toEqual([]);
    expect(switched(holding, true)).toEqual([]);
    expect(removed(holding)).toEqual([]);
  });

  it("keeps its position when it is only given parameters", () => {
    const holding = make();
    expect(switched(holding, true)).toEqual([]);
    expect(removed(holding)).toHaveLength(count);
  });

  it("says nothing by an event of history", () => {
    for (const code of [CONTROL_ENABLE, CONTROL_REMOVE]) {
      const holding = make();
      const { writer } = holding.plane.plane;
      writer.write(layout.KIND_CONTROL, holding.instance, layout.FLAG_HISTORY, code, holding.plane.clock, [0]);
      expect(said(holding)).toEqual([]);
    }
  });
});

describe("the exit of an instance that falls silent", () => {
  const scene = (wanted: string): Holding => {
    const found = HOLDINGS.find(({ name }) => name === wanted);
    if (!found) throw new Error(wanted);
    return found.make();
  };

  it("has the last price of the symbol and the time of that price", () => {
    const holding = scene("breakout_strategy");
    const { plane } = holding;
    plane.pass(7_000_000);
    plane.trade("X", 100.9);
    plane.pass(5_000_000);
    expect(removed(holding)).toMatchObject([{ entry: 100.9, time: plane.clock - 5_000_000, clock: plane.clock }]);
  });

  it("is said for its own instance alone", () => {
    const { plane, instance, opened } = scene("momentum_rider");
    plane.instances.remove(layout.BREAKOUT_STRATEGY);
    plane.instances.enable(layout.MOVING_AVERAGE_CROSSOVER, false);
    expect(plane.settle().filter((signal) => signal.instance === instance)).toEqual([]);
    plane.instances.enable(instance, false);
    expect(plane.settle()).toHaveLength(opened.length);
  });

  it("does not concern the legs of a cycle whose time for fills is over", () => {
    for (const end of [removed, (holding: Holding) => switched(holding, false)]) {
      for (const [fillMs, exits] of [
        [40, 0],
        [400, 3],
      ] as const) {
        const holding = cycle({ fill_ms: fillMs });
        for (let quote = 0; quote < 5; quote++) {
          holding.plane.pass(10_000);
          holding.quote();
          expect(said(holding)).toEqual([]);
        }
        expect(end(holding)).toHaveLength(exits);
      }
    }
  });

  it("lets a momentum that goes on be entered anew after the resume", () => {
    const holding = scene("momentum_rider");
    const { plane } = holding;
    switched(holding, false);
    switched(holding, true);
    let price = 200;
    const again: SignalRecord[] = [];
    for (let tick = 0; tick < 100; tick++) {
      plane.pass(30_000);
      plane.trade("BTCUSD", (price *= 1.002));
      again.push(...said(holding));
    }
    expect(again[0]?.action).toBe(layout.ACTION_BUY);
  });
});
