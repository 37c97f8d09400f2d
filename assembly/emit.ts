// From a rule that holds to a record in the signal ring. Every kernel ends here, so the conditions that are common to
// all strategies stand once: enabled, not history, weekend, cool-down, learned quality and opportunity thresholds.
import * as layout from "./layout";
import { calibrated, qualityOn } from "./learned";
import {
  assets,
  consumer,
  globals,
  instanceRow,
  ownsSymbol,
  parameter,
  signalCounters,
  signals,
  symbolRow,
} from "./plan";
import { mix } from "./math/hash";
import { whole } from "./math/whole";

/** The event under way; set by the drivers, read here. Private to each instance of the core. */
export let sequence: u64 = 0;
export let clock: f64 = 0;
export let flags: u32 = 0;
export let eventTime: f64 = 0;
/** Whose weekdays count: of what came in (0: a beat, which has none), and of what is said; of a bar its last instant. */
let arrived: f64 = 0;
let moment: f64 = 0;
export function beginEvent(atSequence: u64, atClock: f64, withFlags: u32, atTime: f64, inside: f64): void {
  sequence = atSequence;
  clock = atClock;
  flags = withFlags;
  arrived = inside;
  setEventTime(atTime);
}
/** What the event under way still causes is history, as its rows are. */
export function hide(): void {
  flags |= layout.FLAG_HISTORY;
}
/** Event time of what a kernel is about to say, where that is not the time of the event under way. */
export function setEventTime(time: f64): void {
  eventTime = time;
  moment = time;
}
/** The same for a sample of a series: a bar that ends with Friday is Friday's, one that ends with Sunday Sunday's. */
export function setSampleTime(time: f64, bar: f64): void {
  eventTime = time;
  moment = bar > 0 ? time - 1 : time;
}

/** Whether the market of a symbol is closed for the weekend at the time of the event; crypto never is. */
export function resting(symbol: u32): bool {
  if (!weekend(moment) && !weekend(arrived)) return false;
  return (load<u8>(assets + symbol) & layout.ASSET_MASK) != layout.ASSET_CRYPTO;
}

/** Whether the instance may say anything but an exit now, whatever it is worth. */
export function maySpeak(instance: u32, symbol: u32, last: f64): bool {
  if (flags & layout.FLAG_HISTORY) return false;
  if (load<f64>(instanceRow(instance), layout.INSTANCE_ENABLED) == 0) return false;
  return !resting(symbol) && clock - last >= setting(layout.SETTING_COOLDOWN_US);
}

/** Whether emitSignal would let this signal out; a group asks for all of its legs before it sends the first. */
export function passesGate(
  instance: u32,
  symbol: u32,
  entry: f64,
  stop: f64,
  target: f64,
  confidence: f64,
  last: f64,
): bool {
  if (!mayPass(instance, symbol, confidence, last)) return false;
  const strategy = whole(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)) - 1;
  const worth = calibrated(strategy, confidence);
  const value = (worth * abs(target - entry)) / abs(entry - stop) - (1.0 - worth);
  return value >= threshold(layout.THRESHOLD_OPPORTUNITY, strategy);
}

/**
 * Whatever distance a rule asks for (and is judged by), the stop or target that goes out is a price: at least this share
 * of the entry.
 */
const PRICE_SHARE_MIN: f64 = 0.01;
function priced(price: f64, entry: f64): f64 {
  const least = PRICE_SHARE_MIN * entry;
  return price < least ? least : price; // what is not a number stays one, and no gate lets it pass
}

/**
 * What holds for quotes as well: their gain is the spread, so the expected value of one side alone says nothing. The
 * thresholds speak of the confidence that is published, which is what the outcomes have made of the rule's own.
 */
function mayPass(instance: u32, symbol: u32, confidence: f64, last: f64): bool {
  if (!maySpeak(instance, symbol, last)) return false;
  const strategy = whole(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)) - 1;
  const worth = calibrated(strategy, confidence);
  if (!(worth >= qualityOn(symbol, strategy, threshold(layout.THRESHOLD_QUALITY, strategy)))) return false;
  return worth >= parameter(instance, layout.PARAMETER_CONFIDENCE_THRESHOLD);
}

