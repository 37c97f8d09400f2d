// A store as it is after months: strategies, executions and deployments by the thousand, and two proposals of learning that
// wait. Written before an engine opens it, by the tables that the engine itself writes by.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { executionTable } from "../../../src/store/executions.ts";
import { proposalTable } from "../../../src/store/learning.ts";
import { pipelineTable } from "../../../src/store/pipelines.ts";
import { openStore, type Statement } from "../../../src/store/store.ts";
import { strategyTable } from "../../../src/store/strategies.ts";
import { versionTable } from "../../../src/store/versions.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";

export const STRATEGIES = 1_200;
export const EXECUTIONS = 5_000;
export const DEPLOYMENTS = 1_000;
const AT_ONCE = 500;
const MINUTE_US = 60_000_000;
const CODE = "class Quiet:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";
const CODE_HASH = createHash("sha256").update(CODE).digest("hex");
const STAGES = "syntax_check unit_tests backtest paper_trading risk_validation performance_validation".split(" ");
const METRICS = { sharpe_ratio: 1, max_drawdown: -0.1, win_rate: 0.5 };

/** The same length for all, so that none is the beginning of another. */
export function idOf(prefix: string, number: number): string {
  return `${prefix}_${String(number).padStart(6, "0")}`;
}

/** `now`: epoch microseconds; everything was before. */
export async function fillDesk(folder: string, now: number): Promise<void> {
  const opened = await openStore({ file: join(folder, "engine.db"), log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const store = opened.value;
  const rows = [
    ...each(STRATEGIES, (number) => strategyTable.insert(strategy(number, now))),
    ...each(STRATEGIES, (number) => versionTable.insert(version(number, now))),
    ...each(EXECUTIONS, (number) => executionTable.insert(execution(number, now))),
    ...each(DEPLOYMENTS, (number) => pipelineTable.insert(pipeline(number, now))),
    ...["min_signal_quality", "opportunity_threshold"].map((name, index) =>
      proposalTable.insert(proposal(name, index, now)),
    ),
  ];
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    const stored = await store.commit(rows.slice(first, first + AT_ONCE));
    if (!stored.ok) throw new Error(JSON.stringify(stored.failure));
  }
  await store.close();
}

function each(count: number, row: (number: number) => Statement): readonly Statement[] {
  return Array.from({ length: count }, (_, number) => row(number));
}

function strategy(number: number, now: number) {
  return {
    strategyId: idOf("strat", number),
    strategyName: `Desk ${number}`,
    version: "1.0.0",
    kind: "code",
    language: "python",
    strategyType: null,
    implementation: null,
    codeHash: CODE_HASH,
    parameters: {},
    riskLimits: {},
    assetTypes: [],
    status: "stopped",
    statusBefore: null,
    deployedVersion: "1.0.0",
    lastError: null,
    createdAt: now - (STRATEGIES - number) * MINUTE_US,
    updatedAt: now,
    deletedAt: null,
    code: CODE,
  } as const;
}

function version(number: number, now: number) {
  const kept = { version: "1.0.0", codeHash: CODE_HASH, language: "python", code: CODE } as const;
  const at = now - (STRATEGIES - number) * MINUTE_US;
  return { strategyId: idOf("strat", number), ...kept, createdAt: at, deployedAt: at, parameters: {}, riskLimits: {} };
}

function execution(number: number, now: number) {
  const startTime = now - (EXECUTIONS - number) * MINUTE_US;
  return {
    executionId: idOf("exec", number),
    strategyId: idOf("strat", number % STRATEGIES),
    version: "1.0.0",
    status: "stopped",
    startTime,
    endTime: startTime + MINUTE_US,
    finalPnl: number % 7,
    tradeCount: number % 90,
    performanceMetrics: METRICS,
    executionConfig: {},
    stopReason: "stopped",
    error: null,
    reigns: [],
  } as const;
}

function pipeline(number: number, now: number) {
  const failed = number % 7 === 0;
  const startedAt = now - (DEPLOYMENTS - number) * MINUTE_US;
  return {
    pipelineId: idOf("pipe", number),
    strategyId: idOf("strat", number),
    version: "1.0.0",
    deploymentType: "canary",
    status: failed ? "failed" : "completed",
    currentStage: failed ? "backtest" : "performance_validation",
    stages: STAGES,
    stagesCompleted: failed ? 2 : STAGES.length,
    results: {},
    rollout: [],
    approvalRequired: false,
    rollbackOnFailure: true,
    rolledBack: false,
    error: failed ? "backtest: sharpe_ratio 0.4 is below 1.0" : null,
    reason: failed ? "stage_failed" : null,
    startedAt,
    endedAt: startedAt + MINUTE_US,
    retryOf: null,
    askedAt: null,
    soakMs: 0,
    certificate: null,
  } as const;
}

/** Of a threshold that is at its default. */
function proposal(name: string, index: number, now: number) {
  const [before, after] = name === "min_signal_quality" ? [0.1, 0.11] : [0.05, 0.055];
  return {
    position: index + 1,
    proposalId: idOf("prop", index),
    subject: `threshold:momentum_rider:${name}`,
    status: "proposed",
    kind: "change",
    what: name,
    strategyType: "momentum_rider",
    before,
    after,
    reason: "better on 8 of 10 folds",
    evidence: { folds: 10 },
    source: "learning:test",
    createdAt: now,
    decidedAt: null,
    decidedBy: null,
    carriedOut: null,
  } as const;
}
