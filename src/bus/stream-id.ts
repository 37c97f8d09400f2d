// Ids of a stream's entries, `<milliseconds>-<place>`, of 64 bits each: compared as numbers, for as text 10-0 is before 9-0.

const MOST = 2n ** 64n - 1n;

/** The id in front of this one; the first of all has none, and stays. */
export function idBefore(id: string): string {
  const [ms = 0n, place = 0n] = id.split("-").map(BigInt);
  if (place > 0n) return `${ms}-${place - 1n}`;
  return ms > 0n ? `${ms - 1n}-${MOST}` : id;
}

/** Whether an id comes after another one. */
export function isBehind(id: string, other: string): boolean {
  const [ms = 0n, place = 0n] = id.split("-").map(BigInt);
  const [otherMs = 0n, otherPlace = 0n] = other.split("-").map(BigInt);
  return ms === otherMs ? place > otherPlace : ms > otherMs;
}
