// Histories for tests of research: seeded bars in memory, with trends so that strategies have something to do.
import { memoryHistory, openHistory, type History, type Table } from "../../src/history/history.ts";
import { Random } from "./random.ts";

export const START = Date.UTC(2025, 2, 3) * 1000;
export const FIVE_MINUTES = 300_000;

export interface MarketOptions {
  readonly seed?: number;
  readonly bars?: number;
  readonly intervalMs?: number;
}

export function barTable(
  symbol: string,
  { seed = 1, bars = 2_000, intervalMs = FIVE_MINUTES }: MarketOptions = {},
): Table {
  const random = new Random(seed);
  const columns: number[][] = [[], [], [], [], []];
  let price = 100;
  let drift = 0;
  for (let bar = 0; bar < bars; bar++) {
    if (bar % 60 === 0) drift = 0.0015 * random.normal();
    const open = price;
    price *= 1 + drift + 0.002 * random.normal();
    const wide = 1 + 0.001 * Math.abs(random.normal());
    const row = [
      open,
      Math.max(open, price) * wide,
      Math.min(open, price) / wide,
      price,
      100 * (1 + 9 * random.next() ** 6),
    ];
    row.forEach((value, index) => columns[index]?.push(value));
  }
  const time = Array.from({ length: bars }, (_, bar) => START + bar * intervalMs * 1000);
  return { symbol, kind: "bar", intervalMs, time, columns };
}

export function market(symbols: readonly string[], options: MarketOptions = {}, blockRows?: number): History {
  const tables = symbols.map((symbol, index) => barTable(symbol, { ...options, seed: (options.seed ?? 1) + index }));
  return memoryHistory(tables, blockRows);
}

/** Puts such bars into the history of a data folder. */
export function storeBars(dir: string, name: string, options: MarketOptions = {}): void {
  const opened = openHistory(dir);
  if (!opened.ok) throw new Error(opened.failure);
  const { symbol, kind, intervalMs = 0, time, columns } = barTable(name, options);
  const at = Float64Array.from(time);
  const known = at.map((start) => start + intervalMs * 1000);
  const block = { rows: at.length, time: at, known, columns: columns.map((values) => Float64Array.from(values)) };
  const told = { unit: "", source: "test", synthetic: false, quality: { badRows: 0, unsorted: 0 }, importedAt: 1 };
  const stored = opened.value.store({ symbol, kind, intervalMs, venue: null, ...told, blocks: [block] });
  if (!stored.ok) throw new Error(stored.failure);
}

/** A book and its trades: a quote every half second, a trade after each. */
export function tickMarket(symbol: string, ticks = 4_000, seed = 3): History {
  const random = new Random(seed);
  const quotes: number[][] = [[], [], [], []];
  const trades: number[][] = [[], []];
  const times: number[] = [];
  let price = 100;
  for (let tick = 0; tick < ticks; tick++) {
    price *= 1 + 0.0002 * random.normal();
    const spread = 0.02 + 0.02 * random.next();
    const row = [price - spread, price + spread, 1 + random.next(), 1 + random.next()];
    row.forEach((value, index) => quotes[index]?.push(value));
    trades[0]?.push(price + spread * (random.next() < 0.5 ? -1 : 1) * (1 + random.next()));
    trades[1]?.push(random.next());
    times.push(START + tick * 500_000);
  }
  const traded = times.map((time) => time + 100_000);
  return memoryHistory([
    { symbol, kind: "quote", time: times, columns: quotes },
    { symbol, kind: "trade", time: traded, columns: trades },
  ]);
}
