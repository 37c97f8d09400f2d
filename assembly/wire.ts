// The decoder's contract with its host: field codes, reason codes and the result block in the scratch region. Like
// layout.ts it is read by both compilers (asc and tsc): integer constants only. The words for people that belong to
// these codes are in src/domain/event.ts, in the same order.

// ---- Scratch region (main thread only) ----------------------------------------------------------------------------
//   0 ..... 1151    result block (below)
//   1152 .. 3199    symbols touched, u16 each
//   3200 .. 5759    records of one tick that must wait for its available_at
//   5760 .. 8191    fields of the tick under way (private to the core)
//   8192 .. 12287   unescaped JSON text (private to the core)
//   12288 . 16383   numbers that the host parses for the JSON reader
//   16384 . 20479   key table: the host writes it from the names of the fields, once
//   20480 ....      the message, then at least 64 bytes of slack, so that wide loads stay inside
export const DECODE_TOUCHED = 1152;
export const DECODE_STAGING = 3200;
export const DECODE_FIELDS = 5760;
export const DECODE_TEXT = 8192;
export const DECODE_NUMBERS = 12288;
export const DECODE_KEYS = 16384;
export const DECODE_INPUT = 20480;
export const TOUCHED_MAX = 1024;
export const TEXT_BYTES = 4096;
export const RECORDS_MAX = 40; //  records of one tick
export const NUMBERS_MAX = 128; // u32 offset in the message, u32 length, f64 value: more than one tick can keep

export const MESSAGE_BYTES_MAX = 4194304;
export const TICKS_MAX = 10000;
export const DEPTH_MAX = 32;
export const LEVELS_MAX = 10;
export const NEWS_SYMBOLS_MAX = 32;
export const STORY_BYTES_MAX = 65536; // text of a news tick, as it lies in the message
export const SMALL_NAMES = 1024; // capacity of the venue and of the series table

/** Flag of a msgpack message that may be followed by others: DECODE_CURSOR then tells where it ended. */
export const DECODE_OPEN_END = 256;
/** Flag of a message whose ticks can wait: decoding ends at the first one that finds no room, as STATUS_ROOM. */
export const DECODE_WAITS = 512;
/** Flag of a message that came too late to wait: no tick of it finds room. */
export const DECODE_REFUSES = 1024;

/**
 * Key table: open addressing by the high bits of ((first 8 bytes of the name, zero padded) xor length) * KEY_MULTIPLIER,
 * modulo 2^64; this multiplier gives each of our names a slot of its own. Per slot: first 8 bytes, last 8 bytes (of names longer than 8), u32 length (0: empty), u32 FIELD_.
 */
export const KEY_SLOTS = 128;
export const KEY_SHIFT = 57;
export const KEY_BYTES = 32;
export const KEY_MULTIPLIER_HIGH = 0x76df5e82;
export const KEY_MULTIPLIER_LOW = 0x06f9e8c7;
export const KEY_LAST = 8;
export const KEY_LENGTH = 16;
export const KEY_FIELD = 20;

// Prices beyond these are faults of the sender; within them, squares and ratios of prices stay far from overflow.
export const PRICE_MIN = 1e-12;
export const PRICE_MAX = 1e15;
export const SIZE_MAX = 1e30;

export const FORMAT_MSGPACK = 0;
export const FORMAT_JSON = 1;

