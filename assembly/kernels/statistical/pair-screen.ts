// The all-pairs screen: which of all pairs of symbols look cointegrated, bar by bar; the default instances of
// cointegration_model and pairs_trading trade the best of them (screen-groups.ts). Worker 0 only; its bars are those of
// the default instance of cointegration_model.
//   bar      one per bucket in which any symbol ticked, like a group's; the last price of every symbol, forward filled
//   screen   Engle-Granger without lags, lower column on higher column, significant at 5 percent (MacKinnon, 2
//            variables). The rows are spread over SLICES bars: each bar pays for one slice, after SLICES bars the best
//            TOP pairs stand in the list, best first
// Symbols get a column in the order of their first tick; one that comes when all are taken is not screened.
// Measured for 504 symbols (bench pair-screen, two shared cores of an AMD EPYC): a bar costs 0.32 ms with its ticks; all
// 126,756 pairs at once would cost 1.2 ms, 130 times less than a pass over the window for each.
import * as layout from "../../layout";
import * as reference from "../../reference";
import { bits, less, splat } from "../../lanes";
import { mackinnonCritical } from "../../math/mackinnon";
import { CONSTANT } from "../../math/moments";
import { instanceRow, screen, screenSymbols, symbolRow } from "../../plan";
import { assignGroups, defaultRuns } from "./screen-groups";
import { pairStatistic, ROW_PRICE, rollMatrices, vector } from "./screen-matrices";

const BARS = 0; //      f64 bars closed
const END = 8; //       f64 end of the open bar, 0: no tick since the last one closed
const CLOSED = 16; //   f64 end of the last closed bar
const LAG = 24; //      f64 engine clock minus event time at the newest tick
const COLUMNS = 32; //  u32 columns taken
const FOUND = 36; //    u32 pairs in the list under way
const LISTED = 40; //   u32 pairs in the finished list
const TIME = 48; //     f64 newest event time of a tick
const LIST = 512; //    finished: TOP entries of 16 bytes: f64 statistic, u32 column, u32 column
const DRAFT = 1024; //  under way
const SYMBOLS = 4096; // u32 symbol of each column

export const TOP: u32 = 16;
export const SLICES: u32 = 16;
const DEFAULT_BAR_US: f64 = 1_000_000;

/** A trade or bar close of any symbol. */
export function screenTick(symbol: u32, price: f64, happened: f64, lag: f64): void {
  const time = lag < 0 ? happened + lag : happened; // no bar begins in the future
  const end = load<f64>(screen, END);
  if (end > 0 && time >= end) screenClose();
  const column = columnOf(symbol);
  if (column == 0) return;
  store<f64>(vector(ROW_PRICE) + ((column - 1) << 3), price);
  if (time >= load<f64>(screen, TIME)) {
    store<f64>(screen, time, TIME);
    store<f64>(screen, lag, LAG);
  }
  if (load<f64>(screen, END) == 0 && time >= load<f64>(screen, CLOSED)) {
    const bar = barUs();
    store<f64>(screen, (floor(time / bar) + 1) * bar, END);
  }
}

/** A tactical clock event. */
export function screenClock(clock: f64): void {
  const end = load<f64>(screen, END);
  if (end > 0 && clock - load<f64>(screen, LAG) >= end) screenClose();
}

/** Column + 1 of the symbol, 0 when there is none left for it. */
function columnOf(symbol: u32): u32 {
  const row = symbolRow(symbol);
  const known = load<u32>(row, layout.SYMBOL_SCREEN);
  if (known != 0) return known;
  const next = load<u32>(screen, COLUMNS);
  if (next >= screenSymbols) return 0;
  store<u32>(screen, next + 1, COLUMNS);
  store<u32>(screen + SYMBOLS + (next << 2), symbol);
  store<u32>(row, next + 1, layout.SYMBOL_SCREEN);
  return next + 1;
}

function barUs(): f64 {
  if (!defaultRuns(layout.COINTEGRATION_MODEL)) return DEFAULT_BAR_US;
  const bar = load<f64>(instanceRow(layout.COINTEGRATION_MODEL), layout.INSTANCE_BAR_MS) * 1000;
  return bar > 0 ? bar : DEFAULT_BAR_US;
}

/** Closes the bar under way: roll, one slice of the screen, and after the last slice the new list. */
export function screenClose(): void {
  store<f64>(screen, load<f64>(screen, END), CLOSED);
  store<f64>(screen, 0, END);
  const columns = load<u32>(screen, COLUMNS);
  const bar = u32(load<f64>(screen, BARS));
  rollMatrices(columns, bar);
  store<f64>(screen, <f64>(bar + 1), BARS);
  const slice = bar & (SLICES - 1);
  if (slice == 0) store<u32>(screen, 0, FOUND);
  screenRows(slice, SLICES);
  if (slice != SLICES - 1) return;
  store<u32>(screen, load<u32>(screen, FOUND), LISTED);
  memory.copy(screen + LIST, screen + DRAFT, TOP << 4);
  assignGroups(screen + LIST, load<u32>(screen, LISTED), screen + SYMBOLS, bar + 1);
}

/** Judges rows from, from + step, ... against all later columns; adds what passes to the list under way. */
export function screenRows(from: u32, step: u32): void {
  const columns = load<u32>(screen, COLUMNS);
  const critical = mackinnonCritical(5, CONSTANT, 2, <f64>(reference.SCREEN_WINDOW - 1));
  const limit = splat<v128>(critical);
  for (let i = from; i < columns; i += step) {
    const end = (<usize>columns) << 3;
    for (let at: usize = ((i + 1) & ~1) << 3; at < end; at += 16) {
      const tau = pairStatistic<v128>(i, at);
      const passes = bits<v128>(less<v128>(tau, limit));
      if (passes == 0) continue;
      const j = u32(at >> 3);
      if (passes & 1 && j > i) insert(f64x2.extract_lane(tau, 0), i, j);
      if (passes & 2 && j + 1 < columns) insert(f64x2.extract_lane(tau, 1), i, j + 1);
    }
  }
}

/** Keeps the TOP smallest statistics in order; of equal ones the first found stays in front. */
function insert(tau: f64, i: u32, j: u32): void {
  let place = load<u32>(screen, FOUND);
  if (place == TOP) {
    if (!(tau < load<f64>(screen + DRAFT + ((TOP - 1) << 4)))) return;
    place = TOP - 1;
  } else store<u32>(screen, place + 1, FOUND);
  while (place > 0 && tau < load<f64>(screen + DRAFT + ((place - 1) << 4))) {
    memory.copy(screen + DRAFT + (place << 4), screen + DRAFT + ((place - 1) << 4), 16);
    place--;
  }
  const at = screen + DRAFT + (place << 4);
  store<f64>(at, tau);
  store<u32>(at, i, 8);
  store<u32>(at, j, 12);
}

/** Statistic of two columns as the latest bar left it (lower on higher); NaN when they must not be judged. */
export function screenStatistic(i: u32, j: u32): f64 {
  return i < j ? pairStatistic<f64>(i, (<usize>j) << 3) : pairStatistic<f64>(j, (<usize>i) << 3);
}
/** Entry `place` of the finished list: its address (f64 statistic, u32 column, u32 column), 0 beyond the end. */
export function screenListed(place: u32): usize {
  return place < load<u32>(screen, LISTED) ? screen + LIST + (place << 4) : 0;
}
