// Where a worker stops for a snapshot: at live snapshot events only, decided by the event's number alone.
import { expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { TestPlane } from "../../support/plane.ts";

it("stops behind a live snapshot event, and passes by one that comes back from the journal", () => {
  const test = new TestPlane();
  const { memory, ring, writer } = test.plane;
  const snapshot = ring.nextSequence + 1;
  for (const [first, firstPart] of [
    [snapshot, 2],
    [snapshot + 1 + 3, 3],
  ] as const) {
    new BigUint64Array(memory.buffer)[layout.LIVE_FROM >> 3] = BigInt(first);
    writer.write(layout.KIND_CLOCK, 0, 0, 0, writer.clock, []);
    test.control(layout.CONTROL_SNAPSHOT, 0, []);
    writer.write(layout.KIND_CLOCK, 0, 0, 0, writer.clock, []);
    ring.publish();
    expect(test.core.drain(layout.EVENT_SLOTS)).toBe(firstPart);
    test.core.snapshotTaken();
    test.core.drain(layout.EVENT_SLOTS);
  }
});
