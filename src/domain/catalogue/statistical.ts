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
      "Gate passed and |e| > entry_z sqrt(Q), below stop_z: below zero buys y and sells beta x, above zero the reverse (with beta < 0 both legs go one way); none while a leg has been silent for leg_gap_bars bars of the other, nor after a stop before |e| < entry_z sqrt(Q). One signal per leg, both or none.",
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
  }),
  strategy({
    code: layout.MEAN_REVERSION,
    name: "mean_reversion",
    family: "statistical",
    tier: "tactical",
    built: false,
    inputs: ["trade"],
    description: "Distance from the mean where returns are known to revert.",
    formula: "",
    entry: "",
    exit: "",
    confidence: "",
    reference: "",
    readiness: "",
    values: [],
    parameters: [],
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
      "Rank at least 1 at 95 percent, 1 <= half-life <= window / 4 and |z| >= entry_z; against the sign of z, one signal per leg.",
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
  }),
];
