// Catalogue: the strategies of the family trend_following.
import * as layout from "../../../assembly/layout.ts";
import { strategy, type StrategyType } from "./entry.ts";

export const TREND_FOLLOWING: readonly StrategyType[] = [
  strategy({
    code: layout.MOMENTUM_RIDER,
    name: "momentum_rider",
    signalName: "momentum",
    family: "trend_following",
    tier: "fast",
    inputs: ["trade"],
    description: "Volatility-scaled returns over three horizons.",
    formula:
      "M = sum of w_k r_k / (sigma sqrt k) over the filled horizons, weights renormalised; r_k = ln(C / C[-k]), sigma = root of the EWMA (0.94) variance of one-step log returns.",
    entry: "|M| above momentum_threshold; buys when M is positive, sells when it is negative.",
    exit: "M changes its sign or |M| falls below exit_threshold; stop and target by percent or by ATR14.",
    confidence: "min(2 Phi(|M|) - 1, 0.9).",
    reference: "Jegadeesh and Titman (1993), Returns to buying winners and selling losers.",
    readiness: "warming until the first horizon is filled",
    values: ["momentum_strength", "trend_direction"],
    parameters: [
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
    ],
    relations: [
      ["horizon_short", "<=", "horizon_medium"],
      ["horizon_medium", "<=", "horizon_long"],
    ],
  }),
  strategy({
    code: layout.BREAKOUT_STRATEGY,
    name: "breakout_strategy",
    family: "trend_following",
    tier: "tactical",
    inputs: ["trade"],
    description: "Donchian channel break with volume, trailed by ATR.",
    formula:
      "U = highest high, L = lowest low of the entry_length samples before the present one; ATR20 after Wilder; SMA = mean volume of the last 20 samples, the present one included.",
    entry:
      "Buys when C > U + buffer_atr ATR20 and volume > volume_multiplier SMA; sells when C < L - buffer_atr ATR20 with the same volume; require_volume 0 leaves the volume out. In a volatile or trending regime buffer and multiplier are multiplied by the learned factor. confirm_bar_ms: the slower move over exit_length of its samples must not run the other way.",
    exit: "stop_atr and target_atr ATR20 from entry, trail_atr ATR20 behind the best close, or a close beyond the opposite extreme of the exit_length samples before it; all by closes. 2 and 3 percent while the ATR is not ready. The sample that ends a position does not open it again.",
    confidence: "clamp(0.5 + 0.25 min((C - U) / ATR20, 1) + 0.15 min(volume / SMA - 1, 1) + 0.1 [ADX14 > 25]).",
    reference:
      "Donchian's channel; the Turtles' 20/10 and 55/20 with a stop of two ATR (Faith 2003, Original Turtle Trading Rules).",
    readiness: "warming until entry_length and exit_length samples lie before the present one",
    values: ["channel_high", "channel_low", "volume_ratio", "adx"],
    parameters: [
      ["entry_length", 20, 2, 60, "samples", "samples of the channel that is broken; the Turtles' slow system: 55"],
      ["exit_length", 10, 1, 60, "samples", "samples of the channel that ends the position; slow system: 20"],
      ["buffer_atr", 0.1, 0, 0.25, "ATR20", "how far beyond the channel the close must be"],
      ["volume_multiplier", 1.5, 0, 100, "", "volume above this many means of the last 20 samples confirms"],
      ["require_volume", 1, 0, 1, "bool", "0: breaks count without volume"],
      ["stop_atr", 2, 0.1, 50, "ATR20", "stop distance"],
      ["target_atr", 3, 0.1, 50, "ATR20", "target distance"],
      ["trail_atr", 3, 0.1, 50, "ATR20", "distance of the trailing stop from the best close"],
    ],
  }),
  strategy({
    code: layout.MOVING_AVERAGE_CROSSOVER,
    name: "moving_average_crossover",
    family: "trend_following",
    tier: "tactical",
    inputs: ["trade"],
    description: "EMA 12/26 cross with an ATR hysteresis.",
    formula:
      "d = EMA(fast_length) - EMA(slow_length) of closes, each seeded with the mean of its first closes; the flag turns to 1 when d > hysteresis_atr ATR14, to -1 when d < -hysteresis_atr ATR14, and stays in between.",
    entry:
      "Only on the sample on which the flag turns; buys when it turns to 1, sells when it turns to -1. require_adx 1: ADX14 must be above adx_threshold. In a volatile or trending regime the hysteresis is multiplied by the learned factor. confirm_bar_ms: the slower move over fast_length of its samples must not run the other way.",
    exit: "Stop at the larger of stop_atr ATR14 and the distance to the slow EMA (2 percent while the ATR is not ready), target at target_r times that, the flag's turn to the other side, or after horizon samples; all by closes.",
    confidence: "clamp(0.5 + 0.5 tanh(side (EMA_s - EMA_s[-5]) / 5 / ATR14 + |d| / ATR14)).",
    reference:
      "Brock, Lakonishok and LeBaron (1992), Simple technical trading rules and the stochastic properties of stock returns.",
    readiness: "warming until the slow average and its slope over five samples are filled",
    values: ["ema_fast", "ema_slow", "adx", "directional_difference"],
    parameters: [
      ["fast_length", 12, 2, 500, "samples", "length of the fast average"],
      ["slow_length", 26, 3, 1000, "samples", "length of the slow average"],
      ["hysteresis_atr", 0.1, 0, 10, "ATR14", "distance of the averages at which the flag turns"],
      ["require_adx", 0, 0, 1, "bool", "1: no signal without directed movement"],
      ["adx_threshold", 20, 0, 100, "", "least ADX14 where it is required"],
      ["stop_atr", 2, 0.1, 50, "ATR14", "least stop distance"],
      ["target_r", 3, 0.1, 50, "R", "target distance in stop distances"],
      ["horizon", 0, 0, 100_000, "samples", "longest holding time; 0: fast_length"],
    ],
    relations: [["fast_length", "<", "slow_length"]],
  }),
];
