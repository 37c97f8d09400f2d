// From the name of a field to its code. The names themselves stand in src/domain/event.ts; the host writes them into the
// key table of the scratch region before openDecoder. A name is its first eight bytes as one little endian word, its
// length, and beyond eight bytes its last eight: together the whole name, because none is longer than sixteen.
import * as wire from "../wire";
import { scratch } from "../plan";

const MULTIPLIER: u64 = (u64(wire.KEY_MULTIPLIER_HIGH) << 32) | u64(wire.KEY_MULTIPLIER_LOW);

/** Where the search for a name begins. */
export function keySlot(first: u64, length: u32): usize {
  return scratch + wire.DECODE_KEYS + (u32(((first ^ length) * MULTIPLIER) >> wire.KEY_SHIFT) << 5);
}

/** FIELD_ code of the `length` bytes at `at`, FIELD_NONE for a name that is not ours. Reads 8 bytes, whatever the length. */
export function fieldOf(at: usize, length: u32): u32 {
  if (length - 1 >= 16) return wire.FIELD_NONE;
  const first = load<u64>(at) & (~(<u64>0) >> (length < 8 ? 64 - (length << 3) : 0));
  let slot = u32(((first ^ length) * MULTIPLIER) >> wire.KEY_SHIFT);
  while (true) {
    const entry = scratch + (slot << 5);
    const entryLength = load<u32>(entry, wire.DECODE_KEYS + wire.KEY_LENGTH);
    if (entryLength == 0) return wire.FIELD_NONE;
    if (load<u64>(entry, wire.DECODE_KEYS) == first && entryLength == length) {
      if (length <= 8 || load<u64>(entry, wire.DECODE_KEYS + wire.KEY_LAST) == load<u64>(at + length - 8)) {
        return load<u32>(entry, wire.DECODE_KEYS + wire.KEY_FIELD);
      }
    }
    slot = (slot + 1) & (wire.KEY_SLOTS - 1);
  }
}
