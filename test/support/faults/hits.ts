// What every fault of a single thread needs: an engine whose threads can be hit (thread-killer.ts is loaded into it before
// its own code), the hit itself, and the look afterwards: the process is killed as well, and the next one is compared with a
// computation of the whole journal that nothing interrupted.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineProcess } from "../engine-process.ts";
import type { Stage } from "./stage.ts";
import type { Hit } from "./thread-killer.ts";

const KILLER = fileURLToPath(new URL("./thread-killer.js", import.meta.url));
/** Compiling and testing a strategy, training, generating: on a busy machine. */
export const PIPELINE_MS = 300_000;

/** The threads of this file, of which there must be one. */
export async function hit(stage: Stage, engine: EngineProcess, file: string, how: Hit): Promise<void> {
  if ((await hitAll(stage, engine, file, how)) === 0) throw new Error(`the engine has no thread of ${file}`);
}

/** How many there were. */
export async function hitAll(stage: Stage, engine: EngineProcess, file: string, how: Hit): Promise<number> {
  return order(stage, engine, `${file} ${how}`);
}

/** The engine's wall clock is put forward. */
export async function later(stage: Stage, engine: EngineProcess, ms: number): Promise<void> {
  await order(stage, engine, `clock ${ms}`);
}

async function order(stage: Stage, engine: EngineProcess, words: string): Promise<number> {
  const obeyed = (): EngineProcess["lines"] => engine.lines.filter(({ msg }) => msg === "threads hit");
  const before = obeyed().length;
  writeFileSync(orderFile(stage), words);
  process.kill(engine.pid, "SIGUSR2");
  await stage.until(`the order is obeyed: ${words}`, () => obeyed().length > before);
  return Number(obeyed().at(-1)?.["count"]);
}

function orderFile(stage: Stage): string {
  return join(stage.dir, "thread-killer");
}

export function started(stage: Stage, env: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
  return stage.engine({ THREAD_KILLER_ORDER: orderFile(stage), ...env }, { node: ["--import", KILLER] });
}

/** Killed, started again, compared. */
export async function killedAndCompared(
  stage: Stage,
  engine: EngineProcess,
  acknowledged: ReadonlySet<number>,
): Promise<void> {
  await engine.kill();
  const again = await stage.recovers();
  await stage.stops(again);
  stage.acknowledged(acknowledged);
}

export async function healthy(stage: Stage, engine: EngineProcess): Promise<number> {
  return stage.until("healthy", async () => (await engine.get("/health"))["status"] === "healthy");
}

/** A strategy in AssemblyScript that went through its pipeline; its id. */
export async function deployed(stage: Stage, engine: EngineProcess, code: string): Promise<string> {
  const made = await engine.ask("POST", "/strategies", { strategy_name: "hit", code, language: "assemblyscript" });
  const id = String(made.body["strategy_id"]);
  const begun = await engine.ask("POST", `/strategies/${id}/deploy`, {});
  const path = `/deployments/${String(begun.body["pipeline_id"])}/status`;
  let status: unknown = null;
  await stage.until(
    "the deployment ends",
    async () => {
      const now = await engine.get(path);
      status = now["status"];
      if (status === "failed") throw new Error(`the deployment failed: ${JSON.stringify(now).slice(0, 600)}`);
      return status === "completed";
    },
    PIPELINE_MS,
  );
  return id;
}
