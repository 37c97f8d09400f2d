// The same trading as a plain loop, as one would write it for one rule: a position, a stop, a target, fees, floats. It
// knows one symbol, one order at a time and no books, which is what the simulation is measured against.
import type { TradedBars } from "../backtest/traded-bars.ts";

export interface PlainResult {
  readonly equity: number;
  readonly trades: number;
}

export function plainTrading(
  bars: TradedBars,
  capital: number,
  size: number,
  fee: number,
  stopShare: number,
  takeShare: number,
): PlainResult {
  const { open, high, low, close, crossed } = bars;
  let [cash, held, stop, take, wanted, trades] = [capital, 0, 0, 0, 0, 0];
  const sell = (price: number): void => {
    cash += held * price * (1 - fee);
    held = 0;
    trades++;
  };
  for (let bar = 0; bar < close.length; bar++) {
    const first = open[bar] ?? 0;
    if (wanted > 0 && held === 0) {
      held = size / (close[bar - 1] ?? first);
      cash -= held * first * (1 + fee);
      stop = first * stopShare;
      take = first * takeShare;
    } else if (held > 0) {
      if (first <= stop || wanted < 0) sell(first);
      else if (first >= take) sell(first);
    }
    wanted = 0;
    if (held > 0) {
      if ((low[bar] ?? 0) <= stop) sell(stop);
      else if ((high[bar] ?? 0) >= take) sell(take);
    }
    const cross = crossed[bar] ?? 0;
    if (cross > 0 ? held === 0 : held > 0) wanted = cross;
  }
  return { equity: cash + held * (close.at(-1) ?? 0), trades };
}
