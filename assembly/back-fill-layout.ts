// How far the history of a symbol is in, as control events say it and the core keeps it in the symbol's row
// (SYMBOL_HISTORY), so that a snapshot holds it. Read by both compilers.

/** subject symbol; p0 HISTORY_BEGINS or HISTORY_WHOLE. */
export const CONTROL_HISTORY = 18;
/** In front of the first row: the symbol's windows begin anew, what its cells hold keeps its age. */
export const HISTORY_BEGINS = 1;
/** Behind the last row. */
export const HISTORY_WHOLE = 2;
/** SYMBOL_HISTORY of a symbol whose history has begun, less 1 for each row that is in. */
export const HISTORY_BEGUN = -1;
