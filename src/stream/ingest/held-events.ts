// Events that were announced before they may be known: kept by available_at until the engine clock reaches it. A binary
// heap; events of the same moment leave in the order they came. They live in memory only: a restart loses what waits.
import type { EpochUs } from "../../domain/units.ts";

export const HELD_MAX = 16_384;

interface Held {
  readonly at: EpochUs;
  readonly order: number;
  /** All records of one tick. */
  readonly records: Uint8Array;
}

export class HeldEvents {
  private readonly heap: Held[] = [];
  private order = 0;

  get size(): number {
    return this.heap.length;
  }

  /** When the earliest may enter; Infinity when none waits. */
  get due(): EpochUs {
    return this.heap[0]?.at ?? Infinity;
  }

  /** False when as many as fit already wait. */
  push(at: EpochUs, records: Uint8Array): boolean {
    if (this.heap.length >= HELD_MAX) return false;
    const held = { at, order: this.order++, records };
    let index = this.heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.heap[parent];
      if (above === undefined || !earlier(held, above)) break;
      this.heap[index] = above;
      index = parent;
    }
    this.heap[index] = held;
    return true;
  }

  peek(): Uint8Array | null {
    return this.heap[0]?.records ?? null;
  }

  /** Removes the earliest. */
  pop(): void {
    const last = this.heap.pop();
    const size = this.heap.length;
    if (last === undefined || size === 0) return;
    let index = 0;
    for (;;) {
      const left = this.heap[2 * index + 1];
      const right = this.heap[2 * index + 2];
      const rightFirst = right !== undefined && left !== undefined && earlier(right, left);
      const below = rightFirst ? right : left;
      if (below === undefined || !earlier(below, last)) break;
      this.heap[index] = below;
      index = 2 * index + (rightFirst ? 2 : 1);
    }
    this.heap[index] = last;
  }
}

function earlier(a: Held, b: Held): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
