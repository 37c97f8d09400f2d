// Reads the journal of a running engine behind what it calls durable, and keeps account of numbered ticks: the volume of
// a tick is its number. Published ticks (by Redis) must follow each other without a gap and without doubling, except
// across a restart, where Pub/Sub promises nothing: those count as missed. A Redis that cuts off a subscriber who lags
// behind makes a stretch of lost ones; whoever reads on has to compare with the interruptions that the engine counted.
// Posted ticks (by HTTP) that were answered must be there once.
import * as layout from "../../../assembly/layout.ts";
import { readEvents } from "../../../src/stream/journal/journal.ts";

/** Posted ticks have numbers from here on. */
export const POSTED = 1e12;

export class JournalWatch {
  published = 0;
  /** Published while the engine was away. */
  missed = 0;
  /** Published while it was there, and not in the journal; in how many stretches. */
  lost = 0;
  stretches = 0;
  doubled = 0;
  private last = 0;
  private lastSequence = -1;
  private next = 0;
  private readonly restarts: number[] = [];
  private readonly found = new Set<number>();
  private readonly owed = new Set<number>();
  private acknowledgedCount = 0;

  /** Goes on behind an earlier run of the same folder: what is in it was looked at by that one, to the tick `last`. */
  constructor(from = 0, last = 0) {
    this.next = from;
    this.lastSequence = from - 1;
    this.last = last;
  }

  get acknowledged(): number {
    return this.acknowledgedCount;
  }
  /** Answered and not seen in the journal so far. */
  get outstanding(): number {
    return this.owed.size;
  }
  get nextSequence(): number {
    return this.next;
  }
  /** The highest number of a published tick. */
  get lastNumber(): number {
    return this.last;
  }

  /** The engine has recovered up to here: whatever was published and not read before is gone. */
  restarted(sequence: number): void {
    this.restarts.push(sequence);
  }

  /** These posted ticks were answered. */
  answered(numbers: readonly number[]): void {
    this.acknowledgedCount += numbers.length;
    for (const number of numbers) if (!this.found.has(number)) this.owed.add(number);
  }

  /** Reads on up to `end`, a sequence that is durable; without it what a stopped engine has left. */
  read(folder: string, end = Infinity): void {
    if (end <= this.next) return;
    let reached = this.next;
    for (const { firstSequence, count, events } of readEvents(folder, this.next, end)) {
      const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
      for (let index = 0; index < count; index++) this.event(view, index * layout.EVENT_BYTES, firstSequence + index);
      reached = firstSequence + count;
      if (reached >= end) break; // what follows is being written at this moment
    }
    this.next = end === Infinity ? reached : end;
  }

  private event(view: DataView, at: number, sequence: number): void {
    if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_TRADE) return;
    const number = view.getFloat64(at + layout.EVENT_PAYLOAD + 8, true);
    if (number > POSTED) this.posted(number);
    else this.numbered(number, sequence);
  }

  private posted(number: number): void {
    if (this.found.has(number)) this.doubled++;
    this.found.add(number);
    this.owed.delete(number);
  }

  private numbered(number: number, sequence: number): void {
    this.published++;
    const gap = number - this.last - 1;
    if (gap < 0) this.doubled++;
    else if (gap > 0) {
      const away = this.restarts.some((restart) => restart > this.lastSequence && restart <= sequence);
      this.missed += away ? gap : 0;
      this.lost += away ? 0 : gap;
      this.stretches += away ? 0 : 1;
    }
    this.last = Math.max(this.last, number);
    this.lastSequence = sequence;
  }
}
