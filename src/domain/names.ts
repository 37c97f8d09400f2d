// Names that clients may write in more than one way.
import { FAMILIES } from "./strategies.ts";
import type { Family } from "./strategies.ts";

const FAMILY_ALIASES: ReadonlyMap<string, Family> = new Map([
  ["statistical_arbitrage", "statistical"],
  ["arbitrage_based", "arbitrage"],
  ["high_time_frame", "htf"],
]);

/** The canonical family of a name or alias, or null. */
export function familyOf(name: string): Family | null {
  return FAMILIES.find((family) => family === name) ?? FAMILY_ALIASES.get(name) ?? null;
}
