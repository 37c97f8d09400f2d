// The gateway of a node at real sockets: who is asked, with what path, and what comes back when that one goes away.
import { describe, expect, it } from "vitest";
import { hostAndPort } from "../../../src/server/gateway/forward.ts";
import { KeyGuard } from "../../../src/server/guards/guard.ts";
import { ask } from "../../support/cluster/ask.ts";
import { startGateway, startUpstream } from "../../support/cluster/gateway.ts";
import { eventually, inTime } from "../../support/eventually.ts";
import { rawConnection, rawRequest } from "../../support/server/raw.ts";

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

  it("comes back with what makes a page of it safe to keep", async () => {
    const own = {
      "content-type": "text/html; charset=utf-8",
      "content-disposition": 'attachment; filename="bt_abc123.html"',
      "content-security-policy": "default-src 'none'; sandbox",
      "referrer-policy": "no-referrer",
    };
    const shard = await startUpstream((_, response) => response.writeHead(200, own).end("<!doctype html>"));
    const told = await ask(startGateway({ here: shard.port }), "/shards/0/backtests/bt_abc123/tearsheet");
    expect(told.text).toBe("<!doctype html>");
    expect(told.headers).toMatchObject(own);
  });

  it("asked for by HEAD has the length that its GET has, and the connection goes on", async () => {
    const shard = await startUpstream((request, response) => {
      const body = JSON.stringify({ path: request.url });
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
    });
    const other = startGateway({ here: shard.port });
    for (const place of [{ here: shard.port }, { there: `127.0.0.1:${other}` }]) {
      const { socket, contains } = await rawConnection(startGateway(place));
      socket.write("HEAD /shards/0/x HTTP/1.1\r\nHost: gateway\r\n\r\n");
      const head = await contains("\r\n\r\n");
      expect(head.match(/^Content-Length: .*$/gm)).toEqual([`Content-Length: ${`{"path":"/x"}`.length}`]);
      socket.write("GET /shards/0/x HTTP/1.1\r\nHost: gateway\r\n\r\n");
      expect(await contains("}")).toContain(`\r\n\r\n{"path":"/x"}`);
    }
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

describe("keys and limits", () => {
  const WRITE = { "x-api-key": "writer-0123456789" };
  const READ = { "x-api-key": "reader-0123456789" };
  const guard = KeyGuard.of([WRITE["x-api-key"], `${READ["x-api-key"]}:read`]);

  it("go by the path as the shard knows it: what is open and never counted there is so here", async () => {
    const shard = await startUpstream();
    const port = startGateway({ here: shard.port }, { guard, rateLimitPerMinute: 1 });
    for (let count = 0; count < 5; count++) {
      for (const path of ["/shards/0/health", "/shards/0/health/live"])
        expect([path, (await ask(port, path)).status]).toEqual([path, 200]);
    }
    const limited = (): Promise<number> =>
      ask(port, "/shards/0/symbols", { headers: WRITE }).then((told) => told.status);
    await eventually(limited, (status) => status === 429);
    const stop = { method: "POST", body: "{}" };
    const pressed = await ask(port, "/shards/0/risk/emergency-stop", { ...stop, headers: WRITE });
    expect(pressed.status).toBe(200);
    expect(shard.asked.at(-1)).toBe("POST /risk/emergency-stop");
    expect((await ask(port, "/shards/0/risk/emergency-stop", stop)).status).not.toBe(200);
    expect((await ask(port, "/shards/0/risk/emergency-stop", { ...stop, headers: READ })).status).toBe(403);
  });

  it("are asked for wherever the shard asks for them", async () => {
    const shard = await startUpstream();
    const port = startGateway({ here: shard.port }, { guard });
    for (const path of ["/symbols", "/healthy", "//health", "/risk/emergency-stop", "/metrics/prometheus"])
      expect([path, (await ask(port, `/shards/0${path}`)).status]).toEqual([path, 401]);
    expect((await ask(port, "/shards/x/health")).status).toBe(401);
    expect(shard.asked).toEqual([]);
  });
});

describe("answers of shards", () => {
  const MIB = 1 << 20;

  it("share one memory, which is given back", async () => {
    let release = (): void => undefined;
    const shard = await startUpstream((request, response) => {
      response.write(Buffer.alloc(MIB, "x"));
      if (request.url === "/slow") release = () => response.end("the end");
      else response.end();
    });
    const port = startGateway({ here: shard.port }, { answerBytesMax: MIB * 1.5 });
    const slow = ask(port, "/shards/0/slow");
    const refused = await eventually(
      () => ask(port, "/shards/0/big"),
      ({ status }) => status === 503,
    );
    expect(refused.body).toMatchObject({ error: "overloaded" });
    expect(refused.headers["retry-after"]).toBe("1");
    release();
    expect((await slow).text).toHaveLength(MIB + "the end".length);
    expect((await ask(port, "/shards/0/big")).status).toBe(200);
  });

  it("have a greatest length", async () => {
    const shard = await startUpstream((_, response) => response.end(Buffer.alloc(65 * MIB)));
    const port = startGateway({ here: shard.port });
    const { status, body } = await ask(port, "/shards/0/x");
    expect([status, body["error"]]).toEqual([501, "not_available"]);
  });

  it("are not waited for when the client has left", async () => {
    let left = (): void => undefined;
    let came = (): void => undefined;
    const gone = new Promise<void>((resolve) => (left = resolve));
    const here = new Promise<void>((resolve) => (came = resolve));
    const shard = await startUpstream((_, response) => {
      const trickle = setInterval(() => response.write("x"), 1_000); // so that it is not ended for being silent
      response.on("close", () => {
        clearInterval(trickle);
        left();
      });
      came();
    });
    const port = startGateway({ here: shard.port });
    const client = await rawConnection(port);
    client.socket.write("GET /shards/0/x HTTP/1.1\r\nHost: gateway\r\n\r\n");
    await inTime(here, () => shard.asked);
    client.socket.destroy();
    await inTime(gone, () => "the shard is still being asked");
  });
});

describe("a shard that goes away", () => {
  const change = { method: "POST", body: "{}" };

  it("before anything reached it is one to ask again", async () => {
    const shard = await startUpstream();
    await new Promise((resolve) => shard.server.close(resolve));
    const port = startGateway({ here: shard.port });
    for (const more of [{}, change]) {
      const { status, body } = await ask(port, "/shards/0/x", more);
      expect([status, body["error"]]).toEqual([503, "not_ready"]);
    }
  });

  it("with a change in its hands leaves open what became of it, and the client is told that", async () => {
    const shard = await startUpstream((request, response) => {
      request.resume().on("end", () => {
        if (request.url === "/half") response.writeHead(200, { "content-length": "10" }).write("half");
        setImmediate(() => request.socket.destroy());
      });
    });
    const port = startGateway({ here: shard.port });
    for (const path of ["/at-once", "/half"]) {
      const { status, body } = await ask(port, `/shards/0${path}`, change);
      expect([path, status, body["error"]]).toEqual([path, 503, "storage_unavailable"]);
      expect(body["message"]).toContain("Look whether the change was made");
      expect((await ask(port, `/shards/0${path}`)).body["error"]).toBe("not_ready");
    }
    expect(shard.asked.filter((one) => one.startsWith("POST"))).toEqual(["POST /at-once", "POST /half"]);
  });

  it("without going away counts for as much: whose lease ran out before it answered says nothing", async () => {
    let owner = true;
    const shard = await startUpstream((_, response) => {
      owner = false;
      response.end("{}");
    });
    const port = startGateway({ here: shard.port, counts: () => owner });
    for (const [more, error] of [
      [{}, "not_ready"],
      [change, "storage_unavailable"],
    ] as const) {
      owner = true;
      const { status, body } = await ask(port, "/shards/0/x", more);
      expect([status, body["error"]]).toEqual([503, error]);
    }
    expect(shard.asked).toEqual(["GET /x", "POST /x"]); // and it is not asked again
  });

  it("only on a connection that was kept is asked once more, on a new one, by who only reads", async () => {
    const used = new WeakSet<object>();
    let cut = 0;
    const shard = await startUpstream((request, response) => {
      if (used.has(request.socket)) {
        cut += 1;
        request.socket.destroy();
        return;
      }
      used.add(request.socket);
      response.end("{}");
    });
    const port = startGateway({ here: shard.port });
    await eventually(
      async () => {
        expect((await ask(port, "/shards/0/x")).status).toBe(200);
        return cut;
      },
      (times) => times > 0,
    );
  });
});
