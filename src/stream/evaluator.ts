// Events go in and signals come out, all on the calling thread: the core evaluates when it is told to. What is written is
// written as the host writes it live; nobody sees it before `settle`.
import type { EpochUs } from "../domain/units.ts";
import type { Compute } from "./compute.ts";
import type { SignalRecord, SignalRings, SignalTotals } from "./rings/signal-ring.ts";

export class Evaluator {
  readonly compute: Compute;
  private readonly rings: SignalRings;
  private readonly most: number;

  /** `most`: events at a time, no more than the signal ring has room for, which nobody empties while the core works. */
  constructor(compute: Compute, rings: SignalRings, most: number) {
    this.compute = compute;
    this.rings = rings;
    this.most = Math.max(1, Math.floor(most));
  }

  /** Writes one event at the engine clock `known`; its sequence. */
  write(
    kind: number,
    subject: number,
    flags: number,
    aux: number,
    time: EpochUs,
    known: EpochUs,
    payload: readonly number[],
  ): number {
    const { ring, writer } = this.compute.plane;
    const sequence = ring.nextSequence;
    writer.stamp(known);
    if (!writer.write(kind, subject, flags, aux, time, payload)) throw new RangeError("settle more often");
    return sequence;
  }

  /** Evaluates everything written; the signals in the order of the stream. */
  settle(): readonly SignalRecord[] {
    this.compute.plane.ring.publish();
    const signals: SignalRecord[] = [];
    while (this.compute.host.drain(this.most) > 0) for (const signal of this.rings.take().signals) signals.push(signal);
    return signals;
  }

  /** Of all signals so far. */
  totals(): SignalTotals {
    return this.rings.take().totals;
  }
}
