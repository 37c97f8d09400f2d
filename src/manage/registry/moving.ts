// What a move makes of a strategy: its state, what it was before a pause, what went wrong with it, and the version that is in
// force. Computed only; the registry stores it. Times in integer microseconds.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { fitText } from "../../store/fit-text.ts";
import type { Statement } from "../../store/store.ts";
import type { VersionRecord } from "../../store/versions.ts";
import { moved, type Move, type Status } from "../lifecycle.ts";
import type { Strategy } from "./strategy.ts";

/** Who wants a move, and what belongs to it. */
export interface MoveOrder {
  readonly actor: string;
  /** Chooses where the move leads to several states. */
  readonly to?: Status;
  /** What went wrong; the strategy bears it from then on. */
  readonly error?: string;
  /** The version that this takes out of force: where another one is in force by then, nothing is done. */
  readonly instead?: string | null;
  /** The version that is in force from then on. */
  readonly deployed?: string;
  /** Of a built-in one, whose parameters are in force as they are: back to these. */
  readonly restored?: Pick<VersionRecord, "version" | "parameters">;
  /** A paused strategy stays so: the move is made below its pause, and it resumes to where that leads. */
  readonly underPause?: boolean;
  /** Stored together with the move: both or neither. */
  readonly also?: readonly Statement[];
}

/** After these nothing is wrong any more. */
const CURES: ReadonlySet<Move> = new Set(["reset", "rollout_done", "rollback"]);

/** Its state, or the one to which it resumes. */
export function statusBelow({ status, statusBefore }: Pick<Strategy, "status" | "statusBefore">): Status {
  return status === "paused" ? (statusBefore ?? status) : status;
}

/** It is on another version than the request means: others were faster, or it never was on that one. */
export function outrun({ strategyId, deployedVersion }: Strategy, before: string | null): Failure {
  const named = (version: string | null): string => (version === null ? "no version" : `version ${version}`);
  const issue = `${strategyId} is on ${named(deployedVersion)}, and this request leaves ${named(before)}; look, and send again`;
  return { code: "conflict", issue };
}

/** The strategy after the move. */
export function moveOf(
  strategy: Strategy,
  move: Move,
  { to, error, instead, deployed, restored, underPause = false }: MoveOrder,
  now: number,
): Result<Strategy, Failure> {
  const { strategyId, status, statusBefore, kind } = strategy;
  if (instead !== undefined && instead !== strategy.deployedVersion) return failed(outrun(strategy, instead));
  const held = underPause && status === "paused";
  const from = held ? statusBelow(strategy) : status;
  const target = moved(strategyId, from, move, to ?? (move === "resume" ? (statusBefore ?? undefined) : undefined));
  if (!target.ok) return target;
  // What is built in and was in force has no draft: put back, it is in force again.
  const wasInForce = kind === "builtin" && strategy.deployedVersion !== null;
  const next = move === "reset" && wasInForce ? moved(strategyId, target.value, "activate") : target;
  if (!next.ok) return next;
  const pausing = next.value === "paused";
  const before = pausing ? (status === "paused" ? statusBefore : status) : null;
  return ok({
    ...strategy,
    status: held ? "paused" : next.value,
    statusBefore: held ? next.value : before,
    lastError: CURES.has(move) ? null : error === undefined ? strategy.lastError : fitText(error, "\ufffd"),
    ...(restored === undefined ? {} : { version: restored.version, parameters: restored.parameters }),
    deployedVersion: (wasInForce ? restored?.version : deployed) ?? strategy.deployedVersion,
    updatedAt: now,
  });
}
