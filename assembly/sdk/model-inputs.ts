// What a learned model sees of a bar: scale-free numbers of its past, one bar at a time and each in constant time. Training
// makes the same columns of the core's batch indicators (src/learning/models/features.ts), which a test compares with these.
//   0 change_1      close / close one bar before - 1        6 macd_share        histogram of MACD 12, 26, 9 / close
//   1 change_5      over five bars                          7 channel_20        place in the channel of the 20 bars before
//   2 change_20     over twenty                             8 volume_20         volume / its mean over 20
//   3 rsi_14        0 to 1                                  9 volatility_ratio  deviation of change_1 over 5 / over 60
//   4 z_20          deviations from the mean of 20         10 close_place       place of the close in its bar, 0 to 1
//   5 range_share   ATR 14 / close
// What cannot be said is NaN: before there is enough, and where a denominator is 0.
import { Atr, Channel, Deviation, Macd, Rsi, Sma, Window, ZScore } from "./indicators";

const LAG: i32 = 20;
const LONGEST: u32 = 121;
const COUNT: i32 = 11;

export class ModelInputs {
  readonly values: StaticArray<f64> = new StaticArray<f64>(COUNT);
  private readonly closes: Window = new Window(LAG + 1);
  private readonly rsi: Rsi = new Rsi(14);
  private readonly score: ZScore = new ZScore(20);
  private readonly ranges: Atr = new Atr(14);
  private readonly macd: Macd = new Macd(12, 26, 9);
  private readonly channel: Channel = new Channel(20);
  private readonly volumes: Sma = new Sma(20);
  private readonly fast: Deviation = new Deviation(5);
  private readonly slow: Deviation = new Deviation(60);
  private bars: u32 = 0;

  /** Whether every window is filled, and what lay before the first bar has faded from the averages. */
  get ready(): bool {
    return this.bars >= LONGEST;
  }
  /** The average true range, in which stops and targets are counted. */
  get range(): f64 {
    return this.ranges.value;
  }

  next(high: f64, low: f64, close: f64, volume: f64): void {
    if (this.bars < LONGEST) this.bars++;
    this.closes.push(close);
    const values = this.values;
    const change = this.change(1);
    values[0] = change;
    values[1] = this.change(5);
    values[2] = this.change(LAG);
    values[3] = this.rsi.next(close) / 100;
    values[4] = this.score.next(close);
    values[5] = over(this.ranges.next(high, low, close), close);
    this.macd.next(close);
    values[6] = over(this.macd.histogram, close);
    this.channel.next(high, low);
    values[7] = over(close - this.channel.lower, this.channel.upper - this.channel.lower);
    values[8] = over(volume, this.volumes.next(volume));
    values[9] = over(this.fast.next(change), this.slow.next(change));
    values[10] = over(close - low, high - low);
  }

  private change(back: i32): f64 {
    return over(this.closes.get(0), this.closes.get(back)) - 1;
  }
}

/** NaN where there is nothing to divide by. */
function over(a: f64, b: f64): f64 {
  return b == 0 ? NaN : a / b;
}
