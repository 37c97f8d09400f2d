import { describe, expect, it } from "vitest";
import { assess, checkRiskRules, COOLDOWN_PAIRS_MAX, createRiskState, judge } from "../../../src/stream/risk/risk.ts";
import { buySignal, exitSignal, sellSignal } from "../../support/signals.ts";
import type { Signal } from "../../../src/domain/signal.ts";
import type { RiskRules, RiskState } from "../../../src/stream/risk/risk.ts";

const RULES: RiskRules = { confidenceFloor: 0.1, cooldownUs: 1_000_000 };

function verdict(signal: Signal, state: RiskState = createRiskState(), rules: RiskRules = RULES): string {
  const given = judge(signal, rules, state);
  return given.approved ? "approved" : given.reason;
}

describe("the order of prices", () => {
  it("is stop < entry < target for a buy and the mirror of it for a sell", () => {
    expect(verdict(buySignal())).toBe("approved");
    expect(verdict(sellSignal())).toBe("approved");
    for (const wrong of [
      { stop: 50_000 },
      { target: 50_000 },
      { stop: 0 },
      { stop: -1 },
      { stop: 51_500, target: 49_000 },
    ]) {
      expect(verdict(buySignal(wrong))).toBe("bad_price_order");
    }
    for (const wrong of [{ stop: 50_000 }, { target: 50_000 }, { target: 0 }, { stop: 48_500, target: 51_000 }]) {
      expect(verdict(sellSignal(wrong))).toBe("bad_price_order");
    }
  });

  it("does not concern exits", () => {
    expect(verdict(exitSignal({ stop: NaN, target: NaN }))).toBe("approved");
  });
});

it("refuses every number that is not finite, the strategy's own ones included", () => {
  const fields = ["entry", "stop", "target", "confidence", "confidenceRaw", "clock", "eventTime"] as const;
  for (const field of fields) {
    for (const value of [NaN, Infinity, -Infinity]) expect(verdict(buySignal({ [field]: value }))).toBe("non_finite");
  }
  expect(verdict(buySignal({ extra: { bid_price: NaN } }))).toBe("non_finite");
  expect(verdict(exitSignal({ entry: NaN }))).toBe("non_finite");
});

it("refuses a confidence outside 0..1 and one below the floor", () => {
  expect(verdict(buySignal({ confidence: 1.01 }))).toBe("bad_confidence");
  expect(verdict(buySignal({ confidence: -0.01 }))).toBe("bad_confidence");
  expect(verdict(buySignal({ confidence: 0.099 }))).toBe("low_confidence");
  expect(verdict(buySignal({ confidence: 0.1 }))).toBe("approved");
  expect(verdict(exitSignal({ confidence: 0 }))).toBe("approved");
});

describe("the cool-down", () => {
  it("does not tear a pair apart because another pair of the same instance shares a symbol", () => {
    const leg = (symbol: string, group: number): Signal => buySignal({ symbol, extra: { group } });
    const pairs = [leg("BTCUSD", 0), leg("ETHUSD", 0), leg("BTCUSD", 1), leg("SOLUSD", 1)];
    expect(assess(pairs, RULES, createRiskState()).refused).toEqual([]);
  });

  it("holds per instance and symbol, in engine time", () => {
    const state = createRiskState();
    const at = (us: number, changes: Partial<Signal> = {}) => buySignal({ clock: 1_000_000_000 + us, ...changes });
    const batch = [at(0), at(999_999), at(999_999, { symbol: "ETHUSD" }), at(999_999, { instance: 7 }), at(1_000_000)];
    const { approved, refused } = assess(batch, RULES, state);
    expect(approved).toEqual([batch[0], batch[2], batch[3], batch[4]]);
    expect(refused).toEqual([{ signal: batch[1], reason: "cooldown" }]);
  });

  it("is not begun by a refused signal nor by an exit", () => {
    const batch = [buySignal({ confidence: 0 }), exitSignal(), buySignal()];
    expect(assess(batch, RULES, createRiskState()).approved).toEqual([batch[1], batch[2]]);
  });

  it("remembers a bounded number of pairs", () => {
    const state = createRiskState();
    const signals = Array.from({ length: COOLDOWN_PAIRS_MAX + 10 }, (_, index) => buySignal({ instance: index }));
    assess(signals, RULES, state);
    expect(state.lastEntryUs.size).toBe(COOLDOWN_PAIRS_MAX);
    assess([buySignal({ clock: 1_756_029_700_000_000 })], RULES, state);
    expect(state.lastEntryUs.size).toBe(1);
  });
});

it("lets only exits through while the emergency stop is latched", () => {
  const state = createRiskState();
  state.emergencyStop = true;
  const batch = [buySignal(), sellSignal(), exitSignal()];
  const { approved, refused } = assess(batch, RULES, state);
  expect(approved).toEqual([batch[2]]);
  expect(refused.map(({ reason }) => reason)).toEqual(["emergency_stop", "emergency_stop"]);
});

it("changes nothing by judging", () => {
  const state = createRiskState();
  expect([verdict(buySignal(), state), verdict(buySignal(), state)]).toEqual(["approved", "approved"]);
  expect(state.lastEntryUs.size).toBe(0);
});

it("refuses rules that make no sense", () => {
  for (const confidenceFloor of [-0.1, 1.1, NaN]) expect(() => checkRiskRules({ ...RULES, confidenceFloor })).toThrow();
  for (const cooldownUs of [-1, 0.5, NaN]) expect(() => checkRiskRules({ ...RULES, cooldownUs })).toThrow();
  expect(() => checkRiskRules(RULES)).not.toThrow();
});
