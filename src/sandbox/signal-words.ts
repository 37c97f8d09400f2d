// How a program is told of a strategy: so many numbers for each, which are what it said (SAID_ added), its side, and confidence,
// stop and target of its last buy or sell. Of the regime: nothing, its code (assembly/regimes.ts), its probability, the side of
// a trend, nothing.
export const SIGNAL_WORDS = 5;
export const SAID_BUY = 1;
export const SAID_SELL = 2;
export const SAID_EXIT = 4;
