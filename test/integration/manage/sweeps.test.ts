// Sweeps over the API through a real engine.
import { expect, it } from "vitest";
import { dataDir, type Message, register, startEngine } from "../../support/manage/engine.ts";
import { storeBars } from "../../support/research.ts";
import { Client } from "../../support/server/client.ts";
import type { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

const DAY_MS = 86_400_000;

/** A run over history, on a machine that is busy with other work. */
const PATIENCE_MS = 240_000;
const SHORT = { strategy_type: "moving_average_crossover", duration_days: 20 };
const GRID = { fast_length: [6, 12], slow_length: [20, 26, 40] };

async function ask(engine: EngineProcess, body: object): Promise<string> {
  const { status, body: answer } = await engine.ask("POST", "/sweeps", body);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer["sweep_id"]);
}
async function ended(engine: EngineProcess, id: string, wanted = /completed|failed|cancelled/): Promise<Message> {
  const look = async (): Promise<Message> => (await engine.ask("GET", `/sweeps/${id}`)).body;
  return eventually(look, ({ status }) => wanted.test(String(status)), PATIENCE_MS);
}

it("runs every combination, ranks them, and keeps the result over a restart", async () => {
  const dir = dataDir();
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const asked = await engine.ask("POST", "/sweeps", { ...SHORT, grid: GRID, objective: "total_return" });
  expect(asked.body).toMatchObject({ status: "queued", combinations: 6 });
  const sweep = await ended(engine, String(asked.body["sweep_id"]));
  expect(sweep).toMatchObject({ status: "completed", progress: 1, completed: 6, combinations: 6, error: null });
  const results = sweep["results"] as { parameters: Record<string, number>; score: number }[];
  expect(results.length).toBe(6);
  expect(results.map(({ score }) => score)).toEqual(results.map(({ score }) => score).sort((a, b) => b - a));
  expect(sweep["best"]).toEqual(results[0]);
  // The winner alone gives the same figure.
  const alone = await engine.ask("POST", "/backtests", { ...SHORT, parameters: results[0]?.parameters ?? {} });
  const done = await eventually(
    async () => (await engine.ask("GET", `/backtests/${String(alone.body["backtest_id"])}`)).body,
    ({ status }) => /completed|failed/.test(String(status)),
    PATIENCE_MS,
  );
  expect((done["result"] as Message)["total_return"]).toBe(results[0]?.score);
  await engine.stop();
  const later = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  expect((await later.ask("GET", `/sweeps/${String(sweep["sweep_id"])}`)).body).toEqual(sweep);
  const list = await later.ask("GET", "/sweeps?status=completed");
  expect((list.body["sweeps"] as Message[]).map((one) => one["sweep_id"])).toEqual([sweep["sweep_id"]]);
});

it("is cancelled and keeps what is done; one whose process died is failed with the reason", async () => {
  const dir = dataDir();
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const long = { ...SHORT, duration_days: 400, grid: { fast_length: [6, 8, 10, 12], slow_length: [20, 26, 40, 60] } };
  const first = await ask(engine, long);
  await ended(engine, first, /running/);
  expect((await engine.ask("DELETE", `/sweeps/${first}`)).body).toEqual({ status: "cancelled" });
  expect((await engine.ask("DELETE", `/sweeps/${first}`)).status).toBe(409);
  const second = await ask(engine, long);
  await ended(engine, second, /running/);
  await engine.kill();
  const later = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  expect((await later.ask("GET", `/sweeps/${first}`)).body).toMatchObject({ status: "cancelled" });
  const lost = await later.ask("GET", `/sweeps/${second}`);
  expect(lost.body).toMatchObject({ status: "failed" });
  expect(lost.body["error"]).toContain("the engine ended");
});

it("refuses what cannot be swept before anything is queued", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const refused = async (body: object): Promise<readonly [number, string]> => {
    const { status, body: answer } = await engine.ask("POST", "/sweeps", body);
    return [status, JSON.stringify(answer)];
  };
  const bound = await register(engine, { strategy_type: "moving_average_crossover" });
  await engine.ask("PUT", `/strategies/${bound}`, { risk_limits: { max_open_positions: 2 } });
  const wide = Array.from({ length: 100 }, (_, value) => value);
  const cases: readonly (readonly [object, string])[] = [
    [SHORT, "grid"],
    [{ ...SHORT, grid: {} }, "grid"],
    [{ ...SHORT, grid: { fast_length: [] } }, "grid"],
    [{ ...SHORT, grid: { fast_length: ["x"] } }, "must be numbers or booleans"],
    [
      { ...SHORT, grid: { fast_length: wide, slow_length: wide, horizon: wide } },
      "has 1000000 combinations, at most 1000",
    ],
    [{ ...SHORT, grid: { luck: [1] } }, "luck"],
    [{ ...SHORT, grid: { fast_length: [-5] } }, "parameters.fast_length"],
    [
      { ...SHORT, strategy_type: "moving_average_crossover", grid: { fast_length: [5, 30], slow_length: [20, 40] } },
      "must be below slow_length of moving_average_crossover, which is 20",
    ],
    [{ ...SHORT, grid: GRID, objective: "luck" }, "there are sharpe_ratio"],
    [{ grid: GRID }, "strategy_type"],
    [
      { strategy_id: bound, duration_days: 20, grid: { max_open_positions: [1, 2] } },
      "is fixed by the strategy's risk_limits",
    ],
  ];
  for (const [body, reason] of cases) {
    const [status, text] = await refused(body);
    expect([body, status, text.includes(reason)]).toEqual([body, 422, true]);
  }
  expect((await engine.ask("GET", "/sweeps")).body).toMatchObject({ sweeps: [], count: 0 });
  expect((await engine.ask("GET", "/sweeps/sw_00000000000000")).status).toBe(404);
});

