// Catalogue: the strategies of the family news_driven.
import * as layout from "../../../assembly/layout.ts";
import { strategy, type StrategyType } from "./entry.ts";

export const NEWS_DRIVEN: readonly StrategyType[] = [
  strategy({
    code: layout.SENTIMENT_ANALYSIS,
    name: "sentiment_analysis",
    family: "news_driven",
    tier: "strategic",
    inputs: ["news", "trade"],
    description: "Decayed news score against its own history.",
    formula:
      "S = sum of w s 2^(-age / half_life) over the items, divided by prior_items plus n_eff, n_eff = sum of w 2^(-age / half_life); w the source weight, a tenth of it for an item whose 64-bit hash differs in at most 6 bits from one of the last 32 stories (similarity above 0.9). z = (S - mean) / standard deviation of S at the full hours of the last 30 days (30 day buckets, the oldest dropped whole; the deviation counts as deviation_min at least).",
    entry:
      "|z| above entry_z, n_eff at least items_min and the return over the last return_samples samples has the sign of z; buys when z is positive, sells when it is negative. Looked at on every sample, and when an item arrives if the last price is not older than 15 minutes. After an exit the same side is entered again only when |z| has been within entry_z.",
    exit: "On a sample: |z| below exit_z, hold_hours since entry, stop at stop_atr or target at target_atr times ATR14.",
    confidence: "(2 Phi(|z|) - 1) n_eff / (n_eff + 5).",
    reference: "Tetlock (2007); Loughran and McDonald (2011).",
    readiness:
      "no_input until an item has come, warming until return_samples samples and window_hours_min hours since the first item",
    values: ["sentiment_zscore", "sentiment_score", "items_effective", "recent_return"],
    parameters: [
      ["half_life_hours", 3, 0.01, 720, "h", "an item weighs half of it after this time"],
      ["prior_items", 3, 0.01, 1_000, "items", "n0: items of score 0 that are always there"],
      ["entry_z", 2, 0.1, 20, "sigma", "|z| that opens"],
      ["exit_z", 0.5, 0, 20, "sigma", "|z| that closes"],
      ["items_min", 5, 0, 10_000, "items", "least effective number of items"],
      ["return_samples", 15, 1, 511, "samples", "the return over so many samples must agree"],
      ["hold_hours", 3, 0.01, 720, "h", "longest time in a position"],
      ["stop_atr", 2, 0.1, 50, "ATR", "distance of the stop"],
      ["target_atr", 3, 0.1, 50, "ATR", "distance of the target"],
      ["duplicate_weight", 0.1, 0, 1, "", "what a duplicate weighs of its source weight"],
      ["window_hours_min", 696, 2, 696, "h", "full hours that the window must hold before z is known; 696 is 29 days"],
      ["deviation_min", 0.05, 1e-6, 1, "", "least standard deviation that z divides by"],
    ],
    relations: [["exit_z", "<=", "entry_z"]],
  }),
  strategy({
    code: layout.EARNINGS_REACTION,
    name: "earnings_reaction",
    family: "news_driven",
    tier: "strategic",
    barMs: 86_400_000,
    inputs: ["earnings", "trade"],
    description: "Standardised earnings surprise confirmed by the market's reaction.",
    formula:
      "E = consensus, else EPS of four quarters ago plus the mean yearly change of the last eight; SUE = (EPS - E) / standard deviation of the eight errors before. EAR = sum of R - R_m over the reaction day and the days beside it as far as they are closed; log returns of daily samples, R_m those of the instrument's benchmark over the same days, 0 without one.",
    entry:
      "|SUE| above sue_min and EAR of the same sign, looked at when the reaction day is closed and at the two closes behind it; the reaction day is the first close after the announcement, after midnight where that came behind the session's close. Enters with the first trade of the next session; where the feed has daily bars only, with the bar that decided, for a fill at the next open. Buys a positive surprise, sells a negative one.",
    exit: "After hold_samples trading days, days_before days before the next report (median distance of the reports, 91 days until there are two), when the next report has come, at the stop of stop_atr times ATR20 or the target of target_r times the stop's distance.",
    confidence:
      "0.5 + 0.25 tanh(|SUE| / 2) + 0.25 tanh(|EAR| / (2 sigma)), sigma the EWMA (0.94) of daily log returns.",
    reference: "Foster, Olsen and Shevlin (1984); Bernard and Thomas (1989).",
    readiness:
      "no_input until a report has come, warming until errors_min errors are known (a report without consensus has one from the fifth on) and three samples; a quarter counts as 63 samples",
    values: ["standardised_surprise", "abnormal_return", "surprise"],
    parameters: [
      ["sue_min", 1.5, 0.1, 20, "sigma", "|SUE| that counts as a surprise"],
      ["errors_min", 8, 2, 8, "reports", "least errors in the history, of at most eight"],
      ["hold_samples", 60, 1, 250, "samples", "longest time in a position, trading days"],
      ["days_before", 3, 0, 60, "days", "out so long before the next report"],
      ["stop_atr", 2, 0.1, 50, "ATR", "distance of the stop"],
      ["target_r", 3, 0.1, 50, "R", "distance of the target in distances of the stop"],
    ],
  }),
  strategy({
    code: layout.FED_POLICY_DETECTOR,
    name: "fed_policy_detector",
    family: "news_driven",
    tier: "strategic",
    barMs: 300_000,
    inputs: ["rates", "trade"],
    description: "Policy surprise from fed-funds futures.",
    formula:
      "u = D / (D - d) (after - before) of the front contract on day d of D; after - before of the next month's contract, which is told by the contract's name (month letter and year); in the last last_days days of the month a front contract is scaled by D / last_days only; on the first day the rate before is the one with which the same contract left the month before, where an event of the last four days tells it. z = u / sigma, sigma^2 = (prior_count prior_bp^2 + sum of u^2) / (prior_count + n) over the announcements before, at most 62.",
    entry:
      "|u| at least surprise_min_bp; side = sign(-u b), b the instrument's rates_beta. When the event comes, at the last price if that is not older than 15 minutes, at most window_after_min + delay_max_min behind the announcement; then on samples that end behind the announcement, until window_after_min behind it. Events from 10 minutes before to 20 minutes after an announcement revise it.",
    exit: "hold_min minutes after the entry, at the stop of stop_atr times ATR14 or the target of target_r times the stop's distance.",
    confidence: "2 Phi(|z|) - 1.",
    reference: "Kuttner (2001); Gurkaynak, Sack and Swanson (2005).",
    readiness: "no_input until a rates event has come, warming until the first sample",
    values: ["surprise_bp", "surprise_zscore"],
    parameters: [
      ["surprise_min_bp", 2.5, 0.1, 500, "bp", "least surprise that is traded"],
      ["last_days", 3, 0, 10, "days", "end of the month: 3 after Kuttner, 7 after Gurkaynak, Sack and Swanson"],
      ["window_after_min", 20, 1, 240, "min", "entries are made so long after the announcement"],
      ["delay_max_min", 10, 0, 240, "min", "an event may become known so much later and still be entered upon"],
      ["hold_min", 60, 30, 120, "min", "time in a position"],
      ["stop_atr", 1.5, 0.1, 50, "ATR", "distance of the stop"],
      ["target_r", 2, 0.1, 50, "R", "distance of the target in distances of the stop"],
      ["prior_bp", 5, 0.1, 100, "bp", "size of a surprise before any was seen"],
      ["prior_count", 8, 1, 1_000, "announcements", "weight of that prior"],
    ],
  }),
];
