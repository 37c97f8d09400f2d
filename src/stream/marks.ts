// Marks: the engine writes into its own stream how many signals it had given, and the sum of their hashes, up to a
// sequence. Replaying the stream must give the same at each mark; that is what proves it.
import * as layout from "../../assembly/layout.ts";
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

/** Follows released signals and compares at every mark that the journal holds. */
export class MarkChecker {
  readonly mismatches: MarkMismatch[] = [];
  checked = 0;
  private readonly pending: Mark[] = [];
  private count: number;
  private hash: bigint;
  private readonly from: number;

  constructor(start: SignalTotals) {
    this.count = start.count;
    this.hash = start.hash;
    this.from = start.sequence;
  }

  /** A mark met in the stream; one that speaks of events before the start cannot be checked. */
  expect(mark: Mark): void {
    if (mark.sequence >= this.from) this.pending.push(mark);
  }

  follow(signals: readonly SignalRecord[], totals: SignalTotals): void {
    for (const signal of signals) {
      this.settle(signal.sequence);
      this.count++;
      this.hash = BigInt.asUintN(64, this.hash + signal.hash);
    }
    this.settle(totals.sequence);
  }

  /** Compares the marks that speak of events up to `sequence`; all signals below it are counted. */
  private settle(sequence: number): void {
    for (let mark = this.pending[0]; mark !== undefined && mark.sequence <= sequence; mark = this.pending[0]) {
      this.pending.shift();
      this.checked++;
      if (mark.count === this.count && mark.hash === this.hash) continue;
      this.mismatches.push({
        recorded: mark,
        computed: { sequence: mark.sequence, count: this.count, hash: this.hash },
      });
    }
  }
}
