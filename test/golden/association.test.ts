import { describe, expect, it } from "vitest";
import { openCore } from "../support/core.ts";
import { GOLDEN_PRESENT, goldenCases, inputsOf } from "../support/golden.ts";
import { doubtfulPairs } from "../support/golden/adapters/relations.ts";
import { steps } from "../support/golden/data.ts";
import { Indicators } from "../support/indicators.ts";

const DOUBTFUL = ["BKD_ESC", "BRENT_WTI", "SHELL_RDP", "USO_BNO", "XMR_ZEC_5m"];
const CLEAR = ["ETH_BTC_1h_2023q3", "ETH_BTC_4h", "EWG_EWQ", "GOOGL_GOOG", "KO_PEP"];

describe.skipIf(!GOLDEN_PRESENT).each([...DOUBTFUL, ...CLEAR])("rank correlation of %s", (file) => {
  const indicators = new Indicators(openCore("release"));

  it("is as recorded, within what steps of doubtful order can move", () => {
    const [golden] = goldenCases(`pair_${file}`, /^corr_full$/);
    const [a = [], b = []] = inputsOf(golden!).map(steps);
    const recorded = golden!.output["values"] as { readonly spearman: number; readonly kendall: number };
    const own = indicators.association(a, b);
    // A pair that turns moves tau by at most two in all pairs and two more through the ties; turning neighbours in rank
    // moves rho by at most 12 / n^2.
    const share = CLEAR.includes(file) ? 0 : (doubtfulPairs(a) + doubtfulPairs(b)) / (0.5 * a.length * (a.length - 1));
    expect(Math.abs(own.kendall - recorded.kendall)).toBeLessThanOrEqual(4 * share + 1e-8);
    expect(Math.abs(own.spearman - recorded.spearman)).toBeLessThanOrEqual(6 * share + 1e-8);
    expect(share).toBeLessThan(0.05);
  });
});
