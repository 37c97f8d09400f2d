import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import * as reference from "../../../../assembly/reference.ts";
import { UNIT_USD_MILLIONS } from "../../../../assembly/wire.ts";
import { Instances } from "../../../../src/stream/instances.ts";
import { instantiateCore, loadCore } from "../../../../src/stream/kernels/core.ts";
import { CELL_COLUMNS } from "../../../../src/stream/rings/memory-plan.ts";
import { createPlane, type Plane } from "../../../../src/stream/rings/plane.ts";
import { copyState, currentRegions, stateHash } from "../../../../src/stream/rings/state-copy.ts";
import { copyBytes } from "../../../../src/stream/rings/state-regions.ts";
import { WEDNESDAY } from "../../../support/plane.ts";
import { Random } from "../../../support/random.ts";

interface Run extends Plane {
  readonly bytes: Uint8Array;
  readonly hash: () => bigint;
}

/** Nine symbols, a group, a registered instance and 600 events, dealt to `workers` cores on this thread. */
function run(workers: number, maxSymbols = 32): Run {
  const plane = createPlane({ maxSymbols, maxInstances: 32, workers });
  const { module } = loadCore("debug");
  const words = new Int32Array(plane.memory.buffer);
  const cores = Array.from({ length: workers }, (_, worker) => {
    const core = instantiateCore(module, plane.memory);
    core.attach(worker);
    core.resetGlobals();
    words[(layout.CONSUMERS + worker * layout.LINE + layout.CONSUMER_ACTIVE) >> 2] = 1;
    return core;
  });
  const { writer, ring, memory, plan } = plane;
  const instances = new Instances(plan, ring, writer);
  writer.stamp(WEDNESDAY);
  instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
  for (let symbol = 0; symbol < 9; symbol++) {
    writer.writeName(layout.TABLE_SYMBOL, symbol, layout.ASSET_CRYPTO, 0, `S${symbol}`);
    instances.onSymbol(symbol);
  }
  writer.writeName(layout.TABLE_VENUE, 0, 0, 0, "VENUE");
  writer.writeName(layout.TABLE_SERIES, 0, 0, 0, "WALCL");
  writer.write(layout.KIND_CONTROL, 3, 0, layout.CONTROL_INSTRUMENT, WEDNESDAY, [reference.INSTRUMENT_BENCHMARK, 6]);
  instances.add({ strategy: "cointegration_model", symbols: [0, 1], strategyId: null });
  instances.add({ strategy: "momentum_rider", symbols: [3, 8], barMs: 1000, strategyId: null });
  const random = new Random(5);
  for (let event = 0; event < 600; event++) {
    const clock = writer.stamp(WEDNESDAY + event * 50_000);
    const price = 100 * (1 + 0.01 * event) + random.normal();
    writer.write(layout.KIND_QUOTE, event % 9, 0, 0, clock, [price - 0.01, price + 0.01, 1, 1, 0]);
    writer.write(layout.KIND_TRADE, event % 9, 0, 0, clock, [price, 1, price, price, price]);
    if (event % 30 === 0) writer.write(layout.KIND_NEWS, event % 9, 0, 0, clock, [0.5, 1, event, 77, 0]);
    if (event % 31 === 0) writer.write(layout.KIND_EARNINGS, event % 9, 0, 0, clock, [1 + event, 2, clock]);
    if (event % 97 === 0) writer.write(layout.KIND_RATES, 0, 0, 0, clock, [4, 4 + event / 1e4, 9, 30, 0]);
    if (event % 50 === 0) writer.write(layout.KIND_MACRO, 0, 0, 0, clock - event * 1e9, [event, UNIT_USD_MILLIONS]);
    if (event % 20 === 0) writer.write(layout.KIND_CLOCK, 0, 0, layout.TIER_FAST | layout.TIER_TACTICAL, clock, []);
  }
  ring.publish();
  for (const core of cores) while (core.drain(512) > 0);
  const hash = (): bigint => stateHash(memory, plan, (...range) => (cores[0] ?? noCore()).hashWords(...range));
  return { ...plane, bytes: new Uint8Array(memory.buffer), hash };
}

function noCore(): never {
  throw new Error("a run has at least one core");
}

/** Changes one byte, looks, and puts it back. */
function touched<T>(bytes: Uint8Array, address: number, look: () => T): T {
  const before = bytes[address] ?? 0;
  bytes[address] = before ^ 1;
  const seen = look();
  bytes[address] = before;
  return seen;
}

