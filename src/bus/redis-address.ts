// Where Redis is, read from its URL: redis:// or rediss:// (TLS) with optional user, password and database, the path of
// a unix socket, with or without unix:// before it, or one of the forms of domain/redis-group.ts for a Redis Cluster and
// for Sentinels. Nothing else of the URL reaches the client library.
import type { RedisOptions } from "ioredis";
import { type RedisPlace, redisGroup, type RedisSentinels } from "../domain/redis-group.ts";

type SingleOption = "host" | "port" | "path" | "username" | "password" | "db" | "tls";
type SentinelOption =
  "sentinels" | "name" | "sentinelUsername" | "sentinelPassword" | "sentinelTLS" | "enableTLSForSentinelMode";
/** One server: the one that is named, or the one that Sentinels name. */
export type ServerAddress = Pick<RedisOptions, SingleOption | SentinelOption>;
export interface ClusterAddress extends Pick<RedisOptions, "username" | "password" | "tls"> {
  /** Some of its nodes. */
  readonly nodes: readonly RedisPlace[];
}
export type RedisAddress = ServerAddress | ClusterAddress;

const PORT = 6379;

/** Null if the URL is none of the forms above. */
export function redisAddress(url: string): RedisAddress | null {
  const socket = /^(?:unix:\/\/)?(\/.+)$/.exec(url)?.[1];
  if (socket !== undefined) return { path: socket };
  const group = redisGroup(url);
  if (group?.kind === "sentinel") return sentinelAddress(group);
  if (group !== null) return { nodes: group.nodes, ...secrets(group), ...(group.tls ? { tls: {} } : {}) };
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const database = /^\/?(\d{0,5})$/.exec(pathname)?.[1];
  if ((protocol !== "redis:" && protocol !== "rediss:") || database === undefined || hostname === "") return null;
  return {
    host: hostname.replace(/^\[|\]$/g, ""), // an IPv6 address stands in brackets
    port: port === "" ? PORT : Number(port),
    db: Number(database),
    ...secrets({ username: decodeURIComponent(username), password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: { servername: hostname } } : {}),
  };
}

function sentinelAddress(group: RedisSentinels): ServerAddress {
  return {
    sentinels: group.sentinels.map((place) => ({ ...place })),
    name: group.master,
    db: group.database,
    ...secrets(group),
    ...(group.sentinelUsername === "" ? {} : { sentinelUsername: group.sentinelUsername }),
    ...(group.sentinelPassword === "" ? {} : { sentinelPassword: group.sentinelPassword }),
    ...(group.tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

function secrets(of: { readonly username: string; readonly password: string }): {
  readonly username?: string;
  readonly password?: string;
} {
  return {
    ...(of.username === "" ? {} : { username: of.username }),
    ...(of.password === "" ? {} : { password: of.password }),
  };
}
