// What a run of one parameter set over a tape gives, the same from the core and from plain code, and the figures that
// follow from it. Money in the unit of the capital; returns are simple, from close to close.
export interface SetResult {
  /** At the last close; a position that is open then is in it. */
  readonly equity: number;
  readonly trades: number;
  readonly wins: number;
  /** Bars from entry to exit of all closed trades. */
  readonly held: number;
  /** 32 bits over the closed trades in their order: entry bar and side, exit bar, profit. */
  readonly hash: number;
  /** Least share of its peak that the equity fell to; at or below 0: ruined. */
  readonly kept: number;
  readonly returns: number;
  readonly squares: number;
  /** Squares of the returns below 0. */
  readonly losses: number;
  /** Profits of the trades that won, and of the others (at most 0), after fees. */
  readonly won: number;
  readonly lost: number;
  readonly fees: number;
}

/** In the order in which they are written. */
export const SET_FIELDS = [
  "equity",
  "trades",
  "wins",
  "held",
  "hash",
  "kept",
  "returns",
  "squares",
  "losses",
  "won",
  "lost",
  "fees",
] as const satisfies readonly (keyof SetResult)[];

/** A closed trade by its bars, as plain code records it. */
export interface BarTrade {
  readonly side: "long" | "short";
  readonly entryBar: number;
  readonly exitBar: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly units: number;
  readonly profit: number;
  readonly reason: "signal" | "stop" | "target";
}
