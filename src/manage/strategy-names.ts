// Names of strategies as people write them on a switch that guards something: one that nobody bears guards nothing, so it is
// refused, with the one that may have been meant.
import { STRATEGIES } from "../domain/strategies.ts";

/** What is wrong with the name; null: it is the id of a strategy, or where `types` says so one of the 18. */
export function strategyNameFault(name: string, isId: (id: string) => boolean, types: boolean): string | null {
  if (isId(name) || (types && STRATEGIES.some((type) => type.name === name))) return null;
  const allowed = types
    ? "the id of a strategy, or the name of one of the 18 of GET /strategy-types"
    : "the id of a strategy";
  const near = types ? meant(name) : null;
  const hint = near === null ? "GET /strategies lists the ids" : `did you mean ${near}?`;
  return `must be ${allowed}; there is no ${name}: ${hint}`;
}

function meant(name: string): string | null {
  const word = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  if (word.length < 3) return null;
  const found =
    STRATEGIES.find((type) => type.name === word || type.signalName === word) ??
    STRATEGIES.find((type) => type.name.includes(word) || word.includes(type.name));
  return found?.name ?? null;
}
