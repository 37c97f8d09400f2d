// The position of a directional strategy and the gate in front of its signals, written down a second time: what a
// strategy's twin says becomes the signals that the engine should publish.
import * as layout from "../../../assembly/layout.ts";
import type { BarSignal } from "../bars.ts";

export interface Wish {
  readonly side: 1 | -1;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly confidence: number;
  readonly values: readonly number[];
}

export class HoldTwin {
  readonly signals: BarSignal[] = [];
  side = 0;
  entry = 0;
  stop = 0;
  target = 0;
  since = 0;
  best = 0;

  /** A signal goes out where its expected value suffices; it opens the position unless it is open already. */
  wish(bar: number, wish: Wish): void {
    const { side, entry, stop, target } = wish;
    if (this.side === -side) this.leave(bar, entry, wish.values[0]!);
    const confidence = Math.min(wish.confidence, 0.9);
    const value = (confidence * Math.abs(target - entry)) / Math.abs(entry - stop) - (1 - confidence);
    if (confidence < 0.1 || value < 0.05) return;
    const action = side > 0 ? layout.ACTION_BUY : layout.ACTION_SELL;
    this.signals.push({ bar, action, entry, stop, target, confidence, values: wish.values });
    if (this.side === side) return;
    Object.assign(this, { side, entry, stop, target, since: bar, best: entry });
  }

  leave(bar: number, price: number, value: number): void {
    this.side = 0;
    const values = [value, 0, 0, 0];
    this.signals.push({ bar, action: layout.ACTION_EXIT, entry: price, stop: 0, target: 0, confidence: 1, values });
  }
}
