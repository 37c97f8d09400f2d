// The queue of jobs, over a real Redis and a real Cluster: what is handed in is worked off once, wherever, and whatever
// happens to Redis or to who works at it.
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openJobLine } from "../../../src/bus/bus.ts";
import type { JobEnding, JobLine, JobSender, JobTaker, TakenJob } from "../../../src/bus/bus.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { eventually, inTime } from "../../support/eventually.ts";
import { FaultProxy } from "../../support/fault-proxy.ts";
import { Mailbox } from "../../support/mailbox.ts";
import { RedisCluster } from "../../support/redis-cluster.ts";
import { RedisServer } from "../../support/redis-server.ts";

const LOCK_MS = 1_000;
let server: RedisServer;
let cluster: RedisCluster;
let queues = 0;
beforeAll(async () => {
  server = await RedisServer.create();
  cluster = await RedisCluster.create();
});
afterAll(async () => {
  await server.remove();
  await cluster.remove();
});

/** The same queue straight, and through a proxy that can be made to fail. */
async function twoWays(): Promise<{
  readonly proxy: FaultProxy;
  readonly behind: JobLine;
  readonly straight: JobLine;
}> {
  queues += 1;
  const proxy = await FaultProxy.create({ port: server.port });
  onTestFinished(() => proxy.close());
  const at = (url: string): Promise<JobLine> => openJobLine(url, `test${queues}`, SILENT_LOG);
  return { proxy, behind: await at(`redis://127.0.0.1:${proxy.port}/0`), straight: await at(server.url) };
}
/** Of a queue of its own. */
function lineOf(url: string): Promise<JobLine> {
  queues += 1;
  return openJobLine(url, `test${queues}`, SILENT_LOG);
}
function senderOf(line: JobLine): JobSender {
  const sender = line.send();
  onTestFinished(() => sender.close());
  return sender;
}
function takerOf(line: JobLine, run: (job: TakenJob) => Promise<Uint8Array>, width = 1): JobTaker {
  const taker = line.take({ width, run, lockMs: LOCK_MS });
  onTestFinished(() => taker.close());
  return taker;
}

class Asked {
  readonly news = new Mailbox<string>();
  readonly ends = new Mailbox<JobEnding>();
  readonly id: string;

  constructor(sender: JobSender, body: Uint8Array) {
    this.id = sender.send({
      body,
      onStart: () => this.news.put("started"),
      onProgress: (share) => this.news.put(`${share}`),
      onEnd: this.ends.put,
    });
  }

  async result(): Promise<string> {
    const [end] = await this.ends.atLeast(1);
    return end?.ok === true ? Buffer.from(end.result).toString("latin1") : `failed: ${end?.reason}`;
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const backwards = ({ body }: TakenJob): Promise<Uint8Array> => Promise.resolve(Buffer.from(body).reverse());
const never = (): Promise<Uint8Array> => new Promise(() => undefined);

describe.each(["server", "Cluster"])("over a %s", (kind) => {
  const url = (): string => (kind === "server" ? server.url : cluster.url);

  it("any bytes go there and back, each job to one taker, with its start and progress", async () => {
    const line = await lineOf(url());
    const sender = senderOf(line);
    const work = async (job: TakenJob): Promise<Uint8Array> => {
      job.onProgress(0.5);
      return backwards(job);
    };
    const takers = [takerOf(line, work), takerOf(line, work, 2)];
    const bodies = Array.from({ length: 40 }, (_, n) => Buffer.from([0, 255, 128, n]));
    const asked = bodies.map((body) => new Asked(sender, body));
    const results = await Promise.all(asked.map((one) => one.result()));
    expect(results).toEqual(bodies.map((body) => Buffer.from(body).reverse().toString("latin1")));
    for (const { news, ends } of asked) {
      expect(news.received[0]).toBe("started");
      expect(ends.received).toHaveLength(1);
    }
    expect(asked.some(({ news }) => news.received.includes("0.5"))).toBe(true);
    expect(takers.reduce((sum, { taken }) => sum + taken, 0)).toBe(40);
    expect(sender.size).toBe(0);
  });

  it("what is cancelled is not begun, or asked to stop, and heard of no more", async () => {
    const line = await lineOf(url());
    const sender = senderOf(line);
    const stopped = new Mailbox<string>();
    const begun = new Mailbox<string>();
    takerOf(line, (job) => {
      const name = Buffer.from(job.body).toString();
      begun.put(name);
      if (name === "last") return backwards(job);
      return new Promise((resolve) => {
        job.signal.addEventListener("abort", () => {
          stopped.put(name);
          resolve(bytes("stopped"));
        });
      });
    });
    const first = new Asked(sender, bytes("first"));
    await first.news.atLeast(1);
    const second = new Asked(sender, bytes("second"));
    sender.cancel(second.id);
    sender.cancel(first.id);
    expect(await stopped.atLeast(1)).toEqual(["first"]);
    expect(await new Asked(sender, bytes("last")).result()).toBe("tsal");
    expect(begun.received).not.toContain("second");
    expect([...first.ends.received, ...second.ends.received]).toEqual([]);
  });

  it("what a taker throws is the reason of a failure", async () => {
    const line = await lineOf(url());
    takerOf(line, () => Promise.reject(new Error("no such thing")));
    expect(await new Asked(senderOf(line), bytes("x")).result()).toBe("failed: no such thing");
  });

  it("a taker that ends in order hands back what it was at", async () => {
    const line = await lineOf(url());
    const sender = senderOf(line);
    const going = takerOf(
      line,
      ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(bytes("half")))),
    );
    const asked = new Asked(sender, bytes("abc"));
    await asked.news.atLeast(1);
    await going.close();
    expect(asked.ends.received).toEqual([]);
    takerOf(line, backwards);
    expect(await asked.result()).toBe("cba");
  });
});

