// All executions that main knows: those that are open, by strategy and by their number, those that are to go on after a
// restart and are not open yet, and the newest that are over.
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
  /** By strategy; they are to be opened. */
  private readonly coming = new Map<string, Entry>();
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
  /** It is to go on, and is shown as it was stored until it does. */
  expect(entry: Entry): void {
    this.keep(entry);
    this.coming.set(entry.record.strategyId, entry);
  }
  enter(entry: Entry): void {
    this.keep(entry);
    this.arrived(entry);
    this.keys.set(entry.key, entry);
    this.opened.set(entry.record.strategyId, entry);
  }
  /** Its strategy can be started again; news of it are still heard until `leave`. */
  shut(entry: Entry): void {
    this.arrived(entry);
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
  /** The one that is open, or is to be opened. */
  activeOf(strategyId: string): Entry | null {
    return this.opened.get(strategyId) ?? this.coming.get(strategyId) ?? null;
  }
  open(): readonly Entry[] {
    return [...this.opened.values()];
  }
  /** Those that are to be opened. */
  expected(): readonly Entry[] {
    return [...this.coming.values()];
  }
  /** Open, or to be opened; in the order in which they began. */
  active(): readonly Entry[] {
    return [...this.coming.values(), ...this.opened.values()];
  }

  /** Running now, of one strategy or of all. */
  running(strategyId?: string): number {
    if (strategyId !== undefined) return this.activeOf(strategyId)?.record.status === "running" ? 1 : 0;
    let count = 0;
    for (const entries of [this.coming, this.opened])
      for (const { record } of entries.values()) if (record.status === "running") count++;
    return count;
  }

  /** How many there are in each status. */
  counts(): Readonly<Record<ExecutionRecord["status"], number>> {
    const found = { running: 0, paused: 0, stopped: 0, error: 0 };
    for (const { record } of this.entries.values()) found[record.status]++;
    return found;
  }

  /** Oldest first. */
  list({ status, strategyId }: ExecutionQuery): readonly string[] {
    const found: string[] = [];
    for (const { record } of status === "active" ? this.active() : this.entries.values()) {
      if (strategyId !== undefined && record.strategyId !== strategyId) continue;
      if (status === "all" || status === "active" || record.status === status) found.push(record.executionId);
    }
    return found;
  }

  view(executionId: string): Execution | null {
    return this.entries.get(executionId)?.view() ?? null;
  }

  private arrived(entry: Entry): void {
    const { strategyId } = entry.record;
    if (this.coming.get(strategyId) === entry) this.coming.delete(strategyId);
  }
}
