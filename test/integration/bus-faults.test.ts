// Redis killed, hung, refusing, slow, flapping: the bus over a real server, with the faults made by signals and by a
// proxy between the two. Callers must never wait, every write must be counted, and the subscription must come back.
import { afterEach, describe, expect, it, vi } from "vitest";
import { Redis } from "ioredis";
import { type Bus, openBus, type RedisPlace } from "../../src/bus/bus.ts";
import { createLog, type Log, SILENT_LOG } from "../../src/telemetry/log.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { Mailbox } from "../support/mailbox.ts";
import { firstThread, otherThreads, ownTime } from "../support/own-time.ts";
import { RedisServer, type RedisServerOptions } from "../support/redis-server.ts";
import { WatchedBus, WRITES_EACH } from "../support/watched-bus.ts";

/** What we promise: subscribed again this long after Redis can be reached. Here and below: own time, and that of Redis. */
const RESUBSCRIBED_MS = 10_000;
/** A call that takes longer has waited: every fault here lasts longer than this. */
const AT_ONCE_MS = 250;
/** Until a Redis that does not answer counts as gone: a ping's turn, its deadline, and what timers come late. */
const FOUND_OUT_MS = 7_000;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function redisServer(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.create(options);
  cleanUps.push(() => server.remove());
  return server;
}
async function faultProxy(server: RedisServer): Promise<FaultProxy> {
  const proxy = await FaultProxy.create({ path: server.socketPath });
  cleanUps.push(() => proxy.close());
  return proxy;
}

class Watched extends WatchedBus {
  constructor(bus: Bus) {
    super(bus);
    cleanUps.push(() => bus.close());
  }

  get settled(): number {
    const { dropped, messagesOut } = this.bus.counters();
    return dropped + messagesOut;
  }

  /** Until the connection that listens has noticed as well, which counts a gap. */
  async deaf(): Promise<void> {
    await expect.poll(() => this.bus.counters().gaps).toBe(1);
  }

  /** Publishes until the message comes back through Redis: the proof that both ways stand. */
  async roundTrip(text: string): Promise<void> {
    this.bus.publishRaw("ticks", Buffer.from(text));
    await this.messages.find((message) => message === text);
  }
}

async function watched(port: number, log: Log = SILENT_LOG): Promise<Watched> {
  return new Watched(await openBus(`redis://127.0.0.1:${port}/0`, log));
}
/** Which bus there is with a Redis at this place, or none. */
async function kindAt(place: RedisPlace, log: Log = SILENT_LOG): Promise<string> {
  const bus = await openBus(null, log, place);
  await bus.close();
  return bus.kind;
}
async function connectedTo(port: number): Promise<Watched> {
  const side = await watched(port);
  await side.reaches(true);
  return side;
}

