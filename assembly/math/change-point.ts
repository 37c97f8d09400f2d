// Bayesian online change point detection (Adams & MacKay 2007): the probability of every run length r, the number of
// observations since the latest change. Within a run the observations are normal with unknown mean and variance, whose
// prior is normal-inverse-gamma (mean, kappa, alpha, beta); the next observation then follows a Student t:
//   w = 2 beta (kappa + 1) / kappa     d = x - mean     p(x) = c (pi w)^-1/2 (1 + d^2 / w)^-(alpha + 1/2)
//   c = gamma(alpha + 1/2) / gamma(alpha); a step raises alpha by 1/2, so c becomes alpha / c and no gamma is computed
//   mean += d / (kappa + 1)     beta += kappa d^2 / (2 (kappa + 1))     kappa += 1     alpha += 1/2
//   P(r + 1) ~ P(r) p(x) (1 - hazard)     P(0) = hazard
// HYPOTHESES run lengths are kept: when there is one too many, the least probable is discarded, its mass reported and the
// rest scaled up. Runs longer than RUN_MAX count as RUN_MAX and remember that many observations: two such hypotheses
// become one with the mass of both and the memory of the more probable.
//
// State: CHANGE_BYTES of f64: the figures below, then columns of HYPOTHESES values in no order. Masses and beta are
// floored at 1e-30. An observation beyond 1e100 or not a number leaves the state as it was: standardise before.
import { exp, ln } from "./ln";
import { lnGamma } from "./special";

export const HYPOTHESES: u32 = 64;
export const RUN_MAX: f64 = 500;
/** A run shorter than this is a recent change. */
export const RECENT_RUN: f64 = 5;

export const CHANGE_HAZARD = 0; //     prior, written by changePointInit
export const CHANGE_MEAN = 8;
export const CHANGE_KAPPA = 16;
export const CHANGE_ALPHA = 24;
export const CHANGE_BETA = 32;
export const CHANGE_RATIO = 40; //     c of an empty run
export const CHANGE_COUNT = 48; //     hypotheses in use
export const CHANGE_RECENT = 56; //    P(r < RECENT_RUN); 1 during the first observations, when every run is short
export const CHANGE_LIKELY = 64; //    most probable run length
export const CHANGE_DISCARDED = 72; // mass discarded in the latest step
export const CHANGE_LOST = 80; //      and in all steps
export const CHANGE_SURPRISE = 88; //  -ln p of the latest observation given the earlier ones
export const CHANGE_STEPS = 96;
const COLUMN: usize = HYPOTHESES << 3;
const RUN: usize = 128;
const MASS: usize = RUN + COLUMN;
const MEAN: usize = MASS + COLUMN;
const BETA: usize = MEAN + COLUMN;
const RATIO: usize = BETA + COLUMN;
const DENSITY: usize = RATIO + COLUMN; // ln p(x), during a step
export const CHANGE_BYTES = 128 + 6 * 64 * 8;

const LN_PI: f64 = 1.1447298858494002;
const FLOOR: f64 = 1e-30;
const FAR: f64 = 1e100;

/** hazard: probability of a change at any step (1 / mean run length); kappa, alpha, beta > 0. */
export function changePointInit(at: usize, hazard: f64, mean: f64, kappa: f64, alpha: f64, beta: f64): void {
  memory.fill(at, 0, CHANGE_BYTES);
  store<f64>(at, hazard, CHANGE_HAZARD);
  store<f64>(at, mean, CHANGE_MEAN);
  store<f64>(at, kappa, CHANGE_KAPPA);
  store<f64>(at, alpha, CHANGE_ALPHA);
  store<f64>(at, beta, CHANGE_BETA);
  store<f64>(at, exp(lnGamma(alpha + 0.5) - lnGamma(alpha)), CHANGE_RATIO);
  begin(at, 0, 1);
  store<f64>(at, 1, CHANGE_COUNT);
  store<f64>(at, 1, CHANGE_RECENT);
}

/** An empty run at a slot: nothing but the prior. */
function begin(at: usize, slot: u32, mass: f64): void {
  const place = at + (slot << 3);
  store<f64>(place, 0, RUN);
  store<f64>(place, mass, MASS);
  store<f64>(place, load<f64>(at, CHANGE_MEAN), MEAN);
  store<f64>(place, load<f64>(at, CHANGE_BETA), BETA);
  store<f64>(place, load<f64>(at, CHANGE_RATIO), RATIO);
}

/** Takes one observation; gives P(r < RECENT_RUN) after it. */
export function changePointStep(at: usize, x: f64): f64 {
  if (!(abs(x) < FAR)) return load<f64>(at, CHANGE_RECENT);
  const hazard = load<f64>(at, CHANGE_HAZARD);
  const count = u32(load<f64>(at, CHANGE_COUNT));
  const best = densities(at, count, x);
  let evidence: f64 = 0;
  for (let slot: u32 = 0; slot < count; slot++) {
    const place = at + (slot << 3);
    const joint = load<f64>(place, MASS) * exp(load<f64>(place, DENSITY) - best);
    store<f64>(place, joint, MASS);
    evidence += joint;
  }
  const scale = (1.0 - hazard) / evidence;
  for (let slot: u32 = 0; slot < count; slot++) grow(at, slot, x, scale);
  const left = mergeLongest(at, count);
  const discarded = addEmpty(at, left, hazard);
  store<f64>(at, -best - ln<f64>(evidence), CHANGE_SURPRISE);
  store<f64>(at, discarded, CHANGE_DISCARDED);
  store<f64>(at, load<f64>(at, CHANGE_LOST) + discarded, CHANGE_LOST);
  store<f64>(at, load<f64>(at, CHANGE_STEPS) + 1, CHANGE_STEPS);
  return summarise(at, 1.0 / (1.0 - discarded));
}

