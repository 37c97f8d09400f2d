// What a tick must be: one function per kind, one reason per rule, checked in a fixed order so that every path names
// the same fault. `judge` returns REASON_NONE or the reason, with `badField` saying where; afterwards the values below
// are set and records.ts can write. Optional fields that belong to another kind are not looked at.
import * as layout from "../layout";
import * as wire from "../wire";
import {
  countOf,
  doubled,
  fault,
  faultField,
  has,
  lengthOf,
  level,
  LIST_BAD,
  LIST_LONG,
  numberOf,
  numberOr,
  numbers,
  present,
  textOf,
  typeOf,
} from "./fields";
import { microsOf } from "./time";

export let badField: u32 = wire.FIELD_NONE;
export let kind: u32 = 0;
/** Event time in microseconds; when it may enter, 0: at once; explicit asset type, 0: none. */
export let eventTime: f64 = 0;
export let availableAt: f64 = 0;
export let asset: u32 = 0;
/** Price of a trade; interval of a bar in ms; announcement of earnings in microseconds. */
export let price: f64 = 0;
export let interval: u32 = 0;
export let announced: f64 = 0;

const TEXT_MAX: u32 = 256;

function mask(field: u32): u64 {
  return u64(1) << field;
}
function bad(reason: u32, field: u32): u32 {
  badField = field;
  return reason;
}

export function judge(clock: f64): u32 {
  if (fault != 0) return bad(fault, faultField);
  if (doubled != 0) return bad(wire.REASON_DUPLICATE_KEY, u32(ctz(doubled)));
  asset = 0;
  if (!has(wire.FIELD_KIND)) return trade(clock);
  if (typeOf(wire.FIELD_KIND) != wire.TYPE_TEXT) return bad(wire.REASON_MISTYPED, wire.FIELD_KIND);
  kind = kindOf(textOf(wire.FIELD_KIND), lengthOf(wire.FIELD_KIND));
  switch (kind) {
    case layout.KIND_TRADE:
      return trade(clock);
    case layout.KIND_QUOTE:
      return quote(clock);
    case layout.KIND_BAR:
      return bar(clock);
    case layout.KIND_FUNDING:
      return funding(clock);
    case layout.KIND_NEWS:
      return news(clock);
    case layout.KIND_EARNINGS:
      return earnings(clock);
    case layout.KIND_MACRO:
      return macro(clock);
    case layout.KIND_RATES:
      return rates(clock);
    default:
      return bad(wire.REASON_UNKNOWN_VALUE, wire.FIELD_KIND);
  }
}
export function kindOf(at: usize, length: u32): u32 {
  const word = load<u64>(at);
  if (length == 5 && (word & 0xffffffffff) == 0x6564617274) return layout.KIND_TRADE;
  if (length == 5 && (word & 0xffffffffff) == 0x65746f7571) return layout.KIND_QUOTE;
  if (length == 3 && (word & 0xffffff) == 0x726162) return layout.KIND_BAR;
  if (length == 7 && (word & 0xffffffffffffff) == 0x676e69646e7566) return layout.KIND_FUNDING;
  if (length == 4 && (word & 0xffffffff) == 0x7377656e) return layout.KIND_NEWS;
  if (length == 8 && word == 0x73676e696e726165) return layout.KIND_EARNINGS;
  if (length == 5 && (word & 0xffffffffff) == 0x6f7263616d) return layout.KIND_MACRO;
  if (length == 5 && (word & 0xffffffffff) == 0x7365746172) return layout.KIND_RATES;
  return 0;
}

