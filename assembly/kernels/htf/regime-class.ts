// Which regime a symbol is in, in words: trending, ranging, volatile or calm; unknown while too little was seen.
// Five states lie behind the four words (up and down are both trending); y = r / s is the latest return in units of the
// deviation over the `reference` returns before it, |y| <= 8:
//   up, down  N(+-0.5 usual, usual)   flat  N(0, usual)   volatile  N(0, wide)   calm  N(0, usual / 2)
//   usual = sigma of the detector's narrowest state, wide = of its widest (parameters, which learning re-estimates)
//   density = 0.98 N + 0.02 / 16      a single wild return is weak evidence
//   predicted(j) = p(j) (1 - h) + (1 - p(j)) h / 4,  h = 1 / reference      p(j) ~ predicted(j) density(j)   (Hamilton 1989)
// Hysteresis: another regime is taken up when it has had a probability above SURE for STREAK bars on end, SUPPORT bars
// fewer for each that speaks for it, at least STREAK_MIN:
//   cumulative sum: an alarm within RECENT bars (for trending: its latest to the same side); for ranging and calm: none
//   run length:     P(run < RECENT) above run_threshold
//   volume:         mean of the last 10 bars or so over that of the reference: above LIVELY for trending and volatile,
//                   below QUIETER for calm
// O(1) a bar. State: CLASS_COLUMNS columns behind the estimators of regime-state.ts.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { runsBelow } from "../../math/change-point";
import { exp } from "../../math/ln";
import * as regimes from "../../regimes";
import { column } from "../../windows/series";

export const CLASS_COLUMNS: u32 = 16;
const FIRST: u32 = layout.REGIME_COLUMNS - CLASS_COLUMNS;
const FILTERED: u32 = FIRST; //       up, down, flat, volatile, calm; all 0: not begun
const ACCEPTED: u32 = FIRST + 5; //   REGIME_ code
const CANDIDATE: u32 = FIRST + 6; //  REGIME_ code of another one that leads
const STREAK_NOW: u32 = FIRST + 7; // bars on end for which it has
const SINCE: u32 = FIRST + 8; //      engine clock, microseconds
const ALARM_AGE: u32 = FIRST + 9; //  bars since the latest alarm + 1, 0: none within RECENT
const ALARM_SIDE: u32 = FIRST + 10;
const VOLUME_NOW: u32 = FIRST + 11;
const VOLUME_USUAL: u32 = FIRST + 12;
const VOLUME_COUNT: u32 = FIRST + 13;

const STATES: u32 = 5;
const UP: u32 = 0;
const DOWN: u32 = 1;
const VOLATILE: u32 = 3;
const CALM: u32 = 4;
const DRIFT: f64 = 0.5;
const CALM_SHARE: f64 = 0.5;
const OUTLIER: f64 = 0.02;
const OUTLIER_DENSITY: f64 = 0.02 / 16.0;
const ROOT_2PI: f64 = 2.5066282746310002;

const SURE: f64 = 0.7;
const STREAK: f64 = 12;
const SUPPORT: f64 = 4;
const STREAK_MIN: f64 = 2;
const RECENT: f64 = 30;
const LIVELY: f64 = 1.2;
const QUIETER: f64 = 0.8;
const VOLUME_KEEP: f64 = 0.9;

/** The volume of a bar that closed; one without volume says nothing. */
export function noteVolume(cell: usize, volume: f64, reference: f64): void {
  if (!(volume > 1e-30 && volume < Infinity)) return;
  const count = column<f64>(cell, VOLUME_COUNT) + 1;
  const usual = column<f64>(cell, VOLUME_USUAL);
  const now = column<f64>(cell, VOLUME_NOW);
  const fast = count < 10 ? 1 / count : 1 - VOLUME_KEEP;
  putCell(cell, VOLUME_COUNT, count);
  putCell(cell, VOLUME_NOW, now + fast * (volume - now));
  putCell(cell, VOLUME_USUAL, usual + (volume - usual) / (count < reference ? count : reference));
}

