// From the record of the signal ring to the signal that the host speaks of: names for codes, and the strategy's own
// values by their wire names.
import * as layout from "../../assembly/layout.ts";
import type { Action, Signal } from "../domain/signal.ts";
import { STRATEGIES, type StrategyType, type Tier } from "../domain/strategies.ts";
import type { SignalRecord } from "./rings/signal-ring.ts";

export interface Names {
  symbolName(id: number): string;
  /** The registered strategy whose instance spoke at that event; null for the engine's own. */
  strategyId(instance: number, sequence: number): string | null;
}

const ACTIONS: Readonly<Record<number, Action>> = {
  [layout.ACTION_BUY]: "buy",
  [layout.ACTION_SELL]: "sell",
  [layout.ACTION_EXIT]: "exit",
};
const TIERS: Readonly<Record<number, Tier>> = {
  [layout.TIER_FAST]: "fast",
  [layout.TIER_TACTICAL]: "tactical",
  [layout.TIER_STRATEGIC]: "strategic",
  [layout.TIER_LEARNING]: "learning",
};
const ID_LENGTH = 13; // 36^13 > 2^64

/** All signals of some events, in order. `mark`: what ids of this engine begin with, so that no other engine has them. */
export function viewSignals(records: readonly SignalRecord[], names: Names, mark = ""): readonly Signal[] {
  let ordinal = 0;
  return records.map((record, index) => {
    ordinal = records[index - 1]?.sequence === record.sequence ? ordinal + 1 : 0;
    return viewSignal(record, names, ordinal, mark);
  });
}

export function viewSignal(record: SignalRecord, names: Names, ordinal = 0, mark = ""): Signal {
  const type = STRATEGIES[record.strategy];
  const action = ACTIONS[record.action];
  if (!type || !action) throw new Error(`signal record of event ${record.sequence} has an unknown code`);
  return {
    id: `sig_${mark}${record.hash.toString(36).padStart(ID_LENGTH, "0")}`,
    sequence: record.sequence,
    ordinal,
    instance: record.instance,
    type: type.name,
    strategy: type.signalName,
    family: type.family,
    tier: TIERS[record.tier] ?? type.tier,
    symbol: names.symbolName(record.symbol),
    action,
    entry: record.entry,
    stop: record.stop,
    target: record.target,
    confidence: record.confidence,
    confidenceRaw: record.confidenceRaw,
    extra: extraOf(record, type),
    strategyId: names.strategyId(record.instance, record.sequence),
    clock: record.clock,
    eventTime: record.time,
    demo: (record.flags & layout.SIGNAL_FLAG_DEMO) !== 0,
  };
}

/** The strategy's own values, named by its catalogue entry. */
function extraOf(record: SignalRecord, type: StrategyType): Readonly<Record<string, number | boolean | string>> {
  const extra: Record<string, number | boolean | string> = {};
  type.values.forEach((name, index) => {
    const value = record.values[index];
    if (name !== null && value !== undefined && Number.isFinite(value)) extra[name] = value;
  });
  if (record.strategy === layout.MOMENTUM_RIDER) {
    extra["momentum_strength"] = Math.abs(record.values[0]);
    extra["volume_confirmation"] = (record.flags & layout.SIGNAL_FLAG_VOLUME) !== 0;
  }
  if ((record.flags & layout.SIGNAL_FLAG_IOC) !== 0) extra["time_in_force"] = "ioc";
  if (record.group > 0) extra["group"] = record.group - 1;
  return extra;
}
