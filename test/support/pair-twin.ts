// pairs_trading against its twin: every number that the lane shows and every signal, bar by bar.
import { expect } from "vitest";
import * as layout from "../../assembly/layout.ts";
import type { DrivenBar } from "./pair-drive.ts";
import type { PairBar } from "./twins/pairs-trading.ts";

const BUY = layout.ACTION_BUY;

/** Relative to what is expected, absolute below one. */
export function near(own: number, expected: number): void {
  expect(Math.abs(own - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
}

/** Compares bar by bar; returns how often each event was seen. */
export function sameAsTwin(bars: readonly DrivenBar[], twin: readonly PairBar[]): Record<PairBar["event"], number> {
  const seen = { none: 0, enter: 0, leave: 0, hedge: 0 };
  expect(bars).toHaveLength(twin.length);
  twin.forEach((expected, index) => {
    const own = bars[index];
    if (own === undefined) throw new Error(`bar ${index} is missing`);
    near(own.z, expected.z);
    near(own.p, expected.p);
    expect(own.passed).toBe(expected.passed);
    seen[expected.event]++;
    expect(own.signals, `bar ${index}: ${expected.event}`).toHaveLength(expected.event === "none" ? 0 : 2);
    own.signals.forEach((signal, leg) => {
      expect(signal.group).toBe(layout.SCREEN_GROUPS + 1);
      if (expected.event === "leave") return expect(signal.action).toBe(layout.ACTION_EXIT);
      const side = expected.legs[leg];
      if (side === undefined) throw new Error("the twin has no such leg");
      expect(signal.action === BUY ? 1 : -1).toBe(side.side);
      near(signal.entry, side.entry);
      near(signal.stop, side.stop);
      near(signal.target, side.target);
      near(signal.confidence, expected.confidence);
      near(signal.values[0], expected.z);
      near(signal.values[1], expected.beta);
      near(signal.values[2], expected.p);
      near(signal.values[3], side.weight);
    });
  });
  return seen;
}

/** How often the twin gave each reason. */
export function reasons(twin: readonly PairBar[]): Readonly<Record<PairBar["reason"], number>> {
  const count = { "": 0, stop: 0, silent: 0, beta: 0, exit: 0, gate: 0, armed: 0, far: 0, worth: 0 };
  for (const { event, reason } of twin) if (event !== "none") count[reason]++;
  return count;
}
/** How often it was kept from entering for each reason. */
export function refusals(twin: readonly PairBar[]): Readonly<Record<PairBar["reason"], number>> {
  return reasons(twin.filter(({ event }) => event === "none").map((bar) => ({ ...bar, event: "leave" as const })));
}
