// The memory map and the record formats, read by both compilers (asc for the core, tsc for the host), as is wire.ts.
// Integer constants and expressions over them, nothing else. All sizes are bytes unless a name says otherwise.
//
//   0 ........ 65535   asc's constant tables (log, exp); never ours
//   65536 ... 131071   HEADER: plan words, counters of the rings, control words (one writer per 128-byte line)
//   131072 ...         regions, in the order of the PLAN_ words, each 128-byte aligned, sized at start from
//                      MAX_SYMBOLS and MAX_INSTANCES (src/stream/kernels/memory-plan.ts)

export const LAYOUT_VERSION = 3;
export const LAYOUT_MAGIC = 0x53454e47; // "SENG"

export const HEADER = 65536;
export const HEADER_BYTES = 65536;
export const REGIONS = 131072;
export const LINE = 128; // Apple cores use 128-byte lines

// ---- HEADER: identity and plan (host writes before the first attach, then constant) -------------------------------
export const HEADER_MAGIC = HEADER;
export const HEADER_VERSION = HEADER + 4;
/** u32 words: PLAN + 4 * PLAN_x. Base addresses of regions and capacities. */
export const PLAN = HEADER + 128;
export const PLAN_EVENTS = 0; //        base of the event ring
export const PLAN_SIGNALS = 1; //       base of the signal rings, one after the other
export const PLAN_SCRATCH = 2; //       base of the decoder's input and output (main thread only)
export const PLAN_NAMES = 3; //         base of the name index (main thread only)
export const PLAN_GLOBALS = 4; //       replicated per worker: settings, thresholds, outcome counts
export const PLAN_INSTANCES = 5; //     replicated per worker: instance rows
export const PLAN_LEG_HEADS = 6; //     replicated per worker, derived: symbol -> first leg of a group
export const PLAN_SYMBOLS = 7; //       one row per symbol, written by its owner
export const PLAN_SERIES = 8; //        one lane per (symbol, bar_ms), blocks of two lanes
export const PLAN_HISTORY = 9; //       windows of the series
export const PLAN_CELLS = 10; //        cells of strategy code 0, then of the others: 18 words
export const PLAN_GROUPS = 28; //       groups: strategies of several legs
export const PLAN_SCREEN = 29; //       all-pairs screen: history, moment matrices
export const PLAN_ASSETS = 30; //       replicated per worker, derived: one byte per symbol, ASSET_ code | ASSET_ bits
export const PLAN_STATISTICS = 31; //   one per worker, derived: links of the legs, scratch of the statistical tests
export const PLAN_LABELS = 32; //       names of venues, then of series, written by worker 0
export const PLAN_INSTRUMENTS = 33; //  replicated per worker: one row per symbol
export const PLAN_BOARD = 34; //        replicated per worker: macro series, rates, market benchmarks
export const PLAN_ENDS = 35; //         one f64 per series lane: when the cycle driver has to look at it, 0: never
export const PLAN_END = 36; //          first byte after the last region
export const PLAN_WORKERS = 37;
export const PLAN_MAX_SYMBOLS = 38;
export const PLAN_MAX_INSTANCES = 39;
export const PLAN_MAX_SERIES = 40;
export const PLAN_MAX_CELLS = 41; //    per strategy type
export const PLAN_MAX_GROUPS = 42;
export const PLAN_SCREEN_SYMBOLS = 43; // columns of the all-pairs screen
export const PLAN_CELL_COLUMNS = 48; // columns of a cell of strategy code 0, then of the others: 18 words

// ---- HEADER: ring counters ----------------------------------------------------------------------------------------
/** Producer line, written by main only: u32 published events (wraps), then u32 reserved, private to the producer. */
export const EVENT_HEAD = HEADER + 1024;
export const EVENT_NEXT = HEADER + 1152;
/** u32: the producer's cached lowest tail of the active consumers. */
export const EVENT_LIMIT = HEADER + 1156;
/** f64: engine clock of the latest stamped event, microseconds since the epoch; main only. */
export const ENGINE_CLOCK = HEADER + 1160;

