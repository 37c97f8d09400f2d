// A node of a cluster as a user runs it: its own process with the processes of its shards below it, its log read line by
// line. The shards' engines write into the same log.
import { readdirSync, readFileSync } from "node:fs";
import { EngineProcess, type LaunchOptions, type LogLine } from "../engine-process.ts";
import { inTime } from "../eventually.ts";

const START_MS = 120_000;

export class NodeProcess {
  readonly id: string;
  readonly host: string;
  private readonly engine: EngineProcess;

  private constructor(id: string, host: string, engine: EngineProcess) {
    this.id = id;
    this.host = host;
    this.engine = engine;
  }

  /** Resolves when the cluster knows it. */
  static async start(
    id: string,
    env: Readonly<Record<string, string>>,
    options: Pick<LaunchOptions, "cli" | "under"> = {},
  ): Promise<NodeProcess> {
    const engine = EngineProcess.launch({ NODE_ID: id, ...env }, { command: "node", ...options });
    const node = new NodeProcess(id, env["HOST"] ?? "127.0.0.1", engine);
    const ready = Promise.race([engine.line("node ready"), engine.ended()]);
    const line = await inTime(ready, () => engine.stderr.join("") || engine.lines.at(-1), START_MS).catch(
      async (error: unknown) => {
        await engine.kill();
        throw error;
      },
    );
    if (line === null || typeof line !== "object")
      throw new Error(`node ${id} did not start: ${engine.stderr.join("")}`);
    engine.port = (line["ports"] as number[])[0] ?? 0;
    return node;
  }

  get port(): number {
    return this.engine.port;
  }
  get pid(): number {
    return this.engine.pid;
  }
  get lines(): readonly LogLine[] {
    return this.engine.lines;
  }
  get stderr(): string {
    return this.engine.stderr.join("");
  }

  /** The process that serves a shard here, as the node said it last; null: none yet. */
  processOf(shard: number): number | null {
    const line = this.engine.lines.findLast((one) => one.msg === "shard served" && one["shard"] === shard);
    return line === undefined ? null : Number(line["pid"]);
  }

  /** The node's process and all below it, those of spares included. */
  tree(): readonly number[] {
    return [this.pid, ...below(this.pid)];
  }

  signal(signal: NodeJS.Signals, to: readonly number[] = [this.pid]): void {
    for (const pid of to) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended
      }
    }
  }

  /** SIGKILL to the node alone; resolves when nothing holds its output any more, so when its children have ended too. */
  async kill(): Promise<void> {
    await this.engine.kill();
  }

  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null> {
    return this.engine.stop();
  }

  ended(): Promise<number | null> {
    return this.engine.ended();
  }

  line(message: string, matches?: (line: LogLine) => boolean): Promise<LogLine> {
    return this.engine.line(message, matches);
  }
}

function below(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...below(child)]);
  } catch {
    return []; // it has ended, or the system has no /proc
  }
}

/** Whether a process of this id is there and is not merely waiting to be asked for its exit code. */
export function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat[stat.lastIndexOf(")") + 2] !== "Z";
  } catch {
    return false;
  }
}
