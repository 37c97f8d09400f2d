// Ids of a stream's entries, `<milliseconds>-<place>`, of 64 bits each: compared as numbers, for as text 10-0 is before 9-0.

/** Whether an id comes after another one. */
export function isBehind(id: string, other: string): boolean {
  const [ms = 0n, place = 0n] = id.split("-").map(BigInt);
  const [otherMs = 0n, otherPlace = 0n] = other.split("-").map(BigInt);
  return ms === otherMs ? place > otherPlace : ms > otherMs;
}
