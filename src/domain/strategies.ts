// The catalogue of the 18 strategies: names, families, tiers, and for those that are built, their parameters.
// One entry feeds validation, the instance table, GET /strategy-types and the docs.
import * as layout from "../../assembly/layout.ts";

export type Family = "arbitrage" | "statistical" | "trend_following" | "market_making" | "news_driven" | "htf";
export type Tier = "fast" | "tactical" | "strategic" | "learning";

/** One parameter of a strategy; its place in the list is its index in the instance row unless `index` says otherwise. */
export interface Parameter {
  readonly name: string;
  readonly index: number;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly meaning: string;
}

export interface StrategyType {
  readonly code: number;
  readonly name: string;
  /** The `strategy` field of its signals and the segment of its Redis keys (api: `momentum` for momentum_rider). */
  readonly signalName: string;
  readonly family: Family;
  readonly tier: Tier;
  readonly barMs: number;
  /** False until its kernel is in the core: no instance can be made of it. */
  readonly built: boolean;
  readonly inputs: readonly string[];
  readonly description: string;
  readonly parameters: readonly Parameter[];
}

type Row = readonly [code: number, name: string, family: Family, tier: Tier, inputs: string, description: string];

const ROWS: readonly Row[] = [
  [
    layout.LATENCY_ARBITRAGE,
    "latency_arbitrage",
    "arbitrage",
    "fast",
    "quote",
    "Trades a follower venue whose quote lags the leader's price.",
  ],
  [
    layout.FUNDING_RATE_ARBITRAGE,
    "funding_rate_arbitrage",
    "arbitrage",
    "fast",
    "funding quote",
    "Collects the difference of funding rates against its costs.",
  ],
  [
    layout.TRIANGULAR_ARBITRAGE,
    "triangular_arbitrage",
    "arbitrage",
    "fast",
    "quote",
    "Three legs whose product of rates exceeds one after fees.",
  ],
  [
    layout.PAIRS_TRADING,
    "pairs_trading",
    "statistical",
    "tactical",
    "trade",
    "Kalman hedge ratio of two prices; trades the innovation.",
  ],
  [
    layout.MEAN_REVERSION,
    "mean_reversion",
    "statistical",
    "tactical",
    "trade",
    "Distance from the mean where returns are known to revert.",
  ],
  [
    layout.COINTEGRATION_MODEL,
    "cointegration_model",
    "statistical",
    "tactical",
    "trade",
    "Johansen-tested spread of two to six prices, traded by its z-score.",
  ],
  [
    layout.MOMENTUM_RIDER,
    "momentum_rider",
    "trend_following",
    "fast",
    "trade",
    "Volatility-scaled returns over three horizons.",
  ],
  [
    layout.BREAKOUT_STRATEGY,
    "breakout_strategy",
    "trend_following",
    "tactical",
    "trade",
    "Donchian channel break with volume, trailed by ATR.",
  ],
  [
    layout.MOVING_AVERAGE_CROSSOVER,
    "moving_average_crossover",
    "trend_following",
    "tactical",
    "trade",
    "EMA 12/26 cross with an ATR hysteresis.",
  ],
  [
    layout.ADAPTIVE_QUOTE,
    "adaptive_quote",
    "market_making",
    "fast",
    "quote trade",
    "Two-sided quotes from a fitted fill intensity.",
  ],
  [
    layout.SPREAD_ADJUSTER,
    "spread_adjuster",
    "market_making",
    "fast",
    "quote trade",
    "Avellaneda-Stoikov reservation price and spread.",
  ],
  [
    layout.VOLATILITY_RESPONSIVE_MM,
    "volatility_responsive_mm",
    "market_making",
    "fast",
    "trade",
    "Quotes whose width follows the ratio of fast to slow volatility.",
  ],
  [
    layout.SENTIMENT_ANALYSIS,
    "sentiment_analysis",
    "news_driven",
    "strategic",
    "news trade",
    "Decayed news score against its own history.",
  ],
  [
    layout.EARNINGS_REACTION,
    "earnings_reaction",
    "news_driven",
    "strategic",
    "earnings trade",
    "Standardised earnings surprise confirmed by the market's reaction.",
  ],
  [
    layout.FED_POLICY_DETECTOR,
    "fed_policy_detector",
    "news_driven",
    "strategic",
    "rates trade",
    "Policy surprise from fed-funds futures.",
  ],
  [
    layout.REGIME_SHIFT_DETECTOR,
    "regime_shift_detector",
    "htf",
    "strategic",
    "trade",
    "Hidden Markov filter, CUSUM and change-point vote.",
  ],
  [
    layout.GLOBAL_LIQUIDITY_SIGNAL,
    "global_liquidity_signal",
    "htf",
    "strategic",
    "macro trade",
    "Central-bank liquidity growth against five years.",
  ],
  [
    layout.MACRO_TREND_TRACKER,
    "macro_trend_tracker",
    "htf",
    "strategic",
    "trade",
    "Time-series momentum over 1, 3 and 12 months.",
  ],
];

