import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { createPlane } from "../../../../src/stream/rings/plane.ts";
import { SignalRings, type SignalRecord, type SignalTotals } from "../../../../src/stream/rings/signal-ring.ts";
import { Random } from "../../../support/random.ts";

const EMPTY: SignalTotals = { sequence: 0, count: 0, hash: 0n };

interface Given {
  readonly sequence: number;
  readonly instance?: number;
  readonly symbol?: number;
  readonly hash?: bigint;
}

/** The workers' end of the rings, by hand. */
class Workers {
  readonly words: Int32Array;
  private readonly view: DataView;
  private readonly plane;

  constructor(workers: number, counter = 0) {
    this.plane = createPlane({ maxSymbols: 16, maxInstances: 32, workers });
    this.words = new Int32Array(this.plane.memory.buffer);
    this.view = new DataView(this.plane.memory.buffer);
    for (let worker = 0; worker < workers; worker++) {
      this.words[this.counter(worker)] = counter;
      this.words[this.counter(worker) + layout.LINE / 4] = counter;
      this.pass(worker, counter);
    }
  }

  open(start = EMPTY): SignalRings {
    return new SignalRings(this.plane.memory, this.plane.plan, start);
  }

  push(worker: number, signal: Given): void {
    const head = this.words[this.counter(worker)] ?? 0;
    const base = (this.plane.plan.bases[layout.PLAN_SIGNALS] ?? 0) + worker * layout.SIGNAL_SLOTS * layout.SIGNAL_BYTES;
    const at = base + (head & (layout.SIGNAL_SLOTS - 1)) * layout.SIGNAL_BYTES;
    this.view.setBigUint64(at + layout.SIGNAL_SEQUENCE, BigInt(signal.sequence), true);
    this.view.setUint32(at + layout.SIGNAL_INSTANCE, signal.instance ?? 6, true);
    this.view.setUint32(at + layout.SIGNAL_SYMBOL, signal.symbol ?? 0, true);
    this.view.setBigUint64(at + layout.SIGNAL_HASH, signal.hash ?? 1n, true);
    Atomics.store(this.words, this.counter(worker), (head + 1) | 0);
  }

  /** The worker has evaluated everything below this event counter. */
  pass(worker: number, counter: number): void {
    Atomics.store(this.words, (layout.CONSUMERS + worker * layout.LINE + layout.CONSUMER_TAIL) >> 2, counter | 0);
  }

  tail(worker: number): number {
    return this.words[this.counter(worker) + layout.LINE / 4] ?? 0;
  }

  private counter(worker: number): number {
    return (layout.SIGNAL_COUNTERS + worker * layout.SIGNAL_COUNTERS_BYTES) >> 2;
  }
}

const place = ({ sequence, instance, symbol }: SignalRecord): readonly number[] => [sequence, instance, symbol];

