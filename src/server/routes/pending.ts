// Paths of the API that this version answers with 501 `not_available`, and what is missing for each. A path leaves this
// table when its room exists; clients see an honest refusal instead of a 404 or an invented number.
import * as abTests from "../contract/ab-tests.ts";
import * as learning from "../contract/learning.ts";
import * as orders from "../contract/orders.ts";
import * as risk from "../contract/risk.ts";
import * as strategies from "../contract/strategies.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import type { Router } from "../router.ts";

const TRAFFIC = "sharing the symbols of a strategy between its versions";
const EXECUTIONS = "the book of orders and positions over all executions";
const BOOK_RISK = "risk of the book over all executions";
const LEARNING = "learning from closed trades";
const EXPERIMENTS = "A/B tests";

const PENDING: readonly (readonly [endpoint: Endpoint, missing: string])[] = [
  [strategies.getTraffic, TRAFFIC],
  [strategies.putTraffic, TRAFFIC],
  [orders.listOrders, EXECUTIONS],
  [orders.amendOrder, EXECUTIONS],
  [orders.cancelOrder, EXECUTIONS],
  [orders.listPositions, EXECUTIONS],
  [orders.getPortfolio, EXECUTIONS],
  [risk.getRiskStatus, BOOK_RISK],
  [risk.getRiskLimits, BOOK_RISK],
  [risk.putRiskLimits, BOOK_RISK],
  [risk.checkOrder, BOOK_RISK],
  [learning.forceAdaptation, LEARNING],
  [learning.getInsights, LEARNING],
  [learning.listChanges, LEARNING],
  [learning.listModels, LEARNING],
  [learning.getCalibration, LEARNING],
  [learning.listProposals, LEARNING],
  [learning.approveProposal, LEARNING],
  [learning.rejectProposal, LEARNING],
  [learning.freezeLearning, LEARNING],
  [learning.unfreezeLearning, LEARNING],
  [abTests.createAbTest, EXPERIMENTS],
  [abTests.listAbTests, EXPERIMENTS],
  [abTests.getAbTest, EXPERIMENTS],
  [abTests.concludeAbTest, EXPERIMENTS],
];

export function pendingRoutes(router: Router): void {
  for (const [endpoint, missing] of PENDING) router.pending(endpoint, missing);
}
