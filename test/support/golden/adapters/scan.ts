// All pairs of a panel: Engle-Granger, hedge ratio, half-life and correlation of returns.
import { LAGS_MAX, LAGS_SCRATCH, TERMS, upTo, type Adapter, type Question } from "../adapter.ts";
import { steps } from "../data.ts";
import { isFields, type GoldenCase } from "../format.ts";
import { lineOf } from "./pairs.ts";

function namesOf({ input }: GoldenCase): readonly unknown[] {
  return (input["series"] as readonly unknown[]).map((each) => (isFields(each) ? each["name"] : ""));
}

function scan({ engine, data, golden }: Question): unknown {
  const { core, arena } = engine;
  const columns = data.inputs(golden);
  const names = namesOf(golden);
  const rows: unknown[][] = [];
  columns.forEach((a, i) => {
    columns.slice(i + 1).forEach((b, place) => {
      arena.reset();
      const pair = { y: arena.put(a), x: arena.put(b), count: a.length };
      const lags = Number(golden.params["lags"]);
      const stat = core.engleGranger(pair.y, pair.x, pair.count, lags, arena.take(3 * pair.count + LAGS_SCRATCH));
      const { fields, residuals } = lineOf(engine, pair);
      const out = arena.take(6);
      core.revert(residuals, pair.count, out);
      const pvalue = core.mackinnonP(stat, TERMS.constant, 2);
      const corr = core.pearson(arena.put(steps(a)), arena.put(steps(b)), pair.count - 1);
      rows.push([names[i], names[i + 1 + place], stat, pvalue, fields["beta"], arena.at(out + 16), corr]);
    });
  });
  return { rows };
}

/** The inputs are log prices. */
function correlations({ engine: { core, arena }, data, golden }: Question): unknown {
  const returns = data.inputs(golden).map(steps);
  const columns = returns.map((column) => arena.put(column));
  const length = returns[0]?.length ?? 0;
  const rows = columns.map((a) => columns.map((b) => core.pearson(a, b, length)));
  return { names: namesOf(golden), rows };
}

export const scans: readonly Adapter[] = [
  { call: /^coint\(log a, log b, trend='c'.*for every pair/, params: { lags: upTo(LAGS_MAX) }, answer: scan },
  { call: /^DataFrame\.corr\(\) of log returns/, answer: correlations },
];
