// Runs one step of a build script as a child process, with its output on ours.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Exit code of a program installed by npm (`prettier`) or of a script of ours (`build/compile.mjs`). */
export function run(program, args = [], environment = {}) {
  const script = program.endsWith("js");
  const command = script ? process.execPath : join(ROOT, "node_modules", ".bin", program);
  const all = script ? [join(ROOT, program), ...args] : args;
  const done = spawnSync(command, all, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...environment } });
  if (done.error) console.error(`${program}: ${done.error.message}; \`npm ci\` installs what is missing`);
  return done.status ?? 1;
}
