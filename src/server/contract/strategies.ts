// Strategies and their life: /strategies, /api/strategy.
import {
  assetType,
  count,
  done,
  executionId,
  keptText,
  page,
  pageOf,
  pipelineId,
  strategyId,
  strategyTypeName,
  time,
  titled,
  underperforming,
} from "./common.ts";
import { family } from "./common.ts";
import { executionConfig } from "./execution-config.ts";
import { endpoint } from "./endpoint.ts";
import { riskLimits, riskLimitsPatch, unread } from "./strategy-limits.ts";
import {
  anyObject,
  defaulted,
  exactly,
  flag,
  joined,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
} from "./schema.ts";

const CODE_BYTES = 256 << 10;

export const STATUSES = ["draft", "testing", "approved", "deployed", "paused", "stopped", "error"] as const;

const name = keptText("Name for people, of which something can be seen; need not be unique.", {
  minLength: 1,
  maxLength: 128,
  examples: ["RSI Mean Reversion"],
});
const code = keptText("Python, AssemblyScript or rules, at most 256 KiB.", {
  minLength: 1,
  maxLength: CODE_BYTES,
  examples: ["class Flat:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n"],
});
export const version = text("Semantic version.", {
  pattern:
    "^(0|[1-9]\\d{0,8})(\\.(0|[1-9]\\d{0,8})){2}(-(0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)(\\.(0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*))*)?(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$",
  maxLength: 160,
  "x-must": "be a semantic version such as 1.2.0",
  examples: ["1.2.0"],
});
const parameters = anyObject("Numbers and settings of the strategy, by name.", {
  examples: [{ rsi_period: 14, symbols: ["BTCUSD"] }],
});
const patch = (what: string) =>
  anyObject(`${what}; merged key by key, null deletes.`, { examples: [{ rsi_period: 21, oversold: null }] });
const language = oneOf(["python", "assemblyscript", "rules"], "Language of the code.");

const fields = {
  strategy_id: strategyId,
  strategy_name: name,
  version,
  parameters,
  risk_limits: riskLimits,
  status: oneOf(STATUSES, "State.", { examples: ["deployed"] }),
  created_at: time("When it was made."),
  updated_at: time("When it was last changed."),
  code_hash: text("SHA-256 of the code, hexadecimal.", { pattern: "^[0-9a-f]{64}$", examples: ["a".repeat(64)] }),
  lifecycle_state: oneOf([...STATUSES, "running"], "The status, or running while an execution runs."),
  active_executions: count("Executions that run."),
  deployed_version: nullable(version),
  strategy_type: nullable(family),
  asset_types: list(assetType, "What it trades; all when empty."),
  kind: oneOf(["code", "builtin"], "Written by a user, or one of the 18."),
  language: nullable(language),
  last_error: nullable(text("What went wrong last.", { examples: ["unit_tests: generate_signal returned 7"] })),
  underperforming,
};
const summary = titled("StrategySummary", object(fields), "A strategy without its code.");
const rollbackTo = nullable({
  ...version,
  description: "The version that a rollback without `to_version` brings back; null when there is none.",
});
export const strategy = titled(
  "Strategy",
  joined(object(fields), object({ rollback_to: rollbackTo, code })),
  "A strategy.",
);

const statusChanged = <const S extends string>(status: S) =>
  object({ status: done(status), strategy_id: strategyId, strategy_status: oneOf(STATUSES, "State it is in now.") });

export const createStrategy = endpoint({
  method: "POST",
  path: "/strategies",
  tag: "strategies",
  summary: "Makes a strategy",
  description:
    "A draft: nothing runs before it is deployed. The same name and version may be made again and get another id. The " +
    "language is told from the text when it is not given.",
  body: object({
    strategy_name: name,
    code,
    version: defaulted(version, "1.0.0"),
    parameters: defaulted(parameters, {}),
    risk_limits: defaulted(riskLimits, {}),
    language: optional(language),
  }),
  answer: object({ status: done("created"), strategy_id: strategyId, strategy_name: name, version, ...unread }),
  errors: ["capacity_exceeded", "storage_unavailable"],
});

export const listStrategies = endpoint({
  method: "GET",
  path: "/strategies",
  tag: "strategies",
  summary: "All strategies",
  description: "Newest first, without their code.",
  query: {
    status: optional(oneOf(STATUSES, "Only in this state.")),
    q: optional(text("Only with this in the name, whatever the case.", { maxLength: 128, examples: ["rsi"] })),
    ...page,
  },
  answer: pageOf("strategies", summary),
});

