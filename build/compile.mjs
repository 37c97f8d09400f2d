// Builds what is older than its sources: the core (release and debug WebAssembly), the TypeScript, and the programs made
// of it. Copies the files of the API's reference page beside them.
//   node build/compile.mjs            what is missing or stale
//   node build/compile.mjs --force    everything
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleAll } from "./bundle.mjs";
import { makeCompiler } from "./compiler.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const force = process.argv.includes("--force");

function newest(path) {
  if (!existsSync(path)) return 0;
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
function stale(stamp, sources) {
  const made = existsSync(join(ROOT, stamp)) ? statSync(join(ROOT, stamp)).mtimeMs : 0;
  return force || made === 0 || sources.some((source) => newest(join(ROOT, source)) > made);
}
/** Steps that need nothing of each other run side by side; all of them end before a failure ends the build. */
async function run(...steps) {
  const good = await Promise.all(steps.map(([label, command, args]) => runOne(label, command, args)));
  if (good.includes(false)) process.exit(1);
}
async function runOne(label, command, args) {
  const start = performance.now();
  const code = await new Promise((resolve) => {
    const child = spawn(join(ROOT, "node_modules", ".bin", command), args, {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", () => resolve(null));
    child.on("close", resolve);
  });
  if (code !== 0) console.error(`build: ${label} failed; the messages above say where`);
  else console.error(`build: ${label} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return code === 0;
}
function mark(path) {
  writeFileSync(join(ROOT, path), "");
}

mkdirSync(join(ROOT, "build/out"), { recursive: true });
if (stale("build/out/.core", ["assembly", "asconfig.json", "package.json"])) {
  const core = (target) => ["--config", "asconfig.json", "--target", target];
  await run(["core", "asc", core("release")], ["core with asserts", "asc", core("debug")]);
  mark("build/out/.core");
}
if (
  stale("build/out/.typescript", [
    "src",
    "test",
    "bench",
    "examples",
    "assembly/back-fill-layout.ts",
    "assembly/layout.ts",
    "assembly/learned-layout.ts",
    "assembly/position-layout.ts",
    "assembly/reference.ts",
    "assembly/regimes.ts",
    "assembly/sweep/sweep-layout.ts",
    "assembly/wire.ts",
    "tsconfig.json",
    "package.json",
  ])
) {
  for (const folder of ["src", "test", "bench", "examples", "assembly"])
    rmSync(join(ROOT, "build/out", folder), { recursive: true, force: true });
  await run(["typescript", "tsc", ["-p", "tsconfig.json"]]);
  mark("build/out/.typescript");
}
{
  const start = performance.now();
  const count = await bundleAll();
  if (count > 0) console.error(`build: ${count} programs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
{
  const start = performance.now();
  if (await makeCompiler()) console.error(`build: compiler in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
if (
  stale("build/out/.dashboard", [
    "src/dashboard",
    "src/client",
    "src/domain",
    "src/server/contract",
    "build/dashboard.mjs",
    "package.json",
  ])
) {
  const start = performance.now();
  await import("./dashboard.mjs").catch(() => {
    console.error("build: the dashboard failed; the messages above say where");
    process.exit(1);
  });
  console.error(`build: dashboard in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  mark("build/out/.dashboard");
}
const PAGE_FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"];
if (stale("build/out/.pages", ["node_modules/swagger-ui-dist/package.json", "build/compile.mjs"])) {
  mkdirSync(join(ROOT, "build/out/swagger-ui"), { recursive: true });
  for (const name of PAGE_FILES) {
    copyFileSync(join(ROOT, "node_modules/swagger-ui-dist", name), join(ROOT, "build/out/swagger-ui", name));
  }
  mark("build/out/.pages");
}
