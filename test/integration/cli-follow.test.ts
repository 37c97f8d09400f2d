// Following an engine that is not there yet, comes, and goes away: what `signals` and `tail` say meanwhile. And what every
// command that talks to an engine says of its key.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { EarlierEngine } from "../support/earlier-engine.ts";
import { CLI, EngineProcess } from "../support/engine-process.ts";
import { Mailbox } from "../support/mailbox.ts";
import { freePort } from "../support/redis-server.ts";

interface Following {
  readonly said: Mailbox<string>;
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

function follow(...args: readonly string[]): Following {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = once(child, "close");
  const said = new Mailbox<string>();
  createInterface(child.stderr).on("line", (line) => said.put(line));
  onTestFinished(() => void child.kill("SIGKILL"));
  const end = async (signal?: NodeJS.Signals): Promise<number | null> => {
    if (signal !== undefined) child.kill(signal);
    const [code] = (await closed) as [number | null];
    return code;
  };
  return { said, end };
}

const KEYS = { API_KEYS: "reader-key:read,writer-key:write" };

it.each(["signals", "tail"])(
  "%s says once that no engine answers, and when one does, and when it is gone",
  async (command) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const following = follow(command, "--url", url, "--api-key", "reader-key");
    const lines = [
      `no engine answers at ${url}; start one with strategy-engine serve, or name another with --url; trying again (Ctrl-C ends it)`,
      `connected to ${url}`,
      `the connection to ${url} is lost; trying again (Ctrl-C ends it)`,
    ];
    expect(await following.said.atLeast(1)).toEqual(lines.slice(0, 1));
    const engine = await EngineProcess.start({ ...KEYS, PORT: String(port) });
    onTestFinished(() => engine.kill());
    expect(await following.said.atLeast(2)).toEqual(lines.slice(0, 2));
    await engine.kill();
    expect(await following.said.atLeast(3)).toEqual(lines.slice(0, 3));
    expect(await following.end("SIGINT")).toBe(0);
  },
);

it("signals say what they listen to, and which names the engine does not know", async () => {
  const engine = await EngineProcess.start({ DATA_DIR: "" });
  onTestFinished(() => engine.kill());
  await engine.post('{"symbol":"BTCUSD","price":100}');
  const { body } = await engine.ask("POST", "/strategies", { strategy_name: "loop", code: "class Loop:\n    pass" });
  const id = String(body["strategy_id"]);
  const names = [
    "--strategies",
    "momentum_ridr",
    "momentum_rider",
    "momentum",
    id,
    "loop",
    "--symbols",
    "btcusd",
    "BTCUDS",
  ];
  const following = follow("signals", ...names, "--url", engine.url);
  expect(await following.said.atLeast(4)).toEqual([
    `listening to ${engine.url} for momentum_ridr, momentum_rider, momentum, ${id}, loop, btcusd, BTCUDS`,
    "the engine knows no strategy momentum_ridr by that name (did you mean momentum_rider?)",
    `the engine knows no strategy loop by that name; signals go by its id: ${id}`,
    "the engine has seen no tick of BTCUDS yet (did you mean BTCUSD?)",
  ]);
  expect(await following.end("SIGINT")).toBe(0);
  const all = follow("tail", "--url", engine.url);
  expect(await all.said.atLeast(1)).toEqual([`listening to ${engine.url}`]);
  expect(await all.end("SIGINT")).toBe(0);
});

it("tail follows the channels that the engine has, whichever version comes in its place; a named one it has to have", async () => {
  const engine = await EngineProcess.start({ DATA_DIR: "" });
  onTestFinished(() => engine.kill());
  const earlier = await EarlierEngine.before(engine.url, ["strategies"]);
  const { asked } = earlier;
  const following = follow("tail", "--url", earlier.url);
  const has = (count: number): Promise<string> => {
    let left = count;
    return asked.find((channel) => channel === "strategies" && --left === 0);
  };
  await asked.find((channel) => channel === "research");
  expect(new Set(asked.received)).toEqual(
    new Set(["heartbeat", "signals", "alerts", "pipeline", "executions", "trades", "research"]),
  );
  // A later one, an earlier one again, which refuses what was followed before, and a later one.
  earlier.lacks = [];
  earlier.cut();
  await has(1);
  earlier.lacks = ["strategies"];
  earlier.cut();
  await has(2);
  earlier.lacks = [];
  earlier.cut();
  await has(3);
  expect(await following.end("SIGINT")).toBe(0);

  earlier.lacks = ["strategies"];
  const named = follow("tail", "--channels", "alerts", "strategies", "--url", earlier.url);
  expect(await named.end()).toBe(1);
  expect(named.said.received.join("\n")).toContain("unknown_channel");
});

it("a key that is missing or not known ends each of them with how one is given", async () => {
  const engine = await EngineProcess.start(KEYS);
  onTestFinished(() => engine.kill());
  const how = "with --api-key or STRATEGY_ENGINE_API_KEY";
  for (const command of ["signals", "tail", "top"]) {
    for (const key of [[], ["--api-key", "another-key"]]) {
      const one = follow(command, "--url", engine.url, ...key);
      expect([command, await one.end()]).toEqual([command, 1]);
      expect(one.said.received.join("\n")).toContain(how);
      expect(one.said.received.join("\n")).not.toContain('{"op"');
    }
  }
});
