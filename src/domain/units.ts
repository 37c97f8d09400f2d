// Units of the product. Time is integer microseconds since 1970 (exact in an f64 until the year 2255).
export type EpochUs = number;
export type Price = number;
export const US_PER_MS = 1_000;
export const US_PER_S = 1_000_000;
