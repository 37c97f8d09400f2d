// JSON strings: finding the closing quote sixteen bytes at a time, and unescaping the few that have escapes into the
// text area of the scratch region (keys and values of our own fields only; everything else is skipped where it lies).
// That the message is valid UTF-8 has been checked by the host.
import * as wire from "../wire";
import { scratch } from "../plan";
import { end, fail } from "./fields";

/** The string that `readString` found, between its quotes; `escaped`: it has backslashes. */
export let from: usize = 0;
export let bytes: u32 = 0;
export let escaped: bool = false;

/** Longest escaped string that is worth unescaping: every field of ours is shorter. */
const ESCAPED_MAX: u32 = 1536;
/** Bytes of the text area that are taken; a key gives its own back at once. */
export let used: u32 = 0;

export function clearText(): void {
  used = 0;
}
export function releaseText(mark: u32): void {
  used = mark;
}

/** `at` is an opening quote; the address behind the closing one, or 0. */
export function readString(at: usize): usize {
  from = at + 1;
  escaped = false;
  at += 1;
  while (true) {
    const block = v128.load(at);
    const stops = v128.or(
      v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c))),
      i8x16.lt_u(block, i8x16.splat(0x20)),
    );
    const mask = i8x16.bitmask(stops);
    if (mask == 0) {
      at += 16;
      if (at >= end) return fail(wire.REASON_TRUNCATED);
      continue;
    }
    at += ctz(mask);
    if (at >= end) return fail(wire.REASON_TRUNCATED);
    const stop = load<u8>(at);
    if (stop == 0x22) {
      bytes = u32(at - from);
      return at + 1;
    }
    if (stop != 0x5c) return fail(wire.REASON_SYNTAX);
    escaped = true;
    at = escapeEnd(at);
    if (at == 0) return 0;
  }
}
function escapeEnd(at: usize): usize {
  if (at + 1 >= end) return fail(wire.REASON_TRUNCATED);
  switch (load<u8>(at, 1)) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return at + 2;
    case 0x75:
      for (let index: usize = 2; index < 6; index++) {
        if (at + index >= end) return fail(wire.REASON_TRUNCATED);
        if (hexDigit(load<u8>(at + index)) > 15) return fail(wire.REASON_SYNTAX);
      }
      return at + 6;
    default:
      return fail(wire.REASON_SYNTAX);
  }
}
function hexDigit(character: u32): u32 {
  if (character - 0x30 <= 9) return character - 0x30;
  const letter = (character | 0x20) - 0x61;
  return letter <= 5 ? letter + 10 : 16;
}
function hex4(at: usize): u32 {
  return (
    (hexDigit(load<u8>(at)) << 12) |
    (hexDigit(load<u8>(at, 1)) << 8) |
    (hexDigit(load<u8>(at, 2)) << 4) |
    hexDigit(load<u8>(at, 3))
  );
}

/**
 * Replaces the string just read by its unescaped form in the text area. One that is too long for any field of ours, or
 * that finds the area full, stays as it lies: it is refused by its length, or as a name because of its backslash.
 */
export function unescape(): void {
  if (!escaped || bytes > ESCAPED_MAX || used + bytes > <u32>wire.TEXT_BYTES) return;
  const target = scratch + wire.DECODE_TEXT + used;
  let out = target;
  let at = from;
  const stop = from + bytes;
  while (at < stop) {
    const character: u32 = load<u8>(at);
    if (character != 0x5c) {
      store<u8>(out, character);
      out += 1;
      at += 1;
      continue;
    }
    const kind: u32 = load<u8>(at, 1);
    if (kind == 0x75) {
      let code = hex4(at + 2);
      at += 6;
      const pair = code >> 10 == 0x36 && at + 6 <= stop && load<u16>(at) == 0x755c ? hex4(at + 2) : 0;
      if (pair >> 10 == 0x37) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (pair & 0x3ff);
        at += 6;
      }
      out = putUtf8(out, code >> 11 == 0x1b ? 0xfffd : code);
    } else {
      store<u8>(out, simpleEscape(kind));
      out += 1;
      at += 2;
    }
  }
  from = target;
  bytes = u32(out - target);
  used += bytes;
}
function simpleEscape(kind: u32): u32 {
  switch (kind) {
    case 0x62:
      return 8;
    case 0x66:
      return 12;
    case 0x6e:
      return 10;
    case 0x72:
      return 13;
    case 0x74:
      return 9;
    default:
      return kind;
  }
}
function putUtf8(out: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(out, code);
    return out + 1;
  }
  if (code < 0x800) {
    store<u8>(out, 0xc0 | (code >> 6));
    store<u8>(out, 0x80 | (code & 63), 1);
    return out + 2;
  }
  if (code < 0x10000) {
    store<u8>(out, 0xe0 | (code >> 12));
    store<u8>(out, 0x80 | ((code >> 6) & 63), 1);
    store<u8>(out, 0x80 | (code & 63), 2);
    return out + 3;
  }
  store<u8>(out, 0xf0 | (code >> 18));
  store<u8>(out, 0x80 | ((code >> 12) & 63), 1);
  store<u8>(out, 0x80 | ((code >> 6) & 63), 2);
  store<u8>(out, 0x80 | (code & 63), 3);
  return out + 4;
}
