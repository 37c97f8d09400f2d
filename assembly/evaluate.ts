// The event driver: reads the event ring in order and gives each event to what it concerns. One pass costs O(1) per
// event in every window length. Each worker reads every event and acts on what it owns.
import * as layout from "./layout";
import { countRow } from "./back-fill";
import { linkCell, linkCode, nextLink } from "./cells";
import { board, book, news } from "./dispatch";
import { beginEvent, flags as eventFlags, setEventTime } from "./emit";
import { closeBars, reviewSlices } from "./cycle";
import { groupBeat, legQuote, legTick } from "./groups/groups";
import { control, nameSymbol } from "./instances";
import { learnThresholds } from "./kernels/learning/threshold-learning";
import { marketTrade } from "./kernels/news-driven/market";
import { screenClock, screenTick } from "./kernels/statistical/pair-screen";
import { assets, consumer, events, globals, legHeads, ownsSymbol, symbolRow, worker } from "./plan";
import { ASSET_BENCHMARK } from "./reference";
import { closeFed, closeOpen, sampled } from "./samples";
import { addToBar, noteEnd } from "./windows/bars";
import { column, historyLane, seriesLane, takeSample } from "./windows/series";
import { whole } from "./math/whole";

/** Set when a snapshot event was consumed: the host copies the state before the next call. */
export let snapshotDue: bool = false;
export function snapshotTaken(): void {
  snapshotDue = false;
}

/** Consumes at most `limit` events; stops behind a snapshot event. Returns how many. */
export function drain(limit: u32): u32 {
  let tail = load<u32>(consumer, layout.CONSUMER_TAIL);
  const waiting = atomic.load<u32>(layout.EVENT_HEAD) - tail;
  const count = waiting < limit ? waiting : limit;
  let sequence = load<u64>(consumer, layout.CONSUMER_SEQUENCE);
  let done: u32 = 0;
  while (done < count) {
    handle(events + ((tail & (layout.EVENT_SLOTS - 1)) << layout.EVENT_SHIFT), sequence);
    tail++;
    sequence++;
    done++;
    if (snapshotDue) break;
  }
  store<u64>(consumer, sequence, layout.CONSUMER_SEQUENCE);
  atomic.store<u32>(consumer, tail, layout.CONSUMER_TAIL);
  return done;
}

function handle(record: usize, sequence: u64): void {
  const kind = u32(load<u8>(record, layout.EVENT_KIND));
  const flags = u32(load<u8>(record, layout.EVENT_FLAGS));
  const clock = load<f64>(record, layout.EVENT_CLOCK);
  // A sender's clock may be ahead: nothing happens after it was seen, or one such time would hold bars and quotes up.
  const happened = load<f64>(record, layout.EVENT_TIME);
  const time = happened < clock ? happened : clock;
  const symbol = u32(load<u16>(record, layout.EVENT_SUBJECT));
  const inside = kind == layout.KIND_CLOCK ? 0 : kind == layout.KIND_BAR ? time - 1 : time;
  beginEvent(sequence, clock, flags, time, inside);
  store<f64>(globals, clock, layout.GLOBALS_CLOCK);
  switch (kind) {
    case layout.KIND_TRADE: {
      const price = payload(record, 0);
      sample(record, symbol, price, payload(record, 2), payload(record, 3), payload(record, 1), time, clock, 0);
      break;
    }
    case layout.KIND_QUOTE: {
      if (load<u32>(legHeads + (symbol << 2)) != 0) legQuote(symbol, record, time, clock - time);
      if (payload(record, 4) == 0 && ownsSymbol(symbol)) quote(record, symbol, time, clock);
      break;
    }
    case layout.KIND_BAR: {
      bar(record, symbol, time, clock);
      break;
    }
    case layout.KIND_CLOCK: {
      beat(load<u32>(record, layout.EVENT_AUX), clock);
      break;
    }
    case layout.KIND_NAME: {
      nameSymbol(record);
      break;
    }
    case layout.KIND_CONTROL: {
      if (load<u32>(record, layout.EVENT_AUX) != layout.CONTROL_SNAPSHOT) control(record);
      else if (sequence >= atomic.load<u64>(layout.LIVE_FROM)) snapshotDue = true;
      break;
    }
    case layout.KIND_FUNDING:
    case layout.KIND_NEWS:
    case layout.KIND_EARNINGS: {
      if (ownsSymbol(symbol)) tell(record, kind, symbol);
      break;
    }
    case layout.KIND_MACRO:
    case layout.KIND_RATES: {
      board(kind, record);
      break;
    }
    default:
  }
}

function payload(record: usize, index: usize): f64 {
  return load<f64>(record + (index << 3), layout.EVENT_PAYLOAD);
}

function bar(record: usize, symbol: u32, time: f64, clock: f64): void {
  const interval = <f64>load<u32>(record, layout.EVENT_AUX) * 1000;
  const close = payload(record, 3);
  sample(record, symbol, close, payload(record, 1), payload(record, 2), payload(record, 4), time, clock, interval);
}

function beat(tiers: u32, clock: f64): void {
  if (tiers & layout.TIER_TACTICAL) {
    closeBars<v128>(clock);
    if (worker == 0) screenClock(clock);
  }
  groupBeat(tiers, clock);
  if (tiers & layout.TIER_FAST) reviewSlices();
  if (tiers & layout.TIER_LEARNING) learnThresholds(clock);
}

