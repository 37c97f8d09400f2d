// Signals of one event sorted into the groups that they name: the legs of a pair, a basket or a triangle.
import type { TradeSignal } from "./policy.ts";

export interface Leg {
  readonly signal: TradeSignal;
  /** 1 long, -1 short, 0: out. */
  readonly sign: number;
}

/** Groups in the order of their first leg; the last signal of a symbol counts. */
export function wholeLegs(signals: readonly TradeSignal[]): readonly (readonly Leg[])[] {
  const groups = new Map<number, Map<number, Leg>>();
  for (const signal of signals) {
    const legs = groups.get(signal.group) ?? new Map<number, Leg>();
    groups.set(signal.group, legs);
    const sign = signal.action === "exit" ? 0 : signal.action === "buy" ? 1 : -1;
    legs.set(signal.symbol, { signal, sign });
  }
  return [...groups.values()].map((legs) => [...legs.values()]);
}