/**
 * A directional signal; true when it was pushed. `side` 1 buys, -1 sells. `last` is the address of
 * the f64 engine clock of the caller's last signal (cool-down); it is updated.
 */
export function emitSignal(
  instance: u32,
  symbol: u32,
  side: i32,
  entry: f64,
  stop: f64,
  target: f64,
  confidence: f64,
  last: usize,
  v0: f64,
  v1: f64,
  v2: f64,
  v3: f64,
  signalFlags: u32,
  group: u32,
): bool {
  if (!passesGate(instance, symbol, entry, stop, target, confidence, load<f64>(last))) return false;
  emitAdjustment(instance, symbol, side, entry, stop, target, confidence, last, v0, v1, v2, v3, signalFlags, group);
  return true;
}

/**
 * The same without the gate: a position that is held becomes another size, which was judged when it was opened. The
 * caller has asked maySpeak.
 */
export function emitAdjustment(
  instance: u32,
  symbol: u32,
  side: i32,
  entry: f64,
  stop: f64,
  target: f64,
  confidence: f64,
  last: usize,
  v0: f64,
  v1: f64,
  v2: f64,
  v3: f64,
  signalFlags: u32,
  group: u32,
): void {
  const strategy = whole(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)) - 1;
  store<f64>(last, clock);
  const action = side > 0 ? layout.ACTION_BUY : layout.ACTION_SELL;
  const out = priced(stop, entry);
  const aim = priced(target, entry);
  const worth = calibrated(strategy, confidence);
  push(instance, symbol, strategy, action, entry, out, aim, worth, confidence, v0, v1, v2, v3, signalFlags, group);
}

/** A two-sided quote: v0..v3 are bid, ask and their sizes; `side` is the one on which inventory should move. */
export function emitQuote(
  instance: u32,
  symbol: u32,
  side: i32,
  entry: f64,
  stop: f64,
  target: f64,
  confidence: f64,
  last: usize,
  bid: f64,
  ask: f64,
  bidSize: f64,
  askSize: f64,
): bool {
  if (!mayPass(instance, symbol, confidence, load<f64>(last))) return false;
  const strategy = whole(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)) - 1;
  store<f64>(last, clock);
  const action = side > 0 ? layout.ACTION_BUY : layout.ACTION_SELL;
  const out = priced(stop, entry);
  const aim = priced(target, entry);
  const worth = calibrated(strategy, confidence);
  push(instance, symbol, strategy, action, entry, out, aim, worth, confidence, bid, ask, bidSize, askSize, 0, 0);
  return true;
}

/** The end of a position that a kernel's exit rule asks for; no cool-down and no quality: leaving is always allowed. */
export function emitExit(instance: u32, symbol: u32, price: f64, v0: f64, group: u32): void {
  if (flags & layout.FLAG_HISTORY || load<f64>(instanceRow(instance), layout.INSTANCE_ENABLED) == 0) return;
  const strategy = whole(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)) - 1;
  push(instance, symbol, strategy, layout.ACTION_EXIT, price, 0, 0, 1, 1, v0, 0, 0, 0, 0, group);
}

/** Whether a signal now would come too soon after the one at `last` (address): spares the work of making it. */
export function coolingDown(last: usize): bool {
  return clock - load<f64>(last) < setting(layout.SETTING_COOLDOWN_US);
}

export function setting(index: u32): f64 {
  return load<f64>(globals + (index << 3), layout.GLOBALS_SETTINGS);
}
export function thresholdAddress(column: u32, strategy: u32): usize {
  return globals + layout.GLOBALS_THRESHOLDS + ((column * layout.THRESHOLD_ROWS + strategy) << 3);
}
export function threshold(column: u32, strategy: u32): f64 {
  return load<f64>(thresholdAddress(column, strategy));
}

