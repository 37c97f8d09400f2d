// pairs: the distance z of the last residual of log a on log b from 0, in deviations. Beyond the stop: out; below -in: long
// a and short b; above in: the reverse; nearer than out: out; otherwise as it is. Half of the equity in each leg, and both
// legs are filled together.
import type { Side, Venue } from "../order.ts";
import { valueAt, type Column, type Rule } from "./rule.ts";

export interface SpreadOptions {
  readonly enter: number;
  readonly leave: number;
  readonly stop: number;
}

const HALF = 0.5;

export function spreadReversion(
  venue: Venue,
  legs: readonly [a: number, b: number],
  z: Column,
  options: SpreadOptions,
): Rule {
  let position = 0;
  const wanted = (score: number): number => {
    const distance = Math.abs(score);
    if (distance > options.stop) return 0;
    if (score < -options.enter) return 1;
    if (score > options.enter) return -1;
    return distance < options.leave ? 0 : position;
  };
  return {
    at(bar) {
      const score = valueAt(z, bar);
      const next = Number.isNaN(score) ? position : wanted(score);
      if (next === position) return;
      const sides = legs.map((symbol, place): { readonly symbol: number; readonly side: Side } => {
        const direction = (next === 0 ? -position : next) * (place === 0 ? 1 : -1);
        return { symbol, side: direction > 0 ? "buy" : "sell" };
      });
      venue.submitTogether(sides.map((leg) => ({ ...leg, kind: "market", share: next === 0 ? 0 : HALF })));
      position = next;
    },
  };
}
