// What `strategy-engine new` writes: a strategy that trades, tests beside it, its settings, and what an editor needs.
import type { Language } from "../../sandbox/sandbox.ts";
import { CODE_FILES, SETTINGS_FILE, TEST_FILES } from "./project.ts";

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
  if (language === "python")
    return {
      ...common,
      [CODE_FILES.python]: PYTHON,
      [TEST_FILES.python]: PYTHON_TESTS,
      [PYTHON_TYPES_FILE]: PYTHON_TYPES,
    };
  if (language === "rules") return { ...common, [CODE_FILES.rules]: RULES, [TEST_FILES.rules]: RULE_TESTS };
  return {
    ...common,
    [CODE_FILES.assemblyscript]: STRATEGY,
    [TEST_FILES.assemblyscript]: TESTS,
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

const RULES = `# Follows a trend that the engine's own momentum rider sees, unless the market is wild. The first rule that holds decides.
param fast 12 from 2 to 200;
param slow 48 from 3 to 500;

exit when held > 6 h or profit < -2 %;
buy when ema(fast) crosses above ema(slow) and not volatility.high;
buy when momentum_rider.buy and regime == trending and rsi(14) < 75;
sell when ema(fast) crosses below ema(slow);

size 0.5;
stop atr(14) * 3;
target atr(14) * 6;
`;

const RULE_TESTS = `// Rules become AssemblyScript, so their tests are written in it; strategy-engine test runs them, and many of its own.
import { Trial } from "strategy-engine/sdk/test";
import { create } from "./strategy";

export function testBuysARiseAfterAFall(): void {
  const trial = new Trial(create());
  trial.tick(100).move(120, -0.001).move(60, 0.001);
  assert(trial.buys > 0, "the fast average should cross above the slow one");
}

export function testSellsAFallAfterARise(): void {
  const trial = new Trial(create());
  trial.tick(100).move(120, 0.001).move(60, -0.001);
  assert(trial.sells > 0, "the fast average should cross below the slow one");
}

export function testIsSilentBeforeItsAveragesAreFilled(): void {
  const trial = new Trial(create());
  trial.tick(100).move(20, 0.01);
  assert(trial.buys == 0 && trial.sells == 0, "twenty-one events are too few");
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

const PYTHON_TESTS = `# Each function that begins with "test_" and takes nothing is one test; strategy-engine test runs them, and many of its own.
# Trial makes up a market; Trial and near are there without an import, as calculate_rsi and its like are.
from strategy import RSIStrategy


def test_buys_after_a_fall():
    trial = Trial(RSIStrategy())
    trial.tick(100).move(40, -0.005)
    assert trial.bought, "forty falling prices should be bought"
    near(trial.confidence, 0.8, "the confidence")


def test_sells_after_a_rise():
    trial = Trial(RSIStrategy(period=7))
    trial.tick(100).move(40, 0.005)
    assert trial.sold and trial.buys == 0, "forty rising prices should be sold"


def test_is_silent_before_it_has_enough_prices():
    trial = Trial(RSIStrategy(period=14))
    trial.tick(100).move(13, -0.01)
    assert trial.silent, "fourteen prices are too few"
`;

/** Editors take it for what builtins has beside its own. */
const PYTHON_TYPES_FILE = "__builtins__.pyi";
const PYTHON_TYPES = `from typing import Any, Sequence

def calculate_rsi(prices: Sequence[float], period: int = 14) -> float: ...
def calculate_sma(prices: Sequence[float], period: int = 20) -> float: ...
def calculate_ema(prices: Sequence[float], period: int = 20) -> float: ...
def calculate_std(prices: Sequence[float], period: int = 20) -> float: ...
def calculate_zscore(prices: Sequence[float], period: int = 20) -> float: ...
def calculate_macd(prices: Sequence[float], fast: int = 12, slow: int = 26, signal: int = 9) -> tuple[float, float, float]: ...
def calculate_bollinger(prices: Sequence[float], period: int = 20, width: float = 2.0) -> tuple[float, float, float]: ...
def calculate_atr(highs: Sequence[float], lows: Sequence[float], closes: Sequence[float], period: int = 14) -> float: ...

def near(found: float, wanted: float, what: str = "the value", tolerance: float = 1e-9) -> None: ...

class Trial:
    strategy: Any
    symbol: str
    price: float
    position: float
    time: float
    events: int
    buys: int
    sells: int
    confidence: float
    bought: bool
    sold: bool
    silent: bool
    def __init__(self, strategy: Any, symbol: str = "BTCUSD") -> None: ...
    def tick(self, price: float, volume: float = 1.0) -> "Trial": ...
    def bar(self, open: float, high: float, low: float, close: float, volume: float = 1.0) -> "Trial": ...
    def quote(self, bid: float, ask: float) -> "Trial": ...
    def move(self, count: int, share: float) -> "Trial": ...
    def hold(self, position: float) -> "Trial": ...
`;

function readme(name: string, language: Language): string {
  const file = CODE_FILES[language];
  const tests = `- \`${TEST_FILES[language]}\`: tests; what the strategy should do on a market that you make up\n`;
  if (language === "rules") return readmeOf(name, file, tests, "");
  const types =
    language === "python"
      ? `\n\`${PYTHON_TYPES_FILE}\` tells editors what is there without an import; the engine does not read it.\n`
      : "\n`npm install` brings the types for your editor; nothing here needs it to run.\n";
  return readmeOf(name, file, tests, types);
}

function readmeOf(name: string, file: string, tests: string, types: string): string {
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
