// Control events: the instance table, and the lists that lead from a symbol to what wants its events. Every worker
// applies every control event to its own copy of the replicated tables; rows and lists of a symbol are touched only by
// the worker that owns it. Ids and places are chosen by the host and ride in the event, so replay repeats them.
import * as layout from "./layout";
import * as reference from "./reference";
import { cellCount, cellUsed, dropLink, hearBook, leaveBook, linkOf, ownsCell, pushLink, putCell } from "./cells";
import {
  HEARS_FEATURES,
  HEARS_NEWS,
  HEARS_QUOTES,
  HEARS_SAMPLES,
  HEARS_TRADES,
  configureCell,
  hears,
  inventory,
  quit,
} from "./dispatch";
import { eventTime, flags, setEventTime } from "./emit";
import { configureGroups, defineLeg, groupRelink, quitGroups, removeGroups } from "./groups/groups";
import {
  assets,
  cellLane,
  globals,
  instanceRow,
  instrument,
  instruments,
  labels,
  legHeads,
  maxSymbols,
  ownsGroup,
  ownsSymbol,
  symbolRow,
  worker,
} from "./plan";
import { benchmarkOf, markBenchmark } from "./kernels/news-driven/market";
import { nameLiquidity } from "./kernels/htf/liquidity-weeks";
import { takePoint } from "./learned";
import { CONTROL_HISTORY } from "./back-fill-layout";
import { markHistory } from "./back-fill";
import { CONTROL_POSITION, POSITION_WORDS, SETTING_POSITION } from "./position-layout";
import { learnOutcome, setThreshold } from "./kernels/learning/threshold-learning";
import { feederOf, takeOver } from "./windows/bars";
import { column, seriesLane } from "./windows/series";
import { whole } from "./math/whole";

function number(record: usize, index: usize): f64 {
  return load<f64>(record + (index << 3), layout.EVENT_PAYLOAD);
}
function wholeAt(record: usize, index: usize): u32 {
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
    if (table == u32(layout.TABLE_SERIES) && symbol < u32(layout.LABELS)) {
      nameLiquidity(symbol, record + layout.EVENT_PAYLOAD);
    }
    if (worker != 0 || table > u32(layout.TABLE_SERIES) || symbol >= u32(layout.LABELS)) return;
    const label = labels + ((table - layout.TABLE_VENUE) * layout.LABELS + symbol) * layout.NAME_BYTES;
    memory.copy(label, record + layout.EVENT_PAYLOAD, layout.NAME_BYTES);
    return;
  }
  const asset = (aux >> 8) & 255;
  const demo = load<u8>(record, layout.EVENT_FLAGS) & layout.FLAG_DEMO;
  extend(layout.GLOBALS_SYMBOLS, symbol + 1);
  const kept = load<u8>(assets + symbol) & reference.ASSET_BENCHMARK;
  store<u8>(assets + symbol, asset | kept | (demo ? layout.ASSET_DEMO : 0));
  // Once: a later name event changes the asset type only.
  if (instrument(symbol, reference.INSTRUMENT_KNOWN) == 0) takeInstrumentDefaults(symbol);
  if (!ownsSymbol(symbol)) return;
  const row = symbolRow(symbol);
  memory.copy(row + layout.SYMBOL_NAME, record + layout.EVENT_PAYLOAD, layout.NAME_BYTES);
  store<f64>(row, <f64>asset, layout.SYMBOL_ASSET);
  store<f64>(row, demo ? 1 : 0, layout.SYMBOL_FLAGS);
}

function takePosition(record: usize): void {
  for (let word = 0; word < POSITION_WORDS; word++) {
    store<f64>(globals + ((SETTING_POSITION + word) << 3), number(record, word), layout.GLOBALS_SETTINGS);
  }
}

