// Which kernel answers what: one switch per occasion, in the order of the strategy codes. The drivers (evaluate.ts,
// cycle.ts) know occasions, the kernels know strategies; only this file knows both.
//   features   numbers of one cell (f64) or a block of two (v128) after a new sample of its series
//   rule       entry and exit of one cell whose features are fresh
//   book       a quote or a trade of the cell's symbol
//   news       a funding, news or earnings event of the cell's symbol
//   board      a macro or rates event, which no symbol owns
//   quit       the instance is switched off or removed
//   review     strategic work, a slice of the cells per fast beat
import * as layout from "./layout";
import { putCell } from "./cells";
import { fundingBook, fundingConfigure, fundingNews, fundingQuit } from "./kernels/arbitrage/funding-rate-arbitrage";
import { latencyBook, latencyConfigure, latencyQuit, latencyReview } from "./kernels/arbitrage/latency-arbitrage";
import { regimeConfigure, regimeReview, regimeRule } from "./kernels/htf/regime-shift-detector";
import { liquidityConfigure, liquidityReview, liquidityRule } from "./kernels/htf/global-liquidity-signal";
import { takeLiquidity } from "./kernels/htf/liquidity-weeks";
import { trendConfigure, trendRule } from "./kernels/htf/macro-trend-tracker";
import { eventTime } from "./emit";
import { quit as leavePosition } from "./hold";
import {
  ADAPTIVE_INVENTORY,
  adaptiveConfigure,
  adaptiveQuit,
  adaptiveQuote,
  adaptiveReview,
  adaptiveTrade,
} from "./kernels/market-making/adaptive-quote";
import { marketTime } from "./kernels/market-making/maker";
import { regimeConfigure, regimeReview, regimeRule } from "./kernels/htf/regime-shift-detector";
import {
  SPREAD_INVENTORY,
  spreadBook,
  spreadConfigure,
  spreadTakeBack,
  spreadRule,
  spreadSample,
  spreadTrade,
} from "./kernels/market-making/spread-adjuster";
import { earningsConfigure, earningsNews, earningsRule, earningsTrade } from "./kernels/news-driven/earnings-reaction";
import { policyConfigure, policyRates, policyRule } from "./kernels/news-driven/fed-policy-detector";
import {
  RESPONSIVE_INVENTORY,
  responsiveConfigure,
  responsiveQuit,
  responsiveReview,
  responsiveRule,
  responsiveTrade,
} from "./kernels/market-making/volatility-responsive-mm";
import { sentimentConfigure, sentimentNews, sentimentRule } from "./kernels/news-driven/sentiment-analysis";
import {
  reversionConfigure,
  reversionReview,
  reversionRule,
  reversionScore,
} from "./kernels/statistical/mean-reversion";
import { breakoutBreaks, breakoutConfigure, breakoutRule } from "./kernels/trend-following/breakout-strategy";
import { momentumConfigure, momentumRule, momentumStrength } from "./kernels/trend-following/momentum-rider";

import {
  crossoverAverages,
  crossoverConfigure,
  crossoverRule,
} from "./kernels/trend-following/moving-average-crossover";

/** What a strategy's cells are told, besides control events. */
export const HEARS_SAMPLES: u32 = 1;
export const HEARS_QUOTES: u32 = 2;
export const HEARS_TRADES: u32 = 16;
export const HEARS_NEWS: u32 = 4;
/** Its series keeps the oscillators and channels of windows/features.ts as well. */
export const HEARS_FEATURES: u32 = 8;

/** `ticks`: the instance takes every tick as a sample (bar_ms 0). */
export function hears(code: u32, ticks: bool): u32 {
  switch (code) {
    case layout.FUNDING_RATE_ARBITRAGE:
      return HEARS_QUOTES | HEARS_NEWS;
    case layout.LATENCY_ARBITRAGE:
      return HEARS_QUOTES;
    case layout.MOMENTUM_RIDER:
      return HEARS_SAMPLES;
    case layout.MEAN_REVERSION:
    case layout.BREAKOUT_STRATEGY:
    case layout.MOVING_AVERAGE_CROSSOVER:
      return HEARS_SAMPLES | HEARS_FEATURES;
    case layout.ADAPTIVE_QUOTE:
      return HEARS_QUOTES | HEARS_TRADES;
    case layout.VOLATILITY_RESPONSIVE_MM:
      return HEARS_TRADES | HEARS_SAMPLES;
    case layout.SPREAD_ADJUSTER:
      return ticks ? HEARS_QUOTES | HEARS_TRADES : HEARS_QUOTES | HEARS_TRADES | HEARS_SAMPLES;
    case layout.SENTIMENT_ANALYSIS:
      return HEARS_SAMPLES | HEARS_NEWS;
    case layout.EARNINGS_REACTION:
      return HEARS_SAMPLES | HEARS_NEWS | HEARS_TRADES;
    case layout.FED_POLICY_DETECTOR:
    case layout.REGIME_SHIFT_DETECTOR:
      return HEARS_SAMPLES;
    case layout.GLOBAL_LIQUIDITY_SIGNAL:
      return HEARS_SAMPLES;
    case layout.MACRO_TREND_TRACKER:
      return HEARS_SAMPLES;
    default:
      return 0;
  }
}

