// What can be limited, as one table: how a metric is called, where it can be limited, what a sensible number is, and
// whether it is looked at before an order (by the board) or all the time (by main). Losses are negative, shares of 1 are
// shares, money is in units of account.
import { METRIC_ALIASES, METRICS, type Metric, SCOPES, type Scope } from "../../domain/risk-words.ts";
import {
  GROSS_EXPOSURE,
  LEVERAGE,
  NET_EXPOSURE,
  ORDERS_PER_SECOND,
  POSITION,
  PRICE_COLLAR,
  TRADES_PER_DAY,
} from "./board.ts";

export interface MetricRule {
  readonly meaning: string;
  readonly scopes: readonly Scope[];
  /** Allowed values of a limit. */
  readonly low: number;
  readonly high: number;
  /** Place on the board; null: no order is checked against it. */
  readonly board: number | null;
  /** Whether main compares what it comes to with warning and limit. */
  readonly watched: boolean;
}

const MONEY_MAX = 9e12;
const EVERYWHERE = SCOPES;
const money = { low: 0, high: MONEY_MAX } as const;
const share = { low: 0, high: 1 } as const;

export const METRIC_RULES: Readonly<Record<Metric, MetricRule>> = {
  gross_exposure: {
    ...money,
    meaning: "value of positions and open orders, long and short added",
    scopes: EVERYWHERE,
    board: GROSS_EXPOSURE,
    watched: true,
  },
  net_exposure: {
    ...money,
    meaning: "value of positions, long less short, in either direction, whichever open orders fill",
    scopes: EVERYWHERE,
    board: NET_EXPOSURE,
    watched: true,
  },
  position: {
    ...money,
    meaning: "value of one position of one execution with its open orders",
    scopes: EVERYWHERE,
    board: POSITION,
    watched: true,
  },
  leverage: {
    low: 0,
    high: 1e6,
    meaning: "buying power: value of positions and open orders of an execution, as a multiple of its equity",
    scopes: EVERYWHERE,
    board: LEVERAGE,
    watched: true,
  },
  orders_per_second: {
    low: 0,
    high: 1e6,
    meaning: "orders that may open something; a second's worth at once",
    scopes: EVERYWHERE,
    board: ORDERS_PER_SECOND,
    watched: false,
  },
  max_trades_per_day: {
    low: 0,
    high: 4e9,
    meaning: "orders that may open something, of a day in the timezone of risk",
    scopes: EVERYWHERE,
    board: TRADES_PER_DAY,
    watched: true,
  },
  price_collar_bps: {
    low: 0,
    high: 1e6,
    meaning: "distance of an order's limit from the last price",
    scopes: EVERYWHERE,
    board: PRICE_COLLAR,
    watched: false,
  },
  daily_loss: {
    low: -MONEY_MAX,
    high: 0,
    meaning: "profit or loss of a day in the timezone of risk, open positions counted",
    scopes: EVERYWHERE,
    board: null,
    watched: true,
  },
  drawdown: {
    low: -1,
    high: 0,
    meaning: "fall from the highest capital, as a share of it",
    scopes: ["book", "family", "strategy"],
    board: null,
    watched: true,
  },
  var_95: { ...money, meaning: "value at risk of a day", scopes: ["book"], board: null, watched: true },
  expected_shortfall_95: {
    ...money,
    meaning: "mean loss of the days beyond value at risk",
    scopes: ["book"],
    board: null,
    watched: true,
  },
  correlation: { ...share, meaning: "highest of any two strategies", scopes: ["book"], board: null, watched: true },
  cluster_exposure: {
    ...share,
    meaning: "share of the exposure that strategies hold which move alike",
    scopes: ["book"],
    board: null,
    watched: true,
  },
  concentration: {
    ...share,
    meaning: "share of the exposure that the largest symbol is",
    scopes: ["book"],
    board: null,
    watched: true,
  },
};

function aliasOf(name: string): Metric | null {
  for (const [alias, metric] of Object.entries(METRIC_ALIASES)) if (alias === name) return metric;
  return null;
}

export function metricOf(name: string): Metric | null {
  return METRICS.find((metric) => metric === name) ?? aliasOf(name);
}

/** Metric at a place of the board. */
export function boardMetric(place: number): Metric {
  return METRICS.find((metric) => METRIC_RULES[metric].board === place) ?? "gross_exposure";
}
