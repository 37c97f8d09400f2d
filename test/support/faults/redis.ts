// A Redis that fails, under an engine that is posted to, listened to and asked meanwhile.
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import { FaultProxy } from "../fault-proxy.ts";
import type { EngineProcess } from "../engine-process.ts";
import type { RedisServer, RedisServerOptions } from "../redis-server.ts";
import { told } from "./load.ts";
import type { Fault, Stage } from "./stage.ts";

const FAULT_MS = 6_000;
const PROMISED =
  "no request waits; sockets still get signals; writes that are not possible are dropped and counted; then the engine connects again by itself";

interface Scene {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
  /** A connection of its own to the server. */
  readonly admin: Redis;
}

interface RedisFault {
  readonly name: string;
  readonly fault: string;
  readonly promised?: string;
  readonly options?: RedisServerOptions;
  readonly begin: (scene: Scene) => Promise<unknown> | void;
  readonly end: (scene: Scene) => Promise<unknown> | void;
  /** /health has to say that Redis is away. */
  readonly away: boolean;
  /** Writes of signals cannot be done meanwhile. */
  readonly drops: boolean;
}

const FAULTS: readonly RedisFault[] = [
  {
    name: "redis-stopped",
    fault: "Redis is stopped (SIGSTOP) for six seconds",
    begin: ({ server }) => server.pause(),
    end: ({ server }) => server.resume(),
    away: true,
    drops: true,
  },
  {
    name: "redis-killed",
    fault: "Redis is killed (SIGKILL) and started again after six seconds",
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.start(),
    away: true,
    drops: true,
  },
  {
    name: "redis-flushed",
    fault: "FLUSHALL",
    promised: "only the keys are gone; the next signal writes its key again",
    begin: ({ admin }) => admin.flushall(),
    end: () => undefined,
    away: false,
    drops: false,
  },
  {
    name: "redis-full",
    fault: "Redis is full (`maxmemory` 1 byte, `noeviction`) for six seconds",
    begin: ({ admin }) => admin.config("SET", "maxmemory", "1"),
    end: ({ admin }) => admin.config("SET", "maxmemory", "0"),
    away: false,
    drops: true,
  },
  {
    name: "redis-readonly",
    fault: "Redis is a read-only replica without a master for six seconds",
    begin: ({ admin }) => admin.replicaof("127.0.0.1", "1"),
    end: ({ admin }) => admin.replicaof("NO", "ONE"),
    away: false,
    drops: true,
  },
  {
    name: "redis-slow",
    fault: "each byte to and from Redis is 500 ms late for six seconds",
    begin: ({ proxy }) => void (proxy.delayMs = 500),
    end: ({ proxy }) => void (proxy.delayMs = 0),
    away: false,
    drops: false,
  },
  {
    name: "redis-silent",
    fault: "no byte passes to or from Redis for six seconds; the connections stay open",
    begin: ({ proxy }) => proxy.hold(),
    end: ({ proxy }) => proxy.release(),
    away: true,
    drops: true,
  },
  {
    name: "redis-cut",
    fault: "half a message comes from Redis, then the connections end",
    begin: ({ proxy }) => proxy.cutInsideMessage("strategy_engine_input"),
    end: () => undefined,
    away: false,
    drops: false,
  },
  {
    name: "redis-output-buffer",
    fault: "Redis closes the subscriber because it lags behind by more than `client-output-buffer-limit` (1 MB)",
    options: { directives: ["--client-output-buffer-limit", "pubsub 1mb 0 0"] },
    begin: async ({ proxy, admin }) => {
      proxy.hold();
      await Promise.all(
        Array.from({ length: 40 }, () => admin.publish("strategy_engine_input", " ".repeat(512 * 1024))),
      );
    },
    end: ({ proxy }) => proxy.release(),
    away: true,
    drops: true,
  },
];

export const REDIS_FAULTS: readonly Fault[] = FAULTS.map((one) => ({
  name: one.name,
  fault: one.fault,
  promised: one.promised ?? PROMISED,
  run: (stage) => act(stage, one),
}));

