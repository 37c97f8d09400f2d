// The symbols of an execution are those of its strategy's parameters at its start: its program knows them by their places,
// and its account may hold them. They are kept with its configuration, which shows them to nobody.
import type { JsonObject } from "../../store/strategies.ts";
import { symbolsOf } from "./terms.ts";

const KEY = "$symbols";

/** The configuration with the symbols in it: those that were kept, else the strategy's, and all that are in the ledger. */
export function withSymbols(
  config: JsonObject,
  parameters: JsonObject,
  ledger: readonly { readonly symbol: string }[] = [],
): JsonObject {
  const symbols = symbolsIn(config, parameters);
  const all = symbols === null ? null : [...new Set([...symbols, ...ledger.map(({ symbol }) => symbol)])];
  return { ...config, [KEY]: all };
}

/** Null: all that there are. */
export function symbolsIn(config: JsonObject, parameters: JsonObject): readonly string[] | null {
  return KEY in config ? symbolsOf({ symbols: config[KEY] }) : symbolsOf(parameters);
}

/** As it was given. */
export function withoutSymbols(config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== KEY));
}
