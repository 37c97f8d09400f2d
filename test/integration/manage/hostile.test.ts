// Requests about strategies that no decent client sends: whatever they hold, the answer is no 5xx but "the table is
// full", says nothing of the inside, and the strategies that there are stay whole.
import { expect, it } from "vitest";
import { Random } from "../../../src/domain/random.ts";
import { register, startEngine, type Message } from "../../support/manage/engine.ts";

const ROUNDS = 1_500;
const TYPES = ["momentum_rider", "pairs_trading", "triangular_arbitrage", "statistical", "arbitrage", "htf"];
const KEYS = (
  "strategy_name code version parameters risk_limits language asset_types symbols bar_ms horizon_short confirm_bar_ms " +
  "require_volume momentum_threshold pnl success execution_time_ms max_drawdown daily_loss_limit constructor toString"
).split(" ");
const LISTS: readonly unknown[] = [
  [],
  ["crypto"],
  ["BTCUSD"],
  ["BTCUSD", "ETHUSD"],
  ["BTCUSD", "btcusd"],
  ["BTCUSD", "BTCEUR", "EURUSD"],
];
const TEXTS: readonly unknown[] = ["", "a", "\u0000", "\ud800", "x".repeat(300), "1.2.3", "crypto"];
const ATOMS: readonly unknown[] = [null, 0, 1, -1e308, 1e308, 0.5, true, ...TEXTS, ...LISTS];
const STATES = new Set(["draft", "deployed", "paused", "stopped"]);

class Attacker {
  private readonly random: Random;
  readonly ids: string[] = ["strat_nobody", "x", "%00", "..%2f"];

  constructor(seed: number) {
    this.random = new Random(seed);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.random.integer(list.length)] as T;
  }
  value(depth = 0): unknown {
    return depth < 4 && this.random.next() < 0.2 ? this.object(depth + 1) : this.pick(ATOMS);
  }
  object(depth = 0): Record<string, unknown> {
    const keys = Array.from({ length: this.random.integer(6) }, () => this.pick(KEYS));
    return Object.fromEntries(keys.map((key) => [key, this.value(depth)]));
  }
  request(): readonly [method: string, path: string, body?: unknown] {
    const id = this.pick(this.ids);
    const body = this.pick([
      { strategy_name: "a", code: "def f(): pass", strategy_type: this.pick(TYPES), ...this.object() },
      { parameters: this.object(), risk_limits: this.object() },
      { strategy_id: id, execution_result: { pnl: 5, ...this.object() } },
    ]);
    const posts = ["", "/pause", "/resume", "/stop", "/reset"].map((rest) => `/strategies/${id}${rest}`).slice(1);
    return this.pick([
      ["POST", this.pick(["/strategies", "/api/strategy/register", "/api/performance/track", ...posts]), body],
      ["PUT", this.pick([`/strategies/${id}`, `/api/strategy/${id}`]), body],
      ["GET", `/strategies/${id}/versions/${this.pick(["1.0.0", "1.0.1", "%00", "9".repeat(50)])}`],
      ["GET", this.pick([`/strategies/${id}`, `/strategies/${id}/versions`, `/api/performance/${id}`])],
      ["GET", `/strategies?cursor=${this.pick(["", "abc", "dC4x"])}&q=${this.pick(["a", "%00", "%"])}`],
      ["DELETE", `/strategies/${this.random.next() < 0.1 ? id : "strat_nobody"}?force=${this.pick(["true", "1"])}`],
    ] as const);
  }
}

it("no request about strategies harms the engine or another strategy", async () => {
  const engine = await startEngine();
  const attacker = new Attacker(17);
  for (const type of ["momentum_rider", "htf"]) attacker.ids.push(await register(engine, { strategy_type: type }));
  for (let round = 0; round < ROUNDS; round++) {
    const [method, path, body] = attacker.request();
    const answer = await engine.ask(method, path, body);
    const told = JSON.stringify(answer.body);
    if (answer.status >= 500)
      expect(answer.body["error"], `${method} ${path} ${JSON.stringify(body)}`).toBe("capacity_exceeded");
    expect(told).not.toMatch(/\.ts\b|\.js\b|node_modules|[:[,]\s*-?(NaN|Infinity)\b/);
    if (answer.status === 200 && attacker.ids.length < 40 && (path === "/strategies" || path.endsWith("/register")))
      attacker.ids.push(String(answer.body["strategy_id"]));
  }
  const { strategies } = (await engine.get("/strategies?limit=500")) as { strategies: Message[] };
  expect(strategies.length).toBeGreaterThan(5);
  for (const { strategy_id: id, strategy_name: name, status, asset_types: assets } of strategies) {
    expect([typeof name, STATES.has(String(status)), Array.isArray(assets)]).toEqual(["string", true, true]);
    expect((await engine.ask("GET", `/strategies/${String(id)}`)).status).toBe(200);
  }
});

it("a field that an endpoint does not declare is ignored, whatever it holds", async () => {
  const engine = await startEngine();
  const id = await register(engine, { strategy_type: "momentum_rider" });
  const before = await engine.get(`/strategies/${id}`);
  expect((await engine.ask("PUT", `/strategies/${id}`, { asset_types: 5 })).status).toBe(200);
  expect((await engine.ask("PUT", `/api/strategy/${id}`, { strategy_name: 5, code: ["x"] })).status).toBe(200);
  const after = await engine.get(`/strategies/${id}`);
  const versions = { version: "1.0.1", deployed_version: "1.0.1", rollback_to: "1.0.0" };
  const changed = { updated_at: after["updated_at"], ...versions };
  expect(after).toEqual({ ...before, ...changed });
});