/** One line per consumer of the event ring: workers 0..MAX_WORKERS-1, then the journal. The consumer writes it. */
export const CONSUMERS = HEADER + 2048;
/**
 * Symbols fall into as many classes as there can be workers (id & 7); a block of two lanes holds one class only, so that
 * it has one writer for every number of workers, and state written with one number can be read with another.
 */
export const MAX_WORKERS = 8;
export const JOURNAL_CONSUMER = 8;
export const CONSUMER_COUNT = 9;
export const CONSUMER_TAIL = 0; //      u32 events consumed (wraps); published after the work is done
export const CONSUMER_SLEEPING = 4; //  i32 1 while it waits: the producer notifies only then
export const CONSUMER_SEQUENCE = 8; //  u64 sequence of the next event to consume
export const CONSUMER_POSTED = 16; //   i32 1 while a wake-up message to main is under way (main clears)
export const CONSUMER_ACTIVE = 20; //   i32 1 when the producer must wait for it (main writes)
export const CONSUMER_STATE = 24; //    i32 0 starting, 1 ready, 2 stopped
export const CONSUMER_STOP = 28; //     i32 main asks it to leave its loop
export const CONSUMER_BEAT = 32; //     u32 passes of its loop: the watchdog looks whether it moves

/** Signal ring counters of worker w: head at +0 (worker writes), tail at +128 (main writes). */
export const SIGNAL_COUNTERS = HEADER + 4096;
export const SIGNAL_COUNTERS_BYTES = 256;

/** i32: main wants a message as soon as the consumers have caught up, signals or not. */
export const WATCH = HEADER + 8192;
/** u64: sequence of the first live event; snapshot events before it come back from the journal and are passed by. */
export const LIVE_FROM = HEADER + 8576;
/** Snapshot barrier: i32 workers that arrived, then i32 epoch that releases them. */
export const BARRIER_ARRIVED = HEADER + 8320;
export const BARRIER_EPOCH = HEADER + 8448;

// ---- Event record: 64 bytes, one cache line -----------------------------------------------------------------------
//  0      2    3     4      8        16        24 ................................ 64
//  +------+----+-----+------+--------+---------+----+----+----+----+----+
//  | subj |kind|flags| aux  |  time  |  clock  | p0 | p1 | p2 | p3 | p4 |
//  +------+----+-----+------+--------+---------+----+----+----+----+----+
//  u16     u8   u8    u32    f64 us   f64 us    f64 each
// time: when it happened; clock: engine clock at ingest (never falls). An event enters the ring at its available_at.
export const EVENT_BYTES = 64;
export const EVENT_SHIFT = 6;
export const EVENT_SLOTS = 65536;
export const EVENT_SUBJECT = 0; // symbol id, instance id, name id
export const EVENT_KIND = 2;
export const EVENT_FLAGS = 3;
export const EVENT_AUX = 4; //     venue id, 0: none; bar: interval in ms; name: table; control: second subject
export const EVENT_TIME = 8;
export const EVENT_CLOCK = 16;
export const EVENT_PAYLOAD = 24;

export const FLAG_DEMO = 1; //     from the synthetic feed
export const FLAG_MORE = 2; //     further records of the same wire event follow
export const FLAG_HISTORY = 4; //  back-fill: fills windows, gives no signals

export const KIND_TRADE = 1; //    price, volume, high, low, open (each price where the wire gave none)
export const KIND_QUOTE = 2; //    bid, ask, bid_size, ask_size, level (0 = top of book)
export const KIND_BAR = 3; //      open, high, low, close, volume; aux = interval ms; time = its close
export const KIND_FUNDING = 4; //  rate, interval_hours
export const KIND_NEWS = 5; //     score, source_weight, hash low 32, hash high 32
export const KIND_EARNINGS = 6; // actual, expected (NaN: none), announced_at us
export const KIND_MACRO = 7; //    value, unit code; subject = series id
export const KIND_RATES = 8; //    before, after, day, days_in_month; aux = contract name id, 0: none
export const KIND_CLOCK = 9; //    aux = bit per tier that is due (TIER_)
export const KIND_NAME = 10; //    subject = id, aux = table | asset type << 8 | length << 16; payload = name bytes
export const KIND_CONTROL = 11; // aux = CONTROL_ code; subject = what it is about; payload by code

