// What is said of an engine clock that is ahead of the wall clock: by these words an alert of an earlier process is known.

/** How the sentence begins; it goes on with by how much. */
export const CLOCK_AHEAD = "the engine clock, which never falls, is";
export const CLOCK_CAUGHT_UP = "the wall clock has caught up with the engine clock";
