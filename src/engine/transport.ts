// What joins the engine with other processes: the bus, the stream that ticks come in by (INGEST=streams), a real venue.
import { openBus, openInputStream, type Bus, type StreamReader } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import { type LiveVenue, openVenue } from "../manage/manage.ts";
import type { Log } from "../telemetry/log.ts";

export interface Transport {
  readonly bus: Bus;
  readonly source: StreamReader | null;
  /** Null: everything stays on paper. */
  readonly venue: LiveVenue | null;
  close(): Promise<void>;
}

/** A failure is one sentence for who starts the engine; then nothing is left open. */
export async function openTransport(config: Config, log: Log, now: () => EpochUs): Promise<Result<Transport, string>> {
  const { redisUrl, ingest } = config;
  const bus = await openBus(redisUrl, log);
  const source = ingest === "streams" ? openInputStream(bus, redisUrl, log) : null;
  if (ingest === "streams" && source === null) {
    await bus.close();
    return failed("INGEST=streams reads ticks from a Redis stream, and there is no Redis; set REDIS_URL");
  }
  const close = async (): Promise<void> => {
    await source?.close();
    await bus.close();
  };
  const venue = await openVenue(config, { bus, now });
  if (!venue.ok) {
    await close();
    return venue;
  }
  return ok({ bus, source, venue: venue.value, close });
}
