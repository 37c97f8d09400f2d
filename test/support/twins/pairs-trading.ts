// pairs_trading written out: the gate and the filter run over whole stretches of prices, matrices are written out, and
// the rules are read off their rows bar by bar.
import { dickeyFullerTwin, lineTwin, steps } from "./cointegration.ts";
import { normalTwin } from "./cointegration-model.ts";
import { kalmanTwin, type KalmanRow } from "./filters.ts";
import { mean, regress } from "./regression.ts";

export interface PairParameters {
  readonly window: number;
  readonly entryZ: number;
  readonly exitZ: number;
  readonly stopZ: number;
  readonly delta: number;
  readonly variance: number;
  readonly regateBars: number;
  readonly maxLag: number;
  readonly rehedge: number;
  readonly gapBars: number;
  readonly riskTolerance: number;
}
export const PAIR_DEFAULTS: PairParameters = {
  window: 250,
  entryZ: 2,
  exitZ: 0.5,
  stopZ: 4,
  delta: 1e-4,
  variance: 1e-3,
  regateBars: 86_400,
  maxLag: 5,
  rehedge: 0.1,
  gapBars: 60,
  riskTolerance: 0.5,
};

export interface PairLeg {
  /** 1 buys, -1 sells. */
  readonly side: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly weight: number;
}
export interface PairBar {
  readonly z: number;
  /** Between log prices. */
  readonly beta: number;
  readonly p: number;
  readonly passed: boolean;
  readonly event: "none" | "enter" | "leave" | "hedge";
  /** Why it left, or what kept it from entering beyond entry_z; empty: nothing to tell. */
  readonly reason: "" | "stop" | "silent" | "beta" | "exit" | "gate" | "armed" | "far" | "worth";
  readonly confidence: number;
  readonly legs: readonly PairLeg[];
}

/** What the last gate has found. */
export interface Gate {
  readonly t: number;
  readonly p: number;
  readonly passed: boolean;
  /** Leg that is y. */
  readonly y: number;
  readonly deviations: readonly number[];
}
interface Stretch extends Gate {
  /** Filter rows from bar `first` on. */
  readonly first: number;
  readonly rows: readonly KalmanRow[];
}
interface Position {
  readonly side: number;
  readonly hedge: number;
  readonly confidence: number;
}

/** Lags of least AIC, every number of lags judged on the rows that the largest one leaves. */
export function lagsByAicTwin(x: readonly number[], maxLag: number): number {
  const moves = steps(x);
  const rows = moves.length - maxLag;
  let [best, chosen] = [Infinity, 0];
  for (let lags = 0; lags <= maxLag; lags++) {
    const level = x.slice(maxLag, maxLag + rows);
    const lagged = Array.from({ length: lags }, (_, k) => moves.slice(maxLag - 1 - k, maxLag - 1 - k + rows));
    const { rest } = regress(moves.slice(maxLag), [level, ...lagged]);
    const criterion = rows * Math.log(rest / rows) + 2 * lags;
    if (criterion < best) [best, chosen] = [criterion, lags];
  }
  return chosen;
}

