// Net liquidity of the Fed: assets less the Treasury's account less reverse repos, weekly, in billions of dollars.
import { type Adapter, type Question } from "../adapter.ts";
import { fileName } from "../data.ts";
import { GoldenError } from "../format.ts";
import { UNIT_USD_BILLIONS, UNIT_USD_MILLIONS } from "../../../../assembly/wire.ts";
import { Indicators } from "../../indicators.ts";

const WEEKS = 52;
const MILLIONS = 1000; // of a billion
const QUARTER = 13; // weeks

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
  const lent = timestamps.map((time) => amounts[days.findLastIndex((day) => day <= time)] ?? Number.NaN);
  const { core, arena } = engine;
  const [out, rows] = [arena.take(timestamps.length), timestamps.length];
  const columns = [fed, account, lent].map((values) => arena.put(values)) as [number, number, number];
  core.netLiquidityColumn(...columns, rows, UNIT_USD_MILLIONS, UNIT_USD_BILLIONS, UNIT_USD_BILLIONS, out);
  const net_bln = arena.read(out, rows).map((millions) => millions / MILLIONS);
  const change_13w = net_bln.map((value, row) =>
    row < QUARTER ? null : value - (net_bln[row - QUARTER] ?? Number.NaN),
  );
  return { timestamps, net_bln, change_13w, zscore_52: new Indicators(engine).zScore(net_bln, WEEKS, 1) };
}

export const liquidity: readonly Adapter[] = [
  { call: /^WALCL\/1000 - WTREGEN - RRPONTSYD \(all bln USD\)/, answer: netLiquidity },
];
