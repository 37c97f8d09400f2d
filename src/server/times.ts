// Times between the API, which writes ISO 8601 in UTC, and the rooms, which count microseconds since the epoch.
const US_PER_MS = 1_000;

export function isoTime(timeUs: number): string {
  return new Date(timeUs / US_PER_MS).toISOString();
}

/** Of a time that the schema has judged. */
export function timeUs(iso: string): number {
  return Date.parse(iso) * US_PER_MS;
}
