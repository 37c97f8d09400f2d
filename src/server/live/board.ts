// What is open now, for channels whose snapshot is a state and not a history: the newest event of each thing that is
// not over, and of the last few that are. At most OPEN_MAX open things are kept, the newest.
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
    this.open.delete(key);
    this.over.delete(key);
    const [list, most] = over ? [this.over, this.overKept] : [this.open, OPEN_MAX];
    list.set(key, event);
    while (list.size > most) for (const oldest of list.keys()) if (list.size > most) list.delete(oldest);
  }

  /** Newest last. */
  events(): readonly LiveEvent[] {
    return [...this.over.values(), ...this.open.values()].sort((a, b) => a.ts - b.ts || a.seq - b.seq);
  }
}
