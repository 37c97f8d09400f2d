// Every endpoint that changes something leaves an entry in the audit trail: who, what, and the chain whole. The list of
// endpoints is the published contract's own; one that is new is in the table, or among those that change nothing, or
// this test fails.
import { describe, expect, it } from "vitest";
import type { EngineProcess } from "../../support/engine-process.ts";
import { type Message, referenceTrend, startEngine } from "../../support/manage/engine.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import { RSI_CODE, strategyCode } from "../../support/strategy-code.ts";

/** Endpoints whose requests change nothing that anybody has set, or that are not in this version. */
const NOTHING_CHANGES: Readonly<Record<string, string>> = {
  "POST /api/strategy_engine/process_market_data": "market data; the journal has it",
  "POST /api/performance/track": "results of strategies; the table performance has them",
  "POST /risk/check": "a question",
  "POST /strategies/{strategy_id}/test": "a run over history, which keeps nothing",
  "POST /backtests": "a run over history; its row says what was asked",
  "POST /sweeps": "runs over history; their row says what was asked",
  "POST /venue/reconcile": "live trading is off here; test/integration/manage/venue-redis.test.ts has it on",
  "POST /ab-tests/{ab_test_id}/promote": "needs a winner; the tests of experiments have one",
  "POST /learning/proposals/{proposal_id}/approve":
    "needs a proposal; test/integration/manage/learning-proposals.test.ts has one",
  "POST /learning/search/cancel": "needs a search; test/integration/jobs/trials.test.ts has one",
  "POST /learning/proposals/{proposal_id}/reject":
    "needs a proposal; test/integration/manage/learning-proposals.test.ts has one",
};

/** A guard against hangs: a pipeline makes its runs as fast as the machine lets it. */
const PIPELINE = { timeout: 240_000 };

interface World {
  readonly engine: EngineProcess;
  readonly ids: Record<string, string>;
}
type Body = Readonly<Record<string, unknown>>;
interface Step {
  /** As the contract has it; {id} names stand in `ids`. */
  readonly call: string;
  readonly action: string;
  readonly body?: Body;
  readonly before?: (world: World) => Promise<void>;
  /** The field of the answer that is kept, under this name. */
  readonly keep?: readonly [field: string, name: string];
}

const AB = { name: "two", traffic_split: 0.5 };
const on = (name: string, call: string): string => call.replace("{strategy_id}", `{${name}}`);