// ---- Result block: u32 words unless said otherwise ------------------------------------------------------------------
export const DECODE_LENGTH = 0; //    bytes of the message
export const DECODE_FORMAT = 4;
export const DECODE_FLAGS = 8; //     FLAG_ bits for every record, and the DECODE_ flags of the message
export const DECODE_ACCEPTED = 12; // ticks
export const DECODE_REJECTED = 16; // ticks
export const DECODE_ERRORS = 20; //   rows kept, at most ERRORS_MAX
export const DECODE_REASON = 24; //   why the whole message was refused
export const DECODE_CURSOR = 28; //   address of the element under way
export const DECODE_INDEX = 32; //    its index
export const DECODE_REMAINING = 36; // msgpack: elements from the cursor on
export const DECODE_START = 40; //    EVENT_NEXT when the message began: where a refusal of the whole message goes back to
export const DECODE_VERIFIED = 44; // 1: the structure of the whole message has been checked
export const DECODE_PHASE = 48; //    PHASE_
export const DECODE_NEXT = 52; //     address after the element under way
export const DECODE_TOUCHED_COUNT = 56;
export const DECODE_NUMBER_COUNT = 60; // numbers of the tick under way that the host has parsed
export const DECODE_NAME_TABLE = 64; // STATUS_NAME: the table, TABLE_ of layout.ts
export const DECODE_NAME_ID = 68; //    id + 1 when the name is known and only its asset type is new
export const DECODE_NAME_ASSET = 72; // explicit asset type, 0: to be guessed
export const DECODE_NAME_LENGTH = 76;
export const DECODE_NAME = 80; //       32 bytes, upper case, zero padded
export const DECODE_HELD_COUNT = 112; // STATUS_HELD: records in DECODE_STAGING
export const DECODE_NUMBERS_ASKED = 116; // STATUS_NUMBER: how many lie behind those and are to be parsed
export const DECODE_FIRST = 120; //     u32 ticks in front of this one are passed over: they were taken before
export const DECODE_HELD_AT = 128; //    f64 microseconds: when they may enter
export const DECODE_REJECTIONS = 136; // u32 ticks refused, by reason; REASON_COUNT of them
export const DECODE_STORY_AT = 256; //     STATUS_TEXT: u32 offset of the text in the message, u32 length as it lies there
export const DECODE_STORY_LENGTH = 260;
export const DECODE_STORY_SCORED = 264; // u32 offset + 1 of the text that the host has scored, 0: none
export const DECODE_STORY_SCORE = 272; //  f64, then its hash u64
export const DECODE_STORY_HASH = 280;
export const DECODE_ROWS = 320; //       ERRORS_MAX rows of ERROR_BYTES
export const ERRORS_MAX = 20;
export const ERROR_BYTES = 24;
export const ERROR_INDEX = 0; //  u32 tick
export const ERROR_REASON = 4; // u8
export const ERROR_FIELD = 5; //  u8 FIELD_, or FIELD_NONE
export const ERROR_TYPE = 6; //   u8 TYPE_ of what was found
export const ERROR_FOUND = 8; //  number: f64; text: u32 address, u32 length

export const PHASE_ROOT = 0;
export const PHASE_ONE = 1; //  a single tick, `index` 0
export const PHASE_LIST = 2;

export const STATUS_DONE = 0;
export const STATUS_FAILED = 1; //      DECODE_REASON says why; nothing of the message is left in the ring
export const STATUS_NAME = 2; //        the host interns DECODE_NAME, then resumes
export const STATUS_HELD = 3; //        the host takes the staged records, then resumes
export const STATUS_NUMBER = 4; //      the host parses the JSON numbers asked for in DECODE_NUMBERS, then resumes
export const STATUS_TEXT = 6; //        the host scores the text of a news tick, then resumes
export const STATUS_ROOM = 7; //        the tick DECODE_INDEX found no room; those before it are in the ring
export const STATUS_UNSUPPORTED = 5; // msgpack records extension: the host unpacks and packs it plainly

/** Verdicts of the host for `resume`: again, taken, or a REASON_ that refuses the tick under way. */
export const RESUME_AGAIN = 0;
export const RESUME_TAKEN = 255;

// ---- Types of a value ---------------------------------------------------------------------------------------------
export const TYPE_NONE = 0;
export const TYPE_NUMBER = 1;
export const TYPE_TEXT = 2;
export const TYPE_TIME = 3; // msgpack timestamp extension; the value is microseconds
export const TYPE_LIST = 4;
export const TYPE_MAP = 5;
export const TYPE_NIL = 6;
export const TYPE_BOOL = 7;
export const TYPE_BYTES = 8;
export const TYPE_EXTENSION = 9;

