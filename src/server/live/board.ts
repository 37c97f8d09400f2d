// What is open now, for channels whose snapshot is a state and not a history: the newest event of each thing that is
// not over, and of the last few that are. At most OPEN_MAX open things are kept, the newest. An event that leaves the board
// is told so: of its thing there may be many more, and each holds all that is known of it.
import type { LiveEvent } from "./feed.ts";

/** Which thing an event is about, and whether it is over with it. */
export interface Place {
  readonly key: string;
  readonly over: boolean;
}

const OPEN_MAX = 4_096;

export class Board {
  private readonly open = new Map<string, LiveEvent>();
  private readonly over = new Map<string, LiveEvent>();
  private readonly overKept: number;

  constructor(overKept: number) {
    this.overKept = overKept;
  }

  put({ key, over }: Place, event: LiveEvent): void {
    for (const known of [this.open, this.over]) this.leave(known, key);
    const [list, most] = over ? [this.over, this.overKept] : [this.open, OPEN_MAX];
    list.set(key, event);
    while (list.size > most) for (const oldest of list.keys()) if (list.size > most) this.leave(list, oldest);
  }

  private leave(list: Map<string, LiveEvent>, key: string): void {
    list.get(key)?.superseded();
    list.delete(key);
  }

  /** Each keeps its place. */
  renew(other: (event: LiveEvent) => LiveEvent): void {
    for (const list of [this.open, this.over])
      for (const [key, event] of list) {
        const next = other(event);
        if (next === event) continue;
        event.superseded();
        list.set(key, next);
      }
  }

  /** Newest last. */
  events(): readonly LiveEvent[] {
    return [...this.over.values(), ...this.open.values()].sort((a, b) => a.ts - b.ts || a.seq - b.seq);
  }
}