describe("signal rings, order", () => {
  it("releases by sequence, then instance, then symbol, whichever worker gave the signal", () => {
    const workers = new Workers(3);
    const rings = workers.open();
    workers.push(0, { sequence: 5, instance: 20, symbol: 8 });
    workers.push(0, { sequence: 9, instance: 6, symbol: 0 });
    workers.push(1, { sequence: 5, instance: 6, symbol: 9 });
    workers.push(1, { sequence: 5, instance: 20, symbol: 1 });
    workers.push(2, { sequence: 2, instance: 30, symbol: 2 });
    workers.push(2, { sequence: 5, instance: 6, symbol: 2 });
    for (const worker of [0, 1, 2]) workers.pass(worker, 10);
    expect(rings.take().signals.map(place)).toEqual([
      [2, 30, 2],
      [5, 6, 2],
      [5, 6, 9],
      [5, 20, 1],
      [5, 20, 8],
      [9, 6, 0],
    ]);
  });

  it("gives one order and the same totals for every number of workers, whoever is fast", () => {
    const random = new Random(11);
    const given = Array.from({ length: 400 }, (_, index) => ({
      sequence: index >> 1,
      instance: 6 + random.integer(4) * 2 + (index & 1),
      symbol: random.integer(40),
      hash: (BigInt(random.integer(2 ** 31)) << 33n) | BigInt(index),
    }));
    const run = (count: number): { readonly order: readonly (readonly number[])[]; readonly totals: SignalTotals } => {
      const workers = new Workers(count);
      const rings = workers.open();
      const order: (readonly number[])[] = [];
      const done = Array<number>(count).fill(0);
      while (done.some((sequence) => sequence < 200)) {
        const worker = random.integer(count);
        const until = Math.min(200, (done[worker] ?? 0) + 1 + random.integer(30));
        const own = given.filter(({ sequence, symbol }) => {
          return symbol % count === worker && sequence >= (done[worker] ?? 0) && sequence < until;
        });
        for (const signal of own) workers.push(worker, signal);
        workers.pass(worker, (done[worker] = until));
        order.push(...rings.take().signals.map(place));
      }
      return { order, totals: rings.take().totals };
    };
    const one = run(1);
    expect(one.order).toHaveLength(400);
    expect(one.totals).toEqual({
      sequence: 200,
      count: 400,
      hash: BigInt.asUintN(
        64,
        given.reduce((sum, { hash }) => sum + hash, 0n),
      ),
    });
    for (let workers = 2; workers <= layout.MAX_WORKERS; workers++) expect(run(workers)).toEqual(one);
  });
});

describe("signal rings, release", () => {
  it("releases nothing of an event that the slowest worker has not passed", () => {
    const workers = new Workers(2);
    const rings = workers.open();
    workers.push(0, { sequence: 3 });
    workers.push(0, { sequence: 4 });
    workers.pass(0, 100);
    workers.pass(1, 3);
    expect(rings.watermark()).toBe(3);
    expect(rings.take()).toEqual({ signals: [], totals: { sequence: 3, count: 0, hash: 0n } });
    workers.pass(1, 4);
    expect(rings.take().signals.map(place)).toEqual([[3, 6, 0]]);
    expect(rings.take().signals).toEqual([]);
    workers.pass(1, 5);
    expect(rings.take().signals.map(place)).toEqual([[4, 6, 0]]);
  });

  it("makes room for the worker also for signals that wait for another worker", () => {
    const workers = new Workers(2);
    const rings = workers.open();
    workers.push(0, { sequence: 0 });
    workers.push(0, { sequence: 1 });
    workers.pass(0, 2);
    workers.pass(1, 1);
    expect(rings.take().signals.map(({ sequence }) => sequence)).toEqual([0]);
    expect(workers.tail(0)).toBe(2);
    workers.pass(1, 2);
    expect(rings.take().signals.map(({ sequence }) => sequence)).toEqual([1]);
  });

  for (const [name, counter] of [
    ["the sign bit", 0x7fff_fffe],
    ["zero", -2],
  ] as const) {
    it(`goes on when its counters pass ${name}`, () => {
      const workers = new Workers(2, counter);
      const rings = workers.open({ sequence: 5_000_000_000, count: 7, hash: 2n });
      for (let index = 0; index < 4; index++) {
        for (const worker of [0, 1]) workers.push(worker, { sequence: 5_000_000_000 + index, symbol: worker });
      }
      workers.pass(0, counter + 4);
      workers.pass(1, counter + 4);
      const { signals, totals } = rings.take();
      expect(signals.map(({ sequence }) => sequence - 5_000_000_000)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
      expect(totals).toEqual({ sequence: 5_000_000_004, count: 15, hash: 10n });
      expect(workers.tail(0)).toBe((counter + 4) | 0);
    });
  }

  it("begins with the totals that it was given and sums hashes within 64 bits", () => {
    const workers = new Workers(1);
    const rings = workers.open({ sequence: 0, count: 3, hash: 0xffff_ffff_ffff_fffen });
    workers.push(0, { sequence: 0, hash: 5n });
    workers.pass(0, 1);
    expect(rings.take().totals).toEqual({ sequence: 1, count: 4, hash: 3n });
  });
});
