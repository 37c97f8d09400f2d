// What a run put at stake, and what could have become of it, from its trades and its equity, in the thread that ran it. Pure
// and seeded: the same run gives the same stakes. Amounts in units of account, falls from -1 to 0; null: too little to say.
import { Random } from "../../domain/random.ts";
import {
  type ClosedTrade,
  type Moments,
  momentsOf,
  type Outcome,
  returnsOf,
  tradeOrder,
} from "../../research/research.ts";

export interface Stakes {
  /** Largest value of one position at its entry. */
  readonly largest_position: number;
  /** Most symbols held at the same time, by whatever part of the strategy: as max_open_positions counts. */
  readonly most_positions: number;
  /** Change of the equity over the worst day; at most 0. */
  readonly worst_day: number;
  /** The deepest fall that one order of its trades in twenty exceeds. */
  readonly trade_order_drawdown: number | null;
  /** Of the returns of one step, which say how sure a Sharpe ratio is. */
  readonly moments: Moments | null;
}

const DAY_US = 86_400e6;
const SEED = 5;

export function stakesOf(outcomes: readonly Outcome[], curve: Outcome["equity"], capital: number): Stakes {
  const trades = outcomes.flatMap((one) => one.trades);
  const held = outcomes.flatMap(({ open, statement }) => open.map((one) => ({ ...one, until: statement.to })));
  const open = held.map(({ quantity, entryPrice }) => Math.abs(quantity * entryPrice));
  const pnl = Float64Array.from(trades, (trade) => trade.pnl);
  return {
    largest_position: trades.reduce(
      (most, { quantity, entryPrice }) => Math.max(most, Math.abs(quantity * entryPrice)),
      Math.max(0, ...open),
    ),
    most_positions: Math.max(mostAtOnce(trades), new Set(held.map(({ symbol }) => symbol)).size),
    worst_day: worstDay(curve, capital),
    trade_order_drawdown: tradeOrder(pnl, capital, new Random(SEED))?.worst95 ?? null,
    moments: momentsOf(returnsOf(curve.equity, capital)),
  };
}

/** A position that ends when another begins is not held beside it. */
function mostAtOnce(trades: readonly ClosedTrade[]): number {
  const lasting = trades.filter(({ entryTime, exitTime }) => entryTime < exitTime);
  const changes = lasting.flatMap(({ symbol, entryTime, exitTime }) => [
    { symbol, at: entryTime, by: 1 },
    { symbol, at: exitTime, by: -1 },
  ]);
  const held = new Map<string, number>();
  let most = 0;
  for (const { symbol, by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    const count = (held.get(symbol) ?? 0) + by;
    if (count === 0) held.delete(symbol);
    else held.set(symbol, count);
    most = Math.max(most, held.size);
  }
  return most;
}

function worstDay({ time, equity }: Outcome["equity"], capital: number): number {
  let [worst, begin, day] = [0, capital, Number.NaN];
  for (let step = 0; step < equity.length; step++) {
    const today = Math.floor((time[step] ?? 0) / DAY_US);
    if (today !== day) {
      begin = step > 0 ? (equity[step - 1] ?? capital) : capital;
      day = today;
    }
    worst = Math.min(worst, (equity[step] ?? begin) - begin);
  }
  return worst;
}
