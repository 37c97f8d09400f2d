// Reads JSON (RFC 8259): one tick as an object or as the compact array, scalars, and skips what is not ours. The same
// contract as msgpack.ts: an address in, the address behind the value out, 0 with `failure` set when the text is not
// JSON. NaN and Infinity are no JSON; a key __proto__ is noted wherever it stands.
import * as wire from "../wire";
import { scratch } from "../plan";
import { fieldOf } from "./keys";
import {
  end,
  fail,
  keep,
  keepCount,
  level,
  LIST_BAD,
  LIST_LONG,
  noteEnvelope,
  noteForbidden,
  number,
  setFault,
  setNewsSymbol,
  setTextValue,
  setValue,
  STACK,
  standsTwice,
  type,
} from "./fields";
import { hard, readNumber, setHard } from "./json-number";
import { bytes, clearText, escaped, from, readString, releaseText, unescape, used } from "./json-text";
import { compactField } from "./msgpack";

const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a;
const OPEN_LIST: u32 = 0x5b;
const CLOSE_LIST: u32 = 0x5d;
const OPEN_MAP: u32 = 0x7b;
const CLOSE_MAP: u32 = 0x7d;

/** First byte that is not white space; may be `end`, where a stale byte lies: compare before reading. */
export function space(at: usize): usize {
  let byte: u32 = load<u8>(at);
  while (byte <= 0x20 && at < end && (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09)) {
    at += 1;
    byte = load<u8>(at);
  }
  return at;
}
/** The wanted character after white space; the address of the white space or value that follows it. */
function expect(at: usize, character: u32): usize {
  at = space(at);
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  return load<u8>(at) == character ? at + 1 : fail(wire.REASON_SYNTAX);
}
function literal(at: usize, word: u32, length: u32, valueType: u32): usize {
  setValue(valueType);
  if (load<u32>(at) != word) return fail(at + length > end ? wire.REASON_TRUNCATED : wire.REASON_SYNTAX);
  if (length == 5 && load<u8>(at, 4) != 0x65) return fail(at + 5 > end ? wire.REASON_TRUNCATED : wire.REASON_SYNTAX);
  return at + length > end ? fail(wire.REASON_TRUNCATED) : at + length;
}

/** Reads the scalar, or skips the container, behind white space at `at`; sets type and value. */
export function scan(at: usize, depth: u32): usize {
  at = space(at);
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  const head: u32 = load<u8>(at);
  if (head == OPEN_MAP || head == OPEN_LIST) {
    const wanted = hard;
    const next = skip(at, depth);
    setHard(wanted);
    setValue(head == OPEN_MAP ? wire.TYPE_MAP : wire.TYPE_LIST);
    return next;
  }
  return scalar(at, head);
}
function scalar(at: usize, head: u32): usize {
  if (head == QUOTE) {
    const next = readString(at);
    setTextValue(from, bytes);
    return next;
  }
  if (head - 0x30 <= 9 || head == 0x2d) return readNumber(at);
  if (head == 0x74) return literal(at, 0x65757274, 4, wire.TYPE_BOOL); // true
  if (head == 0x66) return literal(at, 0x736c6166, 5, wire.TYPE_BOOL); // fals(e)
  if (head == 0x6e) return literal(at, 0x6c6c756e, 4, wire.TYPE_NIL); // null
  return fail(wire.REASON_SYNTAX);
}

/** Key and colon at `at`, behind white space; the address of the value. The key is left in from, bytes. */
function readKey(at: usize): usize {
  at = space(at);
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  if (load<u8>(at) != QUOTE) return fail(wire.REASON_SYNTAX);
  at = readString(at);
  if (at == 0) return 0;
  return expect(at, COLON);
}
/** Field of the key just read. */
function keyField(): u32 {
  const mark = used;
  if (escaped) unescape();
  const field = fieldOf(from, bytes);
  releaseText(mark);
  if (field == wire.FIELD_FORBIDDEN) noteForbidden();
  return field;
}

/** Skips the container at `at`, with `depth` containers open around it. A stack of kinds, no recursion. */
function skip(at: usize, depth: u32): usize {
  let open = depth;
  while (true) {
    // Here at is the start of a value.
    at = space(at);
    if (at >= end) return fail(wire.REASON_TRUNCATED);
    const head: u32 = load<u8>(at);
    if (head == OPEN_MAP || head == OPEN_LIST) {
      open += 1;
      if (open > <u32>wire.DEPTH_MAX) return fail(wire.REASON_TOO_DEEP);
      store<u32>(scratch + STACK + (open << 2), head);
      at = space(at + 1);
      if (at >= end) return fail(wire.REASON_TRUNCATED);
      if (load<u8>(at) != head + 2) {
        if (head == OPEN_LIST) continue;
        at = readKey(at);
        if (at == 0) return 0;
        keyField();
        continue;
      }
      at += 1;
      open -= 1;
    } else {
      at = scalar(at, head);
      if (at == 0) return 0;
    }
    while (true) {
      // Here a value has ended inside container `open`.
      if (open == depth) return at;
      at = space(at);
      if (at >= end) return fail(wire.REASON_TRUNCATED);
      const kind = load<u32>(scratch + STACK + (open << 2));
      const mark: u32 = load<u8>(at);
      at += 1;
      if (mark == kind + 2) {
        open -= 1;
        continue;
      }
      if (mark != COMMA) return fail(wire.REASON_SYNTAX);
      if (kind == OPEN_LIST) break;
      at = readKey(at);
      if (at == 0) return 0;
      keyField();
      break;
    }
  }
}

