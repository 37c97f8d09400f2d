// Strategies and their life over real sockets: created, listed, changed, moved, deleted, and kept whatever ends the
// process, in the middle of whatever.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { dataDir, register, startEngine, type Message } from "../../support/manage/engine.ts";
import type { Asked, EngineProcess } from "../../support/engine-process.ts";

const PYTHON = "class Flat:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";
const ASSEMBLYSCRIPT = 'export class Flat {\n  signal(price: f64): i32 {\n    return 0; // "def x():"\n  }\n}\n';

async function create(engine: EngineProcess, more: object = {}): Promise<string> {
  const { body } = await engine.ask("POST", "/strategies", { strategy_name: "Flat", code: PYTHON, ...more });
  expect(body).toMatchObject({ status: "created" });
  return String(body["strategy_id"]);
}

describe("a strategy", () => {
  it("is a draft with every field, and its language is told from the text", async () => {
    const engine = await startEngine();
    const limits = { daily_loss_limit: -100, note: "kept" };
    const id = await create(engine, { version: "1.2.0", parameters: { a: { b: 1 } }, risk_limits: limits });
    const { body } = await engine.ask("GET", `/strategies/${id}`);
    expect(body).toMatchObject({
      strategy_id: id,
      strategy_name: "Flat",
      version: "1.2.0",
      code: PYTHON,
      parameters: { a: { b: 1 } },
      risk_limits: limits,
      status: "draft",
      lifecycle_state: "draft",
      active_executions: 0,
      deployed_version: null,
      strategy_type: null,
      kind: "code",
      language: "python",
      last_error: null,
      code_hash: createHash("sha256").update(PYTHON).digest("hex"),
    });
    expect(body["created_at"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const other = await create(engine, { code: ASSEMBLYSCRIPT });
    expect((await engine.get(`/strategies/${other}`))["language"]).toBe("assemblyscript");
  });

  it("has code of at most 256 KiB, counted in bytes of UTF-8, when it is made and when it is changed", async () => {
    const engine = await startEngine();
    const fits = "\u00e9".repeat(131_072);
    const id = await create(engine, { code: fits });
    const code = `${fits}x`;
    const made = await engine.ask("POST", "/strategies", { strategy_name: "Long", code });
    const changed = await engine.ask("PUT", `/strategies/${id}`, { code });
    for (const { status, body } of [made, changed]) {
      expect(status).toBe(422);
      expect(body["message"]).toBe("code must take at most 262144 bytes as UTF-8");
    }
  });

  it("never gets a version that cannot be asked for: a full level carries into the one before it", async () => {
    const engine = await startEngine();
    const cases = [
      ["1.0.999999999", "1.1.0"],
      ["1.999999999.999999999", "2.0.0"],
      ["999999999.999999999.999999999", "1.0.0"],
    ] as const;
    for (const [version, next] of cases) {
      const id = await create(engine, { version });
      const { body } = await engine.ask("PUT", `/strategies/${id}`, { parameters: { a: 1 } });
      expect(body["version"]).toBe(next);
      expect((await engine.ask("GET", `/strategies/${id}/versions/${next}`)).status).toBe(200);
    }
  });

  it("is refused with every fault named", async () => {
    const engine = await startEngine();
    const { status, body } = await engine.ask("POST", "/strategies", {
      strategy_name: "",
      code: 5,
      version: "1.2",
      risk_limits: { daily_loss_limit: 1, max_open_positions: 0.5 },
    });
    expect(status).toBe(422);
    const fields = (body["details"] as Message[]).map(({ field }) => String(field));
    expect(fields.toSorted()).toEqual([
      "code",
      "risk_limits.daily_loss_limit",
      "risk_limits.max_open_positions",
      "strategy_name",
      "version",
    ]);
    expect((await engine.ask("GET", "/strategies/strat_unknown1")).body).toMatchObject({ error: "not_found" });
    expect((await engine.ask("PUT", "/api/strategy/strat_unknown1", { parameters: 5 })).status).toBe(404);
  });

  it("is merged key by key; a change of code or parameters is a new version, and older ones stay as they were", async () => {
    const engine = await startEngine();
    const id = await create(engine, { parameters: { keep: 1, gone: 2, nested: { x: 1, y: 2 } } });
    const put = (body: object): Promise<Asked> => engine.ask("PUT", `/strategies/${id}`, body);
    const changed = await put({ parameters: { gone: null, nested: { y: null, z: 3 } }, strategy_name: "Renamed" });
    expect(changed.body).toMatchObject({ status: "updated", version: "1.0.1", strategy_name: "Renamed", code: PYTHON });
    expect(changed.body["parameters"]).toEqual({ keep: 1, nested: { x: 1, z: 3 } });
    expect((await put({ risk_limits: { max_drawdown: -0.2 } })).body).toMatchObject({
      version: "1.0.1",
      risk_limits: { max_drawdown: -0.2 },
    });
    expect((await put({ code: ASSEMBLYSCRIPT, version: "2.0.0" })).body).toMatchObject({
      version: "2.0.0",
      language: "assemblyscript",
    });
    expect((await put({ version: "1.0.0" })).body).toMatchObject({ error: "validation_error" });
    for (const version of ["0.1.0", "1.9.9", "2.0.0-rc.1"])
      expect((await put({ version })).body, version).toMatchObject({ details: [{ field: "version" }] });
    expect((await put({ risk_limits: { max_drawdown: 0.2 } })).status).toBe(422);
    const { versions } = (await engine.get(`/strategies/${id}/versions`)) as { versions: Message[] };
    expect(versions.map(({ version }) => version)).toEqual(["2.0.0", "1.0.1", "1.0.0"]);
    expect(await engine.get(`/strategies/${id}/versions/1.0.1`)).toMatchObject({
      code: PYTHON,
      parameters: { keep: 1, nested: { x: 1, z: 3 } },
      risk_limits: { max_drawdown: -0.2 },
      deployed_at: null,
    });
    expect((await engine.ask("GET", `/strategies/${id}/versions/9.9.9`)).status).toBe(404);
  });

  it("moves as the table says, is told what is possible, and goes back to the state before a pause", async () => {
    const engine = await startEngine();
    const id = await create(engine);
    const move = (name: string): Promise<Asked> => engine.ask("POST", `/strategies/${id}/${name}`);
    const refused = await move("resume");
    expect(refused).toMatchObject({ status: 409, body: { error: "invalid_state" } });
    expect(refused.body["message"]).toBe(
      `strategy ${id} is draft; resume needs it to be paused. Possible now: deploy, pause, stop`,
    );
    expect((await move("reset")).status).toBe(409);
    expect((await move("pause")).body).toEqual({ status: "paused", strategy_id: id, strategy_status: "paused" });
    expect((await move("pause")).status).toBe(200);
    expect((await move("resume")).body).toEqual({ status: "resumed", strategy_id: id, strategy_status: "draft" });
    expect((await move("stop")).body).toEqual({
      status: "stopped",
      execution_id: null,
      strategy_id: id,
      duration_minutes: 0,
    });
    expect((await move("reset")).body).toEqual({ status: "reset", strategy_id: id, strategy_status: "draft" });
  });

  it("is found by state and words, page by page, newest first, while others come and go", async () => {
    const engine = await startEngine();
    const ids: string[] = [];
    for (let count = 0; count < 7; count++) ids.push(await create(engine, { strategy_name: `Flat ${count % 2}` }));
    await engine.ask("POST", `/strategies/${ids[2]}/stop`);
    const listed = async (query: string) => {
      const page = (await engine.get(`/strategies?${query}`)) as { strategies: Message[]; next_cursor: string | null };
      return { ids: page.strategies.map((strategy) => strategy["strategy_id"]), next: page.next_cursor, page };
    };
    expect((await listed("status=stopped")).ids).toEqual([ids[2]]);
    expect((await listed("q=FLAT%201")).ids).toEqual([ids[5], ids[3], ids[1]]);
    expect((await listed("")).page.strategies[0]).not.toHaveProperty("code");
    const first = await listed("limit=3");
    expect(first.ids).toEqual([ids[6], ids[5], ids[4]]);
    await engine.ask("DELETE", `/strategies/${ids[4]}`);
    await create(engine);
    const second = await listed(`limit=3&cursor=${first.next}`);
    expect(second.ids).toEqual([ids[3], ids[2], ids[1]]);
    expect((await listed(`limit=3&cursor=${second.next}`)).ids).toEqual([ids[0]]);
    expect((await engine.ask("GET", "/strategies?cursor=none")).status).toBe(422);
  });
});

describe("tracked results", () => {
  it("are added up, answered by both families' ids, and outlive the process", async () => {
    const env = { DATA_DIR: dataDir() };
    const engine = await startEngine(env);
    const id = await register(engine, { strategy_type: "momentum_rider" });
    const track = (result: object): Promise<Asked> =>
      engine.ask("POST", "/api/performance/track", { strategy_id: id, execution_result: result });
    await track({ pnl: 100, execution_time_ms: 10 });
    await track({ pnl: -50, execution_time_ms: 30, success: true });
    const last = await track({ pnl: 150 });
    expect(last.body).toMatchObject({
      performance_updated: true,
      strategy_id: id,
      metrics: { total_pnl: 200, total_trades: 3, success_rate: 1, avg_execution_time_ms: 20, profit_factor: 5 },
    });
    expect((await track({ pnl: "1" })).status).toBe(422);
    expect((await track({ pnl: 1e300 })).status).toBe(422);
    await engine.kill();
    const again = await startEngine(env);
    const metrics = last.body["metrics"];
    expect(await again.get(`/api/performance/${id}`)).toEqual({ strategy_id: id, metrics, underperforming: null });
    expect((await again.ask("GET", "/api/performance/strat_unknown1")).status).toBe(404);
  });
});

describe("components", () => {
  it("are 28: 10 parts of the engine and its 18 strategies", async () => {
    const engine = await startEngine();
    const { components } = (await engine.get("/components")) as { components: Message[] };
    expect(components.filter(({ kind }) => kind === "component")).toHaveLength(10);
    expect(components.filter(({ kind }) => kind === "strategy")).toHaveLength(18);
    expect(new Set(components.map(({ status }) => status))).toEqual(new Set(["healthy"]));
  });
});

describe("kill -9 in the middle of creates and updates", () => {
  it("loses nothing that was acknowledged, and leaves the core what the registry says", async () => {
    const env = { DATA_DIR: dataDir(), JOURNAL_SYNC: "off" };
    const engine = await startEngine(env);
    const subject = await create(engine, { parameters: { seen: {} } });
    const acknowledged = { created: new Set<string>(), registered: new Set<string>(), keys: new Set<string>() };
    const client = async (name: number): Promise<void> => {
      for (let count = 0; ; count++) {
        const key = `k${name}x${count}`;
        try {
          const [made, put] = await Promise.all([
            engine.ask("POST", "/strategies", { strategy_name: key, code: PYTHON }),
            engine.ask("PUT", `/strategies/${subject}`, { parameters: { seen: { [key]: count } } }),
          ]);
          if (made.status === 200) acknowledged.created.add(String(made.body["strategy_id"]));
          if (put.status === 200) acknowledged.keys.add(key);
          if (count % 4 !== 0) continue;
          acknowledged.registered.add(await register(engine, { strategy_type: "momentum_rider" }));
        } catch {
          return; // the process is gone, or the table is full: what was not acknowledged may be lost
        }
      }
    };
    const clients = Array.from({ length: 6 }, (_, name) => client(name));
    await expect.poll(() => acknowledged.keys.size).toBeGreaterThan(60);
    await engine.kill();
    await Promise.all(clients);
    const again = await startEngine(env);
    for (const id of [...acknowledged.created, ...acknowledged.registered])
      expect((await again.ask("GET", `/strategies/${id}`)).status).toBe(200);
    const { parameters, version } = await again.get(`/strategies/${subject}`);
    const seen = (parameters as { seen: object }).seen;
    expect([...acknowledged.keys].filter((key) => !Object.hasOwn(seen, key))).toEqual([]);
    expect(version).toBe(`1.0.${Object.keys(seen).length}`);
    const listed = (await again.get("/strategies?q=momentum_rider&limit=500")) as { strategies: Message[] };
    const { instances } = (await again.get("/api/strategy_engine/summary"))["integration_stats"] as Message;
    expect(instances).toBe(18 + listed.strategies.length);
  });
});
