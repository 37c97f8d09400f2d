// What the engine has promised and what it has let out, kept beside it, and the look whether it holds: every event as
// it was published, how far it was called durable or written, what was acknowledged, and every signal that left.
import * as layout from "../../../assembly/layout.ts";
import type { Approved } from "../../../src/domain/approved.ts";
import { hashOf } from "../../../src/stream/compute.ts";
import { readableFrom } from "../../../src/stream/journal/journal.ts";
import { Retrace } from "../../../src/stream/retrace.ts";
import type { Stream } from "../../../src/stream/stream.ts";
import type { Capacity } from "../../../src/stream/rings/memory-plan.ts";

const { EVENT_BYTES } = layout;

/** Something that must hold does not. */
export class Violation extends Error {}

export function must(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Violation(what());
}

/** How a life ended: what survives it follows. `fault`: the data plane was opened again inside the same process. */
export type End = "stop" | "kill" | "power" | "fault";

export class Facts {
  /** Sequence after the last event that was published, and all of them back to back. */
  published = 0;
  durable = 0;
  acknowledged = 0;
  signals = 0;
  checks = 0;
  private events = new Uint8Array(1 << 20);
  /** Of every signal that left, by its event; ids follow from hashes. */
  private readonly left = new Map<string, number>();
  private lastLeft = 0;
  /** What the stream of the moment had raised and refused when it was looked at first, and what had left by then. */
  private since = { raised: 0, refused: 0, left: 0 };
  /** What was there when this life began. */
  private floor = 0;
  /** An opening failed that may have written events nobody looked at; what was not promised then is as it left it. */
  unseen = false;
  /** The emergency stop is in force. */
  latched = false;
  private readonly synced: boolean;

  /** `synced`: what is called durable survives a power cut (JOURNAL_SYNC is not off). */
  constructor(synced: boolean) {
    this.synced = synced;
  }

  /** Looks at a stream after each step. `sound`: none is being opened in its place, whose signals leave already. */
  follow(stream: Stream, sound: boolean): void {
    this.copyEvents(stream);
    if (sound) this.allJudged(stream);
    const { journal } = stream.status;
    if (journal === null) return;
    must(journal.durableNext >= this.durable || journal.state === "stopped", () => "what is durable went back");
    must(journal.writtenNext <= this.published, () => `${journal.writtenNext} written, ${this.published} published`);
    this.durable = Math.max(this.durable, journal.durableNext);
  }

  /** Every signal that strategies raise is approved and leaves, or is refused with a reason: there is no third way out. */
  private allJudged(stream: Stream): void {
    const now = this.judged(stream);
    const { since } = this;
    const [raised, judged] = [now.raised - since.raised, now.refused - since.refused + now.left - since.left];
    must(raised === judged, () => `${raised} signals were raised, and ${judged} were refused or left`);
  }

  private judged({ status, refusals }: Stream): { raised: number; refused: number; left: number } {
    const refused = [...refusals.values()].reduce((sum, count) => sum + count, 0);
    return { raised: status.totals.count, refused, left: this.signals };
  }

  private copyEvents({ compute }: Stream): void {
    const { ring, plan, memory } = compute.plane;
    const words = new Int32Array(memory.buffer);
    const head = Atomics.load(words, layout.EVENT_HEAD >> 2);
    const next = ring.nextSequence - ((ring.mark() - head) | 0);
    if (next <= this.published) return;
    const count = next - this.published;
    must(count <= layout.EVENT_SLOTS, () => `${count} events since the last look`);
    this.reserve(next * EVENT_BYTES);
    const base = plan.bases[layout.PLAN_EVENTS] ?? 0;
    for (let back = count; back > 0; back--) {
      const slot = base + ((head - back) & (layout.EVENT_SLOTS - 1)) * EVENT_BYTES;
      this.events.set(ring.bytes.subarray(slot, slot + EVENT_BYTES), (next - back) * EVENT_BYTES);
    }
    this.published = next;
  }

  private reserve(bytes: number): void {
    if (bytes <= this.events.length) return;
    const larger = new Uint8Array(2 * bytes);
    larger.set(this.events);
    this.events = larger;
  }

  /** Signals that leave: each was approved, and by rules that are looked at here once more, from outside. */
  leave(signals: readonly Approved[], floor: number): void {
    for (const signal of signals) {
      const { id, sequence, action, entry, stop, target, confidence } = signal;
      const told = (): string => `${action} ${signal.symbol} of event ${sequence} (${signal.type}, ${id})`;
      must(!this.left.has(id), () => `${told()} left twice`);
      must(sequence >= this.lastLeft, () => `${told()} left behind one of event ${this.lastLeft}`);
      must(Number.isFinite(entry) && Number.isFinite(confidence), () => `${told()} is not finite`);
      this.lastLeft = sequence;
      this.left.set(id, sequence);
      this.signals++;
      if (action === "exit") continue;
      must(!this.latched, () => `${told()} left during an emergency stop`);
      must(confidence >= floor && confidence <= 1, () => `${told()} left with confidence ${confidence}`);
      const ordered = action === "buy" ? stop < entry && entry < target : target < entry && entry < stop;
      must(ordered && Math.min(stop, target) > 0, () => `${told()} left with prices out of order`);
    }
  }

