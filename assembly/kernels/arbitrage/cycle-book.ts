// Books of the legs of a cycle of currencies, and an amount that is passed through them.
//   side 1   legs 0, 1, 2 in order; a leg of direction 1 sells its base at the bids, -1 buys it at the asks
//   side -1  legs 2, 1, 0, each the other way round
// Amounts are in the currency that a leg spends; what it gives is the input of the next leg. Quantities are rounded down
// to the lot, the fee is taken from what is received, and what rounding leaves over is lost, not counted.
//   rate of a level   sell: price (1 - fee),  buy: (1 - fee) / price        output per input
// Books hold up to 10 levels of one venue's latest quote; a level without a size has no depth.
// Threads: a group's rows belong to one worker. No state in this module outlives a call.
import * as layout from "../../layout";
import * as reference from "../../reference";
import { takerFee } from "../../instrument";
import { instrument } from "../../plan";
import { leg, legWindow } from "../../groups/row";

export const LEGS: u32 = 3;
const LEVELS_MAX: u32 = 10;
const LEVEL_BYTES: usize = 32; // as in the event: bid, ask, size of the bid, size of the ask
/** Share of a lot (or of a quantity) that counts as rounding of the arithmetic, not as a part of the amount. */
const DUST: f64 = 1e-9;

// A leg, behind its symbol (groups/row.ts LEG_SYMBOL, LEG_LAST).
export const LEG_ENTRY: usize = 8; //      price of its signal
export const LEG_HAPPENED: usize = 16; //  event time of its latest quote
export const LEG_QUANTITY: usize = 24; //  of the base, of its signal
export const LEG_DIRECTION: usize = 40; // 1: side 1 sells the base, -1: buys it
export const LEG_LEVELS: usize = 48; //    levels of its book, 0: no quote yet
export const LEG_ARRIVED: usize = 56; //   engine clock at its latest quote

/** What the latest `pass` traded on its leg: base quantity, its value in the quote currency, and what was spent. */
export let tradedQuantity: f64 = 0;
export let tradedValue: f64 = 0;
export let spent: f64 = 0;

function levelAt(row: usize, index: u32, place: u32): usize {
  return legWindow(row, index) + <usize>place * LEVEL_BYTES;
}
function lotOf(symbol: u32): f64 {
  return instrument(symbol, reference.INSTRUMENT_LOT);
}
/** Whether the leg sells its base when the cycle goes to `side`. */
export function sells(row: usize, index: u32, side: f64): bool {
  return load<f64>(leg(row, index), LEG_DIRECTION) * side > 0;
}
/** The leg that comes `order`-th, 0 first. */
export function legOf(side: f64, order: u32): u32 {
  return side > 0 ? order : LEGS - 1 - order;
}
function symbolOf(row: usize, index: u32): u32 {
  return load<u32>(leg(row, index));
}
/** Price of a level on the side that the cycle takes; 0: there is none. */
export function takenPrice(row: usize, index: u32, side: f64, place: u32): f64 {
  if (place >= u32(load<f64>(leg(row, index), LEG_LEVELS))) return 0;
  return load<f64>(levelAt(row, index, place) + (sells(row, index, side) ? 0 : 8));
}
function takenSize(row: usize, index: u32, side: f64, place: u32): f64 {
  return load<f64>(levelAt(row, index, place) + (sells(row, index, side) ? 16 : 24));
}

/** One record of a quote; the top of the book begins it anew, and what does not follow on it is left out. */
export function takeLevel(row: usize, index: u32, record: usize, happened: f64, arrived: f64): void {
  const at = leg(row, index);
  const place = u32(load<f64>(record, layout.EVENT_PAYLOAD + 32));
  if (place >= LEVELS_MAX || (place > 0 && place != u32(load<f64>(at, LEG_LEVELS)))) return;
  memory.copy(levelAt(row, index, place), record + layout.EVENT_PAYLOAD, LEVEL_BYTES);
  store<f64>(at, <f64>(place + 1), LEG_LEVELS);
  store<f64>(at, happened, LEG_HAPPENED);
  store<f64>(at, arrived, LEG_ARRIVED);
}

/** Product of the three rates at the touch after fees: the most that any amount can give per unit. */
export function touchProduct(row: usize, side: f64): f64 {
  let product: f64 = 1;
  for (let index: u32 = 0; index < LEGS; index++) product *= levelRate(row, index, side, 0);
  return product;
}
function levelRate(row: usize, index: u32, side: f64, place: u32): f64 {
  const price = takenPrice(row, index, side, place);
  if (!(price > 0)) return 0;
  const kept = 1 - takerFee(symbolOf(row, index));
  return sells(row, index, side) ? price * kept : kept / price;
}
/** What a level takes of the currency that the leg spends. */
function levelRoom(row: usize, index: u32, side: f64, place: u32): f64 {
  const size = takenSize(row, index, side, place);
  return sells(row, index, side) ? size : size * takenPrice(row, index, side, place);
}

/**
 * Largest amount whose mean product stays above `least`, lots and least notional left aside: the marginal product falls
 * from level to level, so F(Q) > least Q holds up to one Q. Infinite products do not exist; 0: no amount does.
 */
