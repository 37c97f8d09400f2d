// The quick lane of msgpack: trades of known symbols with no more than symbol, price, volume, timestamp, kind and
// asset_type, which is most of what comes. It does for them what msgpack.ts, rules.ts and records.ts do for everything,
// in few calls, and stops at the first tick that is anything else; a test holds it against the general path.
import * as layout from "../layout";
import * as wire from "../wire";
import { events, scratch } from "../plan";
import { addMasks, clearFields, doubled, end, lengthOf, numberOf, numbers, present, textOf, texts } from "./fields";
import { keySlot } from "./keys";
import { assetOf, quickSymbol, touch } from "./names";
import { assetNamed, kindOf } from "./rules";
import { microsOf } from "./time";

/** Behind the last tick that quickTicks took. */
export let quickAt: usize = 0;

/** Ticks that still go straight to the general path, and how many that will be after the next miss. */
let resting: u32 = 0;
let penalty: u32 = 1;
const PENALTY_MAX: u32 = 64;

/**
 * Takes ticks from `at` on, at most `limit`; returns how many. Where the first one does not fit, the next ones are
 * likely not to fit either (a feed of quotes), so misses in a row make the lane rest for longer and longer.
 */
export function quickTicks(at: usize, limit: u32): u32 {
  quickAt = at;
  if (resting > 0) {
    resting -= 1;
    return 0;
  }
  const clock = load<f64>(layout.ENGINE_CLOCK);
  let taken: u32 = 0;
  while (taken < limit && at < end) {
    const head: u32 = load<u8>(at);
    let first = at + 1;
    if ((head & 0xf0) == 0x80) left = head & 15;
    else if (head == 0xde) {
      left = bswap<u16>(load<u16>(at, 1));
      first = at + 3;
    } else break;
    clearFields();
    const next = readQuickly(first);
    if (left != 0 || next > end || !isPlain(clock)) break;
    const entry = quickSymbol(textOf(wire.FIELD_SYMBOL), lengthOf(wire.FIELD_SYMBOL));
    if (entry == 0 || (asset != 0 && asset != assetOf(entry - 1)) || !enterPlain(entry - 1, clock)) break;
    at = next;
    taken += 1;
  }
  quickAt = at;
  if (taken > 0) penalty = 1;
  else if (limit > 0) {
    resting = penalty;
    penalty = min(penalty << 1, PENALTY_MAX);
  }
  return taken;
}

/** Pairs of the map under way that are still to be read. */
export let left: u32 = 0;
export function setLeft(pairs: u32): void {
  left = pairs;
}

/**
 * Reads pairs of a short key and a number or short text, nearly all there is, up to the first other one. It calls
 * nothing, so that its state stays in registers; the key is looked up as fieldOf does, without probing further. The
 * caller compares with `end`: what lies behind is slack, and a pair takes at most 64 bytes of it.
 */
export function readQuickly(at: usize): usize {
  const values = scratch + wire.DECODE_FIELDS;
  const stop = end;
  let pairs = left;
  let seen: u64 = 0;
  let numeric: u64 = 0;
  let text: u64 = 0;
  let twice: u64 = 0;
  while (pairs > 0 && at < stop) {
    const head: u32 = load<u8>(at);
    const length = head & 31;
    if ((head & 0xe0) != 0xa0 || length == 0) break;
    const first = load<u64>(at, 1) & (~(<u64>0) >> (length < 8 ? 64 - (length << 3) : 0));
    const entry = keySlot(first, length);
    let field = load<u32>(entry, wire.KEY_FIELD);
    if (load<u64>(entry) != first || load<u32>(entry, wire.KEY_LENGTH) != length) {
      if (load<u32>(entry, wire.KEY_LENGTH) != 0) break;
      field = wire.FIELD_NONE;
    } else if (length > 8 && load<u64>(entry, wire.KEY_LAST) != load<u64>(at + length - 7)) break;
    if (field - wire.FIELD_BIDS <= <u32>(wire.FIELD_FORBIDDEN - wire.FIELD_BIDS)) break;
    const value = at + 1 + length;
    const valueHead: u32 = load<u8>(value);
    const place = values + (field << 3);
    const bit = u64(1) << field;
    if (valueHead == 0xcb) {
      const bytes = v128.load64_zero(value, 1);
      const swapped = v128.shuffle<u8>(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0);
      v128.store64_lane(place, swapped, 0);
      numeric |= bit;
      at = value + 9;
    } else if (valueHead < 0x80) {
      store<f64>(place, <f64>valueHead);
      numeric |= bit;
      at = value + 1;
    } else if (valueHead == 0xce) {
      store<f64>(place, <f64>bswap<u32>(load<u32>(value, 1)));
      numeric |= bit;
      at = value + 5;
    } else if ((valueHead & 0xe0) == 0xa0) {
      store<u64>(place, u64(value + 1) | (u64(valueHead & 31) << 32));
      text |= bit;
      at = value + 1 + (valueHead & 31);
    } else break;
    twice |= seen & bit;
    seen |= bit;
    pairs -= 1;
  }
  left = pairs;
  const ours = ~(u64(1) << wire.FIELD_NONE);
  addMasks(seen & ours, numeric & ours, text & ours, twice & ours);
  return at;
}

