// Net liquidity of the Fed: assets less the Treasury's account less reverse repos, weekly, in billions of dollars.
import { Partly, type Adapter, type Question } from "../adapter.ts";
import { fileName } from "../data.ts";
import { GoldenError } from "../format.ts";
import { Indicators } from "../../indicators.ts";

const WEEKS = 52;
const MILLIONS = 1000; // of a billion
const NO_KERNEL = "the engine has no kernel of liquidity";

/** Weekly files that share a day; of the daily one the last value at or before it. Assets are in millions. */
function netLiquidity({ engine, data, golden }: Question): unknown {
  const files = golden.input["files"];
  if (!Array.isArray(files) || files.length !== 3)
    throw new GoldenError("assets, Treasury account and repos are needed");
  const [assets = "", treasury = "", repos = ""] = files.map(fileName);
  const value = (file: string) => ({ file, column: "value" });
  const [timestamps = [], fed = [], account = []] = data.join([
    { file: assets, column: "timestamp_ms" },
    value(assets),
    value(treasury),
  ]);
  const daily = data.join([{ file: repos, column: "timestamp_ms" }, value(repos)]);
  const [days = [], amounts = []] = daily;
  const net = timestamps.map((time, row) => {
    const place = days.findLastIndex((day) => day <= time);
    return (fed[row] ?? Number.NaN) / MILLIONS - (account[row] ?? Number.NaN) - (amounts[place] ?? Number.NaN);
  });
  const zscore_52 = new Indicators(engine).zScore(net, WEEKS, 1);
  return new Partly({ timestamps, zscore_52 }, { net_bln: NO_KERNEL, change_13w: NO_KERNEL });
}

export const liquidity: readonly Adapter[] = [
  { call: /^WALCL\/1000 - WTREGEN - RRPONTSYD \(all bln USD\)/, answer: netLiquidity },
];
