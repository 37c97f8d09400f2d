// The plain twin of src/learning/tracker.ts, for trades without groups: a list of objects, all of them looked at for every
// event, signals taken where they stand in the stream.
import type { Outcome } from "../../../src/learning/outcome.ts";
import type { Opening } from "../../../src/learning/tracker.ts";

export interface TapeEvent {
  readonly symbol: number;
  readonly sequence: number;
  readonly clock: number;
  readonly prices:
    | { readonly price: number }
    | {
        readonly open: number;
        readonly high: number;
        readonly low: number;
        readonly close: number;
        readonly start: number;
      }
    | { readonly bid: number; readonly ask: number };
}

export interface TwinOutcome {
  readonly id: string;
  readonly ended: Outcome["ended"];
  readonly net: number;
  readonly closedAt: number;
}

export class TrackerTwin {
  readonly closed: TwinOutcome[] = [];
  private open: Opening[] = [];

  signal(opening: Opening): void {
    const held = this.open.find(({ key }) => key === opening.key);
    if (held?.side === opening.side) return;
    if (held) this.end(held, "exit", opening.entry, opening.openedAt);
    this.open.push(opening);
  }

  exit(key: number, price: number, clock: number): void {
    const held = this.open.find((one) => one.key === key);
    if (held) this.end(held, "exit", price, clock);
  }

  event({ symbol, sequence, clock, prices }: TapeEvent): void {
    for (const opening of this.open.filter((one) => one.symbol === symbol && sequence > one.sequence)) {
      const { side, stop, target, deadline, openedAt } = opening;
      const long = side > 0;
      const path = pathOf(prices, long, openedAt);
      const beyond = (price: number): boolean => (long ? price <= stop : price >= stop);
      const stopped = beyond(path.worst);
      if (stopped) this.end(opening, "stop", beyond(path.first) ? path.first : stop, clock);
      else if (long ? path.best > target : path.best < target) this.end(opening, "target", target, clock);
      else if (clock >= deadline) this.end(opening, "time", path.last, clock);
    }
  }

  private end(opening: Opening, ended: Outcome["ended"], price: number, closedAt: number): void {
    this.open = this.open.filter((one) => one !== opening);
    const { id, side, entry, fees } = opening;
    const market = (fees.takerBps + fees.slippageBps) / 10_000;
    const leaving = ended === "target" ? fees.makerBps / 10_000 : market;
    this.closed.push({ id, ended, closedAt, net: side * (price / entry - 1) - market - leaving * (price / entry) });
  }
}

function pathOf(prices: TapeEvent["prices"], long: boolean, openedAt: number) {
  if ("price" in prices) return { first: prices.price, worst: prices.price, best: prices.price, last: prices.price };
  if ("bid" in prices) {
    const price = long ? prices.bid : prices.ask;
    return { first: price, worst: price, best: price, last: price };
  }
  const { open, high, low, close, start } = prices;
  if (start < openedAt) return { first: close, worst: close, best: close, last: close };
  return { first: open, worst: long ? low : high, best: long ? high : low, last: close };
}