// ---- Rules that several kinds share ---------------------------------------------------------------------------------
/** Every one of these fields that the tick has is a number; the first that is not is named. */
function allNumbers(fields: u64): u32 {
  const wrong = present & fields & ~numbers;
  return wrong == 0 ? 0 : bad(wire.REASON_MISTYPED, u32(ctz(wrong)));
}
function text(field: u32, required: bool): u32 {
  if (!has(field)) return required ? bad(wire.REASON_MISSING, field) : 0;
  if (typeOf(field) != wire.TYPE_TEXT) return bad(wire.REASON_MISTYPED, field);
  return lengthOf(field) > TEXT_MAX ? bad(wire.REASON_TOO_LONG, field) : 0;
}
function positive(field: u32, required: bool): u32 {
  if (!has(field)) return required ? bad(wire.REASON_MISSING, field) : 0;
  const x = numberOf(field);
  if (!(x > 0 && x < Infinity)) return bad(wire.REASON_NOT_POSITIVE, field);
  return x >= wire.PRICE_MIN && x <= wire.PRICE_MAX ? 0 : bad(wire.REASON_OUT_OF_RANGE, field);
}
function notNegative(field: u32): u32 {
  if (!has(field)) return 0;
  const x = numberOf(field);
  if (!(x >= 0 && x < Infinity)) return bad(wire.REASON_NEGATIVE, field);
  return x <= wire.SIZE_MAX ? 0 : bad(wire.REASON_OUT_OF_RANGE, field);
}
function finite(field: u32, required: bool): u32 {
  if (!has(field)) return required ? bad(wire.REASON_MISSING, field) : 0;
  return abs(numberOf(field)) < Infinity ? 0 : bad(wire.REASON_NOT_FINITE, field);
}
function within(field: u32, low: f64, high: f64, required: bool): u32 {
  if (!has(field)) return required ? bad(wire.REASON_MISSING, field) : 0;
  const x = numberOf(field);
  return x >= low && x <= high ? 0 : bad(wire.REASON_OUT_OF_RANGE, field);
}
function whole(field: u32, low: f64, high: f64): u32 {
  const reason = within(field, low, high, true);
  if (reason) return reason;
  return Math.floor(numberOf(field)) == numberOf(field) ? 0 : bad(wire.REASON_OUT_OF_RANGE, field);
}
/** Microseconds of a time field, or 0 with badField set and `timeReason`. */
let timeReason: u32 = 0;
function timeOf(field: u32): f64 {
  const type = typeOf(field);
  timeReason = wire.REASON_MISTYPED;
  badField = field;
  if (type != wire.TYPE_NUMBER && type != wire.TYPE_TIME) return 0;
  timeReason = wire.REASON_BAD_TIMESTAMP;
  return type == wire.TYPE_TIME ? numberOf(field) : microsOf(numberOf(field));
}
/** Sets eventTime and availableAt: a tick without a timestamp happened now, or when it became available if earlier. */
function times(clock: f64): u32 {
  eventTime = clock;
  availableAt = 0;
  if (has(wire.FIELD_TIMESTAMP)) {
    eventTime = timeOf(wire.FIELD_TIMESTAMP);
    if (eventTime == 0) return timeReason;
  }
  if (!has(wire.FIELD_AVAILABLE_AT)) return 0;
  availableAt = timeOf(wire.FIELD_AVAILABLE_AT);
  if (availableAt == 0) return timeReason;
  if (availableAt < eventTime) {
    if (has(wire.FIELD_TIMESTAMP)) return bad(wire.REASON_AVAILABLE_BEFORE, wire.FIELD_AVAILABLE_AT);
    eventTime = availableAt;
  }
  return 0;
}
/** symbol, asset_type, venue and the times. */
function common(clock: f64, symbolRequired: bool): u32 {
  let reason = text(wire.FIELD_SYMBOL, symbolRequired);
  if (reason) return reason;
  if (has(wire.FIELD_ASSET_TYPE)) {
    reason = text(wire.FIELD_ASSET_TYPE, false);
    if (reason) return reason;
    asset = assetNamed(textOf(wire.FIELD_ASSET_TYPE), lengthOf(wire.FIELD_ASSET_TYPE));
    if (asset == 0) return bad(wire.REASON_UNKNOWN_VALUE, wire.FIELD_ASSET_TYPE);
  }
  reason = text(wire.FIELD_VENUE, false);
  return reason ? reason : times(clock);
}
export function assetNamed(at: usize, length: u32): u32 {
  const word = load<u64>(at);
  if (length == 6 && (word & 0xffffffffffff) == 0x6f7470797263) return layout.ASSET_CRYPTO;
  if (length == 5 && (word & 0xffffffffff) == 0x7865726f66) return layout.ASSET_FOREX;
  if (length == 7 && (word & 0xffffffffffffff) == 0x73656369646e69) return layout.ASSET_INDICES;
  if (length == 11 && word == 0x7469646f6d6d6f63 && load<u32>(at, 7) == 0x73656974) return layout.ASSET_COMMODITIES;
  if (length == 6 && (word & 0xffffffffffff) == 0x736b636f7473) return layout.ASSET_STOCKS;
  return 0;
}
/** A locked book (bid equal to ask) is ordinary in real feeds; a crossed one is a fault of the sender. */
function bidNotAboveAsk(): u32 {
  return numberOf(wire.FIELD_BID) <= numberOf(wire.FIELD_ASK) ? 0 : bad(wire.REASON_CROSSED, wire.FIELD_BID);
}

