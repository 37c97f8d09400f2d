// Runs of a sweep that came to no result. One that was lost on its way (a worker that died, or has other history, a Redis
// that forgot it) is handed in again, TRIES_MAX times in all. What is missing in the end is counted and said.
import type { Result } from "../../domain/result.ts";
import type { JobResult, RunFailure } from "../backtests/backtests.ts";

export const TRIES_MAX = 3;

/** `over`: nobody waits for it any more. `onAgain` is told why the try before was lost. */
export async function persistently(
  run: () => Promise<Result<JobResult, RunFailure>>,
  over: () => boolean,
  onAgain: (reason: string) => void,
): Promise<Result<JobResult, RunFailure>> {
  for (let tries = 1; ; tries++) {
    const result = await run();
    if (result.ok || !result.failure.lost || tries === TRIES_MAX || over()) return result;
    onAgain(result.failure.reason);
  }
}

export class Missing {
  /** Whether any was lost: the sets themselves are not to blame. */
  lost = false;
  private readonly asked: number;
  private count = 0;
  private reason = "";

  constructor(asked: number) {
    this.asked = asked;
  }

  note(failure: RunFailure): void {
    this.count += 1;
    if (this.lost && !failure.lost) return; // why one was lost is the better reason
    this.lost ||= failure.lost;
    this.reason = failure.reason;
  }

  /** Null: none is missing. */
  get sentence(): string | null {
    if (this.count === 0) return null;
    const all = this.count === this.asked;
    const which = all ? "none of its runs" : `${this.count} of its ${this.asked} runs`;
    const came = all ? `${which} came to a result` : `${which} came to no result, so the others are not judged`;
    return `${came}: ${this.reason}${this.lost ? "; send it again" : ""}`;
  }
}
