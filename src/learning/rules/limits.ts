// How large a rule text may be. What lies beyond is refused with these numbers, before anything is made of it, so that a
// text of a megabyte or of a million parentheses costs no more than an ordinary one.

/** Characters of a text (UTF-16 units). */
export const TEXT_MAX = 32_768;
export const TOKENS_MAX = 4_096;
export const STATEMENTS_MAX = 64;
/** Expressions within expressions. */
export const DEPTH_MAX = 48;
/** Different indicators, and conditions that remember the event before. */
export const INDICATORS_MAX = 64;
export const PARAMETERS_MAX = 32;
/** Strategies of the engine whose signals a text may read. */
export const SIGNALS_MAX = 8;
/** Faults that are told at once. */
export const FAULTS_MAX = 10;
/** Samples of an indicator. */
export const LENGTH_MAX = 5_000;
