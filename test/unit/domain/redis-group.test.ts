import { expect, it } from "vitest";
import { redisGroup } from "../../../src/domain/redis-group.ts";

const NOBODY = { tls: false, username: "", password: "" };
const NO_OWN = { sentinelUsername: "", sentinelPassword: "" };

it.each([
  ["redis-cluster://a:7000,b", { kind: "cluster", ...NOBODY, nodes: ["a:7000", "b:6379"] }],
  [
    "rediss-cluster://us%65r:p%40ss%2Fword@[::1]:7000,10.0.0.1:7001/0",
    { kind: "cluster", tls: true, username: "user", password: "p@ss/word", nodes: ["::1:7000", "10.0.0.1:7001"] },
  ],
  [
    "redis-sentinel://s1,s2:26380/main",
    { kind: "sentinel", ...NOBODY, sentinels: ["s1:26379", "s2:26380"], master: "main", database: 0, ...NO_OWN },
  ],
  [
    "redis-sentinel://:secret@s1/my%20main/3?sentinel-password=other%26&sentinel-user=watcher",
    {
      kind: "sentinel",
      ...NOBODY,
      password: "secret",
      sentinels: ["s1:26379"],
      master: "my main",
      database: 3,
      sentinelUsername: "watcher",
      sentinelPassword: "other&",
    },
  ],
])("reads %s", (url, expected) => {
  const group = redisGroup(url);
  if (group === null) throw new Error("not read");
  const flat = (places: readonly { host: string; port: number }[]): string[] =>
    places.map(({ host, port }) => `${host}:${port}`);
  const shown =
    group.kind === "cluster" ? { ...group, nodes: flat(group.nodes) } : { ...group, sentinels: flat(group.sentinels) };
  expect(shown).toEqual(expected);
});

it.each([
  "redis://a:7000",
  "redis-cluster://",
  "redis-cluster://a,",
  "redis-cluster://a:0",
  "redis-cluster://a:65536",
  "redis-cluster://a:7000/3", // a cluster has database 0 only
  "redis-cluster://a?x=1",
  "redis-cluster://user:%zz@a",
  "redis-sentinel://a",
  "redis-sentinel://a/",
  "redis-sentinel://a/main/x",
  "redis-sentinel://a/main?password=x",
  "redis-sentinel://a b/main",
  `redis-cluster://${"a,".repeat(64)}a`,
])("refuses %s", (url) => {
  expect(redisGroup(url)).toBeNull();
});