export function control(record: usize): void {
  const subject = u32(load<u16>(record, layout.EVENT_SUBJECT));
  switch (load<u32>(record, layout.EVENT_AUX)) {
    case layout.CONTROL_SETTING: {
      store<f64>(globals + (wholeAt(record, 0) << 3), number(record, 1), layout.GLOBALS_SETTINGS);
      break;
    }
    case layout.CONTROL_INSTANCE: {
      defineInstance(subject, record);
      break;
    }
    case layout.CONTROL_PARAMETER: {
      store<f64>(instanceRow(subject) + (wholeAt(record, 0) << 3), number(record, 1), layout.INSTANCE_PARAMETERS);
      break;
    }
    case layout.CONTROL_SERIES: {
      defineSeries(subject, wholeAt(record, 0), number(record, 1));
      break;
    }
    case layout.CONTROL_ATTACH: {
      attachCell(subject, wholeAt(record, 0), wholeAt(record, 1), wholeAt(record, 2), number(record, 3));
      break;
    }
    case layout.CONTROL_GROUP: {
      const group = wholeAt(record, 0);
      extend(layout.GLOBALS_GROUPS, group + 1);
      if (!ownsGroup(group)) break;
      defineLeg(group, subject, wholeAt(record, 1), wholeAt(record, 2), wholeAt(record, 3), number(record, 4));
      break;
    }
    case layout.CONTROL_ENABLE: {
      if (number(record, 0) == 0) quitAll(subject); // first: one that is off says nothing
      store<f64>(instanceRow(subject), number(record, 0), layout.INSTANCE_ENABLED);
      return reconfigure(subject);
    }
    case layout.CONTROL_REMOVE:
      return removeInstance(subject);
    case layout.CONTROL_LATCH: {
      store<f64>(globals, number(record, 0), layout.GLOBALS_LATCH);
      break;
    }
    case layout.CONTROL_OUTCOME:
      return learnOutcome(subject, number(record, 0), number(record, 1), wholeAt(record, 2), number(record, 3) != 0);
    case layout.CONTROL_INVENTORY: {
      setInventory(subject, wholeAt(record, 0), number(record, 1));
      break;
    }
    case CONTROL_HISTORY:
      return markHistory(subject, wholeAt(record, 0));
    case layout.CONTROL_INSTRUMENT:
      return setInstrument(subject, wholeAt(record, 0), number(record, 1), wholeAt(record, 2));
    case layout.CONTROL_THRESHOLD:
      return setThreshold(subject, wholeAt(record, 0), number(record, 1), wholeAt(record, 2));
    case CONTROL_POSITION:
      return takePosition(record);
    case layout.CONTROL_CALIBRATION:
      return takePoint(subject, wholeAt(record, 0), number(record, 1), number(record, 2));
    default:
  }
}

/** `asset` 0: of the symbol itself, else the default of the asset type for symbols that come later. */
function setInstrument(symbol: u32, field: u32, value: f64, asset: u32): void {
  if (symbol >= maxSymbols || field >= u32(reference.INSTRUMENT_FIELDS) || asset > u32(layout.ASSET_MASK)) return;
  if (field == reference.INSTRUMENT_BENCHMARK && value > 0) markBenchmark(u32(value) - 1);
  if (asset != 0) store<f64>(instrumentDefaults(asset) + (field << 3), value);
  else if (field == reference.INSTRUMENT_KNOWN) takeInstrumentDefaults(symbol);
  else store<f64>(instrumentRow(symbol) + (field << 3), value);
  const fees = field == reference.INSTRUMENT_MAKER_BPS || field == reference.INSTRUMENT_KNOWN;
  if (asset == 0 && fees) configureSymbol(layout.SPREAD_ADJUSTER, symbol); // it keeps a copy of the maker fee
}
function takeInstrumentDefaults(symbol: u32): void {
  const asset = load<u8>(assets + symbol) & layout.ASSET_MASK;
  memory.copy(instrumentRow(symbol), instrumentDefaults(asset), reference.INSTRUMENT_BYTES);
}
function instrumentRow(symbol: u32): usize {
  return instruments + symbol * reference.INSTRUMENT_BYTES;
}
function instrumentDefaults(asset: u32): usize {
  return globals + layout.GLOBALS_INSTRUMENTS + asset * reference.INSTRUMENT_BYTES;
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
  const feeder = feederOf(load<u32>(row, layout.SYMBOL_FIRST_SERIES), barMs * 1000, 0);
  put(lane, layout.SERIES_FEEDER, <f64>feeder);
  if (feeder == 0) {
    put(lane, layout.SERIES_NEXT, <f64>load<u32>(row, layout.SYMBOL_FIRST_SERIES));
    store<u32>(row, index + 1, layout.SYMBOL_FIRST_SERIES);
  } else {
    const from = seriesLane(feeder - 1);
    put(lane, layout.SERIES_NEXT, column<f64>(from, layout.SERIES_FIRST_FED));
    put(from, layout.SERIES_FIRST_FED, <f64>(index + 1));
    takeOver(from, index);
  }
}

function strategyOf(instance: u32): u32 {
  return u32(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)) - 1;
}

function attachCell(instance: u32, symbol: u32, series: u32, index: u32, confirm: f64): void {
  const code = strategyOf(instance);
  if (code >= u32(layout.STRATEGY_COUNT)) return;
  cellUsed(code, index);
  if (!ownsSymbol(symbol)) return;
  const cell = cellLane(code, index);
  // The symbol first: a worker elsewhere in the stream that looks through the table must not take the cell for its own.
  putCell(cell, layout.CELL_SYMBOL, <f64>symbol);
  putCell(cell, layout.CELL_INSTANCE, <f64>(instance + 1));
  putCell(cell, layout.CELL_SERIES, <f64>series);
  putCell(cell, layout.CELL_CONFIRM, confirm);
  configureCell(code, cell, instance);
  const row = symbolRow(symbol);
  const lane = seriesLane(series);
  const link = linkOf(code, index);
  const wanted = hears(code, column<f64>(lane, layout.SERIES_BAR_US) == 0);
  if (wanted & HEARS_FEATURES) put(lane, layout.SERIES_RICH, 1);
  if (wanted & HEARS_SAMPLES) {
    const head = whole(column<f64>(lane, layout.SERIES_FIRST_CELL));
    put(lane, layout.SERIES_FIRST_CELL, <f64>pushLink(head, cell, layout.CELL_NEXT, link));
  }
  if (wanted & (HEARS_QUOTES | HEARS_TRADES)) {
    hearBook(row, cell, link, (wanted & HEARS_QUOTES) != 0, (wanted & HEARS_TRADES) != 0);
  }
  if (wanted & HEARS_NEWS) {
    const head = load<u32>(row, layout.SYMBOL_FIRST_NEWS_CELL);
    store<u32>(row, pushLink(head, cell, layout.CELL_NEXT_NEWS, link), layout.SYMBOL_FIRST_NEWS_CELL);
  }
}

