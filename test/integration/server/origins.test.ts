// Pages of other sites, as a browser announces them: where CORS_ORIGIN names a site, they change nothing and open no socket.
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startGateway, startUpstream } from "../../support/cluster/gateway.ts";
import { ask, type Answered } from "../../support/cluster/ask.ts";
import { rawRequest } from "../../support/server/raw.ts";
import { startServer } from "../../support/server/start.ts";

const DESK = "https://desk.example";
const FOREIGN = [
  "https://evil.example",
  "http://desk.example",
  "https://desk.example:444",
  "null",
  "nonsense",
  "file://",
];

function stop(port: number, origin: string | null, method = "POST"): Promise<Answered> {
  const headers = origin === null ? {} : { origin };
  return ask(port, method === "DELETE" ? "/strategies/strat_none" : "/risk/emergency-stop", { method, headers });
}

/** The status of the upgrade: 101, or of its refusal. */
function opened(url: string, origin: string): Promise<number> {
  const socket = new WebSocket(url, { origin });
  return new Promise((resolve, reject) => {
    socket.on("unexpected-response", (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on("open", () => {
      resolve(101);
      socket.terminate();
    });
    socket.on("error", reject);
  });
}

describe("with CORS_ORIGIN of one site", () => {
  const server = (): { readonly port: number; readonly ws: string; readonly stops: () => number } => {
    let stops = 0;
    const emergencyStop = () => ({ ok: true, value: { executionsStopped: ++stops } }) as const;
    const { port, ws } = startServer({ engine: { emergencyStop }, server: { corsOrigin: DESK } });
    return { port, ws, stops: () => stops };
  };

  it("a page of another one changes nothing, and is told what was found, what is allowed and what to do", async () => {
    const { port, stops } = server();
    for (const origin of FOREIGN) {
      for (const method of ["POST", "DELETE"]) {
        const { status, body } = await stop(port, origin, method);
        expect([origin, method, status, body["error"]]).toEqual([origin, method, 403, "forbidden"]);
        expect(body["message"]).toContain(`a page of ${origin};`);
        expect(body["message"]).toContain(`pages of ${DESK} (CORS_ORIGIN)`);
        expect(body["message"]).toContain("set CORS_ORIGIN");
      }
    }
    expect(stops()).toBe(0);
  });

  it("pages of that site and of the engine's own address do, and so does whoever is no page", async () => {
    const { port, stops } = server();
    const own = [`http://127.0.0.1:${port}`, `https://127.0.0.1:${port}`, `HTTP://127.0.0.1:${port}`];
    for (const origin of [DESK, "https://DESK.example:443", ...own, null])
      expect([origin, (await stop(port, origin)).status]).toEqual([origin, 200]);
    expect(stops()).toBe(6);
  });

  it("a page of another one may ask, of which CORS keeps the answer from it", async () => {
    const { port } = server();
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      const told = await ask(port, "/health", { method, headers: { origin: "https://evil.example" } });
      expect([method, told.status < 300, told.headers["access-control-allow-origin"]]).toEqual([method, true, DESK]);
    }
  });

  it("it opens no socket", async () => {
    const { port, ws } = server();
    for (const origin of FOREIGN) expect([origin, await opened(ws, origin)]).toEqual([origin, 403]);
    for (const origin of [DESK, `http://127.0.0.1:${port}`])
      expect([origin, await opened(ws, origin)]).toEqual([origin, 101]);
  });

  it("what is refused is answered at once, whatever body comes with it, and bytes of another kind are not repeated", async () => {
    const { port } = server();
    const head = `POST /strategies HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nOrigin: http://\u00e9\r\n\r\n{`;
    const answer = await rawRequest(port, head, "}");
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toMatch(/^[\r\n -~]*$/);
  });

  it("the node of a cluster passes nothing of it on", async () => {
    const shard = await startUpstream();
    const port = startGateway({ here: shard.port }, { corsOrigin: DESK });
    const post = async (origin: string): Promise<number> =>
      (await ask(port, "/shards/0/risk/emergency-stop", { method: "POST", headers: { origin } })).status;
    expect(await post("https://evil.example")).toBe(403);
    expect(shard.asked).toEqual([]);
    expect(await post(DESK)).toBe(200);
    expect(await opened(`ws://127.0.0.1:${port}/ws`, "https://evil.example")).toBe(403);
  });
});

it("with CORS_ORIGIN=* no page is asked where it comes from", async () => {
  const { port, ws } = startServer();
  for (const origin of FOREIGN) {
    expect((await stop(port, origin)).status).toBe(200);
    expect(await opened(ws, origin)).toBe(101);
  }
});
