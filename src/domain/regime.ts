// The market's regimes, as the API names them.

/** Least to say last: `unknown` while too little was seen. */
export const REGIMES = ["trending", "ranging", "volatile", "calm", "unknown"] as const;
export type Regime = (typeof REGIMES)[number];
