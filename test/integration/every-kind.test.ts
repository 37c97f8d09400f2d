// A recorded feed with every kind of event, through ingest, the core, the journal and the replay tool: each of the 18
// strategies speaks, and every way to compute the recording gives the same signals.
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { EVENT_KINDS } from "../../src/domain/event.ts";
import { STRATEGIES } from "../../src/domain/strategies.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { replay, type ReplayReport } from "../../src/stream/replay.ts";
import { everyKindFeed } from "../support/every-kind-feed.ts";
import { temporaryFolder } from "../support/journal.ts";
import { journalTape } from "../support/tape-journal.ts";
import { runTape, type Tape } from "../support/tape-run.ts";

const CAPACITY = { maxSymbols: 64, maxInstances: 64 };

/** Who follows the signals: the legs that are open, by instance, symbol and group. */
class Follower {
  readonly open = new Map<string, number>();
  readonly paused = new Set<number>();
  /** Exits of what was not open. */
  stray = 0;

  take(signals: readonly SignalRecord[]): void {
    for (const { instance, symbol, group, action } of signals) {
      const leg = `${instance}:${symbol}:${group}`;
      if (action !== layout.ACTION_EXIT) this.open.set(leg, instance);
      else if (!this.open.delete(leg)) this.stray++;
    }
  }
  holds(instance: number): boolean {
    return [...this.open.values()].includes(instance);
  }
}

/** Each instance is switched off once, when it holds something, and on again; behind the last message all are removed. */
function interrupted(follower: Follower, last: number): Tape {
  return runTape(everyKindFeed(), {
    follow: (plane, signals, index) => {
      follower.take(signals);
      for (const { id, enabled } of plane.instances.all) {
        if (index === last) plane.instances.remove(id);
        else if (!enabled) plane.instances.enable(id, true);
        else if (!follower.paused.has(id) && follower.holds(id)) {
          follower.paused.add(id);
          plane.instances.enable(id, false);
          follower.take(plane.settle());
          expect({ id, holds: follower.holds(id) }).toEqual({ id, holds: false });
        }
      }
      if (index === last) follower.take(plane.settle());
    },
  });
}

async function again(dir: string, workers: number): Promise<ReplayReport> {
  const result = await replay({ dir, capacity: { ...CAPACITY, workers } });
  if (!result.ok) throw new Error(result.failure);
  return result.value;
}

async function expectAgain(tape: Tape, numbers: readonly number[]): Promise<void> {
  const dir = temporaryFolder();
  journalTape(tape, dir);
  const { count, hash } = tape.plane.state.signalTotals();
  for (const workers of numbers) {
    const report = await again(dir, workers);
    expect({ workers, signals: report.signals, hash: report.signalHash, state: report.stateHash }).toEqual({
      workers,
      signals: count,
      hash,
      state: tape.plane.hash(),
    });
  }
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
    await expectAgain(tape, [1, 3]);
  });

  it("leaves nobody with an open position when instances are paused and removed, and is replayed with that", async () => {
    const follower = new Follower();
    const cut = interrupted(follower, everyKindFeed().length - 1);
    expect([...follower.paused].toSorted((a, b) => a - b)).toEqual(STRATEGIES.map(({ code }) => code));
    // The legs of a cycle are filled or cancelled by themselves.
    const left = [...follower.open.values()].filter((instance) => instance !== layout.TRIANGULAR_ARBITRAGE);
    expect({ left, stray: follower.stray }).toEqual({ left: [], stray: 0 });
    await expectAgain(cut, [1, 3]);
  });
});
