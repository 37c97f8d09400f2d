// A shard's process as its node sees it: forked, loaded, seated, ready, drained, ended. Ends are told once, whatever came
// before; nothing here waits for the process to be polite when it is to be killed.
import { type ChildProcess, fork } from "node:child_process";
import type { Config } from "../config.ts";
import type { ShardSeat } from "../domain/seat.ts";
import type { Order, Report } from "./messages.ts";

export type ShardState = "spare" | "starting" | "ready" | "draining" | "ended";

export interface ChildEnd {
  /**
   * drained: as it was asked to, with everything acknowledged; lost: the shard is another one's, or nobody knows, and
   * that is no fault of the process; failed: everything else.
   */
  readonly how: "drained" | "lost" | "failed";
  readonly reason: string;
}

export class ShardChild {
  /** Resolves when every module is loaded; also when it has ended before. */
  readonly loaded: Promise<void>;
  /** Resolves once. */
  readonly ended: Promise<ChildEnd>;
  /** Of its engine, on this machine only; 0 until it is ready. */
  port = 0;
  state: ShardState = "spare";
  /** Monotonic ms at which it last said that it works; 0 until it is ready. */
  wellAt = 0;
  onReady: () => void = () => undefined;
  private readonly process: ChildProcess;
  /** Why it ends, by whoever said it first. */
  private said = "";
  private saysLost = false;
  /** It was sent away before it had anything to put in order. */
  private unused = false;

  constructor(entry: string) {
    // What it writes is the node's log; what it knows of the world is what its node knows.
    this.process = fork(entry, [], { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.process.on("error", (error) => (this.said = error.message)); // not started, or not to be killed or told
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        const reason = this.said === "" ? `it ended with ${signal ?? `exit code ${code}`}` : this.said;
        const drained = this.unused || (this.state === "draining" && code === 0);
        this.state = "ended";
        resolve({ how: drained ? "drained" : this.saysLost ? "lost" : "failed", reason });
      };
      this.process.once("exit", end);
      this.process.once("error", () => {
        if (this.process.pid === undefined) end(null, null);
      });
    });
    this.loaded = new Promise((resolve) => {
      this.process.on("message", (report: Report) => {
        if (report.type === "loaded") resolve();
        else this.take(report);
      });
      void this.ended.then(() => resolve());
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Makes it the owner of a shard. */
  seat(seat: Omit<ShardSeat, "onLost">, config: Config): void {
    if (this.state !== "spare") return; // it has ended while it was loading
    this.state = "starting";
    this.tell({ type: "seat", seat, config });
  }

  renewed(): void {
    this.tell({ type: "renewed" });
  }

  waiting(): void {
    this.tell({ type: "waiting" });
  }

  /** Ends it in order; a spare has nothing to put in order. */
  drain(): void {
    if (this.state === "ended" || this.state === "draining") return;
    if (this.state === "spare") {
      this.unused = true;
      return this.kill();
    }
    this.state = "draining";
    this.tell({ type: "drain" });
  }

  kill(reason = ""): void {
    if (this.said === "") this.said = reason;
    this.process.kill("SIGKILL");
  }

  private take(report: Exclude<Report, { type: "loaded" }>): void {
    if (report.type === "ready") {
      this.port = report.port;
      if (this.state !== "starting") return; // it is to be drained already
      this.state = "ready";
      this.wellAt = performance.now();
      this.onReady();
    } else if (report.type === "condition") {
      if (report.trouble === null) this.wellAt = performance.now();
      else if (report.down && this.state === "ready") this.kill(`its data plane stays down: ${report.trouble}`);
    } else if (this.said === "") {
      this.said = report.reason;
      this.saysLost = report.type === "lost";
    }
  }

  private tell(order: Order): void {
    if (this.process.connected) this.process.send(order, () => undefined);
  }
}