async function act(stage: Stage, one: RedisFault): Promise<void> {
  const server = await stage.redis(one.options);
  const proxy = await FaultProxy.create({ path: server.socketPath });
  stage.later(() => proxy.close());
  const admin = new Redis(server.socketPath);
  admin.on("error", () => undefined); // the faults are what is tried here
  stage.later(() => admin.disconnect());
  const engine = await stage.engine({ REDIS_URL: `redis://127.0.0.1:${proxy.port}/0` });
  const scene = { server, proxy, admin };
  const heard = await listener(stage, engine);
  const load = stage.load(engine);
  await stage.until("connected to Redis", () => connected(engine));
  await stage.until("a signal on the socket", () => heard.count > 0);
  await arrives(stage, engine, admin, "BEFOREUSD");
  const [before, signals] = [await busOf(engine), heard.count];
  load.look();

  await one.begin(scene);
  const degraded = one.away ? await awayAfter(stage, engine) : null;
  await stage.pause(one.drops || one.name === "redis-slow" ? FAULT_MS : 1_000);
  const meanwhile = heard.count - signals;
  await one.end(scene);
  await stage.until("a connection for the test", () =>
    admin
      .ping()
      .then(() => true)
      .catch(() => false),
  );
  const back = await arrives(stage, engine, admin, "AFTERUSD");
  await stage.until("connected to Redis", () => connected(engine));
  const keys = await stage.until("a signal's key in Redis", async () => (await keysOf(admin)) > 0);
  const after = await busOf(engine);
  const figures = load.look();
  await load.stop();
  await stage.stops(engine);

  stage.say(`${told(figures)}; ${meanwhile} signals on a socket meanwhile`);
  if (degraded !== null) stage.say(`/health says so after ${degraded} ms`);
  const [dropped, gaps] = [after.dropped - before.dropped, after.gaps - before.gaps];
  stage.say(`${dropped} writes dropped and counted, ${gaps} gaps counted`);
  stage.say(`a published tick arrives ${back} ms after the end of it, a signal's key is there after ${keys} ms more`);
  stage.holds(figures.unanswered === 0 && Object.keys(figures.refused).length === 0, told(figures));
  stage.holds(meanwhile > 0, "no signal reached the socket meanwhile");
  if (one.drops) stage.holds(dropped > 0, "nothing was counted as dropped");
  if (one.away) stage.holds(gaps > 0, "no gap was counted");
  stage.acknowledged(load.acknowledged);
}

async function listener(stage: Stage, engine: EngineProcess): Promise<{ readonly count: number }> {
  const heard = { count: 0 };
  const socket = new WebSocket(`ws://127.0.0.1:${engine.port}/ws`);
  stage.later(() => socket.terminate());
  socket.on("error", () => undefined);
  socket.on("message", (bytes: Buffer) => {
    if (bytes.includes(`"type":"update"`)) heard.count++;
  });
  await new Promise((open) => socket.once("open", open));
  socket.send(`{"op":"subscribe","id":1,"channel":"signals"}`);
  return heard;
}

async function connected(engine: EngineProcess): Promise<boolean> {
  return (await engine.get("/health"))["messagebus_connected"] === true;
}

function awayAfter(stage: Stage, engine: EngineProcess): Promise<number> {
  return stage.until("/health says that Redis is away", async () => {
    const { status, troubles } = await engine.get("/health");
    return status === "degraded" && (troubles as string[]).includes("Redis is away");
  });
}

/** Publishes a tick again and again until the engine knows its symbol. */
function arrives(stage: Stage, engine: EngineProcess, admin: Redis, symbol: string): Promise<number> {
  return stage.until(`a published tick of ${symbol}`, async () => {
    await admin.publish("strategy_engine_input", JSON.stringify({ symbol, price: 100, volume: 0 })).catch(() => 0);
    return (await engine.ask("GET", `/symbols/${symbol}`)).status === 200;
  });
}

async function busOf(engine: EngineProcess): Promise<{ readonly dropped: number; readonly gaps: number }> {
  const { body } = await engine.ask("GET", "/api/strategy_engine/summary");
  const { bus } = body["integration_stats"] as { readonly bus: { readonly dropped: number; readonly gaps: number } };
  return bus;
}

async function keysOf(admin: Redis): Promise<number> {
  return (await admin.keys("strategy_engine:*LOAD*")).length;
}
