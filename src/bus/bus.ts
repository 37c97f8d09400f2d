// The door of the bus: what others may use of it, and which bus a process gets.
//   REDIS_URL set     Redis, expected: while it is away the bus says it is not connected, and the engine is degraded
//   REDIS_URL unset   Redis on this machine if one answers, else the bus inside the process
import { createConnection } from "node:net";
import type { Log } from "../telemetry/log.ts";
import type { ShardSeat } from "../domain/seat.ts";
import type { JobLine } from "./jobs/jobs.ts";
import { EmbeddedBus } from "./embedded-bus.ts";
import type { Bus } from "./port.ts";
import { type RedisAddress, redisAddress } from "./redis-address.ts";
import { RedisBus } from "./redis-bus.ts";
import { ShardPublisher } from "./shard-publisher.ts";
import { LoneGroup, ShardGroup } from "./stream-group.ts";
import { StreamReader } from "./stream-reader.ts";

export type { StreamPlace } from "./stream-gauge.ts";
export { idBefore } from "./stream-id.ts";
export type { ShardPublisher } from "./shard-publisher.ts";
export { StreamReader, type StreamSource } from "./stream-reader.ts";
export type { StreamEntry } from "./stream-reply.ts";
export type { JobEnding, JobLine, JobSender, JobTaker, SentJob, TakenJob } from "./jobs/jobs.ts";
export { announce } from "./announce.ts";
export { type Lease, LeaseStore, type LivingMember, type Member, type ShardProgress } from "./lease-store.ts";
export { type RedisAddress, redisAddress } from "./redis-address.ts";
export { type HeardSignal, ShardSignals, type SignalHearer } from "./shard-signals.ts";
export type { Topic, TopicPayloads } from "./announce.ts";
export type { Bus, BusCounters, KeyAnswer, MessageHandler } from "./port.ts";
export {
  CLUSTER_KEY,
  configKey,
  INPUT_CHANNEL,
  KEY_TTL_SECONDS_MAX,
  marketHistoryKey,
  NODES_KEY,
  ORDER_UPDATE_CHANNEL,
  performanceHistoryKey,
  shardGroup,
  shardKeys,
  type ShardKeys,
  signalKey,
  TOPICS,
} from "./keys.ts";

export const LOCAL_REDIS = { host: "127.0.0.1", port: 6379 } as const;
/** How long a Redis on this machine may take to answer before it counts as absent. */
export const PROBE_MS = 300;

/** `url` null: look for a Redis at `local` and go on without one. Comes back at once when a URL is given. */
export async function openBus(url: string | null, log: Log, local: RedisPlace = LOCAL_REDIS): Promise<Bus> {
  if (url !== null) {
    const address = redisAddress(url);
    if (address === null) throw new Error("REDIS_URL has no form that this program knows"); // the config checks it
    return new RedisBus(address, log);
  }
  const answer = await probeRedis(local, PROBE_MS);
  if (answer === "redis") return new RedisBus({ ...local, db: 0 }, log);
  if (answer === "locked") {
    log.warn("a Redis on this machine wants a password: using the bus inside the process; set REDIS_URL to use it");
  }
  return new EmbeddedBus();
}

/** The queue of jobs in the Redis of this URL. What it needs is loaded only here. */
export async function openJobLine(url: string, version: string, log: Log): Promise<JobLine> {
  const address = redisAddress(url);
  if (address === null) throw new Error("REDIS_URL has no form that this program knows"); // the config checks it
  const { jobLine } = await import("./jobs/jobs.ts");
  return jobLine(address, version, log);
}

/** The input stream of the Redis that `openBus` would take, or that of a shard; null without a Redis. */
export function openInputStream(bus: Bus, url: string | null, log: Log, seat: ShardSeat | null): StreamReader | null {
  const address = addressOf(bus, url);
  return address && new StreamReader(seat === null ? new LoneGroup() : new ShardGroup(seat), address, log);
}

/** Where the shard's signals go out; null without a Redis. */
export function openShardSignals(bus: Bus, url: string | null, log: Log, seat: ShardSeat): ShardPublisher | null {
  const address = addressOf(bus, url);
  return address && new ShardPublisher(seat, address, log);
}

function addressOf(bus: Bus, url: string | null): RedisAddress | null {
  if (bus.kind !== "redis") return null;
  return url === null ? { ...LOCAL_REDIS, db: 0 } : redisAddress(url);
}

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
}
/** `locked`: it is a Redis, but it wants a password. */
export type ProbeAnswer = "redis" | "locked" | "none";

export function probeRedis(place: RedisPlace, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = createConnection(place);
    const timer = setTimeout(() => finish("none"), timeoutMs);
    const finish = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    let reply = "";
    socket.on("connect", () => socket.write("PING\r\n"));
    socket.on("data", (bytes) => {
      reply += bytes.toString("latin1");
      if (reply.startsWith("+PONG")) finish("redis");
      else if (reply.startsWith("-NOAUTH")) finish("locked");
      else if (reply.length >= 7) finish("none");
    });
    socket.on("error", () => finish("none"));
    socket.on("close", () => finish("none"));
  });
}
