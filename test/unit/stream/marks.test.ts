import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { MarkChecker, markPayload, readMark, type Mark } from "../../../src/stream/marks.ts";
import { createPlane } from "../../../src/stream/rings/plane.ts";
import type { SignalTotals } from "../../../src/stream/rings/signal-ring.ts";
import { signalRecord } from "../../support/signal-record.ts";

const BEGINNING: SignalTotals = { sequence: 0, count: 0, hash: 0n };
const signal = (sequence: number, hash: bigint) => signalRecord({ sequence, hash });
const upTo = (sequence: number): SignalTotals => ({ sequence, count: 0, hash: 0n });

describe("mark in the stream", () => {
  it("comes back from its event as it was written, with all 64 bits of the hash", () => {
    const { writer, ring, plan } = createPlane({ maxSymbols: 16, maxInstances: 32, workers: 1 });
    const totals = { sequence: 2 ** 40 + 3, count: 12_345, hash: 0xfedc_ba98_8765_4321n };
    writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_MARK, 1, markPayload(totals));
    const view = new DataView(ring.bytes.buffer);
    expect(readMark(view, plan.bases[layout.PLAN_EVENTS] ?? 0)).toEqual(totals);
  });

  it("is told from every other control event and from every other kind", () => {
    const { writer, ring, plan } = createPlane({ maxSymbols: 16, maxInstances: 32, workers: 1 });
    writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_SNAPSHOT, 1, []);
    writer.write(layout.KIND_BAR, 0, 0, layout.CONTROL_MARK, 1, []);
    const view = new DataView(ring.bytes.buffer);
    const base = plan.bases[layout.PLAN_EVENTS] ?? 0;
    expect(readMark(view, base)).toBeNull();
    expect(readMark(view, base + layout.EVENT_BYTES)).toBeNull();
  });
});

describe("mark checker", () => {
  it("finds nothing when count and hash are what the mark says, at the mark and not at the end", () => {
    const checker = new MarkChecker(BEGINNING);
    checker.expect({ sequence: 10, count: 2, hash: 7n });
    checker.expect({ sequence: 20, count: 3, hash: 12n });
    checker.follow([signal(3, 3n), signal(9, 4n), signal(10, 5n), signal(25, 9n)], upTo(30));
    expect(checker.checked).toBe(2);
    expect(checker.mismatches).toEqual([]);
  });

  it("counts the signal of the event before the mark, and not that of the mark's own sequence", () => {
    for (const [sequence, count] of [
      [9, 1],
      [10, 0],
    ] as const) {
      const checker = new MarkChecker(BEGINNING);
      checker.expect({ sequence: 10, count, hash: BigInt(count) });
      checker.follow([signal(sequence, 1n)], upTo(11));
      expect(checker.mismatches).toEqual([]);
    }
  });

  it("compares a mark that lies behind what it speaks of with what had been given there, not with what came since", () => {
    const checker = new MarkChecker(BEGINNING);
    checker.follow([signal(3, 3n), signal(9, 4n), signal(14, 5n)], upTo(20));
    checker.expect({ sequence: 10, count: 2, hash: 7n });
    expect([checker.checked, checker.mismatches]).toEqual([1, []]);
    checker.expect({ sequence: 15, count: 2, hash: 7n });
    expect(checker.mismatches).toHaveLength(1);
  });

  it("tells what was recorded and what was computed when the count differs", () => {
    const checker = new MarkChecker(BEGINNING);
    const mark: Mark = { sequence: 10, count: 2, hash: 7n };
    checker.expect(mark);
    checker.follow([signal(3, 7n)], upTo(10));
    expect(checker.mismatches).toEqual([{ recorded: mark, computed: { sequence: 10, count: 1, hash: 7n } }]);
  });

  it("tells a different hash though the count is equal, in the high half as in the low one", () => {
    for (const bit of [0n, 31n, 32n, 63n]) {
      const checker = new MarkChecker(BEGINNING);
      checker.expect({ sequence: 10, count: 1, hash: 7n ^ (1n << bit) });
      checker.follow([signal(3, 7n)], upTo(10));
      expect(checker.mismatches).toHaveLength(1);
    }
  });

  it("goes on from the totals of the snapshot, within 64 bits", () => {
    const checker = new MarkChecker({ sequence: 100, count: 5, hash: 0xffff_ffff_ffff_ffffn });
    checker.expect({ sequence: 110, count: 6, hash: 1n });
    checker.follow([signal(104, 2n)], upTo(110));
    expect([checker.checked, checker.mismatches.length]).toEqual([1, 0]);
  });

  it("ignores a mark that speaks of events before the start, and checks one at the start itself", () => {
    const checker = new MarkChecker({ sequence: 100, count: 5, hash: 9n });
    checker.expect({ sequence: 99, count: 1, hash: 1n });
    checker.expect({ sequence: 100, count: 5, hash: 9n });
    checker.follow([], upTo(200));
    expect([checker.checked, checker.mismatches.length]).toEqual([1, 0]);
  });

  it("waits with a mark until everything below its sequence was evaluated", () => {
    const checker = new MarkChecker(BEGINNING);
    checker.expect({ sequence: 10, count: 1, hash: 1n });
    checker.follow([], upTo(9));
    expect(checker.checked).toBe(0);
    checker.follow([signal(9, 1n)], upTo(10));
    expect([checker.checked, checker.mismatches.length]).toEqual([1, 0]);
  });
});