/** Distribution of the statistic for two series with constant. */
export function pairP(t: number): number {
  if (t > 0.92) return 1;
  if (t < -18.86) return 0;
  const power = t <= -2.62 ? [2.92, 1.5012, 0.039796] : [2.1945, 0.64695, -0.29198, -0.042377];
  return normalTwin(power.reduce((sum, coefficient, k) => sum + coefficient * t ** k, 0));
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** The gate on two columns of log prices. */
export function gateTwin(logs: readonly (readonly number[])[], maxLag: number): Gate {
  const [first = [], second = []] = logs;
  const statistic = (y: readonly number[], x: readonly number[]): number => {
    const { residuals } = lineTwin(y, x);
    return dickeyFullerTwin(residuals, lagsByAicTwin(residuals, maxLag), -1);
  };
  const [straight, crossed] = [statistic(first, second), statistic(second, first)];
  const t = Math.min(straight, crossed);
  const n = first.length - 1;
  const passed = t < -3.33613 - 6.1101 / n - 6.823 / n ** 2;
  return { t, p: pairP(t), passed, y: crossed < straight ? 1 : 0, deviations: logs.map(deviation) };
}

/** `prices`: two legs x bars; `ticked`: whether a leg ticked in a bar (else its price is that of the bar before). */
export function pairTwin(
  prices: readonly (readonly number[])[],
  parameters: PairParameters,
  ticked: (leg: number, bar: number) => boolean = () => true,
): PairBar[] {
  const { window, entryZ, exitZ, stopZ } = parameters;
  const logs = prices.map((path) => path.map(Math.log));
  const bars: PairBar[] = [];
  let stretch: Stretch | null = null;
  let position: Position | null = null;
  let [due, armed] = [0, true];
  const silent = [0, 0];
  for (let bar = 0; bar < (logs[0]?.length ?? 0); bar++) {
    for (const leg of [0, 1]) silent[leg] = ticked(leg, bar) ? 0 : (silent[leg] ?? 0) + 1;
    if (bar >= due && position === null && turn(bar + 1 - window, parameters)) {
      stretch = runGate(logs, bar, parameters);
      due = bar + parameters.regateBars;
    }
    if (stretch === null) {
      bars.push({ z: 0, beta: 0, p: 1, passed: false, event: "none", reason: "", confidence: 0, legs: [] });
      continue;
    }
    const row = stretch.rows[bar - stretch.first] ?? { beta: 0, alpha: 0, error: 0, variance: 1 };
    const z = row.error / Math.sqrt(row.variance);
    const [sy = 1, sx = 1] = stretch.y === 0 ? stretch.deviations : stretch.deviations.toReversed();
    const beta = (row.beta * sy) / sx;
    const { p, passed } = stretch;
    const mismatch = silent.some((bars_) => bars_ > parameters.gapBars);
    let found: PairBar = { z, beta, p, passed, event: "none", reason: "", confidence: 0, legs: [] };
    const last = prices.map((path) => path[bar] ?? Number.NaN);
    if (position !== null) {
      const { side, hedge, confidence }: Position = position;
      const reason =
        Math.abs(z) > stopZ ? "stop" : mismatch ? "silent" : row.beta * Math.sign(hedge) < 0.01 ? "beta" : "exit";
      if (reason !== "exit" || -side * z <= exitZ) {
        armed = reason !== "stop";
        position = null;
        found = { ...found, event: "leave", reason };
      } else if (Math.abs(row.beta - hedge) > parameters.rehedge * Math.abs(hedge)) {
        position = { side, hedge: row.beta, confidence };
        found = { ...found, event: "hedge", confidence, legs: legsOf(last, stretch, row, side, parameters) };
      }
    } else {
      if (Math.abs(z) < entryZ) armed = true;
      const beyond = Math.abs(z) > entryZ;
      const reason = !passed ? "gate" : !armed ? "armed" : Math.abs(z) >= stopZ ? "far" : mismatch ? "silent" : "beta";
      if (beyond && reason === "beta" && Math.abs(row.beta) >= 0.01) {
        const side = z > 0 ? -1 : 1;
        const confidence = Math.min(0.9, (2 * normalTwin(Math.abs(z)) - 1) * Math.max(0, 1 - p / 0.1));
        const legs = legsOf(last, stretch, row, side, parameters);
        if (legs.every((leg) => worthIt(leg, confidence))) {
          position = { side, hedge: row.beta, confidence };
          found = { ...found, event: "enter", confidence, legs };
        } else found = { ...found, reason: "worth" };
      } else if (beyond) found = { ...found, reason };
    }
    bars.push(found);
  }
  return bars;
}

/** Gates come in a cycle of bars, which begins when the window is full; a group alone has the first bar of each. */
function turn(over: number, { regateBars }: PairParameters): boolean {
  return over >= 0 && over % Math.min(256, regateBars) === 0;
}

/** The gate on the window that ends with `bar`, and the filter from its first bar to the end of all prices. */
function runGate(logs: readonly (readonly number[])[], bar: number, parameters: PairParameters): Stretch {
  const first = bar + 1 - parameters.window;
  const gate = gateTwin(
    logs.map((path) => path.slice(first, bar + 1)),
    parameters.maxLag,
  );
  const standard = logs.map((path, leg) => {
    const centre = mean(path.slice(first, bar + 1));
    return path.slice(first).map((value) => (value - centre) / (gate.deviations[leg] ?? 1));
  });
  const [y = [], x = []] = gate.y === 0 ? standard : standard.toReversed();
  return { ...gate, first, rows: kalmanTwin(y, x, parameters.delta / (1 - parameters.delta), parameters.variance) };
}

/** In the order of the legs: price at which z would reach the bound if this leg alone moved. */
function legsOf(
  prices: readonly number[],
  { y, deviations }: Stretch,
  row: KalmanRow,
  side: number,
  parameters: PairParameters,
): PairLeg[] {
  const root = Math.sqrt(row.variance);
  const z = row.error / root;
  const [sy = 1, sx = 1] = y === 0 ? deviations : deviations.toReversed();
  const ratio = (row.beta * sy) / sx;
  return prices.map((entry, leg) => {
    const slope = leg === y ? 1 : -row.beta; // of e in this leg's standardised log price
    const reach = 0.5 + parameters.riskTolerance;
    const price = (bound: number): number =>
      entry * Math.exp((reach * (-side * bound - z) * root * (deviations[leg] ?? 1)) / slope);
    return {
      side: Math.sign(side * slope),
      entry,
      stop: price(parameters.stopZ),
      target: price(parameters.exitZ),
      weight: leg === y ? 1 : -ratio,
    };
  });
}
function worthIt({ entry, stop, target }: PairLeg, confidence: number): boolean {
  const reward = Math.abs(target - entry) / Math.abs(entry - stop);
  return confidence >= 0.1 && confidence * reward - (1 - confidence) >= 0.05;
}
