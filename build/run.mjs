// Runs one step of a build script as a child process, with its output on ours.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUTPUT_BYTES_MAX = 1 << 26;

/** Exit code of a program installed by npm (`prettier`) or of a script of ours (`build/compile.mjs`). */
export function run(program, args = [], environment = {}) {
  return start(program, args, environment, "inherit").status ?? 1;
}

/** The same for what is short: its output is told at the end, and given back as plain lines. */
export function runAndKeep(program, args = []) {
  const done = start(program, args, {}, "pipe");
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}`;
  process.stdout.write(output);
  const lines = output.split("\n").map((line) => stripVTControlCharacters(line).trim());
  return { code: done.status ?? 1, lines: lines.filter((line) => line !== "") };
}

function start(program, args, environment, output) {
  const script = program.endsWith("js");
  const command = script ? process.execPath : join(ROOT, "node_modules", ".bin", program);
  const all = script ? [join(ROOT, program), ...args] : args;
  const done = spawnSync(command, all, {
    cwd: ROOT,
    stdio: ["inherit", output, output],
    env: { ...process.env, ...environment },
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (done.error) console.error(`${program}: ${done.error.message}; \`npm ci\` installs what is missing`);
  return done;
}
