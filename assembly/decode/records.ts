// From a judged tick to its records: finds the names' ids, makes room, writes. All records of a tick enter the ring or
// none; FLAG_MORE stands on all but the last. A tick whose available_at is still to come is written to the staging area
// instead. Reservation goes through the same words as src/stream/rings/event-ring.ts, and nothing is published here.
import * as layout from "../layout";
import * as wire from "../wire";
import { events, scratch } from "../plan";
import {
  countOf,
  has,
  lengthOf,
  level,
  newsId,
  newsSymbolAt,
  newsSymbolLength,
  numberOf,
  numberOr,
  setNewsId,
  textOf,
} from "./fields";
import { assetOf, findName, foldName, quickSymbol, touch } from "./names";
import { announced, asset, availableAt, eventTime, hasQuote, hasStory, interval, kind, price } from "./rules";

export const ENTER_DONE: u32 = 0;
export const ENTER_REFUSED: u32 = 1; // refusal, refusedField
export const ENTER_NAME: u32 = 2; //    the host must intern the name in DECODE_NAME
export const ENTER_HELD: u32 = 3;
export let refusal: u32 = 0;
export let refusedField: u32 = wire.FIELD_NONE;

/** Hours between two fundings of a trade that carries funding_rate: the habit of perpetual swaps. */
const TRADE_FUNDING_HOURS: f64 = 8;

let symbol: u32 = 0;
let venue: u32 = 0;
let series: u32 = 0;
/** Records of this tick and how many are written. */
let total: u32 = 0;
let written: u32 = 0;
let first: u32 = 0;
let clock: f64 = 0;
let held: bool = false;
let marks: u32 = 0;

export function enter(): u32 {
  clock = load<f64>(layout.ENGINE_CLOCK);
  held = availableAt > clock;
  first = load<u32>(layout.EVENT_NEXT);
  total = recordCount();
  if (!held && !roomFor(total)) return refuse(wire.REASON_OVERLOADED, wire.FIELD_NONE);
  const named = resolveNames();
  if (named != ENTER_DONE) return named;
  written = 0;
  marks = load<u8>(scratch, wire.DECODE_FLAGS);
  writeRecords();
  if (held) {
    store<u32>(scratch, total, wire.DECODE_HELD_COUNT);
    store<f64>(scratch, availableAt, wire.DECODE_HELD_AT);
    refusedField = wire.FIELD_AVAILABLE_AT;
    return ENTER_HELD;
  }
  store<u32>(layout.EVENT_NEXT, first + total);
  return ENTER_DONE;
}
function refuse(reason: u32, field: u32): u32 {
  refusal = reason;
  refusedField = field;
  return ENTER_REFUSED;
}

function recordCount(): u32 {
  if (kind == layout.KIND_TRADE) {
    return (
      1 +
      u32(hasQuote()) +
      u32(has(wire.FIELD_FUNDING_RATE)) +
      u32(has(wire.FIELD_SENTIMENT)) +
      u32(has(wire.FIELD_LIQUIDITY_INDEX))
    );
  }
  if (kind == layout.KIND_QUOTE) return quoteLevels();
  if (kind == layout.KIND_NEWS && !has(wire.FIELD_SYMBOL)) return countOf(wire.FIELD_SYMBOLS);
  return 1;
}
function quoteLevels(): u32 {
  let levels: u32 = 1;
  if (has(wire.FIELD_BIDS)) levels = max(levels, countOf(wire.FIELD_BIDS));
  if (has(wire.FIELD_ASKS)) levels = max(levels, countOf(wire.FIELD_ASKS));
  return levels;
}

/** Free slots by the cached limit, then by the tails of the active consumers as they are now. */
function roomFor(records: u32): bool {
  const next = load<u32>(layout.EVENT_NEXT);
  if (next - load<u32>(layout.EVENT_LIMIT) + records <= <u32>layout.EVENT_SLOTS) return true;
  if ((load<u32>(scratch, wire.DECODE_FLAGS) & wire.DECODE_REFUSES) != 0) return false;
  let used: u32 = 0;
  for (let consumer: u32 = 0; consumer < <u32>layout.CONSUMER_COUNT; consumer++) {
    const line: usize = layout.CONSUMERS + consumer * layout.LINE;
    if (load<i32>(line, layout.CONSUMER_ACTIVE) != 1) continue;
    used = max(used, next - atomic.load<u32>(line, layout.CONSUMER_TAIL));
  }
  store<u32>(layout.EVENT_LIMIT, next - used);
  return used + records <= <u32>layout.EVENT_SLOTS;
}

