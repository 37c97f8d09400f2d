// Market events for who trades on them outside the core: told on the main thread as soon as they are visible in the event
// ring, in order, each with its sequence: trades, bars, the best quotes, fundings, and names of symbols. Back-fill is left
// out, because it is the past. While nobody listens an event costs nothing, and a publication of many one branch.
// A record is read where it lies and may be overwritten after the call.
import * as layout from "../../assembly/layout.ts";
import type { EventRing } from "./rings/event-ring.ts";
import type { Plane } from "./rings/plane.ts";

export interface TapSink {
  /** `at`: the word in `words` (32 bits each) at which the record of EVENT_BYTES begins. */
  record(words: Int32Array, at: number, sequence: number): void;
  /** Everything that became visible together has been told. */
  settled(): void;
}

const KINDS = 256;
const LEVEL = layout.EVENT_PAYLOAD + 4 * 8;
const MARKET: readonly boolean[] = kindsOf(
  layout.KIND_TRADE,
  layout.KIND_QUOTE,
  layout.KIND_BAR,
  layout.KIND_FUNDING,
  layout.KIND_NAME,
);

export class Tap {
  private readonly ring: EventRing;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private readonly base: number;
  private sink: TapSink | null = null;
  private readonly followers: TapSink[] = [];

  constructor({ memory, plan, ring }: Pick<Plane, "memory" | "plan" | "ring">) {
    this.ring = ring;
    this.words = new Int32Array(memory.buffer);
    this.numbers = new Float64Array(memory.buffer);
    this.base = plan.bases[layout.PLAN_EVENTS] ?? 0;
  }

  /** Of the next event. */
  get nextSequence(): number {
    return this.ring.nextSequence;
  }

  /** Who trades; one at a time, null: nobody any more. */
  listen(sink: TapSink | null): void {
    this.sink = sink;
    this.hear();
  }
  /** Who looks on, besides; what is returned ends it. */
  follow(sink: TapSink): () => void {
    this.followers.push(sink);
    this.hear();
    return () => {
      const at = this.followers.indexOf(sink);
      if (at >= 0) this.followers.splice(at, 1);
      this.hear();
    };
  }

  private hear(): void {
    const nobody = this.sink === null && this.followers.length === 0;
    this.ring.onPublish = nobody ? null : (from, to) => this.tell(from, to);
  }

  private tell(from: number, to: number): void {
    const { sink, followers, words, numbers, base } = this;
    const looking = followers.length;
    const count = (to - from) >>> 0;
    const first = this.ring.nextSequence - count;
    for (let index = 0; index < count; index++) {
      const record = base + ((from + index) & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
      const at = record >> 2;
      const header = words[at] ?? 0;
      const kind = (header >>> 16) & 0xff;
      if (MARKET[kind] !== true || ((header >>> 24) & layout.FLAG_HISTORY) !== 0) continue;
      // Deeper levels of a book are no prices of their own.
      if (kind === layout.KIND_QUOTE && (numbers[(record + LEVEL) >> 3] ?? 0) > 0) continue;
      if (kind === layout.KIND_NAME && ((words[at + 1] ?? 0) & 0xff) !== layout.TABLE_SYMBOL) continue;
      sink?.record(words, at, first + index);
      for (let place = 0; place < looking; place++) followers[place]?.record(words, at, first + index);
    }
    sink?.settled();
    for (const follower of followers) follower.settled();
  }
}

function kindsOf(...kinds: readonly number[]): readonly boolean[] {
  return Array.from({ length: KINDS }, (_, kind) => kinds.includes(kind));
}
