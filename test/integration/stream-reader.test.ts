// What a group handed out and heard no more of, read again over a real Redis by a reader without a position of its own.
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
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
