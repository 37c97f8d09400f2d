import { describe, expect, it } from "vitest";
import { wireSignal } from "../../../src/domain/signal.ts";
import { approve, approvedBuys, buySignal, exitSignal } from "../../support/signals.ts";
import { Client } from "../../support/server/client.ts";
import { startServer } from "../../support/server/start.ts";
import { HandTime } from "../../support/server/time.ts";
import type { Message } from "../../support/server/client.ts";

const SUBSCRIBE = { op: "subscribe", id: 1, channel: "signals" };

function chain(updates: readonly Message[]): readonly unknown[] {
  return updates.map(({ prev, seq }) => [prev, seq]);
}

describe("connecting", () => {
  it("is welcomed with the limits and the channels that exist", async () => {
    const { ws, live } = startServer();
    const welcome = await (await Client.open(ws)).next();
    expect(welcome).toMatchObject({
      type: "welcome",
      connection_id: expect.stringMatching(/^c_[a-z0-9]+$/) as unknown,
      epoch: live.epoch,
      version: "1",
      encoding: "json",
      server_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      heartbeat_ms: 1000,
      channels: ["signals", "trades", "executions", "pipeline", "metrics", "alerts", "heartbeat"],
      extra_channels: ["research", "bars", "strategies"],
      limits: {
        max_message_bytes: 65536,
        max_subscriptions: 50,
        max_filter_values: 100,
        messages_per_second: 50,
        replay_events: 10000,
      },
    });
  });

  it("chooses the encoding by query, or by subprotocol, which wins and is echoed", async () => {
    const { ws } = startServer();
    const query = await Client.open(`${ws}?encoding=msgpack`);
    expect(await query.next()).toMatchObject({ encoding: "msgpack" });
    const protocol = await Client.open(`${ws}?encoding=json`, ["other.v9", "strategy.v1.msgpack", "strategy.v1.json"]);
    expect(await protocol.next()).toMatchObject({ encoding: "msgpack" });
    expect(protocol.socket.protocol).toBe("strategy.v1.msgpack");
  });

  it("is refused with 400 for a bad query and 503 beyond WS_MAX_CONNECTIONS", async () => {
    const { ws } = startServer({ live: { maxConnections: 1 } });
    await expect(Client.open(`${ws}?encoding=xml`)).rejects.toThrow("400");
    await expect(Client.open(`${ws}?backpressure=wait`)).rejects.toThrow("400");
    const first = await Client.ready(ws);
    await expect(Client.open(ws)).rejects.toThrow("503");
    first.socket.close();
    await first.closed;
    await expect(Client.ready(ws)).resolves.toBeDefined();
  });
});

