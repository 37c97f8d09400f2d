// The fields of the tick under way, whatever its wire format: a reader (msgpack.ts, json.ts) fills them, rules.ts
// judges them, records.ts turns them into events. The table lies in the scratch region; the masks are private globals.
//   +0     8 bytes per field: number f64, or text as u32 address and u32 length, or a count of list elements;
//          64 of them, because FIELD_NONE has a place as well, where quick readers drop what is not ours
//   +512   1 byte per field: TYPE_, of those that are neither a number nor text
//   +576   levels: 10 bids, then 10 asks, each price f64 and size f64
//   +896   symbols of a news event: 32 of u32 address and u32 length
//   +1152  their ids: 32 of u32
//   +1280  stack of the skipping reader: 40 of u32
import * as wire from "../wire";
import { scratch } from "../plan";

const TYPES = wire.DECODE_FIELDS + 512;
const LEVELS = wire.DECODE_FIELDS + 576;
const SYMBOLS = wire.DECODE_FIELDS + 896;
const SYMBOL_IDS = wire.DECODE_FIELDS + 1152;
export const STACK = wire.DECODE_FIELDS + 1280;

/** A list of ours whose elements are not what they must be, or are too many. */
export const LIST_BAD: u32 = 0xffffffff;
export const LIST_LONG: u32 = 0xfffffffe;

/** One bit per field that the tick has; those of them that are numbers, and text; those that stand twice. */
export let present: u64 = 0;
export let numbers: u64 = 0;
export let texts: u64 = 0;
export let doubled: u64 = 0;
/** First fault of the tick's form (no object, say), and its field. */
export let fault: u32 = 0;
export let faultField: u32 = wire.FIELD_NONE;
/** The scalar that a reader has just read. */
export let type: u32 = 0;
export let number: f64 = 0;
export let textAt: usize = 0;
export let textLength: u32 = 0;
/** Value of the key market_data, 0: none; whether the key was met twice; whether its reader stopped in front of it. */
export let envelope: usize = 0;
export let envelopeTwice: bool = false;
export let envelopeLast: bool = false;
/** A key __proto__ was met, at any depth. */
export let forbidden: bool = false;
/** Why the whole message is refused. */
export let failure: u32 = 0;
/** First byte behind the message. */
export let end: usize = 0;

export function clearFields(): void {
  present = 0;
  numbers = 0;
  texts = 0;
  doubled = 0;
  fault = 0;
  faultField = wire.FIELD_NONE;
  envelope = 0;
  envelopeTwice = false;
  envelopeLast = false;
  forbidden = false;
}
export function noteForbidden(): void {
  forbidden = true;
}
export function noteEnvelope(at: usize, last: bool): void {
  envelopeTwice = envelope != 0;
  envelope = at;
  envelopeLast = last;
}
export function setEnd(at: usize): void {
  end = at;
  failure = 0;
}
/** Refuses the whole message; returns the address 0 that every reader passes on. */
export function fail(reason: u32): usize {
  failure = reason;
  return 0;
}
/** What a reader has gathered in locals of its own, which is quicker. */
export function addMasks(morePresent: u64, moreNumbers: u64, moreTexts: u64, moreDoubled: u64): void {
  doubled |= moreDoubled | (present & morePresent);
  present |= morePresent;
  numbers |= moreNumbers;
  texts |= moreTexts;
}
export function setFault(reason: u32, field: u32): void {
  if (fault != 0) return;
  fault = reason;
  faultField = field;
}

export function setValue(valueType: u32): void {
  type = valueType;
}
export function setNumberValue(value: f64): void {
  type = wire.TYPE_NUMBER;
  number = value;
}
export function setTextValue(at: usize, length: u32): void {
  type = wire.TYPE_TEXT;
  textAt = at;
  textLength = length;
}
export function setTimeValue(micros: f64): void {
  type = wire.TYPE_TIME;
  number = micros;
}

/** Whether the tick has this field already, for which it is refused; the value that stands first is kept. */
export function standsTwice(field: u32): bool {
  const bit = present & (u64(1) << field);
  doubled |= bit;
  return bit != 0;
}

/** Keeps a number as `field`, which must be below FIELD_COUNT. */
export function keepNumber(field: u32, value: f64): void {
  const bit = u64(1) << field;
  doubled |= present & bit;
  present |= bit;
  numbers |= bit;
  store<f64>(scratch + (field << 3), value, wire.DECODE_FIELDS);
}
export function keepText(field: u32, at: usize, length: u32): void {
  const bit = u64(1) << field;
  doubled |= present & bit;
  present |= bit;
  texts |= bit;
  store<u64>(scratch + (field << 3), u64(at) | (u64(length) << 32), wire.DECODE_FIELDS);
}
/** Keeps what the reader has just read. */
export function keep(field: u32): void {
  if (type == wire.TYPE_NUMBER) return keepNumber(field, number);
  if (type == wire.TYPE_TEXT) return keepText(field, textAt, textLength);
  keepOther(field, type, number);
}
export function keepOther(field: u32, otherType: u32, value: f64): void {
  const bit = u64(1) << field;
  doubled |= present & bit;
  present |= bit;
  store<f64>(scratch + (field << 3), value, wire.DECODE_FIELDS);
  store<u8>(scratch + field, otherType, TYPES);
}
export function keepCount(field: u32, count: u32): void {
  keepOther(field, wire.TYPE_LIST, <f64>count);
}

export function has(field: u32): bool {
  return (present & (u64(1) << field)) != 0;
}
export function typeOf(field: u32): u32 {
  if ((numbers >> field) & 1) return wire.TYPE_NUMBER;
  if ((texts >> field) & 1) return wire.TYPE_TEXT;
  return load<u8>(scratch + field, TYPES);
}
export function numberOf(field: u32): f64 {
  return load<f64>(scratch + (field << 3), wire.DECODE_FIELDS);
}
export function numberOr(field: u32, missing: f64): f64 {
  return has(field) ? numberOf(field) : missing;
}
export function textOf(field: u32): usize {
  return load<u32>(scratch + (field << 3), wire.DECODE_FIELDS);
}
export function lengthOf(field: u32): u32 {
  return load<u32>(scratch + (field << 3), wire.DECODE_FIELDS + 4);
}
export function rawOf(field: u32): u64 {
  return load<u64>(scratch + (field << 3), wire.DECODE_FIELDS);
}
export function countOf(field: u32): u32 {
  return u32(numberOf(field));
}

/** Address of level `index` of the bids or the asks: price f64, size f64. */
export function level(field: u32, index: u32): usize {
  return scratch + LEVELS + (field == wire.FIELD_ASKS ? 160 : 0) + (index << 4);
}
export function setNewsSymbol(index: u32): void {
  store<u64>(scratch + (index << 3), u64(textAt) | (u64(textLength) << 32), SYMBOLS);
}
export function newsSymbolAt(index: u32): usize {
  return load<u32>(scratch + (index << 3), SYMBOLS);
}
export function newsSymbolLength(index: u32): u32 {
  return load<u32>(scratch + (index << 3), SYMBOLS + 4);
}
export function newsId(index: u32): u32 {
  return load<u32>(scratch + (index << 2), SYMBOL_IDS);
}
export function setNewsId(index: u32, id: u32): void {
  store<u32>(scratch + (index << 2), id, SYMBOL_IDS);
}
