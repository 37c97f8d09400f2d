// Events that carry their own sequence, so that whoever reads a journal back can check each of them.
import * as layout from "../../assembly/layout.ts";

export const CORE_HASH = "5e".repeat(32);

/** `count` trades; payload 0 is the sequence, so that a reader can tell each from all others. */
export function events(firstSequence: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * layout.EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index++) {
    const at = index * layout.EVENT_BYTES;
    view.setUint16(at + layout.EVENT_SUBJECT, 1 + ((firstSequence + index) % 7), true);
    view.setUint8(at + layout.EVENT_KIND, layout.KIND_TRADE);
    view.setFloat64(at + layout.EVENT_CLOCK, 1e15 + firstSequence + index, true);
    view.setFloat64(at + layout.EVENT_PAYLOAD, firstSequence + index, true);
    view.setFloat64(at + layout.EVENT_PAYLOAD + 8, 1 / (1 + firstSequence + index), true);
  }
  return bytes;
}
