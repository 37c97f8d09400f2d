// Is the Redis there that the settings ask for, and does the bus get through to it both ways?
import { LOCAL_REDIS, openBus, PROBE_MS, probeRedis } from "../../bus/bus.ts";
import { type Config, loggable } from "../../config.ts";
import { redisGroup } from "../../domain/redis-group.ts";
import { createLog } from "../../telemetry/log.ts";
import { broken, doubtful, fine, type Finding } from "./finding.ts";

const CONNECT_MS = 3_000;
/** Where several servers are asked in turn, of which one may hang. */
const GROUP_MS = 10_000;

export async function checkRedis(config: Config): Promise<Finding> {
  if (config.redisUrl !== null) return checkExpected(config, config.redisUrl);
  const place = `${LOCAL_REDIS.host}:${LOCAL_REDIS.port}`;
  switch (await probeRedis(LOCAL_REDIS, PROBE_MS)) {
    case "redis":
      return fine("Redis", `answers on ${place} and will be used`);
    case "none":
      return fine("Redis", `none on ${place}: the bus inside the process will be used`);
    case "locked":
      return doubtful("Redis", `the one on ${place} wants a password`, "set REDIS_URL with the password to use it");
  }
}

async function checkExpected(config: Config, url: string): Promise<Finding> {
  const shown = loggable(config)["REDIS_URL"] ?? "";
  const reasons: string[] = [];
  const listening = createLog("warn", {
    write: (line) => reasons.push((JSON.parse(line) as { readonly reason?: string }).reason ?? ""),
    flushSync: () => undefined,
  });
  const waitMs = redisGroup(url) === null ? CONNECT_MS : GROUP_MS;
  const bus = await openBus(url, listening);
  try {
    if (await connects(bus, waitMs)) return fine("Redis", `connected and subscribed, ${shown}`);
    const reason = reasons.find((text) => text !== "") ?? `no answer within ${waitMs} ms`;
    const advice = "start it or correct REDIS_URL; until then the engine runs degraded and drops what it would publish";
    return broken("Redis", `${shown}: ${reason}`, advice);
  } finally {
    await bus.close();
  }
}

function connects(bus: Awaited<ReturnType<typeof openBus>>, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), waitMs);
    bus.onStatus((connected) => {
      if (!connected) return;
      clearTimeout(timer);
      resolve(true);
    });
    bus.subscribe("strategy_engine:doctor", () => undefined);
  });
}
