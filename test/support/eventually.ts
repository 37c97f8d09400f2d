// Waiting for a state that nobody tells of: looked at again and again, a minute at most, and not for ever. What does not
// come fails with what was seen instead.
const MOST_MS = 60_000;
const EVERY_MS = 5;

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
    if (performance.now() - begun > mostMs)
      throw new Error(`not within ${mostMs} ms: ${String(holds)}; seen last: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
