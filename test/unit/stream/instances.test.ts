import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Instances, type InstanceFailure, type InstanceInfo } from "../../../src/stream/instances.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { TestPlane, type PlaneOptions } from "../../support/plane.ts";

const BUILT = STRATEGIES.filter(({ built }) => built).map(({ code }) => code);
const FIRST = layout.STRATEGY_COUNT;

function open(symbols = 4, options: PlaneOptions = {}): TestPlane {
  const plane = new TestPlane(options);
  for (let symbol = 0; symbol < symbols; symbol++) plane.symbol(`S${symbol}`);
  return plane;
}

function added(plane: TestPlane, strategy: string, symbols?: readonly number[], more: object = {}): InstanceInfo {
  const request = { strategy, strategyId: null, ...(symbols ? { symbols } : {}), ...more };
  const result = plane.instances.add(request);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  plane.settle();
  return result.value;
}

function refusal(plane: TestPlane, request: object): InstanceFailure {
  const before = plane.plane.ring.nextSequence;
  const result = plane.instances.add({ strategy: "momentum_rider", strategyId: null, ...request });
  if (result.ok) throw new Error("the request was taken");
  expect(plane.plane.ring.nextSequence).toBe(before);
  return result.failure;
}

/** Symbol and instance of every cell in use, in order of both. */
function cellsOf({ state }: TestPlane): readonly (readonly [number, number])[] {
  const cells = [...state.cells(layout.MOMENTUM_RIDER), ...state.cells(layout.SPREAD_ADJUSTER)];
  return cells
    .flatMap(({ symbol, instance }) => (instance === null ? [] : [[symbol, instance] as const]))
    .sort(([a, i], [b, j]) => a - b || i - j);
}

describe("default instances", () => {
  it("are one of each strategy that is built, on every symbol, with the strategy's code as id", () => {
    const all = open().instances.all;
    expect(all.map(({ id, type, symbols }) => [id, type.code, symbols])).toEqual(
      BUILT.map((code) => [code, code, null]),
    );
  });

  it("are attached to every symbol, also to those that come later", () => {
    const plane = open(2);
    const each = (symbol: number): readonly (readonly [number, number])[] => [
      [symbol, layout.MOMENTUM_RIDER],
      [symbol, layout.SPREAD_ADJUSTER],
    ];
    expect(cellsOf(plane)).toEqual([...each(0), ...each(1)]);
    plane.symbol("LATER");
    expect(cellsOf(plane)).toEqual([...each(0), ...each(1), ...each(2)]);
  });
});

describe("a default instance that the state does not hold", () => {
  it("is defined at the next start, on the symbols that are known", () => {
    const plane = open(3);
    const before = cellsOf(plane);
    plane.instances.remove(layout.MOMENTUM_RIDER);
    plane.settle();
    expect(cellsOf(plane)).toHaveLength(3);
    plane.instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
    plane.settle();
    expect(cellsOf(plane)).toEqual(before);
  });
});

