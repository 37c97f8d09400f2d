// The id of a strategy that somebody has typed the name or the id of: the engine takes ids alone.
import { call } from "./engine.ts";
import { meant } from "./named.ts";

/** The longest page of the engine's list. */
export const LISTED = 500;

export async function whoseId(typed: string): Promise<{ readonly id: string } | { readonly why: string }> {
  const listed = await call("listStrategies", { query: { q: typed.trim(), limit: LISTED } });
  if (!listed.ok) return { why: listed.why };
  const { strategies, next_cursor: more } = listed.value;
  return meant(typed, strategies, more === null);
}
