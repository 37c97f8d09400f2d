// JSON numbers to f64, rounded as ECMAScript rounds (to nearest, ties to even), so that every path gives the same bits.
// A mantissa m of at most 19 digits and a power of ten e are exact as integers. Then
//   m < 2^53 and |e| <= 22   one multiplication or division of exact f64 values rounds once, hence correctly
//   |e| <= 27                10^e = 5^e 2^e with 5^27 < 2^63: a 128-bit quotient or product, its rest kept in the last bit
//   else                     rare; the host parses it (STATUS_NUMBER) and the reader finds it in DECODE_NUMBERS
import * as wire from "../wire";
import { scratch } from "../plan";
import { end, fail, setNumberValue } from "./fields";

/** A number that the host has to parse: its address, 0 when there is none. */
export let hardAt: usize = 0;
export let hardLength: u32 = 0;

/** Forgets a request that came from a value that is not ours (0: every request). */
export function setHard(at: usize): void {
  hardAt = at;
}

/** 10^0 .. 10^22, exact; constants in page 0. */
const POWERS = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** The number at `at`; the address behind it, or 0. Sets type and number. */
export function readNumber(at: usize): usize {
  const start = at;
  const negative = load<u8>(at) == 0x2d;
  if (negative) at += 1;
  let mantissa: u64 = 0;
  let digits: i32 = 0; // significant ones
  let exponent: i32 = 0;
  let hard = false;
  let digit: u32 = <u32>load<u8>(at) - 0x30;
  if (digit > 9) return fail(at >= end ? wire.REASON_TRUNCATED : wire.REASON_SYNTAX);
  const leadingZero = digit == 0;
  while (digit <= 9) {
    if (digits < 19) {
      mantissa = mantissa * 10 + digit;
      digits += i32(mantissa != 0);
    } else {
      exponent += 1;
      hard = true;
    }
    at += 1;
    digit = <u32>load<u8>(at) - 0x30;
  }
  if (leadingZero && at - start > (negative ? 2 : 1)) return fail(wire.REASON_SYNTAX);
  if (load<u8>(at) == 0x2e) {
    at += 1;
    digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return fail(at >= end ? wire.REASON_TRUNCATED : wire.REASON_SYNTAX);
    while (digit <= 9) {
      if (digits < 19) {
        mantissa = mantissa * 10 + digit;
        digits += i32(mantissa != 0);
        exponent -= 1;
      } else hard = true;
      at += 1;
      digit = <u32>load<u8>(at) - 0x30;
    }
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    at += 1;
    const sign = load<u8>(at);
    if (sign == 0x2b || sign == 0x2d) at += 1;
    digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return fail(at >= end ? wire.REASON_TRUNCATED : wire.REASON_SYNTAX);
    let written: i32 = 0;
    while (digit <= 9) {
      if (written < 100_000) written = written * 10 + digit;
      at += 1;
      digit = <u32>load<u8>(at) - 0x30;
    }
    exponent += sign == 0x2d ? -written : written;
  }
  if (at > end) return fail(wire.REASON_TRUNCATED);
  const value = hard ? hardNumber(start, at) : scaled(mantissa, exponent, start, at);
  setNumberValue(negative ? -value : value);
  return at;
}

function scaled(mantissa: u64, exponent: i32, start: usize, next: usize): f64 {
  if (exponent == 0 || mantissa == 0) return <f64>mantissa;
  if (mantissa < 0x20000000000000 && exponent >= -22 && exponent <= 22) {
    if (exponent < 0) return <f64>mantissa / load<f64>(POWERS + (-exponent << 3));
    return <f64>mantissa * load<f64>(POWERS + (exponent << 3));
  }
  if (exponent >= -27 && exponent < 0) return quotient(mantissa, -exponent);
  if (exponent <= 27 && exponent > 0) return product(mantissa, exponent);
  return hardNumber(start, next);
}

function powerOfFive(power: u32): u64 {
  let result: u64 = 1;
  for (let index: u32 = 0; index < power; index++) result *= 5;
  return result;
}
/** 2^power for -1022 <= power <= 1023. */
function powerOfTwo(power: i32): f64 {
  return reinterpret<f64>(u64(power + 1023) << 52);
}

/** mantissa / 10^power: 56 bits by long division of normalised words, then one sticky bit for the rest. */
function quotient(mantissa: u64, power: u32): f64 {
  const five = powerOfFive(power);
  const shiftTop = clz(mantissa);
  const shiftBottom = clz(five);
  const bottom = five << shiftBottom;
  let rest = mantissa << shiftTop;
  let bits: u64 = 0;
  let carry = false;
  for (let bit = 0; bit < 56; bit++) {
    bits <<= 1;
    if (carry || rest >= bottom) {
      rest -= bottom;
      bits |= 1;
    }
    carry = rest >> 63 != 0;
    rest <<= 1;
  }
  bits = (bits << 1) | u64(carry || rest != 0);
  return <f64>bits * powerOfTwo(-56 + i32(shiftBottom) - i32(shiftTop) - i32(power));
}

/** mantissa * 10^power: the 128-bit product's first 64 bits, the last of them sticky. */
function product(mantissa: u64, power: u32): f64 {
  const five = powerOfFive(power);
  const aLow = mantissa & 0xffffffff;
  const aHigh = mantissa >> 32;
  const bLow = five & 0xffffffff;
  const bHigh = five >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const cross = aLow * bHigh + (middle & 0xffffffff);
  const high = aHigh * bHigh + (middle >> 32) + (cross >> 32);
  const low = mantissa * five;
  if (high == 0) return <f64>low * powerOfTwo(power);
  const shift = clz(high);
  const top = shift == 0 ? high : (high << shift) | (low >> (64 - shift));
  const sticky = u64(low << shift != 0);
  return <f64>(top | sticky) * powerOfTwo(64 - i32(shift) + i32(power));
}

/** What the host has parsed for the text at `start` (without its sign), or a request for it. */
function hardNumber(start: usize, next: usize): f64 {
  const offset = u32(start - scratch) - wire.DECODE_INPUT;
  const known = load<u32>(scratch, wire.DECODE_NUMBER_COUNT);
  for (let index: u32 = 0; index < known; index++) {
    const entry = scratch + (index << 4);
    if (load<u32>(entry, wire.DECODE_NUMBERS) == offset) return load<f64>(entry, wire.DECODE_NUMBERS + 8);
  }
  if (hardAt == 0) {
    hardAt = start;
    hardLength = u32(next - start);
  }
  return 0;
}
