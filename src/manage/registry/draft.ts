// From a request to the strategy that it would make, or to everything that is wrong with it. Pure: what is here has
// happened to nobody yet.
import { createHash } from "node:crypto";
import { ASSET_TYPES, type AssetType } from "../../domain/asset-type.ts";
import type { Failure, FieldIssue } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { isBlank } from "../../domain/seen.ts";
import { riskLimitIssues } from "../risk-limits.ts";
import { builtinCode, builtinIssues, choiceOf } from "./builtin.ts";
import { languageOf } from "./language.ts";
import { merge, same, type JsonObject } from "./merge.ts";
import { FIRST_VERSION, isAbove, nextPatch } from "./semver.ts";
import type { Entry, NewBuiltin, NewStrategy, Strategy, StrategyChange } from "./strategy.ts";

/** Of parameters and risk limits each, as JSON. */
export const OBJECT_BYTES_MAX = 65_536;
const CODE_BYTES_MAX = 262_144;

export interface Draft {
  readonly strategy: Strategy;
  /** Null: the code is as it was. */
  readonly code: string | null;
  /** Whether the strategy's version is a new one. */
  readonly newVersion: boolean;
}

export function draftOf(id: string, given: NewStrategy, now: number): Result<Draft, Failure> {
  const { name, code, version = FIRST_VERSION, parameters = {}, riskLimits = {} } = given;
  const issues = [
    ...nameIssues(name),
    ...codeIssues(code),
    ...objectIssues(parameters, riskLimits),
    ...riskLimitIssues(riskLimits),
  ];
  const strategy: Strategy = {
    ...EMPTY,
    strategyId: id,
    strategyName: name,
    version,
    kind: "code",
    language: given.language ?? languageOf(code),
    codeHash: hashOf(code),
    parameters,
    riskLimits,
    createdAt: now,
    updatedAt: now,
  };
  return judged({ strategy, code, newVersion: true }, issues);
}

/** A builtin strategy is deployed from its first moment, unless it is to go through a pipeline first. */
export function builtinDraft(id: string, given: NewBuiltin, now: number): Result<Draft, Failure> {
  const { type, name = type, parameters = {}, assetTypes = ASSET_TYPES, silent = false } = given;
  const choice = choiceOf(type);
  const code = builtinCode(type);
  const strategy: Strategy = {
    ...EMPTY,
    strategyId: id,
    strategyName: name,
    version: FIRST_VERSION,
    kind: "builtin",
    language: "assemblyscript",
    strategyType: choice?.family ?? null,
    implementation: type,
    codeHash: hashOf(code),
    parameters,
    assetTypes: narrowed(assetTypes),
    status: silent ? "draft" : "deployed",
    deployedVersion: silent ? null : FIRST_VERSION,
    createdAt: now,
    updatedAt: now,
  };
  const unknown =
    choice === null ? [{ field: "strategy_type", issue: "must be a family or the name of one of the 18" }] : [];
  return judged({ strategy, code, newVersion: true }, [...unknown, ...nameIssues(name), ...issuesOf(strategy)]);
}

