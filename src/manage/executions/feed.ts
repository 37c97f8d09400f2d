// From the stream to the threads of executions: every row goes to those threads that have an execution of its symbol, and
// names to all of them; so does the first real event behind the synthetic market, whose end it is. On the main thread, and never waiting: a thread that reads too slowly gets its rows later, from
// the backlog of its feed; one for which even that is full is overrun. Without executions nobody listens to the stream.
import { FLAG_DEMO, KIND_NAME } from "../../../assembly/layout.ts";
import type { TapSink } from "../../stream/tap.ts";
import type { Crew } from "./crew.ts";
import { nameIn } from "./feed-event.ts";

/** How soon a backlog is looked at again. */
const DRAIN_MS = 5;

export class Feed implements TapSink {
  private readonly crews: readonly Crew[];
  private readonly onOverrun: (crew: Crew) => void;
  private readonly onName: (id: number, name: string) => void;
  private timer: NodeJS.Timeout | null = null;
  /** No real event has come since the beginning, or since the last one of the synthetic market. */
  private synthetic = true;

  constructor(crews: readonly Crew[], onName: (id: number, name: string) => void, onOverrun: (crew: Crew) => void) {
    this.crews = crews;
    this.onName = onName;
    this.onOverrun = onOverrun;
  }

  record(words: Int32Array, at: number, sequence: number): void {
    const header = words[at] ?? 0;
    const subject = header & 0xffff;
    const naming = ((header >>> 16) & 0xff) === KIND_NAME;
    if (naming) this.onName(subject, nameIn(words, at));
    const everybody = naming || this.endsSynthetic(header >>> 24);
    for (const crew of this.crews) {
      if (!everybody && crew.everything === 0 && crew.wanted[subject] === 0) continue;
      if (!crew.feed.write(words, at, sequence)) crew.overrun = true;
    }
  }

  settled(): void {
    for (const crew of this.crews) {
      crew.feed.publish();
      if (crew.feed.backlogged > 0) this.drainLater();
      if (crew.overrun) {
        crew.overrun = false;
        this.onOverrun(crew);
      }
    }
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private endsSynthetic(flags: number): boolean {
    const before = this.synthetic;
    this.synthetic = (flags & FLAG_DEMO) !== 0;
    return before && !this.synthetic;
  }

  private drainLater(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.settled();
    }, DRAIN_MS);
    this.timer.unref();
  }
}