describe("subscribing", () => {
  it("gives the acknowledgement, then the snapshot, then updates, with one chain of numbers", async () => {
    const { ws, live } = startServer();
    live.onApproved(approvedBuys(1, 150));
    const client = await Client.ready(ws);
    const ack = await client.ask({ ...SUBSCRIBE, snapshot: true });
    expect(ack).toEqual({
      type: "subscribed",
      id: 1,
      sub: "signals",
      channel: "signals",
      filter: {},
      epoch: live.epoch,
      seq: 150,
      replay: null,
    });
    const snapshot = await client.next();
    expect(snapshot).toMatchObject({ type: "snapshot", sub: "signals", epoch: live.epoch, seq: 150 });
    expect(snapshot["data"]).toEqual(approvedBuys(51, 100).map(wireSignal));
    live.onApproved(approvedBuys(151, 3));
    const updates = await client.take(3);
    expect(chain(updates)).toEqual([
      [150, 151],
      [151, 152],
      [152, 153],
    ]);
    expect(updates[0]).toMatchObject({
      type: "update",
      channel: "signals",
      data: wireSignal(approvedBuys(151, 1)[0] ?? buySignal()),
    });
  });

  it("filters, shows the normal form, and names equal subscriptions equally on every connection", async () => {
    const { ws, live } = startServer();
    const [one, two] = [await Client.ready(ws), await Client.ready(`${ws}?encoding=msgpack`)];
    const ack = await one.ask({
      ...SUBSCRIBE,
      filter: { symbols: ["bbb", "AAA"], families: ["trend_following"], strategies: [] },
    });
    expect(ack["filter"]).toEqual({ symbols: ["AAA", "BBB"], families: ["trend_following"] });
    two.sendPacked({
      ...SUBSCRIBE,
      id: "x",
      filter: { families: ["trend_following"], symbols: ["AAA", "BBB", "AAA"] },
    });
    expect(await two.next()).toMatchObject({ id: "x", sub: ack["sub"] });
    live.onApproved(approvedBuys(1, 6, ["AAA", "BBB", "CCC"])); // BBB CCC AAA BBB CCC AAA
    for (const client of [one, two])
      expect(chain(await client.take(4))).toEqual([
        [0, 1],
        [1, 3],
        [3, 4],
        [4, 6],
      ]);
  });

  it("acknowledges the same thing again without doubling it", async () => {
    const { ws, live } = startServer();
    const client = await Client.ready(ws);
    await client.ask(SUBSCRIBE);
    expect(await client.ask({ ...SUBSCRIBE, id: 2, filter: { symbols: [] } })).toMatchObject({
      id: 2,
      sub: "signals",
      already: true,
    });
    live.onApproved(approvedBuys(1, 1));
    expect((await client.settle()).map(({ type }) => type)).toEqual(["update"]);
  });

  it("publishes no exits, and marks demo signals", async () => {
    const { ws, live } = startServer();
    const client = await Client.ready(ws);
    await client.ask(SUBSCRIBE);
    live.onApproved(approve([exitSignal(), buySignal({ demo: true })]));
    expect(await client.next()).toMatchObject({ seq: 1, data: { demo: true } });
  });

  it("stops at once with unsubscribe, by name or by channel", async () => {
    const { ws, live } = startServer();
    const client = await Client.ready(ws);
    await client.ask(SUBSCRIBE);
    const filtered = await client.ask({ ...SUBSCRIBE, filter: { tiers: ["fast"] } });
    client.send({ op: "unsubscribe", id: 4, sub: "signals" });
    expect(await client.next()).toEqual({ type: "unsubscribed", id: 4, subs: ["signals"] });
    live.onApproved(approvedBuys(1, 1));
    expect((await client.settle()).map(({ sub }) => sub)).toEqual([filtered["sub"]]);
    expect(await client.ask({ op: "unsubscribe", id: 5, channel: "signals" })).toEqual({
      type: "unsubscribed",
      id: 5,
      subs: [filtered["sub"]],
    });
    expect(await client.ask({ op: "unsubscribe", id: 6, channel: "signals" })).toEqual({
      type: "unsubscribed",
      id: 6,
      subs: [],
    });
    live.onApproved(approvedBuys(2, 1));
    expect(await client.settle()).toEqual([]);
    expect(await client.ask({ op: "unsubscribe", id: 7, sub: "signals" })).toMatchObject({
      type: "error",
      id: 7,
      code: "not_subscribed",
    });
  });

  it("lists what it holds, and answers ping and auth", async () => {
    const { ws, live } = startServer();
    live.onApproved(approvedBuys(1, 7));
    const client = await Client.ready(ws);
    await client.ask(SUBSCRIBE);
    expect(await client.ask({ op: "list", id: 6 })).toEqual({
      type: "subscriptions",
      id: 6,
      subscriptions: [{ sub: "signals", channel: "signals", filter: {}, seq: 7 }],
    });
    expect(await client.ask({ op: "ping", id: 7 })).toEqual({ type: "pong", id: 7, ts: expect.any(Number) as unknown });
    expect(await client.ask({ op: "auth", id: 8, api_key: "k1" })).toEqual({
      type: "authenticated",
      id: 8,
      role: "write",
    });
  });
});

