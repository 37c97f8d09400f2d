// Every decoder that the fuzzer knows.
import { modules, pythonTexts, rules } from "./code.ts";
import { models, segmentHeaders, segments, snapshots } from "./files.ts";
import { parquet } from "./parquet.ts";
import { bodies, frames as liveFrames, queries } from "./requests.ts";
import { csvRows, csvTicks, frames } from "./tables.ts";
import { jsonTicks, msgpackTicks } from "./ticks.ts";
import type { Target } from "./target.ts";

export const TARGETS: readonly Target[] = [
  msgpackTicks,
  jsonTicks,
  liveFrames,
  frames,
  csvTicks,
  csvRows,
  parquet,
  segmentHeaders,
  segments,
  snapshots,
  models,
  modules,
  rules,
  pythonTexts,
  bodies,
  queries,
];
