// A data plane on the test's own thread: real memory, real core (asserts on unless told otherwise), the workers' work
// done by calling drain. Events go in as the host writes them, signals come out as main reads them.
import * as layout from "../../assembly/layout.ts";
import { Instances } from "../../src/stream/instances.ts";
import { Instruments } from "../../src/stream/instruments.ts";
import { instantiateCore, loadCore, type CoreBuild, type CoreExports } from "../../src/stream/kernels/core.ts";
import type { Capacity } from "../../src/stream/rings/memory-plan.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";
import { SignalRings, type SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { stateHash } from "../../src/stream/rings/state-copy.ts";
import { StateReader } from "../../src/stream/rings/state-reader.ts";

export interface PlaneOptions {
  readonly capacity?: Partial<Capacity>;
  readonly build?: CoreBuild;
  /** Engine clock at the start, microseconds; a Wednesday unless told otherwise. */
  readonly clock?: number;
  readonly cooldownUs?: number;
}

export type Level = readonly [price: number, size: number];

export const WEDNESDAY = Date.UTC(2026, 10, 18, 12) * 1000;

export class TestPlane {
  readonly plane: Plane;
  /** Worker 0. */
  readonly core: CoreExports;
  private readonly workers: readonly CoreExports[];
  readonly instances: Instances;
  readonly instruments: Instruments;
  readonly state: StateReader;
  readonly rings: SignalRings;
  readonly f: Float64Array;
  clock: number;
  private readonly ids = new Map<string, number>();

  constructor(options: PlaneOptions = {}) {
    this.plane = createPlane({ maxSymbols: 64, maxInstances: 64, workers: 1, ...options.capacity });
    const { module } = loadCore(options.build ?? "debug");
    const workers = Array.from({ length: this.plane.plan.workers }, (_, worker) => {
      const core = instantiateCore(module, this.plane.memory);
      core.attach(worker);
      core.resetGlobals();
      const active = layout.CONSUMERS + worker * layout.LINE + layout.CONSUMER_ACTIVE;
      new Int32Array(this.plane.memory.buffer)[active >> 2] = 1;
      return core;
    });
    const [first] = workers;
    if (first === undefined) throw new Error("a plane has at least one worker");
    this.core = first;
    this.workers = workers;
    this.rings = new SignalRings(this.plane.memory, this.plane.plan, { sequence: 0, count: 0, hash: 0n });
    this.instances = new Instances(this.plane.plan, this.plane.ring, this.plane.writer);
    this.instruments = new Instruments(this.plane.memory, this.plane.plan, this.plane.ring, this.plane.writer);
    this.state = new StateReader(this.plane.memory, this.plane.plan);
    this.f = new Float64Array(this.plane.memory.buffer);
    this.clock = options.clock ?? WEDNESDAY;
    this.plane.writer.stamp(this.clock);
    this.instruments.complete([]).next();
    this.instances.defineDefaults({ cooldownUs: options.cooldownUs ?? 1_000_000, learning: true });
    this.settle();
  }

  /** Moves the engine clock on. */
  pass(us: number): void {
    this.clock += us;
    this.plane.writer.stamp(this.clock);
  }

  symbol(name: string, asset: number = layout.ASSET_CRYPTO): number {
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    const id = this.ids.size;
    this.ids.set(name, id);
    this.plane.writer.writeName(layout.TABLE_SYMBOL, id, asset, 0, name);
    if (!this.instances.onSymbol(id, name, asset)) throw new Error(`no room for symbol ${name}`);
    this.instruments.onSymbol({ id, name, assetType: asset });
    this.settle();
    return id;
  }

  trade(name: string, price: number, volume = 1, time = this.clock, flags = 0): void {
    this.write(layout.KIND_TRADE, this.symbol(name), flags, 0, time, [price, volume, price, price, price]);
  }

  quote(name: string, bid: number, ask: number, time = this.clock, sizes: readonly [number, number] = [1, 1]): void {
    this.write(layout.KIND_QUOTE, this.symbol(name), 0, 0, time, [bid, ask, sizes[0], sizes[1], 0]);
  }

  /** A quote of one of several venues. */
  venueQuote(venue: number, name: string, bid: number, ask: number, time = this.clock): void {
    this.write(layout.KIND_QUOTE, this.symbol(name), 0, venue, time, [bid, ask, 1, 1, 0]);
  }

  funding(venue: number, name: string, rate: number, hours: number, time = this.clock, flags = 0): void {
    this.write(layout.KIND_FUNDING, this.symbol(name), flags, venue, time, [rate, hours]);
  }

  /** A quote of several levels, best first; what one side lacks is price and size 0. */
  book(name: string, bids: readonly Level[], asks: readonly Level[], time = this.clock): void {
    const symbol = this.symbol(name);
    const count = Math.max(bids.length, asks.length);
    for (let level = 0; level < count; level++) {
      const [bid, bidSize] = bids[level] ?? [0, 0];
      const [ask, askSize] = asks[level] ?? [0, 0];
      const flags = level + 1 < count ? layout.FLAG_MORE : 0;
      this.write(layout.KIND_QUOTE, symbol, flags, 0, time, [bid, ask, bidSize, askSize, level]);
    }
  }

  bar(name: string, ohlcv: readonly number[], intervalMs: number, time = this.clock, flags = 0): void {
    this.write(layout.KIND_BAR, this.symbol(name), flags, intervalMs, time, ohlcv);
  }

  beat(tiers: number): void {
    this.write(layout.KIND_CLOCK, 0, 0, tiers, this.clock, []);
  }

  control(code: number, subject: number, payload: readonly number[]): void {
    this.write(layout.KIND_CONTROL, subject, 0, code, this.clock, payload);
  }

  /** Lets the core consume all that was written; returns the signals it gave. */
  settle(): readonly SignalRecord[] {
    this.plane.ring.publish();
    const signals: SignalRecord[] = [];
    for (let busy = true; busy;) {
      busy = false;
      for (const core of this.workers) if (core.drain(512) > 0) busy = true;
      signals.push(...this.rings.take().signals);
    }
    return signals;
  }

  hash(): bigint {
    return stateHash(this.plane.memory, this.plane.plan, this.core.hashWords);
  }

  /** The lane of an instance's first cell in the table of its strategy. */
  cellLane(code: number, instance: number): number {
    const cell = this.state.cells(code).find((one) => one.instance === instance);
    if (!cell) throw new Error(`instance ${instance} has no cell`);
    return cell.index;
  }

  /** A column of the lane `index` in the table of region `plan`. */
  column(plan: number, columns: number, index: number, column: number): number {
    const base = this.plane.plan.bases[plan] ?? 0;
    return this.f[(base + (index >> 1) * columns * 16 + (index & 1) * 8 + column * 16) / 8] ?? Number.NaN;
  }

  private write(
    kind: number,
    subject: number,
    flags: number,
    aux: number,
    time: number,
    payload: readonly number[],
  ): void {
    if (!this.plane.writer.write(kind, subject, flags, aux, time, payload)) {
      throw new Error("the event ring is full: settle more often");
    }
  }
}
