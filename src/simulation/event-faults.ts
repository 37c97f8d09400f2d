// Which events a simulation takes, and why it does not take others.
export const PRICE_MAX = 1e15;
export const VOLUME_MAX = 1e30;
export const TIME_MAX = 8.64e18;

export const BAD_BAR =
  "the bar's prices must be positive finite numbers (at most 1e15) with low <= open, close <= high";
export const BAD_VOLUME = "volumes and sizes must be finite numbers not below 0";
export const BAD_TIME =
  "times must be microseconds, a bar must end after its start, and no event ends before the last one of its symbol";
export const BAD_PRICE = "prices must be positive finite numbers (at most 1e15), and no bid above its ask";
export const BEYOND = "at this price the position is worth more than an account can count to the millionth";
export const UNKNOWN = "no symbol has this number; add its instrument first";
