// What must not outlive this process, however it ends: a shell beside it, in a group of its own, is told the ids of the
// processes, and ends them with SIGKILL when the pipe to it closes before the will is revoked.
import { type ChildProcess, spawn } from "node:child_process";

const HEIR = 'all=; while read -r pid; do all="$all $pid"; done; kill -9 $all';

export class LastWill {
  private readonly heir: ChildProcess;

  constructor() {
    this.heir = spawn("sh", ["-c", HEIR], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    this.heir.unref();
  }

  add(pid: number): void {
    this.heir.stdin?.write(`${pid}\n`);
  }

  /** They have ended: their ids may be others' by now. */
  revoke(): void {
    this.heir.kill("SIGKILL");
  }
}