describe("the bus over a Redis in trouble", () => {
  it("drops and counts while Redis is dead, and is subscribed again after its restart", async () => {
    const server = await redisServer();
    const side = await connectedTo(server.port);
    await side.roundTrip("before");

    await server.kill();
    await side.reaches(false);
    const before = side.bus.counters().dropped;
    expect(side.slowestCallMs(1_000)).toBeLessThan(AT_ONCE_MS);
    // The two connections notice one after the other; a write that was under way is dropped when its connection breaks.
    await expect.poll(() => side.bus.counters().dropped).toBe(before + 1_000 * WRITES_EACH);
    expect(await side.bus.getKey("any")).toBeNull();

    await server.start();
    const restarted = ownTime(firstThread(server.pid), otherThreads);
    await side.reaches(true);
    expect(restarted()).toBeLessThan(RESUBSCRIBED_MS);
    await side.roundTrip("after");
    expect(side.bus.counters()).toMatchObject({ reconnects: 2, gaps: 1 });
  });

  it("finds out that Redis hangs, and never waits for it", async () => {
    const server = await redisServer();
    const side = await connectedTo(server.port);
    await side.roundTrip("before");

    const paused = ownTime(otherThreads);
    server.pause();
    expect(side.slowestCallMs(1_000)).toBeLessThan(AT_ONCE_MS);
    const asked = ownTime(otherThreads);
    expect(await side.bus.getKey("any")).toBeNull();
    expect(asked()).toBeLessThan(2_000);
    await side.reaches(false);
    expect(paused()).toBeLessThan(FOUND_OUT_MS);
    expect(side.slowestCallMs(1_000)).toBeLessThan(AT_ONCE_MS);

    await side.deaf(); // the two connections notice one after the other
    server.resume();
    const resumed = ownTime(firstThread(server.pid), otherThreads);
    await side.reaches(true);
    expect(resumed()).toBeLessThan(RESUBSCRIBED_MS);
    await side.roundTrip("after");
    await side.bus.getKey("any"); // answers come in order: after this one, those of all writes are in
    expect(side.settled).toBe(2_000 * WRITES_EACH + 2);
    expect(side.bus.counters()).toMatchObject({ gaps: 1 });
  });

  it("limits what is under way to a Redis that hangs", async () => {
    const server = await redisServer();
    const side = await connectedTo(server.port);
    server.pause();
    for (let n = 0; n < 100_000; n += 1) side.bus.publishRaw("flood", Buffer.alloc(10));
    expect(side.bus.counters().dropped).toBeGreaterThan(60_000);
    server.resume();
    await vi.waitFor(() => expect(side.settled).toBe(100_000), 60_000);
  });

  it("comes back at once when there is no Redis yet, and connects when there is", async () => {
    const server = await redisServer({ started: false });
    const begin = ownTime(otherThreads);
    const side = await watched(server.port);
    expect(begin()).toBeLessThan(AT_ONCE_MS);
    expect(side.bus.kind).toBe("redis");
    expect(side.bus.connected()).toBe(false);
    expect(side.slowestCallMs(100)).toBeLessThan(AT_ONCE_MS);

    await server.start();
    const started = ownTime(firstThread(server.pid), otherThreads);
    await side.reaches(true);
    expect(started()).toBeLessThan(RESUBSCRIBED_MS);
    await side.roundTrip("first");
    expect(side.bus.counters()).toMatchObject({ gaps: 0, reconnects: 0, dropped: 100 * WRITES_EACH });
  });

  it("stays connected over a slow line and loses nothing", async () => {
    const server = await redisServer();
    const proxy = await faultProxy(server);
    const side = await connectedTo(proxy.port);
    proxy.delayMs = 300;
    expect(side.slowestCallMs(100)).toBeLessThan(AT_ONCE_MS);
    await side.roundTrip("slow");
    await vi.waitFor(() => expect(side.bus.counters().messagesOut).toBe(100 * WRITES_EACH + 1), 60_000);
    expect(side.bus.counters()).toMatchObject({ dropped: 0, gaps: 0, reconnects: 0 });
  });

  it("takes a line without an answer for broken, on both connections", async () => {
    const server = await redisServer();
    const proxy = await faultProxy(server);
    const side = await connectedTo(proxy.port);
    const held = ownTime(otherThreads);
    proxy.hold();
    await side.reaches(false);
    expect(held()).toBeLessThan(FOUND_OUT_MS);
    await side.deaf();
    proxy.release();
    await side.reaches(true);
    await side.roundTrip("after");
    expect(side.bus.counters().gaps).toBe(1);
  });

  it("keeps a line whose answers lie behind seconds of messages, and loses none", async () => {
    const server = await redisServer();
    const proxy = await faultProxy(server);
    const side = await connectedTo(proxy.port);
    const producer = new Redis(server.socketPath);
    cleanUps.push(async () => producer.disconnect());
    // Each message a little later than the one before, until a ping takes twice the time after which silence is a break.
    let sent = 0;
    const publish = async (): Promise<void> => {
      await producer.publish("ticks", `late ${++sent}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    for (; proxy.delayMs < 2_000; proxy.delayMs += 40) await publish();
    const behind = performance.now();
    while (performance.now() - behind < 3 * 2_000) await publish();
    await side.messages.find((message) => message === `late ${sent}`);
    const late = side.messages.received.filter((message) => message.startsWith("late "));
    expect(late).toEqual(Array.from({ length: sent }, (_, index) => `late ${index + 1}`));
    expect(side.bus.counters().gaps).toBe(0);
  });

  it("subscribes again after each cut of a flapping line, and counts each gap", async () => {
    const server = await redisServer();
    const proxy = await faultProxy(server);
    const side = await connectedTo(proxy.port);
    for (const round of [1, 2, 3]) {
      proxy.cut();
      await side.reaches(false);
      await side.reaches(true);
      await side.roundTrip(`round ${round}`);
      expect(side.bus.counters()).toMatchObject({ gaps: round, reconnects: 2 * round });
    }
  });

  it("notices when the line refuses for a while", async () => {
    const server = await redisServer();
    const proxy = await faultProxy(server);
    const side = await connectedTo(proxy.port);
    await proxy.refuse();
    await side.reaches(false);
    expect(side.slowestCallMs(100)).toBeLessThan(AT_ONCE_MS);
    await proxy.accept();
    const accepted = ownTime(firstThread(server.pid), otherThreads);
    await side.reaches(true);
    expect(accepted()).toBeLessThan(RESUBSCRIBED_MS);
    await side.roundTrip("after");
  });

  it("counts a gap when Redis closes a subscriber that reads too slowly", async () => {
    const server = await redisServer({ directives: ["--client-output-buffer-limit", "pubsub 1mb 0 0"] });
    const proxy = await faultProxy(server);
    const side = await connectedTo(proxy.port);
    const producer = new Redis(server.socketPath);
    cleanUps.push(async () => producer.disconnect());

    proxy.hold();
    const flood = Array.from({ length: 40 }, () => producer.publish("ticks", Buffer.alloc(512 * 1024)));
    const receivers = await Promise.all(flood);
    expect(receivers.at(-1)).toBe(0); // Redis has closed the subscriber by then
    proxy.release();
    await side.reaches(false);
    await side.reaches(true);
    await side.roundTrip("after");
    expect(side.bus.counters().gaps).toBe(1);
    expect(side.messages.received.length).toBeLessThan(40);
  });

  it.each([
    { refusal: "is full", begin: ["CONFIG", "SET", "maxmemory", "1"], end: ["CONFIG", "SET", "maxmemory", "0"] },
    { refusal: "is a read-only replica", begin: ["REPLICAOF", "127.0.0.1", "1"], end: ["REPLICAOF", "NO", "ONE"] },
  ])("counts each key that a Redis refuses because it $refusal, and goes on with messages", async ({ begin, end }) => {
    const server = await redisServer();
    const side = await connectedTo(server.port);
    const admin = new Redis(server.socketPath);
    cleanUps.push(async () => admin.disconnect());
    const [command = "", ...words] = begin;
    await admin.call(command, ...words);

    const before = side.bus.counters();
    for (let n = 0; n < 10; n += 1) side.bus.setKey(`strategy_engine:momentum:BTCUSD:${n}`, "{}", 60);
    await expect.poll(() => side.bus.counters().dropped).toBe(before.dropped + 10);
    expect(side.bus.connected()).toBe(true);

    const [back = "", ...rest] = end;
    await admin.call(back, ...rest);
    await side.roundTrip("after");
    side.bus.setKey("strategy_engine:momentum:BTCUSD:11", "{}", 60);
    await expect.poll(() => admin.exists("strategy_engine:momentum:BTCUSD:11")).toBe(1);
    expect(side.bus.counters().dropped).toBe(before.dropped + 10);
  });

  it("drops half a message with the line that it came by, and takes the next one whole", async () => {
    const server = await redisServer();
    const proxy = await faultProxy(server);
    const side = await connectedTo(proxy.port);
    const producer = new Redis(server.socketPath);
    cleanUps.push(async () => producer.disconnect());
    proxy.cutInsideMessage("x".repeat(100));
    await producer.publish("ticks", "x".repeat(1_000));
    await expect.poll(() => proxy.cutInside).toBe(1);
    await expect.poll(() => side.bus.counters().gaps).toBe(1);
    await side.reaches(true);
    await side.roundTrip("after");
    expect(side.messages.received.some((text) => text.startsWith("x"))).toBe(false);
    expect(side.bus.counters().gaps).toBe(1);
  });

  it("says why Redis refuses it, once, without the password", async () => {
    const server = await redisServer({ directives: ["--requirepass", "right"] });
    const lines = new Mailbox<string>();
    const log = createLog("info", { write: lines.put, flushSync: () => undefined });
    const bus = await openBus(`redis://:wrong-secret@127.0.0.1:${server.port}/0`, log);
    cleanUps.push(() => bus.close());
    expect(await lines.find((line) => line.includes("writer"))).toMatch(/WRONGPASS/);
    expect(bus.connected()).toBe(false);
    expect(lines.received.join("")).not.toContain("wrong-secret");
  });
});

describe("which bus a process gets", () => {
  it("is Redis when one answers on this machine, else the one inside the process", async () => {
    const server = await redisServer();
    const place = { host: "127.0.0.1", port: server.port };
    // A Redis that the machine keeps from answering in time is none.
    await expect.poll(() => kindAt(place)).toBe("redis");
    await server.stop();
    expect(await kindAt(place)).toBe("embedded");
  });

  it("does not wait for a Redis that hangs at the start", async () => {
    const server = await redisServer();
    server.pause();
    const begin = ownTime(otherThreads);
    const bus = await openBus(null, SILENT_LOG, { host: "127.0.0.1", port: server.port });
    expect(bus.kind).toBe("embedded");
    expect(begin()).toBeLessThan(1_500);
    server.resume();
  });

  it("leaves a Redis alone that wants a password, and says what to do", async () => {
    const server = await redisServer({ directives: ["--requirepass", "secret"] });
    const lines = new Mailbox<string>();
    const log = createLog("info", { write: lines.put, flushSync: () => undefined });
    const asked = async (): Promise<string> => {
      expect(await kindAt({ host: "127.0.0.1", port: server.port }, log)).toBe("embedded");
      return lines.received.join("");
    };
    await expect.poll(asked).toContain("set REDIS_URL");
  });
});
