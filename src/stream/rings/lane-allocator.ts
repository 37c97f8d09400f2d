// Gives out lanes of a table of two-lane blocks. Both lanes of a block belong to symbols of one class (id & 7), so that
// a block has one writer whatever the number of workers. Never moves a lane. A block stays with its class for ever, even
// when both of its lanes came back: with several workers the new owner could be ahead of the old one in the stream,
// live or in a later replay, and the old one would clear what the new one has written.
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

  /** Whether there is a lane for each of these symbols (one that is named twice takes two). */
  fits(symbols: readonly number[]): boolean {
    const wanted = Array<number>(CLASSES).fill(0);
    for (const symbol of symbols) wanted[classOf(symbol)] = (wanted[classOf(symbol)] ?? 0) + 1;
    let blocks = 0;
    wanted.forEach((count, index) => (blocks += Math.ceil(Math.max(0, count - this.lanesOf(index).length) / 2)));
    return blocks <= (this.capacity >> 1) - this.nextBlock;
  }

  take(symbol: number): number {
    const lanes = this.lanesOf(classOf(symbol));
    const lane = lanes.pop() ?? this.openBlock(lanes);
    this.taken.add(lane);
    return lane;
  }

  release(lane: number, symbol: number): void {
    if (this.taken.delete(lane)) this.lanesOf(classOf(symbol)).push(lane);
  }

  /** A lane of a recovered memory, in use or not; its twin is open to the same class until it is restored itself. */
  restore(lane: number, symbol: number, used: boolean): void {
    this.nextBlock = Math.max(this.nextBlock, (lane >> 1) + 1);
    if (used) this.taken.add(lane);
    const lanes = this.lanesOf(classOf(symbol));
    for (const one of [lane, lane ^ 1]) {
      const at = lanes.indexOf(one);
      if (!this.taken.has(one) && at < 0) lanes.push(one);
      else if (this.taken.has(one) && at >= 0) lanes.splice(at, 1);
    }
  }

  private openBlock(lanes: number[]): number {
    const block = this.nextBlock;
    if (block >= this.capacity >> 1) throw new RangeError(`all ${this.capacity} lanes are taken`);
    this.nextBlock++;
    lanes.push(block * 2 + 1);
    return block * 2;
  }

  private lanesOf(index: number): number[] {
    return this.open[index] ?? [];
  }
}

function classOf(symbol: number): number {
  return symbol & (CLASSES - 1);
}
