import { describe, expect, it } from "vitest";
import { type Closed, Tracker, type TrackerOptions } from "../../../src/learning/tracker.ts";
import { openingOf, randomTape, type Step, trade } from "../../support/learning/openings.ts";
import { TrackerTwin, type TwinOutcome } from "../../support/twins/tracker.ts";

const SECOND = 1_000_000;

function tracking(options: Partial<TrackerOptions> = {}): { readonly tracker: Tracker; readonly closed: Closed[] } {
  const closed: Closed[] = [];
  return { tracker: new Tracker({ symbols: 8, onClosed: (one) => closed.push(one), ...options }), closed };
}

function enter(tracker: Tracker, step: Step): void {
  if (step.kind === "open") tracker.signalled(step.opening);
  else if (step.kind === "exit") tracker.signalled({ ...step, group: null });
  else {
    const { symbol, sequence, clock, prices } = step.event;
    if ("price" in prices) trade(tracker, symbol, sequence, clock, prices.price);
    else if ("bid" in prices) tracker.quoted(symbol, sequence, clock, prices.bid, prices.ask);
    else tracker.bar(symbol, sequence, clock, prices.open, prices.high, prices.low, prices.close, prices.start);
  }
}

/** One trade and the events behind it. */
function outcomeOf(side: 1 | -1, events: (tracker: Tracker) => void): Closed["outcome"] | undefined {
  const { tracker, closed } = tracking();
  const levels = side > 0 ? {} : { side, stop: 102, target: 97 };
  tracker.signalled(openingOf(levels));
  events(tracker);
  tracker.advance(100);
  return closed[0]?.outcome;
}

