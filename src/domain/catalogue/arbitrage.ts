// Catalogue: the strategies of the family arbitrage.
import * as layout from "../../../assembly/layout.ts";
import { strategy, type StrategyType } from "./entry.ts";

export const ARBITRAGE: readonly StrategyType[] = [
  strategy({
    code: layout.LATENCY_ARBITRAGE,
    name: "latency_arbitrage",
    family: "arbitrage",
    tier: "fast",
    inputs: ["quote"],
    description:
      "Trades a follower venue whose quote lags the leader's price. The two venues that quote a symbol are told apart by the field venue of their quotes; one that is silent for a minute gives its place to another.",
    formula:
      "tau* = the lag of the largest Hayashi-Yoshida correlation of the last 128 mid moves of each venue, at event times, looked for every ten seconds up to max_lead_ms; its sign tells leader and follower. Where moves are rare the peak is as wide as they are apart, and its centre is taken. A correlation below rho_min or below four deviations of chance (sqrt(2 / moves)), or a lead within max_lead_ms / 25 of zero, is none. beta = covariance at tau* / energy of the leader; fair = P_f (1 + beta dln P_l(tau*)) with the follower's microprice; edge = |fair - quote_f| - taker fee - slippage - half a tick.",
    entry:
      "edge > edge_min_bps, 95 % of all quotes arrive within less than tau* of their event time, and the follower's quote is younger than max_age_ms (engine clock). Buys at the follower's ask when fair lies above it, sells at its bid when below; immediate or cancel.",
    exit: "The quote that was taken has reached the fair price of the entry (the gap closed), has moved stop_ticks against it, or lead_multiple tau* have passed. The latter two are misses: after misses_max of them in a row nothing is entered for backoff_ms.",
    confidence: "Phi(edge / (sigma sqrt latency)) x clamp(1 - p95 / tau*); sigma: the follower's volatility.",
    reference:
      "Hayashi and Yoshida (2005), On covariance estimation of non-synchronously observed diffusion processes; Hasbrouck (1995).",
    readiness:
      "no_input until two venues have quoted a symbol, warming until each has moved 32 times and the lead was looked for",
    values: ["edge", "fair_price", "lead_ms", "venue_id"],
    parameters: [
      ["slippage_bps", 0.5, 0, 1_000, "bp", "price lost beside the fee"],
      ["edge_min_bps", 0, 0, 1_000, "bp", "edge wanted beyond all costs"],
      ["max_age_ms", 1_000, 1, 600_000, "ms", "age beyond which the follower's quote is not believed"],
      ["max_lead_ms", 500, 5, 60_000, "ms", "largest lead that is looked for, to both sides"],
      ["rho_min", 0.4, 0, 1, "", "least correlation of a lead"],
      ["stop_ticks", 2, 0.5, 1_000, "ticks", "distance of the stop"],
      ["lead_multiple", 5, 1, 1_000, "leads", "longest life of a position"],
      ["misses_max", 3, 1, 1_000, "", "misses in a row before a pause"],
      ["backoff_ms", 60_000, 0, 86_400_000, "ms", "length of the pause"],
    ],
  }),
  strategy({
    code: layout.FUNDING_RATE_ARBITRAGE,
    name: "funding_rate_arbitrage",
    family: "arbitrage",
    tier: "fast",
    inputs: ["funding", "quote"],
    description:
      "Collects the difference of funding rates against its costs. The venues of a symbol, up to three, are told apart by the field venue of their quotes and funding events; one that never pays funding is spot.",
    formula:
      "With the rate r of an interval, AR(1) with mean mu and slope phi over the settlements of a venue (a rate repeated within half an interval is the same settlement), and n intervals in horizon_h, at most 1,000: E = n (mu + (r - mu)(1 - phi^n) / (n (1 - phi))), which is H (mu + (f - mu)(1 - phi^n) / (n (1 - phi))) with f = r / interval. Cross-venue: the difference of two E. Cost = 4 taker fees + 4 slippages + both spreads + borrow over the horizon where spot is sold.",
    entry:
      "E - cost > net_min; cross-venue (both venues pay funding) also when their rates differ by difference_min a day or more; nothing while 1 / leverage is below margin_multiple times maintenance, for such a position would end at once. The signal is that of the perpetual leg on venue_id, sold where the carry is positive; the other leg is the same amount on other_venue_id (spot, or the other perpetual), the other way round. Target: take_profit; stop: basis_sigmas deviations of the basis, 0.01 % to 2 %.",
    exit: "Both legs and the funding collected have earned take_profit; the difference of rates has fallen below -difference_exit a day; the basis has moved basis_sigmas deviations against the position; the margin of a perpetual leg, begun with 1 / leverage, is below margin_multiple times maintenance. An exit closes both legs and carries what they have earned.",
    confidence: "Phi((E - cost) / SE), SE the deviation of the forecast sum of n rates.",
    reference: "Payment = -position x mark x rate; AR(1) forecast of a sum.",
    readiness:
      "no_input until a funding event and the quotes of two venues have come, warming until settlements_min settlements of one of them",
    values: ["carry", "cost", "venue_id", "other_venue_id"],
    parameters: [
      ["horizon_h", 168, 1, 8_760, "h", "time for which the carry is expected"],
      ["net_min", 0.001, 0, 1, "share", "least carry after costs"],
      ["difference_min", 0.001, 0, 1, "share/day", "least difference of rates between two perpetuals"],
      ["slippage_bps", 0.5, 0, 1_000, "bp", "price lost by each of the four trades beside fee and spread"],
      ["take_profit", 0.01, 1e-4, 1, "share", "earnings of both legs and funding together that are taken"],
      ["difference_exit", 0.001, 0, 1, "share/day", "difference of rates against the position that ends it"],
      ["basis_sigmas", 2, 0.1, 100, "", "deviations by which the basis may widen"],
      ["leverage", 3, 1, 125, "", "of a perpetual leg at entry"],
      ["maintenance", 0.005, 0, 0.5, "share", "maintenance margin of the venue"],
      ["margin_multiple", 3, 1, 100, "", "least margin in maintenance margins"],
      ["settlements_min", 10, 3, 1_000, "", "settlements before the rates are forecast"],
      ["max_age_ms", 60_000, 1, 86_400_000, "ms", "age beyond which a quote is not believed"],
    ],
  }),
  strategy({
    code: layout.TRIANGULAR_ARBITRAGE,
    name: "triangular_arbitrage",
    family: "arbitrage",
    tier: "fast",
    inputs: ["quote"],
    legs: [3, 3],
    description:
      "Three legs whose product of rates exceeds one after fees. Cycles are found by the names of spot pairs: at most 8 for each new symbol and 256 in all.",
    formula:
      "p(Q) = product of VWAP_i(Q_i)^(+-1) (1 - taker fee_i) over up to 10 levels of each book, with rounding down to the lot and the least notional after each leg, in both directions. A level without a size has no depth.",
    entry:
      "The largest amount Q with p(Q) > 1 + edge_min while all three books are younger than max_age_ms (engine clock since arrival, and event times apart from each other). One signal per leg, all or none, one group, in the order in which they pass the amount on; each is immediate or cancel, entry its VWAP. Target: the whole edge further in favour; stop: stop_share of it against.",
    exit: "Fills are not known to the engine's core, so within fill_ms after the signals all three legs are told to exit as soon as the edge at the touch is gone or a book grows older than max_age_ms: what was filled is unwound at the market, and each exit carries the share its leg has lost. A cycle that outlives fill_ms counts as filled; its legs cancel each other and nothing is left to exit.",
    confidence:
      "clamp((p - 1) / edge_full) x min(depth, 1) x freshness; depth: value of the first leg over depth_target least orders, freshness: 1 - age of the oldest book / max_age_ms.",
    reference: "Cycle of positive product: Bellman-Ford on -ln(rate (1 - fee)).",
    readiness: "no_input until three spot pairs form a cycle and each of them has had a quote",
    values: ["edge", "quantity", "leg", "depth"],
    parameters: [
      ["edge_min", 0.001, 0, 0.1, "share", "least p - 1"],
      ["max_age_ms", 250, 1, 60_000, "ms", "a book older than this is not traded on"],
      ["fill_ms", 100, 0, 60_000, "ms", "time in which the three orders are filled or not"],
      ["edge_full", 0.003, 1e-6, 1, "share", "p - 1 at which the edge adds no more confidence"],
      ["depth_target", 10, 0.01, 1e6, "orders", "value wanted at least, in least orders of the first leg"],
      ["stop_share", 0.25, 0.01, 1, "share", "distance of the stop in edges"],
    ],
  }),
];
