// What can be asked of the archive of approved signals, and what a page of it is.
import type { Approved } from "./approved.ts";
import type { Family, Tier } from "./strategies.ts";

export interface SignalQuery {
  readonly symbol?: string;
  /** Implementation name, the signal's strategy field, or the id of a registered strategy. */
  readonly strategy?: string;
  readonly family?: Family;
  readonly tier?: Tier;
  readonly minConfidence?: number;
  /** Inclusive bounds on the signal's timestamp (whole engine-clock seconds). */
  readonly sinceS?: number;
  readonly untilS?: number;
  readonly limit: number;
  readonly cursor?: string;
}

export interface SignalPage {
  /** Newest first. */
  readonly signals: readonly Approved[];
  /** Opaque; null on the last page. */
  readonly nextCursor: string | null;
}
