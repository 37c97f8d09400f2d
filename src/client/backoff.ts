// How long to wait before the next attempt: doubled each time up to a limit, half of it by chance, so that the clients
// of one engine do not come back all at once.
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** `attempt` counts from 0; `chance` is a random number from 0 to 1. */
export function backoffMs({ firstMs, mostMs }: Backoff, attempt: number, chance: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * chance;
}
