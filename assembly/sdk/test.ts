// For tests beside a strategy: a market that is made up tick by tick, and what the strategy decided on it.
//   import { Trial } from "strategy-engine/sdk/test";
//   import { create } from "./strategy";
//   export function testBuysAfterAFall(): void {
//     const trial = new Trial(create());
//     trial.tick(100).move(40, -0.005);
//     assert(trial.buys > 0, "forty falling ticks should make it buy");
//   }
// Each exported function whose name begins with `test` is one test, run in an instance of its own; a failed assert fails it.
import { Market } from "./market";
import { BUY, EXIT, SELL, Strategy } from "./strategy";

const MINUTE: f64 = 60_000_000;

export class Trial {
  readonly market: Market = new Market();
  /** Decisions so far, by kind. */
  buys: i32 = 0;
  sells: i32 = 0;
  exits: i32 = 0;

  constructor(readonly strategy: Strategy) {
    this.market.time = 1_735_689_600_000_000; // 2025-01-01
    this.market.price = 100;
  }

  /** A trade, a minute after the last event. */
  tick(price: f64, volume: f64 = 1): Trial {
    return this.bar(price, price, price, price, volume);
  }

  /** A bar that closes a minute after the last event. */
  bar(open: f64, high: f64, low: f64, close: f64, volume: f64 = 1): Trial {
    const market = this.market;
    market.time += MINUTE;
    market.open = open;
    market.high = high;
    market.low = low;
    market.price = close;
    market.volume = volume;
    return this.decide();
  }

  /** A quote, a minute after the last event. */
  quote(bid: f64, ask: f64, bidSize: f64 = 1, askSize: f64 = 1): Trial {
    const market = this.market;
    market.bid = bid;
    market.ask = ask;
    market.bidSize = bidSize;
    market.askSize = askSize;
    return this.tick((bid + ask) / 2, 0);
  }

  /** So many trades, each by `share` above the one before; below 0 they fall. */
  move(count: i32, share: f64): Trial {
    for (let i = 0; i < count; i++) this.tick(this.market.price * (1 + share));
    return this;
  }

  /** What the strategy holds from the next event on. */
  hold(position: f64): Trial {
    this.market.position = position;
    return this;
  }

  /** What was decided at the last event. */
  get bought(): bool {
    return this.strategy.action == BUY;
  }
  get sold(): bool {
    return this.strategy.action == SELL;
  }
  get closed(): bool {
    return this.strategy.action == EXIT;
  }
  get silent(): bool {
    return this.strategy.action == 0;
  }

  private decide(): Trial {
    const strategy = this.strategy;
    this.market.count += 1;
    strategy.action = 0;
    strategy.onTick(this.market);
    if (strategy.action == BUY) this.buys++;
    else if (strategy.action == SELL) this.sells++;
    else if (strategy.action == EXIT) this.exits++;
    return this;
  }
}

/** Fails where a number is not about what it should be. */
export function near(found: f64, wanted: f64, what: string, tolerance: f64 = 1e-9): void {
  const far = Math.abs(found - wanted);
  assert(far <= tolerance * (1 + Math.abs(wanted)), what + ": " + found.toString() + " and not " + wanted.toString());
}