// ---- Names ------------------------------------------------------------------------------------------------------------
let found: u32 = 0;
/** Sets `found` to the id. */
function resolve(table: u32, at: usize, length: u32, field: u32): u32 {
  let entry: u32 = table == layout.TABLE_SYMBOL ? quickSymbol(at, length) : 0;
  if (entry == 0) {
    if (!foldName(at, length)) return refuse(wire.REASON_BAD_NAME, field);
    entry = findName(table);
  }
  if (entry == 0) return ask(table, 0, table == layout.TABLE_SYMBOL ? asset : 0, at, length, field);
  found = entry - 1;
  if (table == layout.TABLE_SYMBOL && asset != 0 && asset != assetOf(found))
    return ask(table, entry, asset, at, length, field);
  return ENTER_DONE;
}
function ask(table: u32, entry: u32, wanted: u32, at: usize, length: u32, field: u32): u32 {
  // A tick that will be refused for another of its names must not leave this one behind.
  const wrong = firstBadName();
  if (wrong != wire.FIELD_NONE) return refuse(wire.REASON_BAD_NAME, wrong);
  foldName(at, length);
  refusedField = field;
  store<u32>(scratch, table, wire.DECODE_NAME_TABLE);
  store<u32>(scratch, entry, wire.DECODE_NAME_ID);
  store<u32>(scratch, wanted, wire.DECODE_NAME_ASSET);
  return ENTER_NAME;
}

/** The first of the tick's names that is none, in the order of resolution; FIELD_NONE when all are names. */
function firstBadName(): u32 {
  if (kind == layout.KIND_MACRO) return badName(wire.FIELD_SERIES);
  if (kind == layout.KIND_RATES) return badName(wire.FIELD_CONTRACT);
  if (has(wire.FIELD_SYMBOL)) {
    if (badName(wire.FIELD_SYMBOL) != wire.FIELD_NONE) return wire.FIELD_SYMBOL;
  } else {
    for (let index: u32 = 0; index < countOf(wire.FIELD_SYMBOLS); index++) {
      if (!foldName(newsSymbolAt(index), newsSymbolLength(index))) return wire.FIELD_SYMBOLS;
    }
  }
  return badName(wire.FIELD_VENUE);
}
function badName(field: u32): u32 {
  return !has(field) || foldName(textOf(field), lengthOf(field)) ? wire.FIELD_NONE : field;
}

function resolveNames(): u32 {
  venue = 0;
  series = 0;
  if (kind == layout.KIND_MACRO) return resolveField(layout.TABLE_SERIES, wire.FIELD_SERIES);
  if (kind == layout.KIND_RATES) {
    return has(wire.FIELD_CONTRACT) ? resolveField(layout.TABLE_SERIES, wire.FIELD_CONTRACT) : ENTER_DONE;
  }
  let named: u32 = ENTER_DONE;
  if (kind == layout.KIND_NEWS && !has(wire.FIELD_SYMBOL)) named = resolveNewsSymbols();
  else named = resolveField(layout.TABLE_SYMBOL, wire.FIELD_SYMBOL);
  if (named == ENTER_DONE && has(wire.FIELD_VENUE)) named = resolveField(layout.TABLE_VENUE, wire.FIELD_VENUE);
  if (named == ENTER_DONE && kind == layout.KIND_TRADE && has(wire.FIELD_LIQUIDITY_INDEX)) named = resolveLiquidity();
  return named;
}
function resolveField(table: u32, field: u32): u32 {
  const named = resolve(table, textOf(field), lengthOf(field), field);
  if (named != ENTER_DONE) return named;
  if (table == layout.TABLE_SYMBOL) symbol = found;
  else if (table == layout.TABLE_VENUE) venue = found;
  else series = found;
  return ENTER_DONE;
}
/** LIQUIDITY_INDEX, the series that a trade's liquidity_index belongs to. */
function resolveLiquidity(): u32 {
  const name = memory.data<u8>([
    76, 73, 81, 85, 73, 68, 73, 84, 89, 95, 73, 78, 68, 69, 88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ]);
  const named = resolve(layout.TABLE_SERIES, name, 15, wire.FIELD_LIQUIDITY_INDEX);
  series = found;
  return named;
}
/** Every symbol once; shortens `total` by those that came again. */
function resolveNewsSymbols(): u32 {
  const listed = total;
  let distinct: u32 = 0;
  for (let index: u32 = 0; index < listed; index++) {
    const named = resolve(layout.TABLE_SYMBOL, newsSymbolAt(index), newsSymbolLength(index), wire.FIELD_SYMBOLS);
    if (named != ENTER_DONE) return named;
    let seen = false;
    for (let earlier: u32 = 0; earlier < distinct; earlier++) seen = seen || newsId(earlier) == found;
    if (seen) continue;
    setNewsId(distinct, found);
    distinct += 1;
  }
  total = distinct;
  return ENTER_DONE;
}

