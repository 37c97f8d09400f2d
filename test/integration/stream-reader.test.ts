// Where a reader goes on in a stream of a real Redis: what a group handed out and heard no more of comes again to one
// without a position of its own, and one whose position is ahead of the stream looks whether it is the same stream.
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { INPUT_STREAM, STREAM_GROUP } from "../../src/bus/keys.ts";
import { redisAddress } from "../../src/bus/redis-address.ts";
import { LoneGroup } from "../../src/bus/stream-group.ts";
import { StreamReader } from "../../src/bus/stream-reader.ts";
import { eventually } from "../support/eventually.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { QUIET } from "../support/quiet-log.ts";
import { RedisServer } from "../support/redis-server.ts";

const PENDING = 1_000;
const LATER = 3;

it("all of it comes again, in order and before anything new, although the connection breaks in between", async () => {
  const server = await RedisServer.create();
  const redis = new Redis(server.url);
  const proxy = await FaultProxy.create({ host: "127.0.0.1", port: server.port });
  const reader = new StreamReader(new LoneGroup(), redisAddress(`redis://127.0.0.1:${proxy.port}`) ?? {}, QUIET);
  onTestFinished(async () => {
    await reader.close();
    redis.disconnect();
    await proxy.close();
    await server.remove();
  });
  const add = async (from: number, to: number): Promise<void> => {
    for (let entry = from; entry <= to; entry++) await redis.xadd(INPUT_STREAM, `${entry}-0`, "data", String(entry));
  };
  await add(1, PENDING);
  await redis.xgroup("CREATE", INPUT_STREAM, STREAM_GROUP, "0");
  await redis.xreadgroup("GROUP", STREAM_GROUP, "engine", "COUNT", PENDING, "STREAMS", INPUT_STREAM, ">");
  await add(PENDING + 1, PENDING + LATER);

  reader.goOnBehind(null);
  const read: string[] = [];
  const some = async (): Promise<number> => {
    read.push(...(await reader.read()).map(({ id }) => id));
    return read.length;
  };
  await eventually(some, (count) => count > 0);
  expect(read.length).toBeLessThan(PENDING);
  proxy.cut();
  await eventually(
    () => reader["link"].reconnects,
    (count) => count > 0,
  );
  await eventually(some, () => read.at(-1) === `${PENDING + LATER}-0`);
  expect(read).toEqual(Array.from({ length: PENDING + LATER }, (_, entry) => `${entry + 1}-0`));
  expect(reader.gauge.gaps).toBe(0);
  expect(reader.gauge.newest?.id).toBe(`${PENDING + LATER}-0`);
});

describe("a position that is ahead of everything the stream ever had", () => {
  interface Stage {
    readonly redis: Redis;
    readonly reader: StreamReader;
    readonly told: readonly string[];
    add(from: number, to: number): Promise<void>;
    /** So many that come, and whatever comes behind them at once. */
    read(count: number): Promise<readonly string[]>;
  }

  async function stage(): Promise<Stage> {
    const server = await RedisServer.create();
    const redis = new Redis(server.url);
    const reader = new StreamReader(new LoneGroup(), redisAddress(server.url) ?? {}, QUIET);
    const told: string[] = [];
    reader.onReplaced = (message) => void told.push(message);
    onTestFinished(async () => {
      await reader.close();
      redis.disconnect();
      await server.remove();
    });
    const add = async (from: number, to: number): Promise<void> => {
      for (let entry = from; entry <= to; entry++) await redis.xadd(INPUT_STREAM, `${entry}-0`, "data", String(entry));
    };
    const read = async (count: number): Promise<readonly string[]> => {
      const found: string[] = [];
      await eventually(
        async () => found.push(...(await reader.read()).map(({ id }) => id)),
        (size) => size >= count,
      );
      found.push(...(await reader.read()).map(({ id }) => id));
      return found;
    };
    return { redis, reader, told, add, read };
  }
  const ids = (from: number, to: number): readonly string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => `${from + index}-0`);

  it("is of another stream where nobody has read this one: all of it is read, counted and told of, once", async () => {
    const { redis, reader, told, add, read } = await stage();
    await add(1, 30);
    reader.goOnBehind({ id: "100-0", ordinal: 20 });
    expect(await read(30)).toEqual(ids(1, 30));
    expect(told).toEqual([expect.stringMatching(/another one.*100-0.*30-0/) as string]);
    expect(reader.gauge).toMatchObject({ replaced: 1, gaps: 0, newest: { id: "30-0", ordinal: 30 } });
    // It is gone under the reader, and what is written then has earlier ids.
    await redis.flushall();
    await add(5, 9);
    expect(await read(5)).toEqual(ids(5, 9));
    expect(reader.gauge).toMatchObject({ replaced: 2, newest: { id: "9-0" } });
    reader.goOnBehind(reader.gauge.newest);
    await add(10, 11);
    expect(await read(2)).toEqual(ids(10, 11));
    expect(told).toHaveLength(2);
  });

  it("is of another stream also where its group was made before: it had more entries than were read", async () => {
    const { redis, reader, add, read } = await stage();
    await add(1, 30);
    await redis.xgroup("CREATE", INPUT_STREAM, STREAM_GROUP, "0");
    reader.goOnBehind({ id: "100-0", ordinal: 20 });
    expect(await read(30)).toEqual(ids(1, 30));
    expect(reader.gauge.replaced).toBe(1);
  });

  it("is of a stream that lost its end where its group is there: nothing comes twice, and what comes is read", async () => {
    const { redis, reader, told, add, read } = await stage();
    await add(1, 10);
    reader.goOnBehind(null);
    expect(await read(10)).toEqual(ids(1, 10));
    await redis.xdel(INPUT_STREAM, "9-0", "10-0");
    await redis.call("XSETID", INPUT_STREAM, "8-0", "ENTRIESADDED", "8", "MAXDELETEDID", "0-0");
    reader.goOnBehind({ id: "10-0", ordinal: 10 });
    expect(await reader.read()).toEqual([]);
    await add(9, 10);
    expect(await read(2)).toEqual(ids(9, 10));
    expect(told).toEqual([]);
    expect(reader.gauge).toMatchObject({ replaced: 0, gaps: 0, newest: { id: "10-0", ordinal: 10 } });
  });
});
