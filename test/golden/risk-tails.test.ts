// The tails that risk tells, of the series for which other programs worked them out.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Tails } from "../../src/manage/risk/tail.ts";
import { GOLDEN_PRESENT } from "../support/golden.ts";
import { SHARED } from "../support/golden-data.ts";
import { GoldenData } from "../support/golden/data.ts";
import type { GoldenCase } from "../support/golden/format.ts";

const FOLDER = join(SHARED, "golden");
const FILES = GOLDEN_PRESENT ? readdirSync(FOLDER).filter((name) => name.startsWith("risk_")) : ["none"];
const NEAR = 1e-10;

describe.skipIf(!GOLDEN_PRESENT)("value at risk and shortfall of risk", () => {
  it.each(FILES)("of %s are those of the golden case", (name) => {
    const { cases } = JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as { readonly cases: readonly GoldenCase[] };
    const golden = cases.find((one) => one.name === "performance");
    if (golden === undefined) throw new Error("no case of performance");
    const [returns = []] = new GoldenData(join(SHARED, "data")).inputs(golden);
    const { values } = golden.output as unknown as { readonly values: Readonly<Record<string, number>> };
    for (const [share, label] of [
      [0.05, "95"],
      [0.01, "99"],
    ] as const) {
      const tail = new Tails().of(Float64Array.from(returns), share);
      const near = (found: number | undefined, field: string): void =>
        expect(Math.abs((found ?? Number.NaN) - (values[field] ?? Number.NaN)), field).toBeLessThan(NEAR);
      near(tail?.historical, `var${label}_hist`);
      near(tail?.historicalShortfall, `cvar${label}_hist`);
      near(tail?.cornishFisher, `var${label}_cornish_fisher`);
    }
  });
});