const NUMBERS: u64 = (1 << wire.FIELD_PRICE) | (1 << wire.FIELD_VOLUME) | (1 << wire.FIELD_TIMESTAMP);
const CHOICES: u64 = (1 << wire.FIELD_KIND) | (1 << wire.FIELD_ASSET_TYPE);
const SYMBOL: u64 = 1 << wire.FIELD_SYMBOL;

let price: f64 = 0;
let volume: f64 = 0;
let eventTime: f64 = 0;
let asset: u32 = 0;

/** A trade with only those fields and without a fault; with any doubt the general rules decide. */
function isPlain(clock: f64): bool {
  if ((texts & ~CHOICES) != SYMBOL || (present ^ numbers) != texts || ((numbers & ~NUMBERS) | doubled) != 0)
    return false;
  asset = 0;
  if (texts & CHOICES) {
    const kind = texts & (1 << wire.FIELD_KIND);
    if (kind && kindOf(textOf(wire.FIELD_KIND), lengthOf(wire.FIELD_KIND)) != layout.KIND_TRADE) return false;
    if (texts & (1 << wire.FIELD_ASSET_TYPE)) {
      asset = assetNamed(textOf(wire.FIELD_ASSET_TYPE), lengthOf(wire.FIELD_ASSET_TYPE));
      if (asset == 0) return false;
    }
  }
  price = numbers & (1 << wire.FIELD_PRICE) ? numberOf(wire.FIELD_PRICE) : 0;
  volume = numbers & (1 << wire.FIELD_VOLUME) ? numberOf(wire.FIELD_VOLUME) : 0;
  eventTime = numbers & (1 << wire.FIELD_TIMESTAMP) ? microsOf(numberOf(wire.FIELD_TIMESTAMP)) : clock;
  return price >= wire.PRICE_MIN && price <= wire.PRICE_MAX && volume >= 0 && volume <= wire.SIZE_MAX && eventTime > 0;
}

/** One record; false when the ring looks full. */
function enterPlain(symbol: u32, clock: f64): bool {
  const next = load<u32>(layout.EVENT_NEXT);
  if (next - load<u32>(layout.EVENT_LIMIT) >= <u32>layout.EVENT_SLOTS) return false;
  const record = events + ((next & (layout.EVENT_SLOTS - 1)) << layout.EVENT_SHIFT);
  const shape = symbol | (layout.KIND_TRADE << 16) | (load<u32>(scratch, wire.DECODE_FLAGS) << 24);
  store<u64>(record, shape, layout.EVENT_SUBJECT); // and no venue in aux
  store<f64>(record, eventTime, layout.EVENT_TIME);
  store<f64>(record, clock, layout.EVENT_CLOCK);
  store<f64>(record, price, layout.EVENT_PAYLOAD);
  store<f64>(record, volume, layout.EVENT_PAYLOAD + 8);
  store<f64>(record, price, layout.EVENT_PAYLOAD + 16);
  store<f64>(record, price, layout.EVENT_PAYLOAD + 24);
  store<f64>(record, price, layout.EVENT_PAYLOAD + 32);
  store<u32>(layout.EVENT_NEXT, next + 1);
  touch(symbol);
  return true;
}
