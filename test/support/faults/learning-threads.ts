// Single threads that read, train and generate die while they are at it: what they were at is told, and made again or given
// up, and market data does not notice. The engine's clock is put forward where something comes once in an hour.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TRAIN } from "../../../src/learning/models.ts";
import { TrainingThread } from "../../../src/manage/learning/training-thread.ts";
import type { EngineProcess, LogLine } from "../engine-process.ts";
import { storeBars } from "../learning/bar-tables.ts";
import { surgeMarket } from "../learning/surge-market.ts";
import { healthy, hit, hitAll, killedAndCompared, later, PIPELINE_MS, started } from "./hits.ts";
import { told } from "./load.ts";
import type { Fault, Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;
/** Learning beats come every second, and what learns has a fifth of a processor. */
const LEARNING = { TIER_LEARNING_MS: "1000", LEARNING_MAX_CPU: "0.2" };
const SYMBOL = "BTCUSD";
const BAR_MS = 300_000;
/** Enough that a candidate takes longer than the way of a hit. */
const GENERATION_BARS = 4_000;
const TRAINING_BARS = 1_500;
/** Candidates that have begun before the thread is hit. */
const BEGUN = 3;
/** Lines of Python that take a while to read, and mean nothing. */
const LINES = 2_500;

export const LEARNING_THREAD_FAULTS: readonly Fault[] = [
  {
    name: "thread-python",
    fault: "the thread that reads Python is ended while it reads the code of a deployment",
    promised:
      "the engine tries the stage once more and says so, and the deployment ends; the next one runs as if nothing had happened",
    run: reader,
  },
  {
    name: "thread-learning",
    fault:
      "the learning thread is ended while it tries candidates of a strategy, and dies of an uncaught fault while it works on rules",
    promised:
      "those candidates are given up with a sentence; /health says so; another thread takes its place and does the next ones",
    run: learning,
  },
  {
    name: "thread-training",
    fault: "the thread that trains is ended while it trains a model",
    promised:
      "the log says so, and the engine trains again at the next beat: the model is the same as without the fault",
    run: training,
  },
];

async function reader(stage: Stage): Promise<void> {
  const engine = await started(stage, { PIPELINE_STAGES: "syntax_check" });
  const load = stage.load(engine);
  await stage.until("ticks are acknowledged", () => load.acknowledged.size >= 200);
  load.look();
  let hits = 0;
  const broken = await read(stage, engine, 1, async () => {
    if (hits === 0) hits += await hitAll(stage, engine, "check-worker.js", "terminate");
  });
  stage.holds(hits === 1, `${hits} threads that read Python were hit`);
  stage.holds(broken["status"] === "completed", `it ended as ${JSON.stringify(broken).slice(0, 300)}`);
  stage.holds(attempts(broken) === 2, `its syntax check was tried ${attempts(broken)} times`);
  stage.say(
    `the deployment whose thread was ended: ${String(broken["status"])}, its check tried ${attempts(broken)} times`,
  );
  const next = await read(stage, engine, 2);
  stage.holds(
    next["status"] === "completed" && attempts(next) === 1,
    `the next: ${JSON.stringify(next).slice(0, 300)}`,
  );
  stage.say(`the next one: ${String(next["status"])}, tried once; meanwhile ${told(load.look())}`);
  await healthy(stage, engine);
  await load.stop();
  await killedAndCompared(stage, engine, load.acknowledged);
}

/** A strategy in Python that was never read before goes through its pipeline; what that ended with. */
async function read(
  stage: Stage,
  engine: EngineProcess,
  mark: number,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Record<string, unknown>> {
  const text = Array.from({ length: LINES }, (_, line) => `n${line} = [${line}, ${mark}]`).join("\n");
  const code = `${text}\nclass Read:\n    def generate_signal(self, market_data):\n        return "HOLD"\n`;
  const made = await engine.ask("POST", "/strategies", { strategy_name: `read ${mark}`, code, language: "python" });
  const begun = await engine.ask("POST", `/strategies/${String(made.body["strategy_id"])}/deploy`, {});
  const path = `/deployments/${String(begun.body["pipeline_id"])}/status`;
  let now: Record<string, unknown> = {};
  const ended = async (): Promise<boolean> => {
    await meanwhile();
    now = await engine.get(path);
    return /completed|failed/.test(String(now["status"]));
  };
  await stage.until("the deployment ends", ended, PIPELINE_MS);
  return now;
}

function attempts({ results }: Record<string, unknown>): number {
  const checked = (results as Record<string, { readonly attempts?: number }> | undefined)?.["syntax_check"];
  return checked?.attempts ?? 1;
}

async function learning(stage: Stage): Promise<void> {
  mkdirSync(stage.dataDir);
  const bars = surgeMarket({ seed: 5, bars: GENERATION_BARS, edge: 1, barMs: BAR_MS });
  storeBars(stage.dataDir, bars, SYMBOL, BAR_MS, true); // made up: nothing is trained on them
  const engine = await started(stage, LEARNING);
  const load = stage.load(engine);
  await stage.until("candidates are tried", () => begunTrials(stage.dataDir) >= BEGUN, PIPELINE_MS);
  load.look();
  await hit(stage, engine, "learning-worker.js", "terminate");
  const ms = await stage.until("the candidates are given up", () => givenUp(engine).length === 1);
  stage.say(`candidates of a strategy given up ${ms} ms after the hit, "${reasonOf(givenUp(engine)[0])}"`);
  await degraded(stage, engine);
  await later(stage, engine, HOUR_MS);
  const struck = async (): Promise<boolean> => {
    if (givenUp(engine).length < 2) await hitAll(stage, engine, "learning-worker.js", "throw");
    return givenUp(engine).length === 2;
  };
  await stage.until("the rules are given up", struck, PIPELINE_MS);
  stage.say(`rules given up, "${reasonOf(givenUp(engine)[1])}"`);
  for (const line of givenUp(engine)) stage.holds(/learning thread/.test(reasonOf(line)), JSON.stringify(line));
  await degraded(stage, engine);
  await later(stage, engine, HOUR_MS);
  const next = await stage.until(
    "the next are tried",
    () => lines(engine, "candidates were generated").length === 1,
    PIPELINE_MS,
  );
  stage.say(
    `replaced ${lines(engine, "the learning thread is replaced").length} times, the next candidates after ${next} ms`,
  );
  await healthy(stage, engine);
  stage.say(`meanwhile ${told(load.look())}`);
  await load.stop();
  await killedAndCompared(stage, engine, load.acknowledged);
}

/** Runs of the search that is under way, as the trial ledger knows them. */
function begunTrials(dataDir: string): number {
  const folder = join(dataDir, "research");
  const begun = existsSync(folder) ? readdirSync(folder).filter((name) => /^begun-.*\.json$/.test(name)) : [];
  const trials = begun.map((name) => /"trials":(\d+)/.exec(readFileSync(join(folder, name), "utf8"))?.[1] ?? 0);
  return Math.max(0, ...trials.map(Number));
}

function lines(engine: EngineProcess, message: string): readonly LogLine[] {
  return engine.lines.filter(({ msg }) => msg === message);
}

function givenUp(engine: EngineProcess): readonly LogLine[] {
  return lines(engine, "no candidates were generated");
}

function reasonOf(line: LogLine | undefined): string {
  return String(line?.["reason"]);
}

async function degraded(stage: Stage, engine: EngineProcess): Promise<void> {
  const { status, troubles } = await engine.get("/health");
  const said = JSON.stringify(troubles);
  stage.holds(status === "degraded" && /learning thread/.test(said), `health says ${String(status)} ${said}`);
}

async function training(stage: Stage): Promise<void> {
  const bars = surgeMarket({ seed: 4, bars: TRAINING_BARS, edge: 1.5 });
  const other = join(stage.dir, "unbroken");
  for (const dir of [stage.dataDir, other]) {
    mkdirSync(dir);
    storeBars(dir, bars);
  }
  const engine = await started(stage, { ...LEARNING, GENERATOR_POLICY: "off" });
  const load = stage.load(engine);
  const counted = join(stage.dataDir, "research", "trials.log");
  await stage.until("a model is trained", () => existsSync(counted), PIPELINE_MS);
  load.look();
  await hit(stage, engine, "training-worker.js", "terminate");
  const fallen = (): readonly LogLine[] =>
    engine.lines.filter((line) => /could not be trained/.test(JSON.stringify(line)));
  const ms = await stage.until("the log tells of it", () => fallen().length > 0);
  stage.say(
    `told ${ms} ms after the hit: "${/a model could not be trained: [\w ]+/.exec(JSON.stringify(fallen()[0]))?.[0]}"`,
  );
  let models: readonly Model[] = [];
  const kept = async (): Promise<boolean> => {
    const page = (await engine.get("/learning/models")) as { readonly models: readonly Model[] };
    models = page.models.filter(({ kind }) => kind === "ml");
    return models.length > 0;
  };
  const again = await stage.until("a model is kept", kept, PIPELINE_MS);
  stage.holds(fallen().length === 1, `${fallen().length} trainings were broken`);
  await healthy(stage, engine);
  stage.say(`a model ${again} ms later; meanwhile ${told(load.look())}`);
  await load.stop();
  const unbroken = await trainedAlone(other);
  const made = models.map(({ lineage }) => String(lineage["model_hash"])).join(", ");
  stage.holds(made === unbroken, `the model is ${made}, not ${unbroken}`);
  stage.say("the same model as a training that nothing broke");
  await killedAndCompared(stage, engine, load.acknowledged);
}

interface Model {
  readonly kind: string;
  readonly lineage: Readonly<Record<string, unknown>>;
}

/** The hash of the model that the same history gives. */
async function trainedAlone(dataDir: string): Promise<string> {
  const thread = new TrainingThread();
  try {
    const { result } = await thread.train({ dataDir, settings: TRAIN, before: [], now: 1 });
    if (!result.ok || result.value?.made.ok !== true)
      throw new Error(`it cannot be trained: ${JSON.stringify(result)}`);
    return result.value.made.value.hash;
  } finally {
    await thread.close();
  }
}
