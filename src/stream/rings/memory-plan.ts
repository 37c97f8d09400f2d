// Sizes the one shared memory from MAX_SYMBOLS and MAX_INSTANCES and writes the plan into its header page. Pages that
// nobody touches cost no RSS, so regions are generous; one symbol or instance too many is refused, memory never grows.
import * as layout from "../../../assembly/layout.ts";
import * as reference from "../../../assembly/reference.ts";
import { SMALL_NAMES } from "../../../assembly/wire.ts";

export interface Capacity {
  readonly maxSymbols: number;
  readonly maxInstances: number;
  readonly workers: number;
}

export interface MemoryPlan extends Capacity {
  readonly maxSeries: number;
  readonly maxCells: number;
  readonly maxGroups: number;
  readonly screenSymbols: number;
  /** Byte addresses, by PLAN_ index (PLAN_EVENTS .. PLAN_END). */
  readonly bases: readonly number[];
  readonly pages: number;
}

export const PAGE_BYTES = 65536;
/** One cache line: the name, its length, asset type and the message that touched it last. */
const NAME_ROW_BYTES = 64;
export const SCRATCH_BYTES = 8 * 1024 * 1024;
/** wasm32 addresses 4 GiB; the plan must stay below. */
const MEMORY_LIMIT = 65536 * PAGE_BYTES;
export const SCREEN_SYMBOLS_MAX = 512;
/** Bar lengths of the default instances, and room for one more. */
const SERIES_PER_SYMBOL = 7;
const SERIES_TILE = 2 * layout.TILE_BLOCKS;

/** Columns of a cell by strategy code; 0: the strategy keeps its state in groups, or is not built. */
export const CELL_COLUMNS: readonly number[] = [
  layout.LATENCY_COLUMNS,
  layout.FUNDING_COLUMNS,
  layout.TRIANGULAR_COLUMNS,
  layout.PAIRS_COLUMNS,
  layout.REVERSION_COLUMNS,
  layout.COINTEGRATION_COLUMNS,
  layout.MOMENTUM_COLUMNS,
  layout.BREAKOUT_COLUMNS,
  layout.CROSSOVER_COLUMNS,
  layout.ADAPTIVE_COLUMNS,
  layout.SPREAD_COLUMNS,
  layout.RESPONSIVE_COLUMNS,
  layout.SENTIMENT_COLUMNS,
  layout.EARNINGS_COLUMNS,
  layout.POLICY_COLUMNS,
  layout.REGIME_COLUMNS,
  layout.LIQUIDITY_COLUMNS,
  layout.TREND_COLUMNS,
];

/** Lanes in the table of a strategy: pairs_trading has one for each group, in blocks of the groups' classes. */
export function cellLanes(code: number, cells: number, groups: number): number {
  const wheel = 2 * layout.MAX_WORKERS;
  return code === layout.PAIRS_TRADING ? Math.ceil(groups / wheel) * wheel : cells;
}