export const TABLE_SYMBOL = 0;
export const TABLE_VENUE = 1;
export const TABLE_SERIES = 2;
export const NAME_BYTES = 32;
export const LABELS = 1024; //     venues, and as many series

export const TIER_FAST = 1;
export const TIER_TACTICAL = 2;
export const TIER_STRATEGIC = 4;
export const TIER_LEARNING = 8;

export const CONTROL_SETTING = 1; //   p0 setting index, p1 value
export const CONTROL_INSTANCE = 2; //  subject instance; p0 strategy code, p1 bar_ms, p2 weight, p3 enabled, p4 tier bit
export const CONTROL_PARAMETER = 3; // subject instance; p0 parameter index, p1 value
export const CONTROL_ATTACH = 4; //    subject instance; p0 symbol, p1 series, p2 cell, p3 confirm series + 1 (0: none)
export const CONTROL_SERIES = 5; //    subject symbol; p0 series, p1 bar_ms
export const CONTROL_GROUP = 6; //     subject instance; p0 group, p1 leg, p2 symbol, p3 legs, p4 direction in a cycle
export const CONTROL_ENABLE = 7; //    subject instance; p0 0 (ends what it holds) or 1
export const CONTROL_THRESHOLD = 8; // subject strategy code; p0 THRESHOLD_ column, p1 value, p2 0: all, 1 + CLASS_, 1 + CLASSES: LEARNED_SET
export const CONTROL_REMOVE = 9; //    subject instance; ends what it holds
export const CONTROL_LATCH = 10; //    p0 1: emergency stop, 0: resume
export const CONTROL_OUTCOME = 11; //  subject strategy code; p0 net return of a closed trade, p1 confidence it was published with, p2 CLASS_, p3 1: bounded (0 in old journals)
export const CONTROL_INVENTORY = 12; // subject instance; p0 symbol, p1 position as a share of the largest allowed, -1..1
export const CONTROL_SNAPSHOT = 13; // workers stop here and hand their state out
export const CONTROL_CALIBRATION = 16; // subject strategy code; p0 points of its map so far, p1 raw confidence, p2 what it is worth (p0 0: none)
export const CONTROL_INSTRUMENT = 15; // subject symbol; p0 INSTRUMENT_ field (KNOWN: all by default), p1 value, p2 ASSET_ code: its default
export const CONTROL_MARK = 14; //     p0 signals up to p3, p1/p2 hash low/high 32 bits, p3 sequence; ignored by the core

// ---- Signal record: 128 bytes -------------------------------------------------------------------------------------
export const SIGNAL_BYTES = 128;
export const SIGNAL_SHIFT = 7;
export const SIGNAL_SLOTS = 16384; //     per worker
export const SIGNAL_SEQUENCE = 0; //     u64 sequence of the event that caused it
export const SIGNAL_INSTANCE = 8; //     u32
export const SIGNAL_SYMBOL = 12; //      u32
export const SIGNAL_STRATEGY = 16; //    u8 strategy code
export const SIGNAL_ACTION = 17; //      u8 ACTION_
export const SIGNAL_TIER = 18; //        u8 TIER_ bit
export const SIGNAL_FLAGS = 19; //       u8 SIGNAL_FLAG_
export const SIGNAL_GROUP = 20; //       u32 group of a multi-leg signal + 1, else 0
export const SIGNAL_CLOCK = 24; //       f64 engine clock us
export const SIGNAL_TIME = 32; //        f64 event time us
export const SIGNAL_ENTRY = 40;
export const SIGNAL_STOP = 48;
export const SIGNAL_TARGET = 56;
export const SIGNAL_CONFIDENCE = 64;
export const SIGNAL_CONFIDENCE_RAW = 72;
export const SIGNAL_VALUES = 80; //      four f64, meaning by strategy (momentum: strength, trend; makers: bid, ask, sizes)
export const SIGNAL_EVENT_CLOCK = 112; // f64 ingest clock of the causing event
export const SIGNAL_HASH = 120; //       u64 over bytes 0..111

