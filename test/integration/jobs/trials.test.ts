// Trials of the generator's searches made by `strategy-engine work` processes: a search comes to the same bits and the same
// count as in one process, also when a worker is killed in the middle, when the last one is, when Redis goes and when a
// worker has other history; and it is watched and cancelled over the API. Real Redis, real processes, real threads.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { openJobLine } from "../../../src/bus/bus.ts";
import { packageVersion } from "../../../src/package-version.ts";
import { founderOf } from "../../../src/learning/generation.ts";
import { openCompiler, ruleCompiler } from "../../../src/manage/compiling.ts";
import type { CompositionJob, GenerationJob } from "../../../src/manage/learning/jobs.ts";
import { LearningThread } from "../../../src/manage/learning/work.ts";
import { Budget } from "../../../src/sandbox/sandbox.ts";
import { createLog, SILENT_LOG } from "../../../src/telemetry/log.ts";
import { COMPILED } from "../../support/compiled.ts";
import { eventually } from "../../support/eventually.ts";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { storeBars } from "../../support/research.ts";
import { WorkProcess } from "../../support/work-process.ts";

const PATIENCE_MS = 240_000;
const ACTIVE = `{bull}:trials-${packageVersion()}:active`;
const SYMBOLS = ["AAAUSD", "BBBUSD"];
/** Trials that a process makes at the same time. */
const WIDTH = availableParallelism() >= 4 ? 2 : 1;
const FRAME = { spanMs: 400 * 86_400_000, capital: 10_000, seed: 5, engineVersion: "test", now: 1 };
const PARAMETERS: Omit<GenerationJob, "dataDir"> = {
  ...FRAME,
  kind: "generation",
  strategy: "mean_reversion",
  parameters: {},
  axes: [{ name: "entry_z", min: 1, max: 3, whole: false }],
  evolution: { parents: 2, children: 4, generations: 2, first: 8 },
};
/** 1 + 8 + 2 * 4. */
const PARAMETER_TRIALS = 17;
const RULES: Omit<CompositionJob, "dataDir"> = {
  ...FRAME,
  kind: "composition",
  founders: [founderOf("momentum_rider")],
  signals: ["momentum_rider", "mean_reversion"],
  evolution: { parents: 1, children: 2, generations: 1, first: 2 },
};
type Asked = typeof PARAMETERS | typeof RULES;

async function redisServer(): Promise<{ readonly redis: RedisServer; readonly probe: Redis }> {
  const redis = await RedisServer.create();
  onTestFinished(() => redis.remove());
  const probe = new Redis(redis.socketPath);
  probe.on("error", () => undefined);
  onTestFinished(() => probe.disconnect());
  return { redis, probe };
}
async function worker(redis: RedisServer, history: string): Promise<WorkProcess> {
  const env = { DATA_DIR: "", REDIS_URL: redis.url, HISTORY_DIR: history, STRATEGY_COMPILED_DIR: COMPILED };
  const work = await WorkProcess.start(env);
  onTestFinished(() => work.kill());
  return work;
}
/** The same in each folder, so that searches over two of them have the same data and counts of their own. */
function history(bars: number, symbols: readonly string[] = SYMBOLS): string {
  const dir = dataDir();
  for (const [place, symbol] of symbols.entries()) storeBars(dir, symbol, { bars, seed: 11 + place });
  return dir;
}

interface Searcher {
  readonly thread: LearningThread;
  /** What it said in its log. */
  readonly said: () => readonly string[];
}
/** Of an engine whose learning has all of a processor; `redis` null: as with JOBS=local. */
async function searcher(redis: RedisServer | null): Promise<Searcher> {
  const log = createLog("warn", { write: () => undefined, flushSync: () => undefined });
  const line = redis === null ? null : await openJobLine(redis.url, packageVersion(), SILENT_LOG);
  const thread = new LearningThread({ share: 1, log, line });
  onTestFinished(() => thread.close());
  const budget = new Budget({ memoryBytes: 2 ** 30, cpuCores: 1 });
  const compiler = openCompiler(COMPILED, budget);
  onTestFinished(() => compiler.close());
  thread.compileBy(ruleCompiler(compiler));
  return { thread, said: () => log.tail(10).map((line) => JSON.stringify(line)) };
}

/** What came of it, and what its ledger holds: with its means and squares the bits of every trial. */
async function searched({ thread }: Searcher, job: Asked, dir: string): Promise<readonly [string, string]> {
  const made = await thread.run({ ...job, dataDir: dir });
  if (!made.ok) throw new Error(made.failure);
  return [JSON.stringify(made.value), readFileSync(join(dir, "research", "trials.log"), "utf8")];
}
/** With workers there before the search begins. A first job opens the way to them. */
async function attended(one: Searcher): Promise<Searcher> {
  await one.thread.run({ ...PARAMETERS, axes: [], dataDir: dataDir() });
  await eventually(
    () => one.thread.trialsAway.attended,
    (yes) => yes,
  );
  return one;
}
/** So many processes are at as many trials as they take. */
const inTheMiddle = (probe: Redis, { thread }: Searcher, processes = 1): Promise<number> =>
  eventually(
    async () => ((thread.search?.tried ?? 0) > 1 ? probe.llen(ACTIVE) : 0),
    (active) => active === processes * WIDTH,
    PATIENCE_MS,
  );

