// Which datasets a run reads: prices of each symbol as the strategy wants them, and what else it listens to. The order is
// that of rows of one moment: what is known of the world first, then funding, quotes, trades, and closed bars last.
import type { EventKind } from "../domain/event.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { StrategyType } from "../domain/strategies.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Dataset } from "../history/history.ts";

export interface DataWanted {
  readonly type: Pick<StrategyType, "inputs">;
  readonly symbols: readonly string[];
  /** Bars of this length; without one the finest there are. */
  readonly intervalMs?: number;
}

export interface Selection {
  readonly datasets: readonly Dataset[];
  /** The time after which nothing comes, and that before the first row of the first price. */
  readonly from: EpochUs;
  readonly to: EpochUs;
}

const ORDER: readonly EventKind[] = ["macro", "rates", "earnings", "news", "funding", "quote", "trade", "bar"];
/** Kinds that belong to no symbol. */
const GENERAL: readonly EventKind[] = ["macro", "rates"];
const OF_A_SYMBOL: readonly EventKind[] = ["funding", "news", "earnings"];

/** The failure is a sentence: what is missing. */
export function selectData(all: readonly Dataset[], wanted: DataWanted): Result<Selection, string> {
  const { type, symbols } = wanted;
  const prices: Dataset[] = [];
  for (const symbol of symbols) {
    const found = pricesOf(all, symbol, wanted);
    if (found.length === 0) return failed(missing(all, symbol, wanted.intervalMs));
    prices.push(...found);
  }
  const heard = (kind: EventKind): boolean => type.inputs.includes(kind);
  const others = all.filter(({ kind, symbol }) => {
    if (!heard(kind)) return false;
    return GENERAL.includes(kind) || (OF_A_SYMBOL.includes(kind) && symbols.includes(symbol));
  });
  const place = ({ kind, symbol }: Dataset): number => ORDER.indexOf(kind) * 1000 + symbols.indexOf(symbol);
  const datasets = [...others, ...prices].sort(
    (one, other) => place(one) - place(other) || (one.id < other.id ? -1 : 1),
  );
  const from = Math.min(...prices.map((dataset) => dataset.from));
  const to = Math.max(...prices.map((dataset) => dataset.to + dataset.intervalMs * 1000)) + 1;
  return ok({ datasets, from, to });
}

/** Quotes and trades for who reads the book, else bars; trades where there are no bars, and bars where no trades are. */
function pricesOf(all: readonly Dataset[], symbol: string, { type, intervalMs }: DataWanted): readonly Dataset[] {
  const of = (kind: EventKind): readonly Dataset[] => all.filter((one) => one.symbol === symbol && one.kind === kind);
  const bars = barsOf(of("bar"), intervalMs);
  if (intervalMs !== undefined) return bars;
  if (!type.inputs.includes("quote")) return bars.length > 0 ? bars : of("trade");
  const ticks = [...of("quote"), ...of("trade")];
  return of("trade").length > 0 ? ticks : [...ticks, ...bars];
}

/** One dataset: of that length or the finest, and of several venues the one without a name, else the first. */
function barsOf(bars: readonly Dataset[], intervalMs: number | undefined): readonly Dataset[] {
  const wanted = intervalMs ?? Math.min(...bars.map((one) => one.intervalMs));
  const fitting = bars.filter((one) => one.intervalMs === wanted);
  const one = fitting.find(({ venue }) => venue === null) ?? fitting[0];
  return one === undefined ? [] : [one];
}

function missing(all: readonly Dataset[], symbol: string, intervalMs: number | undefined): string {
  const own = all.filter((one) => one.symbol === symbol);
  if (own.length === 0) {
    const known = [...new Set(all.map((one) => one.symbol))].slice(0, 10);
    return `no history for ${symbol}${known.length > 0 ? `; there is some for ${known.join(", ")}` : ""}`;
  }
  const lengths = own.filter(({ kind }) => kind === "bar").map((one) => `${one.intervalMs} ms`);
  return intervalMs === undefined
    ? `no prices in the history of ${symbol}`
    : `no bars of ${intervalMs} ms for ${symbol}${lengths.length > 0 ? `; there are bars of ${lengths.join(", ")}` : ""}`;
}
