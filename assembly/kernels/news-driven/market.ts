// Daily closes of benchmark symbols (INSTRUMENT_BENCHMARK), kept by every worker in its own copy of the board, because
// a benchmark and the symbols measured by it may belong to different workers. A close is the last trade of a UTC day.
// At BOARD_MARKET: 16 rows of 512 bytes, u32 symbol + 1 (0: free), 12 bytes unused, then 31 slots by day modulo 31
// of f64 event time (us) and f64 close. A benchmark that finds no row is as if there were none.
import { ASSET_BENCHMARK, BOARD_MARKET, INSTRUMENT_BENCHMARK } from "../../reference";
import { assets, board, instrument } from "../../plan";
import { ln } from "../../math/ln";

const ROWS: u32 = 16;
const ROW_BYTES: u32 = 512;
const DAYS: u32 = 31;
/** A close this many days old still stands for a day without one (weekends, holidays). */
const STALE_DAYS: u32 = 7;
export const DAY_US: f64 = 86_400_000_000;

/** A trade or bar of a symbol that is a benchmark of another one. */
export function marketTrade(symbol: u32, close: f64, time: f64): void {
  const row = rowOf(symbol, true);
  if (row == 0) return;
  const slot = slotOf(row, floor(time / DAY_US));
  // History comes behind the first live trades: of one day the latest counts, of one slot the latest day.
  if (time < load<f64>(slot)) return;
  store<f64>(slot, time);
  store<f64>(slot, close, 8);
}

/** The symbol is now somebody's benchmark: its trades are to be heard by every worker. */
export function markBenchmark(symbol: u32): void {
  store<u8>(assets + symbol, load<u8>(assets + symbol) | ASSET_BENCHMARK);
}

/** Benchmark of a symbol + 1, 0: none. */
export function benchmarkOf(symbol: u32): u32 {
  return u32(instrument(symbol, INSTRUMENT_BENCHMARK));
}

/** Whether the benchmark's close of the day that ends at `time` is there. */
export function marketKnows(benchmark: u32, time: f64): bool {
  const row = rowOf(benchmark - 1, false);
  return row == 0 || closeOn(row, dayBefore(time)) > 0;
}

/** Log return of the benchmark between the days that end at `from` and at `to`; 0 where it is not known. */
export function marketReturn(benchmark: u32, from: f64, to: f64): f64 {
  if (benchmark == 0) return 0;
  const row = rowOf(benchmark - 1, false);
  if (row == 0) return 0;
  const first = lastClose(row, from);
  const last = lastClose(row, to);
  return first > 0 && last > 0 ? ln<f64>(last) - ln<f64>(first) : 0;
}

function rowOf(symbol: u32, make: bool): usize {
  for (let index: u32 = 0; index < ROWS; index++) {
    const row = board + BOARD_MARKET + index * ROW_BYTES;
    const owner = load<u32>(row);
    if (owner == symbol + 1) return row;
    if (owner != 0) continue;
    if (make) store<u32>(row, symbol + 1);
    return make ? row : 0;
  }
  return 0;
}
function slotOf(row: usize, day: f64): usize {
  return row + 16 + ((u32(i64(day)) % DAYS) << 4);
}
/** The day that a bar ending at `time` belongs to. */
function dayBefore(time: f64): f64 {
  return floor((time - 1) / DAY_US);
}
function closeOn(row: usize, day: f64): f64 {
  const slot = slotOf(row, day);
  return floor(load<f64>(slot) / DAY_US) == day ? load<f64>(slot, 8) : 0;
}
function lastClose(row: usize, time: f64): f64 {
  const day = dayBefore(time);
  for (let back: u32 = 0; back < STALE_DAYS; back++) {
    const close = closeOn(row, day - <f64>back);
    if (close > 0) return close;
  }
  return 0;
}
