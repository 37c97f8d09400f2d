// What a CSV file of market data holds, told from its header, and its rows as ticks. One time column (timestamp_ms,
// timestamp_ns, timestamp_us, timestamp_s, or timestamp / time told apart by magnitude), then
//   open high low close [volume]          candles, stamped at their start: the bar is known at start + interval
//   bid ask [bid_size ask_size]           quotes
//   price [size | volume]                 trades
//   funding_rate (or rate)                funding of a perpetual; the interval is the distance of the rows
//   value                                 a macro series
//   anything else                         a panel: every column is a symbol, every cell a trade at that price
// A column `symbol` names the symbol of each row; else the options or the file's name do. An empty cell is left out.

export interface CsvOptions {
  readonly symbol: string;
  readonly venue?: string;
  /** Distance of candles; found in the first rows when absent. */
  readonly intervalMs?: number;
  readonly unit?: string;
}

export type CsvTick = Record<string, unknown>;
export type CsvShape = "bar" | "quote" | "trade" | "funding" | "macro" | "panel";

/** Microseconds per unit of the time columns whose name tells it. */
const TIME_COLUMNS: Readonly<Record<string, number | null>> = {
  timestamp_ns: 1e-3,
  timestamp_us: 1,
  timestamp_ms: 1e3,
  timestamp_s: 1e6,
  timestamp: null,
  time: null,
};

export class CsvColumns {
  readonly shape: CsvShape;
  private readonly names: readonly string[];
  private readonly timeAt: number;
  private readonly timeUnit: number | null;
  private readonly options: CsvOptions;

  /** Null when the header has no time column, or nothing but one. */
  static from(header: readonly string[], options: CsvOptions): CsvColumns | null {
    const names = header.map((name) => name.trim());
    const timeAt = names.findIndex((name) => name.toLowerCase() in TIME_COLUMNS);
    if (timeAt < 0 || names.length < 2) return null;
    return new CsvColumns(names, timeAt, options);
  }

  private constructor(names: readonly string[], timeAt: number, options: CsvOptions) {
    this.shape = shapeOf(new Set(names.map((name) => name.toLowerCase())));
    this.names = this.shape === "panel" ? names : names.map((name) => name.toLowerCase());
    this.timeAt = timeAt;
    this.timeUnit = TIME_COLUMNS[names[timeAt]?.toLowerCase() ?? ""] ?? null;
    this.options = options;
  }

  /** Whether rows mean something only with the distance between them. */
  get needsInterval(): boolean {
    return (this.shape === "bar" || this.shape === "funding") && this.options.intervalMs === undefined;
  }

  /** Time of a row in microseconds; NaN where there is none. */
  timeOf(cells: readonly string[]): number {
    const number = numberOf(cells[this.timeAt] ?? "");
    if (typeof number !== "number") return Number.NaN;
    const unit = this.timeUnit ?? (number < 1e11 ? 1e6 : number < 1e14 ? 1e3 : number < 1e17 ? 1 : 1e-3);
    return Math.floor(number * unit + 0.5);
  }

  /** The ticks of one row; `intervalUs` is used by candles and funding. */
  ticks(cells: readonly string[], intervalUs: number): CsvTick[] {
    const time = this.timeOf(cells);
    if (this.shape === "panel") return this.panel(cells, time);
    const tick: CsvTick = { symbol: this.options.symbol, kind: this.shape };
    if (this.options.venue !== undefined) tick["venue"] = this.options.venue;
    this.names.forEach((name, at) => {
      const cell = cells[at] ?? "";
      if (at !== this.timeAt && cell !== "") tick[name] = name === "symbol" ? cell : numberOf(cell);
    });
    tick["timestamp"] = timestamp(this.shape === "bar" ? time + intervalUs : time);
    return [this.shaped(tick, intervalUs)];
  }

  private shaped(tick: CsvTick, intervalUs: number): CsvTick {
    if (this.shape === "bar") return { ...tick, interval_s: intervalUs / 1e6 };
    if (this.shape === "trade") return { ...tick, volume: tick["volume"] ?? tick["size"] ?? 0 };
    if (this.shape === "funding") {
      return { ...tick, rate: tick["rate"] ?? tick["funding_rate"], interval_hours: intervalUs / 3.6e9 };
    }
    if (this.shape === "macro") return { ...tick, series: tick["symbol"], unit: this.options.unit ?? "other" };
    return tick;
  }

  private panel(cells: readonly string[], time: number): CsvTick[] {
    return this.names.flatMap((symbol, at) => {
      const cell = cells[at] ?? "";
      return at === this.timeAt || cell === "" ? [] : [{ symbol, price: numberOf(cell), timestamp: timestamp(time) }];
    });
  }
}

function shapeOf(names: ReadonlySet<string>): CsvShape {
  if (["open", "high", "low", "close"].every((name) => names.has(name))) return "bar";
  if (names.has("bid") && names.has("ask")) return "quote";
  if (names.has("price") || names.has("close")) return "trade";
  if (names.has("funding_rate") || names.has("rate")) return "funding";
  return names.has("value") ? "macro" : "panel";
}

/**
 * A time as the decoder cannot misread it: microseconds below 1e14 (before March 1973) would look like milliseconds.
 * The msgpack timestamp extension has no such doubt; what is no time at all goes on as it is and is refused.
 */
function timestamp(us: number): unknown {
  return us >= 1e14 ? us : new Date(us / 1e3);
}

/** The number in a cell; the text itself when it is none, so that the refusal can quote it. */
function numberOf(cell: string): number | string {
  const number = Number(cell);
  return cell.trim() === "" || Number.isNaN(number) ? cell : number;
}

/** Cells of one line; quotes may stand around a cell, doubled inside it. */
export function splitCells(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  const pattern = /("(?:[^"]|"")*"|[^,]*)(,|$)/y;
  for (;;) {
    const match = pattern.exec(line);
    if (!match) return cells;
    const cell = match[1] ?? "";
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (match[2] === "") return cells;
  }
}
