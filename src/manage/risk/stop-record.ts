// Whether the emergency stop is on, as it outlives the process: in the store, with its entry in the audit trail, and in a
// file that needs no room on the disk. Either is enough for a stop; a stop is lifted when both say so. What one of them
// refuses is tried again until it has it, entries in the order in which they came, and as long as a restart would not
// find what is in force, an alert says so. Main thread.
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Alerts } from "../oversight/oversight.ts";
import { StopFile } from "./stop-file.ts";

interface StopChange {
  readonly on: boolean;
  readonly reason: string;
  readonly actor: string;
}

interface StopRecordOptions {
  /** Null: nothing outlives the process. */
  readonly path: string | null;
  /** Into the store, with its entry in the audit trail. */
  readonly commit: (change: StopChange) => Promise<Result<unknown, Failure>>;
  readonly raise: (alert: Parameters<Alerts["raise"]>[0]) => void;
  readonly log: Log;
}

/** Longest that an answer waits for the disk when the thing itself is in force already. */
const WAIT_MS = 900;
const RETRY_MS = 1_000;
/** Changes that wait for the store; of more, the oldest leave no entry. */
const WAITING_MAX = 256;
const STATE = "emergency stop recorded";

export class StopRecord {
  private readonly options: StopRecordOptions;
  private readonly file: StopFile | null;
  private on = false;
  /** What the file has; null: nobody knows. */
  private written: boolean | null = null;
  private readonly waiting: StopChange[] = [];
  private working: Promise<void> | null = null;
  private again = false;
  private retry: NodeJS.Timeout | null = null;
  private told = false;
  /** The last attempt failed, and the log has it. */
  private readonly refused = { store: false, file: false };
  private closed = false;
  /** Of its file, to be told when there is somebody to hear it. */
  private trouble: string | null = null;

  constructor(options: StopRecordOptions) {
    this.options = options;
    this.file = options.path === null ? null : new StopFile(options.path);
  }

  /** Whether it is on; `stored`: as the store says. */
  async load(stored: boolean): Promise<boolean> {
    this.written = await this.read();
    this.on = stored || this.written;
    return this.on;
  }

  /** Now that alerts are heard: what was wrong with the file, and a stop that it alone has. */
  begin(stored: boolean): void {
    const { trouble } = this;
    this.trouble = null;
    if (trouble !== null) this.options.raise({ level: "warning", type: "system", message: trouble });
    if (this.on && !stored) {
      const reason = "the store did not have it when the engine ended, its file had";
      this.waiting.push({ on: true, reason, actor: "engine" });
    }
    if (!this.settled) void this.work();
  }

  /** Resolves when it is kept or cannot be, and not much later than WAIT_MS: whether a restart would find it. */
  async keep(change: StopChange): Promise<boolean> {
    this.on = change.on;
    this.waiting.push(change);
    if (this.waiting.length > WAITING_MAX) this.waiting.shift();
    await within(this.work());
    return this.recorded;
  }

  /** The same of what was asked for before. */
  async kept(): Promise<boolean> {
    if (!this.settled) await within(this.work());
    return this.recorded;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    await this.working;
    await this.file?.close();
  }

  private get recorded(): boolean {
    const inStore = this.waiting.length === 0;
    if (this.file === null) return inStore;
    const inFile = this.written === this.on;
    return this.on ? inStore || inFile : inStore && inFile;
  }
  private get settled(): boolean {
    return this.waiting.length === 0 && (this.file === null || this.written === this.on);
  }

  /** One attempt at a time; what comes meanwhile has one of its own. */
  private work(): Promise<void> {
    this.again = true;
    return (this.working ??= this.attempts());
  }

  /** In the step in which it ends nobody works any more: what comes next begins anew. */
  private async attempts(): Promise<void> {
    try {
      while (this.again) {
        this.again = false;
        await Promise.all([this.store(), this.write()]);
      }
      this.tell();
      if (this.settled || this.closed) return;
      if (this.retry !== null) clearTimeout(this.retry);
      this.retry = setTimeout(() => void this.work(), RETRY_MS).unref();
    } finally {
      this.working = null;
    }
  }

  private async store(): Promise<void> {
    for (let [change] = this.waiting; change !== undefined; [change] = this.waiting) {
      const kept = await this.options.commit(change);
      if (!kept.ok) {
        this.refuse("store", { change, reason: kept.failure });
        return;
      }
      this.refused.store = false;
      if (this.waiting[0] === change) this.waiting.shift();
    }
  }

  private async write(): Promise<void> {
    if (this.file === null) return;
    while (this.written !== this.on) {
      const { on } = this;
      this.written = null;
      try {
        await this.file.write(on);
      } catch (error) {
        this.refuse("file", { on, error: String(error) });
        return;
      }
      this.refused.file = false;
      this.written = on;
    }
  }

  private refuse(by: "store" | "file", fields: Readonly<Record<string, unknown>>): void {
    if (!this.refused[by]) this.options.log.error(`the ${by} has not taken the emergency stop or its end`, fields);
    this.refused[by] = true;
  }

  /** Whether the file says that it is on; one that cannot be opened says nothing. */
  private async read(): Promise<boolean> {
    if (this.file === null) return false;
    try {
      const said = await this.file.open();
      if (said === "unreadable")
        this.trouble = `${this.options.path} said neither that the emergency stop is on nor that it is off; store and journal count`;
      return said === "on";
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.trouble = `the emergency stop has no file of its own, so on a full disk a kill would forget it: ${reason}`;
      return false;
    }
  }

  /** Once when a restart would not find what is in force, and once when it would again. */
  private tell(): void {
    if (this.told === !this.recorded) return;
    this.told = !this.recorded;
    const unrecorded = this.on
      ? "the emergency stop is in force and not recorded: neither its file nor the store takes it, so a restart would forget it"
      : "the emergency stop is lifted and that is not recorded: its file or the store does not take it, so a restart would bring it back";
    const recorded = this.on ? "the emergency stop is recorded" : "the end of the emergency stop is recorded";
    const message = this.told ? unrecorded : recorded;
    this.options.raise({ level: this.told ? "critical" : "info", type: "risk", message, state: STATE });
  }
}

async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, WAIT_MS)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
