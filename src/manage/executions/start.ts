// Whether a strategy can be started now, and what its parameters come to for an execution that is open.
import { type Failure, invalid } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import { BEGINS_WITH, type Budget, type CompiledStrategy } from "../../sandbox/sandbox.ts";
import { executionPolicy } from "../../simulation/simulation.ts";
import type { ExecutionRecord } from "../../store/executions.ts";
import type { Statement } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { newId } from "../ids.ts";
import type { GateOwner } from "../risk/gate.ts";
import { limitsFault } from "../risk-limits.ts";
import { legalMoves, moved } from "../lifecycle.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Entry, Execution } from "./entry.ts";
import type { Beginning } from "./messages.ts";
import { symbolsIn, withSymbols } from "./symbols.ts";
import { termsFor, type Terms } from "./terms.ts";

/** Stores the start: the row of the execution, with who asked for it. */
export type Stored = (execution: Execution, statements: readonly Statement[]) => Promise<Result<void, Failure>>;

/** A strategy has one execution at a time; null: none is open. */
export function openFault(open: Entry | null): Failure | null {
  if (open === null) return null;
  const { strategyId, status } = open.record;
  return { code: "already_running", id: strategyId, paused: status === "paused" };
}

/** A strategy is started while it is deployed, or stopped with a version that was deployed; with limits that can be kept. */
export function startFault(strategy: Strategy): Failure | null {
  const { strategyId, status, deployedVersion } = strategy;
  const target = moved(strategyId, status, "start");
  if (!target.ok) return target.failure;
  if (deployedVersion !== null) return limitsFault(strategy);
  return {
    code: "invalid_state",
    kind: "strategy",
    id: strategyId,
    state: `${status} and was never deployed`,
    wanted: "start",
    allowed: ["deployed", "stopped with a deployed version"],
    legal: legalMoves(status).filter((move) => move === "deploy" || move === "reset"),
  };
}

/** How orders are to be filled has to be understood before there are any. */
export function configFault(config: JsonObject, { parameters }: Strategy): Failure | null {
  const given = executionPolicy(config["execution"]);
  if (!given.ok) return invalid("execution_config.execution", given.failure);
  const own = executionPolicy(parameters["execution"]);
  return own.ok ? null : invalid("parameters.execution", own.failure);
}

/** With one of these states nothing runs. */
export const OVER: ReadonlySet<Strategy["status"]> = new Set(["draft", "stopped", "error"]);

/** Whether all users' strategies together leave room for one more. */
export function roomFault({ language }: CompiledStrategy, budget: Budget | null): Failure | null {
  const issue = budget?.refusal(BEGINS_WITH[language]) ?? null;
  if (issue === null || budget === null) return null;
  const { limitBytes: limit } = budget.board;
  return { code: "capacity_exceeded", what: "bytes of memory", limit, setting: "STRATEGY_MAX_MEMORY", issue };
}

/** Whether it came into a state meanwhile in which nothing runs. */
export function forbids(before: Strategy, now: Strategy): boolean {
  return now.status !== before.status && OVER.has(now.status);
}

/** The row of one that begins now. */
export function beginningOf(strategy: Strategy, config: JsonObject, startTime: number): ExecutionRecord {
  const { strategyId, deployedVersion, version } = strategy;
  return {
    executionId: newId("exec"),
    strategyId,
    version: deployedVersion ?? version,
    status: "running",
    startTime,
    endTime: null,
    finalPnl: 0,
    tradeCount: 0,
    performanceMetrics: {},
    executionConfig: withSymbols(config, strategy.parameters),
    stopReason: null,
    error: null,
    reigns: [],
  };
}

/** With which its thread begins, where nothing was before. */
export function orderOf(entry: Entry, strategy: Strategy): Omit<Beginning, "names" | "from"> {
  const { key, record, program, shares, gates } = entry;
  const { parameters } = strategy;
  const { version, status, reigns } = record;
  const owner = ownerOf(strategy, record.executionConfig);
  const common = {
    key,
    version,
    program,
    parameters,
    terms: termsOf(entry, strategy),
    owner,
    reigns,
    live: isLive(record),
  };
  const symbols = symbolsIn(record.executionConfig, parameters);
  const nothing = { fills: [], orders: [], carry: [], posted: null, past: null, again: false, shares, gates };
  const { startTime } = record;
  return { ...common, ...nothing, symbols, startTime, lastOrder: entry.lastOrder, paused: status === "paused" };
}

/** Its orders leave for a real venue. */
export function isLive({ executionConfig }: ExecutionRecord): boolean {
  return executionConfig["mode"] === "live";
}

function ownerOf({ strategyId, strategyType }: Strategy, config: JsonObject): GateOwner {
  return { strategyId, family: strategyType, override: config["risk_override"] === true };
}

export function termsOf({ record }: Entry, { parameters, riskLimits, implementation }: Strategy): Terms {
  return termsFor({ parameters, riskLimits, executionConfig: record.executionConfig, implementation });
}