describe("a request that cannot be taken", () => {
  it("is told field, range and value of a parameter, and nothing is written", () => {
    const plane = open();
    for (const value of [0, 101, Number.NaN, Infinity]) {
      expect(refusal(plane, { parameters: { momentum_threshold: value } })).toEqual({
        code: "validation_error",
        field: "parameters.momentum_threshold",
        issue: `must be a number from 0.01 to 100, not ${value}`,
      });
    }
    expect(refusal(plane, { parameters: { momentum: 1 } })).toEqual({
      code: "validation_error",
      field: "parameters.momentum",
      issue: "is not a parameter of momentum_rider",
    });
    expect(plane.instances.all).toHaveLength(BUILT.length);
  });

  it("may use both ends of the range", () => {
    const plane = open();
    added(plane, "momentum_rider", [0], { parameters: { momentum_threshold: 0.01, stop_atr: 50 } });
  });

  it("is told that a bar length, a number of legs or a symbol is not allowed", () => {
    const plane = open();
    for (const barMs of [-1, 0.5, Number.NaN, 2_592_000_001]) {
      expect(refusal(plane, { barMs })).toMatchObject({ code: "validation_error", field: "bar_ms" });
    }
    for (const symbols of [[9], [0, 0], [-1]]) {
      expect(refusal(plane, { symbols })).toMatchObject({ code: "validation_error", field: "symbols" });
    }
    expect(refusal(plane, { strategy: "cointegration_model", symbols: [1] })).toEqual({
      code: "validation_error",
      field: "symbols",
      issue: "must name 2 to 6 symbols for cointegration_model, not 1",
    });
    expect(refusal(plane, { strategy: "cointegration_model" })).toMatchObject({ field: "symbols" });
  });

  it("is told that its strategy is not available", () => {
    const plane = open();
    expect(refusal(plane, { strategy: "no_such" })).toEqual({ code: "not_available", what: "strategy no_such" });
    const missing = STRATEGIES.find(({ built }) => !built);
    if (missing) expect(refusal(plane, { strategy: missing.name })).toMatchObject({ code: "not_available" });
  });

  it("is told which setting to raise when ids, cells or groups are used up", () => {
    const ids = open(2, { capacity: { maxInstances: FIRST + 1 } });
    added(ids, "momentum_rider", [0]);
    expect(refusal(ids, {})).toEqual({
      code: "capacity_exceeded",
      what: "instances",
      limit: FIRST + 1,
      setting: "MAX_INSTANCES",
    });
    const cells = open(4, { capacity: { maxSymbols: 4, maxInstances: 256 } });
    const room = cells.plane.plan.maxCells;
    const everywhere = { strategy: "momentum_rider", strategyId: null };
    for (let count = 0; count < room && cells.instances.add(everywhere).ok; count++) cells.settle();
    expect(refusal(cells, {})).toMatchObject({ code: "capacity_exceeded", what: "cells", limit: room });
    expect(cells.state.cells(layout.MOMENTUM_RIDER).length).toBeGreaterThan(room - layout.MAX_WORKERS * 2);
    expect(cells.state.cells(layout.MOMENTUM_RIDER).length).toBeLessThanOrEqual(room);
    const groups = open(2, { capacity: { maxInstances: 4400 }, build: "release" });
    const pair = { strategy: "cointegration_model", symbols: [0, 1], strategyId: null };
    for (let count = 0; count < 4400 && groups.instances.add(pair).ok; count++) groups.settle();
    expect(refusal(groups, pair)).toMatchObject({
      code: "capacity_exceeded",
      what: "groups",
      limit: layout.GROUPS_MAX,
    });
    expect(groups.state.groups()).toHaveLength(layout.GROUPS_MAX - layout.SCREEN_GROUPS);
  });

  it("is told that the engine is overloaded when the ring has no room for its events", () => {
    const plane = open();
    const { writer, ring } = plane.plane;
    while (ring.free() > 50) writer.write(layout.KIND_CLOCK, 0, 0, 0, plane.clock, []);
    expect(refusal(plane, { symbols: [0] })).toEqual({ code: "overloaded" });
    plane.settle();
    added(plane, "momentum_rider", [0]);
  });
});

describe("a new symbol", () => {
  it("is refused, and nothing written, when one of the instances on every symbol has no cell left for it", () => {
    const plane = open(0, { capacity: { maxSymbols: 64, maxInstances: 64 } });
    for (let count = 0; count < 40; count++) added(plane, "momentum_rider");
    let known = 0;
    const { ring, writer } = plane.plane;
    for (; known < 64; known++) {
      writer.writeName(layout.TABLE_SYMBOL, known, layout.ASSET_CRYPTO, 0, `S${known}`);
      const before = ring.nextSequence;
      if (plane.instances.onSymbol(known)) continue;
      expect(ring.nextSequence).toBe(before);
      break;
    }
    plane.settle();
    expect(known).toBe(3); // 41 cells each, 256 in all; a block keeps its second lane for a symbol of the same class
    expect(plane.state.cells(layout.MOMENTUM_RIDER).filter(({ instance }) => instance !== null)).toHaveLength(3 * 41);
  });

  it("is refused, and nothing written, while the ring is full", () => {
    const plane = open();
    const { writer, ring } = plane.plane;
    while (ring.free() > 2) writer.write(layout.KIND_CLOCK, 0, 0, 0, plane.clock, []);
    expect(plane.instances.onSymbol(4)).toBe(false);
    expect(ring.free()).toBe(2);
    plane.settle();
    expect(plane.instances.onSymbol(4)).toBe(true);
  });
});

