// Host end of the signal rings, one per kernel worker. Signals leave in one order whatever the number of workers: by
// the sequence of the event that caused them, then instance, then symbol; an event's signals are released when every
// worker has passed it. Also keeps the running count and hash (a sum of per-signal hashes) of all that was released.
import * as layout from "../../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";

export interface SignalRecord {
  readonly sequence: number;
  readonly instance: number;
  readonly symbol: number;
  readonly strategy: number;
  readonly action: number;
  readonly tier: number;
  readonly flags: number;
  readonly group: number;
  readonly clock: number;
  readonly time: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly confidence: number;
  readonly confidenceRaw: number;
  readonly values: readonly [number, number, number, number];
  readonly hash: bigint;
}

export interface SignalTotals {
  /** Every event below this sequence is reflected. */
  readonly sequence: number;
  readonly count: number;
  readonly hash: bigint;
}

interface Lane {
  readonly tailWord: number; // of the event consumer
  readonly counters: number;
  readonly base: number;
  tail: number;
  sequence: number;
  /** Read from the ring, of events that not every worker has passed. */
  readonly waiting: SignalRecord[];
}

export class SignalRings {
  private readonly words: Int32Array;
  private readonly view: DataView;
  private readonly lanes: Lane[] = [];
  private count: number;
  private hash: bigint;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, start: SignalTotals) {
    this.words = new Int32Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.count = start.count;
    this.hash = start.hash;
    const ringBytes = layout.SIGNAL_SLOTS * layout.SIGNAL_BYTES;
    for (let worker = 0; worker < plan.workers; worker++) {
      const tailWord = (layout.CONSUMERS + worker * layout.LINE + layout.CONSUMER_TAIL) >> 2;
      this.lanes.push({
        tailWord,
        counters: layout.SIGNAL_COUNTERS + worker * layout.SIGNAL_COUNTERS_BYTES,
        base: (plan.bases[layout.PLAN_SIGNALS] ?? 0) + worker * ringBytes,
        tail: Atomics.load(this.words, tailWord),
        sequence: start.sequence,
        waiting: [],
      });
    }
  }

  /** Everything below this sequence has been evaluated by every worker. */
  watermark(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const lane of this.lanes) {
      const tail = Atomics.load(this.words, lane.tailWord);
      lane.sequence += (tail - lane.tail) | 0;
      lane.tail = tail;
      lowest = Math.min(lowest, lane.sequence);
    }
    return lowest;
  }

  /**
   * Releases the signals of all events below the watermark, in their order. Room is made for all, released or not: a
   * worker that waits for room within one batch of events does not move its tail.
   */
  take(): { readonly signals: readonly SignalRecord[]; readonly totals: SignalTotals } {
    const sequence = this.watermark();
    const signals: SignalRecord[] = [];
    for (const lane of this.lanes) this.takeLane(lane, sequence, signals);
    if (signals.length > 1) signals.sort(canonical);
    for (const signal of signals) this.hash = BigInt.asUintN(64, this.hash + signal.hash);
    this.count += signals.length;
    return { signals, totals: { sequence, count: this.count, hash: this.hash } };
  }

  private takeLane(lane: Lane, limit: number, into: SignalRecord[]): void {
    const tailWord = (lane.counters + layout.LINE) >> 2;
    const head = Atomics.load(this.words, lane.counters >> 2);
    let tail = this.words[tailWord] ?? 0;
    while (tail !== head) {
      const address = lane.base + (tail & (layout.SIGNAL_SLOTS - 1)) * layout.SIGNAL_BYTES;
      lane.waiting.push(this.read(address));
      tail = (tail + 1) | 0;
    }
    Atomics.store(this.words, tailWord, tail);
    Atomics.notify(this.words, tailWord);
    const later = lane.waiting.findIndex(({ sequence }) => sequence >= limit);
    const due = later < 0 ? lane.waiting.length : later;
    for (const signal of lane.waiting.splice(0, due)) into.push(signal);
  }

  private read(address: number): SignalRecord {
    const view = this.view;
    const number = (offset: number): number => view.getFloat64(address + offset, true);
    return {
      sequence: Number(view.getBigUint64(address + layout.SIGNAL_SEQUENCE, true)),
      instance: view.getUint32(address + layout.SIGNAL_INSTANCE, true),
      symbol: view.getUint32(address + layout.SIGNAL_SYMBOL, true),
      strategy: view.getUint8(address + layout.SIGNAL_STRATEGY),
      action: view.getUint8(address + layout.SIGNAL_ACTION),
      tier: view.getUint8(address + layout.SIGNAL_TIER),
      flags: view.getUint8(address + layout.SIGNAL_FLAGS),
      group: view.getUint32(address + layout.SIGNAL_GROUP, true),
      clock: number(layout.SIGNAL_CLOCK),
      time: number(layout.SIGNAL_TIME),
      entry: number(layout.SIGNAL_ENTRY),
      stop: number(layout.SIGNAL_STOP),
      target: number(layout.SIGNAL_TARGET),
      confidence: number(layout.SIGNAL_CONFIDENCE),
      confidenceRaw: number(layout.SIGNAL_CONFIDENCE_RAW),
      values: [
        number(layout.SIGNAL_VALUES),
        number(layout.SIGNAL_VALUES + 8),
        number(layout.SIGNAL_VALUES + 16),
        number(layout.SIGNAL_VALUES + 24),
      ],
      hash: view.getBigUint64(address + layout.SIGNAL_HASH, true),
    };
  }
}

function canonical(a: SignalRecord, b: SignalRecord): number {
  return a.sequence - b.sequence || a.instance - b.instance || a.symbol - b.symbol;
}
