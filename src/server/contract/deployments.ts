// Pipelines that bring a version into force, and tests: /deployments, /strategies/{id}/test.
import { count, done, page, pageOf, pipelineId, strategyId, strategyName, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { testResult } from "./results.ts";
import {
  anyObject,
  defaulted,
  dictionary,
  flag,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
} from "./schema.ts";

export const STAGES = [
  "syntax_check",
  "unit_tests",
  "backtest",
  "paper_trading",
  "risk_validation",
  "performance_validation",
] as const;
const STATES = ["queued", "running", "awaiting_approval", "completed", "failed"] as const;

const stage = oneOf(STAGES, "A stage.");
/** What comes behind the stages speaks as well. */
const place = oneOf([...STAGES, "approval", "rollout"], "Where it was said: a stage, or what comes behind them.");

const stageResult = titled(
  "StageResult",
  object({
    passed: flag("Whether the stage passed."),
    duration_ms: number("How long it took.", { minimum: 0, examples: [120] }),
    tests_passed: optional(count("unit_tests only.")),
    error: optional(text("Why it failed.", { examples: ["line 3: generate_signal is missing"] })),
    data_source: optional(oneOf(["history", "synthetic"], "backtest and paper_trading.")),
    advisory: optional(flag("The gates were reported and failed nothing.")),
  }),
  "backtest and paper_trading carry the fields of their test result as well.",
);

export const pipeline = titled(
  "Pipeline",
  object({
    pipeline_id: pipelineId,
    strategy_id: strategyId,
    strategy_name: strategyName,
    version: optional(text("That it brings into force.", { examples: ["1.1.0"] })),
    deployment_type: oneOf(["direct", "blue_green", "canary", "rolling"], "How the version comes into force."),
    approval_required: optional(flag("Somebody has to approve before the rollout.")),
    rollback_on_failure: optional(flag("Back to the version before when a stage fails.")),
    current_stage: text("Running, next, or last run.", { examples: ["backtest"] }),
    status: oneOf(STATES, "completed and failed are final.", { examples: ["running"] }),
    started_at: time("When it was asked for."),
    stages_completed: count("Stages that passed."),
    total_stages: count("Stages in all."),
    results: dictionary(stageResult, "By stage.", { examples: [{ syntax_check: { passed: true, duration_ms: 3 } }] }),
    stages: list(stage, "In order."),
    ended_at: nullable(time("Null while it is not final.")),
    error: nullable(text("Null unless failed.", { examples: ["backtest: drawdown -0.31"] })),
    reason: nullable(
      oneOf(["rejected", "cancelled", "timeout", "stage_failed", "emergency_stop"], "Why it failed; null otherwise."),
    ),
    rolled_back: flag("Whether the version before is in force again."),
    rollout: list(
      object({ percent: number("Share of the symbols.", { minimum: 0, maximum: 100 }), at: time("Since when.") }),
      "Steps so far.",
    ),
    retry_of: optional(nullable(pipelineId)),
    soak_minutes: optional(number("Of live events behind the simulated paper trading; 0: none.", { minimum: 0 })),
    progress: optional(
      nullable(anyObject("How far a stage is that lasts: stage, share, eta_s, events, trades, queued.")),
    ),
    certificate: optional(
      nullable(anyObject("Whether live and backtest agree about the version; null: nobody has looked yet.")),
    ),
  }),
);

export const listDeployments = endpoint({
  method: "GET",
  path: "/deployments",
  tag: "deployments",
  summary: "All pipelines",
  description: "Newest first. 503 while those that have ended cannot be read from the store.",
  query: {
    status: optional(oneOf(STATES, "Only in this state.")),
    strategy_id: optional(strategyId),
    ...page,
  },
  answer: pageOf("deployments", pipeline),
  errors: ["storage_unavailable"],
});

const params = { pipeline_id: pipelineId } as const;
const at = <const S extends string>(rest: S) =>
  ({ path: `/deployments/{pipeline_id}${rest}`, tag: "deployments", params }) as const;

export const getDeployment = endpoint({
  ...at("/status"),
  method: "GET",
  summary: "One pipeline",
  description:
    "Once `completed` can be read here, the strategy is deployed. 503 while one that has ended cannot be read from the store.",
  answer: pipeline,
  errors: ["storage_unavailable"],
});

export const listLogs = endpoint({
  ...at("/logs"),
  method: "GET",
  summary: "What a pipeline said",
  description: "Newest first.",
  query: { stage: optional(place), ...page },
  answer: pageOf(
    "logs",
    titled(
      "LogLine",
      object({
        timestamp: time("When."),
        stage: place,
        level: oneOf(["info", "warning", "error"], "How grave."),
        message: text("What.", { examples: ["12 tests passed"] }),
      }),
    ),
  ),
});

const decision = object({
  approver: optional(text("Who.", { maxLength: 128, examples: ["ada"] })),
  comment: optional(text("Why.", { maxLength: 1024, examples: ["looks right"] })),
});
const decided = <const S extends string>(status: S) => object({ status: done(status), pipeline_id: pipelineId });

export const approveDeployment = endpoint({
  ...at("/approve"),
  method: "POST",
  summary: "Lets a pipeline go on",
  description: "One that awaits approval.",
  body: decision,
  answer: decided("approved"),
  errors: ["invalid_state", "emergency_stop_active", "storage_unavailable"],
});
export const rejectDeployment = endpoint({
  ...at("/reject"),
  method: "POST",
  summary: "Ends a pipeline that awaits approval",
  description: "It fails with the reason rejected.",
  body: decision,
  answer: decided("rejected"),
  errors: ["invalid_state", "storage_unavailable"],
});
export const cancelDeployment = endpoint({
  ...at("/cancel"),
  method: "POST",
  summary: "Ends a pipeline",
  description: "One that is not final; it fails with the reason cancelled.",
  body: decision,
  answer: decided("cancelled"),
  errors: ["invalid_state", "storage_unavailable"],
});

export const retryDeployment = endpoint({
  ...at("/retry"),
  method: "POST",
  summary: "Tries a failed pipeline again",
  description:
    "A new pipeline for the same version, from the stage that failed; risk_validation and what is behind it are always " +
    "asked again. Only of the newest pipeline of a strategy, and while its version is still the strategy's.",
  body: decision,
  answer: object({
    status: done("deployment_retried"),
    pipeline_id: pipelineId,
    retry_of: pipelineId,
    strategy_id: strategyId,
    deployment_type: oneOf(["direct", "blue_green", "canary", "rolling"], "How the version comes into force."),
    current_stage: text("With which it begins.", { examples: ["backtest"] }),
    stages: list(stage, "In order."),
  }),
  errors: ["invalid_state", "conflict", "emergency_stop_active", "queue_full", "storage_unavailable"],
});

export const testStrategy = endpoint({
  method: "POST",
  path: "/strategies/{strategy_id}/test",
  tag: "deployments",
  summary: "Runs one test of a strategy",
  description:
    "In any state, without changing it. The same strategy, settings and data give the same result, bit for bit.",
  params: { strategy_id: strategyId },
  body: object({
    test_type: defaulted(oneOf(STAGES, "Which.", { examples: ["backtest"] }), "backtest"),
    duration_days: defaulted(integer("Days of a backtest.", { minimum: 1, maximum: 3650 }), 180),
    duration_hours: defaulted(integer("Hours of paper trading.", { minimum: 1, maximum: 720 }), 24),
    initial_capital: defaulted(number("Capital.", { exclusiveMinimum: 0 }), 50_000),
  }),
  answer: object({
    status: done("test_completed"),
    strategy_id: strategyId,
    test_type: oneOf(STAGES, "Which."),
    result: testResult,
  }),
  errors: ["code_error", "conflict", "queue_full", "overloaded"],
});
