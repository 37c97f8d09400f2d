// Alerts on their way into the store, in the order in which they were raised. What the store has no room for, or cannot
// take just now, waits and is tried again, with the next alert and each second, until it is stored; of more than
// WAITING_MAX the oldest are given up. The row is that of the alert as it is when it is written, and those beside it were
// made when it was raised.
import type { Failure } from "../../domain/failure.ts";
import { type AlertRecord, alertTable } from "../../store/operations.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";

interface AlertRowsOptions {
  readonly store: Store;
  readonly log: Log;
  /** As it is now; null: it is forgotten. */
  readonly alertAt: (position: number) => AlertRecord | null;
}

interface Waiting {
  readonly position: number;
  readonly beside: readonly Statement[];
  /** Called once, when it is stored or was refused for the first time. */
  tried: (() => void) | null;
}

const RETRY_MS = 1_000;
const WAITING_MAX = 10_000;
/** The store may take the same later. */
const PASSING: readonly Failure["code"][] = ["storage_full", "storage_unavailable", "overloaded"];

export class AlertRows {
  private readonly options: AlertRowsOptions;
  private readonly waiting: Waiting[] = [];
  private working: Promise<unknown> = Promise.resolve();
  private retry: NodeJS.Timeout | null = null;
  private refusing = false;
  private closed = false;

  constructor(options: AlertRowsOptions) {
    this.options = options;
  }

  add(position: number, beside: readonly Statement[], tried: () => void): void {
    this.waiting.push({ position, beside, tried });
    if (this.refusing && this.waiting.length > WAITING_MAX) this.giveUp(1); // the first may be on its way
    void this.after(() => this.storeAll());
  }

  /** Its row again, because it has changed; at once for those that wait anyway. */
  again(position: number): void {
    if (!this.waiting.some((one, index) => index > 0 && one.position === position)) this.add(position, [], NOTHING);
  }

  /** Behind what was handed in before was stored, or refused. */
  after<T>(work: () => Promise<T>): Promise<T> {
    const done = this.working.then(work);
    this.working = done.catch(NOTHING);
    return done;
  }

  /** Resolves when what was handed in is stored, or cannot be. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    await this.after(() => this.storeAll());
  }

  private async storeAll(): Promise<void> {
    for (let [next] = this.waiting; next !== undefined; [next] = this.waiting) {
      if (!(await this.store(next))) break;
      this.waiting.shift();
      tried(next);
    }
    for (const one of this.waiting) tried(one);
    if (this.waiting.length === 0 || this.closed) return;
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.after(() => this.storeAll()), RETRY_MS).unref();
  }

  /** False: it has to wait. */
  private async store({ position, beside }: Waiting): Promise<boolean> {
    const { store, log, alertAt } = this.options;
    const alert = alertAt(position);
    const statements = [...(alert === null ? [] : [alertTable.put(alert)]), ...beside];
    if (statements.length === 0) return true;
    const stored = await store.commit(statements);
    const waits = !stored.ok && PASSING.includes(stored.failure.code);
    if (!stored.ok && !(waits && this.refusing))
      log.error("an alert could not be stored", { alert_id: alert?.alertId, code: stored.failure.code, waits });
    this.refusing = waits;
    return !waits;
  }

  private giveUp(index: number): void {
    const [oldest] = this.waiting.splice(index, 1);
    if (oldest === undefined) return;
    this.options.log.error("an alert was not stored, because too many wait", { position: oldest.position });
    tried(oldest);
  }
}

function tried(one: Waiting): void {
  one.tried?.();
  one.tried = null;
}

const NOTHING = (): void => undefined;
