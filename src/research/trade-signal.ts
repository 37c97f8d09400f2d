// A signal of the core as the trader reads it: `symbol` is the venue's number for the signal's symbol.
import * as layout from "../../assembly/layout.ts";
import type { TradeSignal } from "../simulation/simulation.ts";
import type { SignalRecord } from "../stream/solo-plane.ts";

export function tradeSignalOf(record: SignalRecord, symbol: number): TradeSignal {
  const { entry, stop, target, values, group, flags } = record;
  const action = record.action === layout.ACTION_BUY ? "buy" : record.action === layout.ACTION_SELL ? "sell" : "exit";
  return { symbol, action, entry, stop, target, values, group, immediate: (flags & layout.SIGNAL_FLAG_IOC) !== 0 };
}
