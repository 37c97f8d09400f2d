// What the host writes and reads for a sweep, read by both compilers like layout.ts: integer constants only. A sweep has
// a memory of its own: one tape that all workers read, and an arena for each worker.
//
//   JOB       u32 words, what a call of sweepScalar, sweepLanes or sweepQuick works on (one span of bars)
//   ROWS      u32 addresses: the row k of set i at rows + (k * sets + i) * 4; a row begins at the first bar of the span
//   BLOCKS    four sets each, field by field, so that every width of lanes finds its neighbours side by side:
//             STATE_ words of f64 (sweepQuick: f32), then SUM_ words of f64, then COUNT_ words of u32, four of each
// `sets` is padded to a multiple of 4.

export const SWEEP_MA_CROSS = 0;
export const SWEEP_MA_MOMENTUM = 1;
export const SWEEP_DONCHIAN = 2;
export const SWEEP_MA_STOP = 3;

export const JOB_FROM = 0; //     first bar of the span
export const JOB_TO = 1; //       bar behind its last
export const JOB_BARS = 2; //     bars of the tape
export const JOB_OPEN = 3; //     columns at JOB_FROM, of f64 (sweepQuick: f32); opens reach one bar further where there is one
export const JOB_HIGH = 4;
export const JOB_LOW = 5;
export const JOB_CLOSE = 6;
export const JOB_SETS = 7; //     padded
export const JOB_ROWS = 8;
export const JOB_BLOCKS = 9;
export const JOB_SIDES = 10; //   scratch: SPAN_BARS vectors of 16 bytes
export const JOB_WORDS = 11;

export const BLOCK_SETS = 4;
/** The sums lie behind the state words, the counts behind the sums. */
export const BLOCK_SUM_BYTES = 192;
export const BLOCK_COUNT_BYTES = 80;

// Rows by rule: moving averages and past closes, or channels.
export const ROW_FAST = 0;
export const ROW_SLOW = 1;
export const ROW_PAST = 2;
export const ROW_ENTRY_UPPER = 0;
export const ROW_ENTRY_LOWER = 1;
export const ROW_EXIT_UPPER = 2;
export const ROW_EXIT_LOWER = 3;
export const ROWS_MAX = 4;

// What the host sets before the first span; the others start at 0 unless said.
export const STATE_FEE = 0; //       of the value of each fill
export const STATE_BELOW = 1; //     side of a set whose signal points down: 0 flat, -1 short
export const STATE_STOP_RATE = 2; // 1 - stop, 1 + take
export const STATE_TAKE_RATE = 3;
export const STATE_CASH = 4; //      starts at the capital: cash and what was put into the position, after paid fees
export const STATE_EQUITY = 5; //    starts at the capital: equity at the last close
export const STATE_PEAK = 6; //      starts at the capital: highest equity so far
export const STATE_KEPT = 7; //      starts at 1: least share of its peak that the equity fell to
export const STATE_STOP = 8; //      starts at -Infinity
export const STATE_TAKE = 9; //      starts at Infinity
export const STATE_BEFORE_FAST = 10; // starts at NaN: averages of the bar before
export const STATE_BEFORE_SLOW = 11;
export const STATE_SIDE = 12;
export const STATE_UNITS = 13; //    below 0 when short
export const STATE_ENTRY = 14; //    price
export const STATE_ENTRY_FEE = 15;
export const STATE_WORDS = 16;

export const COUNT_TRADES = 0; //    closed
export const COUNT_WINS = 1;
export const COUNT_HELD = 2; //      bars from entry to exit, of closed trades
export const COUNT_ENTRY_BAR = 3;
export const COUNT_HASH = 4; //      of the closed trades in their order
export const COUNT_WORDS = 5;

export const SUM_RETURNS = 0; //     of the simple returns from close to close
export const SUM_SQUARES = 1;
export const SUM_LOSSES = 2; //      squares of the returns below 0
export const SUM_WON = 3; //         profit of the trades that won, after fees
export const SUM_LOST = 4; //        loss of the others, at most 0
export const SUM_FEES = 5; //        of closed trades
export const SUM_WORDS = 6;

/** Bars of a span. Returns are summed by spans, so this is part of the result to the last bit. */
export const SPAN_BARS = 1024;
