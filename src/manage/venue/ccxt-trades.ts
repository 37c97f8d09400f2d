// The trades of one order at an exchange behind ccxt. Exchanges give less at once than they are asked for, some 100, and
// differ in which end of a span they give first. So it is asked until the order is accounted for: from where the newest
// trade was towards now, and from where the oldest was towards the beginning, for as long as anything new comes. One that
// can be asked for the trades of an order alone is. Times in milliseconds.
import type { CcxtExchange, CcxtTrade } from "./ccxt.ts";

const PAGE = 500;
/** Questions at most, all in all. */
const PAGES_MAX = 40;
const ROUNDING = 1e-9;

type Call = (ask: () => Promise<readonly CcxtTrade[]>) => Promise<readonly CcxtTrade[]>;

export interface Traded {
  readonly id: string;
  /** What was filled of it, in amounts of the exchange; where that is not said, all of it. */
  readonly amount: number;
}

/** `since`: before its first trade. More of it may exist than is found where more trades fall on one millisecond than come at once. */
export async function tradesOf(
  exchange: CcxtExchange,
  order: Traded,
  symbol: string,
  since: number,
  call: Call,
): Promise<readonly CcxtTrade[]> {
  const page = new Pages(({ order: id }) => id === order.id, order.amount * (1 - ROUNDING));
  await turn(page, since, (from, until) => call(() => asked(exchange, order.id, symbol, from, until)));
  return [...page.own.values()];
}

/** Whether there is a trade of an order that is not known, or may be, because there are more than it may be asked for. */
export async function tradesUnlike(
  exchange: CcxtExchange,
  known: (trade: CcxtTrade) => boolean,
  symbol: string,
  since: number,
  call: Call,
): Promise<boolean> {
  const page = new Pages((trade) => !known(trade), Number.MIN_VALUE);
  const more = await turn(page, since, (from, until) =>
    call(() => exchange.fetchMyTrades(symbol, from, PAGE, until === null ? {} : { until })),
  );
  return more || page.own.size > 0;
}

/** Until it has enough, or nothing new comes. True: there may be more that was not asked for. */
async function turn(
  page: Pages,
  since: number,
  ask: (from: number, until: number | null) => Promise<readonly CcxtTrade[]>,
): Promise<boolean> {
  const any = page.take(await ask(since, null));
  let more = false;
  for (const newest of [true, false]) {
    let fresh = any;
    while (fresh && !page.whole && page.asked < PAGES_MAX)
      fresh = page.take(await (newest ? ask(page.last, null) : ask(since, page.first)));
    more ||= fresh && !page.whole;
  }
  return more;
}

/** What has come so far. */
class Pages {
  readonly own = new Map<string, CcxtTrade>();
  readonly seen = new Set<string>();
  first = Number.POSITIVE_INFINITY;
  last = 0;
  asked = 0;
  private readonly fits: (trade: CcxtTrade) => boolean;
  private readonly enough: number;
  private amount = 0;

  constructor(fits: (trade: CcxtTrade) => boolean, enough: number) {
    this.fits = fits;
    this.enough = enough;
  }

  get whole(): boolean {
    return this.amount >= this.enough;
  }

  /** Whether anything was new. */
  take(trades: readonly CcxtTrade[]): boolean {
    this.asked++;
    const before = this.seen.size;
    for (const trade of trades) {
      const id = trade.id ?? "";
      const time = trade.timestamp ?? 0;
      // Where two orders of one account have met, both may have the trade by one id.
      const key = JSON.stringify([trade.order, id]);
      if (this.seen.has(key)) continue;
      this.seen.add(key);
      this.first = Math.min(this.first, time);
      this.last = Math.max(this.last, time);
      if (!this.fits(trade)) continue;
      this.own.set(id, trade);
      this.amount += trade.amount ?? 0;
    }
    return this.seen.size > before;
  }
}

function asked(
  exchange: CcxtExchange,
  id: string,
  symbol: string,
  since: number,
  until: number | null,
): Promise<readonly CcxtTrade[]> {
  const parameters = until === null ? {} : { until };
  if (exchange.has["fetchOrderTrades"] === true && exchange.fetchOrderTrades !== undefined)
    return exchange.fetchOrderTrades(id, symbol, since, PAGE, parameters);
  return exchange.fetchMyTrades(symbol, since, PAGE, parameters);
}
