// Reads the DataFrame JSON that other programs keep under market_data:{symbol}:history (frame-parts.ts has its forms).
// Gives ticks for ingest: bars where a row has open, high, low, close and the rows have a regular distance, else trades at
// the close. Anything that is no such frame is null: the caller counts and ignores it. A long one is read in steps.
import { FrameParts, type Frame, type Row } from "./frame-parts.ts";
import { readPieces } from "./json-pieces.ts";

export type HistoryTick = Readonly<Record<string, unknown>>;

export const HISTORY_ROWS_MAX = 10_000;
/** Rows of a step. */
const ROWS_AT_ONCE = 100;
/** In front of UTF-8, where somebody wrote one. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** How far a reader goes. */
export interface Reach {
  readonly rowsMax?: number;
  readonly pieceBytes?: number;
}

/**
 * The last `rowsMax` rows, oldest first; `end`: the time, in microseconds, just behind rows without times. Yields between
 * steps of a millisecond or so.
 */
export function readHistory(
  bytes: Uint8Array,
  symbol: string,
  end: number,
  reach: Reach = {},
): Generator<void, HistoryTick[] | null> {
  const marked = BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte);
  return ticksIn(marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes, symbol, end, reach);
}

/** The same at once. */
export function historyTicks(
  json: string,
  symbol: string,
  end: number,
  rowsMax = HISTORY_ROWS_MAX,
): HistoryTick[] | null {
  const steps = ticksIn(Buffer.from(json), symbol, end, { rowsMax });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function* ticksIn(
  bytes: Uint8Array,
  symbol: string,
  end: number,
  { rowsMax = HISTORY_ROWS_MAX, pieceBytes }: Reach,
): Generator<void, HistoryTick[] | null> {
  const parts = new FrameParts(rowsMax);
  const frame = (yield* readPieces(bytes, parts, pieceBytes)) ? parts.frame() : null;
  if (frame === null) return null;
  const times = yield* timesOf(frame);
  const intervalS = times === null ? null : regularInterval(times);
  const ticks: HistoryTick[] = [];
  for (let at = 0; at < frame.count; at++) {
    const timestamp = times === null ? end - (frame.count - at) * 1e6 : times[at];
    ticks.push(tickOf(frame.row(at), symbol, timestamp, intervalS));
    if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield;
  }
  return ticks;
}

function tickOf(row: Row, symbol: string, timestamp: number | undefined, intervalS: number | null): HistoryTick {
  const volume = typeof row["volume"] === "number" ? row["volume"] : 0;
  const common = { symbol, timestamp, volume, close: row["close"], ...assetType(row) };
  const prices = { open: row["open"], high: row["high"], low: row["low"] };
  const whole = Object.values(prices).every((price) => typeof price === "number");
  return whole && intervalS !== null ? { ...common, ...prices, kind: "bar", interval_s: intervalS } : common;
}

function assetType(row: Row): Row {
  return typeof row["asset_type"] === "string" ? { asset_type: row["asset_type"] } : {};
}

/** Null: not every row has one. */
function* timesOf(frame: Frame): Generator<void, readonly number[] | null> {
  const times: number[] = [];
  for (let at = 0; at < frame.count; at++) {
    const time = timeOf(frame.row(at)["timestamp"] ?? frame.index(at));
    if (time === null) return null;
    times.push(time);
    if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield;
  }
  return times;
}

/** A row number is no time: pandas counts rows from 0 where a frame has no time index. */
const SMALLEST_TIME = 1e8;
function timeOf(value: unknown): number | null {
  const number = typeof value === "number" ? value : Number(value);
  if (typeof value !== "boolean" && value !== null && Number.isFinite(number) && number >= SMALLEST_TIME) return number;
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(parsed) && parsed > 0 ? parsed : null;
}

/** Most frequent distance of neighbours in seconds, of several the one that comes first; null when the rows have none. */
function regularInterval(times: readonly number[]): number | null {
  const first = times[0] ?? 0;
  const unit = first < 1e11 ? 1 : first < 1e14 ? 1e3 : first < 1e17 ? 1e6 : 1e9;
  const counts = new Map<number, number>();
  for (let index = 1; index < times.length; index++) {
    const step = ((times[index] ?? 0) - (times[index - 1] ?? 0)) / unit;
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best: readonly [number | null, number] = [null, 0];
  for (const entry of counts) if (entry[1] > best[1]) best = entry;
  return best[0];
}
