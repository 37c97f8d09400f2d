// What one connection costs: it is charged to its caller, and to the turn of the loop in which it is done.
import { FEEDS_MAX } from "./callers.ts";
import type { Caller } from "./callers.ts";
import type { EventLog } from "./event-log.ts";
import type { Feed } from "./feed.ts";
import type { Turns } from "./turns.ts";

export class Effort {
  /** Another one when a key is shown. */
  caller: Caller;
  private readonly turns: Turns;

  constructor(caller: Caller, turns: Turns) {
    this.caller = caller;
    this.turns = turns;
  }

  /** What is done with the events of a channel, by what it looks at. */
  walk<T>(events: EventLog, run: () => T): T {
    const before = events.looked;
    try {
      return run();
    } finally {
      this.spend(events.looked - before);
    }
  }

  spend(looks: number): void {
    this.caller.spend(looks);
    this.turns.spend(looks);
  }

  later(run: () => void): void {
    this.turns.later(run);
  }

  get hasRoomForFeed(): boolean {
    return this.caller.feeds < FEEDS_MAX;
  }

  /** It counts as this caller's until nobody wants it any more. */
  own(feed: Feed): void {
    const { caller } = this;
    caller.feeds += 1;
    feed.onEnd = () => {
      caller.feeds -= 1;
    };
  }
}
