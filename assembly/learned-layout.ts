// Layout of what is learned of each strategy beyond its thresholds, from GLOBALS_LEARNED on: one copy per worker, as all of
// GLOBALS. Like layout.ts it is read by both compilers: integer constants only.

export const GLOBALS_LEARNED = 8192;
/** Of engines before there was any of this; their snapshots go on with nothing learned here. */
export const GLOBALS_BYTES_BEFORE = 8192;

/** What a regime means to thresholds: symbols that trend and symbols that are volatile have a quality of their own. */
export const CLASS_OTHER = 0;
export const CLASS_TRENDING = 1;
export const CLASS_VOLATILE = 2;
export const CLASSES = 3;

// LEARNED_ columns of THRESHOLD_ROWS f64 rows each, all 0 in the beginning.
/** Of CLASS_TRENDING, then of CLASS_VOLATILE: quality (0: that of CLASS_OTHER), wins, total, changes. */
export const LEARNED_CLASS = 0;
export const LEARNED_CLASS_COLUMNS = 4;
export const LEARNED_LAST = 8; //          of each class: wins and total that the last adaptation went by
export const LEARNED_GAINS = 14; //        sum of net returns of wins, then how many; both fade
export const LEARNED_LOSSES = 16; //       the same of losses, without their sign
export const BUCKETS = 8; //               of published confidence, each an eighth wide
export const LEARNED_BUCKET_WINS = 18;
export const LEARNED_BUCKET_TOTAL = 26;
export const CALIBRATION_POINTS = 16;
export const LEARNED_POINTS = 34; //       points of the map from raw to published confidence, 0: they are the same
export const LEARNED_RAW = 35; //          their raw confidences, ascending
export const LEARNED_WORTH = 51; //        and what is published for each
/** min_signal_quality as it was last set by hand; 0: never, and it began with that of every strategy. */
export const LEARNED_SET = 67;
// Time in microseconds in which learning had its beats.
export const LEARNED_DUE = 68; //          of each class: when it has been silent for too long; 0: nothing closed yet, and it is not raised
export const LEARNED_GAP = 71; //          of each class: mean time between outcomes
export const LEARNED_AT = 74; //           of each class: when the last one closed
export const LEARNED_AWAKE = 77; //        row 0: that time itself; row 1: clock of the last beat
export const LEARNED_COLUMNS = 78;

/** A setting (CONTROL_SETTING): the number of the newest learned change in the stream. The core only keeps it. */
export const SETTING_LEARNED = 2;
/** The number, among those of learned changes, of the thresholds that operators have set for all. The core only keeps it. */
export const SETTING_THRESHOLDS = 8;
