// What somebody took back, by strategy, and where its learner's evidence stood then (a time, or a number of outcomes): the
// learner leaves it alone until enough has come since. Kept with the learner's own state, so it outlives a restart. Pure.
import type { JsonObject } from "../../store/strategies.ts";

export class Holds {
  private readonly since = new Map<string, number>();

  of(strategy: string): number | undefined {
    return this.since.get(strategy);
  }

  hold(strategy: string, at: number): void {
    this.since.set(strategy, at);
  }

  release(strategy: string): void {
    this.since.delete(strategy);
  }

  state(): JsonObject {
    return Object.fromEntries(this.since);
  }

  /** As it will be, for who stores it before it is so. */
  stateWith(strategy: string, at: number): JsonObject {
    return { ...this.state(), [strategy]: at };
  }

  restore(kept: unknown): void {
    if (typeof kept !== "object" || kept === null) return;
    for (const [strategy, at] of Object.entries(kept)) if (typeof at === "number") this.since.set(strategy, at);
  }
}
