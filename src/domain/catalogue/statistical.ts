// Catalogue: the strategies of the family statistical.
import * as layout from "../../../assembly/layout.ts";
import { strategy, type StrategyType } from "./entry.ts";

export const STATISTICAL: readonly StrategyType[] = [
  strategy({
    code: layout.PAIRS_TRADING,
    name: "pairs_trading",
    family: "statistical",
    tier: "tactical",
    built: false,
    inputs: ["trade"],
    description: "Kalman hedge ratio of two prices; trades the innovation.",
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
