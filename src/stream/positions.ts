// Where the engine is in its input stream, written into its own stream of events: one control event in front of the
// records of some entries says which entry is the newest of them and how many records follow. They become visible
// together, so they count together or not at all: a journal that ends inside them is cut back to that event
// (journal/unfinished.ts), and the entries come again. The core keeps the newest position, so a snapshot holds it.
// Main thread only.
import * as words from "../../assembly/position-layout.ts";
import type { StreamPlace } from "../bus/bus.ts";
import type { Compute } from "./compute.ts";
import type { EventRing } from "./rings/event-ring.ts";
import type { EventWriter } from "./rings/event-writer.ts";

const HALF = 32n;
const LOW = 0xffff_ffffn;

/** Payload of a CONTROL_POSITION event. */
export function positionPayload({ id, ordinal, ticks = 0 }: StreamPlace): readonly number[] {
  const [ms = "0", place = "0"] = id.split("-");
  return [...halves(BigInt(ms)), ...halves(BigInt(place)), (ordinal ?? 0) + ticks / words.POSITION_TICKS];
}

/** From the settings of the core; null: nothing was taken yet. */
export function positionIn(setting: (index: number) => number): StreamPlace | null {
  const word = (index: number): bigint => BigInt(setting(words.SETTING_POSITION + index));
  const ms = (word(words.POSITION_MS_HIGH) << HALF) | word(words.POSITION_MS_LOW);
  const place = (word(words.POSITION_PLACE_HIGH) << HALF) | word(words.POSITION_PLACE_LOW);
  const number = setting(words.SETTING_POSITION + words.POSITION_ORDINAL);
  const ordinal = Math.floor(number);
  const ticks = (number - ordinal) * words.POSITION_TICKS;
  if (ms === 0n && place === 0n) return null;
  const entry = { id: `${ms}-${place}`, ordinal: ordinal === 0 ? null : ordinal };
  return ticks === 0 ? entry : { ...entry, ticks };
}

function halves(value: bigint): readonly [high: number, low: number] {
  return [Number(value >> HALF), Number(value & LOW)];
}

/** Where positions are written: one at a time, with everything that is reserved in the ring until it ends. */
export class Positions {
  private readonly ring: EventRing;
  private readonly writer: EventWriter;
  private slot = -1;
  private first = 0;
  private clock = 0;

  constructor(ring: EventRing, writer: EventWriter) {
    this.ring = ring;
    this.writer = writer;
  }

  /** False without room in the ring, then nothing has begun. */
  begin(): boolean {
    this.ring.publish(); // what came before does not belong to it
    this.slot = this.ring.reserve();
    this.first = this.ring.nextSequence;
    this.clock = this.writer.clock;
    if (this.slot >= 0) this.ring.beginWhole();
    return this.slot >= 0;
  }

  /** Everything since `begin` came by entries up to this one, or up to so many ticks of it. Becomes visible with the next publish. */
  end(place: StreamPlace): void {
    const records = this.ring.nextSequence - this.first;
    this.writer.control(this.slot, records, words.CONTROL_POSITION, this.clock, positionPayload(place));
    this.ring.endWhole();
  }
}

/** What a feed needs: where the stream has come to, and where it writes how it goes on. */
export function positionsOf({ compute }: { readonly compute: Compute }): {
  readonly place: StreamPlace | null;
  readonly positions: Positions;
} {
  const { plane, state } = compute;
  return { place: positionIn((index) => state.setting(index)), positions: new Positions(plane.ring, plane.writer) };
}
