// Every example runs as its head says, against a real engine and a real Redis.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { Program, pythonWith } from "../support/program.ts";
import { RedisServer } from "../support/redis-server.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const PYTHON = pythonWith("redis", "requests", "aiohttp", "websockets", "msgpack");

interface Stage {
  readonly engine: EngineProcess;
  readonly redis: string;
}

async function stage(): Promise<Stage> {
  const server = await RedisServer.create();
  onTestFinished(() => server.stop());
  const engine = await EngineProcess.start({
    DATA_DIR: "",
    MAX_SYMBOLS: "64",
    MAX_INSTANCES: "64",
    REDIS_URL: server.url,
  });
  onTestFinished(() => engine.kill());
  await engine.onBus();
  return { engine, redis: server.url };
}

function run(name: string, ...args: readonly string[]): Program {
  if (name.endsWith(".py")) return new Program(PYTHON, [`examples/${name}`, ...args], ROOT);
  return new Program(process.execPath, [`build/out/examples/${name.replace(/\.ts$/, ".js")}`, ...args], ROOT);
}

/** What each example must say, and how it is brought to say it. */
const EXAMPLES: Readonly<Record<string, (stage: Stage) => Promise<Program>>> = {
  "publish_ticks.py": async ({ redis }) => {
    const program = run("publish_ticks.py", "--redis", redis, "--symbol", "BTCUSD");
    await program.says("published 120 ticks to 1 listener(s)");
    await program.says("momentum_rider says buy BTCUSD at ");
    await program.says("kept at strategy_engine:momentum:BTCUSD:");
    return program;
  },
  "rest_client.py": async ({ engine }) => {
    const program = run("rest_client.py", "--url", engine.url, "--symbol", "ETHUSD");
    await program.says("the engine is healthy");
    await program.says("120 ticks in ");
    await program.says("momentum_rider says buy ETHUSD");
    await program.says("1 signal(s) of ETHUSD are kept");
    await program.says("422 validation_error: ");
    return program;
  },
  "register_strategy.py": async ({ engine }) => {
    const program = run("register_strategy.py", "--url", engine.url);
    await program.says("registered strat_");
    await program.says("version 1.0.1, parameters {");
    await program.says("total pnl 12.5, success rate 1");
    await program.says("200 paused\n200 resumed");
    return program;
  },
  "signals_websockets.py": async ({ engine, redis }) => {
    const url = `${engine.url.replace("http", "ws")}/ws`;
    const program = run("signals_websockets.py", "--url", url, "--symbols", "SOLUSD", "--count", "1");
    await program.says("subscribed to signals#");
    await run("publish_ticks.py", "--redis", redis, "--symbol", "SOLUSD").ended;
    await program.says("SOLUSD buy momentum_rider");
    return program;
  },
  "signals_aiohttp.py": async ({ engine }) => {
    const program = run("signals_aiohttp.py", "--url", engine.url, "--count", "1");
    await program.says("subscribed to heartbeat");
    await run("rest_client.py", "--url", engine.url, "--symbol", "ADAUSD").ended;
    await program.says("momentum_rider buy ADAUSD");
    await program.says("heartbeat, last numbers {'signals': ");
    await program.says("figures: 1 connection(s)");
    return program;
  },
  "signals.ts": async ({ engine }) => {
    const program = run("signals.ts", engine.url, "1");
    await program.says("subscribed to signals#");
    await run("rest_client.py", "--url", engine.url, "--symbol", "XRPUSD").ended;
    await program.says("momentum_rider buy XRPUSD at ");
    return program;
  },
  "rest.ts": async ({ engine }) => {
    await run("rest_client.py", "--url", engine.url, "--symbol", "BTCUSD").ended;
    const program = run("rest.ts", engine.url);
    await program.says("the engine is healthy");
    await program.says("1 tick taken");
    await program.says("BTCUSD is at 50000");
    await program.says("momentum_rider buy BTCUSD");
    await program.says('symbol "NOBODY" does not exist');
    return program;
  },
};

it("every file in examples/ is run here, tells how to run it, and stands in the table that README leads to", () => {
  const files = readdirSync(`${ROOT}/examples`).filter((name) => /\.(py|ts)$/.test(name));
  expect(files.toSorted()).toEqual(Object.keys(EXAMPLES).toSorted());
  expect(readFileSync(`${ROOT}/README.md`, "utf8")).toContain("[docs/api.md](docs/api.md)");
  const table = readFileSync(`${ROOT}/docs/api.md`, "utf8");
  for (const name of files) {
    const head = readFileSync(`${ROOT}/examples/${name}`, "utf8").slice(0, 1_200);
    const command = name.endsWith(".py")
      ? `python3 examples/${name}`
      : `node build/out/examples/${name.slice(0, -3)}.js`;
    expect(head, `how to run ${name}`).toContain(command);
    expect(table).toContain(`[${name}](../examples/${name})`);
  }
});

it.each(Object.keys(EXAMPLES))("%s does what it says and ends well", async (name) => {
  const program = await EXAMPLES[name]?.(await stage());
  const ended = await program?.ended;
  expect(ended?.code, ended?.out).toBe(0);
  expect(ended?.out).not.toContain("Traceback");
});