const params = { strategy_id: strategyId } as const;
const at = <const S extends string>(rest: S) =>
  ({ path: `/strategies/{strategy_id}${rest}`, tag: "strategies", params }) as const;

export const getStrategy = endpoint({
  ...at(""),
  method: "GET",
  summary: "One strategy",
  description: "With its code.",
  answer: strategy,
});

export const updateStrategy = endpoint({
  ...at(""),
  method: "PUT",
  summary: "Changes a strategy",
  description:
    "In every state. A change of code or parameters is a new version. Parameters reach what runs at once, code only by a " +
    "deployment.",
  body: object({
    strategy_name: optional(name),
    version: optional(version),
    code: optional(code),
    parameters: optional(patch("Parameters")),
    risk_limits: optional(riskLimitsPatch),
  }),
  answer: object(
    { ...fields, code, status: exactly("updated"), ...unread },
    { description: "The strategy; `status` says what was done, `lifecycle_state` tells the state." },
  ),
  errors: ["invalid_state", "storage_unavailable"],
});

export const deleteStrategy = endpoint({
  ...at(""),
  method: "DELETE",
  summary: "Deletes a strategy",
  description: "Its past executions and trades are kept.",
  query: { force: defaulted(flag("Stops its executions first."), false) },
  answer: object({ status: done("deleted"), strategy_id: strategyId }),
  errors: ["invalid_state", "storage_unavailable"],
});

export const pauseStrategy = endpoint({
  ...at("/pause"),
  method: "POST",
  summary: "Pauses a strategy",
  description: "From every state; its signals are silent until it is resumed.",
  answer: statusChanged("paused"),
  errors: ["invalid_state", "storage_unavailable"],
  idempotent: true,
});
export const resumeStrategy = endpoint({
  ...at("/resume"),
  method: "POST",
  summary: "Resumes a paused strategy",
  description: "Back into the state before the pause.",
  answer: statusChanged("resumed"),
  errors: ["invalid_state", "emergency_stop_active", "storage_unavailable"],
});
export const resetStrategy = endpoint({
  ...at("/reset"),
  method: "POST",
  summary: "Makes a stopped or failed strategy a draft again",
  description: "Its versions are kept.",
  answer: statusChanged("reset"),
  errors: ["invalid_state", "storage_unavailable"],
});

export const deployStrategy = endpoint({
  ...at("/deploy"),
  method: "POST",
  summary: "Starts a deployment",
  description:
    "A pipeline tests the strategy and brings it into force; its state is asked at `/deployments/{pipeline_id}/status`.",
  body: object({
    deployment_type: defaulted(
      oneOf(["direct", "blue_green", "blue-green", "canary", "rolling"], "How the version comes into force."),
      "direct",
    ),
    approval_required: optional(flag("Wait for somebody's approval before the rollout.")),
    rollback_on_failure: optional(flag("Back to the version before when a stage fails.")),
    soak_minutes: optional(
      number("Of live events, in real time, behind the simulated paper trading; 0: none.", {
        minimum: 0,
        maximum: 1_440,
        examples: [5],
      }),
    ),
  }),
  answer: object({
    status: done("deployment_started"),
    pipeline_id: pipelineId,
    strategy_id: strategyId,
    deployment_type: oneOf(["direct", "blue_green", "canary", "rolling"], "How the version comes into force."),
    stages: list(text("A stage.", { examples: ["syntax_check"] }), "In order."),
  }),
  errors: ["invalid_state", "emergency_stop_active", "queue_full", "storage_unavailable"],
});

export const startStrategy = endpoint({
  ...at("/start"),
  method: "POST",
  summary: "Starts an execution",
  description: "Of a strategy that is deployed, or stopped with a deployed version.",
  body: object({ execution_config: optional(executionConfig) }),
  answer: object({
    status: done("execution_started"),
    execution_id: executionId,
    strategy_id: strategyId,
    start_time: time("When it began."),
    unused_risk_limits: unread.unused_risk_limits,
    did_you_mean: unread.did_you_mean,
  }),
  errors: ["invalid_state", "already_running", "emergency_stop_active", "conflict", "storage_unavailable"],
});