export const ACTION_BUY = 1;
export const ACTION_SELL = 2;
export const ACTION_EXIT = 3;
export const SIGNAL_FLAG_DEMO = 1;
export const SIGNAL_FLAG_VOLUME = 2; // volume_confirmation
export const SIGNAL_FLAG_IOC = 4; //    immediate or cancel

// ---- Strategy codes: the order of the catalogue -------------------------------------------------------------------
export const LATENCY_ARBITRAGE = 0;
export const FUNDING_RATE_ARBITRAGE = 1;
export const TRIANGULAR_ARBITRAGE = 2;
export const PAIRS_TRADING = 3;
export const MEAN_REVERSION = 4;
export const COINTEGRATION_MODEL = 5;
export const MOMENTUM_RIDER = 6;
export const BREAKOUT_STRATEGY = 7;
export const MOVING_AVERAGE_CROSSOVER = 8;
export const ADAPTIVE_QUOTE = 9;
export const SPREAD_ADJUSTER = 10;
export const VOLATILITY_RESPONSIVE_MM = 11;
export const SENTIMENT_ANALYSIS = 12;
export const EARNINGS_REACTION = 13;
export const FED_POLICY_DETECTOR = 14;
export const REGIME_SHIFT_DETECTOR = 15;
export const GLOBAL_LIQUIDITY_SIGNAL = 16;
export const MACRO_TREND_TRACKER = 17;
export const STRATEGY_COUNT = 18;

// ---- GLOBALS: one copy per worker ---------------------------------------------------------------------------------
export const GLOBALS_BYTES = 24576; // from 8192 on as learned-layout.ts says
export const GLOBALS_CLOCK = 0; //        f64 engine clock of the latest event
export const GLOBALS_SIGNAL_COUNT = 8; // u64 signals of this worker so far
export const GLOBALS_SIGNAL_HASH = 16; // u64 sum of their hashes (order does not matter)
export const GLOBALS_LATCH = 24; //       f64 1 while the emergency stop is latched
export const GLOBALS_SYMBOLS = 32; //     u32 rows in use: highest id seen + 1
export const GLOBALS_SERIES = 36;
export const GLOBALS_GROUPS = 48;
export const GLOBALS_INSTANCES = 52;
export const GLOBALS_SETTINGS = 64; //    f64 each
export const SETTING_COOLDOWN_US = 0;
export const SETTING_LEARNING = 1; //     1: threshold learning is on
/** u32 each, by strategy code: cells in use, and where the next slice of strategic reviews begins. */
export const GLOBALS_CELLS = 256;
export const GLOBALS_SLICES = 336;
/** Learned thresholds: THRESHOLD_ columns of STRATEGY_COUNT (padded to 24) f64 rows each. */
export const GLOBALS_THRESHOLDS = 512;
export const THRESHOLD_ROWS = 24;
export const THRESHOLD_QUALITY = 0; //     min_signal_quality
export const THRESHOLD_OPPORTUNITY = 1; // opportunity_threshold
export const THRESHOLD_VOLATILITY = 2; //  volatility_multiplier
export const THRESHOLD_TREND = 3; //       trend_multiplier
export const THRESHOLD_WINS = 4; //        outcomes since the last adaptation, of class CLASS_OTHER
export const THRESHOLD_TOTAL = 5;
export const THRESHOLD_CHANGES = 6; //     adaptations so far
export const GLOBALS_INSTRUMENTS = 4096; // default rows of instruments (reference.ts), by ASSET_ code

