// Control events: the instance table, and the lists that lead from a symbol to what wants its events. Every worker
// applies every control event to its own copy of the replicated tables; rows and lists of a symbol are touched only by
// the worker that owns it. Ids and places are chosen by the host and ride in the event, so replay repeats them.
import * as layout from "./layout";
import { assets, globals, instanceRow, labels, legHeads, ownsGroup, ownsSymbol, symbolRow, worker } from "./plan";
import { groupDefine, groupRelink, groupRemove } from "./kernels/statistical/cointegration-model";
import { learnOutcome } from "./kernels/learning/threshold-learning";
import { SPREAD_INVENTORY, spreadCell, spreadConfigure } from "./kernels/market-making/spread-adjuster";
import { momentumCell, momentumConfigure } from "./kernels/trend-following/momentum-rider";
import { column, seriesLane } from "./windows/series";

function number(record: usize, index: usize): f64 {
  return load<f64>(record + (index << 3), layout.EVENT_PAYLOAD);
}
function whole(record: usize, index: usize): u32 {
  return u32(i64(number(record, index)));
}
function put(lane: usize, index: u32, value: f64): void {
  store<f64>(lane + index * layout.COLUMN_BYTES, value);
}
function extend(word: usize, used: u32): void {
  if (load<u32>(globals + word) < used) store<u32>(globals + word, used);
}

/** KIND_NAME: the symbol's row opens; the names of venues and series are only kept, so that a snapshot has them. */
export function nameSymbol(record: usize): void {
  const aux = load<u32>(record, layout.EVENT_AUX);
  const symbol = u32(load<u16>(record, layout.EVENT_SUBJECT));
  const table = aux & 255;
  if (table != layout.TABLE_SYMBOL) {
    if (worker != 0 || table > u32(layout.TABLE_SERIES) || symbol >= u32(layout.LABELS)) return;
    const label = labels + ((table - layout.TABLE_VENUE) * layout.LABELS + symbol) * layout.NAME_BYTES;
    memory.copy(label, record + layout.EVENT_PAYLOAD, layout.NAME_BYTES);
    return;
  }
  const asset = (aux >> 8) & 255;
  const demo = load<u8>(record, layout.EVENT_FLAGS) & layout.FLAG_DEMO;
  extend(layout.GLOBALS_SYMBOLS, symbol + 1);
  store<u8>(assets + symbol, asset | (demo ? layout.ASSET_DEMO : 0));
  if (!ownsSymbol(symbol)) return;
  const row = symbolRow(symbol);
  memory.copy(row + layout.SYMBOL_NAME, record + layout.EVENT_PAYLOAD, layout.NAME_BYTES);
  store<f64>(row, <f64>asset, layout.SYMBOL_ASSET);
  store<f64>(row, demo ? 1 : 0, layout.SYMBOL_FLAGS);
}

export function control(record: usize): void {
  const subject = u32(load<u16>(record, layout.EVENT_SUBJECT));
  switch (load<u32>(record, layout.EVENT_AUX)) {
    case layout.CONTROL_SETTING: {
      store<f64>(globals + (whole(record, 0) << 3), number(record, 1), layout.GLOBALS_SETTINGS);
      break;
    }
    case layout.CONTROL_INSTANCE: {
      defineInstance(subject, record);
      break;
    }
    case layout.CONTROL_PARAMETER: {
      store<f64>(instanceRow(subject) + (whole(record, 0) << 3), number(record, 1), layout.INSTANCE_PARAMETERS);
      break;
    }
    case layout.CONTROL_SERIES: {
      defineSeries(subject, whole(record, 0), number(record, 1));
      break;
    }
    case layout.CONTROL_ATTACH: {
      attachCell(subject, whole(record, 0), whole(record, 1), whole(record, 2), number(record, 3));
      break;
    }
    case layout.CONTROL_GROUP: {
      const group = whole(record, 0);
      extend(layout.GLOBALS_GROUPS, group + 1);
      if (ownsGroup(group)) groupDefine(group, subject, whole(record, 1), whole(record, 2), whole(record, 3));
      break;
    }
    case layout.CONTROL_ENABLE: {
      store<f64>(instanceRow(subject), number(record, 0), layout.INSTANCE_ENABLED);
      reconfigure(subject);
      break;
    }
    case layout.CONTROL_REMOVE: {
      removeInstance(subject);
      break;
    }
    case layout.CONTROL_LATCH: {
      store<f64>(globals, number(record, 0), layout.GLOBALS_LATCH);
      break;
    }
    case layout.CONTROL_OUTCOME: {
      learnOutcome(subject, number(record, 0));
      break;
    }
    case layout.CONTROL_INVENTORY: {
      setInventory(subject, whole(record, 0), number(record, 1));
      break;
    }
    case layout.CONTROL_THRESHOLD: {
      const column = whole(record, 0);
      const address = globals + layout.GLOBALS_THRESHOLDS + ((column * layout.THRESHOLD_ROWS + subject) << 3);
      store<f64>(address, number(record, 1));
      break;
    }
    default:
  }
}