describe("a Redis in trouble", () => {
  it("that is away delays jobs, and says so; that comes back empty gets them again", async () => {
    const own = await RedisServer.create();
    onTestFinished(() => own.remove());
    const line = await lineOf(own.url);
    const sender = senderOf(line);
    const before = new Asked(sender, bytes("before"));
    const probe = new Redis(own.socketPath);
    probe.on("error", () => undefined);
    onTestFinished(() => probe.disconnect());
    await expect.poll(async () => (await probe.keys("{bull}:body:*")).length).toBe(1);
    expect(sender.trouble).toBeNull();
    await own.kill();
    await expect.poll(() => sender.trouble).toContain("Redis is away");
    const during = new Asked(sender, bytes("during"));
    await own.start(); // without anything that it held
    takerOf(line, backwards);
    expect(await Promise.all([before.result(), during.result()])).toEqual(["erofeb", "gnirud"]);
    expect(sender.trouble).toBeNull();
    await expect.poll(async () => (await probe.keys("{bull}:{body,result}:*")).length).toBe(0);
  });

  it("that is away holds up nobody who ends", async () => {
    const own = await RedisServer.create();
    onTestFinished(() => own.remove());
    const sender = (await lineOf(own.url)).send();
    const asked = new Asked(sender, bytes("x"));
    const probe = new Redis(own.socketPath);
    probe.on("error", () => undefined);
    onTestFinished(() => probe.disconnect());
    await expect.poll(async () => (await probe.keys("{bull}:body:*")).length).toBe(1);
    await own.kill();
    await expect.poll(() => sender.trouble).toContain("Redis is away");
    await inTime(sender.close(), () => sender.size);
    expect([sender.size, asked.ends.received]).toEqual([0, []]);
  });

  it("that hangs is away as well: it is found out, holds up nobody who ends, and gets the jobs when it is back", async () => {
    const { proxy, behind, straight } = await twoWays();
    const sender = senderOf(behind);
    const leaving = behind.send();
    await expect.poll(() => [sender.trouble, leaving.trouble]).toEqual([null, null]);
    proxy.hold();
    const asked = new Asked(sender, bytes("abc"));
    await inTime(leaving.close(), () => leaving.size);
    await expect.poll(() => sender.trouble).toContain("Redis is away");
    proxy.release();
    takerOf(straight, backwards);
    expect(await asked.result()).toBe("cba");
    expect(sender.trouble).toBeNull();
  });

  it("that hangs holds up no worker that ends", async () => {
    const { proxy, behind, straight } = await twoWays();
    const begun = new Mailbox<string>();
    const stopped = new Mailbox<string>();
    const taker = behind.take({
      width: 1,
      lockMs: LOCK_MS,
      run: ({ signal }) =>
        new Promise((resolve) => {
          begun.put("begun");
          signal.addEventListener("abort", () => {
            stopped.put("stopped");
            resolve(bytes("half"));
          });
        }),
    });
    const asked = new Asked(senderOf(straight), bytes("abc"));
    await begun.atLeast(1);
    proxy.hold();
    await inTime(taker.close(), () => taker.taken);
    expect(stopped.received).toEqual(["stopped"]);
    takerOf(straight, backwards);
    expect(await asked.result()).toBe("cba"); // its lock has run out
  });

  it("that only the asker cannot reach for long loses none: what was dropped meanwhile is handed in again", async () => {
    const { proxy, behind, straight } = await twoWays();
    const probe = new Redis(server.socketPath);
    onTestFinished(() => probe.disconnect());
    const owners = new Set(await probe.keys("{bull}:owner:*"));
    const asked = new Asked(senderOf(behind), bytes("abc"));
    await expect.poll(async () => (await probe.keys(`{bull}:body:${asked.id}`)).length).toBe(1);
    const job = await eventually(
      async () => (await probe.keys(`*${asked.id}`)).find((key) => !key.includes(":body:")),
      (key) => key !== undefined,
    );
    await proxy.refuse();
    for (const key of await probe.keys("{bull}:owner:*")) if (!owners.has(key)) await probe.del(key); // as time would
    const begun = new Mailbox<string>();
    takerOf(straight, (taken) => {
      begun.put(Buffer.from(taken.body).toString());
      return backwards(taken);
    });
    await eventually(
      () => probe.hget(job ?? "", "failedReason"),
      (reason) => reason !== null,
    );
    expect(begun.received).toEqual([]);
    await proxy.accept();
    expect(await asked.result()).toBe("cba");
    expect(begun.received).toEqual(["abc"]);
  });

  it("says whether anybody takes jobs, not of other kinds, and nobody does while it is away", async () => {
    const own = await RedisServer.create();
    onTestFinished(() => own.remove());
    const line = await lineOf(own.url);
    const told: boolean[] = [];
    const sender = line.send("trials", { onAttended: (attended) => told.push(attended) });
    onTestFinished(() => sender.close());
    const runs = senderOf(line);
    const taker = line.take({ width: 1, run: backwards, lockMs: LOCK_MS }, "trials");
    onTestFinished(() => taker.close());
    await expect.poll(() => sender.attended).toBe(true);
    expect(runs.attended).toBe(false);
    await own.kill();
    await expect.poll(() => sender.attended).toBe(false);
    await own.start();
    await expect.poll(() => sender.attended).toBe(true);
    expect(told).toEqual([true, false, true]);
    const asked = new Asked(sender, bytes("abc"));
    expect(await asked.result()).toBe("cba");
  });

  it("a result that somebody wrote before the worker does not count", async () => {
    const line = await lineOf(server.url);
    const probe = new Redis(server.socketPath);
    onTestFinished(() => probe.disconnect());
    const sender = senderOf(line);
    takerOf(line, async (job) => {
      const [key = ""] = await probe.keys("{bull}:body:*");
      const id = key.split(":").at(-1) ?? "";
      await probe.set(`{bull}:result:${id}`, "early");
      return backwards(job);
    });
    expect(await new Asked(sender, bytes("ab")).result()).toBe("ba"); // the taker writes behind the forger
  });
});

