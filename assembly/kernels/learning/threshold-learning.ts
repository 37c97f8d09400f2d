// threshold_learning: moves min_signal_quality of each strategy by its measured success, in each regime by itself.
//   enough outcomes (OUTCOMES_MIN) since the last change?  success = wins / outcomes
//   success > 0.8: quality x 0.95, at least 0.01;  success < 0.5: quality x 1.05;  counters start again
// Only closed outcomes count, never the engine's own confidence; between 0.5 and 0.8 nothing moves (hysteresis), and
// the counters start again after a change, so each change needs fresh evidence.
//
// A step is made only where the evidence says that it pays. Outcomes are counted in buckets of published confidence; the
// one at the threshold is the lowest that it does not shut out and that has seen BUCKET_MIN outcomes. Its chance to win is
// Beta(1 + wins, 1 + losses), of which MEAN +- Z deviations are a 90 % interval; what the strategy needs to break even is
//   losses' mean / (losses' mean + gains' mean)     (one half until both are known)
// Up goes a threshold only where that bucket loses: the interval lies below break-even. Down it goes only where the bucket
// wins, the interval above it, and lies next to the threshold, because nothing is known of what would come in below it.
// So a strategy that wins seldom but much is left alone, and no threshold wanders through confidences that nobody has.
// In these means an outcome counts with SURPRISE_MAX times the mean before it at most, and with FIRST_MAX while fewer than
// PAYOFF_MIN are known, so that one wrong price does not say for hundreds of trades what losing costs. Outcomes in journals
// of before were not bounded, and are not when they are replayed.
//
// There is always a way back. Up goes a threshold only to shut out a bucket and leave a better one: never above the lower
// edge of the highest bucket that has seen BUCKET_MIN outcomes, which a strategy goes on to be judged by. Confidences may
// shrink below that later (a new calibration, other parameters, another regime), so what was raised comes back without
// outcomes as well: where none closed for as long as PACE of them used to take, and not within SILENT_MIN, half of the way
// to where it came from is taken back: a class to the quality of the strategy, that one to what was set by hand. Time is
// that in which learning had its beats: neither a night without the engine nor a freeze is silence.
//
// A quality that is set by hand holds in every class, until PACE fresh outcomes of a class speak against it.
//
// Runs at learning beats over all rows, two strategies at a time; without enough outcomes a row stays as it is to the bit.
import * as layout from "../../layout";
import * as learning from "../../learned-layout";
import { add, atMost, bits, both, div, larger, less, mul, root, select2, smaller, splat, sub } from "../../lanes";
import { setting, thresholdAddress } from "../../emit";
import { learnedAddress } from "../../learned";

const OUTCOMES_MIN: f64 = 20;
const OUTCOMES_MAX: f64 = 200;
const QUALITY_MIN: f64 = 0.01;
/** Where every strategy begins. */
const QUALITY_START: f64 = 0.1;
const BUCKET_MIN: f64 = 10;
const BUCKET_WIDTH: f64 = 0.125;
/** Gains and losses of which the break-even chance is taken. */
const PAYOFF_MIN: f64 = 5;
const SURPRISE_MAX: f64 = 8;
/** Shares of the entry: the most of the first ones, and what always counts in full. */
const FIRST_MAX: f64 = 0.1;
const LEAST_MAX: f64 = 0.001;
const Z: f64 = 1.6448536269514722; // 95 % quantile of the normal distribution
const PACE: f64 = OUTCOMES_MIN;
const SILENT_MIN: f64 = 7 * 86_400e6; // microseconds: a week, as markets have weekends and holidays
/** Between two beats; more than that the engine was away. */
const AWAY: f64 = 3_600e6;

