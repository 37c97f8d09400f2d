// A move of a strategy that the engine makes by itself: a limit that was reached, an execution that failed. Nobody is there
// who would ask for it again, so what the store does not take now is tried again, as long as it is wanted. Main thread.
import type { Failure } from "../domain/failure.ts";
import type { Log } from "../telemetry/log.ts";
import type { Registry } from "./registry/registry.ts";

export interface OwnMove {
  readonly strategyId: string;
  readonly move: "pause" | "fail";
  /** What went wrong. */
  readonly error?: string;
  /** Asked before each further try. */
  readonly wanted: () => boolean;
}

const ENGINE = "engine";
const AGAIN_MS = 1_000;
/** An hour of them. */
const TRIES_MAX = 3_600;
const PASSING: ReadonlySet<Failure["code"]> = new Set(["storage_unavailable", "storage_full", "overloaded"]);

/** Resolves when it is made, cannot be, or is not wanted any more. */
export async function moveByItself(
  { registry, log }: { readonly registry: Registry; readonly log: Log },
  { strategyId, move, error, wanted }: OwnMove,
): Promise<void> {
  const order = { actor: ENGINE, ...(error === undefined ? {} : { error }) };
  for (let tries = 1; tries === 1 || wanted(); tries++) {
    const moved = await registry.move(strategyId, move, order);
    if (moved.ok) return;
    const { failure } = moved;
    const passing = PASSING.has(failure.code);
    const again = passing && tries < TRIES_MAX;
    if (tries === 1 || !again)
      log[passing ? "error" : "warn"]("the engine could not move a strategy", {
        strategy_id: strategyId,
        move,
        failure,
        again,
      });
    if (!again) return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
  }
}