export function depthAbove(row: usize, side: f64, least: f64): f64 {
  let amount: f64 = 0;
  let given: f64 = 0;
  let first: u32 = 0; // levels that the three legs stand at, and what is left of each
  let second: u32 = 0;
  let third: u32 = 0;
  const a = legOf(side, 0);
  const b = legOf(side, 1);
  const c = legOf(side, 2);
  let roomA = levelRoom(row, a, side, 0);
  let roomB = levelRoom(row, b, side, 0);
  let roomC = levelRoom(row, c, side, 0);
  while (true) {
    const rateA = levelRate(row, a, side, first);
    const rateB = levelRate(row, b, side, second);
    const rateC = levelRate(row, c, side, third);
    const marginal = rateA * rateB * rateC;
    if (!(marginal > 0)) return amount;
    let step = roomA;
    if (roomB < step * rateA) step = roomB / rateA;
    if (roomC < step * rateA * rateB) step = roomC / (rateA * rateB);
    if (marginal < least) {
      const most = (given - least * amount) / (least - marginal);
      if (!(step < most)) return amount + (most > 0 ? most : 0);
    }
    amount += step;
    given += step * marginal;
    roomA -= step;
    roomB -= step * rateA;
    roomC -= step * rateA * rateB;
    // At least one level is used up; what the arithmetic leaves of it counts as nothing.
    if (roomA <= DUST * amount) roomA = levelRoom(row, a, side, ++first);
    if (roomB <= DUST * amount * rateA) roomB = levelRoom(row, b, side, ++second);
    if (roomC <= DUST * amount * rateA * rateB) roomC = levelRoom(row, c, side, ++third);
    if (first >= LEVELS_MAX || second >= LEVELS_MAX || third >= LEVELS_MAX) return amount;
  }
}

/** Mean product of `amount` with lots, fees and least notional at each leg; 0 when it cannot pass. */
export function productOf(row: usize, side: f64, amount: f64): f64 {
  let held = amount;
  let used: f64 = 0;
  for (let order: u32 = 0; order < LEGS; order++) {
    held = pass(row, legOf(side, order), side, held);
    if (!(held > 0)) return 0;
    if (order == 0) used = spent;
  }
  return held / used;
}

/** The least amount that gives what `amount` gives: without what lots would leave over; 0 when it cannot pass. */
export function trimmed(row: usize, side: f64, amount: f64): f64 {
  if (!(productOf(row, side, amount) > 0)) return 0;
  let needed = spent; // by the last leg
  for (let order: i32 = LEGS - 2; order >= 0; order--) {
    const index = legOf(side, order);
    const lot = lotOf(symbolOf(row, index));
    const gross = needed / (1 - takerFee(symbolOf(row, index)));
    const selling = sells(row, index, side);
    const quantity = roundedUp(selling ? quantityFor(row, index, side, gross) : gross, lot);
    needed = selling ? quantity : valueOf(row, index, side, quantity);
  }
  return needed;
}

/** What a leg gives for an amount; 0 when its book is not deep enough, or the order too small. */
export function pass(row: usize, index: u32, side: f64, amount: f64): f64 {
  const symbol = symbolOf(row, index);
  const selling = sells(row, index, side);
  const lot = lotOf(symbol);
  tradedQuantity = roundedDown(selling ? amount : quantityFor(row, index, side, amount), lot);
  tradedValue = valueOf(row, index, side, tradedQuantity);
  if (!(tradedQuantity > 0) || !(tradedValue >= instrument(symbol, reference.INSTRUMENT_MIN_NOTIONAL))) return 0;
  spent = selling ? tradedQuantity : tradedValue;
  return (selling ? tradedValue : tradedQuantity) * (1 - takerFee(symbol));
}
function roundedDown(quantity: f64, lot: f64): f64 {
  return lot > 0 ? floor(quantity / lot + DUST) * lot : quantity;
}
function roundedUp(quantity: f64, lot: f64): f64 {
  return lot > 0 ? ceil(quantity / lot - DUST) * lot : quantity;
}
/** Base quantity that is worth `amount` of the quote currency; 0 when the book is not deep enough. */
function quantityFor(row: usize, index: u32, side: f64, amount: f64): f64 {
  let left = amount;
  let quantity: f64 = 0;
  for (let place: u32 = 0; place < LEVELS_MAX; place++) {
    const price = takenPrice(row, index, side, place);
    if (!(price > 0)) break;
    const size = takenSize(row, index, side, place);
    if (size * price >= left) return quantity + left / price;
    quantity += size;
    left -= size * price;
  }
  return left <= DUST * amount ? quantity : 0;
}
/** Value of a base quantity at the levels that it takes; 0 when the book is not deep enough. */
function valueOf(row: usize, index: u32, side: f64, quantity: f64): f64 {
  let left = quantity;
  let value: f64 = 0;
  for (let place: u32 = 0; place < LEVELS_MAX; place++) {
    const price = takenPrice(row, index, side, place);
    if (!(price > 0)) break;
    const size = takenSize(row, index, side, place);
    if (size >= left) return value + left * price;
    value += size * price;
    left -= size;
    if (left <= DUST * quantity) return value + left * price;
  }
  return 0;
}

/** Product of three prices at the touch minus 1, before fees: a leg of direction 1 sells at the bid, -1 buys at the ask. */
export function cycleEdge(
  bid0: f64,
  ask0: f64,
  direction0: f64,
  bid1: f64,
  ask1: f64,
  direction1: f64,
  bid2: f64,
  ask2: f64,
  direction2: f64,
): f64 {
  return touchRate(bid0, ask0, direction0) * touchRate(bid1, ask1, direction1) * touchRate(bid2, ask2, direction2) - 1;
}
function touchRate(bid: f64, ask: f64, direction: f64): f64 {
  return direction > 0 ? bid : 1 / ask;
}
/** Bought at one venue's ask, sold at another's bid, before fees. */
export function venueEdge(bid: f64, ask: f64): f64 {
  return bid / ask - 1;
}