export function learnOutcome(strategy: u32, net: f64, confidence: f64, regime: u32, bounded: bool): void {
  if (strategy >= u32(layout.STRATEGY_COUNT) || regime >= u32(learning.CLASSES)) return;
  if (!(abs(net) < Infinity) || !(confidence >= 0 && confidence <= 1)) return;
  if (setting(layout.SETTING_LEARNING) == 0) return;
  const won = net > 0;
  count(classColumn(regime, WINS, strategy), classColumn(regime, TOTAL, strategy), won ? 1 : 0);
  const bucket = min(u32(confidence / BUCKET_WIDTH), u32(learning.BUCKETS - 1));
  const wins = learnedAddress(learning.LEARNED_BUCKET_WINS + bucket, strategy);
  count(wins, learnedAddress(learning.LEARNED_BUCKET_TOTAL + bucket, strategy), won ? 1 : 0);
  const payoff = learnedAddress(won ? learning.LEARNED_GAINS : learning.LEARNED_LOSSES, strategy);
  const most = bounded ? mostOf(payoff, payoff + layout.THRESHOLD_ROWS * 8) : Infinity;
  count(payoff, payoff + layout.THRESHOLD_ROWS * 8, min(abs(net), most));
  expectNext(strategy, regime);
}
/** With which a gain, or a loss, counts at most. */
function mostOf(sum: usize, total: usize): f64 {
  const known = load<f64>(total);
  if (known < PAYOFF_MIN - 0.5) return FIRST_MAX;
  return max((SURPRISE_MAX * load<f64>(sum)) / known, LEAST_MAX);
}
/** When a class counts as silent; its pace is the mean time between outcomes, the latest PACE of them weighing most. */
function expectNext(strategy: u32, regime: u32): void {
  const now = load<f64>(learnedAddress(learning.LEARNED_AWAKE, 0));
  const due = learnedAddress(learning.LEARNED_DUE + regime, strategy);
  const gap = learnedAddress(learning.LEARNED_GAP + regime, strategy);
  const at = learnedAddress(learning.LEARNED_AT + regime, strategy);
  const mean = load<f64>(gap);
  const passed = now - load<f64>(at);
  if (load<f64>(due) > 0) store<f64>(gap, mean > 0 ? mean + (passed - mean) / PACE : passed);
  store<f64>(at, now);
  store<f64>(due, now + patience<f64>(load<f64>(gap)));
}
function patience<T>(gap: T): T {
  return larger<T>(splat<T>(SILENT_MIN), mul<T>(splat<T>(PACE), gap));
}
/** Old evidence fades, so that a strategy that has changed is noticed. */
function count(sum: usize, total: usize, value: f64): void {
  if (load<f64>(total) >= OUTCOMES_MAX) {
    store<f64>(sum, 0.5 * load<f64>(sum));
    store<f64>(total, 0.5 * load<f64>(total));
  }
  store<f64>(sum, load<f64>(sum) + value);
  store<f64>(total, load<f64>(total) + 1);
}

/**
 * `where` 0: set by hand, in every class, and it takes fresh outcomes to move it; else a quality of class `where` - 1 alone,
 * which learning or a way back has brought (0: as CLASS_OTHER). Behind the classes: what counts as set by hand, and nothing
 * else (0: nothing).
 */
export function setThreshold(strategy: u32, column: u32, value: f64, where: u32): void {
  const quality = column == layout.THRESHOLD_QUALITY && strategy < u32(layout.THRESHOLD_ROWS);
  if (where > u32(learning.CLASSES) + 1 || (where > 0 && !quality)) return;
  if (where > u32(learning.CLASSES)) return store<f64>(learnedAddress(learning.LEARNED_SET, strategy), value);
  if (where > 0) return store<f64>(classColumn(where - 1, QUALITY, strategy), value);
  store<f64>(thresholdAddress(column, strategy), value);
  if (!quality) return;
  store<f64>(learnedAddress(learning.LEARNED_SET, strategy), value);
  for (let regime: u32 = 0; regime < u32(learning.CLASSES); regime++) {
    if (regime > 0) store<f64>(classColumn(regime, QUALITY, strategy), 0);
    store<f64>(classColumn(regime, WINS, strategy), 0);
    store<f64>(classColumn(regime, TOTAL, strategy), 0);
  }
}

const QUALITY: u32 = 0;
const WINS: u32 = 1;
const TOTAL: u32 = 2;
const CHANGES: u32 = 3;
/** Those of CLASS_OTHER are the thresholds that everybody reads. */
function classColumn(regime: u32, which: u32, row: u32): usize {
  if (regime > 0) {
    return learnedAddress(learning.LEARNED_CLASS + (regime - 1) * learning.LEARNED_CLASS_COLUMNS + which, row);
  }
  return thresholdAddress(which == QUALITY ? layout.THRESHOLD_QUALITY : layout.THRESHOLD_WINS + which - WINS, row);
}

