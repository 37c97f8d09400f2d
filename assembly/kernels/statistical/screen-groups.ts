// The groups that the all-pairs screen fills: 0 .. HALF - 1 for the default instance of cointegration_model, the others
// for that of pairs_trading. Each of the best pairs goes to both. A pair keeps its group while it warms up, while the
// strategy's own test holds (Johansen's rank >= 1; the gate), or while it holds a position; a free group takes the best
// pair that its strategy does not have, and starts with the screen's own window as its first samples. Worker 0 only.
import * as layout from "../../layout";
import * as reference from "../../reference";
import {
  GROUP_COUNT,
  GROUP_INSTANCE,
  GROUP_RANK,
  GROUP_SIDE,
  LEG_BASE,
  LEG_PRICE,
  LEG_SYMBOL,
  countMissing,
  groupClear,
  groupDefine,
  leg,
  legWindow,
  slot,
} from "../../groups/row";
import { globals, groupRow, instanceRow } from "../../plan";
import { cointegrationOpen } from "./cointegration-model";
import { keepSample, pairLane } from "./pairs-lane";
import { pairsIdle, pairsOpen, pairsStart } from "./pairs-trading";
import { ROW_PRICE, baseOf, levels, vector } from "./screen-matrices";

const HALF: u32 = layout.SCREEN_GROUPS / 2;

/** Ids below STRATEGY_COUNT are the engine's own instances, numbered by strategy code. */
export function defaultRuns(code: u32): bool {
  return load<f64>(instanceRow(code), layout.INSTANCE_STRATEGY) == <f64>(code + 1);
}

/**
 * Gives pairs to groups: `list` holds `count` entries of 16 bytes, best first, whose columns stand at 8 and 12;
 * `symbols` is the table of the columns' symbols, `bars` the bars that the screen has closed.
 */
export function assignGroups(list: usize, count: u32, symbols: usize, bars: u32): void {
  if (load<u32>(globals, layout.GLOBALS_GROUPS) < u32(layout.SCREEN_GROUPS)) {
    store<u32>(globals, layout.SCREEN_GROUPS, layout.GLOBALS_GROUPS);
  }
  assign(layout.COINTEGRATION_MODEL, 0, list, count, symbols, bars);
  assign(layout.PAIRS_TRADING, HALF, list, count, symbols, bars);
}

function assign(code: u32, first: u32, list: usize, count: u32, symbols: usize, bars: u32): void {
  if (!defaultRuns(code)) return;
  const end = first + HALF;
  let group = first;
  for (let place: u32 = 0; place < count; place++) {
    const column0 = load<u32>(list + (place << 4), 8);
    const column1 = load<u32>(list + (place << 4), 12);
    const symbol0 = load<u32>(symbols + (column0 << 2));
    const symbol1 = load<u32>(symbols + (column1 << 2));
    if (assigned(first, symbol0, symbol1)) continue;
    while (group < end && !isFree(code, group)) group++;
    if (group == end) return;
    groupClear(group);
    groupDefine(group, code, 0, symbol0, 2);
    groupDefine(group, code, 1, symbol1, 2);
    if (code == layout.PAIRS_TRADING) startPair(group, column0, column1, bars);
    else startSpread(group, column0, column1, bars);
    group++;
  }
}
function assigned(from: u32, first: u32, second: u32): bool {
  for (let group = from; group < from + HALF; group++) {
    const row = groupRow(group);
    if (load<u32>(row, GROUP_INSTANCE) == 0) continue;
    if (load<u32>(leg(row, 0), LEG_SYMBOL) == first && load<u32>(leg(row, 1), LEG_SYMBOL) == second) return true;
  }
  return false;
}
function isFree(code: u32, group: u32): bool {
  const row = groupRow(group);
  if (load<u32>(row, GROUP_INSTANCE) == 0) return true;
  if (code == layout.PAIRS_TRADING) return pairsIdle(group);
  return load<f64>(row, GROUP_RANK) == 0 && load<f64>(row, GROUP_SIDE) == 0;
}
function priceOf(column: u32): f64 {
  return load<f64>(vector(ROW_PRICE) + (column << 3));
}

function startSpread(group: u32, column0: u32, column1: u32, bars: u32): void {
  const row = groupRow(group);
  cointegrationOpen(row);
  for (let index: u32 = 0; index < 2; index++) {
    const column = index == 0 ? column0 : column1;
    const at = leg(row, index);
    store<f64>(at, priceOf(column), LEG_PRICE);
    store<f64>(at, baseOf(column), LEG_BASE);
    const window = legWindow(row, index);
    for (let k: u32 = 0; k < u32(reference.SCREEN_WINDOW); k++) {
      store<f64>(slot(window, k), load<f64>(levels(bars + k) + (column << 3)));
    }
  }
  store<f64>(row, <f64>reference.SCREEN_WINDOW, GROUP_COUNT);
  countMissing(row);
}

function startPair(group: u32, column0: u32, column1: u32, bars: u32): void {
  pairsOpen(group);
  for (let k: u32 = 0; k < u32(reference.SCREEN_WINDOW); k++) {
    const level = levels(bars + k);
    const ln0 = load<f64>(level + (column0 << 3)) + baseOf(column0);
    keepSample(group, pairLane(group), k, ln0, load<f64>(level + (column1 << 3)) + baseOf(column1));
  }
  pairsStart(group, reference.SCREEN_WINDOW, priceOf(column0), priceOf(column1));
}
