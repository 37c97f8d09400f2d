// Who may listen when keys are configured.
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../../support/eventually.ts";
import { Client } from "../../support/server/client.ts";
import { startServer } from "../../support/server/start.ts";
import { HandTime } from "../../support/server/time.ts";
import { approvedBuys } from "../../support/signals.ts";
import type { Access, Grant } from "../../../src/server/live/access.ts";

const ACCESS: Access = {
  required: true,
  authenticate: (key) =>
    key === "reader" ? { id: "reader", role: "read" } : key === "writer" ? { id: "writer", role: "write" } : null,
};
const SUBSCRIBE = { op: "subscribe", id: 1, channel: "signals" };

describe("with keys", () => {
  it("a connection without one may ping and nothing else, and goes on after auth", async () => {
    const { ws, live } = startServer({ live: { access: ACCESS } });
    const client = await Client.ready(ws);
    expect(await client.ask({ op: "ping", id: 1 })).toMatchObject({ type: "pong" });
    for (const request of [SUBSCRIBE, { op: "list", id: 1 }, { op: "unsubscribe", id: 1, channel: "signals" }]) {
      expect(await client.ask(request)).toMatchObject({ type: "error", id: 1, code: "auth_required", fatal: false });
    }
    live.onApproved(approvedBuys(1, 1));
    expect(await client.ask({ op: "auth", id: 8, api_key: "reader" })).toEqual({
      type: "authenticated",
      id: 8,
      role: "read",
    });
    expect(await client.ask(SUBSCRIBE)).toMatchObject({ type: "subscribed", seq: 1 });
  });

  it("the key may come in the query or in a header of the upgrade", async () => {
    const { ws } = startServer({ live: { access: ACCESS } });
    const query = await Client.ready(`${ws}?api_key=writer`);
    expect(await query.ask(SUBSCRIBE)).toMatchObject({ type: "subscribed" });
    for (const headers of [{ "X-API-Key": "reader" }, { Authorization: "Bearer reader" }]) {
      const socket = new WebSocket(ws, { headers });
      const answer = new Promise<string>((resolve) => {
        socket.on("open", () => socket.send(JSON.stringify(SUBSCRIBE)));
        socket.on("message", (data: Buffer) => {
          if (data.toString().includes('"id":1')) resolve(data.toString());
        });
      });
      expect(JSON.parse(await answer)).toMatchObject({ type: "subscribed" });
      socket.terminate();
    }
  });

  it("a wrong key ends the connection with 4001, in the query and in auth, and it is forgotten", async () => {
    const { ws, live } = startServer({ live: { access: ACCESS } });
    const query = await Client.ready(`${ws}?api_key=wrong`);
    expect(await query.next()).toMatchObject({ type: "error", id: null, code: "auth_failed", fatal: true });
    expect((await query.closed).code).toBe(4001);
    const asked = await Client.ready(ws);
    expect(await asked.ask({ op: "auth", id: 2, api_key: "wrong" })).toMatchObject({ id: 2, code: "auth_failed" });
    expect((await asked.closed).code).toBe(4001);
    expect(live.stats().connections).toBe(0);
  });

  it("no key for ten seconds ends the connection with 4001", async () => {
    const time = new HandTime();
    const { ws, live } = startServer({ live: { access: ACCESS, time } });
    const [silent, known] = [await Client.ready(ws), await Client.ready(`${ws}?api_key=reader`)];
    time.pass(9_750);
    expect(live.stats().connections).toBe(2);
    time.pass(250);
    expect((await silent.closed).code).toBe(4001);
    expect(await known.ask({ op: "ping", id: 1 })).toMatchObject({ type: "pong" });
  });
});

