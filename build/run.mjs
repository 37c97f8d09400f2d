// Runs one step of a build script as a child process, with its output on ours.
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUTPUT_BYTES_MAX = 1 << 26;

/** Exit code of a program installed by npm (`prettier`) or of a script of ours (`build/compile.mjs`). */
export function run(program, args = [], environment = {}) {
  return start(program, args, environment, "inherit").status ?? 1;
}

/** The same beside others: its output is told at the end, and given back as plain lines. */
export async function runAndKeep(program, args = []) {
  const [command, all] = commandOf(program, args);
  const { code, output } = await new Promise((resolve) => {
    let output = "";
    const child = spawn(command, all, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => (output += text));
    }
    child.on("error", (error) => resolve({ code: 1, output: `${output}${cannotRun(program, error)}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
  process.stdout.write(output);
  const lines = output.split("\n").map((line) => stripVTControlCharacters(line).trim());
  return { code, lines: lines.filter((line) => line !== "") };
}

function commandOf(program, args) {
  if (program.endsWith("js")) return [process.execPath, [join(ROOT, program), ...args]];
  return [join(ROOT, "node_modules", ".bin", program), args];
}

function cannotRun(program, error) {
  return `${program}: ${error.message}; \`npm ci\` installs what is missing`;
}

function start(program, args, environment, output) {
  const [command, all] = commandOf(program, args);
  const done = spawnSync(command, all, {
    cwd: ROOT,
    stdio: ["inherit", output, output],
    env: { ...process.env, ...environment },
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (done.error) console.error(cannotRun(program, done.error));
  return done;
}