const STEPS: readonly Step[] = [
  {
    call: "POST /api/strategy/register",
    action: "strategy.register",
    // Neither stop nor target is reached on the trend, so an order that was seen open is open when it is changed.
    body: {
      strategy_type: "momentum_rider",
      parameters: { symbols: ["BTCUSD"], stop_percent: 0.5, target_percent: 0.5 },
    },
    keep: ["strategy_id", "strategy_id"],
  },
  {
    call: "PUT /api/strategy/{strategy_id}",
    action: "strategy.update",
    body: { risk_limits: { max_open_positions: 3 } },
  },
  { call: "PUT /strategies/{strategy_id}", action: "strategy.update", body: { strategy_name: "renamed" } },
  { call: "POST /strategies/{strategy_id}/start", action: "execution.start", keep: ["execution_id", "execution_id"] },
  { call: "PUT /orders/{order_id}", action: "order.amend", before: openOrder, body: { stop_price: 12_345 } },
  { call: "POST /orders/{order_id}/cancel", action: "order.cancel", before: openOrder },
  { call: "POST /executions/{execution_id}/stop", action: "execution.stop" },
  { call: "POST /strategies/{strategy_id}/pause", action: "strategy.pause" },
  { call: "POST /strategies/{strategy_id}/resume", action: "strategy.resume" },
  { call: "POST /ab-tests", action: "ab_test.create", before: twoOfThem, keep: ["ab_test_id", "ab_test_id"] },
  { call: "POST /ab-tests/{ab_test_id}/conclude", action: "ab_test.conclude" },
  { call: "POST /strategies/{strategy_id}/stop", action: "strategy.stop" },
  { call: "POST /strategies/{strategy_id}/reset", action: "strategy.reset" },
  { call: "PUT /config/{component}", action: "config.put", body: { window: 50 } },
  { call: "PUT /feature-flags/{name}", action: "flag.put", body: { enabled: true } },
  { call: "DELETE /feature-flags/{name}", action: "flag.delete" },
  { call: "PUT /instruments/{symbol}", action: "instrument.put", body: { tick_size: 0.5 } },
  {
    call: "PUT /risk/limits",
    action: "risk.limits",
    body: { limits: [{ scope: "book", metric: "gross_exposure", limit: 1e6 }] },
  },
  { call: "DELETE /backtests/{backtest_id}", action: "backtest.cancel", before: (world) => run(world, "backtest", {}) },
  {
    call: "DELETE /sweeps/{sweep_id}",
    action: "sweep.cancel",
    before: (world) => run(world, "sweep", { grid: { fast_length: [5, 6, 7, 8, 9, 10, 11, 12] } }),
  },
  {
    call: "POST /strategies",
    action: "strategy.create",
    body: { strategy_name: "own", code: RSI_CODE },
    keep: ["strategy_id", "own"],
  },
  {
    call: "POST /strategies/{strategy_id}/deploy",
    action: "strategy.deploy",
    body: { approval_required: true },
    keep: ["pipeline_id", "pipeline_id"],
  },
  { call: "POST /deployments/{pipeline_id}/cancel", action: "pipeline.cancel" },
  {
    call: "POST /deployments/{pipeline_id}/retry",
    action: "pipeline.retry",
    before: ended,
    keep: ["pipeline_id", "pipeline_id"],
  },
  {
    call: "POST /deployments/{pipeline_id}/reject",
    action: "pipeline.reject",
    before: (world) => awaiting(world, true),
  },
  { call: "POST /deployments/{pipeline_id}/approve", action: "pipeline.approve", before: again },
  {
    call: "PUT /strategies/{strategy_id}/traffic",
    action: "traffic.put",
    before: deployed,
    body: { versions: { "1.0.0": 1 } },
  },
  { call: "POST /strategies/{strategy_id}/rollback", action: "strategy.rollback", before: second },
  { call: "POST /risk/emergency-stop", action: "risk.emergency_stop", body: { reason: "drill" } },
  { call: "POST /alerts/{alert_id}/ack", action: "alert.ack", before: anAlert },
  { call: "POST /risk/resume", action: "risk.resume", body: { reason: "over" } },
  { call: "POST /learning/freeze", action: "learning.freeze" },
  { call: "POST /learning/unfreeze", action: "learning.unfreeze" },
  {
    call: "POST /api/learning/force_adaptation",
    action: "learning.change",
    body: { strategy_type: "momentum_rider", market_conditions: { regime: "volatile" } },
  },
  { call: "POST /learning/history/{change_id}/revert", action: "learning.revert", before: aChange },
  { call: "DELETE /strategies/{strategy_id}", action: "strategy.delete" },
];

async function aChange({ engine, ids }: World): Promise<void> {
  const { changes } = (await engine.get("/learning/history")) as { changes: readonly { change_id: string }[] };
  ids["change_id"] = changes[0]?.change_id ?? "";
}

async function openOrder({ engine, ids }: World): Promise<void> {
  const find = async (): Promise<string> => {
    const { orders } = (await engine.get("/orders?status=open&limit=500")) as { orders: readonly Message[] };
    const id = orders.find((one) => one["type"] === "stop")?.["order_id"];
    return (ids["order_id"] = typeof id === "string" ? id : "");
  };
  if ((await find()) !== "") return;
  const trend = referenceTrend("BTCUSD");
  await engine.post(JSON.stringify({ market_data: trend }));
  const tick = JSON.stringify({ symbol: "BTCUSD", price: trend.at(-1)?.["price"], volume: 1 });
  await expect
    .poll(async () => {
      await engine.post(tick);
      return find();
    })
    .not.toBe("");
}

async function twoOfThem({ engine, ids }: World): Promise<void> {
  const made = await engine.ask("POST", "/api/strategy/register", { strategy_type: "breakout_strategy" });
  ids["other"] = String(made.body["strategy_id"]);
}

async function run({ engine, ids }: World, what: "backtest" | "sweep", more: Body): Promise<void> {
  const body = { strategy_type: "moving_average_crossover", symbols: ["BTCUSD"], duration_days: 3650, ...more };
  const made = await engine.ask("POST", `/${what}s`, body);
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  ids[`${what}_id`] = String(made.body[`${what}_id`]);
}

const statusOf = async ({ engine, ids }: World) =>
  (await engine.get(`/deployments/${ids["pipeline_id"]}/status`))["status"];

