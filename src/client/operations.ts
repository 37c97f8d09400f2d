// Method and path of every operation that the client can call. The compiler asks for one line per endpoint of the
// contract, and a test compares the lines with the declarations; types come from there, so nothing else is said twice.
import type { AnswerOf, Endpoint, Operations } from "../server/contract/operations.ts";

/** Pages for people, and the address of the socket. */
type NotCalled = "getAsset" | "getDashboardFile" | "getDocs" | "getHome" | "getWebSocket";
export type OperationName = Exclude<keyof Operations, NotCalled>;
/** Answered by text and not by JSON. */
type Texts = "getPrometheus" | "getTearsheet";

type PartsOf<K extends OperationName> =
  Operations[K] extends Endpoint<infer P, infer Q, infer B, infer _A> ? { params: P; query: Q; body: B } : never;
interface WithQuery<Q> {
  readonly query?: Partial<Q>;
}
interface WithBody<B> {
  readonly body?: Partial<B>;
}
type IfAny<T, Then> = keyof T extends never ? unknown : Then;

/** What an operation takes. What has a default may be left out; the engine checks the rest and says what is wrong. */
export type RequestOf<K extends OperationName> = IfAny<
  PartsOf<K>["params"],
  { readonly params: PartsOf<K>["params"] }
> &
  IfAny<PartsOf<K>["query"], WithQuery<PartsOf<K>["query"]>> &
  IfAny<PartsOf<K>["body"], WithBody<PartsOf<K>["body"]>> &
  RequestOptions;
export type ResponseOf<K extends OperationName> = K extends Texts ? string : AnswerOf<Operations[K]>;

