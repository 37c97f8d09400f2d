// A recorded journal on the calling thread: the state that it begins with (a snapshot or nothing), and a plane into which
// its events are written once more, by whoever traces them, with their own sequences. Reads only.
import * as layout from "../../assembly/layout.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { activate, createCompute, loadSnapshot, type Compute } from "./compute.ts";
import { Evaluator } from "./evaluator.ts";
import { type EventBlock, explainJournal, listSnapshots, readableFrom, readEvents } from "./journal/journal.ts";
import type { Capacity } from "./rings/memory-plan.ts";
import { SignalRings, type SignalTotals } from "./rings/signal-ring.ts";

const NEVER = 2n ** 64n - 1n;

export class Retrace extends Evaluator {
  readonly start: SignalTotals;
  private readonly dir: string;
  private readonly base: number;

  static open(dir: string, capacity: Omit<Capacity, "workers">): Result<Retrace, string> {
    const first = readableFrom(dir);
    if (first === null) return failed(`${dir} holds no journal; run the engine with this DATA_DIR first`);
    const compute = createCompute({ ...capacity, workers: 1 });
    const beginning: SignalTotals = { sequence: 0, count: 0, hash: 0n };
    if (first === 0) return ok(new Retrace(dir, compute, beginning));
    const snapshot = listSnapshots(dir).findLast(({ nextSequence }) => nextSequence >= first);
    if (!snapshot) return failed(`events before ${first} are gone and no snapshot behind them is left`);
    const loaded = loadSnapshot(compute, snapshot);
    return loaded.ok ? ok(new Retrace(dir, compute, loaded.value)) : failed(explainJournal(loaded.failure));
  }

  private constructor(dir: string, compute: Compute, start: SignalTotals) {
    const { memory, plan } = compute.plane;
    const instances = plan.maxSymbols + plan.maxInstances;
    super(compute, new SignalRings(memory, plan, start), layout.SIGNAL_SLOTS / (2 * instances));
    this.dir = dir;
    this.start = start;
    const longs = new BigUint64Array(memory.buffer);
    Atomics.store(longs, layout.LIVE_FROM >> 3, NEVER); // snapshots that the journal tells of are not taken again
    longs[(layout.CONSUMERS + layout.CONSUMER_SEQUENCE) >> 3] = BigInt(start.sequence);
    activate(compute);
    compute.host.rebuildLists();
    this.base = plan.bases[layout.PLAN_EVENTS] ?? 0;
  }

  /** What was recorded, in order. */
  blocks(): Generator<EventBlock> {
    return readEvents(this.dir, this.start.sequence);
  }

  /** The record that was written last, where it lies. */
  get written(): Uint8Array {
    const { ring } = this.compute.plane;
    const slot = this.base + ((ring.mark() - 1) & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
    return ring.bytes.subarray(slot, slot + layout.EVENT_BYTES);
  }

  /** Puts in a record as it was recorded. */
  append(record: Uint8Array): void {
    const { ring, writer } = this.compute.plane;
    if (ring.append(record) !== 1) throw new RangeError("settle more often");
    writer.stamp(new DataView(record.buffer, record.byteOffset).getFloat64(layout.EVENT_CLOCK, true));
  }

  /** Takes back the last one that was written, which nobody has seen. */
  takeBack(): void {
    const { ring } = this.compute.plane;
    ring.rewind((ring.mark() - 1) | 0);
  }
}