// ---- Records ----------------------------------------------------------------------------------------------------------
function put(recordKind: u32, subject: u32, aux: u32, p0: f64, p1: f64, p2: f64, p3: f64, p4: f64): void {
  const record = held
    ? scratch + wire.DECODE_STAGING + (written << layout.EVENT_SHIFT)
    : events + (((first + written) & (layout.EVENT_SLOTS - 1)) << layout.EVENT_SHIFT);
  written += 1;
  const more: u32 = written < total ? layout.FLAG_MORE : 0;
  store<u32>(record, subject | (recordKind << 16) | ((marks | more) << 24), layout.EVENT_SUBJECT);
  store<u32>(record, aux, layout.EVENT_AUX);
  store<f64>(record, eventTime, layout.EVENT_TIME);
  store<f64>(record, clock, layout.EVENT_CLOCK);
  store<f64>(record, p0, layout.EVENT_PAYLOAD);
  store<f64>(record, p1, layout.EVENT_PAYLOAD + 8);
  store<f64>(record, p2, layout.EVENT_PAYLOAD + 16);
  store<f64>(record, p3, layout.EVENT_PAYLOAD + 24);
  store<f64>(record, p4, layout.EVENT_PAYLOAD + 32);
}

function writeRecords(): void {
  switch (kind) {
    case layout.KIND_TRADE:
      return writeTrade();
    case layout.KIND_QUOTE:
      return writeQuote();
    case layout.KIND_NEWS:
      return writeNews();
    case layout.KIND_BAR: {
      touch(symbol);
      return put(
        kind,
        symbol,
        interval,
        numberOf(wire.FIELD_OPEN),
        numberOf(wire.FIELD_HIGH),
        numberOf(wire.FIELD_LOW),
        numberOf(wire.FIELD_CLOSE),
        numberOr(wire.FIELD_VOLUME, 0),
      );
    }
    case layout.KIND_FUNDING: {
      touch(symbol);
      return put(kind, symbol, venue, numberOf(wire.FIELD_RATE), numberOf(wire.FIELD_INTERVAL_HOURS), 0, 0, 0);
    }
    case layout.KIND_EARNINGS: {
      touch(symbol);
      const expected = numberOr(wire.FIELD_EXPECTED, NaN);
      return put(kind, symbol, venue, numberOf(wire.FIELD_ACTUAL), expected, announced, 0, 0);
    }
    case layout.KIND_MACRO: {
      const unit = unitOf(textOf(wire.FIELD_UNIT), lengthOf(wire.FIELD_UNIT));
      return put(kind, series, 0, numberOf(wire.FIELD_VALUE), <f64>unit, 0, 0, 0);
    }
    default:
      put(
        kind,
        0,
        series,
        numberOf(wire.FIELD_BEFORE),
        numberOf(wire.FIELD_AFTER),
        numberOf(wire.FIELD_DAY),
        numberOf(wire.FIELD_DAYS_IN_MONTH),
        has(wire.FIELD_CONTRACT) ? deliveryMonth(textOf(wire.FIELD_CONTRACT), lengthOf(wire.FIELD_CONTRACT)) : 0,
      );
  }
}

/** Month of a futures contract whose name ends in its letter and the year's digits (ZQZ6, FFX26): 1..12, else 0. */
function deliveryMonth(at: usize, length: u32): f64 {
  let digits: u32 = 0;
  while (digits < length && load<u8>(at + length - 1 - digits) - 0x30 <= <u8>9) digits++;
  if (digits == 0 || digits > 4 || digits + 1 >= length) return 0;
  const letter = load<u8>(at + length - 1 - digits) & 0xdf;
  const letters = memory.data<u8>([70, 71, 72, 74, 75, 77, 78, 81, 85, 86, 88, 90]); // F G H J K M N Q U V X Z
  for (let month: u32 = 0; month < 12; month++) if (load<u8>(letters + month) == letter) return <f64>(month + 1);
  return 0;
}

function writeTrade(): void {
  touch(symbol);
  const plain = total == 1;
  if (!plain && hasQuote()) {
    const bidSize = numberOr(wire.FIELD_BID_SIZE, 0);
    const askSize = numberOr(wire.FIELD_ASK_SIZE, 0);
    put(layout.KIND_QUOTE, symbol, venue, numberOf(wire.FIELD_BID), numberOf(wire.FIELD_ASK), bidSize, askSize, 0);
  }
  put(
    layout.KIND_TRADE,
    symbol,
    venue,
    price,
    numberOr(wire.FIELD_VOLUME, 0),
    numberOr(wire.FIELD_HIGH, price),
    numberOr(wire.FIELD_LOW, price),
    numberOr(wire.FIELD_OPEN, price),
  );
  if (plain) return;
  if (has(wire.FIELD_FUNDING_RATE)) {
    put(layout.KIND_FUNDING, symbol, venue, numberOf(wire.FIELD_FUNDING_RATE), TRADE_FUNDING_HOURS, 0, 0, 0);
  }
  if (has(wire.FIELD_SENTIMENT)) put(layout.KIND_NEWS, symbol, venue, numberOf(wire.FIELD_SENTIMENT), 1, 0, 0, 0);
  if (has(wire.FIELD_LIQUIDITY_INDEX)) {
    put(layout.KIND_MACRO, series, 0, numberOf(wire.FIELD_LIQUIDITY_INDEX), wire.UNIT_INDEX, 0, 0, 0);
  }
}

