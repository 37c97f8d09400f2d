// Whether the names that somebody follows are known to the engine: a filter that nothing can match looks like a quiet market.
// Nothing is refused: a symbol may come, and a strategy be made, while somebody waits for it.
import type { RestClient } from "../client/client.ts";
import { nearest } from "../domain/nearest.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import { seen } from "../domain/seen.ts";

const NOT_FOUND = 404;
/** Of each kind. */
const ASKED_MAX = 20;
const LIST_MAX = 500;

interface Asking {
  readonly client: RestClient;
  /** Nobody follows any more. */
  readonly signal: AbortSignal;
}

/** A sentence for each that the engine does not know; what it does not answer to is not said. */
export async function unknownStrategies(
  { client, signal }: Asking,
  names: readonly string[],
): Promise<readonly string[]> {
  const types = STRATEGIES.flatMap(({ name, signalName }) => [name, signalName ?? name]);
  const others = names.filter((name) => !types.includes(name)).slice(0, ASKED_MAX);
  const faults: string[] = [];
  for (const name of others) {
    const found = await client.call("listStrategies", { query: { q: name, limit: LIST_MAX }, signal });
    const named = (found.ok ? found.value.strategies : []).filter((one) => one.strategy_name === name);
    const one = await client.call("getStrategy", { params: { strategy_id: name }, signal });
    if (one.ok || one.failure.code !== "refused" || one.failure.status !== NOT_FOUND) continue;
    const ids = named.map(({ strategy_id: id }) => id);
    const near = nearest(name, types);
    const hint =
      ids.length > 0
        ? `; signals go by its id: ${ids.join(" ")}`
        : near === null
          ? "; strategy-engine strategies lists the 18, GET /strategies the ids of the others"
          : ` (did you mean ${near}?)`;
    faults.push(seen(`the engine knows no strategy ${name} by that name${hint}`));
  }
  return faults;
}

export async function unknownSymbols({ client, signal }: Asking, names: readonly string[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const name of names.slice(0, ASKED_MAX)) {
    const symbol = name.toUpperCase();
    const one = await client.call("getSymbol", { params: { symbol }, signal });
    if (one.ok || one.failure.code !== "refused" || one.failure.status !== NOT_FOUND) continue;
    const all = await client.call("listSymbols", { query: { limit: LIST_MAX }, signal });
    const near = all.ok
      ? nearest(
          symbol,
          all.value.symbols.map((known) => known.symbol),
        )
      : null;
    const hint = near === null ? "" : ` (did you mean ${near}?)`;
    faults.push(seen(`the engine has seen no tick of ${symbol} yet${hint}`));
  }
  return faults;
}
