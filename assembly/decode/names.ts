// Name index: symbol, venue and series names to small ids and back. Main thread only.
// A name is 1..32 bytes of [A-Za-z0-9._/-] that begins with a letter or digit; it is folded to upper case, padded with
// zeros to 32 bytes and always compared whole. Symbol ids count from 0; venue and series ids from 1 (0: none).
//
// NAMES region: one line with the message counter, then per table
//   +0    u32 ids given so far, padded to a line
//   +128  hash slots, u32 id + 1 each, open addressing; twice the capacity, so that probes stay short
//   then  rows of 64 bytes: name 32, length u8, asset type u8, two unused, u32 message that touched it last
import * as layout from "../layout";
import * as wire from "../wire";
import { maxSymbols, names, scratch } from "../plan";

const SMALL_TABLE: u32 = wire.SMALL_NAMES;
const ROW_BYTES = 64;
const ROW_LENGTH = 32;
const ROW_ASSET = 33;
const ROW_TOUCHED = 36;

let symbolCount: u32 = 0;
let symbolSlots: usize = 0;
let symbolRows: usize = 0;

/** Reads the plan's figures; before the first use. */
export function openNames(): void {
  symbolCount = slotsFor(maxSymbols);
  symbolSlots = names + layout.LINE + layout.LINE;
  symbolRows = symbolSlots + (symbolCount << 2);
  for (let table: u32 = layout.TABLE_VENUE; table <= <u32>layout.TABLE_SERIES; table++) {
    if (load<u32>(head(table)) == 0) store<u32>(head(table), 1);
  }
}
function slotsFor(capacity: u32): u32 {
  let slots: u32 = 1;
  while (slots < capacity << 1) slots <<= 1;
  return slots;
}
/** As tableBytes in src/stream/rings/memory-plan.ts. */
function tableBytes(capacity: u32): u32 {
  const bytes = layout.LINE + (slotsFor(capacity) << 2) + capacity * ROW_BYTES;
  return (bytes + layout.LINE - 1) & ~(<u32>layout.LINE - 1);
}
function head(table: u32): usize {
  const first = names + layout.LINE;
  if (table == layout.TABLE_SYMBOL) return first;
  return first + tableBytes(maxSymbols) + (table - 1) * tableBytes(SMALL_TABLE);
}
function slotsOf(table: u32): u32 {
  return table == layout.TABLE_SYMBOL ? symbolCount : SMALL_TABLE << 1;
}
function rowOf(table: u32, id: u32): usize {
  if (table == layout.TABLE_SYMBOL) return symbolRows + id * ROW_BYTES;
  return head(table) + layout.LINE + (slotsOf(table) << 2) + id * ROW_BYTES;
}

/** Folds the name into the block DECODE_NAME; false when it is not a name. Reads 32 bytes at `at`, whatever the length. */
export function foldName(at: usize, length: u32): bool {
  if (length - 1 >= <u32>layout.NAME_BYTES) return false;
  const block = scratch + wire.DECODE_NAME;
  const iota = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const first = folded(v128.load(at), i8x16.lt_u(iota, i8x16.splat(<i8>length)));
  let valid = validBytes(first, i8x16.lt_u(iota, i8x16.splat(<i8>length)));
  v128.store(block, first);
  if (length > 16) {
    const inside = i8x16.lt_u(iota, i8x16.splat(<i8>(length - 16)));
    const second = folded(v128.load(at + 16), inside);
    valid = v128.and(valid, validBytes(second, inside));
    v128.store(block + 16, second);
  } else {
    v128.store(block + 16, i64x2(0, 0));
  }
  store<u32>(scratch, length, wire.DECODE_NAME_LENGTH);
  const initial = load<u8>(block);
  return i8x16.all_true(valid) && initial >= 0x30 && initial != 0x5f;
}
function folded(bytes: v128, inside: v128): v128 {
  const lower = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x61)), i8x16.splat(26));
  return v128.and(i8x16.sub(bytes, v128.and(lower, i8x16.splat(0x20))), inside);
}
/** Letters, '-' to '9' (which is - . / and the digits) and '_'; all ones in lanes outside the name. */
function validBytes(bytes: v128, inside: v128): v128 {
  const letters = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x41)), i8x16.splat(26));
  const digits = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x2d)), i8x16.splat(13));
  const known = v128.or(v128.or(letters, digits), i8x16.eq(bytes, i8x16.splat(0x5f)));
  return v128.or(known, v128.not(inside));
}

function hashOfBlock(block: usize): u32 {
  let hash = load<u64>(block) * 0x9e3779b97f4a7c15;
  hash = (rotl(hash, 29) ^ load<u64>(block, 8)) * 0xbf58476d1ce4e5b9;
  const tail = load<u64>(block, 16) ^ rotl(load<u64>(block, 24), 31);
  if (tail) hash = (rotl(hash, 29) ^ tail) * 0x94d049bb133111eb;
  return u32(hash >> 32);
}

/**
 * Id + 1 of a symbol of at most 16 bytes that is written at `at`; 0 when it is unknown, longer or no name at all: then
 * foldName and findName tell which. One pass without the block, because every tick asks for its symbol.
 */
