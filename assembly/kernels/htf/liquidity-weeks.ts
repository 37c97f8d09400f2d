// The weekly history of liquidity on the board (BOARD_LIQUIDITY): every worker hears every macro event and keeps the same
// copy. A week runs from Thursday to Wednesday (UTC days), the day of the Fed's H.4.1 balance sheet; of each series the
// latest observation of the week counts, whatever the order in which they come. Amounts are kept in millions of dollars,
// by the unit that the event states and never by assumption: an amount in any other unit is refused and counted.
//   net       WALCL - (WDTGAL, else WTREGEN) - (RRPONTSYD of that week or the last four, else WLRRAL)
//   global    WALCL and up to four other central banks: ECBASSETSW, JPNASSETS, any name that begins with CB_
//   money     M2SL or WM2NS, and up to three others: any name that begins with M2_
//   index     LIQUIDITY_INDEX, the liquidity_index of trades: taken for a level as it is
// Amounts of other currencies must come in dollars (the feed multiplies by the exchange rate): units name no others.
// Growth over 13 weeks; that of a sum is over the series known at both ends, each with its last value of nine weeks:
//   g = ln(level / level[-13 weeks])
// Nothing counts before it was released: a week is known from the Thursday after it, 16:30 in New York, on.
//
//   0 .. 127       f64 version, f64 refused
//   128 .. 1151    role of each series id, u8: place in the line + 1, 0: none
//   1152 ..        WEEKS lines of 128 bytes: f64 week + 1; u64 weekday + 1 of each place, 4 bits each; 14 f64 amounts
import * as layout from "../../layout";
import * as reference from "../../reference";
import * as wire from "../../wire";
import { clock, eventTime } from "../../emit";
import { dayOf, newYorkTime } from "../../math/civil";
import { ln } from "../../math/ln";
import { board } from "../../plan";

export const NET: u32 = 0;
export const INDEX: u32 = 1;
export const GLOBAL: u32 = 2;
export const MONEY: u32 = 3;
export const MEASURES: u32 = 4;
const GROWTH_WEEKS: i32 = 13;

const VERSION: usize = 0;
const REFUSED: usize = 8;
const ROLES: usize = 128;
const LINES: usize = 1152;
const LINE: usize = 128;
const WEEKS: i32 = 384;
const AMOUNTS: usize = 16;

const WALCL: u32 = 0; // places in a line
const WDTGAL: u32 = 1;
const WTREGEN: u32 = 2;
const RRPONTSYD: u32 = 3;
const WLRRAL: u32 = 4;
const LIQUIDITY_INDEX: u32 = 5;
const BANKS: u32 = 6;
const MONEYS: u32 = 10;
const PLACES: u32 = 14;
const DAILY_CARRY: i32 = 4;
const SUM_CARRY: i32 = 9;

function area(): usize {
  return board + reference.BOARD_LIQUIDITY;
}
/** 0 before the first value; grows with each of a week that is released already: a reader then computes again. */
export function liquidityVersion(): f64 {
  return load<f64>(area(), VERSION);
}

/** A series was named; `name` is upper case, zero padded. Names are compared as numbers, first letter lowest. */
export function nameLiquidity(id: u32, name: usize): void {
  const first = load<u64>(name);
  const second = load<u64>(name, 8);
  let place: i32 = -1;
  if (second == 0) {
    if (first == 0x4c434c4157) place = WALCL;
    else if (first == 0x4c4147544457) place = WDTGAL;
    else if (first == 0x4e454745525457) place = WTREGEN;
    else if (first == 0x4c4152524c57) place = WLRRAL;
    else if (first == 0x4c53324d || first == 0x534e324d57) place = MONEYS; // M2SL, WM2NS
  } else if (first == 0x5953544e4f505252 && second == 0x44) place = RRPONTSYD;
  else if (first == 0x544944495551494c && second == 0x5845444e495f59) place = LIQUIDITY_INDEX;
  if (place >= 0) return role(id, place);
  const bank = (first & 0xffffff) == 0x5f4243; // CB_
  const ecb = first == 0x5445535341424345 && second == 0x5753; // ECBASSETSW
  const boj = first == 0x54455353414e504a && second == 0x53; // JPNASSETS
  if (bank || ecb || boj) return role(id, free(BANKS, MONEYS));
  if ((first & 0xffffff) == 0x5f324d) return role(id, free(MONEYS + 1, PLACES)); // M2_
}
function role(id: u32, place: i32): void {
  store<u8>(area() + ROLES + id, place + 1);
}
/** The first place of these that no series has yet; -1, so that the series has none, when all are taken. */
function free(from: u32, to: u32): i32 {
  for (let place = from; place < to; place++) {
    let taken = false;
    for (let id: u32 = 0; id < u32(layout.LABELS); id++) if (load<u8>(area() + ROLES + id) == place + 1) taken = true;
    if (!taken) return place;
  }
  return -1;
}

