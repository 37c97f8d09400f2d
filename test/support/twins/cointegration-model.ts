// cointegration_model written out: at every bar everything is computed again from the whole window.
import { johansenTwin, lagsByBicTwin, reversionTwin } from "./cointegration.ts";
import { mean } from "./regression.ts";

export interface ModelParameters {
  readonly window: number;
  readonly entryZ: number;
  readonly exitZ: number;
  readonly stopZ: number;
  readonly stopP: number;
  readonly maxLag: number;
  readonly retestBars: number;
  readonly riskTolerance: number;
}
export const MODEL_DEFAULTS: ModelParameters = {
  window: 250,
  entryZ: 2,
  exitZ: 0.5,
  stopZ: 4,
  stopP: 0.1,
  maxLag: 5,
  retestBars: 60,
  riskTolerance: 0.5,
};

export interface LegSignal {
  readonly side: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly beta: number;
}
export interface Bar {
  readonly z: number;
  readonly p: number;
  readonly slope: number;
  readonly tau: number;
  readonly halfLife: number;
  readonly rank: number;
  readonly event: "none" | "enter" | "leave";
  readonly confidence: number;
  readonly legs: readonly LegSignal[];
}

const SILENT: Bar = {
  z: Number.NaN,
  p: Number.NaN,
  slope: Number.NaN,
  tau: Number.NaN,
  halfLife: Number.NaN,
  rank: -1,
  event: "none",
  confidence: 0,
  legs: [],
};
const TRACE: Readonly<Record<number, readonly [number, number]>> = {
  1: [3.8415, 6.6349],
  2: [15.4943, 19.9349],
  3: [29.7961, 35.4628],
};

/** By Simpson's rule: slow and obvious. */
export function normalTwin(z: number): number {
  const pieces = 2000;
  const step = z / pieces;
  const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  let sum = 0;
  for (let k = 0; k <= pieces; k++) sum += density(k * step) * (k === 0 || k === pieces ? 1 : k % 2 === 1 ? 4 : 2);
  return 0.5 + (sum * step) / 3;
}
function pValue(t: number): number {
  if (t > 2.74) return 1;
  if (t < -18.83) return 0;
  const power = t <= -1.61 ? [2.1659, 1.4412, 0.038269] : [1.7339, 0.93202, -0.12745, -0.010368];
  return normalTwin(power.reduce((sum, coefficient, k) => sum + coefficient * t ** k, 0));
}
const clamp = (x: number): number => Math.min(1, Math.max(0, x));

/** `prices`: legs x bars, sampled; `group`: its number, which sets its tests apart from others'. */
export function modelTwin(prices: readonly (readonly number[])[], parameters: ModelParameters, group: number): Bar[] {
  const { window, retestBars } = parameters;
  const legs = prices.length;
  const bars: Bar[] = [];
  let beta: readonly number[] = [];
  let [rank, trace, due, tests] = [-1, 0, 0, 0];
  let position = { side: 0, opened: 0, halfLife: 0 };
  let armed = true;
  for (let count = 1; count <= (prices[0]?.length ?? 0); count++) {
    let bar: Bar = { ...SILENT, rank };
    if (count >= window) {
      const logs = prices.map((path) => path.slice(count - window, count).map(Math.log));
      if (count >= due) {
        const test = johansenTwin(logs, 0, lagsByBicTwin(logs, parameters.maxLag));
        rank = test.trace.findIndex((value, r) => !(value > (TRACE[legs - r]?.[0] ?? Infinity)));
        if (rank < 0) rank = legs;
        trace = test.trace[0] ?? 0;
        if (position.side === 0) beta = test.beta;
        tests++;
        due = count + retestBars - (tests === 1 ? group % retestBars : 0);
      }
      const spread =
        logs[0]?.map((_, t) => logs.reduce((sum, path, leg) => sum + (beta[leg] ?? 0) * (path[t] ?? 0), 0)) ?? [];
      const level = mean(spread);
      const fit = reversionTwin(spread.map((value) => value - level));
      const reverts = fit.slope < 0 && fit.slope > -2;
      const known = reverts && (rank >= 1 || position.side !== 0);
      const z = known ? ((spread[window - 1] ?? 0) - level - fit.mean) / fit.sigma : Number.NaN;
      bar = { ...bar, z, p: pValue(fit.tau), slope: fit.slope, tau: fit.tau, halfLife: fit.halfLife, rank };
      if (position.side !== 0) {
        const distance = -position.side * z;
        const stopped =
          !reverts ||
          distance >= parameters.stopZ ||
          bar.p > parameters.stopP ||
          fit.halfLife > 2 * position.halfLife ||
          count - position.opened >= 3 * position.halfLife;
        if (stopped || distance <= parameters.exitZ) {
          bar = { ...bar, event: "leave" };
          position = { side: 0, opened: 0, halfLife: 0 };
          armed = !stopped;
        }
      } else if (reverts) {
        if (Math.abs(z) < parameters.entryZ) armed = true;
        const signal = armed && rank >= 1 ? enter(prices, count, beta, fit.sigma, trace, bar, parameters) : null;
        if (signal) {
          bar = { ...bar, ...signal, event: "enter" };
          position = { side: z > 0 ? -1 : 1, opened: count, halfLife: fit.halfLife };
        }
      }
    }
    bars.push(bar);
  }
  return bars;
}

function enter(
  prices: readonly (readonly number[])[],
  count: number,
  beta: readonly number[],
  sigma: number,
  trace: number,
  { z, p, halfLife }: Bar,
  parameters: ModelParameters,
): { confidence: number; legs: readonly LegSignal[] } | null {
  const size = Math.abs(z);
  const quarter = parameters.window / 4;
  if (size < parameters.entryZ || size >= parameters.stopZ || p > parameters.stopP) return null;
  if (halfLife < 1 || halfLife > quarter) return null;
  const [c95, c99] = TRACE[prices.length] ?? [Infinity, Infinity];
  const evidence = clamp((trace - c95) / (c99 - c95) + 0.25);
  const confidence = Math.min(0.9, (2 * normalTwin(size) - 1) * evidence * clamp(1 - halfLife / quarter));
  const reach = 0.5 + parameters.riskTolerance;
  const legs = prices.map((path, leg) => {
    const entry = path[count - 1] ?? Number.NaN;
    const share = beta[leg] ?? 0;
    const price = (at: number): number => entry * Math.exp((reach * sigma * (Math.sign(z) * at - z)) / share);
    return {
      side: -Math.sign(z * share),
      entry,
      stop: price(parameters.stopZ),
      target: price(parameters.exitZ),
      beta: share,
    };
  });
  const worthIt = ({ entry, stop, target, beta: share }: LegSignal): boolean =>
    Math.abs(share) >= 0.01 &&
    confidence >= 0.1 &&
    (confidence * Math.abs(target - entry)) / Math.abs(entry - stop) - (1 - confidence) >= 0.05;
  return legs.every(worthIt) ? { confidence, legs } : null;
}