async function ended(world: World): Promise<void> {
  await expect.poll(() => statusOf(world), PIPELINE).toBe("failed");
}
async function awaiting(world: World, asked: boolean): Promise<void> {
  expect(asked).toBe(true);
  await expect.poll(() => statusOf(world), PIPELINE).toBe("awaiting_approval");
}
async function again(world: World): Promise<void> {
  const { engine, ids } = world;
  await ended(world);
  await expect
    .poll(async () => (await engine.get(`/strategies/${ids["own"]}`))["status"], PIPELINE)
    .not.toBe("testing");
  const made = await engine.ask("POST", `/strategies/${ids["own"]}/deploy`, { approval_required: true });
  ids["pipeline_id"] = String(made.body["pipeline_id"]);
  await awaiting(world, made.status === 200);
}
async function deployed(world: World): Promise<void> {
  await expect.poll(() => statusOf(world), PIPELINE).toBe("completed");
}
async function second(world: World): Promise<void> {
  const { engine, ids } = world;
  await engine.ask("PUT", `/strategies/${ids["own"]}`, { code: `${RSI_CODE}\n// another one\n` });
  const made = await engine.ask("POST", `/strategies/${ids["own"]}/deploy`, {});
  ids["pipeline_id"] = String(made.body["pipeline_id"]);
  await expect.poll(() => statusOf(world), PIPELINE).toBe("completed");
}
async function anAlert({ engine, ids }: World): Promise<void> {
  const { alerts } = (await engine.get("/alerts")) as { alerts: readonly Message[] };
  ids["alert_id"] = String(alerts[0]?.["alert_id"]);
}

const OWN = ["deploy", "traffic", "rollback", "DELETE /strategies"];

async function changing(engine: EngineProcess): Promise<readonly string[]> {
  const { paths } = (await engine.get("/openapi.json")) as { paths: Readonly<Record<string, object>> };
  return Object.entries(paths).flatMap(([at, methods]) =>
    Object.keys(methods)
      .filter((method) => ["post", "put", "delete", "patch"].includes(method))
      .map((method) => `${method.toUpperCase()} ${at}`),
  );
}

const newest = async (engine: EngineProcess): Promise<readonly Message[]> =>
  ((await engine.get("/audit?limit=100")) as { audit: readonly Message[] }).audit;

describe("the audit trail", () => {
  it("has an entry of every endpoint that changes something", async () => {
    const engine = await startEngine({ VALIDATION_MODE: "advisory" });
    const ids: Record<string, string> = { component: "performance", name: "drill", symbol: "BTCUSD" };
    const world: World = { engine, ids };
    for (const step of STEPS) {
      await step.before?.(world);
      const last = (await newest(engine))[0]?.["audit_id"] ?? "";
      const [method = "", template = ""] = (
        OWN.some((one) => step.call.includes(one)) ? on("own", step.call) : step.call
      ).split(" ");
      const url = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `no ${name}`);
      const two =
        step.call === "POST /ab-tests" ? { ...AB, strategy_a: ids["strategy_id"], strategy_b: ids["other"] } : {};
      const answer = await engine.ask(method, url, { ...step.body, ...two });
      expect(answer.status, `${step.call}: ${JSON.stringify(answer.body)}`).toBe(200);
      if (step.keep !== undefined) ids[step.keep[1]] = String(answer.body[step.keep[0]]);
      const since = async () => {
        const entries = await newest(engine);
        const known = entries.findIndex((one) => one["audit_id"] === last);
        return entries.slice(0, known < 0 ? entries.length : known).map((one) => one["action"]);
      };
      await expect.poll(since, { message: step.call }).toContain(step.action);
    }
    const covered = new Set([...STEPS.map(({ call }) => call), ...Object.keys(NOTHING_CHANGES)]);
    const missing = (await changing(engine)).filter((call) => !covered.has(call));
    expect(missing, "they change something and are not in the table").toEqual([]);
    const entries = await newest(engine);
    expect(
      entries.every(({ actor, target, hash }) => actor !== "" && target !== "" && String(hash).length === 64),
    ).toBe(true);
  }, 240_000);

  it("has what the engine does by itself: a limit that pauses, a program that fails", async () => {
    const paper = await Paper.open({
      strategies: [
        {
          id: "strat_audit01",
          code: strategyCode("if (market.position == 0) this.buy(0.8);"),
          riskLimits: { daily_loss_limit: -100 },
          parameters: { position_size: 1 },
        },
        { id: "strat_audit02", code: strategyCode("if (++this.n == 5) assert(false, `five`);", "private n: i32 = 0;") },
      ],
    });
    for (const id of ["strat_audit01", "strat_audit02"]) await paper.start(id);
    await paper.feed([{ symbol: "BTCUSD", price: 100 }, ...path("BTCUSD", 100, 0.999, 20)]);
    const told = async () => {
      const { entries } = await paper.manage.audit.page({ actor: "engine", limit: 50 });
      return entries.map(({ action, target }) => `${action} ${target}`).toSorted();
    };
    await expect.poll(told).toEqual(["strategy.fail strat_audit02", "strategy.pause strat_audit01"]);
    expect((await paper.manage.audit.verify()).broken).toBeNull();
  });
});
