// Wire times to integer microseconds since 1970. The magnitude tells the unit: below 1e11 seconds, below 1e14
// milliseconds, below 1e17 microseconds, else nanoseconds. All paths round an f64 to the nearest microsecond, halves up.

/** 2100-01-01 in microseconds; later is a mistake of the sender. */
const TIME_END: f64 = 4_102_444_800_000_000;

/** 0 when it is not a time after 1970 and before 2100 (NaN and infinities included). */
export function microsOf(x: f64): f64 {
  if (!(x > 0)) return 0;
  const us = x < 1e11 ? x * 1e6 : x < 1e14 ? x * 1e3 : x < 1e17 ? x : x / 1e3;
  return withinRange(Math.floor(us + 0.5));
}

/** The msgpack timestamp extension: seconds and nanoseconds. */
export function microsOfParts(seconds: i64, nanoseconds: u32): f64 {
  if (seconds < 0 || seconds > 4_102_444_800 || nanoseconds > 999_999_999) return 0;
  return withinRange(<f64>(seconds * 1_000_000) + Math.floor(<f64>nanoseconds / 1e3 + 0.5));
}

function withinRange(us: f64): f64 {
  return us >= 1 && us < TIME_END ? us : 0;
}
