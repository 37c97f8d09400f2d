// Rules that every strategy of closed bars keeps, as one suite: its twin, scaling, mirroring, no look-ahead, both
// drivers, several instances of the same core, dead and broken markets.
import { expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { BarDrive, barSignal, barsOf, drive, mirrored, randomBars, realBars, scaled } from "./bars.ts";
import type { Bar, BarSignal } from "./bars.ts";
import { GOLDEN_PRESENT } from "./golden.ts";
import { TestPlane } from "./plane.ts";
import { Random } from "./random.ts";
import { expectAgreement } from "./signals-agree.ts";

export type Parameters = Readonly<Record<string, number>>;
export interface BarKernel {
  readonly strategy: string;
  readonly code: number;
  readonly columns: number;
  readonly twin: (bars: readonly Bar[], parameters?: Parameters) => readonly BarSignal[];
  readonly sets: readonly Parameters[];
  /** Parameters with which a random walk of 600 bars gives at least ten signals. */
  readonly talkative: Parameters;
  readonly recorded: readonly (readonly [file: string, barMs: number, parameters: Parameters, least: number])[];
  /** It has strategic reviews; its twin takes one to follow each bar. */
  readonly reviewed?: boolean;
  /** Prices that its twin is compared on: noise that reverts as well as trends. */
  readonly bars: (random: Random, count: number) => readonly Bar[];
}

const OTHER: Readonly<Record<number, number>> = {
  [layout.ACTION_BUY]: layout.ACTION_SELL,
  [layout.ACTION_SELL]: layout.ACTION_BUY,
  [layout.ACTION_EXIT]: layout.ACTION_EXIT,
};
const run = (kernel: BarKernel, bars: readonly Bar[], parameters: Parameters, barMs = 60_000): readonly BarSignal[] =>
  drive(kernel.strategy, bars, { parameters, barMs, beats: kernel.reviewed ?? false });
const actions = (signals: readonly BarSignal[]): (readonly [number, number])[] =>
  signals.map(({ bar, action }) => [bar, action] as const);

export function barKernelSuite(kernel: BarKernel): void {
  agreement(kernel);
  invariance(kernel);
  drivers(kernel);
  dead(kernel);
}

function agreement(kernel: BarKernel): void {
  const { twin, sets, recorded, bars } = kernel;
  it("agrees with its twin on random bars, whatever its parameters", () => {
    const random = new Random(51);
    for (const parameters of sets) {
      const tape = bars(random, 1200);
      expectAgreement(run(kernel, tape, parameters), twin(tape, parameters), 1e-7, 4);
    }
  });

  it("agrees with its twin bar by bar on recorded markets", () => {
    if (!GOLDEN_PRESENT) return expect(twin([])).toEqual([]);
    for (const [file, barMs, parameters, least] of recorded) {
      const tape = realBars(file, 4000);
      expectAgreement(run(kernel, tape, parameters, barMs), twin(tape, parameters), 1e-7, least);
    }
  });
}

function invariance(kernel: BarKernel): void {
  const { talkative: parameters, bars } = kernel;
  const tape = bars(new Random(53), 1200);
  const plain = run(kernel, tape, parameters);

  it("decides the same when every price is a thousand times, a milliard times or a hundred millionth of what it was", () => {
    expect(plain.length).toBeGreaterThan(9);
    for (const factor of [1000, 1e9, 1e-8]) {
      const found = run(kernel, scaled(tape, factor / 100), parameters);
      expect(actions(found)).toEqual(actions(plain));
      found.forEach(({ entry, stop, target, confidence }, index) => {
        const other = plain[index]!;
        expect(stop / entry).toBeCloseTo(other.stop / other.entry, 7);
        expect(target / entry).toBeCloseTo(other.target / other.entry, 7);
        expect(confidence).toBeCloseTo(other.confidence, 5);
      });
    }
  });

  it("sells where the mirrored market makes it buy", () => {
    const found = run(kernel, mirrored(tape, 1e6), parameters);
    const upright = run(kernel, mirrored(mirrored(tape, 1e6), 2e6), parameters);
    expect(upright.length).toBeGreaterThan(9);
    expect(actions(found)).toEqual(actions(upright).map(([bar, action]) => [bar, OTHER[action]!]));
  });

  it("says nothing of the future: the beginning of a tape gives the beginning of its signals", () => {
    const end = plain[Math.floor(plain.length / 2)]!.bar + 1;
    const half = run(kernel, tape.slice(0, end), parameters);
    expect(half).toEqual(plain.filter(({ bar }) => bar < end));
  });
}

/** The bars as four trades each, closed by the beat that follows: what the cycle driver does with them. */
function byBeats({ strategy, reviewed, talkative: parameters }: BarKernel, tape: readonly Bar[]): readonly BarSignal[] {
  const plane = new TestPlane({ clock: Math.floor(1_800_000_000e6 / 60e6) * 60e6 });
  for (const { id } of plane.instances.all) plane.instances.remove(id);
  const symbol = plane.symbol("X");
  const added = plane.instances.add({ strategy, symbols: [symbol], barMs: 60_000, strategyId: null, parameters });
  if (!added.ok) throw new Error(added.failure.code);
  plane.settle();
  return tape.flatMap(([open, high, low, close, volume], place) => {
    for (const price of [open, high, low, close]) {
      plane.pass(14_000_000);
      plane.trade("X", price, volume / 4);
    }
    plane.pass(4_000_000);
    plane.beat(layout.TIER_TACTICAL | (reviewed ? layout.TIER_FAST : 0));
    const own = plane.settle().filter(({ instance }) => instance === added.value.id);
    return own.map((signal) => barSignal(signal, place));
  });
}

function drivers(kernel: BarKernel): void {
  it("says the same when beats close its bars as when they arrive whole", () => {
    const { talkative: parameters, bars } = kernel;
    // Volumes of whole numbers, so that four quarters are the whole.
    const tape = bars(new Random(55), 700).map(([o, h, l, c, v]): Bar => [o, h, l, c, Math.ceil(v)]);
    const whole = run(kernel, tape, parameters);
    expect(whole.length).toBeGreaterThan(3);
    expect(byBeats(kernel, tape)).toEqual(whole);
  });
}

function dead({ strategy, code, columns, talkative: parameters }: BarKernel): void {
  const states = (driven: BarDrive): number[] =>
    Array.from({ length: columns }, (_, column) => driven.cell(code, columns, column));

  it("is silent on a price that never moves, at any height, and its state stays finite", () => {
    for (const price of [1e-8, 100, 1e9]) {
      const driven = new BarDrive(strategy, { parameters });
      for (const bar of barsOf(
        Array.from({ length: 600 }, () => price),
        0,
      ))
        driven.bar(bar);
      expect(driven.signals).toHaveLength(0);
      expect(states(driven).every(Number.isFinite)).toBe(true);
    }
  });

  it("keeps no subnormal number and no NaN when a market stops, jumps or sends its bars twice and out of order", () => {
    const driven = new BarDrive(strategy, { parameters });
    const moving = randomBars(new Random(57), 300, 100, 0.01);
    const jump = scaled(moving, 1e6);
    const still = barsOf(
      Array.from({ length: 2000 }, () => 123),
      0,
    );
    for (const bar of [...moving, ...jump, ...moving, ...still]) driven.bar(bar);
    const { plane } = driven;
    for (const time of [plane.clock, plane.clock, plane.clock - 600_000_000, plane.clock + 3_600_000_000]) {
      plane.bar("X", [123, 124, 122, 123, 5], 60_000, time);
    }
    plane.settle();
    const kept = states(driven);
    expect(kept.every(Number.isFinite)).toBe(true);
    expect(kept.filter((value) => value !== 0 && Math.abs(value) < 1e-300)).toEqual([]);
  });

  it("begins anew when history arrives behind the first live bars, and speaks of none of it", () => {
    const plane = new TestPlane();
    for (const { id } of plane.instances.all) plane.instances.remove(id);
    const symbol = plane.symbol("X");
    const added = plane.instances.add({ strategy, symbols: [symbol], barMs: 60_000, strategyId: null, parameters });
    if (!added.ok) throw new Error(added.failure.code);
    const fresh = new BarDrive(strategy, { parameters });
    const tape = randomBars(new Random(59), 500, 100, 0.01);
    plane.bar("X", [7, 8, 6, 7, 1], 60_000);
    tape.forEach((bar, t) => {
      const time = plane.clock - (500 - t) * 60_000_000;
      const flags = layout.FLAG_HISTORY;
      const written = plane.plane.writer.write(layout.KIND_BAR, symbol, flags, 60_000, time, [...bar]);
      if (!written) throw new Error("the event ring is full");
      expect(plane.settle()).toHaveLength(0);
      fresh.bar(bar);
    });
    const cell = (column: number): number => {
      const index = plane.state.cells(code).find(({ instance }) => instance === added.value.id)!.index;
      return plane.column(layout.PLAN_CELLS + code, columns, index, column);
    };
    // The kernel's own columns; what is before them tells places, clocks and the position.
    for (let column = layout.CELL_FIXED; column < columns; column++) {
      expect(cell(column), `column ${column}`).toBeCloseTo(fresh.cell(code, columns, column), 9);
    }
    expect(cell(layout.CELL_SIDE)).toBe(0);
    expect(cell(layout.CELL_MISSING)).toBe(0);
  });
}
