// Frames that other programs keep under market_data:{symbol}:history as a history in memory, bars of each symbol: what has
// only a close is a bar of that price, rows without times are five minutes apart. Rows that cannot be a bar, and such as do
// not come after the one before, are left out. Synchronous, in any thread.
import { historyTicks } from "../stream/stream.ts";
import type { History } from "./dataset.ts";
import { memoryHistory, type Table } from "./memory-history.ts";

/** Plain data: can be posted to a thread. */
export interface HistoryFrame {
  readonly symbol: string;
  /** As pandas writes a frame: records, columns or split. */
  readonly json: string;
}

const ROWS_MAX = 1_000_000;
const UNTIMED_US = 300_000_000;
/** 2020-01-01: where rows without times begin. */
const BEGIN_US = 1_577_836_800_000_000;

/** Frames that are none are left out; null: nothing is left. */
export function frameHistory(frames: readonly HistoryFrame[]): History | null {
  const tables = frames.map(tableOf).filter((table) => table !== null);
  return tables.length === 0 ? null : memoryHistory(tables);
}

function tableOf({ symbol, json }: HistoryFrame): Table | null {
  // With this end, rows without times have times below 0.
  const ticks = historyTicks(json, symbol, 0, ROWS_MAX) ?? [];
  const time: number[] = [];
  const columns: number[][] = [[], [], [], [], []];
  ticks.forEach((tick, row) => {
    const at = microseconds(Number(tick["timestamp"]), row);
    const close = Number(tick["close"]);
    const price = (name: string): number => (typeof tick[name] === "number" ? tick[name] : close);
    const values = [price("open"), price("high"), price("low"), close, Math.max(0, Number(tick["volume"]))];
    if (!(at > (time.at(-1) ?? 0)) || !isBar(values)) return;
    time.push(at);
    values.forEach((value, column) => columns[column]?.push(value));
  });
  const intervalUs = commonStep(time);
  if (intervalUs === null) return null;
  return {
    symbol,
    kind: "bar",
    intervalMs: Math.max(1, Math.round(intervalUs / 1_000)),
    source: "redis",
    time,
    columns,
  };
}

function isBar([open = 0, high = 0, low = 0, close = 0, volume = 0]: readonly number[]): boolean {
  return low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && Number.isFinite(high + volume);
}

/** Times come in seconds, milli-, micro- or nanoseconds, told apart by their size. */
function microseconds(time: number, row: number): number {
  if (!(time > 0)) return BEGIN_US + row * UNTIMED_US;
  const factor = time < 1e11 ? 1e6 : time < 1e14 ? 1e3 : time < 1e17 ? 1 : 1e-3;
  return Math.round(time * factor);
}

/** The most frequent distance of neighbours; null without any. */
function commonStep(times: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (let index = 1; index < times.length; index++) {
    const step = (times[index] ?? 0) - (times[index - 1] ?? 0);
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return best?.[0] ?? null;
}
