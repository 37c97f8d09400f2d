// Which strategy somebody means who has typed a name or an id. Pure.
import { seen } from "../domain/seen.ts";

interface Named {
  readonly strategy_id: string;
  readonly strategy_name: string;
}

/** Its id, or why nobody can say. What no strategy is called is left as it was typed: the engine says what it lacks. */
export function meant(typed: string, strategies: readonly Named[]): { readonly id: string } | { readonly why: string } {
  const text = typed.trim();
  if (strategies.some(({ strategy_id: id }) => id === text)) return { id: text };
  const called = strategies.filter(({ strategy_name: name }) => name.trim() === text);
  const [first, ...others] = called;
  if (others.length > 0) {
    const ids = called.map(({ strategy_id: id }) => id).join(", ");
    return { why: `${called.length} strategies are called "${seen(text)}": name one by its id (${ids})` };
  }
  return { id: first?.strategy_id ?? text };
}