// ---- INSTANCES: one copy of the table per worker ------------------------------------------------------------------
export const INSTANCE_BYTES = 384;
export const INSTANCE_STRATEGY = 0; // f64 strategy code + 1, 0 = free row
export const INSTANCE_BAR_MS = 8;
export const INSTANCE_WEIGHT = 16;
export const INSTANCE_ENABLED = 24;
export const INSTANCE_TIER = 32;
export const INSTANCE_PARAMETERS = 64; // f64 each

// ---- SYMBOLS: one row each, written by the worker that owns the symbol --------------------------------------------
export const SYMBOL_BYTES = 256;
export const SYMBOL_NAME = 0; //        32 bytes, zero padded
export const SYMBOL_ASSET = 32; //      f64 asset type code
export const SYMBOL_TICKS = 40; //      f64 trades accepted
export const SYMBOL_PRICE = 48; //      f64 last trade
export const SYMBOL_VOLUME = 56;
export const SYMBOL_TIME = 64; //       f64 us, event time of the last event
export const SYMBOL_LAG = 72; //        f64 us, engine clock minus event time at the last event
export const SYMBOL_BID = 80;
export const SYMBOL_ASK = 88;
export const SYMBOL_BID_SIZE = 96;
export const SYMBOL_ASK_SIZE = 104;
export const SYMBOL_QUOTE_TIME = 112;
export const SYMBOL_FLAGS = 120; //     f64 1: demo
export const SYMBOL_FIRST_SERIES = 128; // u32 first of its series that no other series feeds + 1, 0: none
export const SYMBOL_FIRST_BOOK_CELL = 132; // u32 link to the first cell that found no room in the two rows below
export const SYMBOL_VOLATILE_P = 136; // f64 probability of a volatile regime (0 until a detector speaks)
export const SYMBOL_TRENDING_P = 144; // f64 probability of a trending regime
export const SYMBOL_BARS = 152; //      f64 samples closed over all of its series
export const SYMBOL_SCREEN = 160; //    u32 column in the all-pairs screen + 1, 0: none
export const SYMBOL_FIRST_NEWS_CELL = 164; // u32 link to the first cell that wants funding, news or earnings, 0: none
export const SYMBOL_HISTORY = 168; // f64 1: its history is in; below 0: has begun (back-fill-layout.ts)
export const SYMBOL_QUOTE_CELLS = 176; // BOOK_CELLS u32 links to cells that want quotes, 0 ends them
export const SYMBOL_TRADE_CELLS = 208; // of those that want trades
export const BOOK_CELLS = 8; // bytes 240 to 255: regimes.ts

// ---- Lanes: SERIES and cells are stored in blocks of two lanes, so that one v128 load takes both -------------------
//   lane i, column c  ->  base + (i >> 1) * columns * 16 + c * 16 + (i & 1) * 8
export const COLUMN_BYTES = 16;
export const SERIES_BAR_US = 0; //     bar length, 0: every tick is a sample
export const SERIES_COUNT = 1; //      samples closed so far
export const SERIES_LN = 2; //         ln of the last close
export const SERIES_CLOSE = 3;
export const SERIES_HIGH = 4;
export const SERIES_LOW = 5;
export const SERIES_VOLUME = 6;
export const SERIES_VARIANCE = 7; //   EWMA (0.94) of squared log returns, floored at 1e-30
export const SERIES_ATR = 8; //        Wilder 14; before that the sum of true ranges
export const SERIES_VOLUME_SUM = 9; // over the last 20 samples
export const SERIES_OPEN_END = 10; //  unfinished bar: its end (us), 0: none
export const SERIES_OPEN_CLOSE = 11;
export const SERIES_OPEN_HIGH = 12;
export const SERIES_OPEN_LOW = 13;
export const SERIES_OPEN_VOLUME = 14;
export const SERIES_SYMBOL = 15; //    symbol id
export const SERIES_FEEDER = 16; //    series whose closed bars make up its own + 1, 0: trades and bars do
export const SERIES_FED_END = 17; //   earliest end of an open bar that it feeds, also by way of others, 0: none
export const SERIES_TIME = 18; //      event time of the last sample
export const SERIES_RICH = 19; //      1: a cell wants what windows/features.ts keeps
export const SERIES_FIRST_FED = 20; // first series that it feeds + 1
export const SERIES_COARSE = 21; //    1: its open bar holds longer bars, which went to the series it feeds themselves
export const SERIES_FIRST_CELL = 22; // link to the first cell that wants its samples, 0: none
export const SERIES_NEXT = 23; //      next series of the same list + 1
export const SERIES_FEATURES = 24; //  seven columns of windows/features.ts, kept where the series is rich
export const SERIES_COLUMNS = SERIES_FEATURES + 8; // a block is four lines of 128 bytes

