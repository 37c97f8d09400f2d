// Gives out lanes of a table of two-lane blocks. Both lanes of a block belong to symbols of one class (id & 7), so that
// a block has one writer whatever the number of workers. Takes lanes in order; never moves one.
import * as layout from "../../../assembly/layout.ts";

const CLASSES = layout.MAX_WORKERS;

export class LaneAllocator {
  private readonly open: number[][] = Array.from({ length: CLASSES }, () => []);
  private readonly capacity: number;
  private readonly taken = new Set<number>();
  private nextBlock = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Lanes that are surely left for any class. */
  get free(): number {
    return this.capacity - this.nextBlock * 2;
  }

  take(symbol: number): number {
    const lanes = this.open[symbol & (CLASSES - 1)] ?? [];
    const lane = lanes.pop() ?? this.openBlock(lanes);
    this.taken.add(lane);
    return lane;
  }

  release(lane: number, symbol: number): void {
    if (this.taken.delete(lane)) this.open[symbol & (CLASSES - 1)]?.push(lane);
  }

  /** Marks a lane that a recovered memory uses; its twin stays open for the same class. */
  restore(lane: number, symbol: number): void {
    const block = lane >> 1;
    this.nextBlock = Math.max(this.nextBlock, block + 1);
    this.taken.add(lane);
    const lanes = this.open[symbol & (CLASSES - 1)] ?? [];
    const twin = lane ^ 1;
    if (!this.taken.has(twin)) lanes.push(twin);
    const own = lanes.indexOf(lane);
    if (own >= 0) lanes.splice(own, 1);
  }

  private openBlock(lanes: number[]): number {
    if (this.free < 2) throw new RangeError(`all ${this.capacity} lanes are taken`);
    const first = this.nextBlock * 2;
    this.nextBlock++;
    lanes.push(first + 1);
    return first;
  }
}
