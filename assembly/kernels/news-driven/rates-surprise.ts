// Surprises of monetary policy, from what fed-funds futures said before and after an announcement. Every worker keeps
// the same announcements in its own copy of the board, because they belong to no symbol.
//   front contract, day d of D:   u = D / (D - d) (after - before)          percent points; x 100 in basis points
//   the contract of next month:   u = after - before
//   front contract in the last days of the month, where D / (D - d) blows up noise: the factor stays that of the last
//   day before them, D / last_days. Kuttner (2001) and Gurkaynak, Sack and Swanson (2005) take the next contract there,
//   and so should the sender; its name (ZQ and month letter, say) tells which contract it is.
//   first day of a month: the rate before is the one with which the same contract, then the next, left the month
//   before, if an event at most FIRST_DAYS old tells it; else the event's own.
// sigma^2 = (prior_count prior^2 + sum of u^2) / (prior_count + n) over the at most 62 announcements before; the
// surprise has mean 0 by assumption. Events in the window around an announcement revise it, they are none of their own.
// At BOARD_RATES: f64 announcements so far, 7 f64 unused, then 64 rows by number modulo 64 of f64 time, before, after,
// day, days in month, months to delivery (0 front, 1 next). Rates in percent, times event times in microseconds.
import * as layout from "../../layout";
import { BOARD_RATES } from "../../reference";
import { board } from "../../plan";

const ROWS: u32 = 64;
const ROW_BYTES: u32 = 48;
const HEAD_BYTES: u32 = 64;
const DAY_US: f64 = 86_400_000_000;
const FIRST_DAYS: f64 = 4;

function countAt(): usize {
  return board + BOARD_RATES;
}
function rowAt(number: u32): usize {
  return countAt() + HEAD_BYTES + (number % ROWS) * ROW_BYTES;
}

/** Announcements so far. */
export function announcements(): u32 {
  return u32(load<f64>(countAt()));
}
/** Event time of the last one, 0: none. */
export function lastAnnouncement(): f64 {
  const count = announcements();
  return count > 0 ? load<f64>(rowAt(count - 1)) : 0;
}

/** Takes a rates event; false when it lies behind the last announcement. */
export function takeRates(record: usize, time: f64, beforeUs: f64, afterUs: f64): bool {
  const count = announcements();
  const since = time - lastAnnouncement();
  if (count > 0 && since < -beforeUs) return false;
  const revises = count > 0 && since <= afterUs;
  const row = rowAt(revises ? count - 1 : count);
  if (!revises) {
    store<f64>(countAt(), <f64>(count + 1));
    store<f64>(row, time);
  }
  for (let part: usize = 0; part < 32; part += 8) {
    store<f64>(row + 8 + part, load<f64>(record + layout.EVENT_PAYLOAD + part));
  }
  store<f64>(row, monthsAhead(load<f64>(record, layout.EVENT_PAYLOAD + 32), time), 40);
  return true;
}

/** Months from the event to the delivery month (1..12, 0: not told, which counts as the front). */
function monthsAhead(delivery: f64, time: f64): f64 {
  if (!(delivery >= 1 && delivery <= 12)) return 0;
  const ahead = (i32(delivery) - monthOf(time) + 12) % 12;
  return <f64>ahead;
}
/** Month of the year, 1..12, of a time: days are counted from a 1 March, so that leap days come last. */
function monthOf(time: f64): i32 {
  const day = i64(floor(time / DAY_US)) + 719468;
  const ofEra = day % 146097;
  const year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  const ofYear = ofEra - (365 * year + year / 4 - year / 100);
  const march = (5 * ofYear + 2) / 153;
  return i32(march < 10 ? march + 3 : march - 9);
}

/** Surprise of announcement `number` in basis points; `lastDays` of the month count as its end. */
export function surpriseOf(number: u32, lastDays: f64): f64 {
  const row = rowAt(number);
  const days = load<f64>(row, 32);
  const day = load<f64>(row, 24);
  const ahead = load<f64>(row, 40);
  const change = 100 * (load<f64>(row, 16) - rateBefore(number, row, day, ahead));
  if (ahead > 0) return change;
  const left = days - day < lastDays ? lastDays : days - day;
  return left > 0 ? (days / left) * change : days * change;
}

/** On the first day of a month the front contract is what was the next one the day before. */
function rateBefore(number: u32, row: usize, day: f64, ahead: f64): f64 {
  const before = load<f64>(row, 8);
  if (day != 1 || ahead != 0 || number == 0) return before;
  const last = rowAt(number - 1);
  const recent = load<f64>(row) - load<f64>(last) <= FIRST_DAYS * DAY_US;
  return recent && load<f64>(last, 40) == 1 && load<f64>(last, 24) > 1 ? load<f64>(last, 16) : before;
}

/** Standard deviation of the surprises before announcement `number`, in basis points. */
export function deviationBefore(number: u32, lastDays: f64, prior: f64, priorCount: f64): f64 {
  const kept = min(number, ROWS - 2); // the oldest of them needs the one before it
  let squares = priorCount * prior * prior;
  for (let back: u32 = 1; back <= kept; back++) {
    const surprise = surpriseOf(number - back, lastDays);
    squares += surprise * surprise;
  }
  return sqrt(squares / (priorCount + <f64>kept));
}