const COMMON: readonly Parameter[] = [
  {
    name: "confidence_threshold",
    index: layout.PARAMETER_CONFIDENCE_THRESHOLD,
    default: 0,
    min: 0,
    max: 1,
    unit: "",
    meaning: "least confidence that is published",
  },
  {
    name: "risk_tolerance",
    index: layout.PARAMETER_RISK_TOLERANCE,
    default: 0.5,
    min: 0,
    max: 1,
    unit: "",
    meaning: "scales stop and target distance: 0 half, 0.5 as tabled, 1 one and a half times",
  },
  {
    name: "confirm_bar_ms",
    index: layout.PARAMETER_CONFIRM_BAR_MS,
    default: 0,
    min: 0,
    max: 2_592_000_000,
    unit: "ms",
    meaning: "a slower timeframe that must not disagree; 0: off",
  },
];

const MOMENTUM: readonly Parameter[] = parameters([
  ["horizon_short", 12, 2, 511, "samples", "first look-back"],
  ["horizon_medium", 48, 2, 511, "samples", "second look-back"],
  ["horizon_long", 288, 2, 511, "samples", "third look-back"],
  ["weight_short", 0.5, 0, 1, "", "weight of the first look-back"],
  ["weight_medium", 0.3, 0, 1, "", "weight of the second look-back"],
  ["weight_long", 0.2, 0, 1, "", "weight of the third look-back"],
  ["momentum_threshold", 1, 0.01, 100, "sigma", "least |M| for a signal"],
  ["exit_threshold", 0.3, 0, 100, "sigma", "|M| below this ends the position"],
  ["volume_multiplier", 1.2, 0, 100, "", "volume above this many means of the last 20 samples confirms"],
  ["require_volume", 0, 0, 1, "bool", "1: no signal without volume confirmation"],
  ["stop_mode", 0, 0, 1, "enum", "0: percent, 1: ATR14"],
  ["stop_percent", 0.02, 0.0001, 0.5, "", "stop distance in percent mode, share of the price"],
  ["target_percent", 0.03, 0.0001, 0.5, "", "target distance in percent mode, share of the price"],
  ["stop_atr", 2, 0.1, 50, "ATR14", "stop distance in ATR mode"],
  ["target_atr", 3, 0.1, 50, "ATR14", "target distance in ATR mode"],
]);

const SPREAD: readonly Parameter[] = parameters([
  ["mode", 0, 0, 1, "enum", "0: as published (Avellaneda-Stoikov), 1: normalised (inventory as a share of the total)"],
  ["gamma", 0.1, 1e-6, 1e3, "1/price", "risk aversion"],
  ["horizon_s", 1, 0.001, 86_400, "s", "time left, tau"],
  ["maker_fee_bps", 1, 0, 100, "bp", "fee of one fill; a half-spread below it never pays"],
  ["min_spread_bps", 1, 0, 1_000, "bp", "least full spread beyond the fee"],
  ["max_spread_bps", 200, 1, 10_000, "bp", "largest full spread"],
  ["size_decay", 1, 0, 50, "", "eta: size x exp(-eta q side)"],
  ["inventory_max", 1, 0.01, 1, "", "band of the inventory share in which both sides are quoted"],
  ["order_size", 1, 1e-9, 1e12, "lots", "size of a quote at zero inventory"],
  ["volatility_pull", 4, 1, 100, "", "quotes are pulled when fast volatility exceeds this many slow ones"],
]);

const COINTEGRATION: readonly Parameter[] = parameters([
  ["window", 500, 250, 1000, "bars", "bars of the test and of the spread"],
  ["entry_z", 2, 0.5, 10, "sigma", "|z| that opens"],
  ["exit_z", 0.5, 0, 5, "sigma", "|z| that closes"],
  ["stop_z", 4, 1, 20, "sigma", "|z| that stops"],
  ["adf_stop_p", 0.1, 0.001, 1, "", "Dickey-Fuller p-value of the spread above which the position is stopped"],
  ["max_lag", 5, 1, 8, "bars", "largest lag that BIC may choose"],
  ["retest_bars", 60, 1, 10_000, "bars", "bars between two Johansen tests"],
]);

function parameters(
  rows: readonly (readonly [string, number, number, number, string, string])[],
): readonly Parameter[] {
  return rows.map(([name, value, min, max, unit, meaning], index) => ({
    name,
    index,
    default: value,
    min,
    max,
    unit,
    meaning,
  }));
}

const BUILT: ReadonlyMap<number, readonly Parameter[]> = new Map([
  [layout.MOMENTUM_RIDER, MOMENTUM],
  [layout.SPREAD_ADJUSTER, SPREAD],
  [layout.COINTEGRATION_MODEL, COINTEGRATION],
]);

const BAR_MS: Readonly<Record<Tier, number>> = { fast: 0, tactical: 1_000, strategic: 60_000, learning: 0 };

export const STRATEGIES: readonly StrategyType[] = ROWS.map(([code, name, family, tier, inputs, description]) => ({
  code,
  name,
  signalName: name === "momentum_rider" ? "momentum" : name,
  family,
  tier,
  barMs: BAR_MS[tier],
  built: BUILT.has(code),
  inputs: inputs.split(" "),
  description,
  parameters: [...(BUILT.get(code) ?? []), ...COMMON],
}));

export const FAMILIES: readonly Family[] = [
  "arbitrage",
  "statistical",
  "trend_following",
  "market_making",
  "news_driven",
  "htf",
];
export const TIERS: readonly Tier[] = ["fast", "tactical", "strategic", "learning"];
