// What feeds bring and ingest refuses: their senders get no answer, so the log tells it, and /health where nothing else
// comes. Told at most once in ten seconds for each way in, with the sentence that a sender over HTTP would read.
import { explain } from "../domain/failure.ts";
import type { Stream } from "../stream/stream.ts";
import type { Log } from "../telemetry/log.ts";

type Ingest = Stream["ingest"];
type Refused = Parameters<NonNullable<Ingest["onRefused"]>>;
type Transport = Refused[0];

const TELL_MS = 10_000;
const RECENT_MS = 60_000;

interface Way {
  /** Refused since the last line of the log, and since the last valid tick. */
  untold: number;
  inRow: number;
  /** Valid ticks of this way when the row of refusals began. */
  valid: number;
  first: string;
  toldAt: number;
  lastAt: number;
}

export class RefusedInput {
  private readonly ways = new Map<Transport, Way>();
  private readonly log: Log;
  private readonly ingest: () => Ingest;
  private readonly nowMs: () => number;

  /** `nowMs` is a clock that never falls. */
  constructor(log: Log, ingest: () => Ingest, nowMs: () => number) {
    this.log = log;
    this.ingest = ingest;
    this.nowMs = nowMs;
  }

  note(...[transport, { accepted, rejected, errors, failure, failureReason }, entry]: Refused): void {
    const now = this.nowMs();
    const valid = this.valid(transport);
    const way = this.ways.get(transport) ?? { untold: 0, inRow: 0, valid, first: "", toldAt: -TELL_MS, lastAt: now };
    this.ways.set(transport, way);
    if (way.valid !== valid) way.inRow = 0;
    const reason = errors[0]?.reason ?? failureReason ?? "syntax";
    const said = errors[0]?.message ?? (failure === undefined ? reason : explain(failure));
    if (way.inRow === 0 || way.untold === 0) way.first = said;
    // Beside good ones it is no row of refusals.
    way.valid = accepted > 0 ? Number.NaN : valid;
    way.inRow += rejected;
    way.untold += rejected;
    way.lastAt = now;
    if (now - way.toldAt < TELL_MS) return;
    const of = entry === null ? {} : { entry };
    this.log.warn("market data was refused", { transport, refused: way.untold, reason, first: way.first, ...of });
    way.untold = 0;
    way.toldAt = now;
  }

  /** Where nothing but refusals came of late. */
  get troubles(): readonly string[] {
    const now = this.nowMs();
    return [...this.ways]
      .filter(([transport, way]) => now - way.lastAt < RECENT_MS && way.valid === this.valid(transport))
      .map(([transport, { inRow, first }]) => `ingest: the last ${inRow} by ${transport} were refused: ${first}`);
  }

  private valid(transport: Transport): number {
    return Object.values<number>(this.ingest().counters.ingested[transport]).reduce((sum, ticks) => sum + ticks, 0);
  }
}
