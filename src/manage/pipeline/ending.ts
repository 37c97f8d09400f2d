// How a pipeline that does not complete ends: for which reason, and where that leaves its strategy. Pure.
//
//   reason          strategy without an earlier deployed version    with one
//   stage_failed    error                                           deployed (rolled back) if that is in force, else error
//   timeout         as stage_failed                                 as stage_failed
//   emergency_stop  as stage_failed                                 as stage_failed
//   rejected        draft                                           deployed
//   cancelled       draft                                           deployed
//
// A strategy that is stopped, or gone, stays so; one that is paused stays paused, and resumes to where it was moved.
import type { Move, Status } from "../lifecycle.ts";
import type { Strategy } from "../registry/registry.ts";

export type Reason = "rejected" | "cancelled" | "timeout" | "stage_failed" | "emergency_stop";

/** Why a pipeline does not go on; thrown inside its run and turned into its end in one place. */
export class Ended extends Error {
  readonly reason: Reason;
  /** A stage, `approval` or `rollout`. */
  readonly stage: string;
  constructor(reason: Reason, stage: string, message: string) {
    super(message);
    this.reason = reason;
    this.stage = stage;
  }
}

export interface EndMove {
  readonly move: Move;
  readonly to: Status;
  /** The version before is in force again. */
  readonly rolledBack: boolean;
}

/** `status`: of the strategy, or the one before where it is paused. Null: there is nothing to move. */
export function endMove(
  reason: Reason,
  status: Status,
  strategy: Pick<Strategy, "deployedVersion">,
  rollback: boolean,
): EndMove | null {
  if (status !== "testing" && status !== "approved") return null;
  const earlier = strategy.deployedVersion !== null;
  if (reason === "cancelled" || reason === "rejected") {
    const move = reason === "rejected" && status === "approved" ? "reject" : "cancel";
    return { move, to: earlier ? "deployed" : "draft", rolledBack: false };
  }
  const rolledBack = earlier && rollback;
  const move = status === "testing" ? "stage_fails" : "rollout_fails";
  return { move, to: rolledBack ? "deployed" : "error", rolledBack };
}