/**
 * Windows of a series: HISTORY_SLOTS of ln closes, VOLUME_SLOTS of volumes, FEATURE_SLOTS (windows/features.ts). Sixteen
 * lanes (a tile) share each slot, so that series in step write and read common lines:
 *   lane i, slot s  ->  base + (i >> 4) * HISTORY_TILE_BYTES + (s << HISTORY_SHIFT) + (i & 15) * 8
 */
export const TILE_BLOCKS = 8;
export const HISTORY_SHIFT = 7;
export const HISTORY_SLOTS = 512;
export const VOLUME_SLOTS = 32;
export const VOLUME_WINDOW = 20;
export const FEATURE_SLOTS = 252;
export const HISTORY_TILE_BYTES = (HISTORY_SLOTS + VOLUME_SLOTS + FEATURE_SLOTS) << HISTORY_SHIFT;

// ---- Cells: one lane per (instance, symbol), a table for each strategy of one symbol ---------------------------------
// Columns 0 .. CELL_FIXED - 1 are the same for all of them; what follows belongs to the kernel. Lists of cells are made
// of links: cell index * 32 + strategy code + 1.
export const CELL_INSTANCE = 0; //      instance + 1, 0: free
export const CELL_SYMBOL = 1;
export const CELL_SERIES = 2;
export const CELL_NEXT = 3; //          next link of the list of its series
export const CELL_SIDE = 4; //          side of the position that its signals opened: -1, 0, 1
export const CELL_MISSING = 5; //       samples missing until it can speak, 0: ready
export const CELL_LAST_SIGNAL = 6; //   engine clock us of the last signal
export const CELL_CONFIRM = 7; //       slower series that must not disagree + 1, 0: none
export const CELL_WANTS = 8; //         INPUT_ bits of what has never come and without which it cannot speak
export const CELL_NEXT_BOOK = 9; //     next link of the symbol's list of cells that want quotes or trades
export const CELL_NEXT_NEWS = 10; //    next link of the symbol's list of cells that want funding, news or earnings
export const CELL_ENTRY = 11; //        the position: entry, stop and target price (hold.ts)
export const CELL_STOP = 12;
export const CELL_TARGET = 13;
export const CELL_SINCE = 14; //        samples of its series at entry (back-fill.ts moves it)
export const CELL_BEST = 15; //         best close since entry
export const CELL_FIXED = 16;
export const CELL_LINK_SHIFT = 5;
export const INPUT_TRADE = 1;
export const INPUT_QUOTE = 2;
export const INPUT_SECOND_VENUE = 4;
export const INPUT_FUNDING = 8;
export const INPUT_NEWS = 16;
export const INPUT_EARNINGS = 32;
export const INPUT_MACRO = 64;
export const INPUT_RATES = 128;

