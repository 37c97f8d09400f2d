// What every bus promises, run against each of them. The Redis sides are a real server and a real Cluster.
import { afterAll, beforeAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  announce,
  type Bus,
  configKey,
  openBus,
  performanceHistoryKey,
  signalKey,
  type Topic,
  TOPICS,
} from "../../src/bus/bus.ts";
import { VALUE_BYTES_MAX } from "../../src/bus/port.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { Mailbox } from "../support/mailbox.ts";
import { RedisCluster } from "../support/redis-cluster.ts";
import { RedisServer } from "../support/redis-server.ts";
import { FIELDS, PAYLOADS } from "../support/topic-payloads.ts";

let redis: RedisServer;
let cluster: RedisCluster;
beforeAll(async () => {
  redis = await RedisServer.create();
  cluster = await RedisCluster.create();
});
afterAll(async () => {
  await redis.remove();
  await cluster.remove();
});

async function connected(bus: Bus): Promise<Bus> {
  if (!bus.connected()) await new Promise<void>((resolve) => bus.onStatus((up) => up && resolve()));
  return bus;
}
const KINDS = [
  {
    name: "embedded bus",
    kind: "embedded",
    open: async () => openBus(null, SILENT_LOG, { host: "127.0.0.1", port: 1 }),
  },
  { name: "bus over a server", kind: "redis", open: async () => connected(await openBus(redis.url, SILENT_LOG)) },
  { name: "bus over a Cluster", kind: "redis", open: async () => connected(await openBus(cluster.url, SILENT_LOG)) },
] as const;

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

