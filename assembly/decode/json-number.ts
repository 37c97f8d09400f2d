// JSON numbers to f64, rounded as ECMAScript rounds (to nearest, ties to even), so that every path gives the same bits.
// A mantissa m of at most 19 digits and a power of ten e are exact as integers. Then
//   m < 2^53 and |e| <= 22   one multiplication or division of exact f64 values rounds once, hence correctly
//   |e| <= 27                10^e = 5^e 2^e with 5^27 < 2^64: a 128-bit quotient or product, its rest kept in the last bit
//   else                     rare; the host parses it (STATUS_NUMBER) and the reader finds it in DECODE_NUMBERS
// A tick is read twice at most for its numbers: whatever of them the host has to parse is asked for at once.
import * as wire from "../wire";
import { scratch } from "../plan";
import { end, fail, setNumberValue } from "./fields";

/** How many numbers the host has to parse. */
export let hard: u32 = 0;

/** Forgets requests that came from a value that is not kept (0: every request). */
export function setHard(count: u32): void {
  hard = count;
}

/** 10^0 .. 10^22, exact; constants in page 0. */
const POWERS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/**
 * 5^1 .. 5^27, shifted so that the first bit is set, each with its reciprocal floor((2^128 - 1) / divisor) - 2^64.
 * test/unit/stream/ingest/json-number.test.ts computes them again.
 */
// prettier-ignore
const FIVES = memory.data<u64>([
  0xa000000000000000, 0x9999999999999999, // 5^1
  0xc800000000000000, 0x47ae147ae147ae14, // 5^2
  0xfa00000000000000, 0x0624dd2f1a9fbe76, // 5^3
  0x9c40000000000000, 0xa36e2eb1c432ca57, // 5^4
  0xc350000000000000, 0x4f8b588e368f0846, // 5^5
  0xf424000000000000, 0x0c6f7a0b5ed8d36b, // 5^6
  0x9896800000000000, 0xad7f29abcaf48578, // 5^7
  0xbebc200000000000, 0x5798ee2308c39df9, // 5^8
  0xee6b280000000000, 0x12e0be826d694b2e, // 5^9
  0x9502f90000000000, 0xb7cdfd9d7bdbab7d, // 5^10
  0xba43b74000000000, 0x5fd7fe17964955fd, // 5^11
  0xe8d4a51000000000, 0x19799812dea11197, // 5^12
  0x9184e72a00000000, 0xc25c268497681c26, // 5^13
  0xb5e620f480000000, 0x6849b86a12b9b01e, // 5^14
  0xe35fa931a0000000, 0x203af9ee756159b2, // 5^15
  0x8e1bc9bf04000000, 0xcd2b297d889bc2b6, // 5^16
  0xb1a2bc2ec5000000, 0x70ef54646d496892, // 5^17
  0xde0b6b3a76400000, 0x2725dd1d243aba0e, // 5^18
  0x8ac7230489e80000, 0xd83c94fb6d2ac34a, // 5^19
  0xad78ebc5ac620000, 0x79ca10c9242235d5, // 5^20
  0xd8d726b7177a8000, 0x2e3b40a0e9b4f7dd, // 5^21
  0x878678326eac9000, 0xe392010175ee5962, // 5^22
  0xa968163f0a57b400, 0x82db34012b25144e, // 5^23
  0xd3c21bcecceda100, 0x357c299a88ea76a5, // 5^24
  0x84595161401484a0, 0xef2d0f5da7dd8aa2, // 5^25
  0xa56fa5b99019a5c8, 0x8c240c4aecb13bb5, // 5^26
  0xcecb8f27f4200f3a, 0x3ce9a36f23c0fc90, // 5^27
]);

