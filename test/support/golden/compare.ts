// Compares plain values with what a golden case recorded: |found - expected| <= abs + rel |expected|, by field. Knows
// nothing about where the values come from, so any engine's output can be judged by it. What has to be handed over:
//   object         the fields of output.values
//   series         a list of numbers, not finite where the case says null
//   multi, table   the fields beside kind, series as lists; rows of a table in any order, each beginning with its texts
//   table_sampled  the columns by name, whole
//   matrix         rows, and names when they matter
//   backtest       the fields beside kind, trades as rows of trades_columns
//   stats          stats, trades, equity, n_trades
import {
  GoldenError,
  isFields,
  isSeries,
  type Fields,
  type GoldenCase,
  type Series,
  type Tolerance,
} from "./format.ts";

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}
export interface Comparison {
  /** Values that were looked at. */
  readonly count: number;
  /** Largest error in units of what is allowed: up to 1 is good. */
  readonly worst: number;
  readonly differences: readonly Difference[];
}

/** Fields of `except` (a first part of a path) are not looked at. */
export function compare(golden: GoldenCase, actual: unknown, except: readonly string[] = []): Comparison {
  const judge = new Judge(golden, except);
  const { output } = golden;
  switch (output.kind) {
    case "object":
      judge.value("", output["values"], actual);
      break;
    case "series":
      judge.series("", output as unknown as Series, listOf(actual));
      break;
    case "table_sampled":
      judge.sampled(output, actual);
      break;
    case "matrix":
      judge.value("names", output["names"], isFields(actual) ? actual["names"] : output["names"]);
      judge.value("rows", output["rows"], isFields(actual) ? actual["rows"] : actual);
      break;
    case "multi":
    case "table":
    case "backtest":
    case "stats":
      judge.fields(output, isFields(actual) ? actual : { rows: actual });
      break;
  }
  if (judge.count === 0 && except.length === 0)
    throw new GoldenError("the case records nothing that could be compared");
  return judge;
}

/** Says how the recorded rows lie in the whole table, for `trades` of which only some are listed. */
const DESCRIPTIONS = ["kind", "columns", "trades_columns", "trades_listed"];
/** Times and places are exact, whatever the tolerance of the case: 1e-7 of a timestamp would be minutes. */
const EXACT = /(^|[._[])(timestamp\w*|\w+_ts|\w+_ms|\w+_index|\w+_bar)(\.\d+)?\]?$/;
/** Sums may differ by the order of additions. */
const ROUNDING = 1e-12;

class Judge implements Comparison {
  count = 0;
  worst = 0;
  readonly differences: Difference[] = [];
  private readonly golden: GoldenCase;
  private readonly except: readonly string[];

  constructor(golden: GoldenCase, except: readonly string[]) {
    this.golden = golden;
    this.except = except;
  }

  fields(recorded: Fields, actual: Fields): void {
    for (const [field, expected] of Object.entries(recorded)) {
      if (DESCRIPTIONS.includes(field)) continue;
      const rows = isRows(expected) && isRows(actual[field]) ? actual[field] : undefined;
      if (field === "rows" && isRows(expected)) this.table(expected, rows ?? []);
      else if (field === "trades" && isRows(expected)) this.trades(expected, rows ?? []);
      else this.value(field, expected, actual[field]);
    }
  }

