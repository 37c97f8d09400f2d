// Where things are: the plan words of the header page, read once by `attach`. These globals are private to each
// instance of the core and constant afterwards.
import * as layout from "./layout";
import * as reference from "./reference";

export let worker: u32 = 0;
export let workers: u32 = 1;
/** Bit per class of symbols (id & 7) that this worker owns: class % workers is its worker. */
export let classes: u32 = 0;
export let maxSymbols: u32 = 0;
export let maxInstances: u32 = 0;
export let maxSeries: u32 = 0;
export let maxCells: u32 = 0;
export let maxGroups: u32 = 0;
export let screenSymbols: u32 = 0;
export let events: usize = 0;
export let signals: usize = 0;
export let scratch: usize = 0;
export let names: usize = 0;
export let globals: usize = 0;
export let instances: usize = 0;
export let legHeads: usize = 0;
export let symbols: usize = 0;
export let series: usize = 0;
export let history: usize = 0;
export let ends: usize = 0;
export let groups: usize = 0;
export let screen: usize = 0;
export let assets: usize = 0;
export let labels: usize = 0;
export let instruments: usize = 0;
export let board: usize = 0;
export let statistics: usize = 0;
/** Working space of the statistical tests, behind the links and codes of the groups; holds nothing between two events. */
export let scratchArea: usize = 0;
export let consumer: usize = 0;
export let signalCounters: usize = 0;

function word(index: u32): u32 {
  return load<u32>(layout.PLAN + (index << 2));
}

export function readPlan(index: u32): void {
  assert(load<u32>(layout.HEADER_MAGIC) == layout.LAYOUT_MAGIC);
  assert(load<u32>(layout.HEADER_VERSION) == layout.LAYOUT_VERSION);
  worker = index;
  workers = word(layout.PLAN_WORKERS);
  classes = 0;
  for (let one: u32 = 0; one < u32(layout.MAX_WORKERS); one++) if (one % workers == index) classes |= 1 << one;
  maxSymbols = word(layout.PLAN_MAX_SYMBOLS);
  maxInstances = word(layout.PLAN_MAX_INSTANCES);
  maxSeries = word(layout.PLAN_MAX_SERIES);
  maxCells = word(layout.PLAN_MAX_CELLS);
  maxGroups = word(layout.PLAN_MAX_GROUPS);
  screenSymbols = word(layout.PLAN_SCREEN_SYMBOLS);
  events = word(layout.PLAN_EVENTS);
  signals = word(layout.PLAN_SIGNALS) + index * layout.SIGNAL_SLOTS * layout.SIGNAL_BYTES;
  scratch = word(layout.PLAN_SCRATCH);
  names = word(layout.PLAN_NAMES);
  globals = word(layout.PLAN_GLOBALS) + index * layout.GLOBALS_BYTES;
  instances = word(layout.PLAN_INSTANCES) + index * maxInstances * layout.INSTANCE_BYTES;
  legHeads = word(layout.PLAN_LEG_HEADS) + index * maxSymbols * 4;
  symbols = word(layout.PLAN_SYMBOLS);
  series = word(layout.PLAN_SERIES);
  history = word(layout.PLAN_HISTORY);
  ends = word(layout.PLAN_ENDS);
  groups = word(layout.PLAN_GROUPS);
  screen = word(layout.PLAN_SCREEN);
  labels = word(layout.PLAN_LABELS);
  instruments = word(layout.PLAN_INSTRUMENTS) + index * maxSymbols * reference.INSTRUMENT_BYTES;
  board = word(layout.PLAN_BOARD) + index * reference.BOARD_BYTES;
  assets = word(layout.PLAN_ASSETS) + index * maxSymbols;
  statistics = word(layout.PLAN_STATISTICS) + index * layout.STATISTICS_BYTES;
  scratchArea = statistics + layout.STATISTICS_SCRATCH;
  consumer = layout.CONSUMERS + index * layout.LINE;
  signalCounters = layout.SIGNAL_COUNTERS + index * layout.SIGNAL_COUNTERS_BYTES;
}

/** A symbol belongs to one worker, with its series and single-symbol cells; a group to one by its own class. */
export function ownsSymbol(symbol: u32): bool {
  return ((classes >> (symbol & (layout.MAX_WORKERS - 1))) & 1) != 0;
}
export function ownsGroup(group: u32): bool {
  return group < u32(layout.SCREEN_GROUPS) ? worker == 0 : ((classes >> (group & (layout.MAX_WORKERS - 1))) & 1) != 0;
}
export function symbolRow(symbol: u32): usize {
  return symbols + symbol * layout.SYMBOL_BYTES;
}
export function instanceRow(instance: u32): usize {
  return instances + instance * layout.INSTANCE_BYTES;
}
export function parameter(instance: u32, index: u32): f64 {
  return load<f64>(instances + instance * layout.INSTANCE_BYTES + (index << 3), layout.INSTANCE_PARAMETERS);
}
/** Address of lane `index` in a table of blocks of two lanes. */
export function lane(base: usize, index: u32, columns: u32): usize {
  return base + (index >> 1) * columns * layout.COLUMN_BYTES + ((index & 1) << 3);
}
/** Cell `index` of the table of a strategy. */
export function cellLane(code: u32, index: u32): usize {
  return lane(word(layout.PLAN_CELLS + code), index, word(layout.PLAN_CELL_COLUMNS + code));
}
/** What is known of a symbol: INSTRUMENT_ field; 0 before it was set. */
export function instrument(symbol: u32, field: u32): f64 {
  return load<f64>(instruments + symbol * reference.INSTRUMENT_BYTES + (field << 3));
}
export function groupRow(group: u32): usize {
  return groups + group * layout.GROUP_BYTES;
}
