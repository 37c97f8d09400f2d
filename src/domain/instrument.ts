// What is known of a symbol beside its prices: steps, fees, session, references. Every symbol starts with the defaults
// of its asset type below and can be corrected by PUT /instruments/{symbol}. The table is the only place of names,
// ranges and defaults; `field` is the place in the core's row (assembly/reference.ts).
//   tick_size     price units; 0: not known, rules take a millionth of the price (assembly/instrument.ts)
//   lot_size      units of the symbol (coins, shares, currency units)
//   min_notional  quote currency; least price x quantity of an order
//   fees          basis points of a fill's value; a negative maker fee is a rebate. borrow_bps: a year
//   session       UTC, "HH:MM-HH:MM", or "24h". Stocks: New York's hours in winter; summer time is not followed
//   beta_window   days of a regression on the benchmark; kept and shown, no strategy reads it
//   rates_beta    1: falls when rates rise unexpectedly, -1: rises, 0: does not care; pairs with USD by its side
// The defaults are careful retail figures: a fee that is set too low invents profits, one too high only silences.
import * as reference from "../../assembly/reference.ts";
import { currencyPair, type AssetType } from "./asset-type.ts";

export const INSTRUMENT_FIELDS = [
  "tick_size",
  "lot_size",
  "min_notional",
  "maker_fee_bps",
  "taker_fee_bps",
  "borrow_bps",
  "beta_window",
  "rates_beta",
] as const;
export type InstrumentField = (typeof INSTRUMENT_FIELDS)[number];

interface FieldRule {
  /** INSTRUMENT_ place in the core's row. */
  readonly field: number;
  readonly min: number;
  readonly max: number;
  readonly whole?: true;
}

export const FIELD_RULES: Readonly<Record<InstrumentField, FieldRule>> = {
  tick_size: { field: reference.INSTRUMENT_TICK, min: 0, max: 1e9 },
  lot_size: { field: reference.INSTRUMENT_LOT, min: 0, max: 1e9 },
  min_notional: { field: reference.INSTRUMENT_MIN_NOTIONAL, min: 0, max: 1e12 },
  maker_fee_bps: { field: reference.INSTRUMENT_MAKER_BPS, min: -100, max: 1_000 },
  taker_fee_bps: { field: reference.INSTRUMENT_TAKER_BPS, min: 0, max: 1_000 },
  borrow_bps: { field: reference.INSTRUMENT_BORROW_BPS, min: 0, max: 100_000 },
  beta_window: { field: reference.INSTRUMENT_BETA_WINDOW, min: 5, max: 2_520, whole: true },
  rates_beta: { field: reference.INSTRUMENT_RATES_BETA, min: -100, max: 100 },
};

/** Minutes after midnight UTC; equal: round the clock. */
export interface Session {
  readonly open: number;
  readonly close: number;
}

export interface Instrument {
  readonly fields: Readonly<Record<InstrumentField, number>>;
  readonly session: Session;
  /** Symbol id. */
  readonly benchmark: number | null;
}

/** What a request wants changed; a benchmark is named by its symbol. */
export interface InstrumentChange {
  readonly fields: Partial<Readonly<Record<InstrumentField, number>>>;
  readonly session?: Session;
  readonly assetType?: AssetType;
  readonly benchmark?: string | null;
}

const ROUND_THE_CLOCK: Session = { open: 0, close: 0 };
const NEW_YORK_WINTER: Session = { open: 14 * 60 + 30, close: 21 * 60 };

/** In the order of INSTRUMENT_FIELDS, then the session. */
type DefaultRow = readonly [number, number, number, number, number, number, number, number, Session];
const DEFAULTS: Readonly<Record<AssetType, DefaultRow>> = {
  crypto: [0, 1e-8, 5, 10, 10, 500, 60, 1, ROUND_THE_CLOCK],
  forex: [1e-5, 1, 1, 0.3, 0.3, 100, 60, 0, ROUND_THE_CLOCK],
  indices: [0.01, 1, 1, 0.5, 0.5, 50, 60, 1, ROUND_THE_CLOCK],
  commodities: [0.01, 1, 1, 1, 1, 100, 60, 1, ROUND_THE_CLOCK],
  stocks: [0.01, 1, 1, 1, 1, 50, 60, 1, NEW_YORK_WINTER],
};
const YEN_TICK = 1e-3;

/** Made once: every signal asks for what its symbol costs. */
const OF_TYPE = new Map<AssetType, Instrument>();

/** What an asset type says of its symbols. */
export function assetDefaults(assetType: AssetType): Instrument {
  const known = OF_TYPE.get(assetType);
  if (known !== undefined) return known;
  const row = DEFAULTS[assetType];
  const fields = Object.fromEntries(INSTRUMENT_FIELDS.map((name, index) => [name, row[index]]));
  const made: Instrument = {
    fields: Object.freeze(fields as Record<InstrumentField, number>),
    session: row[8],
    benchmark: null,
  };
  OF_TYPE.set(assetType, Object.freeze(made));
  return made;
}

/** What a symbol starts with: the defaults of its asset type, and what its name tells. */
export function instrumentDefaults(assetType: AssetType, symbol: string): Instrument {
  const given = assetDefaults(assetType);
  const pair = assetType === "forex" ? currencyPair(symbol) : null;
  if (pair === null) return given;
  const [base, quote] = pair;
  const rates = quote === "USD" ? 1 : base === "USD" ? -1 : 0;
  const tick = quote === "JPY" ? YEN_TICK : given.fields.tick_size;
  return { ...given, fields: { ...given.fields, rates_beta: rates, tick_size: tick } };
}

/** The core's row: values by INSTRUMENT_ place. */
export function instrumentRow({ fields, session, benchmark }: Instrument): readonly number[] {
  const row = Array.from({ length: reference.INSTRUMENT_FIELDS }, () => 0);
  row[reference.INSTRUMENT_KNOWN] = 1;
  for (const name of INSTRUMENT_FIELDS) row[FIELD_RULES[name].field] = fields[name];
  row[reference.INSTRUMENT_SESSION_OPEN] = session.open;
  row[reference.INSTRUMENT_SESSION_CLOSE] = session.close;
  row[reference.INSTRUMENT_BENCHMARK] = benchmark === null ? 0 : benchmark + 1;
  return row;
}

/** The instrument that a row of the core describes. */
export function instrumentOf(row: readonly number[]): Instrument {
  const at = (field: number): number => row[field] ?? 0;
  const benchmark = at(reference.INSTRUMENT_BENCHMARK);
  return {
    fields: Object.fromEntries(INSTRUMENT_FIELDS.map((name) => [name, at(FIELD_RULES[name].field)])) as Record<
      InstrumentField,
      number
    >,
    session: { open: at(reference.INSTRUMENT_SESSION_OPEN), close: at(reference.INSTRUMENT_SESSION_CLOSE) },
    benchmark: benchmark === 0 ? null : benchmark - 1,
  };
}

const SESSION = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** "HH:MM-HH:MM" in UTC or "24h"; null when it is neither. */
export function parseSession(text: string): Session | null {
  if (text === "24h") return ROUND_THE_CLOCK;
  const found = SESSION.exec(text);
  if (!found) return null;
  const [, openHour, openMinute, closeHour, closeMinute] = found.map(Number);
  return { open: (openHour ?? 0) * 60 + (openMinute ?? 0), close: (closeHour ?? 0) * 60 + (closeMinute ?? 0) };
}
export function sessionText({ open, close }: Session): string {
  if (open === close) return "24h";
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return `${clock(open)}-${clock(close)}`;
}