/** The number at `at`; the address behind it, or 0. Sets type and number. */
export function readNumber(at: usize): usize {
  const start = at;
  const negative = load<u8>(at) == 0x2d;
  if (negative) at += 1;
  let mantissa: u64 = 0;
  let digits: i32 = 0; // significant ones
  let exponent: i32 = 0;
  let long = false;
  let digit: u32 = <u32>load<u8>(at) - 0x30;
  if (digit > 9) return fail(at >= end ? wire.REASON_TRUNCATED : wire.REASON_SYNTAX);
  const leadingZero = digit == 0;
  while (digit <= 9) {
    if (digits < 19) {
      mantissa = mantissa * 10 + digit;
      digits += i32(mantissa != 0);
    } else {
      exponent += 1;
      long = true;
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
      } else long = true;
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
  const value = long ? hardNumber(start, at) : scaled(mantissa, exponent, start, at);
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

/** 2^power for -1022 <= power <= 1023. */
function powerOfTwo(power: i32): f64 {
  return reinterpret<f64>(u64(power + 1023) << 52);
}

/** High word of a 128-bit product; `productLow` is the low one. */
let productLow: u64 = 0;
function multiply(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const cross = aLow * bHigh + (middle & 0xffffffff);
  productLow = a * b;
  return aHigh * bHigh + (middle >> 32) + (cross >> 32);
}

/**
 * mantissa / 10^power: two words divided by one through its reciprocal (Möller & Granlund 2011, algorithm 4), at least
 * 62 bits of quotient and a last one that says whether there is a rest. Exact, so rounding happens once.
 */
function quotient(mantissa: u64, power: u32): f64 {
  const entry = FIVES + ((power - 1) << 4);
  const divisor = load<u64>(entry);
  const shift = clz(mantissa);
  const top = (mantissa << shift) >> 1; // below the divisor, whose first bit is set
  const bottom = (mantissa << shift) << 63;
  let high = multiply(load<u64>(entry, 8), top);
  const low = productLow + bottom;
  high += top + u64(low < bottom) + 1;
  let rest = bottom - high * divisor;
  if (rest > low) {
    high -= 1;
    rest += divisor;
  }
  if (rest >= divisor) {
    high += 1;
    rest -= divisor;
  }
  const five = 64 - ((power * 2322) / 1000 + 1); // leading zeros of 5^power: log2(5) = 2.3219
  return <f64>(high | u64(rest != 0)) * powerOfTwo(-63 + i32(five) - i32(shift) - i32(power));
}

/** mantissa * 10^power: the 128-bit product's first 64 bits, the last of them sticky. */
function product(mantissa: u64, power: u32): f64 {
  const high = multiply(mantissa, load<u64>(FIVES + ((power - 1) << 4)));
  const low = productLow;
  const five = 64 - ((power * 2322) / 1000 + 1);
  if (high == 0) return <f64>low * powerOfTwo(i32(power) - i32(five));
  const shift = clz(high);
  const top = shift == 0 ? high : (high << shift) | (low >> (64 - shift));
  const sticky = u64(low << shift != 0);
  return <f64>(top | sticky) * powerOfTwo(64 - i32(shift) + i32(power) - i32(five));
}

/**
 * What the host has parsed for the text at `start` (without its sign), or a request for it. What a tick keeps always has
 * room: a number for each field, two for each level. Beyond that it is of a value that is dropped, whatever it is.
 */
function hardNumber(start: usize, next: usize): f64 {
  const offset = u32(start - scratch) - wire.DECODE_INPUT;
  const known = load<u32>(scratch, wire.DECODE_NUMBER_COUNT);
  for (let index: u32 = 0; index < known; index++) {
    const entry = scratch + (index << 4);
    if (load<u32>(entry, wire.DECODE_NUMBERS) == offset) return load<f64>(entry, wire.DECODE_NUMBERS + 8);
  }
  if (known + hard >= <u32>wire.NUMBERS_MAX) return NaN;
  const request = scratch + ((known + hard) << 4);
  store<u32>(request, offset, wire.DECODE_NUMBERS);
  store<u32>(request, u32(next - start), wire.DECODE_NUMBERS + 4);
  hard += 1;
  return 0;
}