describe("replay", () => {
  it("sends what was missed, marked, then goes on live without a seam", async () => {
    const { ws, live } = startServer();
    live.onApproved(approvedBuys(1, 100, ["AAA", "BBB"]));
    const client = await Client.ready(ws);
    const ack = await client.ask({ ...SUBSCRIBE, filter: { symbols: ["AAA"] }, from_seq: 40, epoch: live.epoch });
    expect(ack).toMatchObject({ seq: 100, replay: { from_seq: 40, count: 30, complete: true } });
    live.onApproved(approvedBuys(101, 4, ["AAA", "BBB"]));
    const updates = await client.take(32);
    expect(updates.map(({ replay }) => replay === true)).toEqual([...Array<boolean>(30).fill(true), false, false]);
    expect(chain(updates)).toEqual(Array.from({ length: 32 }, (_, index) => [40 + 2 * index, 42 + 2 * index]));
  });

  it("of another epoch or too far back says so, sends what is kept and a snapshot unasked", async () => {
    const { ws, live } = startServer();
    for (let first = 1; first <= 10_050; first += 50) live.onApproved(approvedBuys(first, 50));
    const other = await Client.ready(ws);
    expect(await other.ask({ ...SUBSCRIBE, from_seq: 5, epoch: "e_other" })).toMatchObject({
      replay: { from_seq: 5, count: 0, complete: false, reason: "epoch_changed" },
    });
    expect((await other.settle()).map(({ type }) => type)).toEqual(["snapshot"]);
    const old = await Client.ready(ws);
    expect(await old.ask({ ...SUBSCRIBE, from_seq: 5, epoch: live.epoch })).toMatchObject({
      replay: { from_seq: 5, count: 10_000, complete: false, reason: "too_old" },
    });
    const [snapshot, ...updates] = await old.take(10_001);
    expect(snapshot).toMatchObject({ type: "snapshot" });
    expect(updates.map(({ seq }) => seq)).toEqual(Array.from({ length: 10_000 }, (_, index) => 51 + index));
    expect(updates[0]).toMatchObject({ prev: 5, replay: true });
  });

  it("of an open subscription sends a range again", async () => {
    const { ws, live } = startServer();
    const client = await Client.ready(ws);
    await client.ask(SUBSCRIBE);
    live.onApproved(approvedBuys(1, 20));
    await client.take(20);
    const answer = await client.ask({ op: "replay", id: 3, sub: "signals", from_seq: 5, to_seq: 9 });
    expect(answer).toEqual({
      type: "replayed",
      id: 3,
      sub: "signals",
      from_seq: 5,
      to_seq: 9,
      count: 5,
      complete: true,
    });
    const again = await client.take(5);
    expect(chain(again)).toEqual([
      [4, 5],
      [5, 6],
      [6, 7],
      [7, 8],
      [8, 9],
    ]);
    expect(again.every(({ replay }) => replay === true)).toBe(true);
    live.onApproved(approvedBuys(21, 1));
    expect(chain(await client.take(1))).toEqual([[20, 21]]);
    expect(await client.ask({ op: "replay", id: 4, sub: "signals#x", from_seq: 1 })).toMatchObject({
      code: "not_subscribed",
    });
  });
});

describe("errors", () => {
  it("name what is wrong and leave the connection open", async () => {
    const { ws } = startServer();
    const client = await Client.ready(ws);
    const cases: readonly (readonly [unknown, string, unknown])[] = [
      [[], "bad_json", null],
      ["text", "bad_json", null],
      [{ op: "dance", id: 9 }, "unknown_op", 9],
      [{ id: "a" }, "bad_request", "a"],
      [{ op: "ping", id: {} }, "bad_request", null],
      [{ op: "ping", id: 1.5 }, "bad_request", null],
      [{ op: "ping", id: "x".repeat(65) }, "bad_request", null],
      [{ op: "subscribe", id: 1 }, "bad_request", 1],
      [{ ...SUBSCRIBE, snapshot: "yes" }, "bad_request", 1],
      [{ ...SUBSCRIBE, from_seq: -1, epoch: "e" }, "bad_request", 1],
      [{ ...SUBSCRIBE, from_seq: 1 }, "bad_request", 1],
      [{ ...SUBSCRIBE, channel: "foo" }, "unknown_channel", 1],
      [{ ...SUBSCRIBE, channel: "__proto__" }, "unknown_channel", 1],
      [{ ...SUBSCRIBE, channel: "trades", filter: { tiers: ["fast"] } }, "bad_filter", 1],
      [{ ...SUBSCRIBE, channel: "metrics", filter: { symbols: [] } }, "bad_filter", 1],
      [{ ...SUBSCRIBE, filter: { tiers: ["slow"] } }, "bad_filter", 1],
      [{ ...SUBSCRIBE, channel: "heartbeat", filter: { symbols: ["A"] } }, "bad_filter", 1],
      [{ op: "replay", id: 2, sub: "signals", from_seq: 9, to_seq: 3 }, "bad_request", 2],
      [{ op: "auth", id: 3 }, "bad_request", 3],
    ];
    for (const [message, code, id] of cases) {
      expect(await client.ask(message)).toEqual({
        type: "error",
        id,
        code,
        message: expect.any(String) as unknown,
        fatal: false,
      });
    }
    client.socket.send("{not json");
    expect(await client.next()).toMatchObject({ code: "bad_json", id: null });
    client.socket.send(Buffer.from("c1", "hex"));
    expect(await client.next()).toMatchObject({ code: "bad_json", id: null });
    client.socket.send(Buffer.alloc(60_000, 0x91));
    expect(await client.next()).toMatchObject({ code: "bad_json", id: null });
    expect(await client.ask({ op: "ping" })).toMatchObject({ type: "pong", id: null });
  });

  it("come with the 51st subscription", async () => {
    const time = new HandTime();
    const { ws } = startServer({ live: { time } });
    const client = await Client.ready(ws);
    for (let index = 0; index < 50; index += 1) {
      expect(await client.ask({ ...SUBSCRIBE, filter: { symbols: [`S${index}`] } })).toMatchObject({
        type: "subscribed",
      });
    }
    expect(await client.ask({ ...SUBSCRIBE, id: 51 })).toMatchObject({ id: 51, code: "too_many_subscriptions" });
    expect(await client.ask({ ...SUBSCRIBE, id: 52, channel: "heartbeat" })).toMatchObject({
      code: "too_many_subscriptions",
    });
  });

  it("tell a client that talks too much, let it go on later, and close a flood with 4029", async () => {
    const time = new HandTime();
    const { ws } = startServer({ live: { time } });
    const client = await Client.ready(ws);
    for (let index = 0; index < 105; index += 1) client.send({ op: "ping", id: index });
    const answers = await client.take(105);
    expect(answers.filter(({ type }) => type === "pong")).toHaveLength(100);
    expect(answers.slice(100).map(({ code, id }) => [code, id])).toEqual(
      [100, 101, 102, 103, 104].map((id) => ["rate_limited", id]),
    );
    time.pass(100);
    for (let index = 0; index < 6; index += 1) client.send({ op: "ping", id: index });
    expect((await client.take(6)).map(({ type }) => type)).toEqual(["pong", "pong", "pong", "pong", "pong", "error"]);
    time.pass(1_000);
    for (let index = 0; index <= 500; index += 1) client.send({ op: "ping" });
    expect((await client.closed).code).toBe(4029);
  });

  it("close on a message beyond 64 KiB and on text that is not UTF-8", async () => {
    const { ws } = startServer();
    const big = await Client.ready(ws);
    big.socket.send("x".repeat(65_537));
    expect([1006, 1009]).toContain((await big.closed).code);
    const broken = await Client.ready(ws);
    broken.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect([1006, 1007]).toContain((await broken.closed).code);
    const fits = await Client.ready(ws);
    expect(await fits.ask({ op: "ping", id: 1, padding: "x".repeat(65_000) })).toMatchObject({ type: "pong" });
  });
});

