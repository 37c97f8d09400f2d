// adaptive_quote written out plainly over a whole tape, for comparison with the kernel.
export interface BookTick {
  readonly us: number;
  readonly bid: number;
  readonly ask: number;
}
export interface Print {
  readonly us: number;
  readonly price: number;
}
export interface Fit {
  readonly a: number;
  readonly k: number;
  readonly r2: number;
}

/** Least squares of ln(reaches at or beyond j widths / seconds) on distance, j from 1 to the last bucket that was reached. */
export function fitTwin(reaches: readonly number[], width: number, seconds: number, buckets = 24): Fit | null {
  const points: [number, number][] = [];
  for (let bucket = 1; bucket < buckets; bucket++) {
    const beyond = reaches.filter((reach) => reach / width >= bucket).length;
    if (beyond === 0) break;
    points.push([bucket * width, Math.log(beyond / seconds)]);
  }
  if (points.length < 3) return null;
  const mean = (pick: (point: [number, number]) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)];
  const sum = (pick: (x: number, y: number) => number): number =>
    points.reduce((total, [x, y]) => total + pick(x - mx, y - my), 0);
  const [xx, xy, yy] = [sum((x) => x * x), sum((x, y) => x * y), sum((_, y) => y * y)];
  return { a: Math.exp(my - (xy / xx) * mx), k: -xy / xx, r2: (xy * xy) / (xx * yy) };
}

/** Variance of the mid per second over a memory of at most ten minutes. */
export function varianceTwin(ticks: readonly BookTick[]): number {
  let variance = 0;
  let elapsed = 0;
  ticks.forEach((tick, index) => {
    const before = ticks[index - 1];
    if (!before) return;
    const dt = (tick.us - before.us) / 1e6;
    const move = (tick.bid + tick.ask - before.bid - before.ask) / 2;
    const memory = Math.min(elapsed, 600);
    variance = (variance * memory + move * move) / Math.max(memory + dt, 1e-6);
    elapsed += dt;
  });
  return variance;
}

/** Half-spread and skew per lot, price units (Gueant-Lehalle-Fernandez-Tapia with xi = gamma and a step of one second). */
export function glftTwin(fit: Fit, variance: number, gamma: number, tick: number): { half: number; skew: number } {
  const k = fit.k * tick;
  const sigma = Math.sqrt(variance) / tick;
  const c1 = Math.log1p(gamma / k) / gamma;
  const c2 = Math.sqrt((gamma / (2 * fit.a * k)) * (1 + gamma / k) ** (k / gamma + 1));
  return { half: (c1 + (sigma * c2) / 2) * tick, skew: sigma * c2 * tick };
}
