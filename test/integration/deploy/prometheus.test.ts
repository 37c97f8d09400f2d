// What operators load: metrics, alert rules and the Grafana dashboard, judged by Prometheus' own programs.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { freePort } from "../../support/redis-server.ts";

const run = promisify(execFile);
const DEPLOY = fileURLToPath(new URL("../../../../../deploy", import.meta.url));
const SCRAPED_MS = 60_000;

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

/** Names of metrics in an expression: what is followed by a brace, a bracket or nothing, and begins as ours do. */
function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:strategy|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
}

describe("what Prometheus and Grafana are given", () => {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  let engine: EngineProcess;
  let exposed: string;
  let names: ReadonlySet<string>;

  beforeAll(async () => {
    engine = await EngineProcess.start({ DATA_DIR: join(folder, "engine"), DEMO: "on" });
    exposed = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
    names = new Set([...exposed.matchAll(/^([a-z][a-z0-9_]*)[{ ]/gm)].map(([, name]) => name ?? ""));
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is an exposition in which promtool finds nothing but the one name that the contract fixes", async () => {
    const child = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "ignore", "pipe"] });
    let found = "";
    child.stderr.on("data", (bytes: Buffer) => (found += bytes.toString()));
    child.stdin.end(exposed);
    await new Promise((resolve) => child.once("close", resolve));
    expect(found.trim()).toBe('strategy_pnl_total non-counter metrics should not have "_total" suffix');
  });

  it("has alert rules of which each fires for its cause and none in health", async () => {
    const { stdout } = await run("promtool", ["test", "rules", join(DEPLOY, "prometheus/rules.test.yml")]);
    expect(stdout).toContain("SUCCESS");
    const rules = readFileSync(join(DEPLOY, "prometheus/rules.yml"), "utf8");
    const tested = readFileSync(join(DEPLOY, "prometheus/rules.test.yml"), "utf8");
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? "");
    expect(alerts.length).toBeGreaterThanOrEqual(16);
    for (const alert of alerts) expect(tested, alert).toContain(`alertname: ${alert}`);
    expect(tested).toContain(`value: ${alerts.length}`);
  });

  it("has in the table of the alert rules' actions only paths that the engine has", async () => {
    const rules = readFileSync(join(DEPLOY, "prometheus/rules.yml"), "utf8");
    const named = [...rules.matchAll(/\b(GET|POST) (\/[\w/{}-]*)/g)].map(([, method, path]) => `${method} ${path}`);
    const { paths } = (await engine.get("/openapi.json")) as { readonly paths: Record<string, object> };
    const known = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const plain = (path: string): string => path.replaceAll(/\{\w+\}/g, "{}");
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((one) => !known.map(plain).includes(plain(one)))).toEqual([]);
  });

  it("names in rules and panels only metrics that the engine has", () => {
    const rules = readFileSync(join(DEPLOY, "prometheus/rules.yml"), "utf8");
    const board = JSON.parse(readFileSync(join(DEPLOY, "grafana/strategy-engine.json"), "utf8")) as {
      readonly panels: readonly Panel[];
    };
    expect(board.panels.length).toBeGreaterThanOrEqual(8);
    const used = [rules, ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))].flatMap(metricsIn);
    expect(used.length).toBeGreaterThan(30);
    expect([...new Set(used)].filter((name) => !names.has(name))).toEqual([]);
  });

  it("has a panel for whatever an operator has to decide about", () => {
    const board = readFileSync(join(DEPLOY, "grafana/strategy-engine.json"), "utf8");
    const wanted = [
      "emergency_stop",
      "limits_standing",
      "limit_breaches_total",
      "alerts_total",
      "executions",
      "regime_symbols",
    ];
    expect(wanted.filter((name) => !board.includes(`strategy_${name}{`))).toEqual([]);
    const { panels } = JSON.parse(board) as { readonly panels: readonly (Panel & { readonly id: number })[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it("is scraped by a real Prometheus, which answers every panel and finds the engine well", async () => {
    const [port, target] = [await freePort(), `127.0.0.1:${engine.port}`];
    const settings = join(folder, "prometheus.yml");
    const given = readFileSync(join(DEPLOY, "prometheus/prometheus.yml"), "utf8");
    writeFileSync(
      settings,
      given
        .replace("localhost:8700", target)
        .replaceAll("5s", "1s")
        .replace("rules.yml", join(DEPLOY, "prometheus/rules.yml")),
    );
    const child = spawn(
      "prometheus",
      [
        `--config.file=${settings}`,
        `--storage.tsdb.path=${join(folder, "tsdb")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    const ask = async (expression: string): Promise<readonly { readonly value: readonly [number, string] }[]> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`);
      return ((await answer.json()) as { data: { result: readonly { value: readonly [number, string] }[] } }).data
        .result;
    };
    try {
      const seen = async (): Promise<boolean> => {
        const up = await ask('up{job="strategy-engine"}').catch(() => []);
        const ticks = await ask("sum(rate(strategy_ticks_ingested_total[15s]))").catch(() => []);
        return up[0]?.value[1] === "1" && Number(ticks[0]?.value[1] ?? 0) > 0;
      };
      await expect.poll(seen, { timeout: SCRAPED_MS, interval: 250 }).toBe(true);
      const board = JSON.parse(readFileSync(join(DEPLOY, "grafana/strategy-engine.json"), "utf8")) as {
        readonly panels: readonly Panel[];
      };
      for (const { title, targets } of board.panels) {
        const shown = async (): Promise<number> => {
          const asked = targets.map(({ expr }) =>
            ask(expr.replaceAll("$__rate_interval", "15s").replaceAll("$instance", ".*")),
          );
          return (await Promise.all(asked)).flat().length;
        };
        // A rate needs two scrapes behind the first event of its kind.
        if (/Refused|pipelines|tests/.test(title)) await shown();
        else await expect.poll(shown, { message: title, interval: 250 }).toBeGreaterThan(0);
      }
      expect(await ask('ALERTS{alertstate="firing",alertname!~"StrategyEvaluationSlow|StrategyTierLate"}')).toEqual([]);
    } finally {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("close", resolve));
    }
  });

  it("tells at the next scrape what trades, what is followed, and that everything was stopped", async () => {
    const read = async (): Promise<(series: string) => number> => {
      const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
      const values = new Map(text.split("\n").map((line) => line.split(/ (?=\S+$)/) as [string, string]));
      return (series) => Number(values.get(series));
    };
    const before = await read();
    expect(before("strategy_emergency_stop")).toBe(0);
    const registered = await engine.ask("POST", "/api/strategy/register", {
      strategy_type: "momentum_rider",
      asset_types: ["crypto"],
    });
    const id = String(registered.body["strategy_id"]);
    const started = await engine.ask("POST", `/strategies/${id}/start`, { execution_config: { symbols: ["BTCUSD"] } });
    expect([registered.status, started.status]).toEqual([expect.any(Number), 200]);
    const rise = (from: number) =>
      Array.from({ length: 120 }, (_, index) => {
        return { symbol: "BTCUSD", price: 100 * 1.002 ** (from + index), volume: 1000 + index * 8 };
      });
    await engine.post(JSON.stringify({ market_data: rise(0) }));
    await expect
      .poll(async () => {
        const now = await read();
        return [
          now('strategy_executions{status="running"}'),
          now("strategy_outcomes_followed_total") > 0,
          now('strategy_regime_symbols{regime="unknown"}') >= 1,
        ];
      })
      .toEqual([1, true, true]);
    await engine.ask("POST", "/risk/emergency-stop", { reason: "to see it in the metrics" });
    await expect
      .poll(async () => {
        const now = await read();
        const [running, stopped] = ["running", "stopped"].map((one) => now(`strategy_executions{status="${one}"}`));
        return [now("strategy_emergency_stop"), running, stopped, now('strategy_alerts_total{level="critical"}') > 0];
      })
      .toEqual([1, 0, 1, true]);
    await engine.ask("POST", "/risk/resume", { reason: "seen" });
    await expect.poll(async () => (await read())("strategy_emergency_stop")).toBe(0);
  });
});
