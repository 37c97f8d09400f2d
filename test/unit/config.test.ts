import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  describeSettings,
  type Environment,
  isLoopback,
  loadConfig,
  type LoadedConfig,
  loggable,
} from "../../src/config.ts";
import { toggle } from "../../src/config/setting.ts";
import { ok } from "../../src/domain/result.ts";

function loaded(environment: Environment, file: string | null = null): LoadedConfig {
  const result = loadConfig(file, environment);
  if (!result.ok) expect.fail(result.failure);
  return result.value;
}
function fault(environment: Environment, file: string | null = null): string {
  const result = loadConfig(file, environment);
  return result.ok ? expect.fail("the configuration was accepted") : result.failure;
}

describe("a name in the environment", () => {
  it("that looks like a slip of the pen is told with the setting that is meant; those of others are not", () => {
    const { warnings, config } = loaded({ JOURNAL_SYNK: "always", MAX_SYMBOL: "8", API_KEY: "k:read" });
    expect(config).toMatchObject({ journalSync: "batch", maxSymbols: 4096 });
    expect(warnings.map((line) => line.replace(/ in the environment.*perhaps/, ""))).toEqual([
      "JOURNAL_SYNK JOURNAL_SYNC is meant",
      "MAX_SYMBOL MAX_SYMBOLS is meant",
      "API_KEY API_KEYS is meant",
    ]);
    expect(warnings.join()).not.toContain("k:read");
    const others = ["PATH", "HOME", "HOSTNAME", "PWD", "LANG", "SHELL", "npm_config_port", "KUBERNETES_PORT", "PORTS"];
    expect(loaded(Object.fromEntries(others.map((name) => [name, "x"]))).warnings).toEqual([]);
  });
});

describe("the defaults", () => {
  it("are those that the interface names", () => {
    expect(loaded({}).config).toMatchObject({
      port: 8700,
      compatPort: 8000,
      host: "127.0.0.1",
      redisUrl: null,
      dataDir: "./data",
      strategyTimeoutS: 300,
      maxConcurrentDeployments: 5,
      autoRollbackEnabled: true,
      strategyMaxMemoryBytes: 2 * 1024 ** 3,
      strategyMaxCpuCores: 1,
      strategyWorkers: 1,
      maxSymbols: 4096,
      maxInstances: 4096,
      tierFastMs: 100,
      tierLearningMs: 60_000,
      signalTtlSeconds: 3600,
      signalCooldownMs: 1000,
      wsBufferBytes: 1_048_576,
      wsSlowMs: 10_000,
      wsMaxConnections: 2000,
      logLevel: "info",
      demo: true,
      ingest: "pubsub",
      journalSync: "batch",
      snapshotIntervalMs: 60_000,
    });
    expect(loaded({}).config.pipelineStages).toHaveLength(6);
    expect(loaded({}).warnings).toEqual([]);
  });

  it("stand where a variable is empty, except that an empty DATA_DIR means memory only", () => {
    const { config } = loaded({ PORT: "", REDIS_URL: " ", DATA_DIR: "", API_KEYS: "" });
    expect(config).toMatchObject({ port: 8700, redisUrl: null, dataDir: null });
  });

  it("can be written back as they are shown", () => {
    const { config } = loaded({});
    const effective = loggable(config);
    expect(loaded(effective).config).toEqual(config);
    expect(describeSettings().map((row) => row.env)).toEqual(Object.keys(effective));
  });
});

