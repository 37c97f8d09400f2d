import { expect, it } from "vitest";
import { redisAddress } from "../../../src/bus/redis-address.ts";

it.each([
  ["redis://localhost", { host: "localhost", port: 6379, db: 0 }],
  ["redis://127.0.0.1:7000/3", { host: "127.0.0.1", port: 7000, db: 3 }],
  ["redis://:p%40ss@host/", { host: "host", port: 6379, db: 0, password: "p@ss" }],
  ["redis://user:secret@[::1]:6380/1", { host: "::1", port: 6380, db: 1, username: "user", password: "secret" }],
  ["rediss://host", { host: "host", port: 6379, db: 0, tls: { servername: "host" } }],
  ["/run/redis.sock", { path: "/run/redis.sock" }],
  ["unix:///run/redis.sock", { path: "/run/redis.sock" }],
  [
    "redis-cluster://a:1,b:2",
    {
      nodes: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
    },
  ],
  ["rediss-cluster://u:p@a:1", { nodes: [{ host: "a", port: 1 }], username: "u", password: "p", tls: {} }],
  [
    "redis-sentinel://:p@a:1/main/2?sentinel-password=q",
    { sentinels: [{ host: "a", port: 1 }], name: "main", db: 2, password: "p", sentinelPassword: "q" },
  ],
  [
    "rediss-sentinel://a/main",
    {
      sentinels: [{ host: "a", port: 26379 }],
      name: "main",
      db: 0,
      tls: {},
      sentinelTLS: {},
      enableTLSForSentinelMode: true,
    },
  ],
])("reads %s", (url, address) => {
  expect(redisAddress(url)).toEqual(address);
});

it("lets no parameter of the URL through to the client library", () => {
  expect(redisAddress("redis://host/0?enableOfflineQueue=true")).toEqual({ host: "host", port: 6379, db: 0 });
});

it.each(["", "host:6379", "http://host", "redis://", "redis://host/zero", "redis://host:99999"])(
  "refuses %j",
  (url) => {
    expect(redisAddress(url)).toBeNull();
  },
);
