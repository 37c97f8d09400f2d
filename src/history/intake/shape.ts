// What the columns of a table are, told from their usual names (case, spaces and signs do not matter): where the time is,
// which kind of rows it holds, and which column is which. Programs call the same thing by many names; those that are
// known stand in NAMES, the rest is left unused and told to the user.
import type { EventKind } from "../../domain/event.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { COLUMNS } from "../dataset.ts";

export interface ShapeOptions {
  readonly kind?: EventKind;
  /** Name of the column with the time, where the usual names do not find it. */
  readonly timeColumn?: string;
}

export interface Shape {
  readonly kind: EventKind;
  readonly timeAt: number;
  /** Microseconds per unit; null: told from the magnitude. */
  readonly timeUnit: number | null;
  /** A second column with the time of the day; -1 without. */
  readonly clockAt: number;
  readonly knownAt: number;
  readonly symbolAt: number;
  readonly venueAt: number;
  /** Seconds of each bar, in rows of the live feed, which are stamped at their end. */
  readonly intervalAt: number;
  readonly unitAt: number;
  /** For each of COLUMNS its place; -1 where there is none. Empty for a panel. */
  readonly places: readonly number[];
  /** Columns that are a symbol each, with one value a row. */
  readonly panel: readonly { readonly at: number; readonly symbol: string }[];
  readonly unused: readonly string[];
}

const TIME_UNITS: Readonly<Record<string, number | null>> = {
  timestampns: 1e-3,
  timestampus: 1,
  timestampms: 1e3,
  timestamps: 1e6,
  timestamp: null,
  time: null,
  date: null,
  datetime: null,
  opentime: null,
  starttime: null,
  begin: null,
  ts: null,
  tsevent: null,
  t: null,
  unix: null,
  unixtime: null,
  epoch: null,
  gmttime: null,
  utctime: null,
  utc: null,
  localtime: null,
  observationdate: null,
  settlementtime: null,
  fundingtime: null,
  calctime: null,
  period: null,
  day: null,
  index: null,
  "": null,
};
const KNOWN = [
  "availableat",
  "knownat",
  "known",
  "releasedate",
  "releasedat",
  "publishedat",
  "realtimestart",
  "vintage",
];
const SYMBOL = ["symbol", "ticker", "instrument", "pair", "coin", "sym", "series", "seriesid"];
const SERIES = ["series", "seriesid", "symbol"];
const VENUE = ["venue", "exchange"];
/** Names of each column in order of preference. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  open: ["open", "o", "openprice", "priceopen"],
  high: ["high", "h", "highprice", "pricehigh", "max"],
  low: ["low", "l", "lowprice", "pricelow", "min"],
  close: ["close", "c", "closeprice", "priceclose", "closelast", "last"],
  volume: ["volume", "vol", "v", "basevolume", "tickvol", "tickvolume", "size", "qty", "quantity", "amount"],
  price: ["price", "p", "tradeprice", "close", "last", "lastprice", "c"],
  bid: ["bid", "bidprice", "bidpx", "bestbid", "bestbidprice", "b"],
  ask: ["ask", "askprice", "askpx", "offer", "bestask", "bestaskprice", "a"],
  bid_size: ["bidsize", "bidqty", "bidvolume", "bidsz", "bestbidqty", "bestbidsize"],
  ask_size: ["asksize", "askqty", "askvolume", "asksz", "bestaskqty", "bestasksize"],
  rate: ["rate", "fundingrate", "lastfundingrate"],
  interval_hours: ["intervalhours", "fundingintervalhours"],
  score: ["score", "sentiment"],
  source_weight: ["sourceweight", "weight"],
  hash: ["hash"],
  actual: ["actual", "actualeps", "reportedeps", "eps"],
  expected: ["expected", "estimate", "estimatedeps", "epsestimate", "consensus"],
  announced_at: ["announcedat", "announced"],
  value: ["value", "v", "observationvalue"],
  before: ["before"],
  after: ["after"],
  day: ["day"],
  days_in_month: ["daysinmonth"],
  contract_month: ["contractmonth"],
};
/** Without these columns rows are not of the kind; in the order in which kinds are tried. */
const NEEDED: readonly (readonly [kind: EventKind, columns: readonly string[]])[] = [
  ["bar", ["open", "high", "low", "close"]],
  ["quote", ["bid", "ask"]],
  ["earnings", ["actual", "expected"]],
  ["rates", ["before", "after", "day", "days_in_month"]],
  ["trade", ["price"]],
  ["funding", ["rate"]],
  ["news", ["score"]],
  ["macro", ["value"]],
];
const PANEL_KINDS: readonly EventKind[] = ["trade", "macro", "bar", "funding"];

