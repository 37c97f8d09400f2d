// The command as a process of its own, run to its end.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../../run/cli/cli.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `node`: options of node in front of it; `more`: of its environment. */
export function command(
  args: readonly string[],
  dataDir: string,
  { node = [], more = {} }: { readonly node?: readonly string[]; readonly more?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...node, CLI, ...args], {
    env: { PATH: process.env["PATH"] ?? "", DATA_DIR: dataDir, ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { out: "", err: "" };
  child.stdout.on("data", (bytes: Buffer) => (text.out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (text.err += bytes.toString()));
  return new Promise((done) => child.once("close", (code) => done({ code, ...text })));
}
