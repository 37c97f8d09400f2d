// A strategy's way from code to deployed, through the engine as users run it (own process, REST, journal on): the whole
// pipeline of a Python RSI class and of its twin in AssemblyScript, each with code that was never seen before; and 25
// deployments at once under 1,000 ticks a second, with what a tick waits for its signals and /health for its answer
// meanwhile. The tick's time is that of the whole request over HTTP, sent until the signals are there: more than the
// engine's own part of it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineProcess } from "../../test/support/engine-process.ts";
import { RSI_STRATEGY } from "../../test/support/sandbox/python.ts";
import { RSI_CODE } from "../../test/support/strategy-code.ts";
import { KeepAlive, requestOf } from "../server/keep-alive.ts";
import type { Figure, Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";

const ROUNDS = 7;
const CROWD = 25;
const TICKS_PER_SECOND = 1_000;
const TICKS_PER_MESSAGE = 10;
const SYMBOLS = 50;
const HEALTH_MS = 100;
const LOOK_MS = 2;
const CROWD_LOOK_MS = 50;
/** Nothing else goes on: what the feed costs by itself. */
const QUIET_MS = 5_000;
const MARKET = "/api/strategy_engine/process_market_data";

type Language = "python" | "assemblyscript";

/** onDemand: takes a minute and wants the machine for itself. */
export const onDemand = true;

export async function run(): Promise<readonly Result[]> {
  const dir = await mkdtemp(join(tmpdir(), "pipeline-bench-"));
  let engine: EngineProcess | null = null;
  try {
    engine = await EngineProcess.start({ DATA_DIR: dir });
    const python = await alone(engine, "python", RSI_STRATEGY);
    const twin = await alone(engine, "assemblyscript", RSI_CODE);
    return [python, twin, ...(await crowd(engine))];
  } finally {
    await engine?.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** One after the other; every text is a new one, so that nothing is in a cache. */
async function alone(engine: EngineProcess, language: Language, code: string): Promise<Result> {
  const took: number[] = [];
  const stages = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    const begin = performance.now();
    const done = await until(engine, await deploy(engine, language, fresh(language, code, round)));
    const ms = performance.now() - begin;
    if (round === 0) continue; // the first one starts threads and the compiler
    took.push(ms * 1e6);
    for (const [stage, result] of Object.entries(done["results"] as Record<string, { duration_ms: number }>))
      stages.set(stage, [...(stages.get(stage) ?? []), result.duration_ms]);
  }
  const middle = [...stages].map(([stage, all]) => `${stage} ${Math.round(median(all))} ms`).join(", ");
  const least = Math.min(...took) / 1e6;
  return {
    name: `pipeline: RSI in ${language === "python" ? "Python" : "AssemblyScript"}, from its code to deployed`,
    pairs: [figureOfLatencies("created, deployed, completed", took)],
    ratio: 1,
    note: `${ROUNDS} deployments of code that was never seen, least ${least.toFixed(0)} ms; medians: ${middle}`,
  };
}

async function crowd(engine: EngineProcess): Promise<readonly Result[]> {
  const quiet = await underFeed(engine, () => later(QUIET_MS));
  const begin = performance.now();
  const busy = await underFeed(engine, async () => {
    const codes = Array.from({ length: CROWD }, (_, index) => fresh("assemblyscript", RSI_CODE, 1_000 + index));
    const ids = await Promise.all(codes.map((code) => deploy(engine, "assemblyscript", code)));
    await Promise.all(ids.map((id) => until(engine, id, CROWD_LOOK_MS)));
  });
  const seconds = (performance.now() - begin) / 1_000;
  const rate = `${TICKS_PER_SECOND} ticks/s by HTTP, ${TICKS_PER_MESSAGE} a message, ${SYMBOLS} symbols`;
  const late = busy.ticks.filter((ns) => ns > 8e6).length / busy.ticks.length;
  return [
    {
      name: `pipeline: ${CROWD} deployments at once under 1,000 ticks a second`,
      pairs: [
        figureOfLatencies("a tick, sent to signals answered", busy.ticks),
        figureOfLatencies("the same, with no deployment", quiet.ticks),
        figureOfLatencies("GET /health", busy.health),
        { label: "all of them completed", medianNs: seconds * 1e9 } satisfies Figure,
      ],
      ratio: 1,
      note: `${rate}; ${busy.ticks.length} messages, ${(100 * late).toFixed(2)} % above 8 ms; AssemblyScript, new code each`,
    },
  ];
}

/** What ticks and /health waited for while `work` went on. */
async function underFeed(
  engine: EngineProcess,
  work: () => Promise<void>,
): Promise<{ readonly ticks: readonly number[]; readonly health: readonly number[] }> {
  const [ticks, health]: [number[], number[]] = [[], []];
  let over = false;
  const feeding = feed(engine, ticks, () => over);
  const asking = ask(engine, health, () => over);
  await work();
  over = true;
  await Promise.all([feeding, asking]);
  return { ticks, health };
}

async function feed(engine: EngineProcess, took: number[], over: () => boolean): Promise<void> {
  const connection = await KeepAlive.open(engine.port);
  const every = (1_000 * TICKS_PER_MESSAGE) / TICKS_PER_SECOND;
  const begin = performance.now();
  for (let message = 0; !over(); message++) {
    const due = begin + message * every;
    while (performance.now() < due) await later(1);
    const ticks = Array.from({ length: TICKS_PER_MESSAGE }, (_, index) => {
      const number = message * TICKS_PER_MESSAGE + index;
      return { symbol: `P${number % SYMBOLS}USD`, price: 100 + (number % 97) / 10, volume: 1 };
    });
    const sent = performance.now();
    const bytes = new TextEncoder().encode(JSON.stringify({ market_data: ticks }));
    const { status } = await connection.ask(requestOf("POST", MARKET, "application/json", bytes));
    if (status !== 200) throw new Error(`ticks were answered ${status}`);
    took.push((performance.now() - sent) * 1e6);
  }
  connection.close();
}

async function ask(engine: EngineProcess, took: number[], over: () => boolean): Promise<void> {
  while (!over()) {
    const sent = performance.now();
    await engine.get("/health");
    took.push((performance.now() - sent) * 1e6);
    await later(HEALTH_MS);
  }
}

/** The same rule in a text that was never seen before. */
function fresh(language: Language, code: string, round: number): string {
  const mark = `${language === "python" ? "#" : "//"} round ${round} of ${process.pid}`;
  return `${mark}\n${code}\n`;
}

async function deploy(engine: EngineProcess, language: Language, code: string): Promise<string> {
  const made = await engine.ask("POST", "/strategies", { strategy_name: "rsi", code, language });
  const id = String(made.body["strategy_id"]);
  const begun = await engine.ask("POST", `/strategies/${id}/deploy`, {});
  if (begun.status !== 200) throw new Error(JSON.stringify([made.body, begun.body]));
  return String(begun.body["pipeline_id"]);
}

async function until(
  engine: EngineProcess,
  pipelineId: string,
  everyMs = LOOK_MS,
): Promise<Readonly<Record<string, unknown>>> {
  for (;;) {
    const pipeline = await engine.get(`/deployments/${pipelineId}/status`);
    if (pipeline["status"] === "completed") return pipeline;
    if (pipeline["status"] === "failed") throw new Error(String(pipeline["error"]));
    await later(everyMs);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