// ---- Kinds ------------------------------------------------------------------------------------------------------------
const TRADE_NUMBERS: u64 =
  (1 << wire.FIELD_PRICE) |
  (1 << wire.FIELD_CLOSE) |
  (1 << wire.FIELD_VOLUME) |
  (1 << wire.FIELD_OPEN) |
  (1 << wire.FIELD_HIGH) |
  (1 << wire.FIELD_LOW) |
  (1 << wire.FIELD_BID) |
  (1 << wire.FIELD_ASK) |
  (1 << wire.FIELD_BID_SIZE) |
  (1 << wire.FIELD_ASK_SIZE) |
  (1 << wire.FIELD_FUNDING_RATE) |
  (1 << wire.FIELD_SENTIMENT) |
  (1 << wire.FIELD_LIQUIDITY_INDEX);
/** Those of them that most ticks do not have. */
const TRADE_EXTRAS: u64 =
  TRADE_NUMBERS & ~((1 << wire.FIELD_PRICE) | (1 << wire.FIELD_CLOSE) | (1 << wire.FIELD_VOLUME));

function trade(clock: f64): u32 {
  kind = layout.KIND_TRADE;
  let reason = allNumbers(TRADE_NUMBERS);
  if (reason) return reason;
  reason = common(clock, true);
  if (reason) return reason;
  const field: u32 = has(wire.FIELD_PRICE) || !has(wire.FIELD_CLOSE) ? wire.FIELD_PRICE : wire.FIELD_CLOSE;
  reason = positive(field, true);
  if (reason) return reason;
  price = numberOf(field);
  reason = notNegative(wire.FIELD_VOLUME);
  if (reason) return reason;
  return present & TRADE_EXTRAS ? tradeExtras() : 0;
}
function tradeExtras(): u32 {
  for (let field: u32 = wire.FIELD_OPEN; field <= <u32>wire.FIELD_ASK; field++) {
    const reason = positive(field, false);
    if (reason) return reason;
  }
  if (numberOr(wire.FIELD_HIGH, price) < price) return bad(wire.REASON_HIGH_LOW, wire.FIELD_HIGH);
  if (numberOr(wire.FIELD_LOW, price) > price) return bad(wire.REASON_HIGH_LOW, wire.FIELD_LOW);
  let reason = notNegative(wire.FIELD_BID_SIZE);
  if (reason) return reason;
  reason = notNegative(wire.FIELD_ASK_SIZE);
  if (reason) return reason;
  if (hasQuote()) {
    reason = bidNotAboveAsk();
    if (reason) return reason;
  }
  reason = finite(wire.FIELD_FUNDING_RATE, false);
  if (reason) return reason;
  reason = within(wire.FIELD_SENTIMENT, -1, 1, false);
  return reason ? reason : finite(wire.FIELD_LIQUIDITY_INDEX, false);
}
/** One side alone is no quote. */
export function hasQuote(): bool {
  const both = mask(wire.FIELD_BID) | mask(wire.FIELD_ASK);
  return (present & both) == both;
}

