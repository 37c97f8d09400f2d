// The base of a strategy. One object for each symbol, so fields are state per symbol; nothing is shared between symbols
// but what stands outside the class.
//   class Cross extends Strategy {
//     private fast: Ema = new Ema(12);
//     private slow: Ema = new Ema(26);
//     onTick(market: Market): void {
//       const distance = this.fast.next(market.price) - this.slow.next(market.price);
//       if (distance > 0) this.buy(0.6);
//       if (distance < 0) this.sell(0.6);
//     }
//   }
//   export function create(): Strategy {
//     return new Cross();
//   }
import { Market } from "./market";

export const BUY: i32 = 1;
export const SELL: i32 = -1;
export const EXIT: i32 = 2;

export abstract class Strategy {
  /** What was decided at the event under way; 0: nothing. */
  action: i32 = 0;
  confidence: f64 = 0;
  stop: f64 = 0;
  target: f64 = 0;
  size: f64 = 0;

  /** Called at every event of the symbol, in order. Comparisons with NaN are false: an indicator that is not ready decides nothing. */
  abstract onTick(market: Market): void;

  /** Opens a long position or keeps it; `stop` and `target` are prices, `size` a share of the usual size; 0: none. */
  buy(confidence: f64 = 1, stop: f64 = 0, target: f64 = 0, size: f64 = 0): void {
    this.decide(BUY, confidence, stop, target, size);
  }
  /** Closes a long position; opens a short one where shorts are allowed. */
  sell(confidence: f64 = 1, stop: f64 = 0, target: f64 = 0, size: f64 = 0): void {
    this.decide(SELL, confidence, stop, target, size);
  }
  /** Closes whatever is held. */
  close(): void {
    this.decide(EXIT, 1, 0, 0, 0);
  }

  private decide(action: i32, confidence: f64, stop: f64, target: f64, size: f64): void {
    this.action = action;
    this.confidence = confidence;
    this.stop = stop;
    this.target = target;
    this.size = size;
  }
}
