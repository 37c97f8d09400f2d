// From the signals of registered strategies to what an account trades, together where they belong to one event.
import type { Approved } from "../../domain/approved.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import type { NamedSignal } from "./messages.ts";

export interface SignalGroup {
  readonly strategyId: string;
  readonly sequence: number;
  readonly group: readonly NamedSignal[];
}

/** In the order in which they came; those of the engine's own instances are left out. */
export function namedSignals(signals: readonly Approved[]): readonly SignalGroup[] {
  const groups: { strategyId: string; sequence: number; group: NamedSignal[] }[] = [];
  for (const signal of signals) {
    const { strategyId, sequence } = signal;
    if (strategyId === null) continue;
    const known = groups.findLast((one) => one.strategyId === strategyId && one.sequence === sequence);
    if (known !== undefined) known.group.push(namedOf(signal));
    else groups.push({ strategyId, sequence, group: [namedOf(signal)] });
  }
  return groups;
}

function namedOf({ symbol, type, action, entry, stop, target, extra }: Approved): NamedSignal {
  const names = STRATEGIES.find(({ name }) => name === type)?.values ?? [];
  const values = names.map((name) => (name === null ? Number.NaN : Number(extra[name] ?? Number.NaN)));
  const group = typeof extra["group"] === "number" ? extra["group"] + 1 : 0;
  return { symbol, type, action, entry, stop, target, values, group, immediate: extra["time_in_force"] === "ioc" };
}