/** A macro event. */
export function takeLiquidity(record: usize): void {
  const id = u32(load<u16>(record, layout.EVENT_SUBJECT));
  const place = id < u32(layout.LABELS) ? i32(load<u8>(area() + ROLES + id)) - 1 : -1;
  if (place < 0) return;
  const unit = u32(load<f64>(record + 8, layout.EVENT_PAYLOAD));
  const plain = place == LIQUIDITY_INDEX && unit == wire.UNIT_INDEX;
  const amount = plain
    ? load<f64>(record, layout.EVENT_PAYLOAD)
    : millions(load<f64>(record, layout.EVENT_PAYLOAD), unit);
  if (!(amount >= 0 && amount < Infinity)) {
    store<f64>(area(), load<f64>(area(), REFUSED) + 1, REFUSED);
    return;
  }
  const day = dayOf(eventTime);
  const week = day / 7;
  const line = lineOf(week);
  const tag = load<f64>(line);
  if (tag > <f64>(week + 1)) return; // older than the history
  if (tag < <f64>(week + 1)) memory.fill(line, 0, LINE);
  store<f64>(line, <f64>(week + 1));
  const shift = u64(place << 2);
  const days = load<u64>(line, 8);
  const weekday = u64((day % 7) + 1);
  if (weekday < ((days >> shift) & 15)) return; // a later day of the week is known
  store<u64>(line, (days & ~(u64(15) << shift)) | (weekday << shift), 8);
  store<f64>(line + (usize(place) << 3), amount, AMOUNTS);
  // A week that is not released changes nothing yet; its release will be noticed as such.
  const version = liquidityVersion();
  if (version == 0 || week <= releasedWeek(clock)) store<f64>(area(), version + 1, VERSION);
}

/** Millions of dollars; NaN for what is no amount of dollars. */
export function millions(value: f64, unit: u32): f64 {
  switch (unit) {
    case wire.UNIT_USD:
      return value / 1e6;
    case wire.UNIT_USD_MILLIONS:
      return value;
    case wire.UNIT_USD_BILLIONS:
      return value * 1e3;
    case wire.UNIT_USD_TRILLIONS:
      return value * 1e6;
    default:
      return NaN;
  }
}

/** The latest week that is known at a time. */
export function releasedWeek(time: f64): i32 {
  const week = dayOf(time) / 7;
  return time >= newYorkTime(7 * week, 16.5) ? week - 1 : week - 2;
}

function lineOf(week: i32): usize {
  return area() + LINES + usize(week % WEEKS) * LINE;
}
/** Amount of a place in a week, or in one of the `carry` weeks before it; NaN without one. */
function amountOf(place: u32, week: i32, carry: i32): f64 {
  for (let back = 0; back <= carry; back++) {
    const line = lineOf(week - back);
    if (load<f64>(line) != <f64>(week - back + 1)) continue;
    if (((load<u64>(line, 8) >> u64(place << 2)) & 15) != 0) return load<f64>(line + (usize(place) << 3), AMOUNTS);
  }
  return NaN;
}

/** All in the same unit. */
export function netLiquidity(assets: f64, treasury: f64, repos: f64): f64 {
  return assets - treasury - repos;
}
/** Batch: row t of `out` is the net liquidity, in millions, of amounts in units of their own. */
export function netLiquidityColumn(
  assets: usize,
  treasury: usize,
  repos: usize,
  count: u32,
  assetsUnit: u32,
  treasuryUnit: u32,
  reposUnit: u32,
  out: usize,
): void {
  for (let row: usize = 0; row < usize(count) << 3; row += 8) {
    const owed = millions(load<f64>(treasury + row), treasuryUnit);
    const lent = millions(load<f64>(repos + row), reposUnit);
    store<f64>(out + row, netLiquidity(millions(load<f64>(assets + row), assetsUnit), owed, lent));
  }
}

function netOf(week: i32): f64 {
  const level = amountOf(WDTGAL, week, 0);
  const treasury = level == level ? level : amountOf(WTREGEN, week, 0);
  const daily = amountOf(RRPONTSYD, week, DAILY_CARRY);
  const repos = daily == daily ? daily : amountOf(WLRRAL, week, 0);
  return netLiquidity(amountOf(WALCL, week, 0), treasury, repos);
}

/** Growth of a measure over the 13 weeks that end with `week`; NaN where it is not known. */
export function growth(measure: u32, week: i32): f64 {
  let now: f64 = 0;
  let then: f64 = 0;
  if (measure == NET) {
    now = netOf(week);
    then = netOf(week - GROWTH_WEEKS);
  } else if (measure == INDEX) {
    now = amountOf(LIQUIDITY_INDEX, week, DAILY_CARRY);
    then = amountOf(LIQUIDITY_INDEX, week - GROWTH_WEEKS, DAILY_CARRY);
  } else {
    for (let place: u32 = 0; place < PLACES; place++) {
      const bank = place == WALCL || (place >= BANKS && place < MONEYS);
      if (measure == GLOBAL ? !bank : place < MONEYS) continue;
      const last = amountOf(place, week, SUM_CARRY);
      const first = amountOf(place, week - GROWTH_WEEKS, SUM_CARRY);
      if (!(last == last && first == first)) continue;
      now += last;
      then += first;
    }
  }
  return now > 0 && then > 0 ? ln<f64>(now / then) : NaN;
}
