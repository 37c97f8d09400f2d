// The words of risk limits: about whom, of what, what is done when one is passed, and whom it binds. What each metric
// means stands in src/manage/risk/metrics.ts.
export const SCOPES = ["book", "family", "strategy", "symbol"] as const;
export type Scope = (typeof SCOPES)[number];

export const METRICS = [
  "gross_exposure",
  "net_exposure",
  "position",
  "leverage",
  "orders_per_second",
  "max_trades_per_day",
  "price_collar_bps",
  "daily_loss",
  "drawdown",
  "var_95",
  "expected_shortfall_95",
  "correlation",
  "cluster_exposure",
  "concentration",
] as const;
export type Metric = (typeof METRICS)[number];

/** Other words for the same thing, which are taken as well. */
export const METRIC_ALIASES = {
  exposure: "gross_exposure",
  max_position: "position",
  max_position_size: "position",
  position_size: "position",
  buying_power: "leverage",
  max_leverage: "leverage",
  order_rate: "orders_per_second",
  trades_per_day: "max_trades_per_day",
  price_collar: "price_collar_bps",
  daily_pnl: "daily_loss",
  daily_loss_limit: "daily_loss",
  max_drawdown: "drawdown",
  var: "var_95",
  max_correlation: "correlation",
} as const satisfies Readonly<Record<string, Metric>>;

export const ACTIONS = ["alert", "reduce_only", "pause", "emergency_stop"] as const;
export type Action = (typeof ACTIONS)[number];

/** A limit of the level `warning` does not bind executions that were started with risk_override. */
export const LEVELS = ["hard", "warning"] as const;
export type Level = (typeof LEVELS)[number];
