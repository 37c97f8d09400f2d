// What the log is told of market data that had to wait for room in the event ring: for how long, and whose halt it was.
// Once in ten seconds at most.
import { readings } from "../stream/rings/readings.ts";
import type { RedisFeed, Stream } from "../stream/stream.ts";
import type { Log } from "../telemetry/log.ts";

type WaitedLine = Parameters<NonNullable<ConstructorParameters<typeof RedisFeed>[2]["onWaited"]>>[0];

const TELL_MS = 10_000;

export class Halts {
  private readonly log: Log;
  private readonly stream: () => Stream;
  private behind = "";
  private toldAt = -Infinity;

  constructor(log: Log, stream: () => Stream) {
    this.log = log;
    this.stream = stream;
  }

  readonly nowMs = (): number => performance.now();

  /** Now the reader that the others wait for is the one that is furthest behind. */
  readonly onWaiting = (): void => {
    const [last] = readings(this.stream().compute.plane).toSorted((a, b) => b.eventsBehind - a.eventsBehind);
    this.behind = last === undefined ? "none" : last.worker === null ? "journal" : `kernel ${last.worker}`;
  };

  readonly onWaited = ({ ms, messages, refused }: WaitedLine): void => {
    const now = this.nowMs();
    if (now - this.toldAt < TELL_MS) return;
    this.toldAt = now;
    const what = "market data waited for room in the event ring";
    this.log.warn(what, { ms: Math.round(ms), messages, refused, behind: this.behind });
  };
}