describe("a followed signal", () => {
  it("ends at its target, its stop or its time, after costs", () => {
    const cases = [
      [1, 103.1, "target", 0.03 - 0.0007 - 0.0001 * 1.03],
      [1, 98, "stop", -0.02 - 0.0007 - 0.0007 * 0.98],
      [1, 95, "stop", -0.05 - 0.0007 - 0.0007 * 0.95],
      [-1, 96.9, "target", 0.03 - 0.0007 - 0.0001 * 0.97],
      [-1, 103, "stop", -0.03 - 0.0007 - 0.0007 * 1.03],
    ] as const;
    for (const [side, price, ended, net] of cases) {
      const outcome = outcomeOf(side, (tracker) => trade(tracker, 0, 2, SECOND, price));
      expect(outcome).toMatchObject({ ended, side, source: "signal", openedAt: 0, closedAt: SECOND });
      expect(outcome?.net).toBeCloseTo(net, 12);
    }
    const late = outcomeOf(1, (tracker) => trade(tracker, 0, 2, 3_600 * SECOND, 101));
    expect(late).toMatchObject({ ended: "time" });
    expect(late?.net).toBeCloseTo(0.01 - 0.0007 - 0.0007 * 1.01, 12);
  });

  it("takes the stop before the target inside a bar, and a target only beyond its price", () => {
    expect(outcomeOf(1, (tracker) => tracker.bar(0, 2, SECOND, 100, 104, 97, 103, 0))?.ended).toBe("stop");
    expect(outcomeOf(1, (tracker) => tracker.bar(0, 2, SECOND, 100, 103, 99, 102, 0))).toBeUndefined();
    const gap = outcomeOf(1, (tracker) => tracker.bar(0, 2, SECOND, 90, 95, 89, 94, 0));
    expect(gap?.net).toBeCloseTo(-0.1 - 0.0007 - 0.0007 * 0.9, 12);
  });

  it("goes by nothing but the close of a bar that began before its entry", () => {
    const bar = (low: number, close: number) =>
      outcomeOf(1, (tracker) => tracker.bar(0, 2, SECOND, 100, 104, low, close, -1));
    expect(bar(90, 101)).toBeUndefined();
    expect(bar(90, 97)?.net).toBeCloseTo(-0.03 - 0.0007 - 0.0007 * 0.97, 12);
    expect(bar(100, 103.5)?.ended).toBe("target");
  });

  it("leaves at the bid when it is long and at the ask when it is short", () => {
    expect(outcomeOf(1, (tracker) => tracker.quoted(0, 2, SECOND, 102.9, 103.5))).toBeUndefined();
    expect(outcomeOf(1, (tracker) => tracker.quoted(0, 2, SECOND, 103.1, 103.5))?.ended).toBe("target");
    expect(outcomeOf(-1, (tracker) => tracker.quoted(0, 2, SECOND, 101, 102))?.ended).toBe("stop");
  });

  it("counts from the event behind the one that caused it, however late it is told", () => {
    const { tracker, closed } = tracking();
    trade(tracker, 0, 1, SECOND, 90);
    trade(tracker, 0, 2, 2 * SECOND, 101);
    trade(tracker, 0, 3, 3 * SECOND, 104);
    tracker.signalled(openingOf({ sequence: 1 }));
    tracker.advance(2);
    expect(closed).toHaveLength(0);
    tracker.advance(4);
    expect(closed[0]?.outcome).toMatchObject({ ended: "target", closedAt: 3 * SECOND });
  });

  it("counts once, however often its instance says it again", () => {
    const { tracker, closed } = tracking();
    for (let sequence = 1; sequence <= 30; sequence++) {
      tracker.signalled(openingOf({ sequence, id: `sig_${sequence}` }));
      trade(tracker, 0, sequence + 1, sequence * SECOND, 100);
      tracker.advance(sequence + 1);
    }
    expect(tracker.size).toBe(1);
    trade(tracker, 0, 40, 40 * SECOND, 104);
    tracker.advance(41);
    expect(closed.map(({ openings }) => openings[0]?.id)).toStrictEqual(["sig_1"]);
  });

  it("ends when its instance calls its exit or turns round", () => {
    const { tracker, closed } = tracking();
    tracker.signalled(openingOf());
    tracker.signalled({ instance: 6, symbol: 0, group: null, sequence: 2, clock: 2 * SECOND, price: 101 });
    tracker.signalled(openingOf({ sequence: 3 }));
    const turned = { side: -1, stop: 103, target: 98, entry: 101, sequence: 4, openedAt: 4 * SECOND } as const;
    tracker.signalled(openingOf(turned));
    tracker.advance(5);
    expect(closed.map(({ outcome }) => outcome.ended)).toStrictEqual(["exit", "exit"]);
    expect(tracker.openings().map(({ side }) => side)).toStrictEqual([-1]);
  });

  it("of a group counts with its other legs, as their mean, when the last of them has ended", () => {
    const { tracker, closed } = tracking();
    const levels = { stop: -Infinity, target: Infinity };
    tracker.signalled(openingOf({ group: 3, symbol: 0, ...levels }));
    const sold = { side: -1, stop: Infinity, target: -Infinity } as const;
    tracker.signalled(openingOf({ group: 3, symbol: 1, ...sold }));
    trade(tracker, 0, 2, SECOND, 10); // no barrier of its own
    const exit = { instance: 6, group: 3, clock: 2 * SECOND };
    tracker.signalled({ ...exit, symbol: 0, sequence: 3, price: 104 });
    tracker.advance(4);
    expect(closed).toHaveLength(0);
    tracker.signalled({ ...exit, symbol: 1, sequence: 3, price: 102 });
    tracker.advance(5);
    const market = 0.0007;
    const mean = (0.04 - market - market * 1.04 + (-0.02 - market - market * 1.02)) / 2;
    expect(closed).toHaveLength(1);
    expect(closed[0]?.openings).toHaveLength(2);
    expect(closed[0]?.outcome.net).toBeCloseTo(mean, 12);
  });

  it("comes to no more than its stake, lost or gained, whatever a wrong price says", () => {
    const short = outcomeOf(-1, (tracker) => trade(tracker, 0, 2, SECOND, 100_000));
    expect(short).toMatchObject({ net: -1, ended: "stop" });
    const { tracker, closed } = tracking();
    const legs = { stop: -Infinity, target: Infinity };
    tracker.signalled(openingOf({ group: 3, symbol: 0, ...legs }));
    tracker.signalled(openingOf({ group: 3, symbol: 1, side: -1, stop: Infinity, target: -Infinity }));
    const exit = { instance: 6, group: 3, clock: SECOND, sequence: 2 };
    tracker.signalled({ ...exit, symbol: 0, price: 104 });
    tracker.signalled({ ...exit, symbol: 1, price: 100_000 });
    tracker.advance(3);
    expect(closed[0]?.outcome.net).toBeCloseTo((0.04 - 0.0007 - 0.0007 * 1.04 - 1) / 2, 12);
    const opening = openingOf();
    for (const [net, told] of [
      [-999, -1],
      [40, 1],
      [-0.3, -0.3],
    ] as const) {
      const one = tracking();
      one.tracker.signalled(opening);
      one.tracker.advance(2);
      one.tracker.takeOver(opening.key);
      one.tracker.executed(opening.key, net, "exit", SECOND, 50);
      expect(one.closed[0]?.outcome.net).toBe(told);
    }
  });

  it("counts as what an execution made of it, and not beside it", () => {
    const { tracker, closed } = tracking();
    const opening = openingOf();
    tracker.signalled(opening);
    tracker.advance(2);
    tracker.takeOver(opening.key);
    trade(tracker, 0, 2, SECOND, 50);
    tracker.signalled({ instance: 6, symbol: 0, group: null, sequence: 3, clock: 2 * SECOND, price: 50 });
    tracker.advance(4);
    expect(closed).toHaveLength(0);
    expect(tracker.executed(opening.key, 0.011, "exit", 5 * SECOND, 50)).toBe(true);
    expect(tracker.executed(opening.key, 0.011, "exit", 5 * SECOND, 50)).toBe(false);
    expect(closed.map(({ outcome }) => outcome)).toMatchObject([{ net: 0.011, source: "execution" }]);
  });

  it("counts by its barriers while no execution has taken it over", () => {
    const { tracker, closed } = tracking();
    tracker.signalled(openingOf());
    tracker.advance(2);
    expect(tracker.executed(openingOf().key, 0.011, "exit", SECOND, 100)).toBe(false);
    trade(tracker, 0, 2, SECOND, 104);
    tracker.advance(3);
    expect(closed.map(({ outcome }) => outcome)).toMatchObject([{ ended: "target", source: "signal" }]);
  });

  it("that turns what an execution holds is followed once the execution has left, unless it is over by then", () => {
    for (const [left, followed] of [
      [101, [-1]],
      [104, []],
    ] as const) {
      const { tracker } = tracking();
      const { key } = openingOf();
      tracker.signalled(openingOf());
      tracker.advance(2);
      tracker.takeOver(key);
      tracker.signalled(openingOf({ side: -1, stop: 103, target: 98, entry: 101, sequence: 2 }));
      tracker.advance(3);
      expect(tracker.openings().map(({ side }) => side)).toStrictEqual([1]);
      tracker.executed(key, 0.01, "exit", 3 * SECOND, left);
      expect(tracker.openings().map(({ side }) => side)).toStrictEqual(followed);
    }
  });

  it("of a group is not taken over, so it ends with the other legs", () => {
    const { tracker } = tracking();
    const leg = openingOf({ group: 3, stop: -Infinity, target: Infinity });
    tracker.signalled(leg);
    tracker.advance(2);
    tracker.takeOver(leg.key);
    expect(tracker.executed(leg.key, 0.01, "exit", SECOND, 100)).toBe(false);
    expect(tracker.size).toBe(1);
  });

  it("whose symbol falls silent ends with its time, at the last price; without one it is dropped", () => {
    const { tracker, closed } = tracking();
    tracker.signalled(openingOf());
    tracker.signalled(openingOf({ symbol: 1, deadline: SECOND }));
    trade(tracker, 0, 2, SECOND, 101);
    tracker.advance(3);
    tracker.expire(3_599 * SECOND);
    expect(tracker.size).toBe(1);
    tracker.expire(3_600 * SECOND);
    expect(tracker.size).toBe(0);
    expect(closed.map(({ outcome }) => outcome.ended)).toStrictEqual(["time"]);
    expect(tracker.counters.lost).toBe(1);
  });

  it("survives a restart", () => {
    const [before, after] = [tracking(), tracking()];
    before.tracker.signalled(openingOf());
    before.tracker.advance(2);
    for (const opening of before.tracker.openings()) after.tracker.restore(opening);
    trade(after.tracker, 0, 9, SECOND, 104);
    after.tracker.advance(10);
    expect(after.closed[0]?.outcome.ended).toBe("target");
  });
});

