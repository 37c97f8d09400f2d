// Reads msgpack: one tick as a map with string keys or as the compact array [symbol, price, volume, timestamp,
// asset_type?], scalars, and skips what is not ours. Readers take an address and give the address behind what they read,
// or 0 with `failure` set when the bytes are not one whole msgpack value. Fixed-size loads may run past the end of the
// message (there is slack); whoever advances compares with `end` afterwards, and every length with what is left before.
import * as wire from "../wire";
import { scratch } from "../plan";
import { fieldOf } from "./keys";
import {
  end,
  envelopeLast,
  fail,
  keep,
  keepCount,
  level,
  LIST_BAD,
  LIST_LONG,
  noteEnvelope,
  number,
  setFault,
  setNewsSymbol,
  setNumberValue,
  setTextValue,
  setTimeValue,
  setValue,
  STACK,
  textAt,
  textLength,
  type,
} from "./fields";
import { left, readQuickly, setLeft } from "./quick";
import { microsOfParts } from "./time";

/** Count of the container that `elementsAt` found, and whether it is a map or an array. */
export let count: u32 = 0;

function u16At(at: usize): u32 {
  return bswap<u16>(load<u16>(at));
}
function u32At(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}
function u64At(at: usize): u64 {
  const bytes = v128.load64_zero(at);
  return i64x2.extract_lane(v128.shuffle<u8>(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}
function f64At(at: usize): f64 {
  return reinterpret<f64>(u64At(at));
}

export function isMap(head: u32): bool {
  return (head & 0xf0) == 0x80 || head == 0xde || head == 0xdf;
}
export function isArray(head: u32): bool {
  return (head & 0xf0) == 0x90 || head == 0xdc || head == 0xdd;
}
export function isText(head: u32): bool {
  return (head & 0xe0) == 0xa0 || (head >= 0xd9 && head <= 0xdb);
}
/** The records extension of msgpackr: a structure definition of extension type 'r'. */
export function isRecordDefinition(at: usize): bool {
  const head = load<u8>(at);
  if (head == 0xd4 || head == 0xd5) return load<u8>(at, 1) == 0x72;
  return head == 0xc7 && load<u8>(at, 2) == 0x72;
}
/** First element of the map or array at `at`; sets `count`. A count that the message cannot hold is a truncation. */
export function elementsAt(at: usize): usize {
  const head: u32 = load<u8>(at);
  if (head < 0xa0) {
    count = head & 0x0f;
    at += 1;
  } else if (head == 0xdc || head == 0xde) {
    count = u16At(at + 1);
    at += 3;
  } else {
    count = u32At(at + 1);
    at += 5;
  }
  if (at > end || count > u32(end - at)) return fail(wire.REASON_TRUNCATED);
  return at;
}

function bytesAt(at: usize, length: u32): usize {
  if (at > end || length > u32(end - at)) return fail(wire.REASON_TRUNCATED);
  return at + length;
}
function textValue(at: usize, length: u32): usize {
  setTextValue(at, length);
  return bytesAt(at, length);
}
function numberValue(value: f64, next: usize): usize {
  setNumberValue(value);
  return next > end ? fail(wire.REASON_TRUNCATED) : next;
}
function otherValue(valueType: u32, next: usize): usize {
  setValue(valueType);
  return next > end ? fail(wire.REASON_TRUNCATED) : next;
}
/** The type is set behind the skipping, which sets the types of what it meets. */
function containerValue(valueType: u32, at: usize, depth: u32): usize {
  const next = skip(at, depth);
  setValue(valueType);
  return next;
}
function extensionValue(at: usize, size: u32): usize {
  const next = bytesAt(at + 1, size);
  if (next == 0) return 0;
  setValue(wire.TYPE_EXTENSION);
  if (load<u8>(at) != 0xff) return next;
  if (size == 4) setTimeValue(microsOfParts(u32At(at + 1), 0));
  else if (size == 8) {
    const word = u64At(at + 1);
    setTimeValue(microsOfParts(word & 0x3ffffffff, u32(word >> 34)));
  } else if (size == 12) setTimeValue(microsOfParts(u64At(at + 5), u32At(at + 1)));
  return next;
}

/** Reads a scalar, or skips a container, at nesting `depth`; sets type, number, textAt, textLength. */
export function scan(at: usize, depth: u32): usize {
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  const head: u32 = load<u8>(at);
  if (head < 0x80) return numberValue(<f64>head, at + 1);
  if (head >= 0xe0) return numberValue(<f64>(<i32>head - 256), at + 1);
  if (head < 0xa0) {
    return containerValue(head < 0x90 ? wire.TYPE_MAP : wire.TYPE_LIST, at, depth);
  }
  if (head < 0xc0) return textValue(at + 1, head & 31);
  if (head >= 0xca && head <= 0xd3) return wideNumber(at, head);
  switch (head - 0xc0) {
    case 0x00:
      return otherValue(wire.TYPE_NIL, at + 1);
    case 0x02:
    case 0x03:
      return otherValue(wire.TYPE_BOOL, at + 1);
    case 0x04:
      return binValue(at + 2, load<u8>(at, 1));
    case 0x05:
      return binValue(at + 3, u16At(at + 1));
    case 0x06:
      return binValue(at + 5, u32At(at + 1));
    case 0x07:
      return extensionValue(at + 2, load<u8>(at, 1));
    case 0x08:
      return extensionValue(at + 3, u16At(at + 1));
    case 0x09:
      return extensionValue(at + 5, u32At(at + 1));
    case 0x14:
      return extensionValue(at + 1, 1);
    case 0x15:
      return extensionValue(at + 1, 2);
    case 0x16:
      return extensionValue(at + 1, 4);
    case 0x17:
      return extensionValue(at + 1, 8);
    case 0x18:
      return extensionValue(at + 1, 16);
    case 0x19:
      return textValue(at + 2, load<u8>(at, 1));
    case 0x1a:
      return textValue(at + 3, u16At(at + 1));
    case 0x1b:
      return textValue(at + 5, u32At(at + 1));
    case 0x1c:
    case 0x1d:
      return containerValue(wire.TYPE_LIST, at, depth);
    case 0x1e:
    case 0x1f:
      return containerValue(wire.TYPE_MAP, at, depth);
    default:
      return fail(wire.REASON_SYNTAX); // 0xc1 is never used
  }
}
/** Floats and the integers that do not fit the head byte. */
function wideNumber(at: usize, head: u32): usize {
  switch (head - 0xc0) {
    case 0x0a:
      return numberValue(<f64>reinterpret<f32>(u32At(at + 1)), at + 5);
    case 0x0b:
      return numberValue(f64At(at + 1), at + 9);
    case 0x0c:
      return numberValue(<f64>load<u8>(at, 1), at + 2);
    case 0x0d:
      return numberValue(<f64>u16At(at + 1), at + 3);
    case 0x0e:
      return numberValue(<f64>u32At(at + 1), at + 5);
    case 0x0f:
      return numberValue(<f64>u64At(at + 1), at + 9);
    case 0x10:
      return numberValue(<f64>load<i8>(at, 1), at + 2);
    case 0x11:
      return numberValue(<f64>(<i16>u16At(at + 1)), at + 3);
    case 0x12:
      return numberValue(<f64>(<i32>u32At(at + 1)), at + 5);
    default:
      return numberValue(<f64>(<i64>u64At(at + 1)), at + 9);
  }
}
function binValue(at: usize, length: u32): usize {
  setValue(wire.TYPE_BYTES);
  return bytesAt(at, length);
}

/** Skips one value; containers at most DEPTH_MAX deep, with `depth` of them open around it. No recursion. */
export function skip(at: usize, depth: u32): usize {
  let open = depth;
  let left: u32 = 1;
  while (true) {
    while (left == 0) {
      if (open == depth) return at;
      open -= 1;
      left = load<u32>(scratch + STACK + (open << 2));
    }
    left -= 1;
    if (at >= end) return fail(wire.REASON_TRUNCATED);
    const head: u32 = load<u8>(at);
    if (isMap(head) || isArray(head)) {
      at = elementsAt(at);
      if (at == 0) return 0;
      store<u32>(scratch + STACK + (open << 2), left);
      open += 1;
      if (open > <u32>wire.DEPTH_MAX) return fail(wire.REASON_TOO_DEEP);
      left = isMap(head) ? count << 1 : count;
    } else {
      at = scan(at, open);
      if (at == 0) return 0;
    }
  }
}

/**
 * Fields of the map at `at`, which is container number `depth`. At the root (depth 1) a last key market_data is not
 * skipped, so that a batch is walked once: the reader then stops in front of its value (`envelopeLast`).
 */
export function readMap(at: usize, depth: u32): usize {
  if (depth > <u32>wire.DEPTH_MAX) return fail(wire.REASON_TOO_DEEP);
  at = elementsAt(at);
  if (at == 0) return 0;
  setLeft(count);
  while (true) {
    at = readQuickly(at);
    if (at > end) return fail(wire.REASON_TRUNCATED);
    if (left == 0) return at;
    at = readPair(at, depth);
    if (at == 0 || envelopeLast) return at;
    setLeft(left - 1);
  }
}

/** Any pair. */
function readPair(at: usize, depth: u32): usize {
  at = scan(at, depth);
  if (at == 0) return 0;
  const field = type == wire.TYPE_TEXT ? fieldOf(textAt, textLength) : wire.FIELD_NONE;
  if (field >= <u32>wire.FIELD_BIDS) {
    if (field == wire.FIELD_MARKET_DATA) noteEnvelope(at, depth == 1 && left == 1);
    return envelopeLast ? at : readOther(at, field, depth);
  }
  const next = scan(at, depth);
  if (next != 0) keep(field);
  return next;
}

/** The value of a list field, or of a key that is not ours. */
function readOther(at: usize, field: u32, depth: u32): usize {
  if (field == wire.FIELD_FORBIDDEN) setFault(wire.REASON_FORBIDDEN_KEY, field);
  const next = scan(at, depth);
  if (next == 0 || field >= <u32>wire.FIELD_COUNT) return next;
  if (type != wire.TYPE_LIST || field == wire.FIELD_TEXT) keep(field);
  else if (field == wire.FIELD_SYMBOLS) keepCount(field, readSymbols(at, depth));
  else keepCount(field, readLevels(at, field, depth));
  return next;
}

/** [[price, size], ...] of a list that has been skipped without fault. */
function readLevels(at: usize, field: u32, depth: u32): u32 {
  at = elementsAt(at);
  const levels = count;
  if (levels > <u32>wire.LEVELS_MAX) return LIST_LONG;
  for (let index: u32 = 0; index < levels; index++) {
    if (!isArray(load<u8>(at))) return LIST_BAD;
    at = elementsAt(at);
    if (count != 2) return LIST_BAD;
    at = scan(at, depth + 2);
    if (type != wire.TYPE_NUMBER) return LIST_BAD;
    store<f64>(level(field, index), number);
    at = scan(at, depth + 2);
    if (type != wire.TYPE_NUMBER) return LIST_BAD;
    store<f64>(level(field, index), number, 8);
  }
  return levels;
}
function readSymbols(at: usize, depth: u32): u32 {
  at = elementsAt(at);
  const symbols = count;
  if (symbols > <u32>wire.NEWS_SYMBOLS_MAX) return LIST_LONG;
  for (let index: u32 = 0; index < symbols; index++) {
    at = scan(at, depth + 1);
    if (type != wire.TYPE_TEXT) return LIST_BAD;
    setNewsSymbol(index);
  }
  return symbols;
}

/** The compact form at `at`, container number `depth`; nil stands for an optional element left out. */
export function readArray(at: usize, depth: u32): usize {
  if (depth > <u32>wire.DEPTH_MAX) return fail(wire.REASON_TOO_DEEP);
  at = elementsAt(at);
  if (at == 0) return 0;
  const elements = count;
  if (elements < 4 || elements > 5) setFault(wire.REASON_ARRAY_LENGTH, wire.FIELD_NONE);
  for (let index: u32 = 0; index < elements; index++) {
    at = scan(at, depth);
    if (at == 0) return 0;
    if (index >= 5 || (index >= 2 && type == wire.TYPE_NIL)) continue;
    keep(compactField(index));
  }
  return at;
}
/** Field of an element of the compact form. */
export function compactField(index: u32): u32 {
  switch (index) {
    case 0:
      return wire.FIELD_SYMBOL;
    case 1:
      return wire.FIELD_PRICE;
    case 2:
      return wire.FIELD_VOLUME;
    case 3:
      return wire.FIELD_TIMESTAMP;
    default:
      return wire.FIELD_ASSET_TYPE;
  }
}
