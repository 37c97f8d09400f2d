// An open execution among those of the book: what it holds at the last prices of the stream, and what a full position of it
// would be worth.
import { DEFAULT_POLICY, fullSize } from "../../simulation/simulation.ts";
import type { Holder } from "../orders/orders.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Entry } from "./entry.ts";
import type { Pool } from "./pool.ts";
import { termsOf } from "./start.ts";

/** `strategy` null: it is gone, and wants nothing any more. */
export function holderOf(entry: Entry, strategy: Strategy | null, pool: Pick<Pool, "price">): Holder {
  const price = (symbol: string): number => pool.price(symbol);
  if (strategy === null) return entry.holder(0, price);
  const { policy, capital } = termsOf(entry, strategy);
  return entry.holder(fullSize({ ...DEFAULT_POLICY, ...policy }, capital), price);
}