/** Also of POST /executions/{execution_id}/stop. */
export const stopped = object({
  status: oneOf(["execution_stopped", "stopped"], "`stopped` when nothing was running."),
  execution_id: nullable(executionId),
  strategy_id: strategyId,
  duration_minutes: number("How long it ran; 0 when nothing was running.", { minimum: 0, examples: [125.5] }),
});

export const stopStrategy = endpoint({
  ...at("/stop"),
  method: "POST",
  summary: "Stops a strategy",
  description: "From every state; a pipeline under way is cancelled. With nothing running, execution_id is null.",
  answer: stopped,
  errors: ["storage_unavailable"],
  idempotent: true,
});

export const rollbackStrategy = endpoint({
  ...at("/rollback"),
  method: "POST",
  summary: "Brings an earlier version back into force",
  description:
    "Without `to_version`, the one deployed before among those that are earlier than the one in force, so that a second " +
    "request brings back nothing that the first one took away. Of two requests at the same moment the second is 409. 409 where " +
    "the version cannot take over the execution that runs: " +
    "then the one that is deployed stays so and trades on, and the message says why. A paused strategy stays paused; " +
    "the version trades once it is resumed.",
  body: object({
    to_version: optional(version),
    from_version: optional({
      ...version,
      description: "The version that is to go: 409 where another one is in force.",
    }),
  }),
  answer: object({
    status: done("rolled_back"),
    strategy_id: strategyId,
    from_version: version,
    to_version: version,
    duration_ms: number("How long it took.", { minimum: 0, examples: [12] }),
  }),
  errors: ["invalid_state", "conflict", "storage_unavailable"],
});

const versionFields = {
  version,
  code_hash: fields.code_hash,
  created_at: time("When it was made."),
  deployed_at: nullable(time("When it last came into force; null: never.")),
};

export const listVersions = endpoint({
  ...at("/versions"),
  method: "GET",
  summary: "Versions of a strategy",
  description: "Newest first.",
  query: page,
  answer: pageOf("versions", titled("VersionSummary", object(versionFields))),
});

export const getVersionOf = endpoint({
  method: "GET",
  path: "/strategies/{strategy_id}/versions/{version}",
  tag: "strategies",
  summary: "One version of a strategy",
  description: "With its code, parameters and limits as they were.",
  params: { strategy_id: strategyId, version },
  answer: titled("StrategyVersion", object({ ...versionFields, code, parameters, risk_limits: riskLimits })),
});

export const registerStrategy = endpoint({
  method: "POST",
  path: "/api/strategy/register",
  tag: "strategies",
  summary: "Registers a further instance of one of the 18",
  description:
    "A strategy of kind builtin, deployed at once: its signals carry its id from now on. Beside the parameters of its types it has `symbols`, `bar_ms` and `weight` (0.01 to 4), which multiplies the size of its positions.",
  body: object({
    strategy_type: strategyTypeName,
    parameters: defaulted(parameters, {}),
    asset_types: optional(list(assetType, "What it trades; all when left out.", { maxItems: 5 })),
    strategy_name: optional(name),
  }),
  answer: object({
    status: done("registered"),
    strategy_id: strategyId,
    strategy_type: text("Family.", { examples: ["trend_following"] }),
    types: list(text("One of the 18.", { examples: ["momentum_rider"] }), "What it runs as."),
    left_out: list(text("One of the 18.", { examples: ["pairs_trading"] }), "Of the family, for want of symbols."),
    unused_parameters: list(
      text("A name.", { examples: ["fast"] }),
      "Parameters that neither they read nor who trades their signals.",
    ),
    did_you_mean: unread.did_you_mean,
  }),
  errors: ["capacity_exceeded", "storage_unavailable"],
});

export const updateRegistered = endpoint({
  method: "PUT",
  path: "/api/strategy/{strategy_id}",
  tag: "strategies",
  summary: "Changes parameters of a strategy",
  description: "Merged key by key; the patch level rises by one unless a version is given.",
  params,
  body: object({
    parameters: optional(patch("Parameters")),
    asset_types: optional(list(assetType, "What it trades.", { maxItems: 5 })),
    risk_limits: optional(riskLimitsPatch),
    version: optional(version),
  }),
  answer: object({
    status: done("updated"),
    strategy_id: strategyId,
    parameters: anyObject("After the merge."),
    version,
    ...unread,
  }),
  errors: ["invalid_state", "storage_unavailable"],
});
