// How long to wait before the next attempt to connect: exponential with jitter, never below a second.
// While Redis cannot be reached the wait stays short, because we promise to be subscribed again within 10 s of its
// return (the longest wait, 6 s, plus an attempt that began just before and ran into ATTEMPT_MS). When Redis answers but refuses us (wrong
// password, too many clients, no permission), asking often helps nobody and the wait grows to half a minute.
const FIRST_MS = 1_000;
const UNREACHABLE_MS = 5_000;
const REFUSED_MS = 25_000;
const JITTER = 0.2;

/** `attempt` counts from 1 since the last success; `random` is in [0, 1). */
export function retryDelayMs(attempt: number, refused: boolean, random: number): number {
  const limit = refused ? REFUSED_MS : UNREACHABLE_MS;
  const exponential = Math.min(limit, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(exponential * (1 + JITTER * random));
}