export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** The failure says what was found and what is needed. */
export function shapeOf(header: readonly string[], options: ShapeOptions): Result<Shape, string> {
  const names = header.map(plainName);
  const found = `the columns are ${header
    .slice(0, 12)
    .map((name) => JSON.stringify(name.slice(0, 40)))
    .join(", ")}`;
  const timeAt = timePlace(names, options.timeColumn);
  if (timeAt < 0) {
    const asked = options.timeColumn === undefined ? "none of them is a time" : `none is ${options.timeColumn}`;
    return failed(`${found}: ${asked}; call one timestamp, or name it with --time-column`);
  }
  const free = new Map(names.map((name, at) => [name, at] as const).filter(([, at]) => at !== timeAt));
  const place = (wanted: readonly string[]): number =>
    wanted.map((name) => free.get(name) ?? -1).find((at) => at >= 0) ?? -1;
  const placeOf = (column: string): number => place(NAMES[column] ?? []);
  const clockAt = names[timeAt] === "date" ? place(["time"]) : -1;
  const frame = {
    timeAt,
    timeUnit: TIME_UNITS[names[timeAt] ?? ""] ?? null,
    clockAt,
    knownAt: place(KNOWN),
    symbolAt: place(options.kind === "macro" ? SERIES : SYMBOL),
    venueAt: place(VENUE),
    intervalAt: place(["intervals"]),
    unitAt: place(["unit"]),
  };
  const has = (columns: readonly string[]): boolean => columns.every((column) => placeOf(column) >= 0);
  const needed = NEEDED.filter(([kind]) => options.kind === undefined || kind === options.kind);
  const kind = needed.find(([, columns]) => has(columns))?.[0];
  if (kind !== undefined) {
    const places = COLUMNS[kind].map(placeOf);
    return ok({ kind, ...frame, places, panel: [], unused: unusedOf(header, frame, places) });
  }
  const taken = new Set(Object.values(frame));
  const panel = header.map((symbol, at) => ({ at, symbol: symbol.trim() })).filter(({ at }) => !taken.has(at));
  const panelKind = options.kind ?? "trade";
  if (panel.length > 0 && PANEL_KINDS.includes(panelKind)) {
    return ok({ kind: panelKind, ...frame, places: [], panel, unused: [] });
  }
  const columns = needed[0]?.[1].join(", ") ?? "open, high, low, close";
  return failed(`${found}: rows of the kind ${options.kind ?? "bar"} need ${columns}`);
}

function timePlace(names: readonly string[], asked: string | undefined): number {
  if (asked !== undefined) return names.indexOf(plainName(asked));
  const usual = Object.keys(TIME_UNITS);
  const rank = (name: string): number => usual.indexOf(name);
  const [best] = names
    .map((name, at) => ({ at, rank: rank(name) }))
    .filter((name) => name.rank >= 0)
    .sort(byRank);
  if (best === undefined) return -1;
  // date and time beside each other are one time; the day is the column to begin with.
  return names[best.at] === "time" && names.includes("date") ? names.indexOf("date") : best.at;
}

function byRank(a: { readonly rank: number }, b: { readonly rank: number }): number {
  return a.rank - b.rank;
}

function unusedOf(
  header: readonly string[],
  frame: Readonly<Record<string, number | null>>,
  places: readonly number[],
): readonly string[] {
  const used = new Set([...Object.values(frame), ...places]);
  return header.filter((_, at) => !used.has(at));
}
