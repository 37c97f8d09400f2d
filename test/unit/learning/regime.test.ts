// Regimes of asset classes and of the market, from those of their symbols.
import { describe, expect, it } from "vitest";
import type { Regime } from "../../../src/domain/regime.ts";
import { type GroupBefore, marketRegimes, type SymbolRegime } from "../../../src/learning/regime.ts";
import { Random } from "../../support/random.ts";

const NONE = new Map<string, GroupBefore>();
const NOW = 1_000_000;

function members(asset: string, count: number, regime: Regime, more: Partial<SymbolRegime> = {}): SymbolRegime[] {
  const symbol = {
    asset,
    regime,
    probability: regime === "unknown" ? 0 : 0.9,
    since: 500,
    side: 0,
    quietBars: 0,
    ...more,
  };
  return Array.from({ length: count }, (_, index) => ({ symbol: `${asset}${regime}${index}`, ...symbol }));
}
const held = (regime: Regime, since = 7): Map<string, GroupBefore> => new Map([["", { regime, since }]]);
const marketOf = (symbols: readonly SymbolRegime[], before = NONE) => marketRegimes(symbols, before, NOW).market;

describe("the regime of the market", () => {
  it("is what most of its weight is in, and a large class is not the market alone", () => {
    const stocks = members("stocks", 100, "calm");
    expect(marketOf([...stocks, ...members("crypto", 4, "volatile")]).regime).toBe("calm");
    // Ten, two and a half and two: the roots of the numbers.
    const others = [...members("crypto", 49, "volatile"), ...members("forex", 25, "volatile")];
    const { market, classes } = marketRegimes([...stocks, ...others], NONE, NOW);
    expect(market.regime).toBe("volatile");
    expect(market.probability).toBeCloseTo((0.9 * 12) / 22, 12);
    expect([...classes].map(([asset, { regime }]) => [asset, regime])).toEqual([
      ["crypto", "volatile"],
      ["forex", "volatile"],
      ["stocks", "calm"],
    ]);
  });

  it("trends when its symbols trend the same way, and has the breadth of it", () => {
    const up = members("crypto", 6, "trending", { side: 1 });
    const flat = members("crypto", 4, "ranging");
    expect(marketOf([...up, ...flat])).toMatchObject({ regime: "trending", breadth: 0.6, symbols: 10 });
    const torn = up.map((member, index) => ({ ...member, side: index < 3 ? 1 : -1 }));
    expect(marketOf([...torn, ...flat])).toMatchObject({ regime: "ranging", breadth: 0 });
  });

  it("hears those that trade: who has had no sample for two hours of minute bars has no vote and is not counted", () => {
    const closed = members("stocks", 100, "volatile", { quietBars: 121 });
    const open = members("crypto", 3, "calm", { quietBars: 30 });
    expect(marketOf(closed)).toMatchObject({ regime: "unknown", symbols: 0 });
    expect(marketOf([...closed, ...open])).toMatchObject({ regime: "calm", symbols: 3 });
    const { classes } = marketRegimes(
      [...closed, ...open],
      new Map([["stocks", { regime: "volatile", since: 7 }]]),
      NOW,
    );
    expect([...classes.keys()]).toEqual(["crypto"]);
  });

  it("gives less weight to those that fall silent", () => {
    const loud = members("crypto", 2, "calm");
    expect(marketOf([...loud, ...members("crypto", 3, "volatile", { quietBars: 30 })]).regime).toBe("volatile");
    expect(marketOf([...loud, ...members("crypto", 3, "volatile", { quietBars: 75 })]).regime).toBe("calm");
  });

  it("is unknown while fewer than a quarter speak", () => {
    expect(marketOf([])).toMatchObject({ regime: "unknown", probability: 0, symbols: 0 });
    expect(marketOf([...members("crypto", 1, "calm"), ...members("crypto", 4, "unknown")]).regime).toBe("unknown");
    const quarter = marketOf([...members("crypto", 1, "calm"), ...members("crypto", 3, "unknown")]);
    expect(quarter).toMatchObject({ regime: "calm", probability: 0.9 });
    expect(marketOf(members("crypto", 3, "unknown"), held("calm"))).toMatchObject({ regime: "unknown", since: NOW });
    expect(marketOf(members("crypto", 3, "unknown"), held("unknown"))).toMatchObject({ regime: "unknown", since: 7 });
  });

  it("changes only when the other one leads by a tenth, so a tie does not flap", () => {
    const mixed = (calm: number): readonly SymbolRegime[] => [
      ...members("crypto", calm, "calm"),
      ...members("crypto", 100 - calm, "ranging"),
    ];
    expect(marketOf(mixed(54), held("ranging"))).toMatchObject({ regime: "ranging", since: 7 });
    expect(marketOf(mixed(56), held("ranging"))).toMatchObject({ regime: "calm", since: NOW });
    const random = new Random(5);
    let [before, changes] = [held("ranging"), 0];
    for (let step = 0; step < 500; step++) {
      const { regime, since } = marketOf(mixed(Math.round(50 + 4 * (random.next() - 0.5))), before);
      if (regime !== before.get("")?.regime) changes += 1;
      before = held(regime, since);
    }
    expect(changes).toBe(0);
  });

  it("that nothing was in force before has lasted since half of its symbols say so", () => {
    const since = [100, 300, 200].flatMap((at) => members("crypto", 1, "calm", { since: at }));
    expect(marketOf([...since, ...members("crypto", 1, "ranging", { since: 1 })]).since).toBe(200);
  });

  it("does not depend on the order of its symbols", () => {
    const symbols = [
      ...members("crypto", 3, "calm"),
      ...members("forex", 5, "volatile"),
      ...members("stocks", 9, "ranging"),
    ];
    const answer = marketRegimes(symbols, NONE, NOW);
    expect(marketRegimes(symbols.toReversed(), NONE, NOW).market.regime).toBe(answer.market.regime);
    expect([...marketRegimes(symbols.toReversed(), NONE, NOW).classes]).toEqual([...answer.classes]);
  });
});