/** First element of the list at `at`, 0 when it is broken; `closed` when it has none (then the address behind it). */
export let closed: bool = false;
export function openList(at: usize, depth: u32): usize {
  if (depth > <u32>wire.DEPTH_MAX) return fail(wire.REASON_TOO_DEEP);
  at = space(at + 1);
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  closed = load<u8>(at) == CLOSE_LIST;
  return closed ? at + 1 : at;
}
/** Behind an element: the next element, or with `closed` the address behind the list. */
export function nextElement(at: usize): usize {
  at = space(at);
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  const mark: u32 = load<u8>(at);
  closed = mark == CLOSE_LIST;
  if (closed || mark == COMMA) return at + 1;
  return fail(wire.REASON_SYNTAX);
}

/** Fields of the object at `at`, container number `depth`. */
export function readMap(at: usize, depth: u32): usize {
  if (depth > <u32>wire.DEPTH_MAX) return fail(wire.REASON_TOO_DEEP);
  clearText();
  at = space(at + 1);
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  if (load<u8>(at) == CLOSE_MAP) return at + 1;
  while (true) {
    at = readKey(at);
    if (at == 0) return 0;
    at = readField(at, keyField(), depth);
    if (at == 0) return 0;
    at = space(at);
    if (at >= end) return fail(wire.REASON_TRUNCATED);
    const mark: u32 = load<u8>(at);
    at += 1;
    if (mark == CLOSE_MAP) return at;
    if (mark != COMMA) return fail(wire.REASON_SYNTAX);
  }
}
function readField(at: usize, field: u32, depth: u32): usize {
  at = space(at);
  if (field == wire.FIELD_MARKET_DATA) noteEnvelope(at, false);
  if (field == wire.FIELD_FORBIDDEN) setFault(wire.REASON_FORBIDDEN_KEY, field);
  const wanted = hard;
  const next = scan(at, depth);
  if (next == 0) return 0;
  if (field >= <u32>wire.FIELD_COUNT || standsTwice(field)) {
    setHard(wanted);
    return next;
  }
  // The host unescapes the text of a story, which is too long for the core's area.
  if (type == wire.TYPE_TEXT && field != wire.FIELD_TEXT) {
    unescape();
    setTextValue(from, bytes);
  }
  if (type != wire.TYPE_LIST || field < <u32>wire.FIELD_BIDS || field == wire.FIELD_TEXT) keep(field);
  else if (field == wire.FIELD_SYMBOLS) keepCount(field, readSymbols(at, depth));
  else keepCount(field, readLevels(at, field, depth));
  return next;
}

/** [[price, size], ...] of a list that has been skipped without fault. */
function readLevels(at: usize, field: u32, depth: u32): u32 {
  let levels: u32 = 0;
  let good = true;
  at = openList(at, depth);
  while (!closed) {
    if (levels == <u32>wire.LEVELS_MAX) return LIST_LONG;
    const element = space(at);
    const next = scan(element, depth + 1);
    good = good && type == wire.TYPE_LIST && readLevel(element, level(field, levels), depth + 1);
    levels += 1;
    at = nextElement(next);
  }
  return good ? levels : LIST_BAD;
}
/** One [price, size] into `place`. */
function readLevel(at: usize, place: usize, depth: u32): bool {
  at = openList(at, depth);
  for (let part: u32 = 0; part < 2; part++) {
    if (closed) return false;
    at = scan(at, depth + 1);
    if (type != wire.TYPE_NUMBER) return false;
    store<f64>(place + (part << 3), number);
    at = nextElement(at);
  }
  return closed;
}
function readSymbols(at: usize, depth: u32): u32 {
  let symbols: u32 = 0;
  let good = true;
  at = openList(at, depth);
  while (!closed) {
    if (symbols == <u32>wire.NEWS_SYMBOLS_MAX) return LIST_LONG;
    const wanted = hard;
    at = scan(at, depth + 1);
    setHard(wanted);
    good = good && type == wire.TYPE_TEXT;
    if (good) {
      unescape();
      setTextValue(from, bytes);
      setNewsSymbol(symbols);
    }
    symbols += 1;
    at = nextElement(at);
  }
  return good ? symbols : LIST_BAD;
}

/** The compact form at `at`, container number `depth`; null stands for an optional element left out. */
export function readArray(at: usize, depth: u32): usize {
  clearText();
  at = openList(at, depth);
  if (at == 0) return 0;
  let index: u32 = 0;
  while (!closed) {
    const wanted = hard;
    at = scan(at, depth);
    if (at == 0) return 0;
    if (index < 5) {
      if (type == wire.TYPE_TEXT) {
        unescape();
        setTextValue(from, bytes);
      }
      if (index < 2 || type != wire.TYPE_NIL) keep(compactField(index));
    } else setHard(wanted);
    index += 1;
    at = nextElement(at);
    if (at == 0) return 0;
  }
  if (index < 4 || index > 5) setFault(wire.REASON_ARRAY_LENGTH, wire.FIELD_NONE);
  return at;
}
