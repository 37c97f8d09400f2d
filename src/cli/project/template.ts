// What `strategy-engine new` writes: a strategy that trades, tests beside it, its settings, and what an editor needs.
import type { Language } from "../../sandbox/sandbox.ts";
import { CODE_FILES, SETTINGS_FILE, TEST_FILE } from "./project.ts";

/** Contents by file name. */
export function filesOf(name: string, language: Language, version: string): Readonly<Record<string, string>> {
  const common = {
    [SETTINGS_FILE]: json({
      name,
      version: "1.0.0",
      parameters: { position_size: 0.1, fee_bps: 5 },
      risk_limits: { max_position_size: 20_000, max_open_positions: 5 },
    }),
    "README.md": readme(name, language),
  };
  if (language === "python") return { ...common, [CODE_FILES.python]: PYTHON };
  return {
    ...common,
    [CODE_FILES.assemblyscript]: STRATEGY,
    [TEST_FILE]: TESTS,
    "tsconfig.json": json({ extends: "assemblyscript/std/assembly.json", include: ["./*.ts"] }),
    "package.json": json({ name, private: true, devDependencies: { "strategy-engine": `^${version}` } }),
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const STRATEGY = `// Follows a trend: long while the fast average is above the slow one, with a stop that the usual range of a bar sets.
// This is AssemblyScript: it reads like TypeScript, numbers are f64, or i32 where they count. It is called at every event
// of every symbol; fields belong to one symbol.
import { Atr, Ema, Market, parameter, Strategy } from "strategy-engine/sdk";

const FAST = parameter("fast", 12, 2, 200, "events of the fast average");
const SLOW = parameter("slow", 48, 3, 500, "events of the slow average");
const STOP = parameter("stop_ranges", 3, 0.5, 20, "distance of the stop, in average ranges of a bar");

class Trend extends Strategy {
  private fast: Ema = new Ema(i32(FAST.value));
  private slow: Ema = new Ema(i32(SLOW.value));
  private range: Atr = new Atr(14);

  onTick(market: Market): void {
    const distance = this.fast.next(market.price) - this.slow.next(market.price);
    const range = this.range.next(market.high, market.low, market.price);
    // Averages that are not filled are NaN, and a comparison with NaN is false: nothing is decided before it is time.
    if (distance > 0 && market.position == 0) {
      const stop = market.price - STOP.value * range;
      this.buy(0.7, stop > 0 ? stop : 0);
    } else if (distance < 0 && market.position > 0) this.sell(0.7);
  }
}

export function create(): Strategy {
  return new Trend();
}
`;

const TESTS = `// Each exported function whose name begins with "test" is one test; strategy-engine test runs them, and many of its own.
import { Trial } from "strategy-engine/sdk/test";
import { create } from "./strategy";

export function testBuysARise(): void {
  const trial = new Trial(create());
  trial.tick(100).move(100, 0.001);
  assert(trial.buys > 0, "a steady rise should be bought");
  assert(trial.strategy.stop < trial.market.price, "the stop lies below the price");
}

export function testSellsWhatItHoldsInAFall(): void {
  const trial = new Trial(create());
  trial.tick(100).move(100, 0.001);
  trial.hold(10).move(100, -0.002);
  assert(trial.sells > 0, "a fall should end the position");
}

export function testIsSilentBeforeItsAveragesAreFilled(): void {
  const trial = new Trial(create());
  trial.tick(100).move(20, 0.01);
  assert(trial.silent && trial.buys == 0, "twenty-one events are too few");
}
`;

const PYTHON = `# Buys what fell far and sells what rose far, by the relative strength of the last prices.


class RSIStrategy:
    def __init__(self, period=14, oversold=25, overbought=75):
        self.period = period
        self.oversold = oversold
        self.overbought = overbought

    def generate_signal(self, market_data):
        prices = market_data["prices"]
        if len(prices) <= self.period:
            return "HOLD"
        rsi = calculate_rsi(prices, self.period)
        if rsi < self.oversold:
            return {"action": "BUY", "confidence": 0.8}
        if rsi > self.overbought:
            return {"action": "SELL", "confidence": 0.8}
        return "HOLD"
`;

function readme(name: string, language: Language): string {
  const file = CODE_FILES[language];
  const tests =
    language === "python"
      ? ""
      : `- \`${TEST_FILE}\`: tests; what the strategy should do on a market that you make up\n`;
  const types =
    language === "python" ? "" : "\n`npm install` brings the types for your editor; nothing here needs it to run.\n";
  return `# ${name}

- \`${file}\`: the strategy
${tests}- \`${SETTINGS_FILE}\`: its name, version, parameters and risk limits

\`\`\`sh
strategy-engine test .                        # compiles it, runs your tests and those that every strategy has to pass
strategy-engine backtest . --synthetic        # on a market that never was
strategy-engine backtest . -s BTCUSD          # on recorded history: strategy-engine import brings some
strategy-engine deploy .                      # to a running engine, through its pipeline
\`\`\`

Parameters in \`${SETTINGS_FILE}\` are those that the strategy declares, and how it is traded: \`symbols\`, \`position_size\` (share of the capital), \`stop_loss\` and \`take_profit\` (returns such as -0.05 and 0.1; they replace the stops and targets that the strategy names), \`allow_short\`, \`fee_bps\`, \`slippage_bps\`, \`latency_ms\`.
${types}`;
}