describe("the tracker's limits", () => {
  it("follows so many trades and counts those beyond", () => {
    const { tracker } = tracking({ capacity: 2 });
    for (let symbol = 0; symbol < 3; symbol++) tracker.signalled(openingOf({ symbol }));
    tracker.advance(2);
    expect(tracker.size).toBe(2);
    expect(tracker.counters).toMatchObject({ followed: 2, refused: 1 });
    trade(tracker, 0, 2, SECOND, 104);
    tracker.advance(3);
    tracker.signalled(openingOf({ symbol: 2, sequence: 3 }));
    tracker.advance(4);
    expect(tracker.size).toBe(2);
  });

  it("deals with its oldest event unasked when so many wait, and counts it", () => {
    const { tracker, closed } = tracking({ pending: 4 });
    tracker.signalled(openingOf());
    tracker.advance(2);
    for (let sequence = 2; sequence <= 7; sequence++) trade(tracker, 0, sequence, sequence * SECOND, 104);
    expect(tracker.counters.hurried).toBe(2);
    expect(closed).toHaveLength(1);
  });

  it("passes over symbols that it has no room for", () => {
    const { tracker } = tracking({ symbols: 1 });
    trade(tracker, 5, 1, SECOND, 100);
    tracker.advance(2);
    expect(tracker.counters.hurried).toBe(0);
  });
});

