// Which strategy somebody means who has typed a name or an id. Pure.
import { seen } from "../domain/seen.ts";

interface Named {
  readonly strategy_id: string;
  readonly strategy_name: string;
}

/** As ids are; whether it is one, the engine says. */
const ID = /^strat_\w+$/;
/** So many names are offered instead. */
const ALIKE = 3;

/**
 * Its id, or why nobody can say. `strategies`: those whose name or id holds what was typed, in whatever case; not `all` of
 * them where there are too many.
 */
export function meant(
  typed: string,
  strategies: readonly Named[],
  all = true,
): { readonly id: string } | { readonly why: string } {
  const text = typed.trim();
  if (text === "") return { why: "say which strategy, by its name or its id" };
  if (strategies.some(({ strategy_id: id }) => id === text)) return { id: text };
  const called = strategies.filter(({ strategy_name: name }) => name.trim() === text);
  const [first, ...others] = called;
  if (others.length > 0) {
    const ids = called.map(({ strategy_id: id }) => id).join(", ");
    return { why: `${called.length} strategies are called "${seen(text)}": name one by its id (${ids})` };
  }
  if (first !== undefined || ID.test(text)) return { id: first?.strategy_id ?? text };
  if (!all) return { why: `too many strategies have "${seen(text)}" in their names: say its id` };
  const alike = [...new Set(strategies.map(({ strategy_name: name }) => `"${seen(name.trim())}"`))].slice(0, ALIKE);
  return { why: `no strategy is called "${seen(text)}"${alike.length === 0 ? "" : `; alike: ${alike.join(", ")}`}` };
}
