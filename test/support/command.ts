// The `strategy-engine` command as a user runs it, to its end.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { COMPILED } from "./compiled.ts";

const CLI = fileURLToPath(new URL("../../run/cli/cli.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** `folder`: DATA_DIR and where it runs. */
export function startCommand(folder: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Started {
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: folder, STRATEGY_COMPILED_DIR: COMPILED, ...more };
  const child = spawn(process.execPath, [CLI, ...args], { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  child.stdout.on("data", (bytes: Buffer) => (text.out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (text.err += bytes.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...text }));
  return { child, ended };
}

export function runCommand(folder: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return startCommand(folder, args, more).ended;
}
