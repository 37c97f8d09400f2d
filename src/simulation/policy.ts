// How signals become orders: what a strategy's role is, how large a position may be, and when it is left. The defaults
// are those of the contract for a strategy's executions.
import type { Action } from "../domain/signal.ts";
import type { Price } from "../domain/units.ts";
import type { Opening, Slicing } from "./order.ts";

/**
 *   direction  a signal opens a position, another closes or turns it
 *   quotes     a signal carries a bid and an ask that rest in the market; an exit takes them back
 *   group      signals of one event and group are the legs of one position, each with its weight
 */
export type Role = "direction" | "quotes" | "group";

/** A signal as the trader needs it; prices may be NaN or 0 where there is no level. */
export interface TradeSignal {
  readonly symbol: number;
  readonly action: Action;
  readonly entry: Price;
  readonly stop: Price;
  readonly target: Price;
  /** Own values of the strategy: bid, ask and their sizes of a quote. */
  readonly values: readonly number[];
  /** 0: belongs to no group. */
  readonly group: number;
  /** Only what can be had at once at the entry price. */
  readonly immediate?: boolean;
  /** Share of the usual size of a new position; without it the whole. Of directions only. */
  readonly size?: number;
}

export interface Policy {
  readonly role: Role;
  /** Place in `values` of the signed weight (log price) or quantity of a leg; null: all legs weigh the same. */
  readonly legValue: number | null;
  /** The leg's value is a quantity, so that legs are in the relation of quantities; otherwise of values. */
  readonly legInUnits: boolean;
  /** Share of the capital that a position is worth when it is opened. */
  readonly positionSize: number;
  /** In units of account. */
  readonly maxPositionSize: number | null;
  /** Positions are sized so that they vary by this much a year, never above positionSize; null: all alike. */
  readonly targetVolatility: number | null;
  /** Events of a symbol in a year, for targetVolatility; null: as many as came so far. */
  readonly periodsPerYear: number | null;
  /** How entries and exits of signals are filled in parts; null: at once. */
  readonly slicing: Slicing | null;
  /** An entry is not filled at a price worse by more than this; null: at any. */
  readonly priceLimitBps: number | null;
  /** Without it a sell signal only closes; groups and quotes go both ways regardless. */
  readonly allowShort: boolean;
  /** Whether the signal's stop and target become orders. */
  readonly levels: boolean;
  /** Returns at which a position is closed, -0.05 and 0.1; they replace the signal's levels. */
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  /** Share of the price at which a stop follows. */
  readonly trail: number | null;
  /** Positions opened in a day (UTC), and symbols held at a time; those that orders on their way may open count. */
  readonly maxTradesPerDay: number | null;
  readonly maxOpenPositions: number | null;
  /** Most inventory of a market maker, in full quotes. */
  readonly inventory: number;
}

export const DEFAULT_POLICY: Policy = {
  role: "direction",
  legValue: null,
  legInUnits: false,
  positionSize: 0.1,
  maxPositionSize: null,
  targetVolatility: null,
  periodsPerYear: 252,
  slicing: null,
  priceLimitBps: null,
  allowShort: false,
  levels: true,
  stopLoss: null,
  takeProfit: null,
  trail: null,
  maxTradesPerDay: null,
  maxOpenPositions: null,
  inventory: 10,
};

/** What the signals of one of the 18 mean; every other strategy gives directions. */
export function rolePolicy(strategy: string): Pick<Policy, "role" | "legValue" | "legInUnits"> {
  switch (strategy) {
    case "adaptive_quote":
    case "spread_adjuster":
    case "volatility_responsive_mm":
      return { role: "quotes", legValue: null, legInUnits: false };
    case "pairs_trading":
      return { role: "group", legValue: 3, legInUnits: false };
    case "cointegration_model":
      return { role: "group", legValue: 1, legInUnits: false };
    case "triangular_arbitrage":
      return { role: "group", legValue: 1, legInUnits: true };
    default:
      return { role: "direction", legValue: null, legInUnits: false };
  }
}

/** The parameter `weight` of a strategy that is one of the 18 or a family of them. */
export const SIZE_WEIGHT = { default: 1, min: 0.01, max: 4, meaning: "multiplies the size of its positions" } as const;

type Given = Readonly<Record<string, unknown>>;

/** What the parameters of one of the 18 make of the usual size of its positions, which stays within the capital. */
export function sizeOf(usual: number, parameters: Given): number {
  const tolerance = within(parameters["risk_tolerance"], 0, 1, 0.5);
  const weight = within(parameters["weight"], SIZE_WEIGHT.min, SIZE_WEIGHT.max, SIZE_WEIGHT.default);
  const by = (0.5 + tolerance) * weight;
  return by === 1 ? usual : Math.min(1, usual * by);
}

/** Most inventory of a market maker by its own parameters, in full quotes: never more than is usual. */
export function inventoryOf(strategy: string, parameters: Given): number {
  const usual = DEFAULT_POLICY.inventory;
  const positive = (name: string, otherwise: number): number =>
    within(parameters[name], Number.MIN_VALUE, Number.MAX_VALUE, otherwise);
  if (strategy !== "adaptive_quote") return Math.min(usual, usual * positive("inventory_max", 1));
  return Math.min(usual, positive("q_max", usual) / positive("order_size", 1));
}

function within(value: unknown, least: number, most: number, otherwise: number): number {
  return typeof value === "number" && value >= least && value <= most ? value : otherwise;
}

/** Value of a full position in units of account. */
export function fullSize(policy: Policy, capital: number): number {
  return Math.min(policy.positionSize * capital, policy.maxPositionSize ?? Number.POSITIVE_INFINITY);
}

/** What an order of so many units may open; `worth`: of the position to which it is added. */
export function mostOf({ maxPositionSize, maxTradesPerDay }: Policy, units: number, worth = 0): Opening {
  return { units, money: (maxPositionSize ?? Number.POSITIVE_INFINITY) - worth, once: maxTradesPerDay !== null };
}

/** The share of a full position that `wanted` of the usual size comes to: never above the capital, nor above the limit. */
export function shareOf(policy: Policy, capital: number, wanted: number): number {
  const most = Math.min(capital, policy.maxPositionSize ?? Number.POSITIVE_INFINITY);
  return Math.min(policy.positionSize * capital * wanted, most) / fullSize(policy, capital);
}