// ---- Fields -------------------------------------------------------------------------------------------------------
export const FIELD_SYMBOL = 0;
export const FIELD_PRICE = 1;
export const FIELD_CLOSE = 2;
export const FIELD_VOLUME = 3;
export const FIELD_TIMESTAMP = 4;
export const FIELD_AVAILABLE_AT = 5;
export const FIELD_ASSET_TYPE = 6;
export const FIELD_KIND = 7;
export const FIELD_VENUE = 8;
export const FIELD_OPEN = 9;
export const FIELD_HIGH = 10;
export const FIELD_LOW = 11;
export const FIELD_BID = 12;
export const FIELD_ASK = 13;
export const FIELD_BID_SIZE = 14;
export const FIELD_ASK_SIZE = 15;
export const FIELD_FUNDING_RATE = 16;
export const FIELD_SENTIMENT = 17;
export const FIELD_LIQUIDITY_INDEX = 18;
export const FIELD_INTERVAL_S = 19;
export const FIELD_RATE = 20;
export const FIELD_INTERVAL_HOURS = 21;
export const FIELD_SCORE = 22;
export const FIELD_SOURCE_WEIGHT = 23;
export const FIELD_HASH = 24;
export const FIELD_ACTUAL = 25;
export const FIELD_ANNOUNCED_AT = 26;
export const FIELD_EXPECTED = 27;
export const FIELD_SERIES = 28;
export const FIELD_VALUE = 29;
export const FIELD_UNIT = 30;
export const FIELD_BEFORE = 31;
export const FIELD_AFTER = 32;
export const FIELD_DAY = 33;
export const FIELD_DAYS_IN_MONTH = 34;
export const FIELD_CONTRACT = 35;
export const FIELD_BIDS = 36;
export const FIELD_ASKS = 37;
export const FIELD_SYMBOLS = 38;
export const FIELD_TEXT = 39;
export const FIELD_COUNT = 40;
export const FIELD_MARKET_DATA = 40; // only at the root
export const FIELD_FORBIDDEN = 41; //   __proto__
export const FIELD_NONE = 63; //        not a field of ours

// ---- Reasons of one tick, then of a whole message -------------------------------------------------------------------
export const REASON_NONE = 0;
export const REASON_MISSING = 1;
export const REASON_MISTYPED = 2;
export const REASON_NOT_POSITIVE = 3;
export const REASON_NEGATIVE = 4;
export const REASON_NOT_FINITE = 5;
export const REASON_OUT_OF_RANGE = 6;
export const REASON_BAD_NAME = 7;
export const REASON_UNKNOWN_VALUE = 8;
export const REASON_BAD_TIMESTAMP = 9;
export const REASON_AVAILABLE_BEFORE = 10;
export const REASON_CROSSED = 11;
export const REASON_HIGH_LOW = 12;
export const REASON_BAD_LEVELS = 13;
export const REASON_TOO_LONG = 14;
export const REASON_DUPLICATE_KEY = 15;
export const REASON_FORBIDDEN_KEY = 16;
export const REASON_NOT_A_TICK = 17;
export const REASON_ARRAY_LENGTH = 18;
export const REASON_OVERLOADED = 19;
export const REASON_CAPACITY = 20;
export const REASON_HELD_FULL = 21;
export const REASON_TRUNCATED = 22;
export const REASON_TRAILING = 23;
export const REASON_TOO_DEEP = 24;
export const REASON_TOO_MANY = 25;
export const REASON_TOO_LARGE = 26;
export const REASON_SYNTAX = 27;
export const REASON_UTF8 = 28;
export const REASON_NOT_MARKET_DATA = 29;
export const REASON_COUNT = 30;

// ---- Units of a macro value -----------------------------------------------------------------------------------------
export const UNIT_OTHER = 0;
export const UNIT_INDEX = 1;
export const UNIT_PERCENT = 2;
export const UNIT_BASIS_POINTS = 3;
export const UNIT_COUNT = 4;
export const UNIT_THOUSANDS = 5;
export const UNIT_USD = 6;
export const UNIT_USD_MILLIONS = 7;
export const UNIT_USD_BILLIONS = 8;
export const UNIT_USD_TRILLIONS = 9;
