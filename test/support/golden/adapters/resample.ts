// Trades and bars into wider bars.
import { Indicators } from "../../indicators.ts";
import { fileName } from "../data.ts";
import type { Adapter, Question } from "../adapter.ts";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, D: 86_400_000 };

/** "5min" in milliseconds; NaN for what is no width. Weeks and months are no multiples of the time from 1970. */
function widthOf(every: unknown): number {
  const [, times = "", unit = ""] = /^(\d*)(s|min|h|D)$/.exec(String(every)) ?? [];
  return Number(times === "" ? 1 : times) * (UNITS_MS[unit] ?? Number.NaN);
}

function resample({ engine, data, golden }: Question): unknown {
  const file = fileName(golden.input["file"]);
  const column = (name: string): number[] => [...data.column(file, name)];
  const trades = (golden.input["columns"] as readonly string[]).includes("price");
  const names = trades ? ["price", "price", "price", "price", "size"] : ["open", "high", "low", "close", "volume"];
  const width = widthOf(golden.params["every"]);
  const { start = [], ...bars } = new Indicators(engine).resample(["timestamp_ms", ...names].map(column), width);
  return { row: [...start.keys()], timestamp_ms: start, ...bars };
}

export const resamples: readonly Adapter[] = [
  {
    call: /^resample\('\w+', label='left', closed='left'\)/,
    params: { every: (value) => widthOf(value) > 0 },
    answer: resample,
  },
];