describe("a value", () => {
  it("may be left to the machine, as the image leaves the word for its processor", () => {
    const optimized = (value: string): boolean => loaded({ M4_MAX_OPTIMIZED: value }).config.m4MaxOptimized;
    expect([optimized("auto"), optimized("1"), optimized("0")]).toEqual([process.arch === "arm64", true, false]);
    const base = { env: "A", default: false, meaning: "" };
    expect([true, false].map((auto) => toggle(base, { auto }).read("AUTO"))).toEqual([ok(true), ok(false)]);
    const image = readFileSync(new URL("../../../../Dockerfile", import.meta.url), "utf8");
    expect(image).toMatch(/^ENV .*\bM4_MAX_OPTIMIZED=auto$/m);
  });

  it("is read as what it is", () => {
    const { config } = loaded({
      PORT: "0",
      DEMO: "off",
      AUTO_ROLLBACK_ENABLED: "TRUE",
      JOURNAL_SYNC: "Always",
      JOURNAL_SEGMENT_BYTES: "64m",
      WS_BUFFER_BYTES: "1048577",
      REDIS_URL: "redis://:secret@cache:6380/2",
      DATA_DIR: "/var/lib/engine",
    });
    expect(config).toMatchObject({
      port: 0,
      demo: false,
      autoRollbackEnabled: true,
      journalSync: "always",
      journalSegmentBytes: 64 * 1024 ** 2,
      wsBufferBytes: 1_048_577,
      redisUrl: "redis://:secret@cache:6380/2",
      dataDir: "/var/lib/engine",
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    ["PORT", "65536"],
    ["PORT", "8e3"],
    ["PORT", "0x22"],
    ["COMPAT_PORT", "-1"],
    ["HOST", "two words"],
    ["MAX_SYMBOLS", "65537"],
    ["MAX_INSTANCES", "0"],
    ["STRATEGY_WORKERS", "9"],
    ["STRATEGY_MAX_CPU", "NaN"],
    ["STRATEGY_MAX_MEMORY", "2 gigabytes"],
    ["TIER_FAST_MS", "0"],
    ["SIGNAL_TTL_SECONDS", "3601"],
    ["DEMO", "maybe"],
    ["JOURNAL_SYNC", "sometimes"],
    ["LOG_LEVEL", "verbose"],
    ["REDIS_URL", "http://cache"],
    ["REDIS_URL", "redis://:%zz@cache"],
    ["REDIS_URL", "redis://cache/first"],
    ["REDIS_URL", "redis-cluster://one:7000,two:7000/3"],
    ["REDIS_URL", "redis-sentinel://one,two"],
    ["CORS_ORIGIN", "example.org"],
  ])("of %s may not be %j", (name, value) => {
    expect(fault({ [name]: value })).toMatch(new RegExp(`^configuration: ${name} .* must be .*; unset ${name}`));
  });

  it("that is bad is told with all others in one line", () => {
    const message = fault({ PORT: "http", MAX_SYMBOLS: "many", DEMO: "maybe", TIER_FAST_MS: "1" });
    expect(message).toBe(
      'configuration: 4 faults: PORT is "http", it must be a whole number from 0 to 65,535; unset PORT to use 8700; ' +
        'DEMO is "maybe", it must be true or false (also 1/0, on/off, yes/no); unset DEMO to use true; ' +
        'MAX_SYMBOLS is "many", it must be a whole number from 2 to 65,536; unset MAX_SYMBOLS to use 4096; ' +
        'TIER_FAST_MS is "1", it must be a whole number from 10 to 86,400,000; unset TIER_FAST_MS to use 100',
    );
  });

  it("cannot smuggle a line break into the message", () => {
    expect(fault({ HOST: "a\nb" })).not.toContain("\n");
  });
});

describe("secrets", () => {
  it("are neither in the effective values nor in a fault", () => {
    const { config } = loaded({ REDIS_URL: "rediss://user:hunter22@cache/1?token=hunter22" });
    expect(loggable(config)["REDIS_URL"]).toBe("rediss://user:***@cache/1");
    const shown = (url: string): unknown => loggable(loaded({ REDIS_URL: url }).config)["REDIS_URL"];
    expect(shown("redis-cluster://user:hunter22@a:1,b:2")).toBe("redis-cluster://user:***@a:1,b:2");
    expect(shown("redis-cluster://:hunter22@a:1/")).toBe("redis-cluster://:***@a:1/");
    expect(shown("redis-sentinel://a,b/main?sentinel-password=hunter22")).toBe("redis-sentinel://a,b/main");
    expect(fault({ REDIS_URL: "amqp://user:hunter22@cache" })).not.toContain("hunter22");
    expect(fault({ REDIS_URL: "redis-cluster://user:hun@ter22@a,b" })).not.toContain("ter22");
    const keys = loaded({ API_KEYS: "hunter22secret:write", JWT_SECRET: "hunter22".repeat(4) }).config;
    expect(loggable(keys)).toMatchObject({ API_KEYS: "***", JWT_SECRET: "***" });
    expect(fault({ API_KEYS: "hunter22,hunter22:read" })).not.toContain("hunter22");
    expect(fault({ JWT_SECRET: "hunter22" })).not.toContain("hunter22");
    expect(fault({ API_KEYS: "hunter 22" })).not.toContain("hunter");
    expect(loaded({ API_KEYS: "hunter22:read" }).warnings.join()).not.toContain("hunter");
  });
});

describe("API_KEYS", () => {
  const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");

  it.each([
    ["k1:read,k2:write", ["k1:read", "k2:write"]],
    ["k", ["k"]],
    ["q83vEjRWeJCrze8+/w==:read", ["q83vEjRWeJCrze8+/w==:read"]],
    ["eyJhbGciOi.eyJzdWIi.c2ln", ["eyJhbGciOi.eyJzdWIi.c2ln"]],
    [visible.replace(/[,:]/g, ""), [visible.replace(/[,:]/g, "")]],
    ["x".repeat(1024), ["x".repeat(1024)]],
  ])("takes any visible ASCII: %s", (text, keys) => {
    expect(loaded({ API_KEYS: text }).config.apiKeys).toEqual(keys);
  });

  it.each(["k1:admin", "k1:Read", "k:1:read", ":read", "k 1", "k\u00e9y", "k\u00001", "x".repeat(1025)])(
    "takes nothing else: %j",
    (text) => expect(fault({ API_KEYS: text })).toContain("API_KEYS has a value (not shown here)"),
  );

  it("warns of short ones, the role not counted, and of no other", () => {
    const warnings = (keys: string): readonly string[] => loaded({ API_KEYS: keys }).warnings;
    expect(warnings("k1:read,0123456789abcde:write,0123456789abcdef")).toEqual([
      expect.stringContaining("API_KEYS has 2 of fewer than 16 characters"),
    ]);
    expect(warnings("0123456789abcdef:read")).toEqual([]);
  });
});

describe("an address that others can reach", () => {
  it("is refused without keys, and the message says what to do", () => {
    const message = fault({ HOST: "0.0.0.0" });
    expect(message).toContain("ALLOW_INSECURE=true");
    expect(message).toContain("HOST=127.0.0.1");
  });

  it.each([{ API_KEYS: "0123456789" }, { JWT_SECRET: "s".repeat(32) }])("is taken with %o", (more) => {
    expect(loaded({ HOST: "0.0.0.0", ...more }).config.host).toBe("0.0.0.0");
  });

  it("is taken when the operator insists", () => {
    expect(loaded({ HOST: "0.0.0.0", ALLOW_INSECURE: "true" }).config.host).toBe("0.0.0.0");
  });

  it("is any but this machine's own", () => {
    expect(["127.0.0.1", "127.1.2.3", "::1", "localhost"].map(isLoopback)).toEqual([true, true, true, true]);
    expect(["0.0.0.0", "::", "10.0.0.1", "127.example.org"].map(isLoopback)).toEqual([false, false, false, false]);
  });
});

describe("settings that contradict each other", () => {
  it.each([
    [{ TLS_CERT: "cert.pem" }, "TLS_CERT is set without TLS_KEY"],
    [{ TLS_KEY: "key.pem" }, "TLS_KEY is set without TLS_CERT"],
    [{ JWT_JWKS_FILE: "keys.json" }, "JWT_JWKS_FILE is set without JWT_AUDIENCE"],
    [{ JWT_AUDIENCE: "engine" }, "no token is taken"],
    [{ JWT_ISSUER: "someone" }, "no token is taken"],
    [{ API_KEYS: "0123456789:read,0123456789:write" }, "API_KEYS names a key twice"],
    [{ LIVE_TRADING: "true" }, "LIVE_TRADING=true has no venue"],
    [{ LIVE_TRADING: "true", VENUE: "ccxt:kraken", VENUE_API_KEY: "k" }, "needs VENUE_API_KEY and VENUE_API_SECRET"],
    [{ VENUE: "kraken" }, "VENUE is"],
  ])("stop the start: %o", (environment, message) => {
    expect(fault(environment)).toContain(message);
  });
});

describe("what all users' strategies may have together", () => {
  it("is a size with a unit and a number of cores, whole or not", () => {
    for (const [text, bytes] of [
      ["2g", 2 ** 31],
      ["512m", 2 ** 29],
      ["33554432", 2 ** 25],
    ] as const)
      expect(loaded({ STRATEGY_MAX_MEMORY: text }).config.strategyMaxMemoryBytes).toBe(bytes);
    expect(loaded({ STRATEGY_MAX_CPU: "0.5" })).toMatchObject({ config: { strategyMaxCpuCores: 0.5 }, warnings: [] });
  });

  it("is refused where it cannot be", () => {
    for (const value of ["8m", "lots", "-1", "2 gigs"])
      expect(fault({ STRATEGY_MAX_MEMORY: value })).toMatch(/STRATEGY_MAX_MEMORY .*must be a size from 16m to 1t/);
    for (const value of ["0", "-1", "half"]) expect(fault({ STRATEGY_MAX_CPU: value })).toContain("STRATEGY_MAX_CPU");
  });
});

describe("live trading", () => {
  it("may be set to off", () => {
    expect(loaded({ LIVE_TRADING: "false", AUTO_RESUME: "false" }).warnings).toEqual([]);
  });

  it("is off unless it is set, and a venue without it is a warning", () => {
    expect(loaded({}).config).toMatchObject({ liveTrading: false, venue: null, venueSandbox: true });
    expect(loaded({ VENUE: "redis" }).warnings[0]).toContain("everything stays on paper");
  });

  it("shows none of its keys", () => {
    const keys = { VENUE_API_KEY: "key-1", VENUE_API_SECRET: "secret-1", VENUE_API_PASSWORD: "pass-1" };
    const { config } = loaded({ LIVE_TRADING: "true", VENUE: "ccxt:kraken", ...keys });
    expect(JSON.stringify(loggable(config))).not.toMatch(/key-1|secret-1|pass-1/);
  });
});

describe("PIPELINE_STAGES", () => {
  it("is honoured in the order of the pipeline, and unknown names only cost a warning", () => {
    const { config, warnings } = loaded({ PIPELINE_STAGES: "backtest, syntax_check,magic" });
    expect(config.pipelineStages).toEqual(["syntax_check", "backtest"]);
    expect(warnings).toContain('PIPELINE_STAGES names "magic", which is unknown and ignored');
  });

  it("keeps all stages when no name is known", () => {
    expect(loaded({ PIPELINE_STAGES: "magic" }).config.pipelineStages).toHaveLength(6);
  });
});

describe("the number of compute threads", () => {
  it("follows the symbols unless it is set", () => {
    expect(loaded({ MAX_SYMBOLS: "10000" }).config.strategyWorkers).toBe(1);
    expect(loaded({ MAX_SYMBOLS: "10000", STRATEGY_WORKERS: "4" }).config.strategyWorkers).toBe(4);
    const many = loaded({ MAX_SYMBOLS: "10001" }).config.strategyWorkers;
    expect(many).toBeGreaterThanOrEqual(1);
    expect(many).toBeLessThanOrEqual(8);
  });
});

describe("the configuration file", () => {
  let folder = "";
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "config-"))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (content: unknown): string => {
    const path = join(folder, "engine.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };

  it("stands below the environment and above the defaults", () => {
    const path = file({ PORT: 9000, DEMO: false, PIPELINE_STAGES: ["backtest"] });
    const { config } = loaded({ PORT: "9001" }, path);
    expect(config).toMatchObject({ port: 9001, demo: false, pipelineStages: ["backtest"], compatPort: 8000 });
    expect(loaded({ CONFIG_FILE: path }).config.port).toBe(9000);
  });

  it("is checked like the environment", () => {
    expect(fault({}, file({ PORT: "http" }))).toContain('PORT is "http"');
  });

  it.each([
    ["[1]", "is not a JSON object"],
    ["{", "is not a JSON object"],
    ['{"PROT": 1}', 'sets "PROT", which is no setting; perhaps PORT is meant'],
    ['{"api_key": "k"}', 'sets "api_key", which is no setting; perhaps API_KEYS is meant'],
    ['{"RATE_LIMIT_PER_MINUT": 1}', "perhaps RATE_LIMIT_PER_MINUTE is meant"],
    ['{"COLOUR_OF_THE_DOOR": 1}', "which is no setting; strategy-engine serve --help lists them"],
    ['{"PORT": {"a": 1}}', "PORT in"],
  ])("may not be %s", (content, message) => {
    expect(fault({}, file(content))).toContain(message);
  });

  it("is told with all its faults, and those of the environment, in one line", () => {
    const message = fault({ PORT: "http" }, file({ PROT: 1, MAX_SYMBOLS: "many", TLS_CERT: {} }));
    expect(message).toMatch(/^configuration: 4 faults: /);
    for (const name of ['"PROT"', "TLS_CERT in", "PORT is", "MAX_SYMBOLS is"]) expect(message).toContain(name);
    expect(message).not.toContain("\n");
  });

  it("must be there when it is named", () => {
    expect(fault({ CONFIG_FILE: join(folder, "missing.json") })).toMatch(/cannot be read .*CONFIG_FILE/);
  });
});