/** One reviewed observation: `alarm` of the sums (-1, 0, 1), `run` the run-length posterior, `clock` of the review. */
export function classify(
  cell: usize,
  y: f64,
  usual: f64,
  wide: f64,
  hazard: f64,
  alarm: i32,
  run: usize,
  runThreshold: f64,
  clock: f64,
): void {
  noteAlarm(cell, alarm);
  filter(cell, y, usual, wide, hazard);
  const best = likeliest(cell);
  const accepted = u32(column<f64>(cell, ACCEPTED));
  if (best == accepted || !(probability(cell, best) > SURE)) return putCell(cell, STREAK_NOW, 0);
  const streak = best == u32(column<f64>(cell, CANDIDATE)) ? column<f64>(cell, STREAK_NOW) + 1 : 1;
  putCell(cell, CANDIDATE, <f64>best);
  putCell(cell, STREAK_NOW, streak);
  const spoken =
    u32(sumsSpeak(cell, best)) + u32(runsBelow(run, RECENT) > runThreshold) + u32(volumeSpeaks(cell, best));
  const needed = STREAK - SUPPORT * <f64>spoken;
  if (streak < (needed > STREAK_MIN ? needed : STREAK_MIN)) return;
  putCell(cell, ACCEPTED, <f64>best);
  putCell(cell, STREAK_NOW, 0);
  putCell(cell, SINCE, clock);
}

function noteAlarm(cell: usize, alarm: i32): void {
  const age = column<f64>(cell, ALARM_AGE);
  if (alarm != 0) putCell(cell, ALARM_SIDE, <f64>alarm);
  putCell(cell, ALARM_AGE, alarm != 0 ? 1 : age == 0 || age >= RECENT ? 0 : age + 1);
}

function filter(cell: usize, y: f64, usual: f64, wide: f64, hazard: f64): void {
  let before: f64 = 0;
  for (let j: u32 = 0; j < STATES; j++) before += column<f64>(cell, FILTERED + j);
  let sum: f64 = 0;
  for (let j: u32 = 0; j < STATES; j++) {
    const p = before > 0 ? column<f64>(cell, FILTERED + j) / before : 0.2;
    const mean = j == UP ? DRIFT * usual : j == DOWN ? -DRIFT * usual : 0;
    const sigma = j == VOLATILE ? wide : j == CALM ? CALM_SHARE * usual : usual;
    const z = (y - mean) / sigma;
    const density = ((1 - OUTLIER) * exp(-0.5 * z * z)) / (sigma * ROOT_2PI) + OUTLIER_DENSITY;
    const mass = (p * (1 - hazard) + 0.25 * (1 - p) * hazard) * density;
    putCell(cell, FILTERED + j, mass);
    sum += mass;
  }
  for (let j: u32 = 0; j < STATES; j++) putCell(cell, FILTERED + j, column<f64>(cell, FILTERED + j) / sum);
}

function probability(cell: usize, regime: u32): f64 {
  if (regime == regimes.REGIME_TRENDING) return column<f64>(cell, FILTERED + UP) + column<f64>(cell, FILTERED + DOWN);
  return regime == regimes.REGIME_UNKNOWN ? 0 : column<f64>(cell, FILTERED + regime);
}
function likeliest(cell: usize): u32 {
  let best: u32 = regimes.REGIME_TRENDING;
  for (let regime: u32 = best + 1; regime <= u32(regimes.REGIME_CALM); regime++) {
    if (probability(cell, regime) > probability(cell, best)) best = regime;
  }
  return best;
}
/** 1 up, -1 down, the likelier of both. */
function direction(cell: usize): f64 {
  return column<f64>(cell, FILTERED + UP) >= column<f64>(cell, FILTERED + DOWN) ? 1 : -1;
}

function sumsSpeak(cell: usize, regime: u32): bool {
  const alarmed = column<f64>(cell, ALARM_AGE) > 0;
  if (regime == regimes.REGIME_TRENDING) return alarmed && column<f64>(cell, ALARM_SIDE) == direction(cell);
  return regime == regimes.REGIME_VOLATILE ? alarmed : !alarmed;
}
function volumeSpeaks(cell: usize, regime: u32): bool {
  const usual = column<f64>(cell, VOLUME_USUAL);
  const now = column<f64>(cell, VOLUME_NOW);
  if (regime == regimes.REGIME_RANGING || !(usual > 0)) return false;
  return regime == regimes.REGIME_CALM ? now < QUIETER * usual : now > LIVELY * usual;
}

/** Writes what the host and other kernels read of the symbol. */
export function publishRegime(row: usize, cell: usize): void {
  const regime = u32(column<f64>(cell, ACCEPTED));
  store<f64>(row, column<f64>(cell, SINCE), regimes.SYMBOL_REGIME_SINCE);
  store<f32>(row, f32(probability(cell, regime)), regimes.SYMBOL_REGIME_P);
  store<u8>(row, regime, regimes.SYMBOL_REGIME);
  store<i8>(row, regime == regimes.REGIME_TRENDING ? i8(direction(cell)) : 0, regimes.SYMBOL_REGIME_SIDE);
}
export function publishNoRegime(row: usize): void {
  store<u64>(row, 0, regimes.SYMBOL_REGIME_SINCE);
  store<u64>(row, 0, regimes.SYMBOL_REGIME_P);
}
