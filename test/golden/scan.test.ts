import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../support/core.ts";
import { differences, goldenCases, GOLDEN_PRESENT, inputsOf, type GoldenCase } from "../support/golden.ts";

const CONSTANT = 0;

describe.skipIf(!GOLDEN_PRESENT).each(BUILDS)("scans, %s build", (build) => {
  const { core, arena } = openCore(build);

  function scan(golden: GoldenCase): unknown[][] {
    const names = (golden.input["series"] as readonly { name: string }[]).map(({ name }) => name);
    const columns = inputsOf(golden);
    const count = columns[0]?.length ?? 0;
    arena.reset();
    const addresses = columns.map((column) => arena.put(column));
    const scratch = arena.take(3 * count + 1024);
    const out = arena.take(6);
    const rows: unknown[][] = [];
    addresses.forEach((y, i) => {
      addresses.slice(i + 1).forEach((x, k) => {
        const stat = core.engleGranger(y, x, count, Number(golden.params["lags"]), scratch);
        core.fitLine(y, x, count, scratch, out);
        const beta = arena.at(out + 8);
        core.revert(scratch, count, out);
        const halfLife = arena.at(out + 16);
        const returns = correlation(steps(columns[i] ?? []), steps(columns[i + 1 + k] ?? []));
        rows.push([names[i], names[i + 1 + k], stat, core.mackinnonP(stat, CONSTANT, 2), beta, halfLife, returns]);
      });
    });
    return rows;
  }

  it.each([...goldenCases("scan_etf_23", /^pair_scan/), ...goldenCases("scan_crypto5m_10", /^pair_scan/)])(
    "ranks every pair of $name like statsmodels",
    (golden) => {
      expect(differences(golden, scan(golden))).toEqual([]);
    },
  );

  it.each(goldenCases("scan_crypto5m_10", /^johansen/))("agrees with statsmodels on $name", (golden) => {
    const columns = inputsOf(golden);
    const count = columns[0]?.length ?? 0;
    const n = columns.length;
    arena.reset();
    const y = arena.take(n * count);
    columns.forEach((column, index) => arena.f.set(column, y / 8 + index * count));
    const out = arena.take(n * (n + 3));
    const scratch = arena.take(core.johansenScratch(n, count, 1) / 8 + 1);
    expect(core.johansen(y, count * 8, n, count, CONSTANT, Number(golden.params["k_ar_diff"]), out, scratch)).toBe(1);
    const [eig, trace, maxeig] = [0, 1, 2].map((part) => arena.read(out + part * n * 8, n));
    expect(differences(golden, { eig, trace, maxeig })).toEqual([]);
  });
});

function steps(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? Number.NaN));
}
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [aa, bb, ab] = [0, 0, 0];
  a.forEach((value, index) => {
    const left = value - meanA;
    const right = (b[index] ?? Number.NaN) - meanB;
    aa += left * left;
    bb += right * right;
    ab += left * right;
  });
  return ab / Math.sqrt(aa * bb);
}