  value(field: string, expected: unknown, actual: unknown): void {
    if (
      this.except.some((name) => field === name || (/^[.[]/.test(field.slice(name.length)) && field.startsWith(name)))
    ) {
      return;
    }
    if (isSeries(expected)) this.series(field, expected, listOf(actual));
    else if (typeof expected === "object" && expected !== null) this.inside(field, expected, actual);
    else this.single(field, expected, actual);
  }

  private inside(field: string, expected: object, actual: unknown): void {
    if (Array.isArray(expected)) this.single(path(field, "length"), expected.length, listOf(actual).length);
    for (const [key, value] of Object.entries(expected)) {
      const own = typeof actual === "object" && actual !== null ? (actual as Fields)[key] : undefined;
      this.value(path(field, key), value, own);
    }
  }

  private single(field: string, expected: unknown, actual: unknown): void {
    if (typeof expected === "number") {
      const { abs = 0, rel = 0 } = EXACT.test(field) ? {} : this.tolerance(field);
      this.number(field, expected, actual, abs + rel * Math.abs(expected));
      return;
    }
    this.count++;
    // null stands for a value that does not exist.
    const same = expected === null ? !(typeof actual === "number" && Number.isFinite(actual)) : expected === actual;
    if (same) return;
    this.worst = Number.POSITIVE_INFINITY;
    this.differ(field, expected, actual);
  }

  private number(field: string, expected: number, actual: unknown, allowed: number): void {
    this.count++;
    const error = typeof actual === "number" ? Math.abs(actual - expected) : Number.NaN;
    if (error === 0) return;
    const share = error / allowed;
    this.worst = Math.max(this.worst, Number.isNaN(share) ? Number.POSITIVE_INFINITY : share);
    if (!(error <= allowed)) this.differ(field, `${expected} ± ${allowed.toExponential(1)}`, actual);
  }

  private differ(field: string, expected: unknown, actual: unknown): void {
    this.differences.push({
      field,
      expected: String(expected),
      found: actual === undefined ? "nothing" : said(actual),
    });
  }

  series(field: string, recorded: Series, actual: ArrayLike<unknown>): void {
    const at = recorded.values ?? recorded.at ?? [];
    const places = recorded.values === undefined ? (recorded.index ?? []) : at.keys();
    let order = 0;
    for (const place of places) this.single(`${field}[${place}]`, at[order++], actual[place]);
    const all = Array.from(actual);
    const defined = all.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
    const first = all.findIndex((value) => Number.isFinite(value));
    this.number(path(field, "length"), recorded.length, actual.length, 0);
    this.number(path(field, "valid"), recorded.valid, defined.length, 0);
    if (typeof recorded.first_valid === "number") {
      this.number(path(field, "first_valid"), recorded.first_valid, first, 0);
    }
    this.sum(path(field, "sum_valid"), field, recorded.sum_valid, defined);
  }

  /** A sum may be wrong by as much as its terms may be. */
  private sum(name: string, field: string, expected: number, terms: readonly number[]): void {
    const { abs = 0, rel = 0 } = this.tolerance(field);
    let total = 0;
    let allowed = 0;
    for (const term of terms) {
      total += term;
      allowed += abs + (rel + ROUNDING) * Math.abs(term);
    }
    this.number(name, expected, total, allowed);
  }

  /** `actual` holds the rows in any order when they begin with texts, otherwise in the recorded order. */
  private table(rows: readonly (readonly unknown[])[], actual: readonly (readonly unknown[])[]): void {
    const columns = (this.golden.output["columns"] ?? []) as readonly string[];
    const key = (row: readonly unknown[]): string => {
      const end = row.findIndex((cell) => typeof cell !== "string");
      return row.slice(0, end < 0 ? row.length : end).join("|");
    };
    const byKey = new Map(actual.map((row) => [key(row), row]));
    rows.forEach((row, place) => {
      const own = key(row) === "" ? actual[place] : byKey.get(key(row));
      columns.forEach((column, order) => this.cell(column, place, row[order], own?.[order]));
    });
    this.number("rows", rows.length, actual.length, 0);
  }

  /** All trades, or the first and the last of them: "first 60 and last 20". */
  private trades(listed: readonly (readonly unknown[])[], actual: readonly (readonly unknown[])[]): void {
    const columns = (this.golden.output["trades_columns"] ?? []) as readonly string[];
    const description = this.golden.output["trades_listed"];
    const last = typeof description === "string" ? /last (\d+)/.exec(description) : null;
    const head = last === null ? listed.length : listed.length - Number(last[1]);
    listed.forEach((row, place) => {
      const own = actual[place < head ? place : actual.length - listed.length + place];
      columns.forEach((column, order) => this.cell(`trades.${column}`, place, row[order], own?.[order]));
    });
    if (last === null) this.number("trades", listed.length, actual.length, 0);
  }

  sampled(output: Fields, actual: unknown): void {
    const columns = isFields(actual) ? actual : {};
    const names = (output["columns"] ?? []) as readonly string[];
    const column = (name: string): ArrayLike<unknown> => listOf(columns[name]);
    const times = column("timestamp_ms");
    this.number("n_rows", Number(output["n_rows"]), times.length, 0);
    this.single("first_ts", output["first_ts"], times[0]);
    this.single("last_ts", output["last_ts"], times[times.length - 1]);
    for (const row of (output["rows"] ?? []) as readonly (readonly unknown[])[]) {
      const place = Number(row[0]);
      names.forEach((name, order) => {
        if (order > 0) this.cell(name, place, row[order], column(name)[place]);
      });
    }
    for (const [name, sum] of Object.entries((output["sums"] ?? {}) as Record<string, number>)) {
      this.sum(`sums.${name}`, name, sum, Array.from(column(name), Number));
    }
  }

  /** A cell's tolerance goes by its column; its place is said in brackets. */
  private cell(column: string, place: number, expected: unknown, actual: unknown): void {
    this.value(`${column}[${place}]`, expected, actual);
  }

  private tolerance(field: string): Tolerance {
    const { tolerance } = this.golden;
    const names = Object.keys(tolerance).filter((name) => name !== "abs" && name !== "rel");
    const leaf =
      field
        .replace(/\[\d+\]$/, "")
        .split(".")
        .at(-1) ?? "";
    const known = names.filter((name) => field.startsWith(name) || leaf === name);
    const [key] = known.sort((a, b) => b.length - a.length);
    const own = key === undefined ? tolerance : tolerance[key];
    return typeof own === "number" ? { abs: own } : (own as Tolerance);
  }
}

function path(field: string, key: string): string {
  return field === "" ? key : `${field}.${key}`;
}
function listOf(value: unknown): ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? (value as unknown as ArrayLike<unknown>) : [];
}
function isRows(value: unknown): value is readonly (readonly unknown[])[] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row));
}
function said(value: unknown): string {
  return typeof value === "number" ? `${value}` : JSON.stringify(value);
}