/** A trade (interval 0) or a closed bar of `interval` microseconds. */
function sample(
  record: usize,
  symbol: u32,
  close: f64,
  high: f64,
  low: f64,
  volume: f64,
  time: f64,
  clock: f64,
  interval: f64,
): void {
  const lag = clock - time;
  const inside = interval > 0 ? time - 1 : time; // a bar belongs to the bucket that it closes
  const inHistory = (eventFlags & layout.FLAG_HISTORY) != 0;
  // The history of one symbol is no sample of several at one time.
  if (!inHistory) {
    if (load<u32>(legHeads + (symbol << 2)) != 0) legTick(symbol, close, inside, lag);
    if (worker == 0) screenTick(symbol, close, inside, lag);
  }
  if (load<u8>(assets + symbol) & ASSET_BENCHMARK) marketTrade(symbol, close, inside);
  if (!ownsSymbol(symbol)) return;
  const row = symbolRow(symbol);
  store<f64>(row, load<f64>(row, layout.SYMBOL_TICKS) + 1, layout.SYMBOL_TICKS);
  // History arrives behind the first live ticks; the last price is theirs.
  if (!inHistory || time >= load<f64>(row, layout.SYMBOL_TIME)) {
    store<f64>(row, close, layout.SYMBOL_PRICE);
    store<f64>(row, volume, layout.SYMBOL_VOLUME);
    store<f64>(row, time, layout.SYMBOL_TIME);
  }
  store<f64>(row, lag, layout.SYMBOL_LAG);
  if (inHistory) countRow(row);
  const first = load<u32>(row, layout.SYMBOL_FIRST_SERIES);
  extend(row, first, close, high, low, volume, time, interval);
  setEventTime(time); // rules of the bars that it closed have left theirs
  if (!inHistory) hear(row, layout.SYMBOL_TRADE_CELLS, layout.KIND_TRADE, record); // the book is that of today
}

/** The series of a list take a trade or a bar: as a sample of their own, or into their open bar. */
function extend(row: usize, first: u32, close: f64, high: f64, low: f64, volume: f64, time: f64, interval: f64): void {
  for (let next = first; next != 0;) {
    const at = seriesLane(next - 1);
    const bar = column<f64>(at, layout.SERIES_BAR_US);
    if (bar == 0 || bar == interval) {
      takeSample<f64>(at, historyLane(next - 1), close, high, low, volume, time);
      sampled(row, next - 1, at, time);
    } else {
      // A bar belongs to the bucket that it closes, a trade to the one it falls into.
      build(row, next - 1, at, close, high, low, volume, interval > 0 ? time - 1 : time);
    }
    // A bar longer than those of this series is none of its own: the series that it feeds take it as it is.
    if (bar > 0 && interval > bar) {
      const fed = whole(column<f64>(at, layout.SERIES_FIRST_FED));
      if (fed != 0) put(at, layout.SERIES_COARSE, 1);
      extend(row, fed, close, high, low, volume, time, interval);
      closeFed(row, next - 1, at, time);
    }
    next = whole(column<f64>(at, layout.SERIES_NEXT));
  }
}

function put(lane: usize, index: u32, value: f64): void {
  store<f64>(lane + index * layout.COLUMN_BYTES, value);
}

/** Adds to the unfinished bar; closes it first when the time lies beyond its end. */
function build(row: usize, index: u32, at: usize, close: f64, high: f64, low: f64, volume: f64, time: f64): void {
  const end = column<f64>(at, layout.SERIES_OPEN_END);
  if (end > 0 && time >= end) closeOpen(row, index, at, time);
  addToBar(at, close, high, low, volume, time);
  if (end == 0 || time >= end) noteEnd(index, at);
}

function quote(record: usize, symbol: u32, time: f64, clock: f64): void {
  const row = symbolRow(symbol);
  store<f64>(row, payload(record, 0), layout.SYMBOL_BID);
  store<f64>(row, payload(record, 1), layout.SYMBOL_ASK);
  store<f64>(row, payload(record, 2), layout.SYMBOL_BID_SIZE);
  store<f64>(row, payload(record, 3), layout.SYMBOL_ASK_SIZE);
  store<f64>(row, time, layout.SYMBOL_QUOTE_TIME);
  store<f64>(row, clock - time, layout.SYMBOL_LAG);
  hear(row, layout.SYMBOL_QUOTE_CELLS, layout.KIND_QUOTE, record);
}

/** The cells that want the quotes or the trades of a symbol; the few that the row has no room for are asked for both. */
function hear(row: usize, links: usize, kind: u32, record: usize): void {
  for (let place: usize = 0; place < usize(layout.BOOK_CELLS); place++) {
    const link = load<u32>(row + links + (place << 2));
    if (link == 0) break;
    book(linkCode(link), linkCell(link), kind, row, record);
  }
  let next = load<u32>(row, layout.SYMBOL_FIRST_BOOK_CELL);
  while (next != 0) {
    const cell = linkCell(next);
    book(linkCode(next), cell, kind, row, record);
    next = nextLink(cell, layout.CELL_NEXT_BOOK);
  }
}

/** The cells that want the funding, news or earnings of a symbol. */
function tell(record: usize, kind: u32, symbol: u32): void {
  let next = load<u32>(symbolRow(symbol), layout.SYMBOL_FIRST_NEWS_CELL);
  while (next != 0) {
    const cell = linkCell(next);
    news(linkCode(next), cell, kind, record);
    next = nextLink(cell, layout.CELL_NEXT_NEWS);
  }
}
