// Where Redis is, read from its URL: redis:// or rediss:// (TLS) with optional user, password and database, or the
// path of a unix socket, with or without unix:// before it. Nothing else of the URL reaches the client library.
import type { RedisOptions } from "ioredis";

export type RedisAddress = Pick<RedisOptions, "host" | "port" | "path" | "username" | "password" | "db" | "tls">;

const PORT = 6379;

/** Null if the URL is none of the forms above. */
export function redisAddress(url: string): RedisAddress | null {
  const socket = /^(?:unix:\/\/)?(\/.+)$/.exec(url)?.[1];
  if (socket !== undefined) return { path: socket };
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const database = /^\/?(\d{0,5})$/.exec(pathname)?.[1];
  if ((protocol !== "redis:" && protocol !== "rediss:") || database === undefined || hostname === "") return null;
  return {
    host: hostname.replace(/^\[|\]$/g, ""), // an IPv6 address stands in brackets
    port: port === "" ? PORT : Number(port),
    db: Number(database),
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: { servername: hostname } } : {}),
  };
}