it("counts every run on recorded history once, and speaks a verdict over the best set of all that were tried", async () => {
  const dir = dataDir();
  storeBars(dir, "BTCUSD", { bars: 4_000 });
  // Learning tries sets on the same history at its beats, and counts them in the same ledger: there is none.
  const engine = await startEngine({ DATA_DIR: dir, DEMO: "off", TIER_LEARNING_MS: String(DAY_MS) });
  const run = { strategy_type: "momentum_rider", symbols: ["BTCUSD"], duration_days: 20 };
  const grid = { momentum_threshold: [0.5, 1, 1.5], exit_threshold: [0.1, 0.2, 0.3] };
  const { verdict } = await ended(engine, await ask(engine, { ...run, grid }));
  expect(verdict).toMatchObject({
    trials: 9,
    judgement: expect.stringMatching(/refused|unproven|credible/) as unknown,
  });
  const checks = (verdict as { checks: { name: string; figure: number | null }[] }).checks;
  for (const name of ["deflated_sharpe", "overfitting", "reality_check"])
    expect(checks.find((one) => one.name === name)?.figure, name).not.toBeNull();
  // A wider grid holds those nine, which are counted already.
  const wider = { ...grid, exit_threshold: [0.1, 0.2, 0.3, 0.4] };
  const second = await ended(engine, await ask(engine, { ...run, grid: wider }));
  expect(second["verdict"]).toMatchObject({ trials: 12 });
  const { body } = await engine.ask("POST", "/backtests", { ...run, parameters: { momentum_threshold: 2 } });
  await listen(engine, (update) => update["id"] === body["backtest_id"] && update["status"] === "completed");
  const third = await ended(engine, await ask(engine, { ...run, grid }));
  expect(third["verdict"]).toMatchObject({ trials: 13 });
  await engine.stop();
  const later = await startEngine({ DATA_DIR: dir, DEMO: "off" });
  const kept = await later.ask("GET", `/sweeps/${String(third["sweep_id"])}`);
  expect(kept.body["verdict"]).toEqual(third["verdict"]);
});

it("a sweep on a made-up market is judged, and counted nowhere", async () => {
  const engine = await startEngine({ DATA_DIR: dataDir(), DEMO: "off" });
  const sweeps = [await ask(engine, { ...SHORT, grid: GRID }), await ask(engine, { ...SHORT, grid: GRID })];
  for (const id of sweeps) {
    const { verdict } = await ended(engine, id);
    expect(verdict).toMatchObject({ trials: 6 });
    expect((verdict as { sentence: string }).sentence).toContain("SYNTHETIC");
  }
});

it("is heard of on its way: queued, started, how far, how long, the best so far, and its end", async () => {
  const engine = await startEngine({ DEMO: "off" });
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  const filter = { strategies: ["moving_average_crossover"] };
  await client.ask({ op: "subscribe", id: 1, channel: "research", filter });
  const many = { fast_length: [6, 8, 10, 12], slow_length: [20, 26, 40, 60] };
  const id = await ask(engine, { ...SHORT, duration_days: 60, grid: many });
  const ends = ({ data }: Message): boolean => (data as Message)["status"] === "completed";
  const heard = (await client.updatesUntil(ends, 240_000)).map(({ data }) => data as Message);
  expect(heard.map(({ event }) => event).filter((event) => event !== "progress")).toEqual([
    "queued",
    "started",
    "completed",
  ]);
  const { best, verdict } = (await engine.ask("GET", `/sweeps/${id}`)).body;
  expect(heard.at(-1)).toMatchObject({ id, kind: "sweep", progress: 1, eta_s: null, best, error: null });
  expect(verdict).not.toBeNull();
  for (const { progress, eta_s: eta, event } of heard) {
    expect(progress).toBeGreaterThanOrEqual(0);
    if (event === "progress" && progress !== 1) expect(eta).toBeGreaterThan(0);
  }
  const late = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  await late.ask({ op: "subscribe", id: 1, channel: "research", snapshot: true });
  expect((await late.next())["data"]).toEqual([heard.at(-1)]);
});

async function listen(engine: EngineProcess, until: (update: Message) => boolean): Promise<void> {
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  await client.ask({ op: "subscribe", id: 1, channel: "research", snapshot: true });
  for (;;) {
    const { data } = await client.next();
    if ([data].flat().some((one) => until(one as Message))) return;
  }
}
