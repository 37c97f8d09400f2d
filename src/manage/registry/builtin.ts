// A registered builtin strategy: one strategy id that stands for an instance of one of the engine's 18 types, or of each
// type of a family. Its parameters go to every type that knows the name; `symbols`, `bar_ms` and `weight` are for all, and so
// is what says how its signals are traded (`position_size`, `stop_loss`); any other name is kept, answered and without
// effect. A type of several legs needs symbols that fit it: alone it is refused without them, in a family it is left out.
import { ASSET_TYPES, type AssetType } from "../../domain/asset-type.ts";
import type { FieldIssue } from "../../domain/failure.ts";
import { misfits } from "../../domain/parameter-rules.ts";
import { FAMILIES, STRATEGIES, type Family, type StrategyType } from "../../domain/strategies.ts";
import { cycleOf } from "../../domain/triangles.ts";
import { ENGINE_PARAMETERS, meantWords, unread, type UnreadWords } from "../../domain/unread.ts";
import { SIZE_WEIGHT } from "../../simulation/simulation.ts";
import type { WantedInstance } from "../../stream/stream.ts";
import type { Status } from "../lifecycle.ts";
import type { JsonObject } from "./merge.ts";

const SYMBOL = /^[A-Z0-9][A-Z0-9._/-]{0,31}$/i;
const SYMBOLS_MAX = 4_096;
const BAR_MS_MAX = 2_592_000_000;
/** Parameters of every one beside those of its types; its class is its family, whatever is given. */
const COMMON = [...ENGINE_PARAMETERS.filter((name) => name !== "strategy_class"), "bar_ms", "weight"];

export interface BuiltinChoice {
  readonly family: Family;
  readonly types: readonly StrategyType[];
}

/** A family or one of the 18 names; null: neither. */
export function choiceOf(name: string): BuiltinChoice | null {
  const family = FAMILIES.find((one) => one === name);
  if (family !== undefined) return { family, types: STRATEGIES.filter((type) => type.family === family && type.built) };
  const type = STRATEGIES.find((one) => one.name === name);
  return type === undefined ? null : { family: type.family, types: [type] };
}

/** Stands where another strategy has its code. */
export function builtinCode(name: string): string {
  const { types = [] } = choiceOf(name) ?? {};
  return `// Built into the engine: ${types.map((type) => type.name).join(", ")}. GET /strategy-types tells the rules.`;
}

export function builtinIssues({ types }: BuiltinChoice, parameters: JsonObject): readonly FieldIssue[] {
  const issues: FieldIssue[] = [];
  const complain = (name: string, issue: string): void => void issues.push({ field: `parameters.${name}`, issue });
  for (const [name, given] of Object.entries(parameters)) {
    const known = types.flatMap((type) => type.parameters.find((parameter) => parameter.name === name) ?? []);
    const least = Math.max(...known.map(({ min }) => min));
    const most = Math.min(...known.map(({ max }) => max));
    const value = numeric(given, known[0]?.unit);
    if (known.length > 0 && !(value >= least && value <= most))
      complain(name, `must be a number from ${least} to ${most}`);
  }
  if (issues.length === 0) issues.push(...types.flatMap((type) => relationIssues(type, parameters)));
  const { bar_ms: barMs, symbols, weight } = parameters;
  const wholeMs = Number.isSafeInteger(barMs) && (barMs as number) >= 0 && (barMs as number) <= BAR_MS_MAX;
  if (barMs !== undefined && !wholeMs)
    complain("bar_ms", `must be whole milliseconds from 0 (every tick) to ${BAR_MS_MAX}`);
  const { min, max } = SIZE_WEIGHT;
  if (weight !== undefined && !(typeof weight === "number" && weight >= min && weight <= max))
    complain("weight", `must be a number from ${min} to ${max}`);
  const fault = symbolsFault(symbols);
  if (fault !== null) complain("symbols", fault);
  const [only, another] = types;
  const legsFault = fault !== null || another !== undefined || only === undefined ? null : legFault(only, symbols);
  if (legsFault !== null) complain("symbols", legsFault);
  return issues;
}

