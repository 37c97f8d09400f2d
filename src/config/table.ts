// Every setting of the engine, one row each: this table is what the reader, the faults, the start-up log and `--help`
// are made of. Names without a prefix of ours are those that deployments of the engine have always used.
import { MAX_WORKERS } from "../../assembly/layout.ts";
import { CLUSTER_SETTINGS } from "./cluster-table.ts";
import { bytes, choice, decimal, integer, list, optionalInteger, optionalText, text, toggle } from "./setting.ts";
import { isApiKey, isPath, isRedisUrl, isTimezone, withoutPassword } from "./valid.ts";

export const STAGES = [
  "syntax_check",
  "unit_tests",
  "backtest",
  "paper_trading",
  "risk_validation",
  "performance_validation",
] as const;

const DAY_MS = 86_400_000;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** Symbols and instances are 16-bit numbers in the event record. */
const SUBJECTS_MAX = 65_536;

export const SETTINGS = {
  // ---- where it listens, who may talk to it
  port: integer({ env: "PORT", default: 8700, meaning: "REST, WebSocket and pages" }, 0, 65_535),
  compatPort: integer({ env: "COMPAT_PORT", default: 8000, meaning: "a second port for the same; 0: none" }, 0, 65_535),
  host: text(
    { env: "HOST", default: "127.0.0.1", meaning: "address to listen on; 0.0.0.0: all addresses" },
    "an IP address or a host name",
    (value) => /^[A-Za-z0-9._:%-]{1,253}$/.test(value),
  ),
  allowInsecure: toggle({
    env: "ALLOW_INSECURE",
    default: false,
    meaning: "true: serve without API_KEYS, also on an address that others can reach",
  }),
  apiKeys: list(
    { env: "API_KEYS", default: [], meaning: "key[:read|:write], comma-separated; empty: no key is needed" },
    "keys of 1 to 1,024 visible ASCII characters without , and :, each with :read or :write or nothing",
    isApiKey,
    { secret: true },
  ),
  alertWebhooks: list(
    { env: "ALERT_WEBHOOKS", default: [], meaning: "URL|secret, comma-separated; each URL receives signed alerts" },
    "URLs of http or https, each once, followed by | and a secret of 16 to 256 visible characters",
    (item) => /^https?:\/\/[^\s|@]{1,2000}\|[^\s|,]{16,256}$/.test(item) && URL.canParse(item.split("|")[0] ?? ""),
    { secret: true, distinct: (item) => item.split("|")[0] ?? "" },
  ),
  alertWebhookAllowPrivate: toggle({
    env: "ALERT_WEBHOOK_ALLOW_PRIVATE",
    default: false,
    meaning: "true: webhooks may point at this host or its network",
  }),
  rateLimitPerMinute: integer(
    { env: "RATE_LIMIT_PER_MINUTE", default: 0, unit: "requests", meaning: "per key, or per address; 0: no limit" },
    0,
    1_000_000,
  ),
  jwtSecret: optionalText(
    { env: "JWT_SECRET", default: null, meaning: "the engine accepts tokens signed with it (HS256); unset: none" },
    "a secret of 32 to 512 characters",
    (value) => value.length >= 32 && value.length <= 512,
    { secret: true, hide: () => "***" },
  ),
  jwtJwksFile: optionalText(
    {
      env: "JWT_JWKS_FILE",
      default: null,
      meaning: "the engine accepts tokens signed with a key of this JWKS file; unset: none",
    },
    "a file path",
    isPath,
  ),
  jwtIssuer: optionalText(
    { env: "JWT_ISSUER", default: null, meaning: "required issuer of tokens; unset: any issuer with the key" },
    "at most 512 characters",
    (value) => value.length <= 512,
  ),
  jwtAudience: optionalText(
    { env: "JWT_AUDIENCE", default: null, meaning: "required audience of tokens; needed with JWT_JWKS_FILE" },
    "at most 512 characters",
    (value) => value.length <= 512,
  ),
  jwtRoleClaim: text(
    { env: "JWT_ROLE_CLAIM", default: "role", meaning: "claim of a token that is, or lists, read or write" },
    "the name of a claim, at most 128 characters",
    (value) => value.length <= 128,
  ),
  tlsCert: optionalText(
    {
      env: "TLS_CERT",
      default: null,
      meaning: "file of the certificate chain (PEM); with TLS_KEY the engine speaks HTTPS and wss only",
    },
    "a file path",
    isPath,
  ),
  tlsKey: optionalText(
    { env: "TLS_KEY", default: null, meaning: "file of the private key (PEM), without a password" },
    "a file path",
    isPath,
  ),
  corsOrigin: text(
    { env: "CORS_ORIGIN", default: "*", meaning: "the site whose pages may read and change; *: all sites" },
    "* or an origin such as https://example.org",
    (value) => value === "*" || (/^https?:\/\/[^\s/]+$/.test(value) && URL.canParse(value)),
  ),
  wsBufferBytes: bytes(
    { env: "WS_BUFFER_BYTES", default: MIB, meaning: "unsent bytes of a socket beyond which its updates are dropped" },
    4_096,
    GIB,
  ),
  wsSlowMs: integer(
    {
      env: "WS_SLOW_MS",
      default: 10_000,
      unit: "ms",
      meaning: "the engine closes a socket that stays over its buffer this long",
    },
    100,
    3_600_000,
  ),
  wsMaxConnections: integer({ env: "WS_MAX_CONNECTIONS", default: 2_000, meaning: "sockets; beyond: 503" }, 1, 100_000),

  riskTimezone: text(
    { env: "RISK_TIMEZONE", default: "UTC", meaning: "timezone in which the days of risk limits begin and end" },
    "a timezone of the IANA database, such as UTC or Europe/Berlin",
    isTimezone,
  ),

  // ---- what comes in, where it is kept
  redisUrl: optionalText(
    {
      env: "REDIS_URL",
      default: null,
      meaning:
        "unset: a Redis on 127.0.0.1:6379 if one answers, else the bus inside the process; set: a Redis is expected (a server, a Cluster or a master behind Sentinels)",
    },
    "redis://[user:password@]host[:port][/database], redis-cluster://[user:password@]host:port,host:port, redis-sentinel://[user:password@]host:port,host:port/master[/database], one of them with rediss for TLS, or the path of a unix socket",
    isRedisUrl,
    { secret: true, hide: withoutPassword },
  ),
  ingest: choice(
    {
      env: "INGEST",
      default: "pubsub",
      meaning:
        "how ticks come from Redis; pubsub: by a channel; streams: by a stream that keeps what the engine has not acknowledged",
    },
    ["pubsub", "streams"],
  ),
  demo: toggle({ env: "DEMO", default: true, meaning: "synthetic feed until the first real tick" }),
  dataDir: optionalText(
    {
      env: "DATA_DIR",
      default: "./data",
      meaning: "folder of the journal; empty: memory only, nothing survives a restart",
    },
    "a folder, or empty",
    (value) => value === "" || isPath(value),
    { emptyCounts: true },
  ),
  journalSync: choice(
    {
      env: "JOURNAL_SYNC",
      default: "batch",
      meaning: "when events are synced; off: the system decides; batch: every 100 ms; always: before the answer",
    },
    ["off", "batch", "always"],
  ),
  journalSegmentBytes: bytes(
    { env: "JOURNAL_SEGMENT_BYTES", default: 256 * MIB, meaning: "size of a journal file at which a new one begins" },
    MIB,
    4 * GIB,
  ),
  journalRetentionBytes: bytes(
    {
      env: "JOURNAL_RETENTION_BYTES",
      default: 8 * GIB,
      meaning: "the newest files of this size stay; older ones go once they are past JOURNAL_RETENTION_HOURS too",
    },
    MIB,
    1024 * 1024 * GIB,
  ),
  journalRetentionHours: integer(
    { env: "JOURNAL_RETENTION_HOURS", default: 168, unit: "h", meaning: "younger files stay, whatever their size" },
    0,
    876_000,
  ),
  snapshotIntervalMs: integer(
    { env: "SNAPSHOT_INTERVAL_MS", default: 60_000, unit: "ms", meaning: "interval of snapshots; bounds a restart" },
    1_000,
    DAY_MS,
  ),

  // ---- how much it can hold, how it computes
  maxSymbols: integer(
    { env: "MAX_SYMBOLS", default: 4_096, meaning: "most symbols; memory is reserved at start" },
    2,
    SUBJECTS_MAX,
  ),
  maxInstances: integer(
    { env: "MAX_INSTANCES", default: 4_096, meaning: "most strategy instances; memory is reserved at start" },
    32,
    SUBJECTS_MAX,
  ),
  strategyWorkers: optionalInteger(
    {
      env: "STRATEGY_WORKERS",
      default: null,
      unit: "threads",
      meaning: `compute threads; unset: 1 up to 10,000 symbols, then cores - 1, at most ${MAX_WORKERS}`,
    },
    1,
    MAX_WORKERS,
  ),
  tierFastMs: tier("TIER_FAST_MS", 100, "heartbeat and deadline of the fast tier; its strategies run at every event"),
  tierTacticalMs: tier("TIER_TACTICAL_MS", 1_000, "cycle of the tactical tier"),
  tierStrategicMs: tier("TIER_STRATEGIC_MS", 10_000, "cycle of the strategic tier"),
  tierLearningMs: tier("TIER_LEARNING_MS", 60_000, "cycle of the learning tier"),
  signalTtlSeconds: integer(
    { env: "SIGNAL_TTL_SECONDS", default: 3_600, unit: "s", meaning: "lifetime of a signal's key in Redis" },
    1,
    3_600,
  ),
  signalCooldownMs: integer(
    {
      env: "SIGNAL_COOLDOWN_MS",
      default: 1_000,
      unit: "ms",
      meaning: "shortest time between two signals of one instance and symbol",
    },
    0,
    DAY_MS,
  ),
  m4MaxOptimized: toggle(
    {
      env: "M4_MAX_OPTIMIZED",
      default: false,
      meaning: "whether the start line says that this is the arm64 image; auto: on arm64",
    },
    { auto: process.arch === "arm64" },
  ),
  logLevel: choice({ env: "LOG_LEVEL", default: "info", meaning: "lowest level that is logged" }, [
    "debug",
    "info",
    "warn",
    "error",
    "silent",
  ]),

  // ---- a cluster
  ...CLUSTER_SETTINGS,

  // ---- life of a strategy
  strategyTimeoutS: integer(
    { env: "STRATEGY_TIMEOUT", default: 300, unit: "s", meaning: "longest time of a pipeline or test" },
    1,
    86_400,
  ),
  maxConcurrentDeployments: integer(
    { env: "MAX_CONCURRENT_DEPLOYMENTS", default: 5, meaning: "pipelines that run at the same time; others queue" },
    1,
    100,
  ),
  pipelineStages: list(
    { env: "PIPELINE_STAGES", default: STAGES, meaning: "stages of a pipeline, always in this order" },
    `a comma-separated choice of ${STAGES.join(", ")}`,
    () => true, // unknown names are dropped with a warning
  ),
  autoRollbackEnabled: toggle({
    env: "AUTO_ROLLBACK_ENABLED",
    default: true,
    meaning: "a failed deployment restores the version before it",
  }),
  deploymentApprovalRequired: toggle({
    env: "DEPLOYMENT_APPROVAL_REQUIRED",
    default: false,
    meaning: "each deployment waits for a person's approval",
  }),
  strategyMaxMemoryBytes: bytes(
    { env: "STRATEGY_MAX_MEMORY", default: 2 * GIB, meaning: "memory of all users' strategies together" },
    16 * MIB,
    1024 * GIB,
  ),
  strategyMaxCpuCores: decimal(
    {
      env: "STRATEGY_MAX_CPU",
      default: 1,
      unit: "cores",
      meaning: "processor time of all users' strategies together; beyond it they are throttled",
    },
    0.01,
    1_024,
  ),
  strategyCompilerWarm: toggle({
    env: "STRATEGY_COMPILER_WARM",
    default: true,
    meaning: "start and warm up the AssemblyScript compiler seconds after the engine, at low priority",
  }),
  compiledDir: optionalText(
    {
      env: "STRATEGY_COMPILED_DIR",
      default: null,
      meaning:
        "folder of compiled strategies, which engines may share; whoever can write there decides what runs; unset: in DATA_DIR",
    },
    "a file path",
    isPath,
  ),
  autoResume: toggle({ env: "AUTO_RESUME", default: false, meaning: "executions continue after a restart" }),
  validationMode: choice({ env: "VALIDATION_MODE", default: "auto", meaning: "whether quality gates fail a stage" }, [
    "auto",
    "strict",
    "advisory",
  ]),
  rolloutStepMs: integer(
    { env: "ROLLOUT_STEP_MS", default: 200, unit: "ms", meaning: "length of one step of a rollout" },
    0,
    DAY_MS,
  ),
  paperSoakMinutes: integer(
    {
      env: "PAPER_SOAK_MINUTES",
      default: 0,
      unit: "min",
      meaning: "paper trading on live events, in real time; 0: none",
    },
    0,
    1_440,
  ),
  rolloutEvidence: choice(
    { env: "ROLLOUT_EVIDENCE", default: "advisory", meaning: "require: a step without evidence pauses the rollout" },
    ["advisory", "require"],
  ),
  generatorPolicy: choice(
    {
      env: "GENERATOR_POLICY",
      default: "propose",
      meaning: "off: generates nothing; propose: proposes what survives; canary: an approval starts a canary",
    },
    ["off", "propose", "canary"],
  ),
  learningMaxCpuCores: decimal(
    {
      env: "LEARNING_MAX_CPU",
      default: 0.05,
      unit: "cores",
      meaning: "processor share of the learning thread, and as much again for slices on the main thread",
    },
    0.001,
    1,
  ),

  strategySelection: choice(
    {
      env: "STRATEGY_SELECTION",
      default: "propose",
      meaning: "weights and switches of strategies by their outcomes; propose: ask first; apply: at once; off: none",
    },
    ["off", "propose", "apply"],
  ),

  // ---- a real venue: off until both of the first two are set
  liveTrading: toggle({
    env: "LIVE_TRADING",
    default: false,
    meaning: "true: orders of live executions go to VENUE; false: everything stays on paper",
  }),
  venue: optionalText(
    { env: "VENUE", default: null, meaning: "who executes live orders: an engine on Redis, or an exchange by ccxt" },
    "redis, or ccxt: and the name of an exchange, such as ccxt:kraken",
    (value) => value === "redis" || /^ccxt:[a-z][a-z0-9]{1,31}$/.test(value),
  ),
  venueSandbox: toggle({
    env: "VENUE_SANDBOX",
    default: true,
    meaning: "true: the test market of a ccxt exchange; false: real money",
  }),
  venueCurrency: text(
    { env: "VENUE_CURRENCY", default: "USDT", meaning: "currency of a ccxt account; in USDT, BTCUSDT is BTC" },
    "2 to 10 capital letters or digits",
    (value) => /^[A-Z0-9]{2,10}$/.test(value),
  ),
  venueApiKey: venueSecret("VENUE_API_KEY", "key of a ccxt exchange"),
  venueApiSecret: venueSecret("VENUE_API_SECRET", "secret of a ccxt exchange"),
  venueApiPassword: venueSecret("VENUE_API_PASSWORD", "password of a ccxt exchange, where it wants one"),
} as const;

function tier(env: string, value: number, meaning: string): ReturnType<typeof integer> {
  return integer({ env, default: value, unit: "ms", meaning }, 10, DAY_MS);
}

function venueSecret(env: string, meaning: string): ReturnType<typeof optionalText> {
  const valid = (value: string): boolean => value.length <= 4_096;
  return optionalText({ env, default: null, meaning }, "at most 4,096 characters", valid, {
    secret: true,
    hide: () => "***",
  });
}
