// How far a stream of input was taken, as control events say it and the core keeps it among its settings, so that a
// snapshot holds it: an id of Redis (`<ms>-<place>`, 64 bits each) in halves of 32 bits, which f64 keeps exactly, and the
// entry's number in its stream. All 0: nothing was taken. Read by both compilers.

/**
 * subject: records that follow and belong to it, which count together or not at all; p0 .. p4 as POSITION_ says, of the
 * newest entry that they came by.
 */
export const CONTROL_POSITION = 17;
export const SETTING_POSITION = 3; // the first of POSITION_WORDS settings

export const POSITION_MS_HIGH = 0;
export const POSITION_MS_LOW = 1;
export const POSITION_PLACE_HIGH = 2;
export const POSITION_PLACE_LOW = 3;
export const POSITION_ORDINAL = 4; // of all entries that the stream ever had; 0: not known; see POSITION_TICKS
export const POSITION_WORDS = 5;
/**
 * Behind the point of POSITION_ORDINAL, in parts of so many: ticks of the entry that were taken, of one that had no room
 * in the ring as a whole. 0: all of it.
 */
export const POSITION_TICKS = 16384;
