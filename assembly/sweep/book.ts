// The account of one parameter set: all of the equity goes into each position, in fractional units.
//   entry at p:  units = cash / (p (1 + fee)),  cash -= units p fee
//   exit at q:   cash += side units (q - p) - units q fee;  the trade's profit is what it brought after both fees
// A set whose cash is gone enters nothing any more. Prices above 0, in the symbol's unit; blocks as in sweep-layout.ts.
import {
  BLOCK_COUNT_BYTES,
  BLOCK_SETS,
  BLOCK_SUM_BYTES,
  COUNT_ENTRY_BAR,
  COUNT_HASH,
  COUNT_HELD,
  COUNT_TRADES,
  COUNT_WINS,
  JOB_BLOCKS,
  STATE_CASH,
  STATE_ENTRY,
  STATE_ENTRY_FEE,
  STATE_FEE,
  STATE_SIDE,
  STATE_STOP,
  STATE_STOP_RATE,
  STATE_TAKE,
  STATE_TAKE_RATE,
  STATE_UNITS,
  STATE_WORDS,
  SUM_FEES,
  SUM_LOST,
  SUM_WON,
} from "./sweep-layout";

const LANES: usize = BLOCK_SETS;

export function word(job: usize, place: u32): u32 {
  return load<u32>(job + (usize(place) << 2));
}
function stateBytes<E>(): usize {
  return usize(STATE_WORDS) * LANES * sizeof<E>();
}
/** Address of the block of a set. */
export function blockOf<E>(job: usize, set: u32): usize {
  const bytes = stateBytes<E>() + BLOCK_SUM_BYTES + BLOCK_COUNT_BYTES;
  return usize(word(job, JOB_BLOCKS)) + usize(set / BLOCK_SETS) * bytes;
}
/** Address of a word of the lane of a block, its neighbours behind it. */
export function stateOf<E>(block: usize, column: u32, lane: u32): usize {
  return block + (usize(column) * LANES + usize(lane)) * sizeof<E>();
}
function sumOf<E>(block: usize, column: u32, lane: u32): usize {
  return block + stateBytes<E>() + ((usize(column) * LANES + usize(lane)) << 3);
}
function countOf<E>(block: usize, column: u32, lane: u32): usize {
  return block + stateBytes<E>() + BLOCK_SUM_BYTES + ((usize(column) * LANES + usize(lane)) << 2);
}

/** Ends what the set holds, at the open of `bar` or at a level within it, and takes the new side: -1, 0 or 1. */
export function trade<E>(block: usize, lane: u32, bar: u32, price: E, side: E): void {
  if (load<E>(stateOf<E>(block, STATE_UNITS, lane)) != <E>0) close<E>(block, lane, bar, price);
  store<E>(stateOf<E>(block, STATE_SIDE, lane), side);
  store<E>(stateOf<E>(block, STATE_STOP, lane), <E>-Infinity);
  store<E>(stateOf<E>(block, STATE_TAKE, lane), <E>Infinity);
  const cash = load<E>(stateOf<E>(block, STATE_CASH, lane));
  if (side == <E>0 || !(cash > <E>0)) return;
  const fee = load<E>(stateOf<E>(block, STATE_FEE, lane));
  const units = cash / (price * (<E>1 + fee));
  const paid = units * price * fee;
  store<E>(stateOf<E>(block, STATE_CASH, lane), cash - paid);
  store<E>(stateOf<E>(block, STATE_ENTRY_FEE, lane), paid);
  store<E>(stateOf<E>(block, STATE_UNITS, lane), side * units);
  store<E>(stateOf<E>(block, STATE_ENTRY, lane), price);
  store<E>(stateOf<E>(block, STATE_STOP, lane), price * load<E>(stateOf<E>(block, STATE_STOP_RATE, lane)));
  store<E>(stateOf<E>(block, STATE_TAKE, lane), price * load<E>(stateOf<E>(block, STATE_TAKE_RATE, lane)));
  store<u32>(countOf<E>(block, COUNT_ENTRY_BAR, lane), bar);
}

function close<E>(block: usize, lane: u32, bar: u32, price: E): void {
  const units = load<E>(stateOf<E>(block, STATE_UNITS, lane));
  const size = units < <E>0 ? -units : units;
  const brought = units * (price - load<E>(stateOf<E>(block, STATE_ENTRY, lane)));
  const paid = size * price * load<E>(stateOf<E>(block, STATE_FEE, lane));
  const entryFee = load<E>(stateOf<E>(block, STATE_ENTRY_FEE, lane));
  const cash = stateOf<E>(block, STATE_CASH, lane);
  store<E>(cash, load<E>(cash) + (brought - paid));
  store<E>(stateOf<E>(block, STATE_UNITS, lane), <E>0);
  const profit = <f64>(brought - paid - entryFee);
  const entered = load<u32>(countOf<E>(block, COUNT_ENTRY_BAR, lane));
  count<E>(block, COUNT_TRADES, lane, 1);
  count<E>(block, COUNT_HELD, lane, bar - entered);
  if (profit > 0) count<E>(block, COUNT_WINS, lane, 1);
  total<E>(block, profit > 0 ? SUM_WON : SUM_LOST, lane, profit);
  total<E>(block, SUM_FEES, lane, <f64>(paid + entryFee));
  const hash = countOf<E>(block, COUNT_HASH, lane);
  const bits = reinterpret<u64>(profit);
  const place = units < <E>0 ? ~entered : entered;
  store<u32>(hash, stir(stir(stir(stir(load<u32>(hash), place), bar), <u32>bits), <u32>(bits >> 32)));
}
function count<E>(block: usize, column: u32, lane: u32, more: u32): void {
  const at = countOf<E>(block, column, lane);
  store<u32>(at, load<u32>(at) + more);
}
export function total<E>(block: usize, column: u32, lane: u32, more: f64): void {
  const at = sumOf<E>(block, column, lane);
  store<f64>(at, load<f64>(at) + more);
}
/** Mixes a word into a hash of 32 bits, which plain JavaScript can do as well. */
function stir(hash: u32, word: u32): u32 {
  const x = (hash ^ word) * 0x9e3779b1;
  return rotl(x, 13) * 5 + 0xe6546b64;
}
