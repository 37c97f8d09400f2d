// All executions that main knows: those that are open, by strategy and by their number, and the newest that are over.
import type { ExecutionRecord } from "../../store/executions.ts";
import type { Entry, Execution } from "./entry.ts";

export interface ExecutionQuery {
  /** `active`: running and paused. */
  readonly status: "active" | "all" | ExecutionRecord["status"];
  readonly strategyId?: string;
}

export const KEPT = 10_000;

export class Roll {
  /** In the order in which they began. */
  private readonly entries = new Map<string, Entry>();
  private readonly keys = new Map<number, Entry>();
  private readonly opened = new Map<string, Entry>();
  private lastKey = 0;

  nextKey(): number {
    return ++this.lastKey;
  }

  /** One that is over. */
  keep(entry: Entry): void {
    this.entries.set(entry.record.executionId, entry);
    for (const [id, { active }] of this.entries) {
      if (this.entries.size <= KEPT) break;
      if (!active) this.entries.delete(id);
    }
  }
  enter(entry: Entry): void {
    this.keep(entry);
    this.keys.set(entry.key, entry);
    this.opened.set(entry.record.strategyId, entry);
  }
  /** Its strategy can be started again; news of it are still heard until `leave`. */
  shut(entry: Entry): void {
    if (this.opened.get(entry.record.strategyId) === entry) this.opened.delete(entry.record.strategyId);
  }
  leave(entry: Entry): void {
    this.keys.delete(entry.key);
  }

  entry(executionId: string): Entry | null {
    return this.entries.get(executionId) ?? null;
  }
  keyed(key: number): Entry | null {
    return this.keys.get(key) ?? null;
  }
  /** The one that is open. */
  of(strategyId: string): Entry | null {
    return this.opened.get(strategyId) ?? null;
  }
  open(): readonly Entry[] {
    return [...this.opened.values()];
  }

  /** Running now, of one strategy or of all. */
  running(strategyId?: string): number {
    if (strategyId !== undefined) return this.opened.get(strategyId)?.record.status === "running" ? 1 : 0;
    let count = 0;
    for (const { record } of this.opened.values()) if (record.status === "running") count++;
    return count;
  }

  /** Oldest first. */
  list({ status, strategyId }: ExecutionQuery): readonly string[] {
    const found: string[] = [];
    for (const { record } of status === "active" ? this.opened.values() : this.entries.values()) {
      if (strategyId !== undefined && record.strategyId !== strategyId) continue;
      if (status === "all" || status === "active" || record.status === status) found.push(record.executionId);
    }
    return found;
  }

  view(executionId: string): Execution | null {
    return this.entries.get(executionId)?.view() ?? null;
  }
}
