// The course of an execution's equity in memory: a point for each second in which something happened, then fewer, evenly:
// when there are too many, every second one goes, and only every second one that comes is taken; the deepest one stays
// whatever goes. Three numbers a point, in
// one array that grows to 24 KB, because thousands of executions have one.
import type { EpochUs } from "../../domain/units.ts";

export interface EquityPoint {
  readonly time: EpochUs;
  readonly equity: number;
  /** Below the highest so far, as a share; not above 0. */
  readonly drawdown: number;
}

export const POINTS_MAX = 1_024;
/** Less than a millionth, which is what money is counted in. */
const SAME = 1e-6;
const POINTS_FIRST = 16;
/** Numbers of a point. */
const WIDTH = 3;

export class Curve {
  private numbers = new Float64Array(0);
  private count = 0;
  private every = 1;
  private skipped = 0;
  private time: EpochUs;
  private equity: number;
  private drawdown: number;
  private deepTime: EpochUs;
  private deepEquity: number;
  private deepest: number;
  /** The newest point is the last one of the array. */
  private kept = false;
  private readonly first: EquityPoint;

  constructor(first: EquityPoint) {
    this.first = first;
    this.time = first.time;
    this.equity = first.equity;
    this.drawdown = first.drawdown;
    this.deepTime = first.time;
    this.deepEquity = first.equity;
    this.deepest = first.drawdown;
  }

  add(time: EpochUs, equity: number, drawdown: number): void {
    this.time = time;
    this.equity = equity;
    this.drawdown = drawdown;
    if (drawdown < this.deepest) {
      this.deepTime = time;
      this.deepEquity = equity;
      this.deepest = drawdown;
    }
    this.kept = ++this.skipped >= this.every;
    if (!this.kept) return;
    this.skipped = 0;
    const at = this.count++ * WIDTH;
    if (at >= this.numbers.length) this.grow();
    this.numbers[at] = time;
    this.numbers[at + 1] = equity;
    this.numbers[at + 2] = drawdown;
    if (this.count >= POINTS_MAX - 1) this.thin();
  }

  get last(): EquityPoint {
    const { time, equity, drawdown } = this;
    return { time, equity, drawdown };
  }

  /** Where it was furthest below its highest; the first point where it never was. */
  get lowest(): EquityPoint {
    return { time: this.deepTime, equity: this.deepEquity, drawdown: this.deepest };
  }

  /** Where it is now, behind its last point; null: there. `equity` may be told earlier than the point of its second. */
  present(time: EpochUs, equity: number): EquityPoint | null {
    const { last } = this;
    if (Math.abs(equity - last.equity) < SAME) return null;
    const highest = last.drawdown > -1 ? last.equity / (1 + last.drawdown) : last.equity;
    return {
      time: Math.max(time, last.time + 1),
      equity,
      drawdown: highest > 0 ? Math.min(0, equity / highest - 1) : 0,
    };
  }

  /** Oldest first; the last one is the newest that there is. */
  all(): readonly EquityPoint[] {
    const points = [this.first];
    for (let place = 0; place < this.count; place++) {
      const at = place * WIDTH;
      const [time = 0, equity = 0, drawdown = 0] = this.numbers.subarray(at, at + WIDTH);
      points.push({ time, equity, drawdown });
    }
    if (!this.kept && this.time !== this.first.time) points.push(this.last);
    const { lowest } = this;
    const after = points.findIndex(({ time }) => time >= lowest.time);
    if (after > 0 && points[after]?.time !== lowest.time) points.splice(after, 0, lowest);
    return points;
  }

  private grow(): void {
    const wider = new Float64Array(Math.max(POINTS_FIRST * WIDTH, this.numbers.length * 2));
    wider.set(this.numbers);
    this.numbers = wider;
  }

  /** Together with the first one, which stays, every second point goes. */
  private thin(): void {
    const { numbers } = this;
    let to = 0;
    for (let from = 1; from < this.count; from += 2) numbers.copyWithin(to++ * WIDTH, from * WIDTH, (from + 1) * WIDTH);
    this.kept = this.count % 2 === 0;
    this.skipped = this.kept ? 0 : this.every;
    this.count = to;
    this.every *= 2;
  }
}

/** `most` of them, evenly, the first and the last among them, and the deepest one instead of the one that is nearest. */
export function thinned(points: readonly EquityPoint[], most: number): readonly EquityPoint[] {
  if (points.length <= most) return points;
  const last = points.length - 1;
  const kept = Array.from(
    { length: most },
    (_, index) => points[Math.round((index * last) / (most - 1))] as EquityPoint,
  );
  const deepest = points.reduce(
    (found, point, at) => (point.drawdown < (points[found]?.drawdown ?? 0) ? at : found),
    0,
  );
  const lowest = points[deepest];
  if (most < 3 || lowest === undefined || kept.includes(lowest)) return kept;
  kept[Math.min(most - 2, Math.max(1, Math.round((deepest * (most - 1)) / last)))] = lowest;
  return kept;
}
