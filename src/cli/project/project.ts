// A user's strategy as it lies in a folder: strategy.ts, strategy.py or strategy.rules, tests beside it, and strategy.json with what it is
// called and how it is set. A path may name the folder or the file of code itself.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Language } from "../../sandbox/sandbox.ts";

export interface Project {
  /** Of the file of code, as the user may open it. */
  readonly path: string;
  readonly code: string;
  readonly language: Language;
  /** The file of tests beside it; null: there is none. */
  readonly tests: string | null;
  readonly name: string;
  readonly version: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** As they stand in the file: whoever takes them checks them. */
  readonly riskLimits: Readonly<Record<string, number>>;
  /** All that stands in the file. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export const SETTINGS_FILE = "strategy.json";
/** What is read of it. */
export const SETTINGS = ["name", "version", "parameters", "risk_limits"] as const;
export const TEST_FILES: Readonly<Record<Language, string>> = {
  assemblyscript: "strategy.test.ts",
  python: "strategy_test.py",
  rules: "strategy.test.ts",
};
export const CODE_FILES: Readonly<Record<Language, string>> = {
  assemblyscript: "strategy.ts",
  python: "strategy.py",
  rules: "strategy.rules",
};
const CODE_BYTES_MAX = 262_144;

/** Whether an argument names a project rather than one of the engine's own strategies. */
export function isProject(argument: string): boolean {
  return /[./\\]/.test(argument) || existsSync(argument);
}

/** The failure is a sentence. */
export function readProject(argument: string): Result<Project, string> {
  const path = codePath(argument);
  if (!path.ok) return path;
  const folder = dirname(path.value);
  const code = readFileSync(path.value, "utf8");
  if (Buffer.byteLength(code) > CODE_BYTES_MAX)
    return failed(`${path.value} is larger than ${CODE_BYTES_MAX} bytes, which an engine does not take`);
  const settings = settingsOf(join(folder, SETTINGS_FILE));
  if (!settings.ok) return settings;
  const { name, version, parameters, risk_limits: riskLimits } = settings.value;
  const language = languageOf(path.value);
  const tests = join(folder, TEST_FILES[language]);
  return ok({
    path: path.value,
    code,
    language,
    tests: existsSync(tests) ? readFileSync(tests, "utf8") : null,
    name: typeof name === "string" ? name : basename(folder),
    version: typeof version === "string" ? version : null,
    parameters: objectOf(parameters),
    riskLimits: objectOf(riskLimits) as Readonly<Record<string, number>>,
    settings: settings.value,
  });
}

function codePath(argument: string): Result<string, string> {
  const path = resolve(argument);
  if (!existsSync(path)) return failed(`${argument} does not exist; strategy-engine new makes a project`);
  if (!statSync(path).isDirectory()) return ok(path);
  const found = Object.values(CODE_FILES).filter((name) => existsSync(join(path, name)));
  const [first] = found;
  if (first !== undefined && found.length === 1) return ok(join(path, first));
  if (found.length === 0) return failed(`${argument} has neither ${Object.values(CODE_FILES).join(" nor ")}`);
  return failed(`${argument} has both ${found.join(" and ")}; name the file that is meant`);
}

function languageOf(path: string): Language {
  if (path.endsWith(".rules")) return "rules";
  return path.endsWith(".py") ? "python" : "assemblyscript";
}

function settingsOf(path: string): Result<Readonly<Record<string, unknown>>, string> {
  if (!existsSync(path)) return ok({});
  try {
    return ok(objectOf(JSON.parse(readFileSync(path, "utf8"))));
  } catch (error) {
    return failed(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Symbols that the parameters name, upper case; null: none. */
export function symbolsOf({ parameters }: Project): readonly string[] | null {
  const { symbols } = parameters;
  if (!Array.isArray(symbols) || symbols.length === 0) return null;
  return [...new Set(symbols.map((symbol) => String(symbol).toUpperCase()))];
}
