// Bars of a market with a planted truth: while volume surges the price drifts upwards, else as much downwards that buying and
// holding gains nothing. All else is noise; without an edge, surges mean nothing. An edge may end at a bar.
import type { Bars } from "../../../src/learning/models.ts";
import { Random } from "../random.ts";

export interface SurgeMarket {
  readonly seed: number;
  readonly bars: number;
  /** Drift of a bar within a surge, in deviations of a bar. */
  readonly edge: number;
  /** Bar from which on there is no edge any more. */
  readonly until?: number;
  readonly barMs?: number;
}

const SIGMA = 0.002;
/** Chance of a bar that a surge begins, and that it ends: a sixth of all bars lies in one. */
const BEGINS = 0.02;
const ENDS = 0.1;
const START = 1_735_689_600_000_000;

export function surgeMarket({ seed, bars, edge, until = Infinity, barMs = 60_000 }: SurgeMarket): Bars {
  const random = new Random(seed);
  const columns = [0, 0, 0, 0, 0, 0].map(() => new Float64Array(bars));
  const [time, open, high, low, close, volume] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let price = 100;
  let surges = false;
  for (let bar = 0; bar < bars; bar++) {
    surges = random.next() < (surges ? 1 - ENDS : BEGINS);
    const drift = bar < until ? (surges ? 1 : -BEGINS / ENDS) * edge * SIGMA : 0;
    const end = price * (1 + drift + SIGMA * random.normal());
    time[bar] = START + (bar + 1) * barMs * 1_000;
    open[bar] = price;
    close[bar] = end;
    high[bar] = Math.max(price, end) * (1 + 0.3 * SIGMA * Math.abs(random.normal()));
    low[bar] = Math.min(price, end) * (1 - 0.3 * SIGMA * Math.abs(random.normal()));
    volume[bar] = (surges ? 4 : 1) * random.between(50, 150);
    price = end;
  }
  return { time, open, high, low, close, volume };
}
