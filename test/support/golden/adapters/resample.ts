// Trades and bars into wider bars.
import { Indicators } from "../../indicators.ts";
import { fileName } from "../data.ts";
import { oneOf, type Adapter, type Question } from "../adapter.ts";

const WIDTHS_MS: Readonly<Record<string, number>> = { "10s": 10_000, "1min": 60_000, "5min": 300_000, "1h": 3_600_000 };

function resample({ engine, data, golden }: Question): unknown {
  const file = fileName(golden.input["file"]);
  const column = (name: string): number[] => [...data.column(file, name)];
  const trades = (golden.input["columns"] as readonly string[]).includes("price");
  const names = trades ? ["price", "price", "price", "price", "size"] : ["open", "high", "low", "close", "volume"];
  const width = WIDTHS_MS[String(golden.params["every"])] ?? Number.NaN;
  const { start = [], ...bars } = new Indicators(engine).resample(["timestamp_ms", ...names].map(column), width);
  return { row: [...start.keys()], timestamp_ms: start, ...bars };
}

export const resamples: readonly Adapter[] = [
  {
    call: /^resample\('\w+', label='left', closed='left'\)/,
    params: { every: oneOf(...Object.keys(WIDTHS_MS)) },
    answer: resample,
  },
];
