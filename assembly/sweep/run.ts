// A span of bars for many parameter sets of one rule: at one f64 (the reference), two f64, or four f32 (a pre-screen, whose
// finalists are run again in f64). Constant work per bar and set. Any thread over an arena of its own; the tape is only
// read. `job` is laid out in sweep-layout.ts; sets [0, sets) with `sets` padded to a multiple of 4.
import { account, Signals, Stops } from "./account";
import { channelSides, crossingSides, crossSides, momentumSides } from "./sides";
import { single } from "./single";
import { SWEEP_DONCHIAN, SWEEP_MA_CROSS, SWEEP_MA_MOMENTUM, SWEEP_MA_STOP } from "./sweep-layout";
import { lanes } from "./width";

export function sweepScalar(rule: u32, job: usize, first: u32, last: u32): void {
  run<f64, f64, bool>(rule, job, first, last);
}
export function sweepLanes(rule: u32, job: usize, first: u32, last: u32): void {
  run<v128, f64, v128>(rule, job, first, last);
}
export function sweepQuick(rule: u32, job: usize, first: u32, last: u32): void {
  run<v128, f32, v128>(rule, job, first, last);
}

function run<T, E, C>(rule: u32, job: usize, first: u32, last: u32): void {
  for (let set = first; set < last; set += lanes<T, E>()) {
    const averages = rule == SWEEP_MA_CROSS || rule == SWEEP_MA_MOMENTUM;
    if (lanes<T, E>() == 2 && set + 1 == last && averages) single(job, set, rule == SWEEP_MA_MOMENTUM);
    else together<T, E, C>(rule, job, set);
  }
}

function together<T, E, C>(rule: u32, job: usize, set: u32): void {
  if (rule == SWEEP_MA_CROSS) crossSides<T, E, C>(job, set);
  else if (rule == SWEEP_MA_MOMENTUM) momentumSides<T, E, C>(job, set);
  else if (rule == SWEEP_DONCHIAN) channelSides<T, E, C>(job, set);
  else crossingSides<T, E, C>(job, set);
  if (rule == SWEEP_MA_STOP) account<T, E, C, Stops>(job, set);
  else account<T, E, C, Signals>(job, set);
}
