// The strategy that a learned model becomes: its weights as constants, inputs and probabilities computed by the code that
// training used. One object a symbol. Trades and quotes are made into bars of the model's length, which close at the
// first event beyond their end; a bar that comes whole is taken as it is, because its time is its end. A whole bar is known
// by a range of its own, or by standing alone: of a trade or quote, open, high and low are its price.
//   flat, and the probability of reaching the target before the stop is at least `enter`   buys, with both
//   held for `bars` bars                                                                  closes
import { logisticRows } from "../math/models/logistic-model";
import { treeRows } from "../math/models/tree-model";
import { Market } from "./market";
import { ModelInputs } from "./model-inputs";
import { Strategy } from "./strategy";

const RESULT = memory.data(8, 8);

export abstract class Model {
  abstract probability(inputs: StaticArray<f64>): f64;
}

/** `values`: mean, scale and weight of each input, then the bias. */
export class LogisticModel extends Model {
  constructor(readonly values: StaticArray<f64>) {
    super();
  }
  probability(inputs: StaticArray<f64>): f64 {
    const count = u32((this.values.length - 1) / 3);
    logisticRows(changetype<usize>(this.values), count, changetype<usize>(inputs), 8, 0, 1, RESULT);
    return load<f64>(RESULT);
  }
}

/** Complete trees of one depth, as assembly/math/models/tree-model.ts lays them out. */
export class TreeModel extends Model {
  constructor(
    readonly depth: i32,
    readonly base: f64,
    readonly thresholds: StaticArray<f64>,
    readonly words: StaticArray<u32>,
    readonly leaves: StaticArray<f64>,
  ) {
    super();
  }
  probability(inputs: StaticArray<f64>): f64 {
    treeRows(
      changetype<usize>(this.thresholds),
      changetype<usize>(this.words),
      changetype<usize>(this.leaves),
      u32(this.leaves.length >> this.depth),
      u32(this.depth),
      this.base,
      changetype<usize>(inputs),
      8,
      0,
      1,
      RESULT,
    );
    return load<f64>(RESULT);
  }
}

export class LearnedStrategy extends Strategy {
  private readonly inputs: ModelInputs = new ModelInputs();
  /** Number of the bar under way, which ends at end x barUs; below 0: none. */
  private end: f64 = -1;
  /** Of the last bar that closed: what comes late for it is left out. */
  private closed: f64 = -1;
  private high: f64 = 0;
  private low: f64 = 0;
  private price: f64 = 0;
  private volume: f64 = 0;
  private held: i32 = 0;

  /** Stop and target in average true ranges from the close. */
  constructor(
    readonly model: Model,
    readonly barUs: f64,
    readonly enter: f64,
    readonly stopRanges: f64,
    readonly targetRanges: f64,
    readonly bars: i32,
  ) {
    super();
  }

  onTick(market: Market): void {
    const end = Math.ceil(market.time / this.barUs);
    if (end <= this.closed) return;
    if (this.end >= 0 && end > this.end) this.barClosed(market.position);
    const whole = this.end < 0 || market.high != market.low || market.open != market.price;
    this.take(market, end);
    if (whole && market.time == this.end * this.barUs) this.barClosed(market.position);
  }

  private take(market: Market, end: f64): void {
    const fresh = this.end < 0;
    this.end = end > this.end ? end : this.end;
    this.high = fresh || market.high > this.high ? market.high : this.high;
    this.low = fresh || market.low < this.low ? market.low : this.low;
    this.volume = (fresh ? 0 : this.volume) + market.volume;
    this.price = market.price;
  }

  private barClosed(position: f64): void {
    this.closed = this.end;
    this.end = -1;
    this.inputs.next(this.high, this.low, this.price, this.volume);
    if (position != 0) {
      this.held++;
      if (this.held >= this.bars) this.close();
      return;
    }
    this.held = 0;
    if (!this.inputs.ready) return;
    const probability = this.model.probability(this.inputs.values);
    const range = this.inputs.range;
    if (!(probability >= this.enter) || !(range > 0)) return;
    const stop = this.price - this.stopRanges * range;
    if (stop > 0) this.buy(probability, stop, this.price + this.targetRanges * range);
  }
}
