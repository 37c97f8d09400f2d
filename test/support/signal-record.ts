// A record of the signal ring for tests: a momentum buy unless told otherwise.
import * as layout from "../../assembly/layout.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";

export function signalRecord(changes: Partial<SignalRecord> = {}): SignalRecord {
  return {
    sequence: 1,
    instance: layout.MOMENTUM_RIDER,
    symbol: 3,
    strategy: layout.MOMENTUM_RIDER,
    action: layout.ACTION_BUY,
    tier: layout.TIER_FAST,
    flags: 0,
    group: 0,
    clock: 1_640_995_200_700_000,
    time: 1_640_995_200_250_000,
    entry: 50_000,
    stop: 49_000,
    target: 51_500,
    confidence: 0.89,
    confidenceRaw: 0.9,
    values: [1.62, 0.002, 0, 0],
    hash: 0x0123_4567_89ab_cdefn,
    ...changes,
  };
}
