// What an order is checked against on the board, what it adds, and what stands against it.

/** Which limit of which scope stands against an order; `found` is what it would come to, in millionths like `allowed`. */
export interface Hit {
  readonly scope: number;
  readonly limit: number;
  readonly found: number;
  readonly allowed: number;
}

/** What stands for one set of rows until the version changes; millionths, Infinity where there is no limit. */
export interface Terms {
  readonly version: number;
  /** The strictest switch of the rows, as a number: see Switch. */
  readonly level: number;
  readonly gross: readonly number[];
  readonly net: readonly number[];
  readonly rate: readonly number[];
  readonly trades: readonly number[];
  /** The least of all scopes. */
  readonly position: Least;
  readonly leverage: Least;
  readonly collar: Least;
}
export interface Least {
  readonly limit: number;
  readonly scope: number;
}

/** What an order adds to the claims, millionths. */
export interface Addition {
  readonly gross: number;
  readonly up: number;
  readonly down: number;
  readonly buys: boolean;
  /** It counts as an order of the day and takes a token. */
  readonly fresh: boolean;
}
