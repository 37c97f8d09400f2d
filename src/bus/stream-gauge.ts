// Where a reader is in a stream, and what it missed: entries that were removed (trimmed, deleted) before they were read.
// Redis counts all entries that a stream ever had, so each has a number; the reader knows the number of the newest that
// it read, and compares whenever both sides can be told: when it has read everything, or when nothing of what it read
// is left. Needs Redis 7; before that nothing is known and nothing is counted.
import { isBehind } from "./stream-id.ts";

export interface StreamPlace {
  /** `<ms>-<place>` of the newest entry that was taken. */
  readonly id: string;
  /** Its number among all entries that the stream ever had; null: not known. */
  readonly ordinal: number | null;
  /** Its first ticks, where only so many were taken of it; left out: all. */
  readonly ticks?: number;
}

/** What Redis says of a stream at one moment. */
export interface StreamFacts {
  /** Entries ever added; null: this Redis does not say. */
  readonly added: number | null;
  readonly length: number;
  /** Ids of the oldest entry that is there, and of the newest that ever was. */
  readonly first: string | null;
  readonly last: string;
}

export class StreamGauge {
  /** Entries that were removed before they were read. */
  gaps = 0;
  /** How often another stream was in the place of the one that was read. */
  replaced = 0;
  /** Entries that wait to be read; null: not known. */
  lag: number | null = null;
  private place: StreamPlace | null = null;

  /** Reading goes on behind it; null: at the beginning. */
  begin(place: StreamPlace | null): void {
    this.place = place;
  }

  get newest(): StreamPlace | null {
    return this.place;
  }

  /** An entry was read; its number, or null. Entries that come once more change nothing. */
  took(id: string): number | null {
    if (this.place !== null && !isBehind(id, this.place.id)) return null;
    const before = this.place?.ordinal ?? null;
    this.place = { id, ordinal: before === null ? null : before + 1 };
    return this.place.ordinal;
  }

  /** What was read until now, against what Redis says now: nobody may read in between. How many were missed. */
  compare({ added, length, first, last }: StreamFacts): number {
    if (added === null) return 0;
    const { place } = this;
    let ordinal = place === null ? null : place.ordinal;
    if (ordinal !== null && added < ordinal) ordinal = null; // it is another stream than it was
    let missed = 0;
    const told = place !== null && place.id === last ? added : lost(place, first) ? added - length : null;
    if (told !== null) {
      missed = ordinal === null ? 0 : Math.max(0, told - ordinal);
      ordinal = told;
    }
    this.place = { id: place?.id ?? "0-0", ordinal };
    this.gaps += missed;
    this.lag = ordinal === null ? null : added - ordinal;
    return missed;
  }
}

/** Nothing of what was read is in the stream any more. */
function lost(place: StreamPlace | null, first: string | null): boolean {
  return place === null || first === null || isBehind(first, place.id);
}
