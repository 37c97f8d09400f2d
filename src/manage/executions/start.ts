// Whether a strategy can be started now, and what its parameters come to for an execution that is open.
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { Statement } from "../../store/store.ts";
import { legalMoves, moved } from "../lifecycle.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Entry, Execution } from "./entry.ts";
import { termsFor, type Terms } from "./terms.ts";

/** Stores the start: the row of the execution, with who asked for it. */
export type Stored = (execution: Execution, statements: readonly Statement[]) => Promise<Result<void, Failure>>;

/** A strategy is started while it is deployed, or stopped with a version that was deployed. */
export function startFault({ strategyId, status, deployedVersion }: Strategy): Failure | null {
  const target = moved(strategyId, status, "start");
  if (!target.ok) return target.failure;
  if (deployedVersion !== null) return null;
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

export function termsOf({ record }: Entry, { parameters, riskLimits }: Strategy): Terms {
  return termsFor({ parameters, riskLimits, executionConfig: record.executionConfig });
}