/** The strategy after the change. A new version where code or parameters differ, or where one is asked for. */
export function changed({ strategy, versions }: Entry, change: StrategyChange, now: number): Result<Draft, Failure> {
  const parameters = merged(strategy.parameters, change.parameters);
  const codeHash = change.code === undefined ? strategy.codeHash : hashOf(change.code);
  const code = codeHash === strategy.codeHash ? null : (change.code ?? null);
  const asked = change.version === strategy.version ? undefined : change.version;
  const raised = change.raises === true && change.version === undefined;
  const newVersion = raised || asked !== undefined || code !== null || !same(parameters, strategy.parameters);
  const taken = (version: string): boolean => versions.some((one) => one.version === version);
  const version = asked ?? (newVersion ? nextPatch(strategy.version, taken) : strategy.version);
  const next: Strategy = {
    ...strategy,
    strategyName: change.name ?? strategy.strategyName,
    version,
    codeHash,
    language: code === null ? strategy.language : languageOf(code),
    parameters,
    riskLimits: merged(strategy.riskLimits, change.riskLimits),
    assetTypes: narrowed(change.assetTypes ?? strategy.assetTypes),
    // What is built in is in force at once, where it is in force at all.
    deployedVersion:
      strategy.kind === "builtin" && strategy.deployedVersion !== null ? version : strategy.deployedVersion,
    updatedAt: now,
  };
  // What was stored of them before it was judged keeps nobody from changing something else.
  const limits = change.riskLimits === undefined ? [] : riskLimitIssues(next.riskLimits);
  const names = next.strategyName === strategy.strategyName ? [] : nameIssues(next.strategyName);
  const issues = [...names, ...codeIssues(code ?? ""), ...issuesOf(next), ...limits];
  if (asked !== undefined && taken(asked))
    issues.push({
      field: "version",
      issue: `must be a new one: ${asked} exists; leave it out for the next patch level`,
    });
  else if (asked !== undefined && !isAbove(asked, strategy.version))
    issues.push({
      field: "version",
      issue: `must be above ${strategy.version}, which is the newest; leave it out for the next patch level`,
    });
  if (code !== null && strategy.kind === "builtin")
    issues.push({ field: "code", issue: "must be left out: this strategy is built into the engine" });
  return judged({ strategy: next, code, newVersion }, issues);
}

/** The object itself where nothing of it is another: what runs by it takes another one up. */
function merged(before: JsonObject, change: JsonObject = {}): JsonObject {
  const after = merge(before, change);
  return same(after, before) ? before : after;
}

const EMPTY: Strategy = {
  strategyId: "",
  strategyName: "",
  version: FIRST_VERSION,
  kind: "code",
  language: "python",
  strategyType: null,
  implementation: null,
  codeHash: "",
  parameters: {},
  riskLimits: {},
  assetTypes: ASSET_TYPES,
  status: "draft",
  statusBefore: null,
  deployedVersion: null,
  lastError: null,
  createdAt: 0,
  updatedAt: 0,
  deletedAt: null,
};

/** SHA-256 of the UTF-8 text, hexadecimal. */
function hashOf(code: string): string {
  return createHash("sha256").update(code, "utf8").digest("hex");
}

/** Each once, in the order of the API; none means all. */
function narrowed(assetTypes: readonly AssetType[]): readonly AssetType[] {
  const named = ASSET_TYPES.filter((one) => assetTypes.includes(one));
  return named.length === 0 ? ASSET_TYPES : named;
}

function issuesOf(strategy: Strategy): readonly FieldIssue[] {
  const choice = strategy.kind === "builtin" ? choiceOf(strategy.implementation ?? "") : null;
  return [
    ...objectIssues(strategy.parameters, strategy.riskLimits),
    ...(choice === null ? [] : builtinIssues(choice, strategy.parameters)),
  ];
}

/** People find a strategy by it and click on it. */
function nameIssues(name: string): readonly FieldIssue[] {
  if (!isBlank(name)) return [];
  const issue =
    "must hold something that can be seen, such as a letter, a digit or a sign; white space, control characters and characters without width may stand beside it";
  return [{ field: "strategy_name", issue }];
}

/** The contract counts characters, of which one may take four bytes. */
function codeIssues(code: string): readonly FieldIssue[] {
  if (Buffer.byteLength(code) <= CODE_BYTES_MAX) return [];
  return [{ field: "code", issue: `must take at most ${CODE_BYTES_MAX} bytes as UTF-8` }];
}

function objectIssues(parameters: JsonObject, riskLimits: JsonObject): readonly FieldIssue[] {
  const tooLarge = Object.entries({ parameters, risk_limits: riskLimits }).filter(
    ([, value]) => Buffer.byteLength(JSON.stringify(value)) > OBJECT_BYTES_MAX,
  );
  const issue = `must take at most ${OBJECT_BYTES_MAX} bytes as JSON`;
  return tooLarge.map(([field]) => ({ field, issue }));
}

function judged(draft: Draft, issues: readonly FieldIssue[]): Result<Draft, Failure> {
  const [first, ...rest] = issues;
  return first === undefined ? ok(draft) : failed({ code: "validation_error", issues: [first, ...rest] });
}
