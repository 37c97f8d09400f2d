// Every repository against the real tables: what is written comes back as it was, field by field.
import { describe, expect, it } from "vitest";
import { backtestTable } from "../../../src/store/backtests.ts";
import { equityTable, executionTable, tradeTable } from "../../../src/store/executions.ts";
import * as operations from "../../../src/store/operations.ts";
import { performanceTable, performanceTotalsTable } from "../../../src/store/performance.ts";
import { abTestTable, pipelineLogTable, pipelineTable } from "../../../src/store/pipelines.ts";
import type { Statement, Store } from "../../../src/store/store.ts";
import { type StrategyRecord, strategyTable } from "../../../src/store/strategies.ts";
import { sweepTable } from "../../../src/store/sweeps.ts";
import { versionTable } from "../../../src/store/versions.ts";
import { opened } from "../../support/store/store-files.ts";

const NOW = 1_756_029_600_123_456;

const STRATEGY: StrategyRecord = {
  strategyId: "strat_abc123",
  strategyName: 'Rüdiger\'s "RSI" \u{1F680}\n',
  version: "1.2.0",
  kind: "code",
  language: "python",
  strategyType: null,
  implementation: null,
  code: "class A:\n  pass\n",
  codeHash: "ff",
  parameters: { period: 14, nested: { list: [1, 0.1, null, true, "x\u0000y"] } },
  riskLimits: { daily_loss_limit: -0.02 },
  assetTypes: ["crypto"],
  status: "draft",
  statusBefore: null,
  deployedVersion: null,
  lastError: null,
  createdAt: NOW,
  updatedAt: NOW,
  deletedAt: null,
};
const VERSION = {
  strategyId: "strat_abc123",
  version: "1.2.0",
  language: null,
  code: "",
  codeHash: "e3",
  parameters: {},
  riskLimits: {},
  createdAt: NOW,
  deployedAt: NOW + 1,
};
const EXECUTION = {
  executionId: "exec_1",
  strategyId: "strat_abc123",
  version: "1.2.0",
  status: "running",
  startTime: NOW,
  endTime: null,
  finalPnl: -0.1,
  tradeCount: 3,
  performanceMetrics: { sharpe_ratio: 0.5 },
  executionConfig: { position_size: 0.1 },
  stopReason: null,
  error: null,
  reigns: [{ version: "1.2.0", first: 3, last: 9, events: 7 }],
} as const;
const PIPELINE = {
  pipelineId: "pipe_1",
  strategyId: "strat_abc123",
  version: "1.2.0",
  deploymentType: "canary",
  status: "running",
  currentStage: "backtest",
  stages: ["syntax_check", "backtest"],
  stagesCompleted: 1,
  results: { syntax_check: { passed: true, duration_ms: 1.5 } },
  rollout: [{ percent: 25, at: "2025-08-24T10:00:00.000Z" }],
  approvalRequired: false,
  rollbackOnFailure: true,
  rolledBack: false,
  error: null,
  reason: null,
  startedAt: NOW,
  endedAt: null,
} as const;

