// Of which of the engine's strategies a user's program may read the signals: those that follow each symbol by itself, from
// trades and bars alone, which is what a program is shown. The others are refused with the reason.
import { STRATEGIES, type StrategyType } from "./strategies.ts";

/** Why its signals cannot be had; null: they can. */
export function unreadable({ family, legs, inputs, built }: StrategyType): string | null {
  if (!built) return "it is not built yet";
  if (legs[1] > 1) return "it watches several symbols at once, and a program is told of one at a time";
  const others = inputs.filter((kind) => kind !== "trade");
  if (others.length > 0) return `it needs ${others.join(" and ")} events, which a program is not given`;
  return family === "market_making" ? "it quotes two sides instead of buying or selling" : null;
}

/** Names of those that can be read. */
export const READABLE: readonly string[] = STRATEGIES.filter((one) => unreadable(one) === null).map(({ name }) => name);

/** What a program reads besides: the regime of the symbol, as the core names it. */
export const REGIME_SIGNAL = "regime";

/** The same by name; a name that is none is a reason as well. */
export function unreadableName(name: string): string | null {
  if (name === REGIME_SIGNAL) return null;
  const type = STRATEGIES.find((one) => one.name === name);
  return type === undefined ? "there is no such strategy" : unreadable(type);
}
