// Strategies in AssemblyScript for tests: a whole file around what is to be tried, and its drive over prices.
import type { Decision, MarketEvent, StrategyModule } from "../../src/sandbox/sandbox.ts";

const IMPORTS = "Strategy, Market, parameter, Window, Sma, Ema, Rsi, Atr, Macd, Bollinger, Channel, Deviation, ZScore";

/** `fields` of the class, `tick` the body of onTick(market), `top` what stands before the class. */
export function strategyCode(tick: string, fields = "", top = ""): string {
  return `import { ${IMPORTS} } from "strategy-engine/sdk";
${top}
class Tried extends Strategy {
  ${fields}
  onTick(market: Market): void {
    ${tick}
  }
}
export function create(): Strategy {
  return new Tried();
}
`;
}

export const RSI_CODE = strategyCode(
  `const value = this.rsi.next(market.price);
    if (value < OVERSOLD.value) this.buy(0.8);
    else if (value > OVERBOUGHT.value) this.sell(0.8);`,
  "private rsi: Rsi = new Rsi(i32(PERIOD.value));",
  `const PERIOD = parameter("period", 14, 2, 500, "samples of the RSI");
const OVERSOLD = parameter("oversold", 25, 0, 50, "buys below");
const OVERBOUGHT = parameter("overbought", 75, 50, 100, "sells above");`,
);

export function eventOf(price: number, change: Partial<MarketEvent> = {}): MarketEvent {
  const bar = { open: price, high: price, low: price, bid: 0, ask: 0, bidSize: 0, askSize: 0 };
  return { symbol: 0, time: 0, price, volume: 1, ...bar, position: 0, ...change };
}

/** What it decides, event by event; throws at a fault. */
export function decisions(module: StrategyModule, events: readonly MarketEvent[]): readonly (Decision | null)[] {
  return events.map((event) => {
    const decided = module.decide(event);
    if (!decided.ok) throw new Error(`${decided.failure.kind}: ${decided.failure.message}`);
    return decided.value;
  });
}
