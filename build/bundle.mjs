// Makes a file of each program that is started, the command line and every thread, out of what the compiler wrote, and
// beside it files of the parts that are loaded when they are wanted or that two programs of a folder share:
// build/out/run/ mirrors build/out/src/. A start then reads 30 files instead of some 700.
//   node build/bundle.mjs    those whose sources changed
// What comes with files or binaries of its own stays a package that node looks up; the rest of what a program uses is
// inside its file, and the licences of that lie beside it in LICENCES.txt.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { ROOT } from "./run.mjs";

const SRC = join(ROOT, "build/out/src");
const RUN = join(ROOT, "build/out/run");
/** Of each folder with programs: the modules that they were made of, and the files that they became. */
const MADE = join(ROOT, "build/out/.run.json");
const COMMAND_LINE = "cli/cli.js";
/** A thread or a process is started by its file: `new URL("./x-worker.js", import.meta.url)`. */
const STARTED = /new URL\("(\.{1,2}\/[^"]+\.js)", import\.meta\.url\)/g;
/** Packages that stay outside: files or binaries of their own, or one copy that whoever traces shares with us. */
const OUTSIDE = [
  "@assemblyscript/loader",
  "@micropython/micropython-webassembly-pyscript",
  "@opentelemetry/api",
  "assemblyscript",
  "bullmq",
  "libsql",
  "msgpackr",
  "uWebSockets.js",
  "ws",
];
const PLACE = "import.meta.url";

/** Paths below src/ of all that is started. */
export function programs() {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  const started = files.flatMap((name) => {
    const found = readFileSync(join(SRC, name), "utf8").matchAll(STARTED);
    return Array.from(found, ([, file]) => join(dirname(name), file));
  });
  return [COMMAND_LINE, ...new Set(started)].toSorted();
}

/** Within a bundle a module still finds its files: where it lay in src/, but programs in run/. */
function placed(folder) {
  const beside = (path) => {
    const way = relative(join(RUN, folder), path).replaceAll("\\", "/");
    return JSON.stringify(way.startsWith(".") ? way : `./${way}`);
  };
  return {
    name: "placed",
    transform(code, id) {
      if (!id.startsWith(SRC) || !code.includes(PLACE)) return null;
      const threads = code.replaceAll(STARTED, (_, file) => {
        const target = join(RUN, relative(SRC, join(dirname(id), file)));
        return `new URL(${beside(target)}, import.meta["url"])`;
      });
      return threads.replaceAll(PLACE, `new URL(${beside(id)}, ${PLACE}).href`).replaceAll('import.meta["url"]', PLACE);
    },
  };
}

function isOutside(id) {
  return OUTSIDE.some((name) => id === name || id.startsWith(`${name}/`));
}

/** Writes the programs of a folder, which share what both need; what they were made of, and the files that they became. */
async function bundle(folder, all, { files: before = [] } = {}) {
  for (const file of before) rmSync(join(RUN, file), { force: true });
  const build = await rolldown({
    input: all.map((program) => join(SRC, program)),
    platform: "node",
    external: isOutside,
    plugins: [placed(folder)],
    // A module is there for what it exports: what nobody uses of a room's door stays out, with all that it would load.
    treeshake: { moduleSideEffects: false },
    logLevel: "warn",
  });
  const { output } = await build.write({
    dir: join(RUN, folder),
    format: "esm",
    entryFileNames: "[name].js",
    // In the same folder, or modules would not find their files.
    chunkFileNames: "part-[name]-[hash].js",
    // What a function is for stands in the sources, and was a tenth of the programs.
    comments: { legal: true, annotation: true, jsdoc: false },
  });
  return {
    modules: output.flatMap(({ moduleIds }) => moduleIds.filter((id) => id.startsWith("/"))),
    files: output.map(({ fileName }) => join(folder, fileName)),
  };
}

function licences(modules) {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []));
  const texts = Array.from(folders, (folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `${license}\n` : readFileSync(join(folder, file), "utf8");
    return `==== ${name} ${version} (${license})\n\n${text}`;
  });
  return texts.toSorted().join("\n\n");
}

function isStale(all, { modules, files } = { modules: [], files: [] }) {
  if (!all.every((program) => files.includes(program))) return true;
  const made = files.map((file) => join(RUN, file));
  if (!made.every((file) => existsSync(file))) return true;
  const mtimeMs = Math.min(...made.map((file) => statSync(file).mtimeMs));
  return modules.some((id) => !existsSync(id) || statSync(id).mtimeMs > mtimeMs);
}

export async function bundleAll() {
  const known = existsSync(MADE) && statSync(MADE).mtimeMs > statSync(new URL(import.meta.url)).mtimeMs;
  const made = known ? JSON.parse(readFileSync(MADE, "utf8")) : {};
  if (!known) rmSync(RUN, { recursive: true, force: true });
  const all = programs();
  const folders = [...new Set(all.map((program) => dirname(program)))];
  const inFolder = (folder) => all.filter((program) => dirname(program) === folder);
  const stale = folders.filter((folder) => isStale(inFolder(folder), made[folder]));
  await Promise.all(stale.map(async (folder) => (made[folder] = await bundle(folder, inFolder(folder), made[folder]))));
  const kept = Object.fromEntries(folders.map((folder) => [folder, made[folder]]));
  mkdirSync(RUN, { recursive: true });
  writeFileSync(join(RUN, "LICENCES.txt"), licences(Object.values(kept).flatMap(({ modules }) => modules)));
  writeFileSync(MADE, JSON.stringify(kept));
  return stale.flatMap(inFolder).length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const begin = performance.now();
  const count = await bundleAll();
  console.error(`build: ${count} programs in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
}
