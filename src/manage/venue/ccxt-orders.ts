// Where an order is looked for at an exchange behind ccxt: by its id, among those that are open, and in the lists of those
// that are over. What is in none of them was never there only where the lists have all that are over: what some exchanges
// call closed are those alone that were filled. Where no other list answers, trades of an order that nobody knows may be of
// the one that is looked for, and are waited for: they come later than what they are of. Times in milliseconds. Main thread.
import type { CcxtExchange, CcxtMarket, CcxtOrder } from "./ccxt.ts";
import { listsOfOver, meaningOf, unlessAway } from "./ccxt.ts";
import type { CcxtLane } from "./ccxt-lane.ts";
import { tradesUnlike } from "./ccxt-trades.ts";
import { endsUntold, saysFilled } from "./ccxt-words.ts";
import { NotKnownYet, type SentOrder } from "./port.ts";

type Kind = "cancel" | "question";

export interface Over {
  readonly orders: readonly CcxtOrder[];
  /** However they ended. */
  readonly all: boolean;
}

/** Clocks differ: what is looked for may seem older than it is. */
const SKEW_MS = 60_000;
/** Orders that are remembered, the latest ones. */
const KEPT_MAX = 10_000;
/** By how much trades are told later than what they are of is over, at most. */
const LATE_MS = 10_000;

export class CcxtOrders {
  private readonly exchange: CcxtExchange;
  private readonly lane: CcxtLane;
  /** The exchange's, of orders that are known here, each with its symbol: some exchanges count anew in each. */
  private readonly ids = new Set<string>();
  /** When those that are in no list were first found in none, by client id: nothing was filled of them since. */
  private readonly vain = new Map<string, number>();
  private readonly lateMs: number;

  constructor(exchange: CcxtExchange, lane: CcxtLane, lateMs = LATE_MS) {
    this.exchange = exchange;
    this.lane = lane;
    this.lateMs = lateMs;
  }

  /** A request for it is over: looks of before it say nothing any more. */
  attempted({ clientOrderId }: SentOrder): void {
    this.vain.delete(clientOrderId);
  }

  /** The exchange's id of an order of this engine. */
  note({ symbol }: Pick<SentOrder, "symbol">, id: string): void {
    this.ids.add(keyOf(symbol, id));
    dropOldest(this.ids, KEPT_MAX);
  }

  /** By its id where that is known; where the answer does not say how much of it was filled, as it is listed, if that does. */
  async find(
    { symbol }: CcxtMarket,
    order: SentOrder,
    id: string | null,
    kind: Kind = "question",
  ): Promise<CcxtOrder | null> {
    // Some want more than an id, or know it for a while only.
    const answer = await this.named(id, symbol, kind).catch(unlessAway(undefined));
    const named = answer ?? null;
    if (named !== null && !endsUntold(named)) return named;
    const fits = ({ clientOrderId }: CcxtOrder): boolean => clientOrderId === order.clientOrderId;
    const open = named === null ? await this.lane.ask(() => this.exchange.fetchOpenOrders(symbol), kind) : [];
    const found = open.find(fits);
    if (found !== undefined) return found;
    const over = await this.over(symbol, sinceOf(order), kind);
    const listed = over.orders.find(fits) ?? null;
    if (listed === null && answer === undefined) throw new Error("it does not tell of the order by its id");
    if (named !== null) return listed !== null && saysFilled(listed) ? listed : named;
    if (listed === null && id === null && !over.all && kind === "question") await this.ruleOut(symbol, order);
    return listed;
  }

  /** Those that are over, as the exchange lists them. */
  async over(symbol: string, since: number, kind: Kind = "question"): Promise<Over> {
    const { exchange } = this;
    const orders: CcxtOrder[] = [];
    let all = false;
    for (const [at, list] of listsOfOver(exchange).entries()) {
      const some = this.lane.ask(async () => (await exchange[list]?.(symbol, since)) ?? [], kind);
      const found = await some.catch((error: unknown) => {
        if (at === 0 || meaningOf(error) !== "refused") throw error;
        return null; // it has no such list for this market after all
      });
      orders.push(...(found ?? []));
      all ||= found !== null && list !== "fetchClosedOrders";
    }
    return { orders, all };
  }

  private async named(id: string | null, symbol: string, kind: Kind): Promise<CcxtOrder | null> {
    const { exchange } = this;
    if (id === null || exchange.fetchOrder === undefined || exchange.has["fetchOrder"] === false) return null;
    return this.lane
      .ask(async () => exchange.fetchOrder?.(id, symbol) ?? null, kind)
      .catch((error: unknown) => {
        if (meaningOf(error) === "unknown_order") return null;
        throw error;
      });
  }

  /** Throws where it may have been filled and ended without being listed: it has such trades, or may be about to tell them. */
  private async ruleOut(symbol: string, order: SentOrder): Promise<void> {
    const now = performance.now();
    const since = this.vain.get(order.clientOrderId) ?? now;
    this.vain.set(order.clientOrderId, since);
    dropOldest(this.vain, KEPT_MAX);
    const known = ({ order: id, side }: { order?: string | null; side?: string | null }): boolean =>
      this.ids.has(keyOf(order.symbol, id ?? "")) || (typeof side === "string" && side !== order.side);
    const strange = await tradesUnlike(this.exchange, known, symbol, sinceOf(order), (ask) => this.lane.ask(ask));
    if (strange)
      throw new Error("it does not list all orders that are over, and may have trades of one that nobody knows");
    if (now - since < this.lateMs)
      throw new NotKnownYet("it does not list all orders that are over, and trades come later");
  }
}

function keyOf(symbol: string, id: string): string {
  return `${symbol} ${id}`;
}

/** Beyond so many; what was there before keeps its place. */
function dropOldest(kept: Set<string> | Map<string, unknown>, most: number): void {
  const { value } = kept.keys().next();
  if (kept.size > most && value !== undefined) kept.delete(value);
}

/** From when on the exchange may know it. */
export function sinceOf({ createdAt }: Pick<SentOrder, "createdAt">): number {
  return createdAt / 1_000 - SKEW_MS;
}
