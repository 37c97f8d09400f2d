// The reader of history frames as a slow, obvious twin: JSON.parse of the whole text, then every row as an object.
import type { HistoryTick } from "../../../src/stream/ingest/history-frame.ts";

type Row = Readonly<Record<string, unknown>>;
/** Rows with the index of each, where the orient has one. */
interface Frame {
  readonly rows: readonly Row[];
  readonly index: readonly unknown[];
}

/** The last `rowsMax` rows, oldest first; `end`: the time, in microseconds, just behind rows without times. */
export function frameTwin(json: string, symbol: string, end: number, rowsMax: number): HistoryTick[] | null {
  const frame = parseFrame(json);
  if (!frame) return null;
  const skipped = Math.max(0, frame.rows.length - rowsMax);
  const rows = frame.rows.slice(skipped);
  const times = rows.map((row, index) => timeOf(row["timestamp"] ?? frame.index[skipped + index]));
  const known = times.filter((time) => time !== null);
  const timed = known.length === rows.length;
  const intervalS = timed ? regularInterval(known) : null;
  return rows.map((row, index) => {
    const timestamp = timed ? times[index] : end - (rows.length - index) * 1e6;
    const volume = typeof row["volume"] === "number" ? row["volume"] : 0;
    const common = { symbol, timestamp, volume, close: row["close"], ...assetType(row) };
    const prices = { open: row["open"], high: row["high"], low: row["low"] };
    const whole = Object.values(prices).every((price) => typeof price === "number");
    return whole && intervalS !== null ? { ...common, ...prices, kind: "bar", interval_s: intervalS } : common;
  });
}

function assetType(row: Row): Row {
  return typeof row["asset_type"] === "string" ? { asset_type: row["asset_type"] } : {};
}

function parseFrame(json: string): Frame | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null; // not JSON: ignored and counted, as the caller says
  }
  if (Array.isArray(value)) return value.every(isRow) ? { rows: value, index: [] } : null;
  if (!isRow(value)) return null;
  return Array.isArray(value["data"]) && Array.isArray(value["columns"]) ? split(value) : columns(value);
}

function split(value: Row): Frame | null {
  const names = value["columns"] as unknown[];
  const data = value["data"] as unknown[];
  if (!names.includes("close") || !data.every((row) => Array.isArray(row) && row.length === names.length)) return null;
  const rows = (data as unknown[][]).map((row) => Object.fromEntries(names.map((name, at) => [String(name), row[at]])));
  return { rows, index: Array.isArray(value["index"]) ? (value["index"] as unknown[]) : [] };
}

function columns(value: Row): Frame | null {
  const closes = value["close"];
  if (!isRow(closes)) return null;
  const keys = Object.keys(closes);
  const names = Object.keys(value).filter((name) => isRow(value[name]));
  const rows = keys.map((key) => Object.fromEntries(names.map((name) => [name, (value[name] as Row)[key]])));
  return { rows, index: keys };
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A row number is no time: pandas counts rows from 0 where a frame has no time index. */
const SMALLEST_TIME = 1e8;
function timeOf(value: unknown): number | null {
  const number = typeof value === "number" ? value : Number(value);
  if (typeof value !== "boolean" && value !== null && Number.isFinite(number) && number >= SMALLEST_TIME) return number;
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(parsed) && parsed > 0 ? parsed : null;
}

/** Most frequent distance of neighbours in seconds; null when the rows have none. */
function regularInterval(times: readonly number[]): number | null {
  const first = times[0] ?? 0;
  const unit = first < 1e11 ? 1 : first < 1e14 ? 1e3 : first < 1e17 ? 1e6 : 1e9;
  const counts = new Map<number, number>();
  for (let index = 1; index < times.length; index++) {
    const step = ((times[index] ?? 0) - (times[index - 1] ?? 0)) / unit;
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best?.[0] ?? null;
}
