// Shares of capital among arms whose payoffs are all seen afterwards: multiplicative weights, with and without forgetting.
//
// A row has a rate eta, and for each arm a weight w that is multiplied by 1 + eta * r in each round, r = x[i] - x[played].
// The share of an arm is proportional to the sum over the rows of eta * w. Lasting rows forget nothing, one for each rate
// of a grid; sharing rows then give a part of all that they hold to all arms alike, so that no arm ever is far from coming
// back when another one decays.
//
// Bounds. Payoffs x lie in 0..1, so |r| <= 1, and eta <= 1/2. What is played is the mean of x by the shares, hence the sum
// of eta * w * r is 0 in each round, and the sum of all w stays arms * ROWS. So ln(w) <= ln(arms * ROWS) for each of them,
// and with ln(1 + z) >= z - z * z for z >= -1/2, for any payoffs whatever:
//   regret against an arm        <= ln(arms * ROWS) / eta + eta * squares          for each lasting row,
//   ... against arms that change <= (ln(arms * ROWS) + changes * ln(arms / part) - rounds * ln(1 - part)) / eta
//                                   + eta * squares                                for each sharing row,
// where squares is the sum of r * r, at most the number of rounds. With the rate that fits the first is of the order
// sqrt(rounds * ln(arms)) for up to ln(arms * ROWS) * 2^24 rounds.
// After Cesa-Bianchi, Mansour & Stoltz (2007), "Improved second-order bounds for prediction with expert advice", and
// Herbster & Warmuth (1998), "Tracking the best expert".
//
// Only sums, products and divisions, in one order: the same payoffs give the same bits anywhere. Any thread.

interface Row {
  readonly rate: number;
  /** What is shared in each round. */
  readonly part: number;
}
const LASTING: readonly Row[] = Array.from({ length: 12 }, (_, row) => ({ rate: 1 / 2 ** (row + 1), part: 0 }));
const SHARING: readonly Row[] = [1 / 32, 1 / 256, 1 / 2048].flatMap((part) => [
  { rate: 1 / 2, part },
  { rate: 1 / 8, part },
]);
const ROWS: readonly Row[] = [...LASTING, ...SHARING];
const NO_ROW: Row = { rate: 0, part: 0 };
/** So that an arm that lost everything can come back; what this adds to the sum of all weights is nothing. */
const WEIGHT_MIN = 1e-280;

export interface ProdState {
  readonly rounds: number;
  /** By row, then by arm. */
  readonly weights: readonly (readonly number[])[];
}

export class Prod {
  private weights: Float64Array[];
  /** Shares before they are made to add up to 1, of the round at hand. */
  private mixed = new Float64Array(0);
  rounds: number;

  constructor(arms: number, state: ProdState | null = null) {
    this.rounds = state?.rounds ?? 0;
    this.weights = ROWS.map((_, row) =>
      Float64Array.from(state?.weights[row] ?? Array.from({ length: arms }, () => 1)),
    );
  }

  get arms(): number {
    return this.weights[0]?.length ?? 0;
  }

  /** A further arm, which begins as every other did. */
  join(): void {
    this.weights = this.weights.map((weights) => Float64Array.from([...weights, 1]));
  }

  /** They add up to 1. */
  shares(): Float64Array {
    const total = this.mix();
    return this.mixed.map((share) => share / total);
  }

  /** What every arm came to, in 0..1, in the order of the arms. Returns what the shares before it came to. */
  round(payoffs: ArrayLike<number>): number {
    const total = this.mix();
    const arms = this.arms;
    let earned = 0;
    for (let arm = 0; arm < arms; arm++) earned += (this.mixed[arm] ?? 0) * (payoffs[arm] ?? 0);
    const played = earned / total;
    for (let row = 0; row < ROWS.length; row++) {
      const { rate, part } = ROWS[row] ?? NO_ROW;
      const weights = this.weights[row] ?? this.mixed;
      let sum = 0;
      for (let arm = 0; arm < arms; arm++) {
        const weight = (weights[arm] ?? 0) * (1 + rate * ((payoffs[arm] ?? 0) - played));
        sum += weights[arm] = weight > WEIGHT_MIN ? weight : WEIGHT_MIN;
      }
      if (part === 0) continue;
      const given = (part * sum) / arms;
      for (let arm = 0; arm < arms; arm++) weights[arm] = (1 - part) * (weights[arm] ?? 0) + given;
    }
    this.rounds++;
    return played;
  }

  /** Into `mixed`; returns its sum. */
  private mix(): number {
    if (this.mixed.length === this.arms) this.mixed.fill(0);
    else this.mixed = new Float64Array(this.arms);
    let total = 0;
    for (let row = 0; row < ROWS.length; row++) {
      const { rate } = ROWS[row] ?? NO_ROW;
      const weights = this.weights[row] ?? this.mixed;
      for (let arm = 0; arm < weights.length; arm++) {
        const part = rate * (weights[arm] ?? 0);
        this.mixed[arm] = (this.mixed[arm] ?? 0) + part;
        total += part;
      }
    }
    return total;
  }

  state(): ProdState {
    return { rounds: this.rounds, weights: this.weights.map((row) => [...row]) };
  }
}

/**
 * What regret cannot pass, in payoffs of 0..1, against the arm that was best over `rounds`, or against arms of which the
 * one changes to the next `changes` times. `squares`: the sum of the squared differences to them, at most `rounds`.
 * To be told, not to decide by: it takes logarithms.
 */
export function regretBound(arms: number, rounds: number, squares = rounds, changes = 0): number {
  const mass = Math.log(arms * ROWS.length);
  const bounds = (changes > 0 ? SHARING : ROWS).map(({ rate, part }) => {
    const changing = part > 0 ? changes * Math.log(arms / part) - rounds * Math.log(1 - part) : 0;
    return (mass + changing) / rate + rate * squares;
  });
  return Math.min(...bounds);
}
