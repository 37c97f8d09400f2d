// The life of a strategy: 7 states and the moves between them, as one table. Nothing else decides what is possible; a
// move that the table lacks is a failure that says which ones there are.
//
//              deploy             stages_pass              rollout_done
//    draft ──────────► testing ──────────────► approved ──────────────► deployed
//      ▲                  │ stage_fails           │ reject, rollout_fails  │
//      │ reset            ▼                       ▼                        │ fail
//    error, stopped     error or deployed       draft, error or deployed   ▼
//    any ── stop ──► stopped                    any ── pause ──► paused ── fail ──► error
//    testing, approved ── cancel ──► draft or deployed       deployed, stopped, error ── rollback ──► deployed
//    (below a pause as well: it stays paused, and resumes to deployed)
//    draft, deployed, stopped, error ── retry ──► testing
//    stopped ── start ──► deployed              paused ── resume ──► the state before
//
// `lifecycle_state` is the status, or `running` while an execution runs; `running` is no state of its own.
import type { Failure } from "../domain/failure.ts";
import { failed, ok, type Result } from "../domain/result.ts";

export const STATUSES = ["draft", "testing", "approved", "deployed", "paused", "stopped", "error"] as const;
export type Status = (typeof STATUSES)[number];
export type LifecycleState = Status | "running";

export const MOVES = [
  "deploy",
  "retry",
  "stages_pass",
  "stage_fails",
  "rollout_done",
  "rollout_fails",
  "reject",
  "cancel",
  "rollback",
  "activate",
  "start",
  "fail",
  "pause",
  "resume",
  "stop",
  "reset",
] as const;
export type Move = (typeof MOVES)[number];

type Row = Readonly<Partial<Record<Status, readonly Status[]>>>;

/** Where a move leads from each state from which it is allowed; the first place is the usual one. */
const TABLE: Readonly<Record<Move, Row>> = {
  // A strategy that may deploy again keeps its old version running until the rollout is done.
  deploy: { draft: ["testing"], approved: ["testing"], deployed: ["testing"], stopped: ["testing"] },
  // Of a pipeline that failed and left its strategy where it may have left it.
  retry: { draft: ["testing"], deployed: ["testing"], stopped: ["testing"], error: ["testing"] },
  stages_pass: { testing: ["approved"] },
  // `deployed`: with rollback in force and an earlier deployed version.
  stage_fails: { testing: ["error", "deployed"] },
  rollout_done: { approved: ["deployed"] },
  rollout_fails: { approved: ["error", "deployed"] },
  reject: { approved: ["draft", "deployed"] },
  // A deployment that is called off leaves things as they were.
  cancel: { testing: ["draft", "deployed"], approved: ["draft", "deployed"] },
  rollback: { deployed: ["deployed"], stopped: ["deployed"], error: ["deployed"] },
  // One of the engine's own strategies is built in and needs no pipeline.
  activate: { draft: ["deployed"] },
  start: { deployed: ["deployed"], stopped: ["deployed"] },
  // An execution can fail while a newer version is on its way, and while it is paused: its program sees on.
  fail: { testing: ["error"], approved: ["error"], deployed: ["error"], paused: ["error"] },
  pause: everywhere("paused"),
  resume: { paused: STATUSES.filter((status) => status !== "paused") },
  stop: everywhere("stopped"),
  reset: { error: ["draft"], stopped: ["draft"] },
};

function everywhere(to: Status): Row {
  return Object.fromEntries(STATUSES.map((status) => [status, [to]]));
}

/** The states to which the move leads from here; none when it is not allowed. */
export function targets(from: Status, move: Move): readonly Status[] {
  return TABLE[move][from] ?? [];
}

/** The moves that are allowed from here, in the order of MOVES. */
export function legalMoves(from: Status): readonly Move[] {
  return MOVES.filter((move) => targets(from, move).length > 0);
}

/** The states from which the move is allowed. */
export function sources(move: Move): readonly Status[] {
  return STATUSES.filter((status) => targets(status, move).length > 0);
}

/** The state after the move; `to` chooses where it leads to several. */
export function moved(id: string, from: Status, move: Move, to?: Status): Result<Status, Failure> {
  const possible = targets(from, move);
  const target = to ?? possible[0];
  if (target !== undefined && possible.includes(target)) return ok(target);
  return failed({
    code: "invalid_state",
    kind: "strategy",
    id,
    state: from,
    wanted: move,
    allowed: sources(move),
    legal: legalMoves(from).filter(isRequest),
  });
}

/** What a client can ask for; the other moves are the pipeline's and the executions' own. */
const REQUESTS: ReadonlySet<Move> = new Set(["deploy", "start", "pause", "resume", "stop", "reset", "rollback"]);
function isRequest(move: Move): boolean {
  return REQUESTS.has(move);
}

export function lifecycleState(status: Status, activeExecutions: number): LifecycleState {
  return activeExecutions > 0 ? "running" : status;
}
