// Bars of one symbol out of the history, whole in memory: what a sweep runs over. Times are microseconds.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { Dataset, History } from "../../history/history.ts";
import { openTape, type Tape } from "./tape.ts";

export interface TapeWanted {
  readonly symbol: string;
  readonly intervalMs?: number;
  readonly from?: EpochUs;
  readonly to?: EpochUs;
}
export interface LoadedTape {
  readonly tape: Tape;
  readonly dataset: Dataset;
  /** Starts of the bars, and when they were known. */
  readonly time: Float64Array;
  readonly known: Float64Array;
}

/** Four columns of f64 and two of times: 48 bytes a bar. */
const BARS_MAX = 20_000_000;
/** open, high, low, close among the columns of a bar. */
const PRICES = 4;

export function loadTape(history: History, wanted: TapeWanted): Result<LoadedTape, string> {
  const { symbol, intervalMs, from, to } = wanted;
  const dataset = history.find(symbol, "bar", intervalMs);
  if (dataset === null)
    return failed(`there are no bars of ${symbol} in the history; strategy-engine import brings some in`);
  const parts: Float64Array[][] = [];
  let bars = 0;
  for (const block of history.read(dataset, {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  })) {
    bars += block.rows;
    if (bars > BARS_MAX) return failed(`${symbol} has more than ${BARS_MAX} bars in this span; take a shorter one`);
    const columns = [block.time, block.known, ...block.columns.slice(0, PRICES)];
    parts.push(columns.map((column) => column.slice(0, block.rows)));
  }
  const joined = Array.from({ length: PRICES + 2 }, (_, place) => joinedOf(parts, place, bars));
  const [time = NONE, known = NONE, open = NONE, high = NONE, low = NONE, close = NONE] = joined;
  const tape = openTape({ open, high, low, close });
  return tape.ok ? ok({ tape: tape.value, dataset, time, known }) : failed(`${symbol}: ${tape.failure}`);
}
const NONE = new Float64Array(0);

function joinedOf(parts: readonly (readonly Float64Array[])[], place: number, bars: number): Float64Array {
  const joined = new Float64Array(bars);
  let at = 0;
  for (const part of parts) {
    joined.set(part[place] ?? NONE, at);
    at += part[place]?.length ?? 0;
  }
  return joined;
}
