// Marks: the engine writes into its own stream how many signals it had given, and the sum of their hashes, up to a
// sequence. Replaying the stream must give the same at each mark; that is what proves it.
import * as layout from "../../assembly/layout.ts";
import type { EpochUs } from "../domain/units.ts";
import type { EventWriter } from "./rings/event-writer.ts";
import type { SignalRecord, SignalTotals } from "./rings/signal-ring.ts";

export interface Mark {
  readonly sequence: number;
  readonly count: number;
  readonly hash: bigint;
}

export interface MarkMismatch {
  readonly recorded: Mark;
  readonly computed: Mark;
}

const LOW = 0xffff_ffffn;

/** Payload of a CONTROL_MARK event; halves of the hash are exact as f64. */
export function markPayload(totals: SignalTotals): readonly number[] {
  return [totals.count, Number(totals.hash & LOW), Number(totals.hash >> 32n), totals.sequence];
}

const MARK_US = 1_000_000;

/** Records what the signals were so far; without a new signal there is nothing to prove. */
export class MarkWriter {
  private readonly writer: EventWriter;
  private at: EpochUs = 0;
  private count = -1;

  constructor(writer: EventWriter) {
    this.writer = writer;
  }

  /** Once a second of the engine clock. */
  beat(totals: SignalTotals): void {
    if (this.writer.clock - this.at >= MARK_US) this.write(totals);
  }

  write(totals: SignalTotals): void {
    const { writer } = this;
    this.at = writer.clock;
    if (totals.count === this.count) return;
    if (writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_MARK, writer.clock, markPayload(totals)))
      this.count = totals.count;
  }
}

/** The mark in one 64-byte record, or null when it is something else. */
export function readMark(view: DataView, at: number): Mark | null {
  if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_CONTROL) return null;
  if (view.getUint32(at + layout.EVENT_AUX, true) !== layout.CONTROL_MARK) return null;
  const number = (index: number): number => view.getFloat64(at + layout.EVENT_PAYLOAD + index * 8, true);
  return {
    count: number(0),
    hash: BigInt(number(1)) | (BigInt(number(2)) << 32n),
    sequence: number(3),
  };
}

/** Signals whose state is kept, for marks that lie behind what they speak of. */
const KEPT = 4_096;

/** Follows released signals and compares at every mark that the journal holds. */
export class MarkChecker {
  readonly mismatches: MarkMismatch[] = [];
  checked = 0;
  /** Signals of events below it had been given when the newest mark was written; 0: there was none. */
  newestMark = 0;
  private readonly pending: Mark[] = [];
  /** What had been given after the signals of a sequence, the newest last. */
  private readonly states: Mark[];
  private readonly from: number;
  /** Every event below it is reflected in the newest state. */
  private settled: number;

  constructor(start: SignalTotals) {
    this.from = start.sequence;
    this.settled = start.sequence;
    this.states = [{ sequence: start.sequence - 1, count: start.count, hash: start.hash }];
  }

  /** A mark met in the stream; one that speaks of events before the start, or of long ago, cannot be checked. */
  expect(mark: Mark): void {
    this.newestMark = Math.max(this.newestMark, mark.sequence);
    if (mark.sequence < this.from) return;
    if (mark.sequence <= this.settled) this.compare(mark);
    else this.pending.push(mark);
  }

  follow(signals: readonly SignalRecord[], totals: SignalTotals): void {
    for (const { sequence, hash } of signals) {
      this.settle(sequence);
      const { count, hash: before } = this.newest;
      this.states.push({ sequence, count: count + 1, hash: BigInt.asUintN(64, before + hash) });
    }
    this.settle(totals.sequence);
    if (this.states.length > 2 * KEPT) this.states.splice(0, this.states.length - KEPT);
  }

  private get newest(): Mark {
    return this.states.at(-1) ?? { sequence: 0, count: 0, hash: 0n };
  }

  /** All signals below `sequence` are counted. */
  private settle(sequence: number): void {
    this.settled = Math.max(this.settled, sequence);
    for (let mark = this.pending[0]; mark !== undefined && mark.sequence <= sequence; mark = this.pending[0]) {
      this.pending.shift();
      this.compare(mark);
    }
  }

  /** With the state that the signals below the mark's sequence had made. */
  private compare(mark: Mark): void {
    const state = this.states.findLast(({ sequence }) => sequence < mark.sequence);
    if (state === undefined) return;
    this.checked++;
    const { count, hash } = state;
    if (mark.count === count && mark.hash === hash) return;
    this.mismatches.push({ recorded: mark, computed: { sequence: mark.sequence, count, hash } });
  }
}