function defineInstance(instance: u32, record: usize): void {
  const row = instanceRow(instance);
  store<f64>(row, number(record, 0) + 1, layout.INSTANCE_STRATEGY);
  store<f64>(row, number(record, 1), layout.INSTANCE_BAR_MS);
  store<f64>(row, number(record, 2), layout.INSTANCE_WEIGHT);
  store<f64>(row, number(record, 3), layout.INSTANCE_ENABLED);
  store<f64>(row, number(record, 4), layout.INSTANCE_TIER);
  extend(layout.GLOBALS_INSTANCES, instance + 1);
}

function defineSeries(symbol: u32, index: u32, barMs: f64): void {
  extend(layout.GLOBALS_SERIES, index + 1);
  if (!ownsSymbol(symbol)) return;
  const lane = seriesLane(index);
  const row = symbolRow(symbol);
  put(lane, layout.SERIES_BAR_US, barMs * 1000);
  put(lane, layout.SERIES_SYMBOL, <f64>symbol);
  put(lane, layout.SERIES_NEXT, <f64>load<u32>(row, layout.SYMBOL_FIRST_SERIES));
  store<u32>(row, index + 1, layout.SYMBOL_FIRST_SERIES);
}

function attachCell(instance: u32, symbol: u32, series: u32, index: u32, confirm: f64): void {
  const strategy = u32(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)) - 1;
  const makes = strategy == layout.SPREAD_ADJUSTER;
  extend(makes ? layout.GLOBALS_SPREAD_CELLS : layout.GLOBALS_MOMENTUM_CELLS, index + 1);
  if (!ownsSymbol(symbol)) return;
  const cell = makes ? spreadCell(index) : momentumCell(index);
  const lane = seriesLane(series);
  put(cell, layout.CELL_INSTANCE, <f64>(instance + 1));
  put(cell, layout.CELL_SYMBOL, <f64>symbol);
  put(cell, layout.CELL_SERIES, <f64>series);
  put(cell, layout.CELL_CONFIRM, confirm);
  if (!makes) {
    momentumConfigure(cell, instance);
    link(lane + layout.SERIES_FIRST_CELL * layout.COLUMN_BYTES, cell, index);
    return;
  }
  spreadConfigure(cell, instance);
  if (column<f64>(lane, layout.SERIES_BAR_US) > 0) {
    link(lane + layout.SERIES_FIRST_SPREAD * layout.COLUMN_BYTES, cell, index);
    return;
  }
  const row = symbolRow(symbol);
  put(cell, layout.CELL_NEXT, <f64>load<u32>(row, layout.SYMBOL_FIRST_QUOTE_CELL));
  store<u32>(row, index + 1, layout.SYMBOL_FIRST_QUOTE_CELL);
}

function link(head: usize, cell: usize, index: u32): void {
  put(cell, layout.CELL_NEXT, load<f64>(head));
  store<f64>(head, <f64>(index + 1));
}

/** After new parameters: the cells of the instance take over what they keep copies of. */
function reconfigure(instance: u32): void {
  const mark = <f64>(instance + 1);
  const momentumCells = load<u32>(globals, layout.GLOBALS_MOMENTUM_CELLS);
  for (let index: u32 = 0; index < momentumCells; index++) {
    const cell = momentumCell(index);
    if (owned(cell, mark)) momentumConfigure(cell, instance);
  }
  const spreadCells = load<u32>(globals, layout.GLOBALS_SPREAD_CELLS);
  for (let index: u32 = 0; index < spreadCells; index++) {
    const cell = spreadCell(index);
    if (owned(cell, mark)) spreadConfigure(cell, instance);
  }
}
function owned(cell: usize, mark: f64): bool {
  return column<f64>(cell, layout.CELL_INSTANCE) == mark && ownsSymbol(u32(column<f64>(cell, layout.CELL_SYMBOL)));
}

