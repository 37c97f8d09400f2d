// The whole check of a database that is served already, in a process of its own (sqlite/check-worker.ts). It is due when the
// database was opened on the word of its mark (sqlite/whole-mark.ts), and begins when the engine serves.
import { type ChildProcess, fork } from "node:child_process";
import { statSync } from "node:fs";
import type { StoreLog } from "./sqlite/store-thread.ts";

export type Verdict =
  | { readonly kind: "whole" }
  | { readonly kind: "damaged"; readonly reason: string }
  /** It was not checked to the end, and nothing is wrong. */
  | { readonly kind: "ended"; readonly reason: string }
  /** It could not be checked. */
  | { readonly kind: "unknown"; readonly reason: string };

/** While it goes on, the write-ahead log cannot begin anew, and grows with each change. */
export interface CheckBounds {
  readonly logBytes: number;
  readonly ms: number;
}

const BOUNDS: CheckBounds = { logBytes: 256 * 1024 * 1024, ms: 10 * 60_000 };
const LOOK_MS = 500;

export interface WholeCheckOptions {
  readonly file: string;
  readonly log: StoreLog;
  readonly onVerdict: (verdict: Verdict) => void;
  readonly bounds?: CheckBounds;
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
    const child = checkerOf(file);
    if (typeof child === "string") return onVerdict({ kind: "unknown", reason: `no process for it: ${child}` });
    this.child = child;
    let found: Verdict | null = null;
    const watch = this.watch(child, (reason) => (found ??= { kind: "ended", reason }));
    const ended = (why: string): void => {
      if (this.child !== child) return;
      this.child = null;
      clearInterval(watch);
      if (this.closed) return;
      onVerdict(found ?? { kind: "unknown", reason: why });
      this.next();
    };
    child.on("message", (verdict: Verdict) => (found = verdict));
    child.once("error", (error) => ended(`no process for it: ${error.message}`));
    child.once("close", (code, signal) => {
      // Before it could ignore them: a stop of everything, the engine among it.
      if (signal === "SIGTERM" || signal === "SIGINT") found ??= { kind: "ended", reason: `it was sent ${signal}` };
      ended(`its process ended with ${signal ?? code}`);
    });
    // A stop does not wait for it.
    child.unref();
    child.channel?.unref();
    log.info("the database is being checked", { file, pid: child.pid });
  }

  /** Ends it when it has gone on for too long. */
  private watch(child: ChildProcess, tell: (reason: string) => void): NodeJS.Timeout {
    const { file, bounds = BOUNDS } = this.options;
    const end = performance.now() + bounds.ms;
    const look = (): void => {
      const isLong = performance.now() > end;
      if (!isLong && sizeOf(`${file}-wal`) <= bounds.logBytes) return;
      tell(
        isLong ? `it has taken ${bounds.ms / 1000} s` : `the write-ahead log has more than ${bounds.logBytes} bytes`,
      );
      child.kill("SIGKILL");
    };
    return setInterval(look, LOOK_MS).unref();
  }
}

/** Or why there is none: some of the reasons are told as an event, others thrown. */
function checkerOf(file: string): ChildProcess | string {
  const program = new URL("./sqlite/check-worker.js", import.meta.url);
  try {
    return fork(program, [file], { stdio: "ignore", env: {}, execArgv: [] });
  } catch (error) {
    return String(error);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
