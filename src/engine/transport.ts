// What joins the engine with other processes: the bus, the stream that ticks come in by (INGEST=streams), a real venue.
import {
  openBus,
  openInputStream,
  openJobLine,
  openShardSignals,
  type Bus,
  type JobLine,
  type ShardPublisher,
  type StreamReader,
} from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { ShardSeat } from "../domain/seat.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import { type LiveVenue, openVenue } from "../manage/manage.ts";
import type { Log } from "../telemetry/log.ts";

export interface Transport {
  readonly bus: Bus;
  readonly source: StreamReader | null;
  /** Where signals of a shard go out; null: it is no shard. */
  readonly publisher: ShardPublisher | null;
  /** What ids of signals begin with; empty: it is no shard. */
  readonly signalMark: string;
  /** Null: everything stays on paper. */
  readonly venue: LiveVenue | null;
  /** Where runs over history are handed in for any process (JOBS=redis); null: they stay in this one. */
  readonly line: JobLine | null;
  close(): Promise<void>;
}

/** 36^2 > SHARDS_MAX. */
const MARK_LENGTH = 2;

/** A failure is one sentence for who starts the engine; then nothing is left open. */
export async function openTransport(
  config: Config,
  log: Log,
  now: () => EpochUs,
  seat: ShardSeat | null,
  version: string,
): Promise<Result<Transport, string>> {
  const { redisUrl, ingest } = config;
  const bus = await openBus(redisUrl, log);
  const source = ingest === "streams" ? openInputStream(bus, redisUrl, log, seat) : null;
  const publisher = seat === null ? null : openShardSignals(bus, redisUrl, log, seat);
  if (ingest === "streams" && source === null) {
    await bus.close();
    return failed("INGEST=streams reads ticks from a Redis stream, and there is no Redis; set REDIS_URL");
  }
  const close = async (): Promise<void> => {
    await publisher?.close();
    await source?.close();
    await bus.close();
  };
  const venue = await openVenue(config, { bus, now });
  if (!venue.ok) {
    await close();
    return venue;
  }
  const shared = config.jobs === "redis" && redisUrl !== null;
  const line = shared ? await openJobLine(redisUrl, version, log) : null;
  return ok({
    bus,
    source,
    publisher,
    signalMark: seat === null ? "" : seat.shard.toString(36).padStart(MARK_LENGTH, "0"),
    venue: venue.value,
    line,
    close,
  });
}
