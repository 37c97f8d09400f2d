// Where approved signals leave the process: the bus and, of a shard, the stream that the whole cluster hears.
import type { Bus, ShardPublisher } from "../../bus/bus.ts";
import type { Approved } from "../../domain/approved.ts";
import type { Log } from "../../telemetry/log.ts";
import { ARCHIVE_SIGNALS, type SignalArchive } from "./archive.ts";
import { BusSink } from "./bus-sink.ts";
import { ShardSink } from "./shard-sink.ts";

/** What is asked of the stream of the moment. */
export interface SignalSource {
  readonly archive: SignalArchive;
  readonly status: {
    readonly nextSequence: number;
    readonly journal: { readonly durableNext: number } | null;
  };
  readonly journal: { waitDurable(sequence: number): Promise<void> } | null;
}

/** The other half is for what the ring of events still holds. */
const UNSAID_MAX = ARCHIVE_SIGNALS / 2;

export class Outlets {
  private readonly bus: BusSink;
  private readonly shard: ShardSink | null;
  private source: (() => SignalSource) | null = null;

  constructor(bus: Bus, ttlSeconds: number, publisher: ShardPublisher | null, log: Log) {
    this.bus = new BusSink(bus, ttlSeconds);
    const status = (): SignalSource["status"] | undefined => this.source?.().status;
    const deps = {
      log,
      nextSequence: () => status()?.nextSequence ?? Infinity,
      durableNext: () => status()?.journal?.durableNext ?? Infinity,
      whenDurable: (sequence: number) => this.source?.().journal?.waitDurable(sequence) ?? Promise.resolve(),
    };
    this.shard = publisher && new ShardSink({ ...deps, out: publisher });
  }

  onApproved(signals: readonly Approved[]): void {
    this.bus.onApproved(signals);
    this.shard?.onApproved(signals);
  }

  /**
   * What still waits is known to a successor, with what is on its way in: it knows as many as the archive has. Beyond
   * that nothing more may be taken, or a takeover would lose what was never said.
   */
  get mayTake(): boolean {
    return (this.shard?.unsaid ?? 0) < UNSAID_MAX;
  }

  /** The stream is there; what an earlier run has not said is said first. */
  begin(source: () => SignalSource): void {
    this.source = source;
    this.shard?.begin(source().archive.all());
  }

  /** Behind the close of the stream, when everything is durable. */
  async close(): Promise<void> {
    await this.shard?.close();
  }
}
