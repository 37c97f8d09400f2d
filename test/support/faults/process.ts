// The engine's own process: asked to end under load, short of handles, short of memory, its compiler killed.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { EngineProcess } from "../engine-process.ts";
import { strategyCode } from "../strategy-code.ts";
import { PIPELINE_MS } from "./hits.ts";
import { told } from "./load.ts";
import type { Fault, Stage } from "./stage.ts";

const STOP_MS = 10_000;
/** Beyond those that the engine has open when nobody asks anything of it. */
const HANDLES = 40;
const SOCKETS = 400;
const BODY_BYTES = 900_000;

export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: "sigterm",
    fault: "SIGTERM under load",
    promised: "exit code 0 within ten seconds; everything that was acknowledged is there; same state",
    run: terminated,
  },
  {
    name: "handles",
    fault: `a limit of ${HANDLES} handles above those at rest (\`prlimit --nofile\`), and ${SOCKETS} connections`,
    promised: "connected clients are served; nothing acknowledged is lost; when connections end, there is room again",
    problem: prlimitProblem,
    run: handles,
  },
  {
    name: "memory",
    fault: "a heap of 64 MB (`--max-old-space-size`), large bodies from many clients",
    promised: "the engine serves on, or ends and starts again with everything that it had acknowledged",
    run: memory,
  },
  {
    name: "compiler-killed",
    fault: "the compiler's process is killed (SIGKILL) while it compiles",
    promised: "the engine goes on; the deployment ends, and the next one runs as if nothing had happened",
    problem: () => (process.platform === "linux" ? null : "children are found in /proc, which is Linux's"),
    run: compilerKilled,
  },
];

function prlimitProblem(): string | null {
  try {
    execFileSync("prlimit", ["--version"], { stdio: "pipe" });
    return null;
  } catch {
    return "there is no prlimit here (package util-linux)";
  }
}

async function terminated(stage: Stage): Promise<void> {
  const engine = await stage.engine();
  const load = stage.load(engine);
  await stage.until("some ticks are acknowledged", () => load.acknowledged.size >= 1_000);
  const began = performance.now();
  const code = await engine.stop();
  const ms = Math.round(performance.now() - began);
  await load.stop();
  stage.say(`exit code ${String(code)} after ${ms} ms`);
  stage.holds(code === 0, `it ended with ${String(code)}`);
  stage.holds(ms <= STOP_MS, `it took ${ms} ms to end`);
  const again = await stage.recovers();
  await stage.stops(again);
  stage.acknowledged(load.acknowledged);
}

async function handles(stage: Stage): Promise<void> {
  const engine = await stage.engine({ JOURNAL_SEGMENT_BYTES: "1m" });
  const limit = openHandles(engine.pid) + HANDLES;
  execFileSync("prlimit", ["--pid", String(engine.pid), `--nofile=${limit}`]);
  const load = stage.load(engine);
  await stage.until("some ticks are acknowledged", () => load.acknowledged.size >= 200);
  load.look();
  const sockets = Array.from({ length: SOCKETS }, () => connect(engine.port, "127.0.0.1"));
  for (const socket of sockets) socket.on("error", () => undefined);
  stage.later(() => sockets.forEach((socket) => socket.destroy()));
  await stage.pause(4_000);
  const open = openHandles(engine.pid);
  const figures = load.look();
  stage.say(`${open} of ${limit} handles open; meanwhile ${told(figures)}`);
  stage.holds(open >= limit - 2, `only ${open} handles were open: the limit was not reached`);
  stage.holds(figures.taken > 0, `who is connected is not served: ${told(figures)}`);
  for (const socket of sockets) socket.destroy();
  const ms = await stage.until("a new connection is served", () => served(engine.port));
  stage.say(`a new connection is served ${ms} ms after the others have ended`);
  const healthy = await stage.until("healthy", async () => (await engine.get("/health"))["status"] === "healthy");
  stage.say(`healthy after ${healthy} ms more`);
  await load.stop();
  await stage.stops(engine);
  stage.acknowledged(load.acknowledged);
}

function openHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** By a connection of its own, which nothing keeps alive. */
function served(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket: Socket = connect(port, "127.0.0.1");
    const finish = (answer: boolean): void => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(2_000, () => finish(false));
    socket.on("error", () => finish(false));
    socket.on("connect", () => socket.write("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    socket.on("data", (bytes) => finish(bytes.toString().startsWith("HTTP/1.1 200")));
  });
}

async function memory(stage: Stage): Promise<void> {
  const engine = await stage.engine({}, { node: ["--max-old-space-size=64"] });
  const ended = engine.ended();
  const load = stage.load(engine);
  await stage.until("some ticks are acknowledged", () => load.acknowledged.size >= 200);
  const tick = JSON.stringify({ symbol: "LARGEUSD", price: 100, volume: 0, note: "x".repeat(400) });
  const body = `{"market_data":[${Array.from({ length: Math.floor(BODY_BYTES / tick.length) }, () => tick).join(",")}]}`;
  const statuses = new Map<string, number>();
  const flood = async (): Promise<void> => {
    for (let round = 0; round < 10; round++) {
      const status = await engine
        .ask("POST", "/api/strategy_engine/process_market_data", JSON.parse(body))
        .then((asked) => String(asked.status))
        .catch(() => "no answer");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, flood));
  const alive = await Promise.race([
    ended.then(() => false),
    engine.get("/health/live").then(
      () => true,
      () => false,
    ),
  ]);
  await load.stop();
  const told = [...statuses].map(([status, count]) => `${count} ${status}`).join(", ");
  stage.say(
    `80 bodies of ${Math.round(body.length / 1000)} kB: ${told}; the engine ${alive ? "serves on" : "has ended"}`,
  );
  if (alive) await engine.kill();
  const again = await stage.recovers();
  await stage.stops(again);
  stage.acknowledged(load.acknowledged);
}

async function compilerKilled(stage: Stage): Promise<void> {
  const engine = await stage.engine({ STRATEGY_COMPILED_DIR: `${stage.dir}/compiled` });
  const load = stage.load(engine);
  await stage.until("some ticks are acknowledged", () => load.acknowledged.size >= 200);
  load.look();
  const killedOne = await deployed(stage, engine, 1, true);
  stage.say(`the deployment whose compiler was killed: ${killedOne}`);
  const next = await deployed(stage, engine, 2, false);
  stage.say(`the next one: ${next}; meanwhile ${told(load.look())}`);
  stage.holds(next.startsWith("completed") || next.startsWith("failed: backtest"), `the next one: ${next}`);
  stage.holds((await engine.get("/health"))["status"] === "healthy", "the engine is not healthy");
  await load.stop();
  await stage.stops(engine);
  stage.acknowledged(load.acknowledged);
}

/** A strategy that was never compiled before; how its deployment ended. */
async function deployed(stage: Stage, engine: EngineProcess, mark: number, kill: boolean): Promise<string> {
  const code = strategyCode(`if (market.price > ${mark}.5) this.buy(0.5);`);
  const named = { strategy_name: `killed ${mark}`, code, language: "assemblyscript" };
  const made = engine.ask("POST", "/strategies", named);
  if (kill) {
    await stage.until("the compiler is there", () => childOf(engine.pid) !== null);
    process.kill(childOf(engine.pid) ?? 0, "SIGKILL");
  }
  const id = String((await made).body["strategy_id"]);
  const begun = await engine.ask("POST", `/strategies/${id}/deploy`, {});
  let ended: Record<string, unknown> = {};
  const look = async (): Promise<boolean> => {
    ended = (await engine.ask("GET", `/deployments/${String(begun.body["pipeline_id"])}/status`)).body;
    return /completed|failed/.test(String(ended["status"]));
  };
  await stage.until("the deployment ends", look, PIPELINE_MS);
  const reason =
    ended["status"] === "failed" ? `: ${JSON.stringify(ended["error"] ?? ended["failed_stage"] ?? "")}` : "";
  return `${String(ended["status"])}${reason.slice(0, 120)}`;
}

function childOf(pid: number): number | null {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const first = Number(children[0]);
  return first > 0 ? first : null;
}