/** Entry threshold multiplier in the regime of a symbol of this worker: 1 - 0.1 (multiplier - 1) p, at least one half. */
export function regimeFactor(symbol: u32, strategy: u32): f64 {
  assert(ownsSymbol(symbol)); // another worker's regime is of another moment
  const row = symbolRow(symbol);
  const volatile =
    0.1 * (threshold(layout.THRESHOLD_VOLATILITY, strategy) - 1) * load<f64>(row, layout.SYMBOL_VOLATILE_P);
  const trending = 0.1 * (threshold(layout.THRESHOLD_TREND, strategy) - 1) * load<f64>(row, layout.SYMBOL_TRENDING_P);
  const factor = 1.0 - volatile - trending;
  return factor < 0.5 ? 0.5 : factor;
}

/** Waits while main has not made room: a signal is never dropped, and main never waits for a worker. */
function push(
  instance: u32,
  symbol: u32,
  strategy: u32,
  action: u32,
  entry: f64,
  stop: f64,
  target: f64,
  confidence: f64,
  raw: f64,
  v0: f64,
  v1: f64,
  v2: f64,
  v3: f64,
  signalFlags: u32,
  group: u32,
): void {
  const head = load<u32>(signalCounters);
  while (head - atomic.load<u32>(signalCounters, 128) >= u32(layout.SIGNAL_SLOTS)) {
    memory.atomic.wait32(signalCounters + 128, load<i32>(signalCounters, 128), 1_000_000);
    if (atomic.load<i32>(consumer, layout.CONSUMER_STOP)) return;
  }
  const record = signals + ((head & (layout.SIGNAL_SLOTS - 1)) << layout.SIGNAL_SHIFT);
  const demo = (load<u8>(assets + symbol) & layout.ASSET_DEMO) != 0;
  store<u64>(record, sequence, layout.SIGNAL_SEQUENCE);
  store<u32>(record, instance, layout.SIGNAL_INSTANCE);
  store<u32>(record, symbol, layout.SIGNAL_SYMBOL);
  store<u8>(record, strategy, layout.SIGNAL_STRATEGY);
  store<u8>(record, action, layout.SIGNAL_ACTION);
  store<u8>(record, whole(load<f64>(instanceRow(instance), layout.INSTANCE_TIER)), layout.SIGNAL_TIER);
  store<u8>(record, signalFlags | (demo ? layout.SIGNAL_FLAG_DEMO : 0), layout.SIGNAL_FLAGS);
  store<u32>(record, group, layout.SIGNAL_GROUP);
  store<f64>(record, clock, layout.SIGNAL_CLOCK);
  store<f64>(record, eventTime, layout.SIGNAL_TIME);
  store<f64>(record, entry, layout.SIGNAL_ENTRY);
  store<f64>(record, stop, layout.SIGNAL_STOP);
  store<f64>(record, target, layout.SIGNAL_TARGET);
  store<f64>(record, confidence, layout.SIGNAL_CONFIDENCE);
  store<f64>(record, raw, layout.SIGNAL_CONFIDENCE_RAW);
  store<f64>(record, v0, layout.SIGNAL_VALUES);
  store<f64>(record, v1, layout.SIGNAL_VALUES + 8);
  store<f64>(record, v2, layout.SIGNAL_VALUES + 16);
  store<f64>(record, v3, layout.SIGNAL_VALUES + 24);
  store<f64>(record, clock, layout.SIGNAL_EVENT_CLOCK);
  let hash: u64 = 0;
  for (let offset: usize = 0; offset < usize(layout.SIGNAL_EVENT_CLOCK); offset += 8)
    hash = mix(hash, load<u64>(record + offset));
  store<u64>(record, hash, layout.SIGNAL_HASH);
  store<u64>(globals, load<u64>(globals, layout.GLOBALS_SIGNAL_HASH) + hash, layout.GLOBALS_SIGNAL_HASH);
  store<u64>(globals, load<u64>(globals, layout.GLOBALS_SIGNAL_COUNT) + 1, layout.GLOBALS_SIGNAL_COUNT);
  atomic.store<u32>(signalCounters, head + 1);
}

/** Saturday or Sunday in UTC; day 0 of the epoch was a Thursday. */
function weekend(timeUs: f64): bool {
  const weekday = (i64(timeUs / 86_400_000_000.0) + 4) % 7;
  return weekday == 0 || weekday == 6;
}
