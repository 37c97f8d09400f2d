// One row of the feed as numbers. One object for the life of a thread, filled anew with each row. Prices and times as in
// the event's record (assembly/layout.ts).
import * as layout from "../../../assembly/layout.ts";

/** Words of a row before the record. */
export const RECORD = 2;

export class FeedEvent {
  sequence = 0;
  kind = 0;
  flags = 0;
  /** Id of the symbol in the stream. */
  subject = 0;
  aux = 0;
  time = 0;
  clock = 0;
  readonly values = new Float64Array(5);

  /** `at`: the word at which the row begins. */
  read(words: Int32Array, numbers: Float64Array, at: number): this {
    const header = words[at + RECORD] ?? 0;
    const record = (at + RECORD) >> 1;
    this.sequence = numbers[at >> 1] ?? 0;
    this.subject = header & 0xffff;
    this.kind = (header >>> 16) & 0xff;
    this.flags = header >>> 24;
    this.aux = (words[at + RECORD + 1] ?? 0) >>> 0;
    this.time = numbers[record + layout.EVENT_TIME / 8] ?? 0;
    this.clock = numbers[record + layout.EVENT_CLOCK / 8] ?? 0;
    for (let index = 0; index < 5; index++)
      this.values[index] = numbers[record + layout.EVENT_PAYLOAD / 8 + index] ?? 0;
    return this;
  }

  /** Of the payload. Taking the array apart costs more than asking for its numbers. */
  value(index: number): number {
    return this.values[index] ?? 0;
  }

  /** Of the wire's event further records follow. */
  get more(): boolean {
    return (this.flags & layout.FLAG_MORE) !== 0;
  }
}

/** The name in a record of KIND_NAME that begins at the word `at`. */
export function nameIn(words: Int32Array, at: number): string {
  const length = (words[at + 1] ?? 0) >>> 16;
  let name = "";
  for (let index = 0; index < Math.min(length, layout.NAME_BYTES); index++) {
    const word = words[at + layout.EVENT_PAYLOAD / 4 + (index >> 2)] ?? 0;
    name += String.fromCharCode((word >>> ((index & 3) * 8)) & 0xff);
  }
  return name;
}