/** ln p(x) of every hypothesis; gives the largest, which the others are taken relative to so that not all vanish. */
function densities(at: usize, count: u32, x: f64): f64 {
  const kappa0 = load<f64>(at, CHANGE_KAPPA);
  const alpha0 = load<f64>(at, CHANGE_ALPHA);
  let best: f64 = -Infinity;
  for (let slot: u32 = 0; slot < count; slot++) {
    const place = at + (slot << 3);
    const run = load<f64>(place, RUN);
    const kappa = kappa0 + run;
    const w = (2.0 * load<f64>(place, BETA) * (kappa + 1.0)) / kappa;
    const d = x - load<f64>(place, MEAN);
    const ratio = load<f64>(place, RATIO);
    const peak = 0.5 * (ln<f64>((ratio * ratio) / w) - LN_PI);
    const density = peak - (alpha0 + 0.5 * run + 0.5) * ln<f64>(1.0 + (d * d) / w);
    store<f64>(place, density, DENSITY);
    best = density > best ? density : best;
  }
  return best;
}

/** One hypothesis takes x; at RUN_MAX the oldest share of what it remembers goes. */
function grow(at: usize, slot: u32, x: f64, scale: f64): void {
  const place = at + (slot << 3);
  const run = load<f64>(place, RUN);
  const kappa = load<f64>(at, CHANGE_KAPPA) + run;
  const alpha = load<f64>(at, CHANGE_ALPHA) + 0.5 * run;
  const d = x - load<f64>(place, MEAN);
  let beta = load<f64>(place, BETA) + (kappa * d * d) / (2.0 * (kappa + 1.0));
  if (run < RUN_MAX) {
    store<f64>(place, run + 1.0, RUN);
    store<f64>(place, alpha / load<f64>(place, RATIO), RATIO);
  } else {
    beta *= alpha / (alpha + 0.5);
  }
  const mass = load<f64>(place, MASS) * scale;
  store<f64>(place, mass > FLOOR ? mass : FLOOR, MASS);
  store<f64>(place, load<f64>(place, MEAN) + d / (kappa + 1.0), MEAN);
  store<f64>(place, beta > FLOOR ? beta : FLOOR, BETA);
}

/** Of two hypotheses at RUN_MAX one stays; gives the number that is left. */
function mergeLongest(at: usize, count: u32): u32 {
  let first = count;
  for (let slot: u32 = 0; slot < count; slot++) {
    const place = at + (slot << 3);
    if (load<f64>(place, RUN) < RUN_MAX) continue;
    if (first == count) {
      first = slot;
      continue;
    }
    const kept = at + (first << 3);
    const both = load<f64>(kept, MASS) + load<f64>(place, MASS);
    if (load<f64>(place, MASS) > load<f64>(kept, MASS)) move(place, kept);
    store<f64>(kept, both, MASS);
    move(at + ((count - 1) << 3), place);
    return count - 1;
  }
  return count;
}
function move(from: usize, to: usize): void {
  for (let column: usize = RUN; column < DENSITY; column += COLUMN) store<f64>(to + column, load<f64>(from + column));
}

/** The hypothesis that a run ends here; where there is no room the least probable one makes it. Gives the mass lost. */
function addEmpty(at: usize, count: u32, hazard: f64): f64 {
  if (count < HYPOTHESES) {
    begin(at, count, hazard);
    store<f64>(at, <f64>(count + 1), CHANGE_COUNT);
    return 0;
  }
  let least: u32 = 0;
  for (let slot: u32 = 1; slot < count; slot++) {
    if (load<f64>(at + (slot << 3), MASS) < load<f64>(at + (least << 3), MASS)) least = slot;
  }
  const lost = load<f64>(at + (least << 3), MASS);
  begin(at, least, hazard);
  return lost;
}

function summarise(at: usize, scale: f64): f64 {
  const count = u32(load<f64>(at, CHANGE_COUNT));
  let recent: f64 = 0;
  let most: f64 = -1;
  let likely: f64 = 0;
  for (let slot: u32 = 0; slot < count; slot++) {
    const place = at + (slot << 3);
    const mass = load<f64>(place, MASS) * scale;
    const run = load<f64>(place, RUN);
    store<f64>(place, mass, MASS);
    if (run < RECENT_RUN) recent += mass;
    if (mass > most) {
      most = mass;
      likely = run;
    }
  }
  store<f64>(at, recent, CHANGE_RECENT);
  store<f64>(at, likely, CHANGE_LIKELY);
  return recent;
}

/** Probability that the latest change lies fewer than `limit` observations back. */
export function runsBelow(at: usize, limit: f64): f64 {
  const count = u32(load<f64>(at, CHANGE_COUNT));
  let below: f64 = 0;
  for (let slot: u32 = 0; slot < count; slot++) {
    const place = at + (slot << 3);
    if (load<f64>(place, RUN) < limit) below += load<f64>(place, MASS);
  }
  return below;
}

/** Batch after changePointInit: row t of `out` is P(r < RECENT_RUN), likeliest run, mass discarded, surprise (4 f64). */
export function changePointColumn(x: usize, count: u32, at: usize, out: usize): void {
  for (let t: u32 = 0; t < count; t++) {
    changePointStep(at, load<f64>(x + (t << 3)));
    const row = out + (t << 5);
    store<f64>(row, load<f64>(at, CHANGE_RECENT));
    store<f64>(row, load<f64>(at, CHANGE_LIKELY), 8);
    store<f64>(row, load<f64>(at, CHANGE_DISCARDED), 16);
    store<f64>(row, load<f64>(at, CHANGE_SURPRISE), 24);
  }
}