const QUOTE_NUMBERS: u64 =
  (1 << wire.FIELD_BID) | (1 << wire.FIELD_ASK) | (1 << wire.FIELD_BID_SIZE) | (1 << wire.FIELD_ASK_SIZE);

function quote(clock: f64): u32 {
  let reason = allNumbers(QUOTE_NUMBERS);
  if (reason) return reason;
  reason = common(clock, true);
  if (reason) return reason;
  reason = positive(wire.FIELD_BID, true);
  if (reason) return reason;
  reason = positive(wire.FIELD_ASK, true);
  if (reason) return reason;
  reason = notNegative(wire.FIELD_BID_SIZE);
  if (reason) return reason;
  reason = notNegative(wire.FIELD_ASK_SIZE);
  if (reason) return reason;
  reason = bidNotAboveAsk();
  if (reason) return reason;
  reason = levels(wire.FIELD_BIDS, wire.FIELD_BID);
  return reason ? reason : levels(wire.FIELD_ASKS, wire.FIELD_ASK);
}
/** The first level is the top of the book; prices get worse from level to level. */
function levels(field: u32, top: u32): u32 {
  if (!has(field)) return 0;
  if (typeOf(field) != wire.TYPE_LIST) return bad(wire.REASON_MISTYPED, field);
  const count = countOf(field);
  if (count == LIST_LONG) return bad(wire.REASON_TOO_LONG, field);
  if (count == LIST_BAD) return bad(wire.REASON_BAD_LEVELS, field);
  let last: f64 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const levelPrice = load<f64>(level(field, index));
    const size = load<f64>(level(field, index), 8);
    const better = field == wire.FIELD_BIDS ? levelPrice < last : levelPrice > last;
    const ordered = index == 0 ? levelPrice == numberOf(top) : better;
    const valid = levelPrice > 0 && levelPrice < Infinity && size >= 0 && size < Infinity;
    if (!ordered || !valid) return bad(wire.REASON_BAD_LEVELS, field);
    last = levelPrice;
  }
  return 0;
}

const BAR_NUMBERS: u64 =
  (1 << wire.FIELD_OPEN) |
  (1 << wire.FIELD_HIGH) |
  (1 << wire.FIELD_LOW) |
  (1 << wire.FIELD_CLOSE) |
  (1 << wire.FIELD_VOLUME) |
  (1 << wire.FIELD_INTERVAL_S);

function bar(clock: f64): u32 {
  let reason = allNumbers(BAR_NUMBERS);
  if (reason) return reason;
  reason = common(clock, true);
  if (reason) return reason;
  reason = positive(wire.FIELD_CLOSE, true);
  for (let field: u32 = wire.FIELD_OPEN; field <= <u32>wire.FIELD_LOW && reason == 0; field++) {
    reason = positive(field, true);
  }
  if (reason) return reason;
  const open = numberOf(wire.FIELD_OPEN);
  const close = numberOf(wire.FIELD_CLOSE);
  const high = numberOf(wire.FIELD_HIGH);
  const low = numberOf(wire.FIELD_LOW);
  if (high < open || high < close || high < low) return bad(wire.REASON_HIGH_LOW, wire.FIELD_HIGH);
  if (low > open || low > close) return bad(wire.REASON_HIGH_LOW, wire.FIELD_LOW);
  reason = within(wire.FIELD_INTERVAL_S, 0.001, 4_294_967, true);
  if (reason) return reason;
  interval = u32(Math.floor(numberOf(wire.FIELD_INTERVAL_S) * 1e3 + 0.5));
  return notNegative(wire.FIELD_VOLUME);
}

function funding(clock: f64): u32 {
  let reason = allNumbers((1 << wire.FIELD_RATE) | (1 << wire.FIELD_INTERVAL_HOURS));
  if (reason) return reason;
  reason = common(clock, true);
  if (reason) return reason;
  reason = finite(wire.FIELD_RATE, true);
  return reason ? reason : positive(wire.FIELD_INTERVAL_HOURS, true);
}

