// Bars as a history that runs can be made over.
import type { Bars } from "../../../src/learning/models.ts";
import { type History, memoryHistory, openHistory } from "../../../src/history/history.ts";

export function barHistory(bars: Bars, symbol = "BTCUSD", barMs = 60_000): History {
  const { open, high, low, close, volume } = bars;
  const time = bars.time.map((end) => end - barMs * 1_000);
  return memoryHistory([{ symbol, kind: "bar", intervalMs: barMs, time, columns: [open, high, low, close, volume] }]);
}

/**
 * The bars of a minute as trades and quotes: of each its four prices and twice its end in one instant, then the quote of the
 * bar behind, and after that a trade which comes 80 ms late.
 */
export function tickHistory({ time, open, high, low, close, volume }: Bars, symbol = "BTCUSD"): History {
  const trades = { time: [], known: [], price: [], size: [] } as Record<"time" | "known" | "price" | "size", number[]>;
  const quotes = { time: [], price: [] } as Record<"time" | "price", number[]>;
  time.forEach((end, bar) => {
    const trade = (at: number, column: Float64Array, size: number, late = 0): void => {
      trades.time.push(at);
      trades.known.push(at + late);
      trades.price.push(column[bar] ?? 0);
      trades.size.push(size);
    };
    const size = volume[bar] ?? 0;
    trade(end - 50e6, open, 0.25 * size);
    trade(end - 40e6, high, 0.25 * size);
    trade(end - 30e6, low, 0.25 * size);
    trade(end, close, 0.125 * size);
    trade(end, close, 0.125 * size);
    trade(end - 20e3, close, 0.125 * size, 80e3);
    quotes.time.push(end + 10e3);
    quotes.price.push(open[bar + 1] ?? close[bar] ?? 0);
  });
  const flat = quotes.time.map(() => 1);
  return memoryHistory([
    { symbol, kind: "trade", time: trades.time, known: trades.known, columns: [trades.price, trades.size] },
    { symbol, kind: "quote", time: quotes.time, columns: [quotes.price, quotes.price, flat, flat] },
  ]);
}

/** Puts the bars into the history of a data folder; those that are there already stay. Nobody trains on made-up ones. */
export function storeBars(dir: string, bars: Bars, symbol = "BTCUSD", barMs = 60_000, synthetic = false): void {
  const opened = openHistory(dir);
  if (!opened.ok) throw new Error(opened.failure);
  const made = barHistory(bars, symbol, barMs);
  const [dataset] = made.list();
  if (dataset === undefined) throw new Error("there are no bars");
  const told = { unit: "", source: "test", synthetic, quality: { badRows: 0, unsorted: 0 }, importedAt: 1 };
  const stored = opened.value.store({
    symbol,
    kind: "bar",
    intervalMs: barMs,
    venue: null,
    ...told,
    blocks: made.read(dataset),
  });
  if (!stored.ok) throw new Error(stored.failure);
}