describe("sockets that have shown no key", () => {
  const refusal = (url: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, { headers });
      socket.on("unexpected-response", (_, response) => resolve(response.statusCode));
      socket.on("open", () => resolve(undefined));
      socket.on("error", () => undefined);
      onTestFinished(() => socket.terminate());
    });

  it("have an eighth of the places, 64 of it for one address, and a key gets in beside them", async () => {
    const { ws, live } = startServer({ live: { access: ACCESS, maxConnections: 80 } });
    const silent = await Promise.all(Array.from({ length: 10 }, () => Client.ready(ws)));
    expect(await refusal(ws)).toBe(503);
    expect(await refusal(`${ws}?api_key=wrong`)).toBe(503);
    const known = await Client.ready(`${ws}?api_key=reader`);
    expect(await known.ask(SUBSCRIBE)).toMatchObject({ type: "subscribed" });
    expect(await refusal(ws, { "X-API-Key": "writer" })).toBeUndefined();
    expect(await silent[0]?.ask({ op: "auth", id: 1, api_key: "reader" })).toMatchObject({ type: "authenticated" });
    expect(await refusal(ws)).toBeUndefined();
    expect(await refusal(ws)).toBe(503);
    expect(live.stats().connections).toBe(13);
    const roomy = startServer({ live: { access: ACCESS, maxConnections: 2_000 } });
    const many = await Promise.all(Array.from({ length: 70 }, () => refusal(roomy.ws)));
    expect(many.filter((status) => status === 503)).toHaveLength(6);
  });

  it("give way, the oldest first, where every place is taken; without any of them a key is refused as well", async () => {
    const { ws, live } = startServer({ live: { access: ACCESS, maxConnections: 16 } });
    const silent = [await Client.ready(ws), await Client.ready(ws)];
    const known = await Promise.all(Array.from({ length: 14 }, () => Client.ready(`${ws}?api_key=reader`)));
    const crowded = await Client.ready(`${ws}?api_key=reader`);
    expect((await silent[0]?.closed)?.code).toBe(4029);
    expect(await crowded.next()).toMatchObject({ code: "rate_limited", fatal: true });
    expect((await crowded.closed).code).toBe(4029);
    for (let n = 0; n < 2; n += 1) known.push(await Client.ready(`${ws}?api_key=writer`));
    expect((await silent[1]?.closed)?.code).toBe(4029);
    for (const key of ["reader", "writer"]) expect(await refusal(`${ws}?api_key=${key}`)).toBe(503);
    for (const one of known) expect(await one.ask({ op: "ping", id: 1 })).toMatchObject({ type: "pong" });
    expect(live.stats().connections).toBe(16);
  });

  it("are like all others where no key is needed", async () => {
    const { ws } = startServer({ live: { maxConnections: 3 } });
    for (let n = 0; n < 3; n += 1) expect(await refusal(ws)).toBeUndefined();
    expect(await refusal(ws)).toBe(503);
  });
});

it("a token that ends takes its connection with it, unless a newer one was shown", async () => {
  const time = new HandTime();
  const ends = (ms: number): number => time.nowMs() + ms;
  const tokens = new Map([
    ["short", { id: "short", role: "read", untilMs: ends(60_000) } as const],
    ["long", { id: "long", role: "read", untilMs: ends(120_000) } as const],
  ]);
  const access: Access = { required: true, authenticate: (key) => Promise.resolve(tokens.get(key) ?? null) };
  const { ws, live } = startServer({ live: { access, time } });
  const [kept, renewed] = [await Client.ready(`${ws}?api_key=short`), await Client.ready(`${ws}?api_key=short`)];
  for (const client of [kept, renewed]) expect(await client.ask(SUBSCRIBE)).toMatchObject({ type: "subscribed" });
  time.pass(30_000);
  for (const client of [kept, renewed]) expect(await client.ask({ op: "ping", id: 2 })).toMatchObject({ type: "pong" });
  expect(await renewed.ask({ op: "auth", id: 3, api_key: "long" })).toMatchObject({ type: "authenticated" });
  time.pass(30_000);
  expect(await kept.next()).toMatchObject({ code: "auth_failed", message: "the token has expired", fatal: true });
  expect((await kept.closed).code).toBe(4001);
  live.onApproved(approvedBuys(1, 1));
  expect(await renewed.next()).toMatchObject({ type: "update", seq: 1 });
  time.pass(30_000);
  expect(await renewed.ask({ op: "ping", id: 4 })).toMatchObject({ type: "pong" });
  time.pass(30_000);
  expect((await renewed.closed).code).toBe(4001);
});

it("what was asked while a token is checked joins nothing when the socket has gone meanwhile", async () => {
  let decide: (grant: Grant) => void = () => undefined;
  const access: Access = { required: true, authenticate: () => new Promise((resolve) => (decide = resolve)) };
  const { ws, live } = startServer({ live: { access } });
  const client = await Client.ready(`${ws}?api_key=fresh`);
  client.send({ op: "subscribe", id: 1, channel: "bars" });
  client.send({ op: "ping", id: 2 });
  client.socket.close();
  await client.closed;
  await eventually(
    () => live.stats().connections,
    (count) => count === 0,
  );
  decide({ id: "fresh", role: "read" });
  await new Promise((resolve) => setImmediate(resolve));
  expect(live.channels.bars.wanted).not.toBe("all");
});

it("without keys every key is good, and none is needed", async () => {
  const { ws } = startServer();
  const client = await Client.ready(`${ws}?api_key=anything`);
  expect(await client.ask(SUBSCRIBE)).toMatchObject({ type: "subscribed" });
  expect(await client.ask({ op: "auth", id: 8, api_key: "k1" })).toMatchObject({ role: "write" });
});

it("a request that makes the engine throw is answered and told, and the connection goes on", async () => {
  const faults: unknown[] = [];
  const broken: Access = {
    required: true,
    authenticate: () => {
      throw new Error("the store of keys is broken");
    },
  };
  const { ws } = startServer({ live: { access: broken, onFault: (error) => faults.push(error) } });
  const client = await Client.ready(ws);
  const answer = await client.ask({ op: "auth", id: 1, api_key: "k" });
  expect(answer).toMatchObject({ type: "error", id: 1, code: "internal", fatal: false });
  expect(answer["message"]).not.toContain("broken");
  expect(faults).toHaveLength(1);
  expect(await client.ask({ op: "ping", id: 2 })).toMatchObject({ type: "pong" });
});
