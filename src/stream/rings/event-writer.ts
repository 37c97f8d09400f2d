// Writes one event record into the next free slot of the ring. The clock of a record never falls: `stamp` is the
// engine clock, taken once per message, and kept monotonic here whatever the wall clock does.
import * as layout from "../../../assembly/layout.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { EventRing } from "./event-ring.ts";

export class EventWriter {
  private readonly view: DataView;
  private readonly clockWord: Float64Array;
  private readonly ring: EventRing;

  constructor(memory: WebAssembly.Memory, ring: EventRing) {
    this.ring = ring;
    this.view = new DataView(memory.buffer);
    this.clockWord = new Float64Array(memory.buffer, layout.ENGINE_CLOCK, 1);
  }

  /** Moves the engine clock to `wall` unless that would move it back; the decoder in the core reads the same word. */
  stamp(wall: EpochUs): EpochUs {
    const clock = Math.max(this.clock, wall);
    this.clockWord[0] = clock;
    return clock;
  }

  get clock(): EpochUs {
    return this.clockWord[0] ?? 0;
  }

  /** False when the ring is full; nothing is visible to consumers before EventRing.publish. */
  write(kind: number, subject: number, flags: number, aux: number, time: EpochUs, payload: readonly number[]): boolean {
    const slot = this.ring.reserve();
    if (slot < 0) return false;
    this.fill(slot, kind, subject, flags, aux, time, payload);
    return true;
  }

  /** A control event in a slot that was reserved before; `clock` is that of then, because a clock never falls. */
  control(slot: number, subject: number, code: number, clock: EpochUs, payload: readonly number[]): void {
    this.fill(slot, layout.KIND_CONTROL, subject, 0, code, clock, payload);
    this.view.setFloat64(slot + layout.EVENT_CLOCK, clock, true);
  }

  private fill(
    slot: number,
    kind: number,
    subject: number,
    flags: number,
    aux: number,
    time: EpochUs,
    payload: readonly number[],
  ): void {
    const view = this.view;
    view.setUint16(slot + layout.EVENT_SUBJECT, subject, true);
    view.setUint8(slot + layout.EVENT_KIND, kind);
    view.setUint8(slot + layout.EVENT_FLAGS, flags);
    view.setUint32(slot + layout.EVENT_AUX, aux, true);
    view.setFloat64(slot + layout.EVENT_TIME, time, true);
    view.setFloat64(slot + layout.EVENT_CLOCK, this.clock, true);
    for (let index = 0; index < 5; index++) {
      view.setFloat64(slot + layout.EVENT_PAYLOAD + index * 8, payload[index] ?? 0, true);
    }
  }

  /** A name of at most NAME_BYTES ASCII characters, so that the journal explains its own ids. */
  writeName(table: number, id: number, assetType: number, flags: number, name: string): boolean {
    const slot = this.ring.reserve();
    if (slot < 0) return false;
    const view = this.view;
    view.setUint16(slot + layout.EVENT_SUBJECT, id, true);
    view.setUint8(slot + layout.EVENT_KIND, layout.KIND_NAME);
    view.setUint8(slot + layout.EVENT_FLAGS, flags);
    view.setUint32(slot + layout.EVENT_AUX, table | (assetType << 8) | (name.length << 16), true);
    view.setFloat64(slot + layout.EVENT_TIME, this.clock, true);
    view.setFloat64(slot + layout.EVENT_CLOCK, this.clock, true);
    for (let index = 0; index < 40; index++) {
      view.setUint8(slot + layout.EVENT_PAYLOAD + index, index < name.length ? name.charCodeAt(index) : 0);
    }
    return true;
  }
}