/** Needs the strategy; each table with one record. */
const SAMPLES: readonly (readonly [string, Statement, (store: Store) => Promise<readonly unknown[]>, unknown])[] = [
  sample("versions", versionTable, VERSION),
  sample("performance", performanceTable, {
    resultId: 7,
    strategyId: "strat_abc123",
    pnl: 1e-9,
    executionTimeMs: 12.5,
    success: false,
    timestamp: NOW,
  }),
  sample("performance_totals", performanceTotalsTable, {
    strategyId: "strat_abc123",
    totals: { count: 3, sum: -0.5 },
    updatedAt: NOW,
  }),
  sample("backtests", backtestTable, {
    position: 1,
    backtestId: "bt_1",
    status: "completed",
    request: { strategy_type: "momentum_rider" },
    result: { total_return: 0.1 },
    error: null,
    createdAt: NOW,
    endedAt: NOW + 1,
  }),
  sample("sweeps", sweepTable, {
    position: 1,
    sweepId: "sw_1",
    status: "running",
    request: { strategy_type: "momentum_rider", grid: { lookback: [10, 20] } },
    combinations: 2,
    completed: 1,
    results: [{ parameters: { lookback: 10 }, score: 1.5 }],
    verdict: { judgement: "refused" },
    error: null,
    createdAt: NOW,
    endedAt: null,
  }),
  sample("executions", executionTable, EXECUTION),
  sample("trades", tradeTable, {
    tradeId: "trade_1",
    executionId: "exec_1",
    symbol: "BTCUSD",
    side: "SELL",
    quantity: 0.1,
    price: 50_000,
    timestamp: NOW,
    pnl: -3.3,
    position: 4,
    sequence: 77,
    fee: 0.25,
  }),
  sample("equity", equityTable, { executionId: "exec_1", point: 0, timestamp: NOW, equity: 1e5, drawdown: 0 }),
  sample("pipelines", pipelineTable, PIPELINE),
  sample("pipeline_logs", pipelineLogTable, {
    logId: 1,
    pipelineId: "pipe_1",
    timestamp: NOW,
    stage: "backtest",
    level: "info",
    message: "begun",
  }),
  sample("ab_tests", abTestTable, {
    abTestId: "ab_1",
    name: "a against a",
    strategyA: "strat_abc123",
    strategyB: "strat_abc123",
    trafficSplit: 0.3,
    status: "running",
    results: {},
    winner: null,
    createdAt: NOW,
    concludedAt: null,
  }),
  sample("config", operations.configTable, { component: "tiers", value: { fast_ms: 100 }, updatedAt: NOW }),
  sample("flags", operations.flagTable, {
    name: "new-sizing",
    enabled: true,
    rolloutPercent: 12.5,
    description: "",
    updatedAt: NOW,
  }),
  sample("instruments", operations.instrumentTable, { symbol: "BTCUSD", settings: {}, updatedAt: NOW }),
  sample("alerts", operations.alertTable, {
    position: 1,
    alertId: "alert_1",
    level: "critical",
    type: "risk",
    strategyId: null,
    symbol: "BTCUSD",
    message: "daily loss limit reached",
    createdAt: NOW,
    acknowledged: true,
    acknowledgedAt: NOW,
    acknowledgedBy: "ops",
  }),
  sample("audit", operations.auditTable, {
    position: 1,
    auditId: "audit_1",
    timestamp: NOW,
    actor: "local",
    action: "config.put",
    target: "tiers",
    before: null,
    after: { fast_ms: 50 },
    previousHash: "",
    hash: "ab",
  }),
  sample("idempotency", operations.idempotencyTable, {
    owner: "",
    key: "k1",
    path: "/strategies",
    bodyHash: "aa",
    status: "200 OK",
    answer: "{}",
    createdAt: NOW,
  }),
];

interface AnyTable<R> {
  put(record: R): Statement;
  load(store: Store): Promise<readonly unknown[]>;
}
function sample<R>(
  name: string,
  table: AnyTable<R>,
  record: R,
): readonly [string, Statement, (store: Store) => Promise<readonly unknown[]>, unknown] {
  return [name, table.put(record), (store) => table.load(store), record];
}

describe("a record", () => {
  it("comes back as it was written, in every table", async () => {
    const store = await opened({ file: null });
    const statements = SAMPLES.map(([, statement]) => statement);
    expect(await store.commit([strategyTable.insert(STRATEGY), ...statements])).toEqual({ ok: true });
    expect(await strategyTable.load(store)).toEqual([STRATEGY]);
    for (const [name, , load, record] of SAMPLES) expect(await load(store), name).toEqual([record]);
    // Written once more it is the same one, not a second.
    expect(await store.commit(statements)).toEqual({ ok: true });
    for (const [name, , load] of SAMPLES) expect(await load(store), name).toHaveLength(1);
  });

  it("has a sample in this test for every table that there is", async () => {
    const store = await opened({ file: null });
    const tables = await store.query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'migrations'",
      [],
    );
    const known = ["strategies", ...SAMPLES.map(([name]) => name)];
    expect(new Set(tables.map((row) => row["name"]))).toEqual(new Set(known));
  });

  it("is changed by put, refused a second time by insert, and gone after remove", async () => {
    const store = await opened({ file: null });
    await store.commit([strategyTable.insert(STRATEGY), versionTable.insert(VERSION)]);
    const changed = { ...STRATEGY, status: "paused", parameters: { period: 15 } } as const;
    expect(await store.commit([strategyTable.put(changed)])).toEqual({ ok: true });
    expect(await store.commit([strategyTable.insert(STRATEGY)])).toMatchObject({ failure: { code: "conflict" } });
    expect(await strategyTable.load(store, "WHERE status = ?", ["paused"])).toEqual([changed]);
    await store.commit([versionTable.remove({ strategyId: "strat_abc123", version: "1.2.0" })]);
    expect(await versionTable.load(store)).toEqual([]);
    expect(() => versionTable.remove({ strategyId: "strat_abc123" })).toThrow("whole key");
  });

  it("is refused when what it belongs to does not exist, or a word is not one of the allowed", async () => {
    const store = await opened({ file: null });
    expect(await store.commit([versionTable.insert(VERSION)])).toMatchObject({ failure: { code: "conflict" } });
    const odd = { ...STRATEGY, status: "happy" as "draft" };
    expect(await store.commit([strategyTable.insert(odd)])).toMatchObject({ failure: { code: "conflict" } });
  });
});
