// What listeners hear of runs over history: every change of state at once, how far they are at most twice a second.
import type { ResearchUpdate } from "../domain/live-protocol.ts";
import { familyOf } from "../domain/names.ts";

export type { ResearchUpdate } from "../domain/live-protocol.ts";
export type OnResearch = (update: ResearchUpdate) => void;

const PROGRESS_US = 500_000;

/** The strategy that a request names, as answers show it and filters see it: a family by its own name, not by another. */
export function subjectNames(request: Readonly<Record<string, unknown>>): {
  readonly strategy_id: string | null;
  readonly strategy_type: string | null;
} {
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  const type = text(request["strategy_type"]);
  return { strategy_id: text(request["strategy_id"]), strategy_type: familyOf(type ?? "") ?? type };
}

/** Seconds that are left when the rest goes on like what is done. */
export function etaOf(startedUs: number, nowUs: number, progress: number): number | null {
  return progress > 0 && progress < 1 ? ((nowUs - startedUs) * (1 - progress)) / progress / 1e6 : null;
}

/** Whether progress is to be told now; keeps the times of what is under way. */
export class Pace {
  private readonly toldUs = new Map<string, number>();

  due(id: string, nowUs: number): boolean {
    if (nowUs - (this.toldUs.get(id) ?? Number.NEGATIVE_INFINITY) < PROGRESS_US) return false;
    this.toldUs.set(id, nowUs);
    return true;
  }

  end(id: string): void {
    this.toldUs.delete(id);
  }
}