describe("a registered instance", () => {
  it("begins with the next event: every sample counts, and the windows of the others go on as if alone", () => {
    const alone = open();
    const plane = open();
    const tick = (one: TestPlane, index: number): void => {
      one.pass(250_000);
      one.trade("S1", 100 * 1.001 ** index, 1 + (index % 3));
      one.settle();
    };
    for (let index = 0; index < 30; index++) for (const one of [alone, plane]) tick(one, index);
    const { id } = added(plane, "momentum_rider", [1], { barMs: 0, parameters: { horizon_short: 40 } });
    const missing = (): number | null => plane.state.readiness(id, layout.MOMENTUM_RIDER)?.missing ?? null;
    tick(alone, 30);
    tick(plane, 30);
    expect(missing()).toBe(10); // the series was there: 31 samples of the 41 that 40 steps need
    for (let index = 31; index < 60; index++) for (const one of [alone, plane]) tick(one, index);
    expect(missing()).toBe(0);
    const cell = plane.state.cells(layout.MOMENTUM_RIDER).find(({ instance }) => instance === id);
    expect(cell).toBeDefined();
    for (let column = 4; column < layout.MOMENTUM_COLUMNS; column++) {
      const at = (one: TestPlane): number =>
        one.column(layout.PLAN_CELLS + layout.MOMENTUM_RIDER, layout.MOMENTUM_COLUMNS, 2, column);
      expect(at(plane)).toBe(at(alone));
    }
    for (let column = 0; column < layout.SERIES_COLUMNS; column++) {
      if (column === layout.SERIES_FIRST_CELL) continue; // the list of those who listen
      const at = (one: TestPlane): number => one.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, 2, column);
      expect(at(plane)).toBe(at(alone));
    }
  });

  it("changes no signal of the others", () => {
    const run = (register: boolean): unknown[] => {
      const plane = open();
      const signals = [];
      for (let index = 0; index < 200; index++) {
        if (register && index === 40) {
          added(plane, "momentum_rider", [1, 2], { barMs: 1000 });
          added(plane, "cointegration_model", [0, 1]);
          added(plane, "spread_adjuster", [1]);
        }
        plane.pass(1_100_000);
        plane.trade("S1", 100 * 1.002 ** index);
        signals.push(...plane.settle().filter(({ instance }) => instance < FIRST));
      }
      // Later control events move the sequence, so that ids differ; what is said must not.
      return signals.map(({ instance, symbol, action, clock, entry, stop, target, confidence, values }) => {
        return [instance, symbol, action, clock, entry, stop, target, confidence, values];
      });
    };
    const alone = run(false);
    expect(alone.length).toBeGreaterThan(20);
    expect(run(true)).toEqual(alone);
  });

  it("takes the lowest free id, and gives id, cells and groups back when it is removed", () => {
    const plane = open(4, { capacity: { maxSymbols: 8, maxInstances: 24 } });
    const kept = added(plane, "momentum_rider", [0]);
    for (let round = 0; round < 200; round++) {
      const cell = added(plane, "momentum_rider", [0, 1, 2, 3]);
      const quote = added(plane, "spread_adjuster", [0, 1]);
      const group = added(plane, "cointegration_model", [0, 1, 2]);
      expect([kept.id, cell.id, quote.id, group.id]).toEqual([FIRST, FIRST + 1, FIRST + 2, FIRST + 3]);
      for (const { id } of [quote, group, cell]) expect(plane.instances.remove(id)).toBe(true);
      plane.settle();
    }
    expect(plane.state.groups()).toEqual([]);
    expect(plane.instances.all.map(({ id }) => id)).toEqual([...BUILT, FIRST]);
  });

  it("is silent after its removal and while it is switched off", () => {
    const plane = open();
    const { id } = added(plane, "momentum_rider", [1]);
    const spoke = (ticks: number): boolean => {
      let heard = false;
      for (let index = 0; index < ticks; index++) {
        plane.pass(1_100_000);
        plane.trade("S1", 100 * 1.002 ** index);
        if (plane.settle().some(({ instance }) => instance === id)) heard = true;
      }
      return heard;
    };
    expect(spoke(60)).toBe(true);
    const leaves = (): void => {
      const last = plane.settle().filter(({ instance }) => instance === id);
      expect(last.map(({ action }) => action)).toEqual([layout.ACTION_EXIT]);
    };
    plane.instances.enable(id, false);
    leaves();
    expect(spoke(60)).toBe(false);
    plane.instances.enable(id, true);
    expect(spoke(60)).toBe(true);
    plane.instances.remove(id);
    leaves();
    expect(spoke(60)).toBe(false);
    expect(plane.instances.byId(id)).toBeUndefined();
  });

  it("stays as it was when the ring is full: neither removed nor switched", () => {
    const plane = open();
    const { id } = added(plane, "momentum_rider", [1]);
    const { writer } = plane.plane;
    while (writer.write(layout.KIND_CLOCK, 0, 0, 0, plane.clock, []));
    expect([plane.instances.remove(id), plane.instances.enable(id, false)]).toEqual([false, false]);
    expect(plane.instances.byId(id)?.enabled).toBe(true);
    plane.settle();
    expect(plane.instances.remove(id)).toBe(true);
    expect(plane.instances.remove(id)).toBe(false);
  });
});

