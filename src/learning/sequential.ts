// Which of two did better, looked at after every pair of returns, without ever being wrong more often than ALPHA for all
// that. A test martingale by betting. With d the difference of the two returns in a block of time (blocks.ts) and s2 the
// mean square of all differences before it (at the first, its own),
//
//   z = d / sqrt(d d + REACH REACH s2)           between -1 and 1, nearly straight for differences of a usual size
//   K(side, l) *= 1 + side l z                   for each stake l of STAKES
//   E(side) = mean of K(side, l) over STAKES     begins with 1
//
// Assumed is of two that are equally good that a block's difference is as likely to be d as -d whatever the blocks before
// it were: exchangeable in sign, and nearly independent of them. Then the mean of z is 0 whatever s2 is, and E(side) is a
// martingale that is never negative: the probability that it ever reaches 2 / ALPHA is at most ALPHA / 2 (Ville, 1939). So
// a side is named whose E is there, wrongly with a probability of at most ALPHA, however long and however often somebody
// looks, and however heavy the tails are. It is named only while the sum of all differences is on its side: one that gains
// often and little, and loses seldom and more, is not the better one. Blocks in which the two came to the same are no pair.
// min(1, 2 / greatest such E so far) is a p value that may be read at any time. Only +, -, x, / and sqrt: the same bits
// everywhere. Betting as in Shafer (2021), "Testing by betting"; mixing stakes as in Waudby-Smith & Ramdas (2024),
// "Estimating means of bounded random variables by betting".
export const ALPHA = 0.05;

const STAKES = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 15 / 16];
/** Usual differences up to which one that is twice as large counts nearly twice: gains are weighed against rarer costs. */
const REACH = 4;
/** Nobody needs a larger one, and a larger one would end as infinity. */
const CAPITAL_MAX = 1e100;

/** How far it has come: with it, it goes on elsewhere. Plain data. */
export interface SequentialCourse {
  readonly pairs: number;
  /** Of the differences, and of their squares. */
  readonly sum: number;
  readonly squares: number;
  /** K by side, by stake. */
  readonly better: readonly number[];
  readonly worse: readonly number[];
  /** The greatest E of a side that the sum was on. */
  readonly greatest: number;
  /** 1: the first one does better, -1: the second one; 0: nobody can say. */
  readonly decided: -1 | 0 | 1;
}

export interface Evidence {
  readonly pairs: number;
  /** First less second, per pair. */
  readonly meanDifference: number;
  readonly pValue: number;
  readonly decided: -1 | 0 | 1;
}

export class SequentialTest {
  private pairs = 0;
  private sum = 0;
  private squares = 0;
  private readonly better: number[] = STAKES.map(() => 1);
  private readonly worse: number[] = STAKES.map(() => 1);
  private greatest = 1;
  private decided: -1 | 0 | 1 = 0;

  constructor(course: SequentialCourse | null = null) {
    // Of other stakes it is of another test.
    if (course?.better.length !== STAKES.length) return;
    this.pairs = course.pairs;
    this.sum = course.sum;
    this.squares = course.squares;
    STAKES.forEach((_, index) => {
      this.better[index] = course.better[index] ?? 1;
      this.worse[index] = course.worse[index] ?? 1;
    });
    this.greatest = course.greatest;
    this.decided = course.decided;
  }

  /** Return of the first less that of the second, in one block. Whether it was decided by this. */
  observe(difference: number): boolean {
    if (difference === 0 || !Number.isFinite(difference)) return false;
    const square = difference * difference;
    const scale = this.pairs === 0 ? square : this.squares / this.pairs;
    const z = difference / Math.sqrt(square + REACH * REACH * scale);
    this.pairs++;
    this.sum += difference;
    this.squares += square;
    if (!Number.isFinite(z)) return false; // smaller than numbers can be squared
    const better = bet(this.better, z);
    const worse = bet(this.worse, -z);
    const agreeing = this.sum > 0 ? better : this.sum < 0 ? worse : 0;
    this.greatest = Math.max(this.greatest, agreeing);
    if (this.decided !== 0 || agreeing < 2 / ALPHA) return false;
    this.decided = this.sum > 0 ? 1 : -1;
    return true;
  }

  evidence(): Evidence {
    const { pairs, sum, greatest, decided } = this;
    return { pairs, meanDifference: pairs === 0 ? 0 : sum / pairs, pValue: Math.min(1, 2 / greatest), decided };
  }

  course(): SequentialCourse {
    const { pairs, sum, squares, greatest, decided } = this;
    return { pairs, sum, squares, better: [...this.better], worse: [...this.worse], greatest, decided };
  }
}

function bet(capitals: number[], z: number): number {
  let sum = 0;
  for (let index = 0; index < STAKES.length; index++) {
    const grown = (capitals[index] ?? 1) * (1 + (STAKES[index] ?? 0) * z);
    capitals[index] = Math.min(grown, CAPITAL_MAX);
    sum += grown;
  }
  return sum / STAKES.length;
}
