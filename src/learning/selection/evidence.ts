// What the outcomes of one strategy prove. Outcomes go in one by one; nothing of them is kept but sums.
//
// Outcomes of trades that overlap, or close in one minute, follow the same moves of the market, so they are one bet: their
// mean. An outcome belongs to the bet at hand if it opened before the first of that closed, or closed within a minute of
// it; the first that does not ends the bet, which counts from then on. Below, an outcome is such a bet.
// Proof that the mean is above 0, which may be looked for at any time: somebody who bets a share of his wealth on each
// outcome, x = net in units of the deviation before it, multiplies it by 1 + share * x. While the mean is not above 0, the
// wealth passes 1/a with a chance of at most a, however often one looks (Ville's inequality), for any distribution whose
// losses stay within 8 deviations; gains count to 8 deviations at most, losses in full. The wealth is the mean of three
// bettors. The first 10 outcomes only give the deviation.
// What is so now: outcomes weigh half as much after 100 further ones; mean and deviation by these weights, with a prior of
// 4 outcomes of mean 0, and a Student-t interval of 95 %. A strategy is proven once the wealth passes what is asked, and
// until the interval reaches 0. Then the proof begins anew with nothing, and more is asked: (1 + lost proofs) squared.
// No logarithm or exponential: the same outcomes give the same bits. Units: shares of the entry price. Any thread.

/** 2 ** (-1/100). */
const KEEP = 0.993_092_495_437_036;
const BETS = [1 / 8, 1 / 16, 1 / 32] as const;
const GAIN_MAX = 8;
const WEALTH_MIN = 1e-12;
const WEALTH_MAX = 1e12;
const SCALE_FROM = 10;
const PRIOR = 4;
const NORMAL_95 = 1.959_963_984_540_054;
const TOGETHER_US = 60_000_000;

export interface EvidenceState {
  readonly count: number;
  readonly wins: number;
  readonly total: number;
  /** Sums by weight: 1, its square, net, net squared, and the mean square of the outcomes in each. */
  readonly sums: readonly [number, number, number, number, number];
  readonly wealth: readonly number[];
  readonly proven: boolean;
  readonly lost: number;
  /** Outcomes that are one, as long as further ones may belong to it; null: none. */
  readonly open: Together | null;
}
interface Together {
  /** When the first of them closed, microseconds. */
  readonly closedAt: number;
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}
type Changing = { -readonly [K in keyof Together]: Together[K] };
const NOTHING: EvidenceState = {
  count: 0,
  wins: 0,
  total: 0,
  sums: [0, 0, 0, 0, 0],
  wealth: BETS.map(() => 1),
  proven: false,
  lost: 0,
  open: null,
};

/** Times in microseconds. */
export interface Ended {
  readonly net: number;
  readonly openedAt: number;
  readonly closedAt: number;
}

export interface Estimate {
  /** Outcomes in all; those that are one count once, when it is over. */
  readonly samples: number;
  readonly winRate: number;
  /** Of all outcomes. */
  readonly meanAll: number;
  /** As it is now, by weight, with its interval. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** What a single outcome usually comes to, win or loss: the root of the mean square, by weight. */
  readonly usual: number;
  /** How many outcomes the weights come to. */
  readonly effective: number;
  /** Of the bettors. */
  readonly wealth: number;
  readonly proven: boolean;
}

export class Evidence {
  /** But for what is open, which changes with every outcome. */
  private now: EvidenceState;
  private open: Changing | null;

  constructor(state: EvidenceState = NOTHING) {
    this.now = state;
    this.open = state.open && { ...state.open };
  }

  /** An outcome; `asked` is the wealth that proves. A number that is none is nothing. */
  take({ net, openedAt, closedAt }: Ended, asked: number, samplesMin: number): void {
    if (!Number.isFinite(net)) return;
    const { open } = this;
    if (open !== null && (openedAt < open.closedAt || closedAt - open.closedAt < TOGETHER_US)) {
      open.count += 1;
      open.sum += net;
      open.squares += net * net;
      return;
    }
    if (open !== null) this.settle(open, asked, samplesMin);
    this.open = { closedAt, count: 1, sum: net, squares: net * net };
  }

  private settle(over: Together, asked: number, samplesMin: number): void {
    const net = over.sum / over.count;
    const { count, wins, total, sums, proven, lost, open } = this.now;
    const wealth = this.bet(net);
    const [weight, squares, sum, sumSquares, within] = sums;
    this.now = {
      open,
      count: count + 1,
      wins: wins + (net > 0 ? 1 : 0),
      total: total + net,
      sums: [
        weight * KEEP + 1,
        squares * KEEP * KEEP + 1,
        sum * KEEP + net,
        sumSquares * KEEP + net * net,
        within * KEEP + over.squares / over.count,
      ],
      wealth,
      proven,
      lost,
    };
    this.judge(asked, samplesMin);
  }

  state(): EvidenceState {
    return { ...this.now, open: this.open && { ...this.open } };
  }

  get proven(): boolean {
    return this.now.proven;
  }

  estimate(): Estimate {
    const { count, wins, total, sums, proven } = this.now;
    const [weight, squares, sum, sumSquares, within] = sums;
    const effective = squares > 0 ? (weight * weight) / squares : 0;
    const raw = weight > 0 ? sum / weight : 0;
    const variance = weight > 0 ? Math.max(0, sumSquares / weight - raw * raw) : 0;
    const mean = (effective * raw) / (effective + PRIOR);
    // The prior has the deviation of the outcomes: what it adds is the distance between its mean and theirs.
    const spread = variance + (PRIOR * raw * raw) / (effective + PRIOR);
    const freedom = Math.max(1, effective);
    const quantile = NORMAL_95 + (NORMAL_95 * NORMAL_95 * NORMAL_95 + NORMAL_95) / (4 * freedom);
    const reach = quantile * Math.sqrt(spread / (effective + PRIOR));
    return {
      samples: count,
      winRate: count > 0 ? wins / count : 0,
      meanAll: count > 0 ? total / count : 0,
      mean,
      low: mean - reach,
      high: mean + reach,
      usual: weight > 0 ? Math.sqrt(within / weight) : 0,
      effective,
      wealth: this.wealth(),
      proven,
    };
  }

  private wealth(): number {
    return this.now.wealth.reduce((sum, each) => sum + each, 0) / BETS.length;
  }

  private bet(net: number): readonly number[] {
    const { count, wealth, sums } = this.now;
    const [weight, , sum, sumSquares] = sums;
    if (count < SCALE_FROM) return wealth;
    const mean = sum / weight;
    const deviation = Math.sqrt(Math.max(0, sumSquares / weight - mean * mean));
    // Outcomes that were all the same say nothing of how far the next one may lie away.
    const scale = deviation > 0 ? deviation : Math.abs(mean);
    if (!(scale > 0)) return wealth;
    const x = Math.min(GAIN_MAX, net / scale);
    return wealth.map((before, row) => {
      const factor = Math.max(0, 1 + (BETS[row] ?? 0) * x);
      return Math.min(WEALTH_MAX, Math.max(WEALTH_MIN, before * factor));
    });
  }

  private judge(asked: number, samplesMin: number): void {
    const { count, lost, proven } = this.now;
    const { low } = this.estimate();
    if (proven) {
      if (low <= 0) this.now = { ...this.now, proven: false, lost: lost + 1, wealth: BETS.map(() => 1) };
      return;
    }
    const enough = asked * (1 + lost) * (1 + lost);
    if (count >= samplesMin && low > 0 && this.wealth() >= enough) this.now = { ...this.now, proven: true };
  }
}
