// The name of a dataset, which is the name of its file as well: symbol@kind, for bars with their length, and the venue
// where there is one: BTC~USD@bar-4h@coinbase. A slash of the symbol becomes a tilde. Neither @ nor ~ may stand in a
// symbol or a venue, so two datasets never share a name.
import type { EventKind } from "../domain/event.ts";

export interface Identity {
  readonly symbol: string;
  readonly kind: EventKind;
  readonly intervalMs: number;
  readonly venue: string | null;
}

const UNITS: readonly (readonly [letter: string, ms: number])[] = [
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

export function datasetId({ symbol, kind, intervalMs, venue }: Identity): string {
  const safe = (name: string): string => name.replaceAll("/", "~");
  const shape = kind === "bar" ? `bar-${intervalLabel(intervalMs)}` : kind;
  return `${safe(symbol)}@${shape}${venue === null ? "" : `@${safe(venue)}`}`;
}

/** 300000 is 5m; what is no whole number of seconds stays in milliseconds. */
export function intervalLabel(intervalMs: number): string {
  const unit = UNITS.find(([letter, ms]) => letter !== "w" && intervalMs >= ms && intervalMs % ms === 0);
  return unit ? `${intervalMs / unit[1]}${unit[0]}` : `${intervalMs}ms`;
}

/** Milliseconds of 5m, 4h, 1d, 1w or a plain number of milliseconds; null for anything else. */
export function parseInterval(text: string): number | null {
  const match = /^(\d{1,12})(ms|[smhdw])?$/.exec(text.trim());
  if (!match) return null;
  const unit = UNITS.find(([letter]) => letter === match[2])?.[1] ?? 1;
  const ms = Number(match[1]) * unit;
  return ms > 0 && Number.isSafeInteger(ms * 1_000) ? ms : null;
}
