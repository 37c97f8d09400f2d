// Parts of the engine and the catalogue of strategy types: /strategy-types, /components, the summary.
import { family, tier, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { healthStatus } from "./health.ts";
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
  pair,
  text,
} from "./schema.ts";

const parameter = object(
  {
    name: text("Name.", { examples: ["lookback"] }),
    default: number("Taken when it is not given.", { examples: [20] }),
    min: number("Least.", { examples: [2] }),
    max: number("Most.", { examples: [500] }),
    unit: text("Unit.", { examples: ["samples"] }),
    meaning: text("What it does.", { examples: ["Steps of the window."] }),
  },
  { title: "StrategyParameter" },
);

const words = (description: string, example: string) => text(description, { examples: [example] });

const strategyType = titled(
  "StrategyType",
  object({
    name: words("Implementation.", "momentum_rider"),
    family,
    tier,
    description: words("What it does.", "Follows a move that is large for its own noise."),
    parameters: list(parameter),
    rules: list(words("What must hold between two parameters.", "fast_length < slow_length")),
    enabled: flag("Whether its default instance runs."),
    readiness: oneOf(["ready", "warming", "no_input"], "What it still lacks before it can speak."),
    available: flag("False until its kernel is in the core."),
    why_silent: nullable(words("In words; null when ready.", "30 more samples needed")),
    samples_missing: optional(integer("Before it is ready.", { minimum: 0 })),
    inputs: list(words("A kind of event.", "trade")),
    bar_ms: integer("Length of its bars; 0: evaluated per event.", { minimum: 0 }),
    symbols: pair(integer("Least."), integer("Most."), "How many symbols one signal is about."),
    formula: words("The rule.", "x[n-1] - x[0] over s sqrt(n-1)"),
    entry: words("When it speaks.", "score above threshold"),
    exit: words("When it leaves.", "stop or target"),
    confidence: words("How sure it says it is.", "score over threshold, at most 0.9"),
    reference: words("Where the rule comes from.", "Moskowitz, Ooi, Pedersen 2012"),
    waits_for: words("What it needs before it can speak.", "a full window"),
    values: list(words("A value that its signals carry.", "momentum_strength")),
  }),
);

export const listStrategyTypes = endpoint({
  method: "GET",
  path: "/strategy-types",
  tag: "components",
  summary: "The 18 strategies",
  description: "Their parameters, what they wait for, and why they are silent.",
  answer: object({ strategy_types: list(strategyType) }),
});

const status = object({ status: words("healthy, unhealthy or not_available.", "healthy") });

const tierFigures = object({
  interval_ms: number("Length of a cycle.", { examples: [100] }),
  cycles: integer("Cycles so far.", { minimum: 0, examples: [3600] }),
  p50_ms: number("Median time of a cycle.", { minimum: 0, examples: [0.4] }),
  p99_ms: number("99 of 100 cycles took at most this.", { minimum: 0, examples: [2.1] }),
  overruns: integer("Cycles that took longer than their interval.", { minimum: 0, examples: [0] }),
});

export const getSummary = endpoint({
  method: "GET",
  path: "/api/strategy_engine/summary",
  tag: "components",
  summary: "Components, tiers and integrations",
  description: "One look at the whole engine: 10 components, 18 strategies, 4 tiers.",
  answer: titled(
    "Summary",
    object({
      system_health: healthStatus,
      components: dictionary(status, "By name.", { examples: [{ ingest: { status: "healthy" } }] }),
      tiers: object({ fast: tierFigures, tactical: tierFigures, strategic: tierFigures, learning: tierFigures }),
      integration_stats: anyObject("Counts of what goes in and out.", { examples: [{ symbols: 12 }] }),
      redis_connected: flag("Whether a Redis is connected."),
      uptime_seconds: number("Seconds since the start.", { minimum: 0, examples: [3600.5] }),
    }),
  ),
});

const LEVELS = ["debug", "info", "warn", "error"] as const;

export const listEngineLog = endpoint({
  method: "GET",
  path: "/logs",
  tag: "components",
  summary: "What the engine said last",
  description:
    "The last 500 lines of its log, newest first; secrets are replaced. Everything it ever said is on stdout.",
  query: {
    level: defaulted(oneOf(LEVELS, "Only lines of this level and above."), "debug"),
    limit: defaulted(integer("Lines.", { minimum: 1, maximum: 500 }), 100),
  },
  answer: object({
    lines: list(
      object(
        {
          timestamp: time("When."),
          level: oneOf(LEVELS, "How grave."),
          message: words("What.", "pipeline stage"),
          fields: anyObject("About what.", { examples: [{ pipeline_id: "pipe_abc123" }] }),
        },
        { title: "EngineLogLine" },
      ),
      "Newest first.",
    ),
    count: integer("Lines in this answer.", { minimum: 0 }),
  }),
});

export const listComponents = endpoint({
  method: "GET",
  path: "/components",
  tag: "components",
  summary: "The 28 parts of the engine",
  description: "10 components and 18 strategies; with live trading also `venue`.",
  answer: object({
    components: list(
      object(
        {
          name: words("Name.", "ingest"),
          kind: oneOf(["component", "strategy"], "Which of the two."),
          status: words("healthy, unhealthy or not_available.", "healthy"),
          last_error: nullable(words("What went wrong last.", "journal: disk full")),
        },
        { title: "Component" },
      ),
    ),
  }),
});
