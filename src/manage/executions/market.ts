// What a program is shown of an event of the feed. One object for all calls of an execution: programs read it and do not
// keep it.
import * as layout from "../../../assembly/layout.ts";
import { fillBar, fillBook, type FilledEvent, fillQuote, fillTrade } from "../../sandbox/sandbox.ts";
import type { FeedEvent } from "./feed-event.ts";

/** Of a symbol, as it stands; zeros before the first. */
export interface BestQuote {
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
}

/** Fills it with the event, and with what is held of its symbol. */
export function show(
  market: FilledEvent,
  place: number,
  event: FeedEvent,
  best: BestQuote,
  position: number,
): FilledEvent {
  const { kind } = event;
  const a = event.value(0);
  const b = event.value(1);
  const c = event.value(2);
  const d = event.value(3);
  const e = event.value(4);
  market.symbol = place;
  market.time = event.time;
  if (kind === layout.KIND_QUOTE) fillQuote(market, a, b);
  else if (kind === layout.KIND_BAR) fillBar(market, a, b, c, d, e, event.aux);
  else fillTrade(market, a, b, a, a, a); // as history has it: a venue's open, high and low of a day are not the trade's
  fillBook(market, best.bid, best.ask, best.bidSize, best.askSize);
  market.position = position;
  return market;
}
