// Catalogue: the strategies of the family statistical.
import * as layout from "../../../assembly/layout.ts";
import { strategy, type StrategyType } from "./entry.ts";

export const STATISTICAL: readonly StrategyType[] = [
  strategy({
    code: layout.PAIRS_TRADING,
    name: "pairs_trading",
    family: "statistical",
    tier: "tactical",
    legs: [2, 2],
    inputs: ["trade"],
    description:
      "Kalman hedge ratio of two prices; trades the surprise of the regression while a cointegration gate holds.",
    formula:
      "y, x: log prices, standardised by mean and sd of the last gate's window; Kalman filter of y = beta x + alpha, steps of variance delta / (1 - delta), observations of variance observation_variance: error e with variance Q. Gate every regate_seconds while flat: Engle-Granger both ways over the window, lags by AIC, at 5 percent; the better way decides which leg is y, and the filter starts anew over the window.",
    entry:
      "Gate passed and |e| > entry_z sqrt(Q), above exit_z and below stop_z: below zero buys y and sells beta x, above zero the reverse (with beta < 0 both legs go one way); none while a leg has been silent for leg_gap_bars bars of the other, nor after a stop before |e| < entry_z sqrt(Q). One signal per leg, both or none.",
    exit: "e crosses exit_z sqrt(Q) on its way back; stop at |e| > stop_z sqrt(Q); flat when the legs no longer match: one has not ticked for leg_gap_bars bars of the other, or beta has left its side. When beta has moved by more than the share rehedge, both legs are signalled again with the new ratio.",
    confidence: "(2 Phi(|e| / sqrt(Q)) - 1) clamp(1 - p / 0.10), p of the gate; that of the entry when hedged again.",
    reference: "Gatev, Goetzmann and Rouwenhorst (2006); Chan (2013); Engle and Granger (1987); MacKinnon (2010).",
    readiness:
      "warming until the window is filled; the default instance waits for a pair that passes the all-pairs screen. Hundreds of pairs that are ready at one time pass their gate in turn, bar by bar",
    values: ["zscore", "hedge_ratio", "gate_p_value", "leg_weight"],
    parameters: [
      ["window", 500, 250, 1000, "bars", "bars of the gate"],
      ["entry_z", 2, 0.5, 10, "sigma", "|e| / sqrt(Q) that opens"],
      ["exit_z", 0.5, 0, 5, "sigma", "|e| / sqrt(Q) that closes"],
      ["stop_z", 4, 1, 20, "sigma", "|e| / sqrt(Q) that stops"],
      ["delta", 1e-4, 1e-9, 0.5, "", "how fast beta and alpha may wander: variance of a step is delta / (1 - delta)"],
      ["observation_variance", 1e-3, 1e-9, 10, "", "variance of an observation, in standardised units"],
      ["regate_seconds", 86_400, 1, 2_678_400, "s", "event time between two gates"],
      ["max_lag", 5, 0, 12, "bars", "largest lag of the residual test that AIC may choose"],
      ["rehedge", 0.1, 0.01, 10, "", "share by which beta must move until both legs are signalled again"],
      ["leg_gap_bars", 60, 1, 10_000, "bars", "bars without a tick of one leg after which the legs no longer match"],
    ],
    relations: [
      ["exit_z", "<", "entry_z"],
      ["entry_z", "<", "stop_z"],
    ],
  }),
  strategy({
    code: layout.MEAN_REVERSION,
    name: "mean_reversion",
    family: "statistical",
    tier: "tactical",
    inputs: ["trade"],
    description: "Distance from the mean where returns are known to revert.",
    formula:
      "z = (C - SMA) / SD over length closes, the present one included (SD divided by n - 1); %B of the bands at two deviations (divided by n); variance ratio VR(variance_q), Hurst exponent (lags 2 to 20) and half-life of the log price over window samples; RSI14 and ADX14 after Wilder.",
    entry:
      "|z| >= entry_z, against the sign of z: buys with RSI below rsi_low, sells with RSI above rsi_high; VR below 1 or Hurst below 0.5; ADX below adx_max. In a volatile or trending regime entry_z is multiplied by the learned factor. After a stop or time stop the same side waits until z has been inside entry_z. confirm_bar_ms: the slower move over length of its samples must not run the other way.",
    exit: "The present SMA or the target (the SMA at entry) is reached; stop stop_z deviations beyond the entry (stop_mode 0) or stop_atr ATR14 (stop_mode 1); after time_stop half-lives, where a half-life that is unknown or longer than a quarter of the window counts as that quarter; all by closes.",
    confidence: "(2 Phi(|z|) - 1) clamp(1.5 - VR).",
    reference:
      "Bollinger (2001); Lo and MacKinlay (1988), Stock market prices do not follow random walks. Hurst and half-life are looked at in turns, each symbol once per strategic interval.",
    readiness: "warming until the averages, the ADX and the window of the variance ratio are filled",
    values: ["zscore", "percent_b", "variance_ratio", "half_life"],
    parameters: [
      ["length", 20, 5, 63, "samples", "closes of mean and deviation; |z| stays below (length - 1) / sqrt(length)"],
      ["entry_z", 2, 0.5, 10, "sigma", "|z| that opens"],
      ["rsi_low", 30, 0, 50, "", "RSI14 below which it buys"],
      ["rsi_high", 70, 50, 100, "", "RSI14 above which it sells"],
      ["adx_max", 25, 0, 100, "", "ADX14 from which on the market has a direction"],
      ["variance_q", 8, 2, 32, "samples", "longer step of the variance ratio"],
      ["window", 256, 64, 510, "samples", "samples of variance ratio, Hurst exponent and half-life"],
      ["stop_mode", 0, 0, 1, "enum", "0: deviations beyond the entry, 1: ATR14"],
      ["stop_z", 1.5, 0.1, 20, "sigma", "stop distance in mode 0"],
      ["stop_atr", 2, 0.1, 50, "ATR14", "stop distance in mode 1"],
      ["time_stop", 2, 0.1, 100, "half-lives", "longest holding time"],
    ],
  }),
  strategy({
    code: layout.COINTEGRATION_MODEL,
    name: "cointegration_model",
    family: "statistical",
    tier: "tactical",
    legs: [2, 6],
    inputs: ["trade"],
    description: "Johansen-tested spread of two to six prices, traded by its z-score.",
    formula:
      "Johansen test of 2 to 6 log prices, lag by BIC; spread s = beta'y as an Ornstein-Uhlenbeck process: z = (s - mu) / sigma_eq, half-life = -ln 2 / ln(1 + b).",
    entry:
      "Rank at least 1 at 95 percent, 1 <= half-life <= window / 4 and |z| >= entry_z, above exit_z and below stop_z; against the sign of z, one signal per leg.",
    exit: "|z| <= exit_z; stop at |z| >= stop_z, Dickey-Fuller p above adf_stop_p, half-life doubled, or after three half-lives.",
    confidence: "(2 Phi(|z|) - 1) clamp((trace - cv95) / (cv99 - cv95) + 0.25) clamp(1 - half-life / (window / 4)).",
    reference: "Johansen (1991); Engle and Granger (1987).",
    readiness:
      "warming until the window is filled and tested; the default instance waits for a pair that passes the all-pairs screen",
    values: ["zscore", "hedge_ratio", "half_life_bars", "trace_statistic"],
    parameters: [
      ["window", 500, 250, 1000, "bars", "bars of the test and of the spread"],
      ["entry_z", 2, 0.5, 10, "sigma", "|z| that opens"],
      ["exit_z", 0.5, 0, 5, "sigma", "|z| that closes"],
      ["stop_z", 4, 1, 20, "sigma", "|z| that stops"],
      ["adf_stop_p", 0.1, 0.001, 1, "", "Dickey-Fuller p-value of the spread above which the position is stopped"],
      ["max_lag", 5, 1, 8, "bars", "largest lag that BIC may choose"],
      ["retest_bars", 60, 1, 10_000, "bars", "bars between two Johansen tests"],
    ],
    relations: [
      ["exit_z", "<", "entry_z"],
      ["entry_z", "<", "stop_z"],
    ],
  }),
];