export function planMemory(capacity: Capacity): MemoryPlan {
  const { maxSymbols, maxInstances, workers } = capacity;
  const maxSeries = tiles(maxSymbols * SERIES_PER_SYMBOL + maxInstances) * SERIES_TILE;
  const maxCells = even(maxSymbols + maxInstances * 3);
  const maxGroups = Math.min(layout.GROUPS_MAX, maxInstances + 64);
  const screenSymbols = Math.min(SCREEN_SYMBOLS_MAX, even(maxSymbols));
  const sizes = [
    layout.EVENT_SLOTS * layout.EVENT_BYTES,
    workers * layout.SIGNAL_SLOTS * layout.SIGNAL_BYTES,
    SCRATCH_BYTES,
    nameIndexBytes(maxSymbols),
    workers * layout.GLOBALS_BYTES,
    workers * maxInstances * layout.INSTANCE_BYTES,
    workers * maxSymbols * 4,
    maxSymbols * layout.SYMBOL_BYTES,
    (maxSeries / 2) * layout.SERIES_COLUMNS * layout.COLUMN_BYTES,
    (maxSeries / SERIES_TILE) * layout.HISTORY_TILE_BYTES,
    ...CELL_COLUMNS.map((columns, code) => (cellLanes(code, maxCells, maxGroups) / 2) * columns * layout.COLUMN_BYTES),
    maxGroups * layout.GROUP_BYTES,
    screenBytes(screenSymbols),
    workers * maxSymbols,
    workers * layout.STATISTICS_BYTES,
    2 * layout.LABELS * layout.NAME_BYTES,
    workers * maxSymbols * reference.INSTRUMENT_BYTES,
    workers * reference.BOARD_BYTES,
    maxSeries * 8,
  ];
  const bases: number[] = [];
  let next = layout.REGIONS;
  for (const size of sizes) {
    bases.push(next);
    next += Math.ceil(size / layout.LINE) * layout.LINE;
  }
  bases.push(next);
  if (next > MEMORY_LIMIT) {
    const gib = (next / 1024 ** 3).toFixed(1);
    throw new RangeError(
      `MAX_SYMBOLS=${maxSymbols} and MAX_INSTANCES=${maxInstances} need ${gib} GiB of the 4 GiB that WebAssembly addresses; lower one of them`,
    );
  }
  return { ...capacity, maxSeries, maxCells, maxGroups, screenSymbols, bases, pages: Math.ceil(next / PAGE_BYTES) };
}

export function writePlan(memory: WebAssembly.Memory, plan: MemoryPlan): void {
  const words = new Uint32Array(memory.buffer, layout.HEADER, layout.HEADER_BYTES / 4);
  const put = (address: number, value: number): void => {
    words[(address - layout.HEADER) / 4] = value;
  };
  const counts: readonly (readonly [number, number])[] = [
    [layout.PLAN_WORKERS, plan.workers],
    [layout.PLAN_MAX_SYMBOLS, plan.maxSymbols],
    [layout.PLAN_MAX_INSTANCES, plan.maxInstances],
    [layout.PLAN_MAX_SERIES, plan.maxSeries],
    [layout.PLAN_MAX_CELLS, plan.maxCells],
    [layout.PLAN_MAX_GROUPS, plan.maxGroups],
    [layout.PLAN_SCREEN_SYMBOLS, plan.screenSymbols],
  ];
  plan.bases.forEach((base, index) => put(layout.PLAN + index * 4, base));
  for (const [index, value] of counts) put(layout.PLAN + index * 4, value);
  CELL_COLUMNS.forEach((columns, code) => put(layout.PLAN + (layout.PLAN_CELL_COLUMNS + code) * 4, columns));
  put(layout.HEADER_VERSION, layout.LAYOUT_VERSION);
  put(layout.HEADER_MAGIC, layout.LAYOUT_MAGIC);
}

/** A line of its own, then symbols, venues, series (assembly/decode/names.ts draws a table). */
export function nameIndexBytes(maxSymbols: number): number {
  return layout.LINE + tableBytes(maxSymbols) + 2 * tableBytes(SMALL_NAMES);
}
export function nameSlots(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}
export function tableBytes(capacity: number): number {
  const bytes = layout.LINE + nameSlots(capacity) * 4 + capacity * NAME_ROW_BYTES;
  return Math.ceil(bytes / layout.LINE) * layout.LINE;
}

export function screenBytes(symbols: number): number {
  const column = symbols * 8;
  return (
    reference.SCREEN_HEAD_BYTES +
    column * (reference.SCREEN_WINDOW + reference.SCREEN_VECTORS) +
    2 * symbols * column +
    reference.SCREEN_GAP_BYTES
  );
}

/** Tiles for so many series, and one more for each bar length: the last one of each is not full. */
function tiles(series: number): number {
  return Math.ceil(series / SERIES_TILE) + SERIES_PER_SYMBOL;
}

function even(count: number): number {
  return count + (count & 1);
}
