// What a run looked like at the end of each step, as columns that grow: equity, exposure, and the price that it is
// compared with. A step ends with the last event of a moment at which a bar closed; where there are only ticks, with the
// last event of a minute. STEPS_MAX of them are kept, 32 bytes each: where there are more, every second one is left out, and
// from then on a step is twice as many moments. Falls, mean equity and exposure are those of all moments nevertheless.
import type { EpochUs } from "../domain/units.ts";
import { Along, type Way } from "./along.ts";
import type { EquityCurve } from "./outcome.ts";

const MINUTE_US = 60_000_000;
const FIRST_ROOM = 4_096;
/** An even number. */
export const STEPS_MAX = 262_144;

export interface StepSource {
  equity(): number;
  exposure(): number;
  /** Of the benchmark; 0 before its first price. */
  price(): number;
}

export class Steps {
  private readonly source: StepSource;
  private readonly byBars: boolean;
  private readonly columns = [0, 1, 2, 3].map(() => new Float64Array(FIRST_ROOM));
  private count = 0;
  private stride = 1;
  /** Moments since the last step. */
  private passed = 0;
  private readonly along: Along;
  private readonly most: number;
  /** The moment under way, and whether a step ends with it. */
  private moment: EpochUs = -1;
  private due = false;

  constructor(source: StepSource, byBars: boolean, capital: number, most: number = STEPS_MAX) {
    this.source = source;
    this.byBars = byBars;
    this.along = new Along(capital);
    this.most = most;
  }

  /** Before an event is taken: what lies before it may be a step. */
  before(known: EpochUs): void {
    if (known === this.moment) return;
    if (this.due && (this.byBars || Math.floor(known / MINUTE_US) > Math.floor(this.moment / MINUTE_US))) this.close();
    this.moment = known;
  }

  /** After a price: of a bar, of a tick. */
  priced(bar: boolean): void {
    if (bar || !this.byBars) this.due = true;
  }

  finish(): void {
    if (this.due) this.close();
    if (this.passed === 0) return;
    if (this.count === this.most) this.halve();
    this.keep(this.source.equity(), this.source.exposure());
  }

  /** Moments that make one step. */
  get moments(): number {
    return this.stride;
  }
  get way(): Way {
    return this.along.way;
  }

  get curve(): EquityCurve {
    return { time: this.column(0), equity: this.column(1), exposure: this.column(2) };
  }
  get benchmark(): Float64Array {
    return this.column(3);
  }

  private close(): void {
    this.due = false;
    const [equity, exposure] = [this.source.equity(), this.source.exposure()];
    this.along.add(this.moment, equity, exposure);
    if (++this.passed < this.stride) return;
    if (this.count < this.most) this.keep(equity, exposure);
    else this.halve();
  }

  private keep(equity: number, exposure: number): void {
    this.passed = 0;
    if (this.count === this.columns[0]?.length) this.grow();
    const price = this.source.price();
    this.put(0, this.moment);
    this.put(1, equity);
    this.put(2, exposure);
    this.put(3, price > 0 ? price : Number.NaN);
    this.count++;
  }

  /** Of two steps the later one stays. */
  private halve(): void {
    this.count /= 2;
    this.stride *= 2;
    for (const column of this.columns) {
      for (let step = 0; step < this.count; step++) column[step] = column[2 * step + 1] ?? Number.NaN;
    }
  }

  private put(index: number, value: number): void {
    const column = this.columns[index];
    if (column) column[this.count] = value;
  }

  private column(index: number): Float64Array {
    return (this.columns[index] ?? new Float64Array(0)).slice(0, this.count);
  }

  private grow(): void {
    for (const [index, column] of this.columns.entries()) {
      const larger = new Float64Array(column.length * 2);
      larger.set(column);
      this.columns[index] = larger;
    }
  }
}
