// The civil calendar (Gregorian, UTC) by days since 1970-01-01, which was a Thursday, and the clock of New York.
// A month is one number, 12 * year + month - 1, so that months can be compared and subtracted. Years are counted from
// March, which puts the leap day at the end of its year; 400 such years have 146,097 days. Times are microseconds since
// 1970, years 1970 to 2099. New York is four hours behind UTC in summer and five in winter: from 2007 on summer is the
// second Sunday of March to the first Sunday of November, from 1987 on it was the first Sunday of April to the last of October.
export const DAY_US: f64 = 86_400_000_000;
const HOUR_US: f64 = 3_600_000_000;

/** Days from 0000-03-01 to 1970-01-01. */
const ERA_DAYS: i32 = 719468;
const CYCLE_DAYS: i32 = 146097;

export function dayOf(us: f64): i32 {
  return i32(floor(us / DAY_US));
}
/** 0 Sunday .. 6 Saturday. */
export function weekdayOf(day: i32): i32 {
  return (day + 4) % 7;
}

export function monthOf(day: i32): i32 {
  const days = day + ERA_DAYS;
  const cycle = days / CYCLE_DAYS;
  const inCycle = days % CYCLE_DAYS;
  const year = (inCycle - inCycle / 1460 + inCycle / 36524 - inCycle / 146096) / 365;
  const inYear = inCycle - (365 * year + year / 4 - year / 100);
  // Five months from March on have 153 days together; 12 * year - 1 + 3 because March is the third month.
  return 12 * (400 * cycle + year) + (5 * inYear + 2) / 153 + 2;
}

/** The first day of a month. */
export function firstDayOf(month: i32): i32 {
  const sinceMarch = month - 2;
  const year = sinceMarch / 12;
  const inCycle = year % 400;
  const inYear = (153 * (sinceMarch % 12) + 2) / 5;
  return (year / 400) * CYCLE_DAYS + 365 * inCycle + inCycle / 4 - inCycle / 100 + inYear - ERA_DAYS;
}

/** Sunday `nth` (1 the first) of a month. */
function sunday(month: i32, nth: i32): i32 {
  const first = firstDayOf(month);
  return first + ((7 - weekdayOf(first)) % 7) + 7 * (nth - 1);
}

/** Whether New York has summer time at noon of a day. */
export function newYorkSummer(day: i32): bool {
  const january = (monthOf(day) / 12) * 12;
  if (january / 12 >= 2007) return day >= sunday(january + 2, 2) && day < sunday(january + 10, 1);
  return day >= sunday(january + 3, 1) && day < sunday(january + 10, 1) - 7;
}

/** UTC time of a New York time of day (hours, from 3:00 on, when the clocks have been moved) on a day. */
export function newYorkTime(day: i32, hours: f64): f64 {
  return <f64>day * DAY_US + (hours + (newYorkSummer(day) ? 4 : 5)) * HOUR_US;
}
