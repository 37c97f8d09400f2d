// Catalogue: the strategies of the family market_making.
import * as layout from "../../../assembly/layout.ts";
import { strategy, type StrategyType } from "./entry.ts";

const UNTOLD =
  "The inventory q of the formulas is 0: one set of quotes is for all who follow it, and what one of them holds is not told to the strategy. Whoever trades them bounds his own inventory, as executions and runs over history do.";
const INVENTORY_MAX =
  "band of the inventory share in which both sides are quoted; an execution holds at most this share of ten full quotes";

export const MARKET_MAKING: readonly StrategyType[] = [
  strategy({
    code: layout.ADAPTIVE_QUOTE,
    name: "adaptive_quote",
    family: "market_making",
    tier: "fast",
    inputs: ["quote", "trade"],
    description: `Two-sided quotes from a fitted fill intensity. ${UNTOLD}`,
    formula:
      "Intensity A exp(-k d) of trades reaching a distance d from the mid, fitted every 5 s over 10 minutes in steps of 100 ms; c1 = ln(1 + xi / k) / xi, c2 = root(gamma / (2 A k) (1 + xi / k)^(k / xi + 1)) with xi = gamma and a step of 1 s, in ticks; half-spread c1 + sigma c2 / 2, skew sigma c2 per lot of inventory; fair price: the microprice.",
    entry:
      "Quotes fair - (half + skew q) and fair + (half - skew q), rounded outwards to ticks, never crossing the book; sent again only when one moves by a tick or a side opens or closes; no quote on a side whose inventory is full.",
    exit: "Quotes are taken back when the fit is older than fit_age_s or its R squared falls below fit_r2.",
    confidence: "R squared of the fit times (1 - |q| / q_max) times clamp(1 - age of the fit / fit_age_s).",
    reference:
      "Gueant, Lehalle and Fernandez-Tapia (2013), Dealing with the inventory risk; Gueant (2017), Optimal market making.",
    readiness: "quotes and trades, then the first fit: at least three distances from the mid that trades have reached",
    values: ["bid_price", "ask_price", "bid_size", "ask_size"],
    parameters: [
      ["gamma", 0.05, 1e-6, 10, "1/tick", "risk aversion, and the xi of the formula"],
      [
        "q_max",
        10,
        1,
        1e6,
        "lots",
        "largest inventory; an execution holds at most q_max / order_size full quotes, and ten",
      ],
      ["order_size", 1, 1e-9, 1e12, "lots", "size of each quote"],
      ["fit_age_s", 30, 5, 3_600, "s", "age of the fit at which quotes are taken back"],
      ["fit_r2", 0.5, 0, 1, "", "R squared of the fit below which quotes are taken back"],
    ],
  }),
  strategy({
    code: layout.SPREAD_ADJUSTER,
    name: "spread_adjuster",
    family: "market_making",
    tier: "fast",
    inputs: ["quote", "trade"],
    description: `Avellaneda-Stoikov reservation price and spread. ${UNTOLD}`,
    formula:
      "Reservation price r = s - q gamma v tau, spread gamma v tau + (2 / gamma) ln(1 + gamma / kappa); v the variance of the mid per second, kappa the decay of the fill intensity; normalised mode uses the volatility instead of the variance.",
    entry:
      "Quotes r plus and minus half the spread, at least the maker fee and half of min_spread, at most half of max_spread; size falls with inventory.",
    exit: "No quote on a side whose inventory is full; both are pulled when the one-minute volatility exceeds volatility_pull times the one-hour one, and while inventory and horizon put the bid at or below zero.",
    confidence: "R squared of the intensity fit times (1 - |q|).",
    reference: "Avellaneda and Stoikov (2008), High-frequency trading in a limit order book.",
    readiness: "no_input until a quote and a trade have come, warming until 20 mid changes and the first fit",
    values: ["bid_price", "ask_price", "bid_size", "ask_size"],
    parameters: [
      [
        "mode",
        0,
        0,
        1,
        "enum",
        "0: as published (Avellaneda-Stoikov), 1: normalised (inventory as a share of the total)",
      ],
      ["gamma", 0.1, 1e-6, 1e3, "1/price", "risk aversion"],
      ["horizon_s", 1, 0.001, 86_400, "s", "time left, tau"],
      [
        "maker_fee_bps",
        -1,
        -1,
        100,
        "bp",
        "fee of one fill, below which no half-spread pays; below 0: the maker fee of the symbol's instrument",
      ],
      ["min_spread_bps", 1, 0, 1_000, "bp", "least full spread beyond the fee"],
      ["max_spread_bps", 200, 1, 10_000, "bp", "largest full spread"],
      ["size_decay", 1, 0, 50, "", "eta: size x exp(-eta q side), which is 1 while q is 0"],
      ["inventory_max", 1, 0.01, 1, "", INVENTORY_MAX],
      ["order_size", 1, 1e-9, 1e12, "lots", "size of a quote at zero inventory"],
      ["volatility_pull", 4, 1, 100, "", "quotes are pulled when fast volatility exceeds this many slow ones"],
    ],
    relations: [["min_spread_bps", "<=", "max_spread_bps"]],
  }),
  strategy({
    code: layout.VOLATILITY_RESPONSIVE_MM,
    name: "volatility_responsive_mm",
    family: "market_making",
    tier: "fast",
    barMs: 180_000,
    inputs: ["trade"],
    description: `Quotes whose width follows the ratio of fast to slow volatility. ${UNTOLD}`,
    formula:
      "Reference C (1 + NATR / 2 (-z / 2 + sign(h) / 2)) of the last 3-minute bar: z the z-score of the MACD line over its last 64 values, h its histogram, NATR = ATR14 / C; quotes at the reference times 1 -+ level_1 NATR, which are published and traded; deeper levels, for whoever quotes them himself, lie at level_2 / level_1 and level_3 / level_1 of their distance; v = volatility of one minute over that of one hour.",
    entry:
      "v below widen_ratio: both quotes; up to pull_ratio: spread x 2 and size x 1/2; sent when a bar closes, when v changes its band, and when a fill or a pull has ended.",
    exit: "v above pull_ratio: pulled for pull_s. A trade at or through a quote counts as its fill, which ends at take_profit_natr, stop_loss_natr or time_limit_s.",
    confidence: "clamp(1 - (v - 1) / 3).",
    reference: "The triple barrier and the MACD-NATR quoting of Hummingbot's pmm_dynamic controller.",
    readiness: "trades, then the bars that the slow average and the signal line of the MACD need",
    values: ["bid_price", "ask_price", "bid_size", "ask_size"],
    parameters: [
      ["macd_fast", 21, 2, 200, "bars", "fast average of the MACD"],
      ["macd_slow", 42, 3, 400, "bars", "slow average of the MACD"],
      ["macd_signal", 9, 2, 100, "bars", "signal line of the MACD"],
      ["level_1", 1, 0.01, 20, "NATR", "distance of the published quotes from the reference"],
      ["level_2", 2, 0.01, 20, "NATR", "distance of the second level, which the engine does not quote"],
      ["level_3", 4, 0.01, 20, "NATR", "distance of the third level, which the engine does not quote"],
      ["widen_ratio", 2, 1, 100, "", "v from which quotes are twice as wide and half as large"],
      ["pull_ratio", 4, 1, 100, "", "v above which quotes are pulled"],
      ["pull_s", 30, 0, 86_400, "s", "how long they stay away"],
      ["take_profit_natr", 1, 0.05, 50, "NATR", "profit at which a fill ends"],
      ["stop_loss_natr", 2, 0.05, 50, "NATR", "loss at which a fill ends"],
      ["time_limit_s", 2_700, 1, 604_800, "s", "time after which a fill ends"],
      ["order_size", 1, 1e-9, 1e12, "lots", "size of each quote"],
      ["inventory_max", 1, 0.01, 1, "", INVENTORY_MAX],
    ],
    relations: [
      ["macd_fast", "<", "macd_slow"],
      ["widen_ratio", "<=", "pull_ratio"],
    ],
  }),
];
