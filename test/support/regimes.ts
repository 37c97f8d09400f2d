// Drives regime_shift_detector on bars of one minute, with a review after each unless told otherwise, and reads its cell.
import * as layout from "../../assembly/layout.ts";
import type { CoreBuild } from "../../src/stream/kernels/core.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { TestPlane } from "./plane.ts";
import type { Random } from "./random.ts";

const MINUTE_MS = 60_000;
const SECOND_STATE = 8;
/** Columns of the kernel, from the first of its own. */
export const COLUMN = { count: 0, drift: 3, waiting: 4, regime: 6, votes: 7, seen: 11, shifts: 12, filtered: 48 };
export const RECENT = 48 + 12 + 7; // P(run < 5) in the figures of the run-length posterior

export interface RegimeRun {
  readonly plane: TestPlane;
  /** Lane of the cell that was run. */
  readonly cell: number;
  readonly said: (SignalRecord & { readonly bar: number })[];
  /** Bars after which the count of shifts had grown. */
  readonly shifts: number[];
}
export interface RegimeOptions {
  readonly parameters?: Record<string, number>;
  readonly build?: CoreBuild;
  readonly barMs?: number;
  readonly reviewEvery?: number;
  readonly asset?: number;
  /** By bar; 1 where there is none. */
  readonly volumes?: readonly number[];
  readonly each?: (plane: TestPlane, bar: number, instance: number) => void;
}

export function regimeCell(plane: TestPlane, column: number, index = 0): number {
  const code = layout.REGIME_SHIFT_DETECTOR;
  return plane.column(layout.PLAN_CELLS + code, layout.REGIME_COLUMNS, index, layout.CELL_FIXED + column);
}

export function runRegimes(closes: readonly number[], options: RegimeOptions = {}): RegimeRun {
  const plane = new TestPlane({ build: options.build ?? "debug" });
  const symbol = plane.symbol("X", options.asset ?? layout.ASSET_CRYPTO);
  let [instance, cell] = [layout.REGIME_SHIFT_DETECTOR as number, 0];
  if (options.parameters !== undefined || options.barMs !== undefined) {
    const { parameters = {}, barMs = MINUTE_MS } = options;
    const request = { strategy: "regime_shift_detector", symbols: [symbol], strategyId: null, parameters, barMs };
    const added = plane.instances.add(request);
    if (!added.ok) throw new Error(JSON.stringify(added.failure));
    plane.settle();
    instance = added.value.id;
    cell = plane.cellLane(layout.REGIME_SHIFT_DETECTOR, instance);
  }
  const run: RegimeRun = { plane, cell, said: [], shifts: [] };
  let before = 0;
  closes.forEach((close, bar) => {
    plane.pass((options.barMs ?? MINUTE_MS) === 0 ? 1_000_000 : MINUTE_MS * 1000);
    if (options.barMs === 0) plane.trade("X", close);
    else plane.bar("X", [close, close * 1.0005, close * 0.9995, close, options.volumes?.[bar] ?? 1], MINUTE_MS);
    if ((bar + 1) % (options.reviewEvery ?? 1) === 0) plane.beat(layout.TIER_FAST);
    const signals = plane.settle().filter((signal) => signal.instance === instance);
    run.said.push(...signals.map((signal) => ({ ...signal, bar })));
    const shifts = regimeCell(plane, COLUMN.shifts, cell);
    if (shifts > before) run.shifts.push(bar);
    before = shifts;
    options.each?.(plane, bar, cell);
  });
  return run;
}

export function secondState(plane: TestPlane, cell = 0): number {
  return regimeCell(plane, COLUMN.filtered + SECOND_STATE / 8, cell);
}

/** Prices whose log returns are `pieces` one after the other: length, mean and deviation. */
export function pieced(random: Random, pieces: readonly (readonly [number, number, number])[], start = 100): number[] {
  let price = start;
  const closes = [price];
  for (const [length, mean, sigma] of pieces) {
    for (let step = 0; step < length; step++) closes.push((price *= Math.exp(mean + sigma * random.normal())));
  }
  return closes;
}
