// Tapes for tests and benches of the fast path: seeded walks with opens, highs and lows around them.
import { Random } from "../../../src/domain/random.ts";
import { openTape, type Tape } from "../../../src/research/sweep/tape.ts";

export interface WalkOptions {
  readonly seed: number;
  readonly bars: number;
  /** Standard deviation of the change from open to close, a share of the price. */
  readonly sigma?: number;
  /** Prices are rounded to this step, so that equal averages and touched levels happen; 0: not rounded. */
  readonly tick?: number;
}

export function walkTape({ seed, bars, sigma = 0.002, tick = 0 }: WalkOptions): Tape {
  const random = new Random(seed);
  const column = (): Float64Array => new Float64Array(bars);
  const [open, high, low, close] = [column(), column(), column(), column()];
  const rounded = (price: number): number => (tick > 0 ? Math.max(tick, Math.round(price / tick) * tick) : price);
  let price = 100;
  for (let t = 0; t < bars; t++) {
    const first = rounded(price * (1 + 0.3 * sigma * random.normal()));
    const last = rounded(first * (1 + sigma * random.normal()));
    open[t] = first;
    close[t] = last;
    high[t] = rounded(Math.max(first, last) * (1 + sigma * random.next()));
    low[t] = rounded(Math.min(first, last) * (1 - sigma * random.next()));
    price = last;
  }
  const tape = openTape({ open, high, low, close });
  if (!tape.ok) throw new Error(tape.failure);
  return tape.value;
}