/** Level 0 is the top of the book; a level that only one side has carries price and size 0 on the other. */
function writeQuote(): void {
  touch(symbol);
  const bids: u32 = has(wire.FIELD_BIDS) ? countOf(wire.FIELD_BIDS) : 0;
  const asks: u32 = has(wire.FIELD_ASKS) ? countOf(wire.FIELD_ASKS) : 0;
  const bidSize = topSize(wire.FIELD_BID_SIZE, wire.FIELD_BIDS, bids);
  const askSize = topSize(wire.FIELD_ASK_SIZE, wire.FIELD_ASKS, asks);
  put(kind, symbol, venue, numberOf(wire.FIELD_BID), numberOf(wire.FIELD_ASK), bidSize, askSize, 0);
  for (let index: u32 = 1; index < total; index++) {
    const bid = level(wire.FIELD_BIDS, index);
    const ask = level(wire.FIELD_ASKS, index);
    put(
      kind,
      symbol,
      venue,
      index < bids ? load<f64>(bid) : 0,
      index < asks ? load<f64>(ask) : 0,
      index < bids ? load<f64>(bid, 8) : 0,
      index < asks ? load<f64>(ask, 8) : 0,
      <f64>index,
    );
  }
}
function topSize(field: u32, list: u32, levels: u32): f64 {
  if (has(field)) return numberOf(field);
  return levels > 0 ? load<f64>(level(list, 0), 8) : 0;
}

function writeNews(): void {
  // What the sender left out and the host took from the text (decode.ts has asked it).
  let hash: u64 = hasStory() ? load<u64>(scratch, wire.DECODE_STORY_HASH) : 0;
  if (has(wire.FIELD_HASH)) hash = hashOfText(textOf(wire.FIELD_HASH), lengthOf(wire.FIELD_HASH));
  const low = <f64>u32(hash);
  const high = <f64>u32(hash >> 32);
  const score = has(wire.FIELD_SCORE) ? numberOf(wire.FIELD_SCORE) : load<f64>(scratch, wire.DECODE_STORY_SCORE);
  const weight = numberOr(wire.FIELD_SOURCE_WEIGHT, 1);
  const listed = !has(wire.FIELD_SYMBOL);
  for (let index: u32 = 0; index < total; index++) {
    const subject = listed ? newsId(index) : symbol;
    touch(subject);
    put(kind, subject, venue, score, weight, low, high, 0);
  }
}
/** FNV-1a over the bytes. */
function hashOfText(at: usize, length: u32): u64 {
  let hash: u64 = 0xcbf29ce484222325;
  for (let index: u32 = 0; index < length; index++) hash = (hash ^ load<u8>(at + index)) * 0x100000001b3;
  return hash;
}

/** UNIT_ of the names that the API's documentation lists; everything else is UNIT_OTHER. */
function unitOf(at: usize, length: u32): u32 {
  const word = load<u64>(at);
  if (length == 5 && (word & 0xffffffffff) == 0x7865646e69) return wire.UNIT_INDEX;
  if (length == 7 && (word & 0xffffffffffffff) == 0x746e6563726570) return wire.UNIT_PERCENT;
  if (length == 12 && word == 0x6f705f7369736162 && load<u32>(at, 8) == 0x73746e69) return wire.UNIT_BASIS_POINTS;
  if (length == 5 && (word & 0xffffffffff) == 0x746e756f63) return wire.UNIT_COUNT;
  if (length == 9 && word == 0x646e6173756f6874 && load<u8>(at, 8) == 0x73) return wire.UNIT_THOUSANDS;
  if (length == 3 && (word & 0xffffff) == 0x647375) return wire.UNIT_USD;
  if (length == 12 && word == 0x6c6c696d5f647375 && load<u32>(at, 8) == 0x736e6f69) return wire.UNIT_USD_MILLIONS;
  if (length == 12 && word == 0x6c6c69625f647375 && load<u32>(at, 8) == 0x736e6f69) return wire.UNIT_USD_BILLIONS;
  if (length == 13 && word == 0x6c6972745f647375 && load<u64>(at, 5) == 0x736e6f696c6c6972)
    return wire.UNIT_USD_TRILLIONS;
  return wire.UNIT_OTHER;
}
