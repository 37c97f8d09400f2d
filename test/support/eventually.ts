// Waiting for a state that nobody tells of: looked at again and again, a minute at most, and not for ever. What does not
// come fails with what was seen instead. Who has waited for long looks less often: a look is a request as a rule, and
// those of three files at a time took processors from the engines that they waited for.
const MOST_MS = 60_000;
const EVERY_MS = 5;
const EVERY_MS_MOST = 40;
/** A pause, as a share of the wait so far. */
const SHARE = 0.02;

/** What was seen when it held. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  mostMs = MOST_MS,
): Promise<T> {
  const begun = performance.now();
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    const waited = performance.now() - begun;
    if (waited > mostMs) throw new Error(`not within ${mostMs} ms: ${String(holds)}; seen last: ${told(seen)}`);
    const pauseMs = Math.min(EVERY_MS_MOST, Math.max(EVERY_MS, SHARE * waited));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** What a promise brings that should soon; else it fails with what was seen instead. */
export async function inTime<T>(work: Promise<T>, seen: () => unknown, mostMs = MOST_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${mostMs} ms; seen last: ${told(seen())}`)), mostMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Its end, where it is long. */
function told(seen: unknown): string {
  return (JSON.stringify(seen) ?? "nothing").slice(-2_000);
}
