// The strategy that a compiler compiles first, while nobody waits: it uses what most strategies use, so that the parts of the
// compiler that they need are at their speed when the first of them comes. What comes out is thrown away.
export const WARM_UP = `import { Ema, Market, parameter, Rsi, Sma, Strategy } from "strategy-engine/sdk";

const PERIOD = parameter("period", 14, 2, 500, "samples");

class WarmUp extends Strategy {
  private rsi: Rsi = new Rsi(i32(PERIOD.value));
  private sma: Sma = new Sma(20);
  private ema: Ema = new Ema(12);
  private seen: Array<f64> = [];

  onTick(market: Market): void {
    this.seen.push(market.price);
    const value = this.rsi.next(market.price);
    const trend = this.sma.next(market.price) - this.ema.next(market.price);
    if (value < 30 && trend > 0) this.buy(0.8, market.price * 0.98);
    else if (value > 70) this.sell(0.5);
    if (this.seen.length > 100) this.seen.shift();
  }
}

export function create(): Strategy {
  return new WarmUp();
}
`;
