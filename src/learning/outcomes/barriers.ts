// What an event does to a followed trade: the triple barrier of stop, target and time limit (Lopez de Prado 2018, chapter
// 3), with the engine's careful order of fills: inside a bar the stop comes before the target; a stop is filled at its
// level or, behind a gap, at the first price beyond it; a target only where the market goes beyond it, at its level.
//   net = side (exit - entry) / entry - (taker + slippage) - fee of the exit x exit / entry
// fee of the exit: maker at a target, otherwise taker and slippage. A long trade leaves at the bid, a short one at the ask.
import type { Outcome } from "../outcome.ts";
import type { Opening } from "./opening.ts";
import { BAR, QUOTED, type Event } from "./pending.ts";

type Ended = Outcome["ended"];

/** How a trade ended; the same object for all of them. */
export interface End {
  by: Ended;
  price: number;
}

const BPS = 1e-4;

/** False: it goes on. */
export function ends({ side, stop, target, deadline, openedAt }: Opening, event: Event, end: End): boolean {
  const { form, open, high, low, close, clock, start } = event;
  // Of a bar that began before the trade only the close is known to lie behind its entry.
  const whole = form === BAR && start >= openedAt;
  // What is paid for leaving, as it is best and as it is worst; seen from the trade, higher is better.
  const last = form === QUOTED ? (side > 0 ? low : high) : close;
  const worst = side * (whole ? (side > 0 ? low : high) : last);
  const best = side * (whole ? (side > 0 ? high : low) : last);
  const first = side * (whole ? open : last);
  if (worst <= side * stop) {
    end.by = "stop";
    end.price = first <= side * stop ? side * first : stop;
    return true;
  }
  if (best > side * target) {
    end.by = "target";
    end.price = target;
    return true;
  }
  if (clock < deadline) return false;
  end.by = "time";
  end.price = last;
  return true;
}

/** Return as a share of the entry, after costs. */
export function netOf(opening: Opening, end: End): number {
  const { side, entry } = opening;
  return (side * (end.price - entry)) / entry - costOf(opening, end);
}

/** What going in and out costs, as a share of the entry. */
export function costOf({ entry, fees }: Opening, { by, price }: End): number {
  const { makerBps, takerBps, slippageBps } = fees;
  const entered = (takerBps + slippageBps) * BPS;
  return entered + (by === "target" ? makerBps : takerBps + slippageBps) * BPS * (price / entry);
}