/** One learning beat; engine clock. */
export function learnThresholds(clock: f64): void {
  if (setting(layout.SETTING_LEARNING) == 0) return;
  const awake = learnedAddress(learning.LEARNED_AWAKE, 0);
  const last = load<f64>(awake, 8);
  if (last > 0) store<f64>(awake, load<f64>(awake) + min(max(clock - last, 0), AWAY));
  store<f64>(awake, clock, 8);
  learnRowsLanes();
}

export function learnRows<T>(row: u32): void {
  const now = splat<T>(load<f64>(learnedAddress(learning.LEARNED_AWAKE, 0)));
  for (let regime: u32 = 0; regime < u32(learning.CLASSES); regime++) {
    const enough = less<T>(splat<T>(OUTCOMES_MIN - 0.5), load<T>(classColumn(regime, TOTAL, row)));
    if (bits<T>(enough) != 0) learnClass<T>(row, regime, enough);
    const due = load<T>(learnedAddress(learning.LEARNED_DUE + regime, row));
    const silent = both<T>(less<T>(splat<T>(0), due), atMost<T>(due, now));
    if (bits<T>(silent) != 0) comeBack<T>(row, regime, silent, now);
    const raised = less<T>(goalOf<T>(row, regime), load<T>(classColumn(regime, QUALITY, row)));
    const unheard = both<T>(atMost<T>(due, splat<T>(0)), raised);
    if (bits<T>(unheard) != 0) beginWaiting<T>(row, regime, unheard, now);
  }
}
/** Raised elsewhere (an earlier engine, another journal), so no outcome has begun the wait for the next. */
function beginWaiting<T>(row: u32, regime: u32, unheard: T, now: T): void {
  const due = learnedAddress(learning.LEARNED_DUE + regime, row);
  keep<T>(due, unheard, add<T>(now, splat<T>(SILENT_MIN)), load<T>(due));
  const at = learnedAddress(learning.LEARNED_AT + regime, row);
  keep<T>(at, unheard, now, load<T>(at));
}
function goalOf<T>(row: u32, regime: u32): T {
  if (regime > 0) return load<T>(thresholdAddress(layout.THRESHOLD_QUALITY, row));
  const byHand = load<T>(learnedAddress(learning.LEARNED_SET, row));
  return select2<T>(less<T>(splat<T>(0), byHand), byHand, splat<T>(QUALITY_START));
}

/** Half of the way; the last bit of it at once. */
function comeBack<T>(row: u32, regime: u32, silent: T, now: T): void {
  const zero = splat<T>(0);
  const one = splat<T>(1);
  const own = load<T>(classColumn(regime, QUALITY, row));
  const goal = goalOf<T>(row, regime);
  const raised = both<T>(silent, less<T>(goal, own));
  const half = add<T>(goal, mul<T>(splat<T>(0.5), sub<T>(own, goal)));
  const near = less<T>(half, mul<T>(splat<T>(1.05), goal));
  keep<T>(classColumn(regime, QUALITY, row), raised, select2<T>(near, goal, half), own);
  for (let which = WINS; which <= TOTAL; which++) {
    const at = classColumn(regime, which, row);
    keep<T>(at, raised, zero, load<T>(at));
    const last = learnedAddress(learning.LEARNED_LAST + 2 * regime + which - WINS, row);
    keep<T>(last, raised, zero, load<T>(last));
  }
  const changes = classColumn(regime, CHANGES, row);
  store<T>(changes, add<T>(load<T>(changes), select2<T>(raised, one, zero)));
  const due = learnedAddress(learning.LEARNED_DUE + regime, row);
  const wait = patience<T>(load<T>(learnedAddress(learning.LEARNED_GAP + regime, row)));
  keep<T>(due, silent, add<T>(now, wait), load<T>(due));
}

/** The chance at which gains pay for losses. */
function breakEven<T>(row: u32): T {
  const gains = load<T>(learnedAddress(learning.LEARNED_GAINS, row));
  const won = load<T>(learnedAddress(learning.LEARNED_GAINS + 1, row));
  const losses = load<T>(learnedAddress(learning.LEARNED_LOSSES, row));
  const lost = load<T>(learnedAddress(learning.LEARNED_LOSSES + 1, row));
  const gain = div<T>(gains, larger<T>(won, splat<T>(1)));
  const loss = div<T>(losses, larger<T>(lost, splat<T>(1)));
  const counted = both<T>(less<T>(splat<T>(PAYOFF_MIN - 0.5), won), less<T>(splat<T>(PAYOFF_MIN - 0.5), lost));
  const known = both<T>(counted, less<T>(splat<T>(0), loss));
  return select2<T>(known, div<T>(loss, larger<T>(add<T>(gain, loss), splat<T>(1e-30))), splat<T>(0.5));
}

