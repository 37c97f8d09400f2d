// What other programs keep in Redis for `strategy-engine import --redis`: the values under market_data:{symbol}:history.
import { marketHistoryKey, openBus } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { SILENT_LOG } from "../telemetry/log.ts";

const CONNECT_MS = 3_000;

/** By symbol; one that has no such key is missing. */
export async function readHistories(
  { redisUrl }: Config,
  symbols: readonly string[],
): Promise<Result<ReadonlyMap<string, string>, string>> {
  if (redisUrl === null)
    return failed("REDIS_URL is not set; set it to the Redis that holds market_data:{symbol}:history");
  const bus = await openBus(redisUrl, SILENT_LOG);
  try {
    const connected = bus.connected() || (await Promise.race([up(bus), later(CONNECT_MS)]));
    if (!connected)
      return failed(
        `Redis under REDIS_URL does not answer within ${CONNECT_MS / 1_000} s; start it, or correct REDIS_URL`,
      );
    const found = new Map<string, string>();
    for (const symbol of symbols) {
      const bytes = await bus.getKey(marketHistoryKey(symbol));
      if (bytes !== null) found.set(symbol, Buffer.from(bytes).toString("utf8"));
    }
    return ok(found);
  } finally {
    await bus.close();
  }
}

function up(bus: { onStatus(onChange: (connected: boolean) => void): void }): Promise<boolean> {
  return new Promise((resolve) => {
    bus.onStatus((connected) => {
      if (connected) resolve(true);
    });
  });
}

function later(ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
}
