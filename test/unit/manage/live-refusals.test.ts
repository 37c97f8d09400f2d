// What of a strategy no real venue is given: each is refused with what was found and what to do.
import { describe, expect, it } from "vitest";
import { ASSET_TYPES } from "../../../src/domain/asset-type.ts";
import { LiveOrders, type LiveOrdersParts } from "../../../src/manage/executions/live-orders.ts";
import { termsFor } from "../../../src/manage/executions/executions.ts";
import type { Strategy } from "../../../src/manage/registry/registry.ts";

const STRATEGY: Strategy = {
  strategyId: "strat_aaaaaa",
  strategyName: "one",
  version: "1.0.0",
  codeHash: "",
  parameters: {},
  riskLimits: {},
  language: "assemblyscript",
  createdAt: 1,
  updatedAt: 1,
  deletedAt: null,
  kind: "builtin",
  strategyType: null,
  implementation: "momentum_rider",
  assetTypes: ASSET_TYPES,
  status: "deployed",
  statusBefore: null,
  deployedVersion: "1.0.0",
  lastError: null,
};
const PARTS = { slice: "twap", seconds: 60 };

/** `refusal`: of the venue. */
function live(refusal: string | null): LiveOrders {
  const venue = { onOrder: () => undefined, refusal: () => refusal };
  return new LiveOrders({ venue } as unknown as LiveOrdersParts);
}

describe("an execution in live mode", () => {
  const desk = live(null);

  it("is refused where there is no venue, or the venue is not ready", () => {
    expect(live("it is in dispute").fault(STRATEGY, {}, null)).toBe("it is in dispute");
    expect(new LiveOrders({ venue: null } as unknown as LiveOrdersParts).fault(STRATEGY, {}, null)).toMatch(/no venue/);
    expect(desk.fault(STRATEGY, {}, null)).toBeNull();
  });

  it("is refused to what trades on paper only, with what asks for it and what to do", () => {
    const shares = { weights: { "1.0.0": 1, "1.0.1": 1 }, others: [] };
    expect(desk.fault(STRATEGY, {}, shares)).toMatch(/its versions share its symbols.*give all weight to one/);
    expect(desk.fault(STRATEGY, { execution: PARTS }, null)).toMatch(/^execution_config\.execution .*leave it out/);
    const sliced = { ...STRATEGY, parameters: { execution: PARTS } };
    expect(desk.fault(sliced, {}, null)).toMatch(/^parameters\.execution .*leave it out/);
    for (const implementation of ["adaptive_quote", "spread_adjuster", "volatility_responsive_mm"] as const)
      expect(desk.fault({ ...STRATEGY, implementation }, {}, null)).toBe(
        `${implementation} is a market maker, and those trade on paper only`,
      );
  });

  it("keeps whole orders where its parameters ask for parts while it runs; on paper they are in parts then", () => {
    const asked = { parameters: { execution: PARTS }, riskLimits: {} };
    const plain = { parameters: {}, riskLimits: {} };
    const config = { mode: "live" };
    expect(termsFor({ ...asked, executionConfig: config })).toEqual(termsFor({ ...plain, executionConfig: config }));
    expect(termsFor({ ...asked, executionConfig: {} })).not.toEqual(termsFor({ ...plain, executionConfig: {} }));
  });
});