/** A new cell, or new parameters: takes over what it keeps copies of. */
export function configureCell(code: u32, cell: usize, instance: u32): void {
  switch (code) {
    case layout.FUNDING_RATE_ARBITRAGE:
      return fundingConfigure(cell, instance);
    case layout.LATENCY_ARBITRAGE:
      return latencyConfigure(cell, instance);
    case layout.MEAN_REVERSION:
      return reversionConfigure(cell, instance);
    case layout.MOMENTUM_RIDER:
      return momentumConfigure(cell, instance);
    case layout.BREAKOUT_STRATEGY:
      return breakoutConfigure(cell, instance);
    case layout.MOVING_AVERAGE_CROSSOVER:
      return crossoverConfigure(cell, instance);
    case layout.ADAPTIVE_QUOTE:
      return adaptiveConfigure(cell, instance);
    case layout.VOLATILITY_RESPONSIVE_MM:
      return responsiveConfigure(cell, instance);
    case layout.SPREAD_ADJUSTER:
      return spreadConfigure(cell, instance);
    case layout.SENTIMENT_ANALYSIS:
      return sentimentConfigure(cell, instance);
    case layout.EARNINGS_REACTION:
      return earningsConfigure(cell, instance);
    case layout.FED_POLICY_DETECTOR:
      return policyConfigure(cell, instance);
    case layout.REGIME_SHIFT_DETECTOR:
      return regimeConfigure(cell, instance);
    case layout.GLOBAL_LIQUIDITY_SIGNAL:
      return liquidityConfigure(cell, instance);
    case layout.MACRO_TREND_TRACKER:
      return trendConfigure(cell, instance);
    default:
  }
}

/** The instance falls silent: what the cell holds or has standing ends with one exit. */
export function quit(code: u32, cell: usize): void {
  switch (code) {
    case layout.FUNDING_RATE_ARBITRAGE:
      return fundingQuit(cell);
    case layout.LATENCY_ARBITRAGE:
      return latencyQuit(cell);
    case layout.ADAPTIVE_QUOTE:
      return adaptiveQuit(cell);
    case layout.VOLATILITY_RESPONSIVE_MM:
      return responsiveQuit(cell);
    case layout.SPREAD_ADJUSTER:
      return spreadTakeBack(cell);
    default:
      return leavePosition(cell);
  }
}

/** A market maker's position as a share of the largest allowed, -1..1. */
export function inventory(code: u32, cell: usize, q: f64): void {
  switch (code) {
    case layout.ADAPTIVE_QUOTE:
      return putCell(cell, ADAPTIVE_INVENTORY, q);
    case layout.VOLATILITY_RESPONSIVE_MM:
      return putCell(cell, RESPONSIVE_INVENTORY, q);
    case layout.SPREAD_ADJUSTER:
      return putCell(cell, SPREAD_INVENTORY, q);
    default:
  }
}

/** Whether features and rule of a cell can run: its other inputs have come. */
export function sampleable(code: u32, cell: usize): bool {
  return code != layout.SPREAD_ADJUSTER || spreadBook(cell);
}

/**
 * `at` series lanes, `window` history lanes of the cells; for f64 only the first are read. Bit by lane: its rule may have
 * something to do.
 */
export function features<T>(code: u32, cell: usize, at0: usize, at1: usize, window0: usize, window1: usize): i32 {
  switch (code) {
    case layout.MEAN_REVERSION:
      return reversionScore<T>(cell, at0, at1, window0, window1);
    case layout.BREAKOUT_STRATEGY:
      return breakoutBreaks<T>(cell, at0, at1, window0, window1);
    case layout.MOMENTUM_RIDER:
      return momentumStrength<T>(cell, at0, at1, window0, window1);
    case layout.MOVING_AVERAGE_CROSSOVER:
      return crossoverAverages<T>(cell, at0, at1);
    case layout.SPREAD_ADJUSTER:
      return spreadSample<T>(cell, at0, at1);
    default:
      return BOTH_LANES;
  }
}
const BOTH_LANES: i32 = 3;

