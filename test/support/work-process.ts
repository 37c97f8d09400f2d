// `strategy-engine work` as its own process; its log is read, so that a test knows when it takes runs.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CLI } from "./engine-process.ts";

export class WorkProcess {
  private readonly child: ChildProcess;
  private readonly exit: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.exit = once(child, "close");
  }

  /** Comes back when it takes runs. */
  static async start(env: Readonly<Record<string, string>>): Promise<WorkProcess> {
    const child = spawn(process.execPath, [CLI, "work"], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const work = new WorkProcess(child);
    const working = new Promise<"working">((resolve) => {
      createInterface(child.stdout).on("line", (line) => line.includes('"msg":"working"') && resolve("working"));
    });
    if ((await Promise.race([working, work.exit])) !== "working") throw new Error("the worker ended at its start");
    return work;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exit;
  }

  /** Its exit code after an orderly end. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    await this.exit;
    return this.child.exitCode;
  }
}
