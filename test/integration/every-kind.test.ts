// A recorded feed with every kind of event, through ingest, the core, the journal and the replay tool: each of the 18
// strategies speaks, and every way to compute the recording gives the same signals.
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { EVENT_KINDS } from "../../src/domain/event.ts";
import { STRATEGIES } from "../../src/domain/strategies.ts";
import { loadCore } from "../../src/stream/kernels/core.ts";
import { SegmentWriter } from "../../src/stream/journal/segment-writer.ts";
import { replay, type ReplayReport } from "../../src/stream/replay.ts";
import { everyKindFeed } from "../support/every-kind-feed.ts";
import { temporaryFolder } from "../support/journal.ts";
import { runTape, type Tape } from "../support/tape-run.ts";

const CAPACITY = { maxSymbols: 64, maxInstances: 64 };
const BLOCK = 512;

function record(tape: Tape): string {
  const dir = temporaryFolder();
  const coreHash = loadCore().hash;
  const writer = new SegmentWriter({ dir, sync: "off", segmentBytes: 1 << 28, coreHash, firstSequence: 0 });
  for (let at = 0; at < tape.events.length; at += BLOCK * layout.EVENT_BYTES) {
    const piece = tape.events.subarray(at, at + BLOCK * layout.EVENT_BYTES);
    writer.stage(piece, 0, piece.length / layout.EVENT_BYTES);
    writer.write();
  }
  writer.close();
  return dir;
}

async function again(dir: string, workers: number): Promise<ReplayReport> {
  const result = await replay({ dir, capacity: { ...CAPACITY, workers } });
  if (!result.ok) throw new Error(result.failure);
  return result.value;
}

describe("a recorded feed with every kind of event", () => {
  const tape = runTape(everyKindFeed());

  it("holds every kind of event, and none is refused", () => {
    const kinds = new Set<number>();
    for (let at = layout.EVENT_KIND; at < tape.events.length; at += layout.EVENT_BYTES) kinds.add(tape.events[at] ?? 0);
    for (const kind of EVENT_KINDS.keys()) expect(kinds).toContain(kind);
    expect(tape.rejected).toBe(0);
  });

  it.each(STRATEGIES.map(({ name, code }) => ({ name, code })))("makes $name speak", ({ code }) => {
    const spoken = tape.signals.filter(({ strategy, action }) => strategy === code && action !== layout.ACTION_EXIT);
    expect(spoken.length).toBeGreaterThan(0);
    for (const { entry, stop, target, action, confidence } of spoken) {
      const side = action === layout.ACTION_BUY ? 1 : -1;
      expect(side * (entry - stop)).toBeGreaterThan(0);
      expect(side * (target - entry)).toBeGreaterThan(0);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThanOrEqual(0.9);
    }
  });

  it("gives the same signals and the same state a second time", () => {
    const second = runTape(everyKindFeed());
    expect(second.plane.state.signalTotals()).toEqual(tape.plane.state.signalTotals());
    expect(second.plane.hash()).toBe(tape.plane.hash());
  });

  it("gives them again from the journal, on one thread and on three", async () => {
    const dir = record(tape);
    const { count, hash } = tape.plane.state.signalTotals();
    for (const workers of [1, 3]) {
      const report = await again(dir, workers);
      expect({ workers, signals: report.signals, hash: report.signalHash, state: report.stateHash }).toEqual({
        workers,
        signals: count,
        hash,
        state: tape.plane.hash(),
      });
    }
  });
});
