// All pairs of a panel: Engle-Granger, hedge ratio, half-life and correlation of returns.
import { count, Partly, TERMS, type Adapter, type Question } from "../adapter.ts";
import { isFields } from "../format.ts";
import { lineOf } from "./pairs.ts";

function scan({ engine, data, golden }: Question): unknown {
  const { core, arena } = engine;
  const columns = data.inputs(golden);
  const names = (golden.input["series"] as readonly unknown[]).map((each) => (isFields(each) ? each["name"] : ""));
  const rows: unknown[][] = [];
  columns.forEach((a, i) => {
    columns.slice(i + 1).forEach((b, place) => {
      arena.reset();
      const pair = { y: arena.put(a), x: arena.put(b), count: a.length };
      const lags = Number(golden.params["lags"]);
      const stat = core.engleGranger(pair.y, pair.x, pair.count, lags, arena.take(3 * pair.count + 1024));
      const { fields, residuals } = lineOf(engine, pair);
      const out = arena.take(6);
      core.revert(residuals, pair.count, out);
      const pvalue = core.mackinnonP(stat, TERMS.constant, 2);
      rows.push([names[i], names[i + 1 + place], stat, pvalue, fields["beta"], arena.at(out + 16)]);
    });
  });
  return new Partly({ rows }, { corr_logret: "the core exports no correlation" });
}

export const scans: readonly Adapter[] = [
  { call: /^coint\(log a, log b, trend='c'.*for every pair/, params: { lags: count }, answer: scan },
];