function removeInstance(instance: u32): void {
  const mark = <f64>(instance + 1);
  const row = instanceRow(instance);
  const strategy = u32(load<f64>(row, layout.INSTANCE_STRATEGY)) - 1;
  if (strategy == layout.COINTEGRATION_MODEL) groupRemove(instance);
  const momentumCells = load<u32>(globals, layout.GLOBALS_MOMENTUM_CELLS);
  for (let index: u32 = 0; index < momentumCells; index++) {
    const cell = momentumCell(index);
    if (!owned(cell, mark)) continue;
    const lane = seriesLane(u32(column<f64>(cell, layout.CELL_SERIES)));
    unlink(lane + layout.SERIES_FIRST_CELL * layout.COLUMN_BYTES, index, false);
    clear(cell, layout.MOMENTUM_COLUMNS);
  }
  const spreadCells = load<u32>(globals, layout.GLOBALS_SPREAD_CELLS);
  for (let index: u32 = 0; index < spreadCells; index++) {
    const cell = spreadCell(index);
    if (!owned(cell, mark)) continue;
    const lane = seriesLane(u32(column<f64>(cell, layout.CELL_SERIES)));
    if (column<f64>(lane, layout.SERIES_BAR_US) > 0) {
      unlink(lane + layout.SERIES_FIRST_SPREAD * layout.COLUMN_BYTES, index, true);
    } else {
      unlinkQuote(symbolRow(u32(column<f64>(cell, layout.CELL_SYMBOL))), index, cell);
    }
    clear(cell, layout.SPREAD_COLUMNS);
  }
  memory.fill(row, 0, layout.INSTANCE_BYTES);
}

function cellAt(index: u32, makes: bool): usize {
  return makes ? spreadCell(index) : momentumCell(index);
}
function unlink(head: usize, index: u32, makes: bool): void {
  let slot = head;
  while (load<f64>(slot) != 0) {
    const here = u32(load<f64>(slot)) - 1;
    const next = cellAt(here, makes) + layout.CELL_NEXT * layout.COLUMN_BYTES;
    if (here == index) {
      store<f64>(slot, load<f64>(next));
      return;
    }
    slot = next;
  }
}
function unlinkQuote(row: usize, index: u32, cell: usize): void {
  const next = column<f64>(cell, layout.CELL_NEXT);
  const first = load<u32>(row, layout.SYMBOL_FIRST_QUOTE_CELL);
  if (first == index + 1) {
    store<u32>(row, u32(next), layout.SYMBOL_FIRST_QUOTE_CELL);
    return;
  }
  if (first != 0) unlink(spreadCell(first - 1) + layout.CELL_NEXT * layout.COLUMN_BYTES, index, true);
}
/** The symbol stays: it tells the host after a restart to which class the lane belongs. */
function clear(cell: usize, columns: u32): void {
  for (let index: u32 = 0; index < columns; index++) if (index != layout.CELL_SYMBOL) put(cell, index, 0);
}

function setInventory(instance: u32, symbol: u32, q: f64): void {
  if (!ownsSymbol(symbol)) return;
  let next = load<u32>(symbolRow(symbol), layout.SYMBOL_FIRST_QUOTE_CELL);
  while (next != 0) {
    const cell = spreadCell(next - 1);
    if (column<f64>(cell, layout.CELL_INSTANCE) == <f64>(instance + 1)) put(cell, SPREAD_INVENTORY, q);
    next = u32(column<f64>(cell, layout.CELL_NEXT));
  }
}

/** After a snapshot was put back: what is derived (asset bytes, lists of legs) follows from what was stored. */
export function rebuildLists(): void {
  const symbols = load<u32>(globals, layout.GLOBALS_SYMBOLS);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const row = symbolRow(symbol);
    const demo = load<f64>(row, layout.SYMBOL_FLAGS) != 0;
    store<u8>(assets + symbol, u32(load<f64>(row, layout.SYMBOL_ASSET)) | (demo ? layout.ASSET_DEMO : 0));
    store<u32>(legHeads + (symbol << 2), 0);
  }
  const used = load<u32>(globals, layout.GLOBALS_GROUPS);
  for (let group: u32 = 0; group < used; group++) if (ownsGroup(group)) groupRelink(group);
}
