// What a run was along its way, kept in a few numbers however long the way is: the deepest fall from the highest equity so
// far (the capital counts), the longest time below one, the mean equity, and the share of moments with a position.
import type { EpochUs } from "../domain/units.ts";
import type { EquityCurve, Figures } from "./outcome.ts";

export interface Way extends Pick<Figures, "maxDrawdown" | "maxDrawdownUs"> {
  readonly meanEquity: number;
  readonly exposed: number;
}

export class Along {
  private highest: number;
  private since = 0;
  private deepest = 0;
  private longest = 0;
  private sum = 0;
  private busy = 0;
  private count = 0;

  constructor(capital: number) {
    this.highest = capital;
  }

  add(time: EpochUs, equity: number, exposure: number): void {
    if (this.count++ === 0) this.since = time;
    this.sum += equity;
    if (exposure > 0) this.busy++;
    if (equity >= this.highest) {
      this.highest = equity;
      this.since = time;
      return;
    }
    this.deepest = Math.min(this.deepest, equity / this.highest - 1);
    this.longest = Math.max(this.longest, time - this.since);
  }

  get way(): Way {
    const { busy, count, sum } = this;
    return {
      maxDrawdown: Math.max(-1, this.deepest),
      maxDrawdownUs: this.longest,
      meanEquity: count > 0 ? sum / count : 0,
      exposed: count > 0 ? busy / count : 0,
    };
  }
}

/** The way that a curve tells. */
export function wayOf({ time, equity, exposure }: EquityCurve, capital: number): Way {
  const along = new Along(capital);
  for (let step = 0; step < equity.length; step++) along.add(time[step] ?? 0, equity[step] ?? 0, exposure[step] ?? 0);
  return along.way;
}
