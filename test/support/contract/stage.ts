// A running engine with things in it, and for each endpoint a request that must succeed.
import { exampleOf } from "../../../src/server/contract/example.ts";
import { nameOf } from "./declarations.ts";
import type { Endpoint } from "../../../src/server/contract/endpoint.ts";

export const JSON_TYPE = { "Content-Type": "application/json" } as const;

type Params = Readonly<Record<string, string>>;
type Send = (method: string, path: string, body?: unknown) => Promise<Readonly<Record<string, unknown>>>;

/** What must be done to a fresh strategy before the request can succeed. */
const BEFORE: Readonly<Record<string, (send: Send, params: Params) => Promise<unknown>>> = {
  "POST /strategies/{strategy_id}/resume": (send, params) => send("POST", `/strategies/${params["strategy_id"]}/pause`),
  "POST /strategies/{strategy_id}/reset": (send, params) => send("POST", `/strategies/${params["strategy_id"]}/stop`),
  "PUT /api/strategy/{strategy_id}": () => Promise.resolve(),
  "POST /strategies/{strategy_id}/rollback": (send, params) =>
    send("PUT", `/api/strategy/${params["strategy_id"]}`, { parameters: { lookback: 80 } }),
};

/** Bodies that say more than the example of the schema can know. */
const BODIES: Readonly<Record<string, (params: Params) => unknown>> = {
  "POST /api/strategy/register": () => ({ strategy_type: "momentum_rider", asset_types: ["crypto"] }),
  "PUT /strategies/{strategy_id}": () => ({
    parameters: { rsi_period: 21 },
    risk_limits: { max_position_size: 5_000 },
  }),
  "PUT /api/strategy/{strategy_id}": () => ({ parameters: { min_signal_quality: null } }),
  "POST /api/performance/track": (params) => ({
    strategy_id: params["strategy_id"],
    execution_result: { pnl: 150.5, execution_time_ms: 45, success: true },
  }),
  "POST /strategies/{strategy_id}/rollback": () => ({}),
  "PUT /instruments/{symbol}": () => ({ tick_size: 0.5, session: "14:30-21:00", benchmark: null }),
};

export interface Ask {
  readonly path: string;
  readonly body: unknown;
}

export class Stage {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Ticks of a symbol, so that there is something to look at. */
  async fill(): Promise<void> {
    const now = Date.now() / 1_000;
    const tick = (index: number): object => ({
      symbol: "BTCUSD",
      price: 50_000 * 1.002 ** index,
      timestamp: now - 120 + index,
    });
    const body = { market_data: Array.from({ length: 120 }, (_, index) => tick(index)) };
    await this.send("POST", "/api/strategy_engine/process_market_data", body);
  }

  /** The request that must succeed; the strategy in it is a fresh one. */
  async ask(endpoint: Endpoint): Promise<Ask> {
    const params = await this.params(endpoint);
    const name = nameOf(endpoint);
    await BEFORE[name]?.((method, path, body) => this.send(method, path, body), params);
    const body = BODIES[name]?.(params) ?? (endpoint.body === null ? {} : exampleOf(endpoint.body));
    return { path: pathOf(endpoint, params), body };
  }

  async send(method: string, path: string, body: unknown = {}): Promise<Readonly<Record<string, unknown>>> {
    const given = method === "GET" || method === "DELETE" ? {} : { body: JSON.stringify(body), headers: JSON_TYPE };
    const response = await fetch(this.url + path, { method, ...given });
    return (await response.json()) as Readonly<Record<string, unknown>>;
  }

  private async params(endpoint: Endpoint): Promise<Params> {
    const examples = exampleOf(endpoint.params) as Params;
    const wantsStrategy = "strategy_id" in examples || endpoint.body?.required?.includes("strategy_id") === true;
    const strategy = wantsStrategy
      ? await this.strategy(/^\/api\/strategy\/|\/(test|start|rollback)$/.test(endpoint.path))
      : {};
    const backtest = "backtest_id" in examples ? await this.backtest(endpoint.method === "DELETE") : {};
    const pipeline = "pipeline_id" in examples ? await this.pipeline(endpoint.path) : {};
    const execution = "execution_id" in examples ? await this.execution() : {};
    return {
      ...examples,
      ...strategy,
      ...backtest,
      ...pipeline,
      ...execution,
      ...("version" in examples ? { version: "1.2.0" } : {}),
    };
  }

  /** One that is under way for long, or a short one. */
  private async backtest(long: boolean): Promise<Params> {
    const body = { strategy_type: "mean_reversion", duration_days: long ? 3_650 : 2 };
    const { backtest_id: id } = await this.send("POST", "/backtests", body);
    return typeof id === "string" ? { backtest_id: id } : {};
  }

  /** One that waits for approval, or has failed, where that is what is asked about. */
  private async pipeline(path: string): Promise<Params> {
    const { strategy_id: strategy } = await this.strategy(true);
    const wanted = { approval_required: true };
    const { pipeline_id: id } = await this.send("POST", `/strategies/${strategy}/deploy`, wanted);
    if (typeof id !== "string") return {};
    if (path.endsWith("/retry")) await this.send("POST", `/deployments/${id}/cancel`);
    if (!/approve|reject/.test(path)) return { pipeline_id: id };
    for (;;) {
      const { status } = await this.send("GET", `/deployments/${id}/status`);
      if (status === "awaiting_approval") return { pipeline_id: id };
    }
  }

  private async execution(): Promise<Params> {
    const { strategy_id: id } = await this.strategy(true);
    const { execution_id: execution } = await this.send("POST", `/strategies/${id}/start`);
    return typeof execution === "string" ? { execution_id: execution } : {};
  }

  private async strategy(builtin: boolean): Promise<Params> {
    const code = "class Flat:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";
    const made = builtin
      ? await this.send("POST", "/api/strategy/register", { strategy_type: "momentum_rider" })
      : await this.send("POST", "/strategies", { strategy_name: "flat", code, version: "1.2.0" });
    const { strategy_id: id } = made;
    return typeof id === "string" ? { strategy_id: id } : {};
  }
}

export function pathOf(endpoint: Endpoint, params: Params): string {
  return endpoint.path.replace(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}
