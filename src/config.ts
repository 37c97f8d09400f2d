// The configuration: environment, then the file (CONFIG_FILE or --config), then the defaults, checked as a whole.
// A bad value stops the start with one line that names every fault: what was found, what is allowed, what to do.
// The only reader of process.env. The result is frozen; the rows and their meaning are in config/table.ts.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { MAX_WORKERS } from "../assembly/layout.ts";
import { nearest } from "./domain/nearest.ts";
import type { Setting } from "./config/setting.ts";
import { SETTINGS, STAGES } from "./config/table.ts";
import { failed, ok, type Result } from "./domain/result.ts";

type Values = { readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

export type Config = Readonly<
  Omit<Values, "strategyWorkers"> & {
    /** Decided: never left to the machine any more. */
    readonly strategyWorkers: number;
  }
>;

export interface LoadedConfig {
  readonly config: Config;
  /** One sentence each; the start logs them. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface Sources {
  readonly environment: Environment;
  readonly file: Environment;
}

interface Draft {
  readonly values: Record<string, unknown>;
  readonly faults: string[];
  readonly warnings: string[];
}

/** Up to here one compute thread is faster than several: a pass is shorter than waking a second thread for it. */
const SYMBOLS_PER_WORKER = 10_000;
/** Shorter names are too near to others by chance, and so are those that differ more. */
const SLIP_LENGTH_MIN = 6;
const SLIP_STEPS_MAX = 2;
/** Shorter keys are taken with a warning. */
const KEY_LENGTH_GOOD = 16;
const JOBS_WITHOUT_REDIS = "JOBS=redis has no REDIS_URL; set it to the Redis that all processes share";
const FILE_BYTES_MAX = 1024 * 1024;
const ROWS = Object.entries<Setting<unknown>>(SETTINGS as unknown as Record<string, Setting<unknown>>);

/** `configFile` is what --config named; it goes before CONFIG_FILE. */
export function loadConfig(
  configFile: string | null = null,
  environment: Environment = process.env,
): Result<LoadedConfig, string> {
  const fileName = configFile ?? environment["CONFIG_FILE"] ?? "";
  const draft: Draft = { values: {}, faults: [], warnings: [] };
  const file = fileName === "" ? {} : readConfigFile(fileName, draft.faults);
  for (const [key, row] of ROWS) readSetting(draft, key, row, { environment, file });
  draft.warnings.push(...slips(environment));
  // Every value has been read with its own row, or the draft has a fault and nobody sees it.
  const values = draft.values as Values;
  if (draft.faults.length === 0) draft.faults.push(...contradictions(values));
  if (draft.faults.length > 0) {
    const count = draft.faults.length === 1 ? "" : `${draft.faults.length} faults: `;
    return failed(`configuration: ${count}${draft.faults.join("; ")}`);
  }
  const config: Config = Object.freeze(complete(values, draft.warnings));
  return ok({ config, warnings: draft.warnings });
}

export interface SettingHelp {
  readonly env: string;
  readonly unit: string;
  readonly default: string;
  readonly allowed: string;
  readonly meaning: string;
  readonly builtIn: boolean;
}

/** The table as `--help` shows it. */
export function describeSettings(): readonly SettingHelp[] {
  return ROWS.map(([, row]) => ({
    env: row.env,
    unit: row.unit,
    default: row.show(row.default),
    allowed: row.allowed,
    meaning: row.meaning,
    builtIn: row.builtIn,
  }));
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function readSetting(draft: Draft, key: string, row: Setting<unknown>, sources: Sources): void {
  const given = [sources.environment, sources.file].find((source) => isSet(source[row.env], row))?.[row.env]?.trim();
  if (given === undefined) {
    draft.values[key] = row.default;
    return;
  }
  const read = row.read(given);
  if (!read.ok) {
    const found = row.secret ? "has a value (not shown here) that is not allowed" : `is ${JSON.stringify(given)}`;
    draft.faults.push(`${row.env} ${found}, it must be ${read.failure}; ${remedy(row)}`);
    return;
  }
  draft.values[key] = read.value;
  if (row.builtIn || row.show(read.value) === row.show(row.default)) return;
  const what = row.secret ? row.env : `${row.env}=${row.show(read.value)}`;
  draft.warnings.push(`${what} has no effect yet in this version`);
}

/** Names in the environment that look like slips of the pen; most names there are other programs'. */
function slips(environment: Environment): string[] {
  const known = ROWS.map(([, row]) => row.env);
  return Object.keys(environment).flatMap((name) => {
    if (name.length < SLIP_LENGTH_MIN || name === "CONFIG_FILE" || known.includes(name)) return [];
    const close = nearest(name, known, SLIP_STEPS_MAX);
    return close === null ? [] : [`${name} in the environment is no setting and is ignored; perhaps ${close} is meant`];
  });
}

function isSet(value: string | undefined, row: Setting<unknown>): boolean {
  return value !== undefined && (value.trim() !== "" || row.emptyCounts);
}

function remedy(row: Setting<unknown>): string {
  const fallback = row.show(row.default);
  return fallback === "" ? `unset ${row.env}` : `unset ${row.env} to use ${fallback}`;
}

/** Faults of settings that are each allowed. */
function contradictions(values: Values): string[] {
  const { host, apiKeys, allowInsecure, tlsCert, tlsKey, jwtSecret, jwtJwksFile, jwtIssuer, jwtAudience } = values;
  const faults: string[] = [];
  const tokens = jwtSecret !== null || jwtJwksFile !== null;
  if (!isLoopback(host) && apiKeys.length === 0 && !tokens && !allowInsecure) {
    faults.push(
      `HOST is ${JSON.stringify(host)}, which other machines can reach, and nobody would be asked for a key; set ` +
        "API_KEYS, or HOST=127.0.0.1, or ALLOW_INSECURE=true if the network around it is closed, e.g. a container " +
        "whose port is published on 127.0.0.1 only",
    );
  }
  if ((tlsCert === null) !== (tlsKey === null)) {
    const [set, missing] = tlsCert === null ? ["TLS_KEY", "TLS_CERT"] : ["TLS_CERT", "TLS_KEY"];
    faults.push(`${set} is set without ${missing}; HTTPS needs both, HTTP neither`);
  }
  if (jwtJwksFile !== null && jwtAudience === null) {
    faults.push(
      "JWT_JWKS_FILE is set without JWT_AUDIENCE; tokens that its issuer made for others would be taken here",
    );
  }
  if (!tokens && (jwtIssuer !== null || jwtAudience !== null)) {
    faults.push("JWT_ISSUER or JWT_AUDIENCE is set, but no token is taken; set JWT_SECRET or JWT_JWKS_FILE as well");
  }
  faults.push(...venueFaults(values));
  if (values.jobs === "redis" && values.redisUrl === null) faults.push(JOBS_WITHOUT_REDIS);
  const names = apiKeys.map(keyIn);
  if (new Set(names).size < names.length) faults.push("API_KEYS names a key twice (not shown here); name each once");
  return faults;
}

/** Without its role. */
function keyIn(item: string): string {
  return item.split(":", 1)[0] ?? "";
}

function venueFaults({ liveTrading, venue, venueApiKey, venueApiSecret }: Values): string[] {
  if (!liveTrading) return [];
  if (venue === null) return ["LIVE_TRADING=true has no venue; set VENUE, or unset LIVE_TRADING to stay on paper"];
  if (venue === "redis" || (venueApiKey !== null && venueApiSecret !== null)) return [];
  return [`VENUE=${venue} needs VENUE_API_KEY and VENUE_API_SECRET`];
}

/** Fills in what depends on other settings or the machine, and what is allowed to be odd. */
function complete(values: Values, warnings: string[]): Config {
  const cores = availableParallelism();
  const byMachine = values.maxSymbols <= SYMBOLS_PER_WORKER ? 1 : Math.min(MAX_WORKERS, Math.max(1, cores - 1));
  if (values.venue !== null && !values.liveTrading)
    warnings.push(`VENUE=${values.venue} has no effect without LIVE_TRADING=true: everything stays on paper`);
  const short = values.apiKeys.filter((key) => keyIn(key).length < KEY_LENGTH_GOOD).length;
  if (short > 0)
    warnings.push(
      `API_KEYS has ${short} of fewer than ${KEY_LENGTH_GOOD} characters, which can be guessed; \`openssl rand -hex 16\` makes a good one`,
    );
  const dataDir = values.dataDir === "" ? null : values.dataDir;
  const known = STAGES.filter((stage) => values.pipelineStages.includes(stage));
  const unknown = values.pipelineStages.filter((stage) => !STAGES.some((name) => name === stage));
  for (const stage of unknown)
    warnings.push(`PIPELINE_STAGES names ${JSON.stringify(stage)}, which is unknown and ignored`);
  return {
    ...values,
    pipelineStages: known.length === 0 ? STAGES : known,
    dataDir,
    historyDir: values.historyDir ?? dataDir,
    strategyWorkers: values.strategyWorkers ?? byMachine,
  };
}

/** Every setting by its name in the environment, as it is in force, without secrets; for the start-up log. */
export function loggable(config: Config): Readonly<Record<string, string>> {
  const values = config as Readonly<Record<string, unknown>>;
  return Object.fromEntries(ROWS.map(([key, row]) => [row.env, row.show(values[key])]));
}

/** A JSON object with the names of the environment; unknown names are faults, so that a slip of the pen is noticed. */
function readConfigFile(fileName: string, faults: string[]): Environment {
  const content = readText(fileName);
  const parsed = content.ok ? parseObject(content.value) : null;
  if (parsed === null) {
    faults.push(content.ok ? `${fileName} is not a JSON object such as {"PORT": 8700}` : content.failure);
    return {};
  }
  const known = ROWS.map(([, row]) => row.env);
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    const text = settingText(value);
    if (!known.includes(name))
      faults.push(`${fileName} sets ${JSON.stringify(name)}, which is no setting${meant(name, known)}`);
    else if (text === null) faults.push(`${name} in ${fileName} must be text, a number, true, false or a list of text`);
    else values[name] = text;
  }
  return values;
}

function meant(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  return close === null ? "; strategy-engine serve --help lists them" : `; perhaps ${close} is meant`;
}

function readText(fileName: string): Result<string, string> {
  try {
    const content = readFileSync(fileName);
    if (content.length <= FILE_BYTES_MAX) return ok(content.toString());
    return failed(`${fileName} has ${content.length} bytes; a configuration file has at most ${FILE_BYTES_MAX}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(`the configuration file cannot be read (${reason}); check --config or CONFIG_FILE`);
  }
}

function parseObject(content: string): object | null {
  try {
    const parsed: unknown = JSON.parse(content);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function settingText(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join(",") : null;
}
