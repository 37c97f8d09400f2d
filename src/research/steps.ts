// What a run looked like at the end of each step, as columns that grow: equity, exposure, and the price that it is
// compared with. A step ends with the last event of a moment at which a bar closed; where there are only ticks, with the
// last event of a minute. Twenty-five bytes a step are kept, whatever else the tape holds.
import type { EpochUs } from "../domain/units.ts";
import type { EquityCurve } from "./outcome.ts";

const MINUTE_US = 60_000_000;
const FIRST_ROOM = 4_096;

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
  /** The moment under way, and whether a step ends with it. */
  private moment: EpochUs = -1;
  private due = false;

  constructor(source: StepSource, byBars: boolean) {
    this.source = source;
    this.byBars = byBars;
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
  }

  get curve(): EquityCurve {
    return { time: this.column(0), equity: this.column(1), exposure: this.column(2) };
  }
  get benchmark(): Float64Array {
    return this.column(3);
  }

  private close(): void {
    this.due = false;
    if (this.count === this.columns[0]?.length) this.grow();
    const price = this.source.price();
    const values = [this.moment, this.source.equity(), this.source.exposure(), price > 0 ? price : Number.NaN];
    for (const [index, value] of values.entries()) this.put(index, value);
    this.count++;
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
