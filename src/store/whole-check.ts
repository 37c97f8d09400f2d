// The whole check of a database that is served already, in a process of its own (sqlite/check-worker.ts). It is due when the
// database was opened on the word of its mark (sqlite/whole-mark.ts), and begins when the engine serves.
import { type ChildProcess, fork } from "node:child_process";
import type { StoreLog } from "./sqlite/store-thread.ts";

export type Verdict =
  | { readonly kind: "whole" }
  | { readonly kind: "damaged"; readonly reason: string }
  /** It could not be checked. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface WholeCheckOptions {
  readonly file: string;
  readonly log: StoreLog;
  readonly onVerdict: (verdict: Verdict) => void;
}

export class WholeCheck {
  private readonly options: WholeCheckOptions;
  private child: ChildProcess | null = null;
  private isDue = false;
  private mayBegin = false;
  private closed = false;

  constructor(options: WholeCheckOptions) {
    this.options = options;
  }

  due(): void {
    this.isDue = true;
    this.next();
  }

  begin(): void {
    this.mayBegin = true;
    this.next();
  }

  /** What is under way is killed: it writes nothing. */
  close(): void {
    this.closed = true;
    this.child?.kill("SIGKILL");
  }

  private next(): void {
    if (!this.isDue || !this.mayBegin || this.child !== null || this.closed) return;
    this.isDue = false;
    const { file, log, onVerdict } = this.options;
    const program = new URL("./sqlite/check-worker.js", import.meta.url);
    const child = fork(program, [file], { stdio: "ignore", env: {}, execArgv: [] });
    this.child = child;
    let found: Verdict | null = null;
    const ended = (why: string): void => {
      if (this.child !== child) return;
      this.child = null;
      if (this.closed) return;
      onVerdict(found ?? { kind: "unknown", reason: why });
      this.next();
    };
    child.on("message", (verdict: Verdict) => (found = verdict));
    child.once("error", (error) => ended(`no process for it: ${error.message}`));
    child.once("close", (code, signal) => ended(`its process ended with ${signal ?? code}`));
    // A stop does not wait for it.
    child.unref();
    child.channel?.unref();
    log.info("the database is being checked", { file, pid: child.pid });
  }
}