describe("the table after a restart", () => {
  function busy(): TestPlane {
    const plane = open(6);
    added(plane, "momentum_rider", [1, 4], { barMs: 1000, parameters: { confirm_bar_ms: 60_000 } });
    const gone = [added(plane, "momentum_rider", [0, 1, 2]), added(plane, "cointegration_model", [0, 5])];
    added(plane, "spread_adjuster", [2]);
    added(plane, "momentum_rider", undefined, { barMs: 5000 });
    added(plane, "cointegration_model", [3, 1, 2]);
    for (const { id } of gone) plane.instances.remove(id);
    plane.instances.enable(FIRST, false);
    plane.settle();
    return plane;
  }
  function restored({ plane }: TestPlane): Instances {
    const instances = new Instances(plane.plan, plane.ring, plane.writer);
    instances.restore(plane.memory);
    return instances;
  }
  const rows = (instances: Instances): unknown[] =>
    instances.all.map((row) => ({ ...row, symbols: row.symbols?.toSorted() ?? null })).sort((a, b) => a.id - b.id);

  it("is the table before it", () => {
    const plane = busy();
    expect(rows(restored(plane))).toEqual(rows(plane.instances));
  });

  it("holds the defaults already: only the settings of the start are written again", () => {
    const plane = busy();
    const instances = restored(plane);
    const before = plane.plane.ring.nextSequence;
    instances.defineDefaults({ cooldownUs: 1, learning: false });
    expect(plane.plane.ring.nextSequence - before).toBe(2);
    expect(instances.all).toHaveLength(plane.instances.all.length);
  });

  it("has the same room for what comes next as the table before would have had", () => {
    const places = (restart: boolean): unknown => {
      const plane = busy();
      const instances = restart ? restored(plane) : plane.instances;
      plane.plane.writer.writeName(layout.TABLE_SYMBOL, 6, layout.ASSET_CRYPTO, 0, "NEXT");
      expect(instances.onSymbol(6)).toBe(true);
      for (const symbols of [
        [0, 6],
        [6, 1, 2],
      ]) {
        expect(instances.add({ strategy: "cointegration_model", symbols, strategyId: null }).ok).toBe(true);
      }
      expect(instances.add({ strategy: "momentum_rider", symbols: [6, 0], barMs: 1000, strategyId: null }).ok).toBe(
        true,
      );
      plane.settle();
      return [plane.state.groups(), plane.state.series(), plane.state.instances(), cellsOf(plane)];
    };
    expect(places(true)).toEqual(places(false));
  });

  it("has the room of what was removed before it, however often that happens", () => {
    const plane = open(4, { capacity: { maxSymbols: 8, maxInstances: 24 } });
    let instances = plane.instances;
    for (let round = 0; round < 60; round++) {
      const result = instances.add({ strategy: "momentum_rider", symbols: [0, 1, 2, 3], strategyId: null });
      expect(result.ok).toBe(true);
      plane.settle();
      if (result.ok) expect(instances.remove(result.value.id)).toBe(true);
      plane.settle();
      instances = restored(plane);
    }
  });

  it("never puts two instances into one cell, nor two classes into one block", () => {
    const plane = busy();
    const instances = restored(plane);
    for (let round = 0; round < 8; round++) {
      expect(
        instances.add({
          strategy: "momentum_rider",
          symbols: [round % 6, 5 - (round % 3)].filter((one, at, all) => all.indexOf(one) === at),
          strategyId: null,
        }).ok,
      ).toBe(true);
    }
    plane.settle();
    const cells = plane.state.cells(layout.MOMENTUM_RIDER);
    const expected = instances.all.filter(({ type }) => type.code === layout.MOMENTUM_RIDER);
    const wanted = expected.reduce((sum, { symbols }) => sum + (symbols?.length ?? 6), 0);
    expect(cells.filter(({ instance }) => instance !== null)).toHaveLength(wanted);
    for (let block = 0; block + 1 < cells.length; block += 2) {
      const classes = [cells[block], cells[block + 1]].map((cell) => (cell?.symbol ?? 0) % layout.MAX_WORKERS);
      expect(classes[1]).toBe(classes[0]);
    }
  });
});