function learnClass<T>(row: u32, regime: u32, enough: T): void {
  const even = breakEven<T>(row);
  const zero = splat<T>(0);
  const one = splat<T>(1);
  const base = load<T>(thresholdAddress(layout.THRESHOLD_QUALITY, row));
  const own = load<T>(classColumn(regime, QUALITY, row));
  const quality = select2<T>(less<T>(zero, own), own, base);
  const wins = load<T>(classColumn(regime, WINS, row));
  const total = load<T>(classColumn(regime, TOTAL, row));
  const success = div<T>(wins, larger<T>(total, one));
  // The bucket at the threshold, looked for from above: the last one that fits is the lowest.
  let bucketWins = zero;
  let bucketTotal = zero;
  let edge = zero;
  let top = zero;
  for (let bucket: i32 = learning.BUCKETS - 1; bucket >= 0; bucket--) {
    const seen = load<T>(learnedAddress(learning.LEARNED_BUCKET_TOTAL + bucket, row));
    const low = splat<T>(BUCKET_WIDTH * <f64>bucket);
    const open = less<T>(quality, add<T>(low, splat<T>(BUCKET_WIDTH)));
    const proven = less<T>(splat<T>(BUCKET_MIN - 0.5), seen);
    const fits = both<T>(open, proven);
    top = larger<T>(top, select2<T>(proven, low, zero));
    bucketWins = select2<T>(fits, load<T>(learnedAddress(learning.LEARNED_BUCKET_WINS + bucket, row)), bucketWins);
    bucketTotal = select2<T>(fits, seen, bucketTotal);
    edge = select2<T>(fits, low, edge);
  }
  const known = less<T>(zero, bucketTotal);
  const size = add<T>(bucketTotal, splat<T>(2));
  const mean = div<T>(add<T>(bucketWins, one), size);
  const variance = div<T>(mul<T>(mean, sub<T>(one, mean)), add<T>(size, one));
  const reach = mul<T>(splat<T>(Z), root<T>(variance));
  const pays = both<T>(known, less<T>(even, sub<T>(mean, reach)));
  const costs = both<T>(known, less<T>(add<T>(mean, reach), even));
  const near = atMost<T>(edge, add<T>(quality, splat<T>(BUCKET_WIDTH)));
  const well = both<T>(both<T>(enough, less<T>(splat<T>(0.8), success)), both<T>(pays, near));
  const badly = both<T>(both<T>(enough, less<T>(success, splat<T>(0.5))), costs);
  const lower = larger<T>(mul<T>(quality, splat<T>(0.95)), splat<T>(QUALITY_MIN));
  const higher = smaller<T>(mul<T>(quality, splat<T>(1.05)), top);
  const bounded = select2<T>(well, lower, higher);
  const down = both<T>(well, less<T>(lower, quality));
  const up = both<T>(badly, less<T>(quality, higher));
  const changed = select2<T>(down, one, select2<T>(up, one, zero));
  const change = less<T>(zero, changed);
  keep<T>(classColumn(regime, QUALITY, row), change, bounded, own);
  keep<T>(classColumn(regime, WINS, row), change, zero, wins);
  keep<T>(classColumn(regime, TOTAL, row), change, zero, total);
  const changes = classColumn(regime, CHANGES, row);
  store<T>(changes, add<T>(load<T>(changes), changed));
  const last = learnedAddress(learning.LEARNED_LAST + 2 * regime, row);
  keep<T>(last, change, wins, load<T>(last));
  const lastTotal = learnedAddress(learning.LEARNED_LAST + 2 * regime + 1, row);
  keep<T>(lastTotal, change, total, load<T>(lastTotal));
}
function keep<T>(at: usize, change: T, changed: T, before: T): void {
  store<T>(at, select2<T>(change, changed, before));
}

/** The same pass one strategy or two at a time, for the test that compares them. */
export function learnRowsScalar(): void {
  for (let row: u32 = 0; row < u32(layout.THRESHOLD_ROWS); row++) learnRows<f64>(row);
}
export function learnRowsLanes(): void {
  for (let row: u32 = 0; row < u32(layout.THRESHOLD_ROWS); row += 2) learnRows<v128>(row);
}