it("come to the same bits as in one process, parameters and rules", async () => {
  const { redis } = await redisServer();
  for (const [job, bars] of [
    [PARAMETERS, 3_000],
    [RULES, 600],
  ] as const) {
    const [here, there] = [history(bars), history(bars)];
    const local = await searcher(null);
    const expected = await searched(local, job, here);
    const work = await worker(redis, there);
    const away = await attended(await searcher(redis));
    expect(await searched(away, job, there)).toEqual(expected);
    const { trials } = local.thread;
    expect(away.thread.trialsAway).toMatchObject({ answered: trials, returned: 0 });
    expect([away.thread.trials, away.said()]).toEqual([trials, []]);
    expect(await work.stop()).toBe(0);
    await away.thread.close();
  }
});

it("are made by another worker, or by the engine, when one is killed in the middle, and count once", async () => {
  const { redis, probe } = await redisServer();
  const bars = 5_000;
  const expected = await searched(await searcher(null), PARAMETERS, history(bars));
  const dir = history(bars);
  const [doomed, other] = [await worker(redis, dir), await worker(redis, dir)];
  const one = await attended(await searcher(redis));
  const ending = searched(one, PARAMETERS, dir);
  await inTheMiddle(probe, one, 2);
  await doomed.kill();
  expect(await ending).toEqual(expected);
  expect(one.thread.trials).toBe(PARAMETER_TRIALS);
  expect(one.thread.trialsAway.answered).toBeGreaterThan(0);
  await other.stop();
  await one.thread.close();

  const alone = history(bars);
  const last = await worker(redis, alone);
  const two = await attended(await searcher(redis));
  const end = searched(two, PARAMETERS, alone);
  await inTheMiddle(probe, two);
  await last.kill();
  expect(await end).toEqual(expected);
  expect([two.thread.trials, two.thread.trialsAway.attended]).toEqual([PARAMETER_TRIALS, false]);
  expect(two.thread.trialsAway.returned).toBeGreaterThan(0);
});

it("are made by the engine when Redis goes in the middle, and when a worker has other history, which it says", async () => {
  const { redis, probe } = await redisServer();
  const bars = 5_000;
  const expected = await searched(await searcher(null), PARAMETERS, history(bars));
  const dir = history(bars);
  const work = await worker(redis, dir);
  const one = await attended(await searcher(redis));
  const ending = searched(one, PARAMETERS, dir);
  await inTheMiddle(probe, one);
  await redis.kill();
  expect(await ending).toEqual(expected);
  await one.thread.close();
  await work.kill();

  await redis.start();
  const stranger = await worker(redis, history(bars - 1));
  const two = await attended(await searcher(redis));
  expect(await searched(two, PARAMETERS, history(bars))).toEqual(expected);
  expect(two.thread.trialsAway).toMatchObject({ answered: 0, returned: PARAMETER_TRIALS });
  for (const line of two.said()) expect(line).toMatch(/has other rows of .*give all processes the same history/);
  expect(two.said().length).toBeGreaterThan(0);
  await stranger.stop();
});

it("are watched and cancelled over the API, and the worker lets go of them", async () => {
  const { redis, probe } = await redisServer();
  const dir = history(30_000, [...SYMBOLS, "CCCUSD", "DDDUSD", "EEEUSD", "FFFUSD"]);
  const work = await worker(redis, dir);
  await eventually(
    () => probe.exists(`{bull}:takers:trials-${packageVersion()}`),
    (there) => there === 1,
  );
  const jobs = { REDIS_URL: redis.url, JOBS: "redis", DATA_DIR: dir };
  const engine = await startEngine({ ...jobs, DEMO: "off", TIER_LEARNING_MS: "1000", LEARNING_MAX_CPU: "0.5" });
  const look = async (): Promise<Message> => (await engine.ask("GET", "/learning/search")).body;
  const far = await eventually(
    look,
    ({ search }) => Number((search as Message | null)?.["tried"]) > 0 && Number((search as Message)["away"]) > 0,
    PATIENCE_MS,
  );
  expect(far).toMatchObject({ attended: true, search: { kind: "parameters" } });
  const { tried, planned, progress } = far["search"] as Readonly<Record<string, number>>;
  expect(progress).toBe(Number(tried) / Number(planned));
  const metrics = await (await fetch(`${engine.url}/metrics?format=prometheus`)).text();
  expect(metrics).toMatch(/^strategy_learning_trials_attended 1$/m);
  expect(await engine.ask("POST", "/learning/search/cancel")).toMatchObject({
    status: 200,
    body: { status: "cancelled" },
  });
  await eventually(look, ({ search }) => search === null, PATIENCE_MS);
  expect((await engine.ask("POST", "/learning/search/cancel")).status).toBe(409);
  const { audit } = (await engine.get("/audit?limit=20")) as { readonly audit: readonly Message[] };
  expect(audit.map(({ action }) => action)).toContain("learning.cancel_search");
  await eventually(
    async () => [await probe.llen(ACTIVE), (await probe.keys("{bull}:body:*")).length],
    ([active, bodies]) => active === 0 && bodies === 0,
    PATIENCE_MS,
  );
  // It is there for the next one.
  expect(await engine.stop()).toBe(0);
  expect(await work.stop()).toBe(0);
});
