// The types of every endpoint by its name, for clients: `Operations["listSignals"]`. Types only.
import type * as abTests from "./ab-tests.ts";
import type * as alerts from "./alerts.ts";
import type * as backtests from "./backtests.ts";
import type * as components from "./components.ts";
import type * as config from "./config.ts";
import type * as deployments from "./deployments.ts";
import type * as executions from "./executions.ts";
import type * as health from "./health.ts";
import type * as instruments from "./instruments.ts";
import type * as learning from "./learning.ts";
import type * as marketData from "./market-data.ts";
import type * as metrics from "./metrics.ts";
import type * as orders from "./orders.ts";
import type * as pages from "./pages.ts";
import type * as performance from "./performance.ts";
import type * as risk from "./risk.ts";
import type * as signals from "./signals.ts";
import type * as strategies from "./strategies.ts";
import type * as symbols from "./symbols.ts";
import type * as traffic from "./traffic.ts";
import type * as venue from "./venue.ts";
import type { Endpoint } from "./endpoint.ts";

export type { AnswerOf, Endpoint } from "./endpoint.ts";

type Declared = typeof abTests &
  typeof alerts &
  typeof backtests &
  typeof components &
  typeof config &
  typeof deployments &
  typeof executions &
  typeof health &
  typeof instruments &
  typeof learning &
  typeof marketData &
  typeof metrics &
  typeof orders &
  typeof pages &
  typeof performance &
  typeof risk &
  typeof signals &
  typeof strategies &
  typeof symbols &
  typeof traffic &
  typeof venue;

export type Operations = {
  readonly [
    K in keyof Declared as Declared[K] extends Endpoint<infer _P, infer _Q, infer _B, infer _A> ? K : never
  ]: Declared[K];
};
