// The gateway of a node at real sockets: who is asked, with what path, and what comes back when that one goes away.
import { describe, expect, it } from "vitest";
import { hostAndPort } from "../../../src/server/gateway/forward.ts";
import { ask } from "../../support/cluster/ask.ts";
import { startGateway, startUpstream } from "../../support/cluster/gateway.ts";
import { rawRequest } from "../../support/server/raw.ts";

const NAME = "x-strategy-engine-forwarded-by";

/** The status line's number, for a target that is sent as it stands. */
async function statusOf(port: number, target: string, head = "", method = "GET"): Promise<number> {
  const request = `${method} ${target} HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0\r\nConnection: close\r\n${head}\r\n`;
  return Number((await rawRequest(port, request)).split(" ")[1]);
}

describe("a path below /shards/", () => {
  it("never chooses who is asked", async () => {
    const stranger = await startUpstream();
    const shard = await startUpstream();
    const own = { here: shard.port };
    const other = { there: `127.0.0.1:${shard.port}` };
    for (const place of [own, other]) {
      const port = startGateway(place);
      for (const begin of ["//", "/\\", "/\\/", "//x@", "///"]) {
        for (const method of ["GET", "POST", "OPTIONS"]) {
          const status = await statusOf(port, `/shards/0${begin}127.0.0.1:${stranger.port}/x`, "", method);
          expect([begin, method, status]).toEqual([begin, method, method === "OPTIONS" ? 204 : 404]);
        }
      }
      expect(await statusOf(port, "/shards/0//[")).toBe(404);
    }
    expect(stranger.asked).toEqual([]);
    expect(shard.asked).toEqual([]);
  });

  it("reaches the shard as it was written, and nothing in it is folded", async () => {
    const shard = await startUpstream();
    const port = startGateway({ here: shard.port });
    const rests = [
      "/../x",
      "/a/../../b",
      "/%2e%2e/x",
      "/a//b",
      "/a\\b",
      "/a?b=//c",
      "/[",
      "/%",
      "/a?b=%2F#c",
      "/.",
      "",
    ];
    for (const rest of rests) expect([rest, await statusOf(port, `/shards/0${rest}`)]).toEqual([rest, 200]);
    expect(shard.asked).toEqual(rests.map((rest) => `GET ${rest || "/"}`));
  });

  it("holds odd bytes in percent form", async () => {
    const shard = await startUpstream();
    const port = startGateway({ here: shard.port });
    expect(await statusOf(port, "/shards/0/symbols/é?name=✓")).toBe(200);
    expect(shard.asked).toEqual(["GET /symbols/%C3%A9?name=%E2%9C%93"]);
  });

  it("goes to another node whole, once, and by host and port alone", async () => {
    const shard = await startUpstream();
    const port = startGateway({ there: `127.0.0.1:${shard.port}` });
    expect(await statusOf(port, "/shards/0/../x?y=1")).toBe(200);
    expect(await statusOf(port, "/shards/0/x", `${NAME}: b\r\n`)).toBe(503);
    expect(shard.asked).toEqual(["GET /shards/0/../x?y=1"]);
    expect(hostAndPort("[::1]:8700")).toEqual({ host: "::1", port: 8700 });
    expect(hostAndPort("node-a.example:80")).toEqual({ host: "node-a.example", port: 80 });
    for (const odd of ["", "a", "a:", "a@b:1", "a/b:1", "::1:80", "a:65536", "http://a:1"])
      expect([odd, hostAndPort(odd)]).toEqual([odd, null]);
  });

  it("is asked by methods that there are, with headers that there may be", async () => {
    const shard = await startUpstream((request, response) => response.end(request.headers["if-match"] ?? ""));
    const port = startGateway({ here: shard.port });
    for (const method of ["PATCH", "TRACE", "CONNECT", "get"])
      expect([method, await statusOf(port, "/shards/0/x", "", method)]).toEqual([method, 405]);
    expect(shard.asked).toEqual([]);
    expect(await statusOf(port, "/shards/0/x", 'If-Match: "é✓"\r\n')).toBe(200);
    expect(await statusOf(port, "/shards/0/x", "If-Match: \x7f\r\n")).toBe(400);
  });

  it("is answered here when a browser asks in advance", async () => {
    const shard = await startUpstream();
    const port = startGateway({ here: shard.port }, { corsOrigin: "https://desk.example" });
    const told = await ask(port, "/shards/0/strategies", { method: "OPTIONS" });
    expect(told.status).toBe(204);
    expect(told.headers["access-control-allow-origin"]).toBe("https://desk.example");
    expect(told.headers["access-control-allow-methods"]).toContain("PUT");
    expect(told.headers["access-control-allow-headers"]).toContain("X-API-Key");
    expect(shard.asked).toEqual([]);
  });
});
