// The synthetic market as a thread of executions sees it. It is over with the first event that is not of it: no price of
// its symbols comes any more, and what is held of them has to be left.
import { FLAG_DEMO, KIND_NAME } from "../../../assembly/layout.ts";
import { type FeedEvent, RECORD } from "./feed-event.ts";
import type { FeedReader } from "./feed-ring.ts";

export class Synthetic {
  /** Ids of its symbols, as far as they came here. */
  readonly subjects = new Set<number>();
  /** The last event was of it. */
  private shows = false;

  /** A thread that comes after one that was lost goes on with what that one has seen. */
  constructor(reader: FeedReader) {
    for (const at of reader.past()) {
      const header = reader.words[at + RECORD] ?? 0;
      // A name is no event of its market: the history of a real symbol may have come, and no tick of it yet.
      if (((header >>> 16) & 0xff) !== KIND_NAME) this.see(header >>> 24, header & 0xffff);
    }
  }

  /** What is held of its symbols cannot be left otherwise. */
  get over(): boolean {
    return !this.shows && this.subjects.size > 0;
  }

  /** Whether it ended with this event. */
  endsWith({ flags, subject }: FeedEvent): boolean {
    const before = this.shows;
    this.see(flags, subject);
    return before && !this.shows;
  }

  private see(flags: number, subject: number): void {
    this.shows = (flags & FLAG_DEMO) !== 0;
    if (this.shows) this.subjects.add(subject);
  }
}