describe("heartbeats and keep-alive", () => {
  it("count seconds and carry the last number of each subscription", async () => {
    const time = new HandTime();
    const { ws, live } = startServer({ live: { time } });
    time.pass(5_000);
    const client = await Client.ready(ws);
    const filtered = await client.ask({ ...SUBSCRIBE, filter: { symbols: ["BTCUSD"] } });
    expect(await client.ask({ ...SUBSCRIBE, id: 2, channel: "heartbeat" })).toMatchObject({
      sub: "heartbeat",
      channel: "heartbeat",
      seq: 5,
    });
    live.onApproved(approvedBuys(1, 3));
    await client.take(3);
    const before = time.nowMs();
    time.pass(2_000);
    const subs = { [filtered["sub"] as string]: 3 };
    expect(await client.take(2)).toEqual([
      { type: "heartbeat", counter: 6, ts: before + 1_000, subs },
      { type: "heartbeat", counter: 7, ts: before + 2_000, subs },
    ]);
    await client.ask({ op: "unsubscribe", id: 3, channel: "heartbeat" });
    time.pass(1_000);
    expect(await client.settle()).toEqual([]);
  });

  it("ping every 20 seconds, and close who is silent for 60", async () => {
    const time = new HandTime();
    const { ws, live } = startServer({ live: { time } });
    const silent = await Client.ready(ws);
    const pinged = new Promise((resolve) => silent.socket.once("ping", resolve));
    time.pass(20_000);
    await pinged;
    await silent.settle();
    const talking = await Client.ready(ws);
    silent.socket.pause(); // it can no longer answer pings
    time.pass(30_000);
    await talking.ask({ op: "ping", id: 1 });
    time.pass(29_000);
    expect(live.stats().connections).toBe(2);
    time.pass(1_000);
    expect(live.stats().connections).toBe(1);
    expect(await talking.ask({ op: "ping", id: 2 })).toMatchObject({ type: "pong" });
  });
});

describe("shutdown", () => {
  it("says so and closes with 1001", async () => {
    const { ws, server, live } = startServer();
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.ready(ws)));
    const closing = server.close();
    for (const client of clients) {
      expect(await client.next()).toEqual({ type: "shutdown", reconnect_after_ms: 1000 });
      expect((await client.closed).code).toBe(1001);
    }
    await closing;
    expect(live.stats().connections).toBe(0);
    await expect(Client.open(ws)).rejects.toThrow();
  });
});