describe("state", () => {
  it("has the same bytes and the same hash for one to eight workers", () => {
    const one = run(1);
    const state = Buffer.from(copyState(one.memory, one.plan));
    expect(state.readBigUInt64LE(layout.GLOBALS_SIGNAL_COUNT)).toBeGreaterThan(0n);
    for (let workers = 2; workers <= layout.MAX_WORKERS; workers++) {
      const many = run(workers);
      expect(many.hash()).toBe(one.hash());
      expect(Buffer.compare(copyState(many.memory, many.plan), state)).toBe(0);
    }
  });

  it("does not depend on how large the tables are that hold it, apart from the screen's", () => {
    const small = run(1, 32);
    const large = run(1, 200);
    const regions = (plane: Run): Buffer[] =>
      currentRegions(plane.memory, plane.plan)
        .filter(({ region }) => region !== layout.PLAN_SCREEN)
        .map(({ base, bytes }) => Buffer.from(plane.bytes.slice(base, base + bytes)));
    expect(Buffer.compare(Buffer.concat(regions(large)), Buffer.concat(regions(small)))).toBe(0);
  });

  it("shows a change of any byte: first, last and one in the middle of every region", () => {
    const plane = run(2);
    const before = plane.hash();
    const copy = Buffer.from(copyState(plane.memory, plane.plan));
    for (const { region, base, bytes } of currentRegions(plane.memory, plane.plan)) {
      // The clock and the totals open the GLOBALS; the hash knows the totals as sums over the workers.
      const first = region === layout.PLAN_GLOBALS ? layout.GLOBALS_LATCH : 0;
      for (const offset of [first, first + ((bytes - first) >> 1) + 3, bytes - 1]) {
        const [hash, state] = touched(plane.bytes, base + offset, () => {
          return [plane.hash(), Buffer.from(copyState(plane.memory, plane.plan))] as const;
        });
        expect(hash, `region ${region}, byte ${offset}`).not.toBe(before);
        expect(Buffer.compare(state, copy), `region ${region}, byte ${offset}`).not.toBe(0);
      }
    }
    expect(plane.hash()).toBe(before);
  });

  it("holds every region that the core keeps between two events", () => {
    const { memory, plan } = run(2);
    expect(currentRegions(memory, plan).map(({ region }) => region)).toEqual([
      layout.PLAN_GLOBALS,
      layout.PLAN_INSTANCES,
      layout.PLAN_SYMBOLS,
      layout.PLAN_SERIES,
      layout.PLAN_ENDS,
      layout.PLAN_HISTORY,
      ...CELL_COLUMNS.flatMap((columns, code) => (columns > 0 ? [layout.PLAN_CELLS + code] : [])),
      layout.PLAN_GROUPS,
      layout.PLAN_INSTRUMENTS,
      layout.PLAN_BOARD,
      layout.PLAN_LABELS,
      layout.PLAN_SCREEN,
    ]);
  });

  it("shows a signal of any worker in count and hash", () => {
    const plane = run(3);
    const before = plane.hash();
    for (let worker = 0; worker < 3; worker++) {
      const globals = (plane.plan.bases[layout.PLAN_GLOBALS] ?? 0) + worker * layout.GLOBALS_BYTES;
      for (const word of [layout.GLOBALS_SIGNAL_COUNT, layout.GLOBALS_SIGNAL_HASH]) {
        expect(touched(plane.bytes, globals + word, plane.hash)).not.toBe(before);
      }
    }
  });

  it("does not speak of what is not state: rings, scratch, names of the host, derived lists, rows not in use", () => {
    const plane = run(2);
    const before = plane.hash();
    const { bases } = plane.plan;
    const outside = [
      layout.EVENT_HEAD + 64,
      ...[
        layout.PLAN_EVENTS,
        layout.PLAN_SIGNALS,
        layout.PLAN_SCRATCH,
        layout.PLAN_NAMES,
        layout.PLAN_LEG_HEADS,
        layout.PLAN_ASSETS,
        layout.PLAN_STATISTICS,
      ].map((region) => bases[region] ?? 0),
      (bases[layout.PLAN_SYMBOLS] ?? 0) + 9 * layout.SYMBOL_BYTES,
      (bases[layout.PLAN_INSTANCES] ?? 0) + 20 * layout.INSTANCE_BYTES,
    ];
    for (const address of outside) expect(touched(plane.bytes, address, plane.hash), `byte ${address}`).toBe(before);
  });

  it("takes one copy of what every worker has for itself", () => {
    const one = run(1);
    const three = run(3);
    const sizes = ({ memory, plan }: Run): (readonly [number, number])[] =>
      currentRegions(memory, plan).map(({ region, bytes }) => [region, bytes]);
    expect(sizes(three)).toEqual(sizes(one));
    expect(sizes(one).flatMap(([region]) => (copyBytes(region, one.plan) > 0 ? [region] : []))).toEqual([
      layout.PLAN_GLOBALS,
      layout.PLAN_INSTANCES,
      layout.PLAN_INSTRUMENTS,
      layout.PLAN_BOARD,
    ]);
  });
});
