// Keys of any visible ASCII, over HTTP and on a socket.
import { describe, expect, it } from "vitest";
import { KeyGuard } from "../../../src/server/guards/guard.ts";
import { accessBy } from "../../../src/server/live/access.ts";
import { Client } from "../../support/server/client.ts";
import { startServer, type Running } from "../../support/server/start.ts";

function ask(http: string, path: string, headers: Record<string, string>, method = "GET"): Promise<Response> {
  return fetch(`${http}${path}`, { method, headers });
}

describe("a key of any visible ASCII", () => {
  const key = "q83v+jRWeJ./=@k1";
  const running = (): Running => {
    const guard = KeyGuard.of([`${key}:read`, "k2"]);
    return startServer({ server: { guard }, live: { access: accessBy(guard) } });
  };

  it("is taken in either header", async () => {
    const { http } = running();
    expect((await ask(http, "/symbols", { "x-api-key": key })).status).toBe(200);
    expect((await ask(http, "/symbols", { authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await ask(http, "/risk/resume", { authorization: `Bearer ${key}` }, "POST")).status).toBe(403);
    expect((await ask(http, "/risk/resume", { "x-api-key": "k2" }, "POST")).status).toBe(200);
  });

  it("is taken from a socket: in its query, encoded or with a + as it is, and as a message", async () => {
    const { ws } = running();
    const list = { op: "list", id: 1 };
    for (const query of [key, encodeURIComponent(key)]) {
      const client = await Client.ready(`${ws}?api_key=${query}`);
      expect(await client.ask(list)).toMatchObject({ type: "subscriptions" });
    }
    const later = await Client.ready(ws);
    expect(await later.ask({ op: "auth", id: 1, api_key: "k2" })).toMatchObject({ role: "write" });
  });
});
