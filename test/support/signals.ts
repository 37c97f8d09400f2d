// Builders of signals for tests: a valid buy unless told otherwise; approved ones come from risk itself.
import { assess, createRiskState } from "../../src/stream/risk/risk.ts";
import type { Signal } from "../../src/domain/signal.ts";
import type { Approved } from "../../src/domain/approved.ts";

export function buySignal(changes: Partial<Signal> = {}): Signal {
  return {
    id: "sig_000000000001",
    ordinal: 0,
    sequence: 1,
    instance: 6,
    type: "momentum_rider",
    strategy: "momentum",
    family: "trend_following",
    tier: "fast",
    symbol: "BTCUSD",
    action: "buy",
    entry: 50_000,
    stop: 49_000,
    target: 51_500,
    confidence: 0.8,
    confidenceRaw: 0.85,
    extra: { momentum_strength: 1.62, trend_direction: 0.002, volume_confirmation: true },
    strategyId: null,
    clock: 1_756_029_600_000_000,
    eventTime: 1_756_029_600_000_000,
    demo: false,
    ...changes,
  };
}

export function sellSignal(changes: Partial<Signal> = {}): Signal {
  return buySignal({ action: "sell", entry: 50_000, stop: 51_000, target: 48_500, ...changes });
}

export function exitSignal(changes: Partial<Signal> = {}): Signal {
  return buySignal({ action: "exit", stop: 0, target: 0, confidence: 0, confidenceRaw: 0, extra: {}, ...changes });
}

/** Signals that passed risk without a floor and without a cool-down. */
export function approve(signals: readonly Signal[]): readonly Approved[] {
  const { approved, refused } = assess(signals, { confidenceFloor: 0, cooldownUs: 0 }, createRiskState());
  if (refused[0] !== undefined) throw new Error(`the test's signal was refused: ${refused[0].reason}`);
  return approved;
}

/** `count` buys numbered from `first`, over the given symbols in turn. */
export function approvedBuys(
  first: number,
  count: number,
  symbols: readonly string[] = ["BTCUSD"],
): readonly Approved[] {
  const signals = Array.from({ length: count }, (_, index) =>
    buySignal({
      id: `sig_${String(first + index).padStart(13, "0")}`,
      sequence: first + index,
      symbol: symbols[(first + index) % symbols.length] ?? "BTCUSD",
    }),
  );
  return approve(signals);
}
