// Health, version: /health, /health/live, /health/ready, /version.
import { count, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { exactly, flag, list, nullable, number, object, oneOf, optional, text } from "./schema.ts";

export const healthStatus = oneOf(["healthy", "degraded", "unhealthy"], "How the engine is.");

const journal = object({
  state: text("Of the journal.", { examples: ["open"] }),
  durable_events: count("Events that are on the disk."),
  segments: count("Files."),
  bytes: count("On the disk."),
});
const health = titled(
  "Health",
  object({
    status: healthStatus,
    strategies_deployed: count("Successful deployments so far."),
    pipelines_executed: count("Finished pipelines."),
    tests_completed: count("Tests, by request and by pipelines."),
    active_strategies: count("Strategies that are deployed."),
    active_executions: count("Executions that run."),
    uptime_seconds: number("Seconds since the start.", { minimum: 0, examples: [3600.5] }),
    messagebus_connected: flag("Always true with the bus inside the process."),
    messagebus: oneOf(["redis", "embedded"], "Which bus is used."),
    troubles: optional(list(text("What is away or failing.", { examples: ["Redis is away"] }), "Empty when healthy.")),
    emergency_stop: optional(flag("Whether it is latched.")),
    emergency_stops: optional(count("Emergency stops since the process began, by whomever.")),
    live_trading: optional(text("State of the venue; off without one.", { examples: ["off"] })),
    demo: optional(flag("Whether the labelled demo feed runs.")),
    events: optional(count("Events of the stream so far.")),
    events_waiting: optional(count("Of these not evaluated yet.")),
    journal: optional(nullable(journal)),
  }),
);

export const getHealth = endpoint({
  method: "GET",
  path: "/health",
  tag: "health",
  summary: "How the engine is",
  description:
    "`degraded` while something that was configured is away (Redis, the disk); requests are still served. Never waits.",
  answer: health,
  alsoStatus: { 503: "The engine is unhealthy." },
  role: "open",
});

const alive = object({ status: exactly("ok") });

export const getLive = endpoint({
  method: "GET",
  path: "/health/live",
  tag: "health",
  summary: "Is the process there",
  description: "For a supervisor that restarts what does not answer.",
  answer: alive,
  role: "open",
});

export const getReady = endpoint({
  method: "GET",
  path: "/health/ready",
  tag: "health",
  summary: "May requests be sent",
  description: "503 before the warm-up is done, while the data plane starts again, and while shutting down.",
  answer: alive,
  errors: ["not_ready", "shutting_down"],
  role: "open",
});

export const getVersion = endpoint({
  method: "GET",
  path: "/version",
  tag: "health",
  summary: "Name, version and platform",
  description: "What runs, on what.",
  answer: titled(
    "Version",
    object({
      name: text("Name of the product.", { examples: ["strategy-engine"] }),
      version: text("Semantic version.", { examples: ["0.1.0"] }),
      api_version: exactly("1"),
      node: text("Version of Node.", { examples: ["v20.20.2"] }),
      arch: text("Processor architecture.", { examples: ["arm64"] }),
      wasm_simd: flag("Whether the core uses SIMD."),
    }),
  ),
  role: "open",
});