/** Columns of a cell by strategy; 0: its state lies in groups. */
export const LATENCY_COLUMNS = 620;
export const FUNDING_COLUMNS = 92;
export const TRIANGULAR_COLUMNS = 0;
export const PAIRS_COLUMNS = 69; // a lane for each group (kernels/statistical/pairs-lane.ts)
export const REVERSION_COLUMNS = CELL_FIXED + 14;
export const COINTEGRATION_COLUMNS = 0;
export const MOMENTUM_COLUMNS = 28;
export const BREAKOUT_COLUMNS = CELL_FIXED + 2;
export const CROSSOVER_COLUMNS = CELL_FIXED + 14;
export const ADAPTIVE_COLUMNS = CELL_FIXED + 9 + 13 + 24 * 12;
export const SPREAD_COLUMNS = 58;
export const RESPONSIVE_COLUMNS = CELL_FIXED + 21 + 64;
export const SENTIMENT_COLUMNS = 152;
export const EARNINGS_COLUMNS = 73;
export const POLICY_COLUMNS = 20;
export const REGIME_COLUMNS = 428;
export const LIQUIDITY_COLUMNS = 26;
export const TREND_COLUMNS = 21;

export const MOMENTUM_HORIZON = CELL_FIXED; //   three columns: samples back
export const MOMENTUM_SCALE = CELL_FIXED + 3; //   three columns: weight / sqrt(horizon)
export const MOMENTUM_WEIGHT = CELL_FIXED + 6; //  three columns
export const MOMENTUM_STRENGTH = CELL_FIXED + 9; // M, signed
export const MOMENTUM_TREND = CELL_FIXED + 10; //  mean one-step log return over the longest filled horizon
export const MOMENTUM_IDLE = CELL_FIXED + 11; //   |M| up to which the rule has nothing to do while nothing is held

/** A strategy of several legs keeps each set of legs in a group; the kernel owns what is behind the fixed words. */
export const GROUP_LEGS_MAX = 6;
export const GROUP_WINDOW_MAX = 1024;
/** Groups below this one belong to the all-pairs screen: half for each of the strategies that trade its pairs; worker 0's. */
export const SCREEN_GROUPS = 32;
export const GROUP_INSTANCE = 0; //     u32 instance + 1, 0: free
export const GROUP_LEGS = 4; //         u32 legs defined so far
export const GROUP_MISSING = 40; //     f64 samples until the first test, 0: ready; of a pair in its lane: PAIR_MISSING
export const PAIR_MISSING = 4; //       column of the lane (kernels/statistical/pairs-lane.ts)
export const GROUP_WANTS = 296; //      u32 INPUT_ bits of what has never come
export const GROUP_LEG = 512; //        first leg: u32 symbol, then what belongs to the kernel
export const GROUP_LEG_BYTES = 64;
export const GROUP_HEAD_BYTES = 2048;
export const GROUP_BYTES = GROUP_HEAD_BYTES + GROUP_LEGS_MAX * GROUP_WINDOW_MAX * 8;

/** Per worker: the next leg of the same symbol (u32 link by link, 8 to a group), code + 1 of each group (u8), scratch. */
export const GROUPS_MAX = 4096;
export const LEG_LINKS_BYTES = GROUPS_MAX * 8 * 4;
export const STATISTICS_SCRATCH = LEG_LINKS_BYTES + GROUPS_MAX;
/** The largest group's test needs 172 KiB of scratch (math/johansen.ts). */
export const STATISTICS_BYTES = STATISTICS_SCRATCH + 196608;
// ---- Parameters: every instance's row ends with the common ones -----------------------------------------------------
export const PARAMETER_CONFIDENCE_THRESHOLD = 32;
export const PARAMETER_RISK_TOLERANCE = 33;
export const PARAMETER_CONFIRM_BAR_MS = 34;
export const PARAMETER_ALL_SYMBOLS = 35; // 1: runs on every symbol, also those that come later; host only

export const ASSET_CRYPTO = 1;
export const ASSET_FOREX = 2;
export const ASSET_INDICES = 3;
export const ASSET_COMMODITIES = 4;
export const ASSET_STOCKS = 5;
export const ASSET_MASK = 7;
export const ASSET_DEMO = 128;
