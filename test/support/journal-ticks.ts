// Numbered ticks of a journal: tests post ticks whose volume is a number of their own, and look for them afterwards.
import { join } from "node:path";
import * as layout from "../../assembly/layout.ts";
import { readEvents } from "../../src/stream/journal/journal.ts";

/** How often each number is in the journal of this data folder, up to event `end`. */
export function ticksInJournal(dataDir: string, end = Infinity): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { events } of readEvents(join(dataDir, "journal"), 0, end)) {
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    for (let at = 0; at < events.byteLength; at += layout.EVENT_BYTES) {
      if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_TRADE) continue;
      const number = view.getFloat64(at + layout.EVENT_PAYLOAD + 8, true);
      found.set(number, (found.get(number) ?? 0) + 1);
    }
  }
  return found;
}
