// The address of several Redis servers that are one: what REDIS_URL says of a Redis Cluster or of Sentinels. Pure.
//   redis-cluster://[user:password@]host[:port],host[:port]...            some nodes; the others are learned from them
//   redis-sentinel://[user:password@]host[:port],.../master[/database]    user and password are the master's
//     [?sentinel-user=...&sentinel-password=...]                          where the Sentinels ask for one as well
// rediss-cluster:// and rediss-sentinel:// speak TLS with all of them. An IPv6 address stands in brackets; what is special
// in a user, a password or a name is percent-encoded.
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
}

interface Common {
  readonly tls: boolean;
  readonly username: string;
  readonly password: string;
}
export interface RedisCluster extends Common {
  readonly kind: "cluster";
  readonly nodes: readonly RedisPlace[];
}
export interface RedisSentinels extends Common {
  readonly kind: "sentinel";
  readonly sentinels: readonly RedisPlace[];
  readonly master: string;
  readonly database: number;
  readonly sentinelUsername: string;
  readonly sentinelPassword: string;
}

const PLACES_MAX = 64;
const FORM = /^(rediss?)-(cluster|sentinel):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/;
const PLACE = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i;
const PORT = { cluster: 6379, sentinel: 26379 } as const;

/** Null if the text is none of the forms above. */
export function redisGroup(url: string): RedisCluster | RedisSentinels | null {
  const [, scheme = "", kind = "", user = "", hosts = "", path = "", query = ""] = FORM.exec(url) ?? [];
  if (kind !== "cluster" && kind !== "sentinel") return null;
  const places = hosts.split(",").map((text) => placeOf(text, PORT[kind]));
  if (!places.every((place) => place !== null) || places.length > PLACES_MAX) return null;
  const colon = user.indexOf(":");
  const username = decoded(colon < 0 ? user : user.slice(0, colon));
  const password = decoded(colon < 0 ? "" : user.slice(colon + 1));
  if (username === null || password === null) return null;
  const common = { tls: scheme === "rediss", username, password };
  if (kind === "sentinel") return sentinelsOf(common, places, path, query);
  return /^\/?0?$/.test(path) && query === "" ? { kind, ...common, nodes: places } : null; // a cluster has database 0 only
}

function sentinelsOf(
  common: Common,
  sentinels: readonly RedisPlace[],
  path: string,
  query: string,
): RedisSentinels | null {
  const [, name = "", digits = "0"] = /^\/([^/]+)(?:\/(\d{1,5})?)?$/.exec(path) ?? [];
  const master = decoded(name);
  if (master === null || master === "") return null;
  const own = { sentinelUsername: "", sentinelPassword: "" };
  for (const part of query === "" ? [] : query.split("&")) {
    const [, word = "", text = ""] = /^(sentinel-user|sentinel-password)=(.*)$/.exec(part) ?? [];
    const value = decoded(text);
    if (word === "" || value === null) return null;
    own[word === "sentinel-user" ? "sentinelUsername" : "sentinelPassword"] = value;
  }
  return { kind: "sentinel", ...common, sentinels, master, database: Number(digits), ...own };
}

function placeOf(text: string, port: number): RedisPlace | null {
  const [, bracketed, plain, digits] = PLACE.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = digits === undefined ? port : Number(digits);
  return host === undefined || number < 1 || number > 65_535 ? null : { host, port: number };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