/** After new parameters: cells and groups of the instance take over what they keep copies of. */
function reconfigure(instance: u32): void {
  const code = strategyOf(instance);
  if (code >= u32(layout.STRATEGY_COUNT)) return;
  const used = cellCount(code);
  for (let index: u32 = 0; index < used; index++) {
    const cell = cellLane(code, index);
    if (belongs(cell, instance)) configureCell(code, cell, instance);
  }
  configureGroups(instance);
}
/** After other instrument data: cells of the symbol take over what they keep copies of. */
function configureSymbol(code: u32, symbol: u32): void {
  if (!ownsSymbol(symbol)) return;
  const used = cellCount(code);
  for (let index: u32 = 0; index < used; index++) {
    const cell = cellLane(code, index);
    if (!ownsCell(cell) || whole(column<f64>(cell, layout.CELL_SYMBOL)) != symbol) continue;
    configureCell(code, cell, whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1);
  }
}
function belongs(cell: usize, instance: u32): bool {
  return column<f64>(cell, layout.CELL_INSTANCE) == <f64>(instance + 1) && ownsCell(cell);
}

/**
 * Whatever the instance holds ends, with one exit for each leg, so that nobody who follows its signals is left with a
 * position that no further signal closes. Each worker speaks for the cells and groups that it owns.
 */
function quitAll(instance: u32): void {
  const code = strategyOf(instance);
  if (code >= u32(layout.STRATEGY_COUNT) || flags & layout.FLAG_HISTORY) return;
  quitGroups(instance);
  const now = eventTime;
  const used = cellCount(code);
  for (let index: u32 = 0; index < used; index++) {
    const cell = cellLane(code, index);
    if (!belongs(cell, instance)) continue;
    const row = symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL)));
    const traded = load<f64>(row, layout.SYMBOL_TIME);
    const quoted = load<f64>(row, layout.SYMBOL_QUOTE_TIME);
    setEventTime(traded > quoted ? traded : quoted);
    quit(code, cell);
  }
  setEventTime(now);
}

function removeInstance(instance: u32): void {
  const code = strategyOf(instance);
  if (code >= u32(layout.STRATEGY_COUNT)) return;
  quitAll(instance);
  removeGroups(instance);
  const used = cellCount(code);
  for (let index: u32 = 0; index < used; index++) {
    const cell = cellLane(code, index);
    if (!belongs(cell, instance)) continue;
    unlink(cell, linkOf(code, index));
    clear(cell, load<u32>(layout.PLAN + ((layout.PLAN_CELL_COLUMNS + code) << 2)));
  }
  memory.fill(instanceRow(instance), 0, layout.INSTANCE_BYTES);
}

function unlink(cell: usize, link: u32): void {
  const lane = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  const samples = whole(column<f64>(lane, layout.SERIES_FIRST_CELL));
  put(lane, layout.SERIES_FIRST_CELL, <f64>dropLink(samples, layout.CELL_NEXT, link));
  const row = symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL)));
  leaveBook(row, link);
  const news = load<u32>(row, layout.SYMBOL_FIRST_NEWS_CELL);
  store<u32>(row, dropLink(news, layout.CELL_NEXT_NEWS, link), layout.SYMBOL_FIRST_NEWS_CELL);
}

/** The symbol stays: it tells the host after a restart to which class the lane belongs. */
function clear(cell: usize, columns: u32): void {
  for (let index: u32 = 0; index < columns; index++) if (index != layout.CELL_SYMBOL) put(cell, index, 0);
}

function setInventory(instance: u32, symbol: u32, q: f64): void {
  if (!ownsSymbol(symbol)) return;
  const code = strategyOf(instance);
  if (code >= u32(layout.STRATEGY_COUNT)) return;
  const used = cellCount(code);
  for (let index: u32 = 0; index < used; index++) {
    const cell = cellLane(code, index);
    if (!belongs(cell, instance) || whole(column<f64>(cell, layout.CELL_SYMBOL)) != symbol) continue;
    inventory(code, cell, q);
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
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    if (benchmarkOf(symbol) != 0) markBenchmark(benchmarkOf(symbol) - 1);
  }
  const used = load<u32>(globals, layout.GLOBALS_GROUPS);
  for (let group: u32 = 0; group < used; group++) if (ownsGroup(group)) groupRelink(group);
}
