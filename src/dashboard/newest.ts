// The order of signals on a page. Pure.
interface Timed {
  /** When it was published: what a page shows as its time. */
  readonly timestamp: number;
  readonly event_time: number;
}

/** By the time that is shown; of one second by the market's, which may lie far back where a feed sends what is past. */
export function newestFirst(a: Timed, b: Timed): number {
  return b.timestamp - a.timestamp || b.event_time - a.event_time;
}
