// What operators and clients may say of adaptation.
import { describe, expect, it } from "vitest";
import { DEFAULT_SETS } from "../../../src/learning/adaptation.ts";
import { readAdaptation } from "../../../src/learning/adaptation-settings.ts";
import { regimeMeant } from "../../../src/learning/conditions.ts";

describe("settings of adaptation", () => {
  it("are the engine's own, for thresholds, when nothing was said", () => {
    const own = { automatic: "thresholds", sets: DEFAULT_SETS, version: "engine-1", ignored: [] };
    expect(readAdaptation({}, 0)).toEqual(own);
  });

  it("replace a regime's set, leave the others, and bear the time at which they were set", () => {
    const volatile = { risk_tolerance: 1.05 };
    const { sets, version, ignored } = readAdaptation({ sets: { trend_following: { volatile, unknown: {} } } }, 17);
    expect(sets.trend_following.volatile).toEqual(volatile);
    expect(sets.trend_following.calm).toEqual(DEFAULT_SETS.trend_following.calm);
    expect(sets.htf).toEqual(DEFAULT_SETS.htf);
    expect([version, ignored]).toEqual(["operator-17", []]);
    expect(DEFAULT_SETS.trend_following.volatile).not.toEqual(volatile);
  });

  it("name what cannot be read, and go on without it", () => {
    const sets = {
      htf: {
        stormy: {},
        calm: { risk_tolerance: 2, stop: 1, trend_multiplier: "1", min_signal_quality: 1.05 },
        ranging: 3,
      },
      trend: {},
      arbitrage: [],
      __proto__: {},
    };
    const read = readAdaptation({ automatic: "always", sets, more: 1 }, 1);
    expect(read.automatic).toBe("thresholds");
    expect(read.sets.htf.calm).toEqual({});
    expect(read.sets.htf.ranging).toEqual(DEFAULT_SETS.htf.ranging);
    expect(read.ignored.toSorted()).toEqual([
      "automatic",
      "more",
      "sets.arbitrage",
      "sets.htf.calm.min_signal_quality",
      "sets.htf.calm.risk_tolerance",
      "sets.htf.calm.stop",
      "sets.htf.calm.trend_multiplier",
      "sets.htf.ranging",
      "sets.htf.stormy",
      "sets.trend",
    ]);
    expect(readAdaptation({ sets: 4 }, 1)).toMatchObject({ sets: DEFAULT_SETS, ignored: ["sets"] });
  });
});

describe("market conditions", () => {
  it("mean a regime by its word, or by words for volatility and trend; others mean none", () => {
    expect(regimeMeant({ regime: "calm", volatility: "high" })).toBe("calm");
    expect(regimeMeant({ market_regime: "unknown" })).toBe("unknown");
    expect(regimeMeant({ volatility: "high", trend: "up" })).toBe("volatile");
    expect(regimeMeant({ volatility: "low", trend: "bearish" })).toBe("trending");
    expect(regimeMeant({ volatility: "low" })).toBe("calm");
    expect(regimeMeant({ trend: "sideways" })).toBe("ranging");
    for (const none of [{}, { volatility: 0.3 }, { mood: "high" }]) expect(regimeMeant(none)).toBeNull();
  });
  it("in words of others are not refused: what is not understood counts as not said", () => {
    for (const foreign of ["stormy", "Bull", "", 7, null, ["calm"], { name: "calm" }, true]) {
      expect(regimeMeant({ regime: foreign })).toBeNull();
      expect(regimeMeant({ market_regime: foreign })).toBeNull();
      expect(regimeMeant({ regime: foreign, market_regime: "calm" })).toBe("calm");
      expect(regimeMeant({ regime: foreign, volatility: "high" })).toBe("volatile");
    }
  });
});
