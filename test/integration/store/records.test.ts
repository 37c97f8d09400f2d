// Every repository against the real tables: what is written comes back as it was, field by field.
import { describe, expect, it } from "vitest";
import { deliveryTable } from "../../../src/store/deliveries.ts";
import { backtestPageTable, backtestTable } from "../../../src/store/backtests.ts";
import { equityTable, executionTable, tradeTable } from "../../../src/store/executions.ts";
import { ledgerTable, orderTable } from "../../../src/store/orders.ts";
import * as operations from "../../../src/store/operations.ts";
import { performanceTable, performanceTotalsTable } from "../../../src/store/performance.ts";
import { abTestTable, pipelineLogTable, pipelineTable, trafficTable } from "../../../src/store/pipelines.ts";
import { type StrategyRecord, strategyTable } from "../../../src/store/strategies.ts";
import { sweepTable } from "../../../src/store/sweeps.ts";
import * as venue from "../../../src/store/venue.ts";
import { versionTable } from "../../../src/store/versions.ts";
import { LEARNING_SAMPLES } from "../../support/store/learning-samples.ts";
import { type Sample, sample } from "../../support/store/sample.ts";
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
  retryOf: "pipe_0",
  askedAt: NOW,
  soakMs: 60_000,
  certificate: { agrees: true },
} as const;

/** Needs the strategy; each table with one record. */
const SAMPLES: readonly Sample[] = [
  ...LEARNING_SAMPLES,
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
  sample("backtest_pages", backtestPageTable, { position: 1, page: Uint8Array.of(0x1f, 0x8b, 0, 255) }),
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
  sample("orders", orderTable, {
    orderId: "ord_100000003",
    position: 9,
    executionId: "exec_1",
    strategyId: "strat_abc123",
    number: 3,
    symbol: "BTCUSD",
    side: "SELL",
    kind: "trailing_stop",
    state: "partially_filled",
    quantity: 0.1,
    filled: 0.04,
    average: 50_000.5,
    limit: null,
    stop: 49_000,
    trail: 1_000,
    timeInForce: "gtc",
    reduceOnly: true,
    purpose: "trailing",
    oco: -1,
    reason: null,
    createdAt: NOW,
    updatedAt: NOW + 1,
  }),
  sample("ledger", ledgerTable, {
    executionId: "exec_1",
    entry: 4,
    kind: "fill",
    timestamp: NOW,
    symbol: "BTCUSD",
    trade: 2,
    cash: -5_001_000_000,
    cost: 5_000_000_000,
    fees: 1_000_000,
    realised: 0,
    carry: 0,
    capital: 0,
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
  sample("traffic", trafficTable, { strategyId: "strat_abc123", weights: { "1.2.0": 3 }, updatedAt: NOW }),
  sample("config", operations.configTable, { component: "tiers", value: { fast_ms: 100 }, updatedAt: NOW }),
  sample("flags", operations.flagTable, {
    name: "new-sizing",
    enabled: true,
    rolloutPercent: 12.5,
    description: "",
    updatedAt: NOW,
    strategies: ["strat_abc123"],
    symbols: [],
    fromSequence: 12,
  }),
  sample("instruments", operations.instrumentTable, { symbol: "BTCUSD", settings: {}, updatedAt: NOW }),
  sample("risk", operations.riskTable, { name: "limits", value: { max_leverage: 2.5 }, updatedAt: NOW }),
  sample("venue_orders", venue.venueOrderTable, {
    clientOrderId: "ord_100000003",
    venue: "paper-venue",
    executionId: "exec_1",
    strategyId: "strat_abc123",
    symbol: "BTCUSD",
    side: "sell",
    kind: "stop_limit",
    quantity: 0.1,
    limit: 48_990.5,
    stop: 49_000,
    timeInForce: "day",
    postOnly: false,
    reduceOnly: true,
    mark: 50_000,
    state: "partially_filled",
    claimed: 0.04,
    acknowledged: true,
    settled: false,
    cancelling: true,
    venueOrderId: null,
    reason: "asked for",
    createdAt: NOW,
    updatedAt: NOW + 1,
  }),
  sample("venue_fills", venue.venueFillTable, {
    clientOrderId: "ord_100000003",
    fillId: "f1",
    executionId: "exec_1",
    symbol: "BTCUSD",
    side: "sell",
    quantity: 0.04,
    price: 48_999.5,
    fee: -0.01,
    timestamp: NOW,
  }),
  sample("venue_positions", venue.venuePositionTable, { venue: "paper-venue", symbol: "BTCUSD", quantity: -0.04 }),
  sample("venue_accepted", venue.venueAcceptedTable, {
    venue: "paper-venue",
    orderId: "theirs-1",
    actor: "ops",
    acceptedAt: NOW,
  }),
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
    occurrences: 2,
    lastAt: 7,
  }),
  sample("alert_deliveries", deliveryTable, {
    position: 1,
    webhook: "0123456789abcdef",
    body: "{}",
    state: "pending",
    attempts: 2,
    error: "it answered 503",
    createdAt: NOW,
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
    // What the ledger comes to is kept by the database itself.
    const known = ["strategies", "ledger_sums", ...SAMPLES.map(([name]) => name)];
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