function news(clock: f64): u32 {
  let reason = allNumbers((1 << wire.FIELD_SCORE) | (1 << wire.FIELD_SOURCE_WEIGHT));
  if (reason) return reason;
  const listed = has(wire.FIELD_SYMBOLS) && !has(wire.FIELD_SYMBOL);
  reason = common(clock, !listed);
  if (reason) return reason;
  if (listed) {
    if (typeOf(wire.FIELD_SYMBOLS) != wire.TYPE_LIST) return bad(wire.REASON_MISTYPED, wire.FIELD_SYMBOLS);
    const count = countOf(wire.FIELD_SYMBOLS);
    if (count == LIST_LONG) return bad(wire.REASON_TOO_LONG, wire.FIELD_SYMBOLS);
    if (count == LIST_BAD || count == 0) return bad(wire.REASON_MISTYPED, wire.FIELD_SYMBOLS);
  }
  reason = story();
  if (reason) return reason;
  reason = within(wire.FIELD_SCORE, -1, 1, !has(wire.FIELD_TEXT));
  if (reason) return reason;
  reason = within(wire.FIELD_SOURCE_WEIGHT, 0, 1, false);
  return reason ? reason : text(wire.FIELD_HASH, false);
}
function story(): u32 {
  if (!has(wire.FIELD_TEXT)) return 0;
  if (typeOf(wire.FIELD_TEXT) != wire.TYPE_TEXT) return bad(wire.REASON_MISTYPED, wire.FIELD_TEXT);
  return lengthOf(wire.FIELD_TEXT) > <u32>wire.STORY_BYTES_MAX ? bad(wire.REASON_TOO_LONG, wire.FIELD_TEXT) : 0;
}
/** Whether the text of a judged news tick has something to add: a score, or a hash, that the sender left out. */
export function hasStory(): bool {
  return kind == layout.KIND_NEWS && has(wire.FIELD_TEXT) && !(has(wire.FIELD_SCORE) && has(wire.FIELD_HASH));
}

function earnings(clock: f64): u32 {
  let reason = allNumbers((1 << wire.FIELD_ACTUAL) | (1 << wire.FIELD_EXPECTED));
  if (reason) return reason;
  reason = common(clock, true);
  if (reason) return reason;
  reason = finite(wire.FIELD_ACTUAL, true);
  if (reason) return reason;
  reason = finite(wire.FIELD_EXPECTED, false);
  if (reason) return reason;
  if (!has(wire.FIELD_ANNOUNCED_AT)) return bad(wire.REASON_MISSING, wire.FIELD_ANNOUNCED_AT);
  announced = timeOf(wire.FIELD_ANNOUNCED_AT);
  return announced == 0 ? timeReason : 0;
}

function macro(clock: f64): u32 {
  let reason = allNumbers(mask(wire.FIELD_VALUE));
  if (reason) return reason;
  reason = common(clock, false);
  if (reason) return reason;
  reason = text(wire.FIELD_SERIES, true);
  if (reason) return reason;
  reason = finite(wire.FIELD_VALUE, true);
  return reason ? reason : text(wire.FIELD_UNIT, true);
}

function rates(clock: f64): u32 {
  const fields =
    mask(wire.FIELD_BEFORE) | mask(wire.FIELD_AFTER) | mask(wire.FIELD_DAY) | mask(wire.FIELD_DAYS_IN_MONTH);
  let reason = allNumbers(fields);
  if (reason) return reason;
  reason = common(clock, false);
  if (reason) return reason;
  reason = finite(wire.FIELD_BEFORE, true);
  if (reason) return reason;
  reason = finite(wire.FIELD_AFTER, true);
  if (reason) return reason;
  reason = whole(wire.FIELD_DAYS_IN_MONTH, 28, 31);
  if (reason) return reason;
  reason = whole(wire.FIELD_DAY, 1, numberOf(wire.FIELD_DAYS_IN_MONTH));
  return reason ? reason : text(wire.FIELD_CONTRACT, false);
}