export interface RequestOptions {
  /** The same key with the same request has one effect, however often it is sent. */
  readonly idempotencyKey?: string;
  /** The `revision` of what is to be changed: refused with `precondition_failed` when it is another one meanwhile. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Answers beside success whose body is the answer and not a refusal, as the contract declares them. */
export const ALSO_ANSWERED: Partial<Readonly<Record<OperationName, readonly number[]>>> = { getHealth: [503] };

export const OPERATIONS = {
  ackAlert: "POST /alerts/{alert_id}/ack",
  amendOrder: "PUT /orders/{order_id}",
  approveDeployment: "POST /deployments/{pipeline_id}/approve",
  approveProposal: "POST /learning/proposals/{proposal_id}/approve",
  cancelBacktest: "DELETE /backtests/{backtest_id}",
  cancelDeployment: "POST /deployments/{pipeline_id}/cancel",
  cancelOrder: "POST /orders/{order_id}/cancel",
  cancelSearch: "POST /learning/search/cancel",
  cancelSweep: "DELETE /sweeps/{sweep_id}",
  checkOrder: "POST /risk/check",
  concludeAbTest: "POST /ab-tests/{ab_test_id}/conclude",
  createAbTest: "POST /ab-tests",
  createBacktest: "POST /backtests",
  createStrategy: "POST /strategies",
  createSweep: "POST /sweeps",
  deleteFlag: "DELETE /feature-flags/{name}",
  deleteStrategy: "DELETE /strategies/{strategy_id}",
  deployStrategy: "POST /strategies/{strategy_id}/deploy",
  emergencyStop: "POST /risk/emergency-stop",
  forceAdaptation: "POST /api/learning/force_adaptation",
  freezeLearning: "POST /learning/freeze",
  getAbTest: "GET /ab-tests/{ab_test_id}",
  getBacktest: "GET /backtests/{backtest_id}",
  getCalibration: "GET /learning/calibration",
  getComponentConfig: "GET /config/{component}",
  getConfig: "GET /config",
  getDeployment: "GET /deployments/{pipeline_id}/status",
  getEquityCurve: "GET /executions/{execution_id}/equity-curve",
  getExecution: "GET /executions/{execution_id}",
  getHealth: "GET /health",
  getInsights: "GET /api/learning/insights",
  getInstrument: "GET /instruments/{symbol}",
  getLedger: "GET /executions/{execution_id}/ledger",
  getLive: "GET /health/live",
  getMetrics: "GET /metrics",
  getOpenApi: "GET /openapi.json",
  getPerformance: "GET /api/performance/{strategy_id}",
  getPortfolio: "GET /portfolio",
  getPrometheus: "GET /metrics/prometheus",
  getReady: "GET /health/ready",
  getRiskLimits: "GET /risk/limits",
  getRiskStatus: "GET /risk/status",
  getSearch: "GET /learning/search",
  getStrategy: "GET /strategies/{strategy_id}",
  getSummary: "GET /api/strategy_engine/summary",
  getSweep: "GET /sweeps/{sweep_id}",
  getSymbol: "GET /symbols/{symbol}",
  getTearsheet: "GET /backtests/{backtest_id}/tearsheet",
  getTraffic: "GET /strategies/{strategy_id}/traffic",
  getVenue: "GET /venue",
  getVersion: "GET /version",
  getVersionOf: "GET /strategies/{strategy_id}/versions/{version}",
  listAbTests: "GET /ab-tests",
  listAlerts: "GET /alerts",
  listApplication: "GET /learning/application",
  listAudit: "GET /audit",
  listBars: "GET /symbols/{symbol}/bars",
  listBacktests: "GET /backtests",
  listChanges: "GET /learning/history",
  listComponents: "GET /components",
  listDeployments: "GET /deployments",
  listEngineLog: "GET /logs",
  listExecutions: "GET /executions",
  listFlags: "GET /feature-flags",
  listInstruments: "GET /instruments",
  listLogs: "GET /deployments/{pipeline_id}/logs",
  listModels: "GET /learning/models",
  listOrders: "GET /orders",
  listPositions: "GET /positions",
  listProposals: "GET /learning/proposals",
  listSignals: "GET /signals",
  listStrategies: "GET /strategies",
  listStrategyTypes: "GET /strategy-types",
  listSweeps: "GET /sweeps",
  listSymbols: "GET /symbols",
  listTrades: "GET /executions/{execution_id}/trades",
  listVersions: "GET /strategies/{strategy_id}/versions",
  pauseStrategy: "POST /strategies/{strategy_id}/pause",
  processMarketData: "POST /api/strategy_engine/process_market_data",
  promoteAbTest: "POST /ab-tests/{ab_test_id}/promote",
  putComponentConfig: "PUT /config/{component}",
  putFlag: "PUT /feature-flags/{name}",
  putInstrument: "PUT /instruments/{symbol}",
  putRiskLimits: "PUT /risk/limits",
  putTraffic: "PUT /strategies/{strategy_id}/traffic",
  registerStrategy: "POST /api/strategy/register",
  reconcileVenue: "POST /venue/reconcile",
  rejectDeployment: "POST /deployments/{pipeline_id}/reject",
  rejectProposal: "POST /learning/proposals/{proposal_id}/reject",
  revertChange: "POST /learning/history/{change_id}/revert",
  resetStrategy: "POST /strategies/{strategy_id}/reset",
  resumeRisk: "POST /risk/resume",
  resumeStrategy: "POST /strategies/{strategy_id}/resume",
  retryDeployment: "POST /deployments/{pipeline_id}/retry",
  rollbackStrategy: "POST /strategies/{strategy_id}/rollback",
  startStrategy: "POST /strategies/{strategy_id}/start",
  stopExecution: "POST /executions/{execution_id}/stop",
  stopStrategy: "POST /strategies/{strategy_id}/stop",
  testStrategy: "POST /strategies/{strategy_id}/test",
  trackPerformance: "POST /api/performance/track",
  unfreezeLearning: "POST /learning/unfreeze",
  updateRegistered: "PUT /api/strategy/{strategy_id}",
  updateStrategy: "PUT /strategies/{strategy_id}",
} as const satisfies Readonly<Record<OperationName, string>>;