describe("the tracker", () => {
  it("comes to what its plain twin comes to, on random markets, however events and signals are chunked", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const steps = randomTape(seed, 3_000);
      const twin = new TrackerTwin();
      for (const step of steps) {
        if (step.kind === "event") twin.event(step.event);
        else if (step.kind === "open") twin.signal(step.opening);
        else twin.exit(step.instance * 2 ** 16 + step.symbol, step.price, step.clock);
      }
      const { tracker, closed } = tracking();
      const chunk = 1 + seed * 37;
      for (let from = 1; from <= 3_000; from += chunk) {
        // The events of a chunk are visible before any of its signals is known.
        const inside = steps.filter((step) => within(step, from, from + chunk));
        for (const step of inside) if (step.kind === "event") enter(tracker, step);
        for (const step of inside) if (step.kind !== "event") enter(tracker, step);
        tracker.advance(from + chunk);
      }
      expect(twin.closed.length).toBeGreaterThan(100);
      expect(sorted(closed.map(({ outcome, openings }) => ({ ...outcome, id: openings[0]?.id ?? "" })))).toStrictEqual(
        sorted(twin.closed),
      );
    }
  });
});

/** Trades that one event ends end in no order. */
function sorted(ends: readonly TwinOutcome[]): readonly string[] {
  return ends.map(({ id, ended, closedAt, net }) => `${closedAt} ${id} ${ended} ${net.toFixed(10)}`).toSorted();
}

function within(step: Step, from: number, to: number): boolean {
  const sequence =
    step.kind === "event" ? step.event.sequence : step.kind === "open" ? step.opening.sequence : step.sequence;
  return sequence >= from && sequence < to;
}