export function rule(code: u32, cell: usize): void {
  switch (code) {
    case layout.MEAN_REVERSION:
      return reversionRule(cell);
    case layout.MOMENTUM_RIDER:
      return momentumRule(cell);
    case layout.BREAKOUT_STRATEGY:
      return breakoutRule(cell);
    case layout.MOVING_AVERAGE_CROSSOVER:
      return crossoverRule(cell);
    case layout.VOLATILITY_RESPONSIVE_MM:
      return responsiveRule(cell);
    case layout.SPREAD_ADJUSTER:
      return spreadRule(cell);
    case layout.SENTIMENT_ANALYSIS:
      return sentimentRule(cell);
    case layout.EARNINGS_REACTION:
      return earningsRule(cell);
    case layout.FED_POLICY_DETECTOR:
      return policyRule(cell);
    case layout.REGIME_SHIFT_DETECTOR:
      return regimeRule(cell);
    case layout.GLOBAL_LIQUIDITY_SIGNAL:
      return liquidityRule(cell);
    case layout.MACRO_TREND_TRACKER:
      return trendRule(cell);
    default:
  }
}

/** A quote (KIND_QUOTE, top of book) or a trade or bar (KIND_TRADE) of the cell's symbol; `row` is the symbol's. */
export function book(code: u32, cell: usize, kind: u32, row: usize, record: usize): void {
  switch (code) {
    case layout.FUNDING_RATE_ARBITRAGE:
      return fundingBook(cell, kind, record);
    case layout.LATENCY_ARBITRAGE:
      return latencyBook(cell, kind, record);
    case layout.ADAPTIVE_QUOTE: {
      if (kind == layout.KIND_QUOTE) adaptiveQuote(cell, row, load<f64>(row, layout.SYMBOL_QUOTE_TIME));
      else adaptiveTrade(cell, row, eventTime);
      return;
    }
    case layout.VOLATILITY_RESPONSIVE_MM: {
      if (kind == layout.KIND_TRADE) responsiveTrade(cell, load<f64>(row, layout.SYMBOL_PRICE), eventTime);
      return;
    }
    case layout.SPREAD_ADJUSTER:
      return spreadTrade(cell, kind, row);
    case layout.EARNINGS_REACTION: {
      if (kind == layout.KIND_TRADE) earningsTrade(cell, row, record);
      return;
    }
    default:
  }
}

export function news(code: u32, cell: usize, kind: u32, record: usize): void {
  switch (code) {
    case layout.FUNDING_RATE_ARBITRAGE: {
      if (kind == layout.KIND_FUNDING) fundingNews(cell, record);
      return;
    }
    case layout.SENTIMENT_ANALYSIS: {
      if (kind == layout.KIND_NEWS) sentimentNews(cell, record);
      return;
    }
    case layout.EARNINGS_REACTION: {
      if (kind == layout.KIND_EARNINGS) earningsNews(cell, record);
      return;
    }
    default:
  }
}

export function board(kind: u32, record: usize): void {
  if (kind == layout.KIND_RATES) policyRates(record);
  if (kind == layout.KIND_MACRO) takeLiquidity(record);
}

/** Whether the strategy has work that is spread over fast beats. */
export function reviewed(code: u32): bool {
  switch (code) {
    case layout.LATENCY_ARBITRAGE:
    case layout.MEAN_REVERSION:
    case layout.ADAPTIVE_QUOTE:
    case layout.VOLATILITY_RESPONSIVE_MM:
    case layout.REGIME_SHIFT_DETECTOR:
    case layout.GLOBAL_LIQUIDITY_SIGNAL:
      return true;
    default:
      return false;
  }
}
export function review(code: u32, cell: usize): void {
  switch (code) {
    case layout.LATENCY_ARBITRAGE:
      return latencyReview(cell);
    case layout.MEAN_REVERSION:
      return reversionReview(cell);
    case layout.ADAPTIVE_QUOTE:
      return adaptiveReview(cell, marketTime(cell));
    case layout.VOLATILITY_RESPONSIVE_MM:
      return responsiveReview(cell, marketTime(cell));
    case layout.REGIME_SHIFT_DETECTOR:
      return regimeReview(cell);
    case layout.GLOBAL_LIQUIDITY_SIGNAL:
      return liquidityReview(cell);
    default:
  }
}
