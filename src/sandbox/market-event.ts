// The event that a user's strategy sees, filled in the same way wherever it comes from: live, in shadow, over history. One
// object is filled again for the next event; a program reads it and does not keep it. The price of a quote is the middle.
import type { MarketEvent } from "./strategy-module.ts";

export type FilledEvent = { -readonly [K in keyof MarketEvent]: MarketEvent[K] };

export function blankEvent(): FilledEvent {
  const prices = { price: 0, volume: 0, open: 0, high: 0, low: 0 };
  return {
    symbol: 0,
    time: 0,
    kind: "trade",
    barMs: 0,
    ...prices,
    bid: 0,
    ask: 0,
    bidSize: 0,
    askSize: 0,
    position: 0,
  };
}

/** `open`, `high` and `low` of a feed that names them with a trade; elsewhere its price. */
export function fillTrade(
  event: FilledEvent,
  price: number,
  volume: number,
  open: number,
  high: number,
  low: number,
): void {
  event.kind = "trade";
  event.price = price;
  event.volume = volume;
  event.open = open;
  event.high = high;
  event.low = low;
}

export function fillBar(
  event: FilledEvent,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  barMs: number,
): void {
  fillTrade(event, close, volume, open, high, low);
  event.kind = "bar";
  event.barMs = barMs;
}

export function fillQuote(event: FilledEvent, bid: number, ask: number): void {
  const middle = bid + (ask - bid) / 2;
  fillTrade(event, middle, 0, middle, middle, middle);
  event.kind = "quote";
}

/** The symbol's best prices as they stand; zeros before the first. */
export function fillBook(event: FilledEvent, bid: number, ask: number, bidSize: number, askSize: number): void {
  event.bid = bid;
  event.ask = ask;
  event.bidSize = bidSize;
  event.askSize = askSize;
}
