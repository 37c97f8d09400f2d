// The plain twin of assembly/kernels/learning/threshold-learning.ts: one strategy as an object, its rule as it reads. The
// order of every operation is the kernel's, so the numbers are the same to the bit.

interface Counted {
  sum: number;
  total: number;
}
interface Regime {
  quality: number;
  readonly outcomes: Counted;
  changes: number;
}

const Z = 1.6448536269514722;

export class ThresholdTwin {
  /** Other, trending, volatile; a quality of 0 is that of the first. */
  readonly regimes: readonly Regime[] = [0.1, 0, 0].map((quality) => ({ quality, outcomes: none(), changes: 0 }));
  private readonly buckets = Array.from({ length: 8 }, none);
  private readonly gains = none();
  private readonly losses = none();

  outcome(net: number, confidence: number, regime: number, bounded: boolean): void {
    const won = net > 0 ? 1 : 0;
    count(this.regimes[regime]?.outcomes, won);
    count(this.buckets[Math.min(Math.floor(confidence * 8), 7)], won);
    const payoff = won === 1 ? this.gains : this.losses;
    count(payoff, Math.min(Math.abs(net), bounded ? mostOf(payoff) : Infinity));
  }

  beat(): void {
    const even = this.breakEven();
    const base = this.regimes[0]?.quality ?? 0;
    for (const [index, regime] of this.regimes.entries()) {
      this.learn(regime, index === 0 || regime.quality > 0 ? regime.quality : (this.regimes[0]?.quality ?? base), even);
    }
  }

  private breakEven(): number {
    const { gains, losses } = this;
    const loss = losses.sum / Math.max(losses.total, 1);
    if (gains.total < 5 || losses.total < 5 || loss === 0) return 0.5;
    return loss / Math.max(gains.sum / gains.total + loss, 1e-30);
  }

  private learn(regime: Regime, quality: number, even: number): void {
    const { sum, total } = regime.outcomes;
    if (total < 20) return;
    const lowest = this.buckets.findIndex((bucket, index) => quality < (index + 1) / 8 && bucket.total >= 10);
    const highest = this.buckets.findLastIndex(({ total: seen }) => seen >= 10);
    const bucket = this.buckets[lowest];
    if (bucket === undefined) return;
    const size = bucket.total + 2;
    const mean = (bucket.sum + 1) / size;
    const reach = Z * Math.sqrt((mean * (1 - mean)) / (size + 1));
    const success = sum / total;
    const down = success > 0.8 && mean - reach > even && lowest / 8 <= quality + 0.125;
    const up = success < 0.5 && mean + reach < even;
    if (!down && !up) return;
    const next = down ? Math.max(quality * 0.95, 0.01) : Math.min(quality * 1.05, highest / 8);
    if (down ? next >= quality : next <= quality) return;
    regime.quality = next;
    regime.changes += 1;
    Object.assign(regime.outcomes, none());
  }
}

function mostOf({ sum, total }: Counted): number {
  return total < 5 ? 0.1 : Math.max((8 * sum) / total, 0.001);
}

function none(): Counted {
  return { sum: 0, total: 0 };
}

function count(counted: Counted | undefined, value: number): void {
  if (counted === undefined) return;
  if (counted.total >= 200) {
    counted.sum *= 0.5;
    counted.total *= 0.5;
  }
  counted.sum += value;
  counted.total += 1;
}
