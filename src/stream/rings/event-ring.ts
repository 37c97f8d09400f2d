// Producer end of the event ring. One producer (ingest, on the main thread), several consumers: every kernel worker
// and the journal read every event in the same order. head is written by the producer only, each tail by its consumer
// only; they count up and wrap at 2^32. Invariant: 0 <= next - tail <= EVENT_SLOTS for every active consumer.
// When full, reserve says so; refusing is ingest's business. The decoder in the core reserves through the same words.
import * as layout from "../../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";

export class EventRing {
  readonly bytes: Uint8Array;
  /** Told of what just became visible, as ring counters: the first record and the one behind the last; null: nobody. */
  onPublish: ((from: number, to: number) => void) | null = null;
  /** Told that something became visible: who looks after the workers while they have it before them. */
  onVisible: (() => void) | null = null;
  private readonly words: Int32Array;
  private readonly base: number;
  private counted: number;
  private sequence: number;
  private whole = false;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, firstSequence = 0) {
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.base = plan.bases[layout.PLAN_EVENTS] ?? 0;
    this.counted = this.words[layout.EVENT_NEXT >> 2] ?? 0;
    this.sequence = firstSequence;
  }

  /** Sequence of the next event that will be reserved, by whoever reserves it; ring counters wrap, this does not. */
  get nextSequence(): number {
    const next = this.words[layout.EVENT_NEXT >> 2] ?? 0;
    this.sequence += (next - this.counted) | 0;
    this.counted = next;
    return this.sequence;
  }

  /** Byte address of the next free slot, or -1 when the slowest consumer has not made room. */
  reserve(): number {
    const next = this.words[layout.EVENT_NEXT >> 2] ?? 0;
    if (((next - (this.words[layout.EVENT_LIMIT >> 2] ?? 0)) | 0) >= layout.EVENT_SLOTS && this.free() === 0) return -1;
    this.words[layout.EVENT_NEXT >> 2] = (next + 1) | 0;
    return this.base + (next & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
  }

  /** Free slots by the tails as they are now; refreshes the cached limit. */
  free(): number {
    const next = this.words[layout.EVENT_NEXT >> 2] ?? 0;
    let used = 0;
    for (let consumer = 0; consumer < layout.CONSUMER_COUNT; consumer++) {
      const line = (layout.CONSUMERS + consumer * layout.LINE) >> 2;
      if (this.words[line + (layout.CONSUMER_ACTIVE >> 2)] !== 1) continue;
      const tail = Atomics.load(this.words, line + (layout.CONSUMER_TAIL >> 2));
      used = Math.max(used, (next - tail) >>> 0);
    }
    this.words[layout.EVENT_LIMIT >> 2] = (next - used) | 0;
    return layout.EVENT_SLOTS - used;
  }

  /** Where the next event goes; `rewind` takes back what was reserved since, none of it published. */
  mark(): number {
    return this.words[layout.EVENT_NEXT >> 2] ?? 0;
  }
  rewind(mark: number): void {
    this.words[layout.EVENT_NEXT >> 2] = mark;
  }

  /** Copies of the records that were reserved since. */
  copySince(mark: number): Uint8Array {
    const count = ((this.words[layout.EVENT_NEXT >> 2] ?? 0) - mark) >>> 0;
    const copy = new Uint8Array(count * layout.EVENT_BYTES);
    for (let index = 0; index < count; index++) {
      const slot = this.base + ((mark + index) & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
      copy.set(this.bytes.subarray(slot, slot + layout.EVENT_BYTES), index * layout.EVENT_BYTES);
    }
    return copy;
  }

  /** Takes back what was reserved since the last publish; for a batch that must enter whole or not at all. */
  abandon(): void {
    this.words[layout.EVENT_NEXT >> 2] = Atomics.load(this.words, layout.EVENT_HEAD >> 2);
  }

  /** The next event is number `sequence`: after a snapshot, before anything was reserved. */
  startAt(sequence: number): void {
    this.counted = this.words[layout.EVENT_NEXT >> 2] ?? 0;
    this.sequence = sequence;
  }

  /** Copies whole records from the journal into the ring; returns how many there was room for. */
  append(records: Uint8Array): number {
    const count = Math.min(this.free(), records.length / layout.EVENT_BYTES);
    for (let index = 0; index < count; index++) {
      const slot = this.reserve();
      this.bytes.set(records.subarray(index * layout.EVENT_BYTES, (index + 1) * layout.EVENT_BYTES), slot);
    }
    return count;
  }

  /** Until `endWhole` nothing becomes visible: what is reserved meanwhile belongs together. */
  beginWhole(): void {
    this.whole = true;
  }
  endWhole(): void {
    this.whole = false;
  }

  /** Makes everything reserved visible and wakes who sleeps; once per socket chunk, because it costs a cache line. */
  publish(): void {
    if (this.whole) return;
    const next = this.words[layout.EVENT_NEXT >> 2] ?? 0;
    const head = Atomics.load(this.words, layout.EVENT_HEAD >> 2);
    if (head === next) return;
    Atomics.store(this.words, layout.EVENT_HEAD >> 2, next);
    this.wake();
    this.onVisible?.();
    if (this.onPublish !== null) this.onPublish(head, next);
  }

  wake(): void {
    for (let consumer = 0; consumer < layout.CONSUMER_COUNT; consumer++) {
      const line = (layout.CONSUMERS + consumer * layout.LINE) >> 2;
      if (Atomics.load(this.words, line + (layout.CONSUMER_SLEEPING >> 2)) !== 1) continue;
      Atomics.store(this.words, line + (layout.CONSUMER_SLEEPING >> 2), 0);
      Atomics.notify(this.words, line + (layout.CONSUMER_SLEEPING >> 2), 1);
    }
  }
}
