// Layout of reference data, which every worker keeps a copy of: what is known of a symbol beside its prices, and what no
// single symbol owns. Like layout.ts it is read by both compilers: integer constants only.

// ---- INSTRUMENTS: what is known of a symbol beside its prices; one copy per worker ---------------------------------
export const INSTRUMENT_BYTES = 128; // f64 fields
export const INSTRUMENT_KNOWN = 0; //       1: set, by default of its asset type or by the user
export const INSTRUMENT_TICK = 1; //        smallest price step, 0: not known (instrument.ts: tickSize)
export const INSTRUMENT_LOT = 2; //         smallest quantity step
export const INSTRUMENT_MIN_NOTIONAL = 3; // smallest price x quantity of an order
export const INSTRUMENT_MAKER_BPS = 4;
export const INSTRUMENT_TAKER_BPS = 5;
export const INSTRUMENT_BORROW_BPS = 6; //  a year
export const INSTRUMENT_SESSION_OPEN = 7; // minutes after midnight UTC; open = close: round the clock
export const INSTRUMENT_SESSION_CLOSE = 8;
export const INSTRUMENT_BENCHMARK = 9; //   symbol id + 1, 0: none
export const INSTRUMENT_BETA_WINDOW = 10; // days
export const INSTRUMENT_RATES_BETA = 11; // 1: falls when rates rise unexpectedly, -1: rises, 0: does not care
export const INSTRUMENT_FIELDS = 12;
/** Bit of a symbol's asset byte (PLAN_ASSETS): another symbol is measured by it. */
export const ASSET_BENCHMARK = 64;

// ---- BOARD: what no single symbol owns; one copy per worker, every worker hears every event ------------------------
export const BOARD_BYTES = 131072;
export const BOARD_SERIES = 0; //       LABELS rows of 24 bytes: macro series by id (last value, unit, time)
export const BOARD_RATES = 49152; //    fed_policy_detector
export const BOARD_MARKET = 57344; //   benchmarks of earnings_reaction
export const BOARD_LIQUIDITY = 65536; // kernels/htf/liquidity-weeks.ts

// ---- SCREEN: all pairs of symbols; worker 0's -----------------------------------------------------------------------
/** Window, then see kernels/statistical/screen-matrices.ts. */
export const SCREEN_WINDOW = 256;
/** Rows behind the window (ROW_ of screen-matrices.ts), in front of the matrices. */
export const SCREEN_VECTORS = 16;
export const SCREEN_HEAD_BYTES = 65536;
/** Between the two matrices, so that their rows do not share the low 12 address bits. */
export const SCREEN_GAP_BYTES = 1152;