export function quickSymbol(at: usize, length: u32): u32 {
  if (length - 1 >= 16) return 0;
  const iota = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const name = folded(v128.load(at), i8x16.lt_u(iota, i8x16.splat(<i8>length)));
  let hash = i64x2.extract_lane(name, 0) * 0x9e3779b97f4a7c15;
  hash = (rotl(hash, 29) ^ i64x2.extract_lane(name, 1)) * 0xbf58476d1ce4e5b9;
  const mask = symbolCount - 1;
  let slot = u32(hash >> 32) & mask;
  while (true) {
    const entry = load<u32>(symbolSlots + (slot << 2));
    if (entry == 0) return 0;
    const row = symbolRows + (entry - 1) * ROW_BYTES;
    const same = i8x16.all_true(i8x16.eq(v128.load(row), name));
    if (same && load<u8>(row, ROW_LENGTH) == length) return entry;
    slot = (slot + 1) & mask;
  }
}

/** Id + 1 of the name in the block, or 0. */
export function findName(table: u32): u32 {
  const block = scratch + wire.DECODE_NAME;
  const slots = head(table) + layout.LINE;
  const mask = slotsOf(table) - 1;
  const low = v128.load(block);
  const high = v128.load(block, 16);
  let slot = hashOfBlock(block) & mask;
  while (true) {
    const entry = load<u32>(slots + (slot << 2));
    if (entry == 0) return 0;
    const row = rowOf(table, entry - 1);
    const differs = v128.or(v128.xor(v128.load(row), low), v128.xor(v128.load(row, 16), high));
    if (!v128.any_true(differs)) return entry;
    slot = (slot + 1) & mask;
  }
}

/** Gives the name in the block an id, or finds it, and sets its asset type; -1 when the table is full. */
export function internName(table: u32, asset: u32): i32 {
  const found = findName(table);
  if (found) {
    store<u8>(rowOf(table, found - 1), asset, ROW_ASSET);
    return found - 1;
  }
  const id = load<u32>(head(table));
  if (id >= (table == layout.TABLE_SYMBOL ? maxSymbols : SMALL_TABLE)) return -1;
  placeName(table, id, asset);
  return id;
}

/** Puts the name in the block at a known id: recovery from a journal. */
export function restoreName(table: u32, id: u32, asset: u32): bool {
  if (id >= (table == layout.TABLE_SYMBOL ? maxSymbols : SMALL_TABLE)) return false;
  const found = findName(table);
  if (found) {
    if (found - 1 != id) return false;
    store<u8>(rowOf(table, id), asset, ROW_ASSET);
    return true;
  }
  placeName(table, id, asset);
  return true;
}
function placeName(table: u32, id: u32, asset: u32): void {
  const block = scratch + wire.DECODE_NAME;
  const slots = head(table) + layout.LINE;
  const mask = slotsOf(table) - 1;
  let slot = hashOfBlock(block) & mask;
  while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
  const row = rowOf(table, id);
  memory.copy(row, block, layout.NAME_BYTES);
  store<u8>(row, load<u32>(scratch, wire.DECODE_NAME_LENGTH), ROW_LENGTH);
  store<u8>(row, asset, ROW_ASSET);
  store<u32>(row, 0, ROW_TOUCHED);
  store<u32>(slots + (slot << 2), id + 1);
  if (id >= load<u32>(head(table))) store<u32>(head(table), id + 1);
}

/** Takes back the latest name of a table; only right after internName made it. */
export function forgetName(table: u32, id: u32): void {
  const slots = head(table) + layout.LINE;
  const mask = slotsOf(table) - 1;
  let slot = hashOfBlock(rowOf(table, id)) & mask;
  while (load<u32>(slots + (slot << 2)) != id + 1) slot = (slot + 1) & mask;
  // The latest name ends every probe that meets it: no other name can lie behind it in its chain.
  store<u32>(slots + (slot << 2), 0);
  store<u32>(head(table), id);
}

export function assetOf(symbol: u32): u32 {
  return load<u8>(rowOf(layout.TABLE_SYMBOL, symbol), ROW_ASSET);
}

/** A new message begins: its touched symbols are counted afresh. */
export function beginTouched(): void {
  store<u32>(names, load<u32>(names) + 1);
  store<u32>(scratch, 0, wire.DECODE_TOUCHED_COUNT);
}
/** Notes the symbol once per message, up to TOUCHED_MAX of them. */
export function touch(symbol: u32): void {
  const row = rowOf(layout.TABLE_SYMBOL, symbol);
  const message = load<u32>(names);
  if (load<u32>(row, ROW_TOUCHED) == message) return;
  store<u32>(row, message, ROW_TOUCHED);
  const count = load<u32>(scratch, wire.DECODE_TOUCHED_COUNT);
  if (count >= <u32>wire.TOUCHED_MAX) return;
  store<u16>(scratch + (count << 1), symbol, wire.DECODE_TOUCHED);
  store<u32>(scratch, count + 1, wire.DECODE_TOUCHED_COUNT);
}
