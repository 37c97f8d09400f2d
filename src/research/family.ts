// Several strategies of one registered strategy over the same history, each with a part of its capital and an account of
// its own, under limits that are those of the whole: what any of them has open, or on its way, counts for all of them, as
// in an execution. So they go side by side, whoever's next event was known first; at the same instant in the order of the
// list. Without a limit on the whole none knows of the others, and they go one after the other, to the same outcomes.
import { failed, ok, type Result } from "../domain/result.ts";
import type { History } from "../history/history.ts";
import { Tally } from "../simulation/simulation.ts";
import type { Driven } from "./drive.ts";
import type { Outcome } from "./outcome.ts";
import type { Numbers, RunRequest } from "./request.ts";
import { type Begun, begin, driving, end, runBacktest, type RunFailure, type RunHooks } from "./run.ts";

interface Lane {
  readonly run: Begun;
  /** Null: it was closed before its end. */
  readonly steps: Generator<number, Driven | null, undefined>;
  /** When its next event was known; Infinity: there is none. */
  at: number;
  driven: Driven | null;
}

/** Of requests with the same limits. */
export function runFamily(
  history: History,
  requests: readonly RunRequest[],
  hooks: RunHooks = {},
): Result<readonly Outcome[], RunFailure> {
  const together = requests.length > 1 && requests.some(({ limits }) => boundsTheWhole(limits));
  return together ? sideBySide(history, requests, hooks) : oneByOne(history, requests, hooks);
}

function boundsTheWhole(limits: Numbers = {}): boolean {
  return (limits["max_open_positions"] ?? limits["max_trades_per_day"]) !== undefined;
}

function oneByOne(
  history: History,
  requests: readonly RunRequest[],
  hooks: RunHooks,
): Result<readonly Outcome[], RunFailure> {
  const outcomes: Outcome[] = [];
  for (const request of requests) {
    const onProgress = (share: number): boolean =>
      hooks.onProgress?.((outcomes.length + share) / requests.length) === true;
    const run = runBacktest(history, request, { ...hooks, onProgress });
    if (!run.ok) return run;
    outcomes.push(run.value);
  }
  return ok(outcomes);
}

function sideBySide(
  history: History,
  requests: readonly RunRequest[],
  hooks: RunHooks,
): Result<readonly Outcome[], RunFailure> {
  const tally = new Tally();
  const lanes: Lane[] = [];
  const shares = requests.map(() => 0);
  for (const [place, request] of requests.entries()) {
    const begun = begin(history, request, tally);
    if (!begun.ok) return begun;
    const { drive, span, follower, total } = begun.value;
    const onProgress = (share: number): boolean => {
      shares[place] = share;
      return hooks.onProgress?.(shares.reduce((sum, one) => sum + one, 0) / requests.length) === true;
    };
    const steps = drive.steps(history, span, follower, driving(total, { ...hooks, onProgress }));
    lanes.push({ run: begun.value, steps, at: Number.NEGATIVE_INFINITY, driven: null });
  }
  if (!toTheEnd(lanes)) return failed({ code: "cancelled" });
  const outcomes: Outcome[] = [];
  for (const { run, driven } of lanes) {
    if (driven === null) throw new RangeError("a run did not come to its end");
    const ended = end(run, driven, hooks);
    if (!ended.ok) return ended;
    outcomes.push(ended.value);
  }
  return ok(outcomes);
}

/** False: stopped. However it ends, nothing stays open of what any of them reads. */
function toTheEnd(lanes: readonly Lane[]): boolean {
  try {
    for (let lane = first(lanes); lane.at < Number.POSITIVE_INFINITY; lane = first(lanes)) {
      const next = lane.steps.next();
      lane.at = next.done === true ? Number.POSITIVE_INFINITY : next.value;
      if (next.done !== true) continue;
      lane.driven = next.value;
      if (next.value === null || next.value.cancelled) return false;
    }
    return true;
  } finally {
    for (const { steps } of lanes) steps.return(null);
  }
}

/** The one whose next event was known first. */
function first(lanes: readonly Lane[]): Lane {
  return lanes.reduce((best, lane) => (lane.at < best.at ? lane : best));
}