  /** After a restart: nothing promised is lost, what is there is what was, and the state follows from it. */
  restarted(stream: Stream, dir: string, end: End, capacity: Capacity): void {
    const { recovered } = stream;
    const first = readableFrom(dir) ?? 0;
    const retrace = Retrace.open(dir, capacity);
    const next = (recovered.snapshot ?? 0) + recovered.events;
    must(
      next >= this.promised(end),
      () => `${this.promised(end)} events were promised before a ${end}, ${next} are left`,
    );
    must(next <= this.published || this.unseen, () => `${next} events are left of ${this.published}`);
    must(recovered.mismatches === 0, () => `${recovered.mismatches} marks of signals differ after a ${end}`);
    if (retrace.ok)
      this.compare(retrace.value, first, next, recovered.stateHash, this.unseen ? this.promised(end) : Infinity);
    else must(next === 0, () => `the journal cannot be read: ${retrace.failure}`);
    this.latched = this.latchAt(next) || (end === "fault" && this.latched);
    must(stream.status.emergencyStop === this.latched, () => `the emergency stop is ${!this.latched} after a ${end}`);
    this.unseen = false;
    this.since = this.judged(stream);
    this.cut(next);
  }

  /** The journal once more from its beginning, alone: the same events, the same state, the same signals. */
  private compare(retrace: Retrace, first: number, next: number, hash: bigint, sure: number): void {
    const ids = new Set<string>();
    let sequence = retrace.start.sequence;
    let clock = 0;
    for (const block of retrace.blocks()) {
      must(block.firstSequence === sequence, () => `event ${sequence} is missing, ${block.firstSequence} follows`);
      for (let at = 0; at < block.events.length && sequence < next; at += EVENT_BYTES, sequence++) {
        const record = block.events.subarray(at, at + EVENT_BYTES);
        this.reserve((sequence + 1) * EVENT_BYTES);
        if (sequence >= sure) this.events.set(record, sequence * EVENT_BYTES);
        const known = this.events.subarray(sequence * EVENT_BYTES, (sequence + 1) * EVENT_BYTES);
        must(Buffer.compare(record, known) === 0, () => `event ${sequence} is not the one that was published`);
        const now = new DataView(record.buffer, record.byteOffset).getFloat64(layout.EVENT_CLOCK, true);
        must(now >= clock, () => `the clock of event ${sequence} falls`);
        clock = now;
        retrace.append(record);
        if (sequence % 512 === 0) note(retrace, ids);
      }
      if (sequence >= next) break;
    }
    note(retrace, ids);
    must(sequence === next, () => `the journal ends at ${sequence}, ${next} were recovered`);
    const again = hashOf(retrace.compute);
    must(
      again === hash,
      () => `state ${hash.toString(16)}, an uninterrupted run gives ${again.toString(16)} at ${next}`,
    );
    for (const [id, of] of this.left) {
      if (of < Math.max(first, retrace.start.sequence) || of >= Math.min(next, sure)) continue;
      must(ids.has(id), () => `signal ${id} of event ${of} left, and the journal's events do not give it`);
    }
    this.checks++;
  }

  private promised(end: End): number {
    if (end === "stop") return this.published;
    return end !== "power" || this.synced ? Math.max(this.floor, this.acknowledged, this.durable) : this.floor;
  }

  /** What the last event below `next` that speaks of the emergency stop says. */
  private latchAt(next: number): boolean {
    const view = new DataView(this.events.buffer);
    for (let at = (next - 1) * EVENT_BYTES; at >= 0; at -= EVENT_BYTES) {
      if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_CONTROL) continue;
      if (view.getUint32(at + layout.EVENT_AUX, true) === layout.CONTROL_LATCH)
        return view.getFloat64(at + layout.EVENT_PAYLOAD, true) !== 0;
    }
    return false;
  }

  /** The events from `next` on are gone, and whoever sent them was told nothing. */
  private cut(next: number): void {
    this.published = next;
    this.durable = next;
    this.acknowledged = Math.min(this.acknowledged, next);
    this.floor = next;
    this.lastLeft = Math.min(this.lastLeft, next);
    for (const [id, sequence] of this.left) if (sequence >= next) this.left.delete(id);
  }
}

function note(retrace: Retrace, ids: Set<string>): void {
  for (const { hash } of retrace.settle()) ids.add(`sig_${hash.toString(36).padStart(13, "0")}`);
}
