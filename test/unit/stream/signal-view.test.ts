import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { wireSignal } from "../../../src/domain/signal.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { viewSignal, type Names } from "../../../src/stream/signal-view.ts";
import { Random } from "../../support/random.ts";
import { signalRecord } from "../../support/signal-record.ts";

const NAMES: Names = {
  symbolName: (id) => (id === 3 ? "BTCUSD" : `#${id}`),
  strategyId: (instance) => (instance === 20 ? "strategy-20" : null),
};
const view = (changes: Parameters<typeof signalRecord>[0] = {}) => viewSignal(signalRecord(changes), NAMES);

describe("signal id", () => {
  it("is the same for the same record, and another for another hash", () => {
    expect(view().id).toBe(view().id);
    expect(view({ hash: 1n }).id).not.toBe(view({ hash: 2n }).id);
  });

  it("has sig_ and thirteen letters or digits for every hash, so that no two hashes share one", () => {
    const random = new Random(3);
    const hashes = [0n, 1n, 35n, 36n, 0xffff_ffff_ffff_ffffn];
    for (let count = 0; count < 500; count++) {
      hashes.push((BigInt(random.integer(2 ** 31)) << 33n) | BigInt(random.integer(2 ** 31)));
    }
    const ids = hashes.map((hash) => view({ hash }).id);
    for (const id of ids) expect(id).toMatch(/^sig_[0-9a-z]{13}$/);
    expect(new Set(ids).size).toBe(new Set(hashes).size);
  });
});

describe("signal", () => {
  it("speaks in names: type, family, tier, symbol, action", () => {
    for (const type of STRATEGIES) {
      const signal = view({ strategy: type.code });
      expect([signal.type, signal.strategy, signal.family]).toEqual([type.name, type.signalName, type.family]);
    }
    const tiers = [layout.TIER_FAST, layout.TIER_TACTICAL, layout.TIER_STRATEGIC, layout.TIER_LEARNING];
    expect(tiers.map((tier) => view({ tier }).tier)).toEqual(["fast", "tactical", "strategic", "learning"]);
    const actions = [layout.ACTION_BUY, layout.ACTION_SELL, layout.ACTION_EXIT];
    expect(actions.map((action) => view({ action }).action)).toEqual(["buy", "sell", "exit"]);
    expect([view().symbol, view({ symbol: 9 }).symbol]).toEqual(["BTCUSD", "#9"]);
  });

  it("names the registered strategy that spoke, and none for the engine's own", () => {
    expect(view({ instance: 20 }).strategyId).toBe("strategy-20");
    expect(view().strategyId).toBeNull();
  });

  it("has the momentum's strength without sign, its trend with sign, and volume only when the flag says so", () => {
    const extra = view({ values: [-1.62, -0.002, 0, 0], flags: layout.SIGNAL_FLAG_VOLUME }).extra;
    expect(extra).toEqual({ momentum_strength: 1.62, trend_direction: -0.002, volume_confirmation: true });
    expect(view({ flags: layout.SIGNAL_FLAG_DEMO }).extra).toMatchObject({ volume_confirmation: false });
  });

  it("has the quotes of a market maker", () => {
    expect(view({ strategy: layout.SPREAD_ADJUSTER, values: [99, 101, 2, 3] }).extra).toEqual({
      bid_price: 99,
      ask_price: 101,
      bid_size: 2,
      ask_size: 3,
    });
  });

  it("has the spread of a cointegrated group, numbered from zero", () => {
    expect(view({ strategy: layout.COINTEGRATION_MODEL, values: [2.5, 0.8, 14, 31], group: 17 }).extra).toEqual({
      zscore: 2.5,
      hedge_ratio: 0.8,
      half_life_bars: 14,
      trace_statistic: 31,
      group: 16,
    });
  });

  it("is refused when its codes are unknown: the record is not one of this core", () => {
    expect(() => view({ strategy: layout.STRATEGY_COUNT })).toThrow("signal record of event 1 has an unknown code");
    expect(() => view({ action: 0 })).toThrow("signal record of event 1 has an unknown code");
  });
});

describe("signal on the wire", () => {
  it("has every field of the interface, in its unit, and no other", () => {
    const record = { flags: layout.SIGNAL_FLAG_VOLUME };
    expect(wireSignal(view(record))).toEqual({
      id: view(record).id,
      type: "momentum_rider",
      strategy: "momentum",
      strategy_type: "trend_following",
      timing_tier: "fast",
      symbol: "BTCUSD",
      action: "buy",
      entry_price: 50_000,
      stop_loss: 49_000,
      take_profit: 51_500,
      confidence: 0.89,
      momentum_strength: 1.62,
      trend_direction: 0.002,
      volume_confirmation: true,
      confidence_raw: 0.9,
      strategy_id: null,
      event_time: 1_640_995_200.25,
      timestamp: 1_640_995_200,
    });
  });

  it("says demo only when it is", () => {
    expect(wireSignal(view({ flags: layout.SIGNAL_FLAG_DEMO }))).toMatchObject({ demo: true });
    expect(wireSignal(view())).not.toHaveProperty("demo");
  });
});