it("what nobody owns any more is dropped", async () => {
  const line = await lineOf(server.url);
  const gone = line.send();
  const asked = new Asked(gone, bytes("x"));
  const probe = new Redis(server.socketPath);
  onTestFinished(() => probe.disconnect());
  await expect.poll(async () => (await probe.keys("{bull}:owner:*")).length).toBeGreaterThan(0);
  const begun = new Mailbox<string>();
  const jobs = async (): Promise<string[]> =>
    (await probe.keys(`*${asked.id}`)).filter((key) => !key.includes(":body:"));
  // What it asks is there before the job that names it.
  await expect.poll(async () => (await jobs()).length).toBe(1);
  // As if its process had been killed long ago: it says nothing, and hears nothing.
  const { beat, redis, events } = gone as unknown as Insides;
  clearInterval(beat);
  redis.disconnect();
  await events.close();
  for (const key of await probe.keys("{bull}:owner:*")) await probe.del(key);
  const taker = takerOf(line, (job) => {
    begun.put(Buffer.from(job.body).toString());
    return never();
  });
  await expect.poll(() => taker.taken).toBe(1);
  const [job = ""] = await jobs();
  await expect.poll(() => probe.hget(job, "failedReason")).toBe("whoever asked for it is gone");
  expect(begun.received).toEqual([]);
  await gone.close();
});

interface Insides {
  readonly beat: NodeJS.Timeout;
  readonly redis: Redis;
  readonly events: { close(): Promise<void> };
}
