// What is known of a symbol beside its prices: /instruments.
import { FIELD_RULES, INSTRUMENT_FIELDS } from "../../domain/instrument.ts";
import { assetType, page, pageOf, symbol, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { integer, nullable, number, object, optional, text } from "./schema.ts";
import type { InstrumentField } from "../../domain/instrument.ts";
import type { Schema } from "./schema.ts";

const MEANING: Readonly<Record<InstrumentField, string>> = {
  tick_size: "Least step of a price; 0: not known.",
  lot_size: "Least step of a quantity, in units of the symbol.",
  min_notional: "Least value of an order, quote currency.",
  maker_fee_bps: "Basis points of a fill's value; negative is a rebate.",
  taker_fee_bps: "Basis points of a fill's value.",
  borrow_bps: "Basis points a year for what is sold short.",
  beta_window: "Days of a regression on the benchmark, for those who read it here: no strategy of the engine does.",
  rates_beta: "1: falls when rates rise unexpectedly, -1: rises, 0: does not care.",
};

const numbers = Object.fromEntries(
  INSTRUMENT_FIELDS.map((name) => {
    const { min, max, whole } = FIELD_RULES[name];
    const bounds = { minimum: min, maximum: max };
    return [name, whole ? integer(MEANING[name], bounds) : number(MEANING[name], bounds)];
  }),
) as Readonly<Record<InstrumentField, Schema<number>>>;

const changes = Object.fromEntries(INSTRUMENT_FIELDS.map((name) => [name, optional(numbers[name])])) as Readonly<
  Record<InstrumentField, { readonly optional: Schema<number> }>
>;

const session = text("Trading hours in UTC, or 24h.", {
  pattern: "^(24h|([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d)$",
  "x-must": 'be "24h" or "HH:MM-HH:MM" in UTC',
  examples: ["14:30-21:00"],
});
const benchmark = nullable(
  text("The symbol that it is compared with; null for none.", { ...symbol, examples: ["SPX500"] }),
);

const instrument = titled("Instrument", object({ symbol, asset_type: assetType, ...numbers, session, benchmark }));

export const listInstruments = endpoint({
  method: "GET",
  path: "/instruments",
  tag: "instruments",
  summary: "What is known of every symbol",
  description: "Every symbol starts with the defaults of its asset type. The last one seen comes first.",
  query: page,
  answer: pageOf("instruments", instrument),
});

export const getInstrument = endpoint({
  method: "GET",
  path: "/instruments/{symbol}",
  tag: "instruments",
  summary: "What is known of one symbol",
  description: "A slash in the name is written %2F.",
  params: { symbol },
  answer: instrument,
});

export const putInstrument = endpoint({
  method: "PUT",
  path: "/instruments/{symbol}",
  tag: "instruments",
  summary: "Corrects what is known of a symbol",
  description: "Only what is given changes. The symbol must have been seen.",
  params: { symbol },
  body: object({
    ...changes,
    session: optional(session),
    asset_type: optional(assetType),
    benchmark: optional(benchmark),
  }),
  answer: instrument,
});
