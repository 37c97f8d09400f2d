// `npm run quick`: brings build/out up to date with the TypeScript files that are newer than what was made of them, in a
// few seconds, for rounds of editing and testing. It checks no types and compiles no core: `npm run build` does,
// and has to be run before the first time, after a change below assembly/, and before a commit.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { transformWithOxc } from "vite";
import { bundleAll } from "./bundle.mjs";
import { makeCompiler } from "./compiler.mjs";
import { ROOT } from "./run.mjs";

const OUT = join(ROOT, "build/out");
const FOLDERS = ["src", "test", "bench", "examples"];
const IMPORT = /((?:from|import)\s*\(?\s*["'])(\.{1,2}\/[^"']+)\.ts(["'])/g;

if (!existsSync(join(OUT, "core.wasm"))) {
  console.error("quick: nothing is built yet; npm run build comes first");
  process.exit(1);
}
const begin = performance.now();
const changed = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && isNewer(path)),
);
await Promise.all(changed.map(transpile));
const programs = await bundleAll();
await makeCompiler();
console.log(`quick: ${changed.length} files, ${programs} programs in ${(performance.now() - begin).toFixed(0)} ms`);

function made(path) {
  return join(OUT, path.replace(/\.ts$/, ".js"));
}

function isNewer(path) {
  return !existsSync(made(path)) || statSync(made(path)).mtimeMs < statSync(join(ROOT, path)).mtimeMs;
}

async function transpile(path) {
  const options = { lang: "ts", target: "es2023", typescript: { onlyRemoveTypeImports: true } };
  const { code } = await transformWithOxc(readFileSync(join(ROOT, path), "utf8"), path, options);
  mkdirSync(dirname(made(path)), { recursive: true });
  writeFileSync(made(path), code.replace(IMPORT, "$1$2.js$3"));
}
