// Sweeps over the API through a real engine.
import { expect, it } from "vitest";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";
import type { EngineProcess } from "../../support/engine-process.ts";

const SHORT = { strategy_type: "moving_average_crossover", duration_days: 20 };
const GRID = { fast_length: [6, 12], slow_length: [20, 26, 40] };

async function ask(engine: EngineProcess, body: object): Promise<string> {
  const { status, body: answer } = await engine.ask("POST", "/sweeps", body);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer["sweep_id"]);
}
async function ended(engine: EngineProcess, id: string, wanted = /completed|failed|cancelled/): Promise<Message> {
  for (;;) {
    const { body } = await engine.ask("GET", `/sweeps/${id}`);
    if (wanted.test(String(body["status"]))) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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
  for (;;) {
    const { body } = await engine.ask("GET", `/backtests/${String(alone.body["backtest_id"])}`);
    if (body["status"] !== "completed") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    expect((body["result"] as Message)["total_return"]).toBe(results[0]?.score);
    break;
  }
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
  ];
  for (const [body, reason] of cases) {
    const [status, text] = await refused(body);
    expect([body, status, text.includes(reason)]).toEqual([body, 422, true]);
  }
  expect((await engine.ask("GET", "/sweeps")).body).toMatchObject({ sweeps: [], count: 0 });
  expect((await engine.ask("GET", "/sweeps/sw_00000000000000")).status).toBe(404);
});
