// Whose instance speaks. A registered strategy's mark is a number made of its id and the type of the instance; it lies
// in the instance's row as the last parameter, so journal, snapshot and restart carry it, and whoever knows the
// strategies can tell after any crash which row is whose. A row without a mark is half written, or nobody's.
// An instance id is given out again after a removal, so who spoke depends on the event: the spans below say it.
import { createHash } from "node:crypto";
import * as layout from "../../assembly/layout.ts";
import type { EventBlock } from "./journal/journal.ts";

/** Place of the mark among the parameters of a row; the core never reads it. */
export const PARAMETER_OWNER = layout.PARAMETER_ALL_SYMBOLS + 1;
if (layout.INSTANCE_PARAMETERS + (PARAMETER_OWNER + 1) * 8 > layout.INSTANCE_BYTES)
  throw new RangeError("the instance row has no place for its owner");

/** A strategy that is not known any more, where its id is asked for. */
export const UNKNOWN_STRATEGY = "strat_unknown";
const MARK_BYTES = 6; // below 2^53: exact in an f64
const NAMES_MAX = 65_536;

/** 1 .. 2^48; the same for the same strategy and type on every machine. */
export function ownerMark(strategyId: string, type: string): number {
  return createHash("sha256").update(`${strategyId}/${type}`).digest().readUIntBE(0, MARK_BYTES) + 1;
}

interface Span {
  readonly from: number;
  readonly mark: number;
}

export class Owners {
  /** By instance, oldest first. */
  private readonly spans = new Map<number, Span[]>();
  private readonly names = new Map<number, string>();
  /** Signals of events below this one were given out: nobody asks for them again. */
  settled = 0;
  private readonly nameOf: (mark: number) => string | null;

  /** `nameOf` tells the strategy of a mark that came out of a journal; null: there is none (any more). */
  constructor(nameOf: (mark: number) => string | null = () => null) {
    this.nameOf = nameOf;
  }

  /** From this event on the instance belongs to `mark`. */
  note(instance: number, from: number, mark: number): void {
    const spans = this.spans.get(instance) ?? [];
    while (spans[1] !== undefined && spans[1].from <= this.settled) spans.shift();
    spans.push({ from, mark });
    this.spans.set(instance, spans);
  }

  /** Remembers the strategy of a mark, also after its removal: its last signals may still be on their way. */
  name(mark: number, strategyId: string): void {
    this.names.delete(mark);
    this.names.set(mark, strategyId);
    const [oldest] = this.names.keys();
    if (this.names.size > NAMES_MAX && oldest !== undefined) this.names.delete(oldest);
  }

  /** The strategy of the instance at that event; null for one of the engine's own. */
  strategyAt(instance: number, sequence: number): string | null {
    const mark = this.spans.get(instance)?.findLast(({ from }) => from <= sequence)?.mark ?? 0;
    return this.strategyOf(mark);
  }

  strategyOf(mark: number): string | null {
    return mark === 0 ? null : (this.names.get(mark) ?? this.nameOf(mark) ?? UNKNOWN_STRATEGY);
  }

  /** The blocks as they are; the marks in them are noted on the way. */
  *follow(blocks: Iterable<EventBlock>): Generator<EventBlock, void> {
    for (const block of blocks) {
      const { buffer, byteOffset, byteLength } = block.events;
      const view = new DataView(buffer, byteOffset, byteLength);
      for (let index = 0; index < block.count; index++) this.read(view, block.firstSequence + index, index);
      yield block;
    }
  }

  private read(view: DataView, sequence: number, index: number): void {
    const at = index * layout.EVENT_BYTES;
    if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_CONTROL) return;
    if (view.getUint32(at + layout.EVENT_AUX, true) !== layout.CONTROL_PARAMETER) return;
    if (view.getFloat64(at + layout.EVENT_PAYLOAD, true) !== PARAMETER_OWNER) return;
    const mark = view.getFloat64(at + layout.EVENT_PAYLOAD + 8, true);
    this.note(view.getUint16(at + layout.EVENT_SUBJECT, true), sequence, mark);
  }
}
