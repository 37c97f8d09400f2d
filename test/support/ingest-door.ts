// A data plane with its ingest on the test's own thread, and the records it has written, to be compared byte by byte.
import * as layout from "../../assembly/layout.ts";
import { Ingest, type OnSymbol } from "../../src/stream/ingest/ingest.ts";
import { instantiateCore, loadCore, type CoreBuild } from "../../src/stream/kernels/core.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";

/** A Wednesday, microseconds. */
export const NOON = Date.UTC(2026, 10, 18, 12) * 1000;

export interface DoorOptions {
  readonly build?: CoreBuild;
  readonly maxSymbols?: number;
  readonly onSymbol?: OnSymbol;
  readonly onDefect?: (error: unknown) => void;
  /** A consumer that never consumes: the ring fills. */
  readonly blocked?: boolean;
}

export interface WrittenRecord {
  readonly subject: number;
  readonly kind: number;
  readonly flags: number;
  readonly aux: number;
  readonly time: number;
  readonly clock: number;
  readonly payload: readonly number[];
}

export class Door {
  readonly plane: Plane;
  readonly ingest: Ingest;
  now = NOON;
  private readonly view: DataView;
  private readonly base: number;
  private taken = 0;

  constructor(options: DoorOptions = {}) {
    this.plane = createPlane({ maxSymbols: options.maxSymbols ?? 64, maxInstances: 16, workers: 1 });
    const core = instantiateCore(loadCore(options.build ?? "debug").module, this.plane.memory);
    const onSymbol = options.onSymbol ?? ((): boolean => true);
    const { onDefect } = options;
    this.ingest = new Ingest({ ...this.plane, core, now: () => this.now, onSymbol, ...(onDefect ? { onDefect } : {}) });
    this.view = new DataView(this.plane.memory.buffer);
    this.base = this.plane.plan.bases[layout.PLAN_EVENTS] ?? 0;
    if (options.blocked) {
      new Int32Array(this.plane.memory.buffer)[(layout.CONSUMERS + layout.CONSUMER_ACTIVE) >> 2] = 1;
    }
  }

  json(value: unknown): ReturnType<Ingest["accept"]> {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return this.ingest.accept(new TextEncoder().encode(text), "http");
  }

  /** How many records there are since the last call. */
  count(): number {
    const count = this.ingest.nextSequence - this.taken;
    this.taken = this.ingest.nextSequence;
    return count;
  }

  /** Records since the last call, 64 bytes each as hex. */
  hex(): string[] {
    return this.since((at) => Buffer.from(this.plane.memory.buffer.slice(at, at + layout.EVENT_BYTES)).toString("hex"));
  }

  /** Records since the last call; names and control events are left out unless `all`. */
  records(all = false): WrittenRecord[] {
    const records = this.since((at) => this.read(at));
    return all ? records : records.filter((record) => record.kind < layout.KIND_CLOCK);
  }

  private since<T>(take: (address: number) => T): T[] {
    const next = this.ingest.nextSequence;
    const slots: T[] = [];
    for (; this.taken < next; this.taken++) {
      slots.push(take(this.base + (this.taken & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES));
    }
    this.taken = next;
    return slots;
  }

  private read(at: number): WrittenRecord {
    return {
      subject: this.view.getUint16(at + layout.EVENT_SUBJECT, true),
      kind: this.view.getUint8(at + layout.EVENT_KIND),
      flags: this.view.getUint8(at + layout.EVENT_FLAGS),
      aux: this.view.getUint32(at + layout.EVENT_AUX, true),
      time: this.view.getFloat64(at + layout.EVENT_TIME, true),
      clock: this.view.getFloat64(at + layout.EVENT_CLOCK, true),
      payload: [0, 1, 2, 3, 4].map((index) => this.view.getFloat64(at + layout.EVENT_PAYLOAD + index * 8, true)),
    };
  }
}