describe.each(KINDS)("the $name", ({ name, kind, open }) => {
  let bus: Bus;
  let run = 0;
  const fresh = (what: string): string => `${what}:${name}:${run}`;

  async function listen(channel: string): Promise<Mailbox<string>> {
    const mailbox = new Mailbox<string>();
    bus.subscribe(channel, (bytes) => mailbox.put(Buffer.from(bytes).toString("latin1")));
    await connected(bus);
    return mailbox;
  }

  beforeEach(async () => {
    run += 1;
    bus = await open();
  });
  afterEach(() => bus.close());

  it("says what it is and that it is connected", () => {
    expect(bus.kind).toBe(kind);
    expect(bus.connected()).toBe(true);
  });

  it("delivers any bytes unchanged and in order", async () => {
    const mailbox = await listen(fresh("raw"));
    const messages = Array.from({ length: 1_000 }, (_, index) => Buffer.from([0, 255, 0x80, index & 255, index >> 8]));
    for (const message of messages) bus.publishRaw(fresh("raw"), message);
    await mailbox.atLeast(messages.length);
    expect(mailbox.received).toEqual(messages.map((message) => message.toString("latin1")));
  });

  it("sends a payload that is JSON already as the bytes that it would have made of it", async () => {
    const topic = fresh('a "topic"');
    const mailbox = await listen(topic);
    const payload = { side: "BUY", text: 'é "…"', nothing: null, list: [1.5, -0] };
    bus.publish(topic, payload);
    bus.publishText(topic, JSON.stringify(payload));
    await mailbox.atLeast(2);
    expect(mailbox.received[1]).toBe(mailbox.received[0]);
  });

  it("wraps a topic's payload with its topic", async () => {
    const mailbox = await listen(fresh("strategy.trade"));
    bus.publish(fresh("strategy.trade"), { side: "BUY", quantity: 100 });
    const [body] = await mailbox.atLeast(1);
    expect(JSON.parse(body ?? "")).toEqual({
      topic: fresh("strategy.trade"),
      payload: { side: "BUY", quantity: 100 },
    });
  });

  it("carries every topic of the engine with all of its payload", async () => {
    const topics = Object.keys(PAYLOADS) as Topic[];
    expect([...topics].sort()).toEqual(Object.values(TOPICS).sort());
    const mailboxes = await Promise.all(topics.map((topic) => listen(topic)));
    for (const topic of topics) announce(bus, topic, PAYLOADS[topic]);
    for (const [index, topic] of topics.entries()) {
      const [body] = (await mailboxes[index]?.atLeast(1)) ?? [];
      expect(JSON.parse(body ?? "")).toEqual({ topic, payload: PAYLOADS[topic] });
      expect(Object.keys(PAYLOADS[topic])).toEqual(expect.arrayContaining(FIELDS[topic].split(" ")));
    }
  });

  it("keeps the keys of signals, results and configuration by their names", async () => {
    bus.setKey(signalKey("momentum", "BTCUSD", 1_640_995_200), "signal", 3_600);
    bus.setKey(performanceHistoryKey("strat_abc123"), "results", 3_600);
    bus.setKey(configKey("thresholds"), "config", null);
    expect(text(await bus.getKey("strategy_engine:momentum:BTCUSD:1640995200"))).toBe("signal");
    expect(text(await bus.getKey("strategy_engine:performance_history:strat_abc123"))).toBe("results");
    expect(text(await bus.getKey("strategy_engine:config:thresholds"))).toBe("config");
  });

  it("lets the publisher reuse its bytes at once", async () => {
    const mailbox = await listen(fresh("reuse"));
    const bytes = Buffer.from("first");
    bus.publishRaw(fresh("reuse"), bytes);
    bytes.write("other");
    expect(await mailbox.atLeast(1)).toEqual(["first"]);
  });

  it("runs no subscriber inside publish", async () => {
    const mailbox = await listen(fresh("later"));
    bus.publishRaw(fresh("later"), Buffer.from("x"));
    expect(mailbox.received).toEqual([]);
    await mailbox.atLeast(1);
  });

  it("delivers to every subscriber of a channel and to no other", async () => {
    const one = await listen(fresh("a"));
    const two = await listen(fresh("a"));
    const other = await listen(fresh("b"));
    bus.publishRaw(fresh("a"), Buffer.from("for a"));
    bus.publishRaw(fresh("b"), Buffer.from("for b"));
    await Promise.all([one.atLeast(1), two.atLeast(1), other.atLeast(1)]);
    expect([one.received, two.received, other.received]).toEqual([["for a"], ["for a"], ["for b"]]);
  });

  it("keeps the order of text and bytes that are sent in one turn, each key in front of the message behind it", async () => {
    const told: (readonly [string, Promise<string | null>])[] = [];
    bus.subscribe(fresh("mixed"), (bytes) => {
      const said = Buffer.from(bytes).toString();
      told.push([said, bus.getKey(fresh(`mixed:${told.length}`)).then(text)]);
    });
    await connected(bus);
    const sent = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? `bytes ${n} \r\n$3` : `{"n":"zwölf € ${n}"}`));
    for (const [n, said] of sent.entries()) {
      bus.setKey(fresh(`mixed:${n}`), `${n} é`, n % 2 === 0 ? null : 60);
      if (n % 3 === 0) bus.publishRaw(fresh("mixed"), Buffer.from(said));
      else bus.publishText(fresh("mixed"), said);
    }
    await expect.poll(() => told.length, { timeout: 60_000 }).toBe(sent.length);
    const head = `{"topic":${JSON.stringify(fresh("mixed"))},"payload":`;
    expect(told.map(([said]) => said)).toEqual(sent.map((said, n) => (n % 3 === 0 ? said : `${head}${said}}`)));
    expect(await Promise.all(told.map(([, key]) => key))).toEqual(sent.map((_, n) => `${n} é`));
  });

  it("keeps a key, overwrites it, and knows none that was not set", async () => {
    bus.setKey(fresh("key"), "1", null);
    bus.setKey(fresh("key"), "zwei €", null);
    expect(text(await bus.getKey(fresh("key")))).toBe("zwei €");
    expect(await bus.getKey(fresh("unknown"))).toBeNull();
  });

  it("forgets a key when its time is over, and renews it when it is written again", async () => {
    const begin = performance.now();
    bus.setKey(fresh("short"), "a", 1);
    bus.setKey(fresh("renewed"), "a", 1);
    bus.setKey(fresh("renewed"), "b", 60);
    const seen = text(await bus.getKey(fresh("short")));
    // It may not be gone before its time; on a machine that stalls that long its time is over already.
    expect(performance.now() - begin < 1_000 ? seen : "a").toBe("a");
    await vi.waitFor(async () => expect(await bus.getKey(fresh("short"))).toBeNull(), {
      timeout: 60_000,
      interval: 20,
    });
    expect(performance.now() - begin).toBeGreaterThan(950);
    expect(text(await bus.getKey(fresh("renewed")))).toBe("b");
  });

  it("answers null for a value that is empty or too large", async () => {
    bus.setKey(fresh("empty"), "", null);
    bus.setKey(fresh("full"), "x".repeat(VALUE_BYTES_MAX), 60);
    bus.setKey(fresh("over"), "x".repeat(VALUE_BYTES_MAX + 1), 60);
    expect(await bus.getKey(fresh("empty"))).toBeNull();
    expect((await bus.getKey(fresh("full")))?.length).toBe(VALUE_BYTES_MAX);
    expect(await bus.getKey(fresh("over"))).toBeNull();
  });

  it("drops and counts what cannot be written", async () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    bus.publish(fresh("bad"), cycle);
    bus.publish(fresh("bad"), 1n);
    for (const ttl of [0, -1, 1.5, NaN]) bus.setKey(fresh("bad"), "value", ttl);
    expect(await bus.getKey(fresh("bad"))).toBeNull();
    expect(bus.counters()).toMatchObject({ dropped: 6, messagesOut: 0 });
  });

  it("counts every write and every delivery once", async () => {
    const mailbox = await listen(fresh("counted"));
    for (let n = 0; n < 50; n += 1) bus.publish(fresh("counted"), n);
    bus.publishRaw(fresh("nobody listens"), Buffer.from("x"));
    bus.setKey(fresh("counted"), "v", 60);
    await mailbox.atLeast(50);
    // In a Cluster another connection than the listener's answers to what was published, maybe later.
    await expect.poll(() => bus.counters().messagesOut).toBe(52);
    await bus.getKey(fresh("counted"));
    expect(bus.counters()).toEqual({ dropped: 0, reconnects: 0, messagesIn: 50, messagesOut: 52, gaps: 0 });
  });

  it("finishes its writes at the end, then drops and says so", async () => {
    const statuses: boolean[] = [];
    bus.onStatus((up) => statuses.push(up));
    for (let n = 0; n < 100; n += 1) bus.setKey(fresh(`last:${n}`), "v", 60);
    await bus.close();
    expect(bus.counters()).toMatchObject({ messagesOut: 100, dropped: 0 });
    bus.publish(fresh("after"), 1);
    bus.publishRaw(fresh("after"), Buffer.from("x"));
    bus.setKey(fresh("after"), "v", 60);
    expect(bus.counters().dropped).toBe(3);
    expect(await bus.getKey(fresh("last:0"))).toBeNull();
    expect(bus.connected()).toBe(false);
    expect(statuses).toEqual([false]);
  });
});
