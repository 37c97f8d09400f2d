// Paths of the API that this version answers with 501 `not_available`, and what is missing for each. A path leaves this
// table when its room exists; clients see an honest refusal instead of a 404 or an invented number.
import { endpoint, namesIn } from "../contract/endpoint.ts";
import { text } from "../contract/schema.ts";
import type { Endpoint, Method } from "../contract/endpoint.ts";
import type { Router } from "../router.ts";

const REGISTRY = "the registry of strategies (only the engine's own default instances run)";
const PIPELINE = "the deployment pipeline";
const EXECUTIONS = "the ledger of executions, orders and positions";
const BOOK_RISK = "book-level risk: without positions there is no exposure, profit or drawdown to report";
const ALERTS = "the list of alerts";
const LEARNING = "learning from closed trades";
const BACKTESTS = "backtests and sweeps over the API";
const SETTINGS = "configuration and feature flags at run time";
const EXPERIMENTS = "A/B tests";
const COMPONENTS = "the list of components (the summary has their health)";
const AUDIT = "the audit trail";
const PERFORMANCE = "tracking of results per strategy";
const OPENAPI = "the OpenAPI document";

const PENDING: readonly (readonly [methods: string, path: string, missing: string])[] = [
  ["GET POST", "/strategies", REGISTRY],
  ["GET PUT DELETE", "/strategies/:strategy_id", REGISTRY],
  ["POST", "/strategies/:strategy_id/pause", REGISTRY],
  ["POST", "/strategies/:strategy_id/resume", REGISTRY],
  ["POST", "/strategies/:strategy_id/reset", REGISTRY],
  ["GET", "/strategies/:strategy_id/versions", REGISTRY],
  ["GET", "/strategies/:strategy_id/versions/:version", REGISTRY],
  ["GET PUT", "/strategies/:strategy_id/traffic", REGISTRY],
  ["POST", "/api/strategy/register", REGISTRY],
  ["PUT", "/api/strategy/:strategy_id", REGISTRY],
  ["POST", "/strategies/:strategy_id/deploy", PIPELINE],
  ["POST", "/strategies/:strategy_id/test", PIPELINE],
  ["POST", "/strategies/:strategy_id/rollback", PIPELINE],
  ["GET", "/deployments", PIPELINE],
  ["GET", "/deployments/:pipeline_id/status", PIPELINE],
  ["GET", "/deployments/:pipeline_id/logs", PIPELINE],
  ["POST", "/deployments/:pipeline_id/approve", PIPELINE],
  ["POST", "/deployments/:pipeline_id/reject", PIPELINE],
  ["POST", "/deployments/:pipeline_id/cancel", PIPELINE],
  ["POST", "/strategies/:strategy_id/start", EXECUTIONS],
  ["POST", "/strategies/:strategy_id/stop", EXECUTIONS],
  ["GET", "/executions", EXECUTIONS],
  ["GET", "/executions/:execution_id", EXECUTIONS],
  ["POST", "/executions/:execution_id/stop", EXECUTIONS],
  ["GET", "/executions/:execution_id/trades", EXECUTIONS],
  ["GET", "/executions/:execution_id/equity-curve", EXECUTIONS],
  ["GET", "/orders", EXECUTIONS],
  ["PUT", "/orders/:order_id", EXECUTIONS],
  ["POST", "/orders/:order_id/cancel", EXECUTIONS],
  ["GET", "/positions", EXECUTIONS],
  ["GET", "/portfolio", EXECUTIONS],
  ["GET", "/risk/status", BOOK_RISK],
  ["GET PUT", "/risk/limits", BOOK_RISK],
  ["POST", "/risk/check", BOOK_RISK],
  ["GET", "/alerts", ALERTS],
  ["POST", "/alerts/:alert_id/ack", ALERTS],
  ["POST", "/api/performance/track", PERFORMANCE],
  ["GET", "/api/performance/:strategy_id", PERFORMANCE],
  ["POST", "/api/learning/force_adaptation", LEARNING],
  ["GET", "/api/learning/insights", LEARNING],
  ["GET", "/learning/history", LEARNING],
  ["GET", "/learning/models", LEARNING],
  ["GET", "/learning/calibration", LEARNING],
  ["GET", "/learning/proposals", LEARNING],
  ["POST", "/learning/proposals/:proposal_id/approve", LEARNING],
  ["POST", "/learning/proposals/:proposal_id/reject", LEARNING],
  ["POST", "/learning/freeze", LEARNING],
  ["POST", "/learning/unfreeze", LEARNING],
  ["GET POST", "/backtests", BACKTESTS],
  ["GET DELETE", "/backtests/:backtest_id", BACKTESTS],
  ["GET POST", "/sweeps", BACKTESTS],
  ["GET DELETE", "/sweeps/:sweep_id", BACKTESTS],
  ["GET", "/feature-flags", SETTINGS],
  ["PUT DELETE", "/feature-flags/:name", SETTINGS],
  ["GET", "/config", SETTINGS],
  ["GET PUT", "/config/:component", SETTINGS],
  ["GET POST", "/ab-tests", EXPERIMENTS],
  ["GET", "/ab-tests/:ab_test_id", EXPERIMENTS],
  ["POST", "/ab-tests/:ab_test_id/conclude", EXPERIMENTS],
  ["GET", "/components", COMPONENTS],
  ["GET", "/audit", AUDIT],
  ["GET", "/openapi.json", OPENAPI],
];

export function pendingRoutes(router: Router): void {
  for (const [methods, path, missing] of PENDING) {
    for (const method of methods.split(" ")) router.pending(undescribed(method as Method, path), missing);
  }
}

function undescribed(method: Method, pattern: string): Endpoint {
  const path = pattern.replace(/:([a-z_]+)/g, "{$1}");
  const params = Object.fromEntries(namesIn(path).map((name) => [name, text("")]));
  return endpoint({ method, path, params, tag: "reference", summary: "", description: "" });
}
