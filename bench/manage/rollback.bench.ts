// How long a version that is not wanted any more goes on deciding: the engine as users run it, journal and store on disk,
// an execution that trades, ticks by HTTP all the time. By request: from sending it to its answer, by which the execution
// decides by the version before, so the last tick on the one that was left lies within. By itself: a canary whose version
// fails, from the decision to the answer of the execution's thread, as the logs of the pipeline tell. Fails beyond the
// limit of two seconds; the aim is 100 ms.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineProcess } from "../../test/support/engine-process.ts";
import { strategyCode } from "../../test/support/strategy-code.ts";
import { areEnough } from "../enough.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";

const SYMBOLS = ["RBAUSD", "RBBUSD", "RBCUSD", "RBDUSD"];
const BATCH = 40;
const TURN_MS = 20;
const REQUESTS = 60;
const FAILURES = 12;
const FAILURES_LEAST = 3;
const LIMIT_MS = 2_000;
/** As the gates of budget.ts name it. */
const LAST = "to the last tick on the version that is left";
const IN_AND_OUT = strategyCode(
  "if (market.count % 10 == 1) this.buy(0.5); else if (market.count % 10 == 6) this.close();",
);
/** The tests of a pipeline never see such a price. */
const BOMB = strategyCode("assert(market.price < 7000.0 || market.price > 7100.0); this.buy(0.5);");

type Body = Record<string, unknown>;

export async function run(): Promise<readonly Result[]> {
  const dir = await mkdtemp(join(tmpdir(), "rollback-"));
  const env = { DATA_DIR: dir, PIPELINE_STAGES: "syntax_check", ROLLOUT_STEP_MS: "100", MAX_SYMBOLS: "64" };
  const engine = await EngineProcess.start(env);
  const market = new Market(engine);
  try {
    const id = await trading(engine);
    const asked = await byRequest(engine, id);
    const own = await byItself(engine, id, market);
    return [resultOf("by request", asked, market), resultOf("by itself", own, market)];
  } finally {
    await market.close();
    await engine.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Ticks of all symbols, one request after the other. */
class Market {
  private readonly engine: EngineProcess;
  private readonly begun = performance.now();
  private open = true;
  private ticks = 0;
  private readonly done: Promise<void>;

  constructor(engine: EngineProcess) {
    this.engine = engine;
    this.done = this.run();
  }

  get ticksPerSecond(): number {
    return Math.round((this.ticks / (performance.now() - this.begun)) * 1_000);
  }

  async close(): Promise<void> {
    this.open = false;
    await this.done;
  }

  private async run(): Promise<void> {
    while (this.open) {
      const due = performance.now() + TURN_MS;
      const ticks = Array.from({ length: BATCH }, () => {
        const count = this.ticks++;
        return { symbol: SYMBOLS[count % SYMBOLS.length], price: 7_050 + Math.sin(count / 100), volume: 1 };
      });
      await this.engine.post(JSON.stringify({ market_data: ticks }));
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
  }
}

async function ask(engine: EngineProcess, method: string, path: string, body?: object): Promise<Body> {
  const answer = await engine.ask(method, path, body);
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function deployed(
  engine: EngineProcess,
  id: string,
  type: string,
): Promise<Body & { readonly pipeline: string }> {
  const begun = await ask(engine, "POST", `/strategies/${id}/deploy`, { deployment_type: type });
  const pipeline = String(begun["pipeline_id"]);
  for (;;) {
    const state = await ask(engine, "GET", `/deployments/${pipeline}/status`);
    if (/completed|failed/.test(String(state["status"]))) return { ...state, pipeline };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** With an execution, and two versions that were deployed. */
async function trading(engine: EngineProcess): Promise<string> {
  const parameters = { symbols: SYMBOLS };
  const made = { strategy_name: "back and forth", code: IN_AND_OUT, language: "assemblyscript", parameters };
  const id = String((await ask(engine, "POST", "/strategies", made))["strategy_id"]);
  await deployed(engine, id, "direct");
  await ask(engine, "POST", `/strategies/${id}/start`);
  await ask(engine, "PUT", `/strategies/${id}`, { code: `// again\n${IN_AND_OUT}`, version: "2.0.0" });
  const { status } = await deployed(engine, id, "direct");
  if (status !== "completed") throw new Error("the second version was not deployed");
  return id;
}

/** Milliseconds each. */
async function byRequest(engine: EngineProcess, id: string): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let count = 0; count < REQUESTS; count++) {
    const to = count % 2 === 0 ? "1.0.0" : "2.0.0";
    const begun = performance.now();
    await ask(engine, "POST", `/strategies/${id}/rollback`, { to_version: to });
    taken.push(performance.now() - begun);
    const [execution] = (await ask(engine, "GET", "/executions"))["executions"] as Body[];
    if (execution?.["version"] !== to) throw new Error(`it was answered before version ${to} decided`);
  }
  return taken;
}

async function byItself(engine: EngineProcess, id: string, market: Market): Promise<readonly number[]> {
  const taken: number[] = [];
  const enough = (): boolean =>
    taken.length >= FAILURES_LEAST && areEnough(taken.map((ms) => resultOf("by itself", [ms], market)));
  for (let count = 0; count < FAILURES && !enough(); count++) {
    await ask(engine, "PUT", `/strategies/${id}`, { code: `// ${count}\n${BOMB}`, version: `3.0.${count}` });
    const state = await deployed(engine, id, "canary");
    if (state["rolled_back"] !== true) throw new Error(JSON.stringify(state));
    const logs = (await ask(engine, "GET", `/deployments/${state.pipeline}/logs?stage=rollout`))["logs"] as Body[];
    const found = logs.map(({ message }) =>
      /on the earlier version since event \d+, ([\d.]+) ms/.exec(String(message)),
    );
    taken.push(Number(found.find((one) => one !== null)?.[1]));
  }
  return taken;
}

function resultOf(how: string, taken: readonly number[], market: Market): Result {
  const longest = Math.max(...taken);
  if (!(longest <= LIMIT_MS)) throw new Error(`a rollback ${how} took ${longest} ms, at most ${LIMIT_MS}`);
  return {
    name: `rollback ${how}`,
    pairs: [
      figureOfLatencies(
        LAST,
        taken.map((ms) => ms * 1e6),
      ),
    ],
    ratio: 1,
    note: `${taken.length} rollbacks under ${market.ticksPerSecond} ticks/s by HTTP; aim 100 ms, limit ${LIMIT_MS} ms`,
  };
}