/** What does not fit together, under the names of the API. */
function relationIssues(type: StrategyType, parameters: JsonObject): readonly FieldIssue[] {
  const given = (name: string): number | undefined => {
    const unit = type.parameters.find((one) => one.name === name)?.unit;
    return parameters[name] === undefined ? undefined : numeric(parameters[name], unit);
  };
  return misfits(type, given).map(({ name, issue }) => ({ field: `parameters.${name}`, issue }));
}

/** Names that neither a type of the choice reads nor who trades its signals. */
export function unusedNames(choice: BuiltinChoice, parameters: JsonObject): readonly string[] {
  const known = new Set(readNames(choice));
  return Object.keys(parameters).filter((name) => !known.has(name));
}

/** What was probably meant by them. */
export function meantNames(choice: BuiltinChoice, parameters: JsonObject): UnreadWords {
  return meantWords(unread(parameters, readNames(choice)));
}

function readNames({ types }: BuiltinChoice): readonly string[] {
  return [...new Set([...types.flatMap((type) => type.parameters.map(({ name }) => name)), ...COMMON])];
}

/** Types of the choice that cannot run with these symbols. */
export function leftOut({ types }: BuiltinChoice, parameters: JsonObject): readonly string[] {
  return types.filter((type) => legFault(type, parameters["symbols"]) !== null).map(({ name }) => name);
}

/** What the strategy wants of the data plane; the parameters have passed builtinIssues. */
export function wantedInstances(strategy: {
  readonly strategyId: string;
  readonly implementation: string | null;
  readonly parameters: JsonObject;
  readonly assetTypes: readonly AssetType[];
  readonly status: Status;
  readonly deployedVersion: string | null;
}): readonly WantedInstance[] {
  const { strategyId, parameters, assetTypes, status, deployedVersion } = strategy;
  const choice = choiceOf(strategy.implementation ?? "");
  const out = new Set(choice === null ? [] : leftOut(choice, parameters));
  const { bar_ms: barMs, symbols } = parameters;
  return (choice?.types ?? [])
    .filter(({ name }) => !out.has(name))
    .map((type) => ({
      strategyId,
      type: type.name,
      parameters: Object.fromEntries(
        type.parameters.flatMap(({ name, unit }) =>
          parameters[name] === undefined ? [] : [[name, numeric(parameters[name], unit)] as const],
        ),
      ),
      ...(typeof barMs === "number" ? { barMs } : {}),
      enabled: SPEAKING.has(status) && deployedVersion !== null,
      assetTypes: assetTypes.length === ASSET_TYPES.length ? null : assetTypes,
      symbols: Array.isArray(symbols) ? symbols.map((name) => String(name).toUpperCase()) : null,
    }));
}

/** While a new version is on its way, the old one speaks on; without an old one nothing speaks. */
const SPEAKING: ReadonlySet<Status> = new Set(["testing", "approved", "deployed"]);

function numeric(value: unknown, unit: string | undefined): number {
  if (typeof value === "boolean" && unit === "bool") return value ? 1 : 0;
  return typeof value === "number" ? value : Number.NaN;
}

function symbolsFault(symbols: unknown): string | null {
  if (symbols === undefined) return null;
  const good =
    Array.isArray(symbols) &&
    symbols.length >= 1 &&
    symbols.length <= SYMBOLS_MAX &&
    symbols.every((name) => typeof name === "string" && SYMBOL.test(name)) &&
    new Set(symbols.map((name: string) => name.toUpperCase())).size === symbols.length;
  return good ? null : `must be a list of 1 to ${SYMBOLS_MAX} names of symbols, each once`;
}

function legFault(type: StrategyType, symbols: unknown): string | null {
  const [least, most] = type.legs;
  if (most === 1) return null;
  const names = Array.isArray(symbols) ? symbols.map((name) => String(name).toUpperCase()) : [];
  const range = least === most ? String(least) : `${least} to ${most}`;
  if (names.length < least || names.length > most) return `must name ${range} symbols for ${type.name}`;
  if (type.name !== "triangular_arbitrage") return null;
  const cycle = cycleOf(names.map((name, id) => ({ id, name })));
  return cycle === null ? "must name three spot pairs that form a cycle, such as BTCUSD, BTCEUR and EURUSD" : null;
}
