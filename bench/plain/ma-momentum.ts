// Moving averages and momentum over a whole tape as careful plain JavaScript: typed arrays, averages that runs may share,
// one pass that decides and keeps the account in local numbers, and a book that only trades touch. The same arithmetic in
// the same order as assembly/sweep/, so that every figure is equal to the last bit.
// Prices above 0, money in the unit of the capital.
import type { SetResult } from "../../src/research/sweep/set-result.ts";
import type { Tape } from "../../src/research/sweep/tape.ts";

export interface MaMomentumSet {
  readonly fast: number;
  readonly slow: number;
  readonly momentum: number;
  /** 1: short where the rule points down, 0: flat. */
  readonly short: number;
  /** Share of the value of each fill. */
  readonly fee: number;
}

/** Averages of the closes by their length, for all sets over one tape. */
export type Averages = ReadonlyMap<number, Float64Array>;

/** Returns are summed by spans of so many bars. */
const SPAN = 1024;

export function plainMaMomentum(tape: Tape, set: MaMomentumSet, capital: number, averages: Averages): SetResult {
  const [fastMean, slowMean] = [averages.get(set.fast), averages.get(set.slow)];
  if (fastMean === undefined || slowMean === undefined) throw new Error("an average is missing");
  const { bars, open, close } = tape;
  const below = set.short === 1 ? -1 : 0;
  const first = Math.max(set.slow - 1, set.momentum);
  const book = new Book(set.fee, capital);
  let [cash, units, entry, side, filled] = [capital, 0, 0, 0, 0];
  let [before, peak, kept, returns, squares, losses] = [capital, capital, 1, 0, 0, 0];
  for (let start = 0; start < bars; start += SPAN) {
    const end = Math.min(bars, start + SPAN);
    let [sum, squared, lost] = [0, 0, 0];
    for (let t = start; t < end; t++) {
      const price = close[t] as number;
      const equity = cash + units * (price - entry);
      const change = (equity - before) / before;
      const loss = change < 0 ? change : 0;
      sum += change;
      squared += change * change;
      lost += loss * loss;
      if (peak < equity) peak = equity;
      if (equity < peak * kept) kept = equity / peak;
      before = equity;
      if (t < first) continue;
      const fast = fastMean[t] as number;
      const slow = slowMean[t] as number;
      const past = close[t - set.momentum] as number;
      if (slow < fast && past < price) side = 1;
      else if (fast < slow && price < past) side = below;
      if (side === filled || t + 1 === bars) continue;
      filled = side;
      book.trade(t + 1, open[t + 1] as number, side);
      ({ cash, units, entry } = book);
    }
    returns += sum;
    squares += squared;
    losses += lost;
  }
  return { equity: before, ...book.counted(), kept, returns, squares, losses };
}

type Counted = Pick<SetResult, "trades" | "wins" | "held" | "hash" | "won" | "lost" | "fees">;

class Book {
  cash: number;
  units = 0;
  entry = 0;
  private readonly counts = { trades: 0, wins: 0, held: 0, hash: 0, won: 0, lost: 0, fees: 0 };
  private readonly profit = new Float64Array(1);
  private readonly bits = new Uint32Array(this.profit.buffer);
  private entryFee = 0;
  private entryBar = 0;
  private readonly fee: number;

  constructor(fee: number, cash: number) {
    this.fee = fee;
    this.cash = cash;
  }

  counted(): Counted {
    return this.counts;
  }

  /** Ends what is held at this price and takes the new side. */
  trade(bar: number, price: number, side: number): void {
    if (this.units !== 0) this.close(bar, price);
    if (side === 0 || !(this.cash > 0)) return;
    const units = this.cash / (price * (1 + this.fee));
    this.entryFee = units * price * this.fee;
    this.cash -= this.entryFee;
    this.units = side * units;
    this.entry = price;
    this.entryBar = bar;
  }

  private close(bar: number, price: number): void {
    const { units, counts, entryBar, entryFee } = this;
    const brought = units * (price - this.entry);
    const paid = Math.abs(units) * price * this.fee;
    this.cash += brought - paid;
    this.units = 0;
    const profit = brought - paid - entryFee;
    counts.trades++;
    counts.held += bar - entryBar;
    counts.fees += paid + entryFee;
    if (profit > 0) {
      counts.wins++;
      counts.won += profit;
    } else counts.lost += profit;
    this.profit[0] = profit;
    const place = units < 0 ? ~entryBar : entryBar;
    const [low = 0, high = 0] = this.bits;
    counts.hash = stir(stir(stir(stir(counts.hash, place), bar), low), high);
  }
}

function stir(hash: number, word: number): number {
  const x = Math.imul(hash ^ word, 0x9e3779b1);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) >>> 0;
}

/** out[t]: mean of the n bars up to and including t: the end of one block of n bars and the beginning of the next. */
export function plainMeans(x: Float64Array, n: number, out: Float64Array): void {
  const tails = new Float64Array(n);
  const share = 1 / n;
  for (let start = 0; start < x.length; start += n) {
    const used = Math.min(n, x.length - start);
    const level = x[start] as number;
    if (start > 0) tailsOf(x, start - n, n, level, tails);
    let sum = 0;
    let j = 0;
    for (; j + 1 < used; j += 2) {
      const one = (x[start + j] as number) - level;
      const two = (x[start + j + 1] as number) - level + one;
      out[start + j] = level + ((tails[j] as number) + (one + sum)) * share;
      out[start + j + 1] = level + ((tails[j + 1] as number) + (two + sum)) * share;
      sum += two;
    }
    if (j < used) out[start + j] = level + ((tails[j] as number) + ((x[start + j] as number) - level + sum)) * share;
  }
}

/** tails[j]: sum of the bars behind the j-th of the block, about `level`; two bars at a time. */
function tailsOf(x: Float64Array, block: number, n: number, level: number, tails: Float64Array): void {
  let sum = 0;
  let i = n - 2;
  tails[n - 1] = 0;
  for (; i >= 1; i -= 2) {
    const far = (x[block + i + 1] as number) - level;
    const both = (x[block + i] as number) - level + far;
    tails[i - 1] = both + sum;
    tails[i] = far + sum;
    sum += both;
  }
  if (i === 0) tails[0] = (x[block + 1] as number) - level + sum;
}
