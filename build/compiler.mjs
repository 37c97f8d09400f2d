// Makes of the compiler of strategies, `asc` and the optimiser it is built on, what an engine starts: build/out/compiler/
// holds both in one file, and the optimiser's WebAssembly beside it. The package keeps those nine megabytes as a text inside
// a script, which a start has to read twice over and decode: three quarters of what it takes to load the optimiser.
//   node build/compiler.mjs
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { rolldown } from "rolldown";
import { ROOT } from "./run.mjs";

const OUT = join(ROOT, "build/out/compiler");
const PACKAGES = join(ROOT, "node_modules");
const ENTRY = join(PACKAGES, "assemblyscript/dist/asc.js");
const OPTIMISER = realpathSync(join(PACKAGES, "binaryen/index.js"));
const LANGUAGE = realpathSync(join(PACKAGES, "assemblyscript/dist/assemblyscript.js"));
const WASM = "binaryen.wasm";
/** What stands around the text, in the one version that is pinned. */
const BEFORE = "WA??=L6(";
const LICENCES = { assemblyscript: ["LICENSE", "NOTICE"], binaryen: ["LICENSE"], long: ["LICENSE"] };

/**
 * The script without its text, and the bytes that the text stands for: one character each, zero written as 256.
 * @param {string} script
 */
function parted(script) {
  const at = script.indexOf(BEFORE);
  const from = at + BEFORE.length;
  let to = from + 1;
  while (to < script.length && script[to] !== "`") to += script[to] === "\\" ? 2 : 1;
  if (at < 0 || script[from] !== "`" || script[to + 1] !== ")")
    throw new Error(`${OPTIMISER} is not written as it was: build/compiler.mjs has to find its WebAssembly anew`);
  const bytes = Buffer.from(runInNewContext(script.slice(from, to + 1)), "latin1");
  if (!WebAssembly.validate(bytes)) throw new Error(`what ${OPTIMISER} holds is not WebAssembly`);
  const read = `(await import("node:fs")).readFileSync(new URL("./${WASM}",import.meta.url))`;
  return { bytes, rest: script.slice(0, from - "L6(".length) + read + script.slice(to + 2) };
}

/** As it comes, it fetches a small module out of its own text, by a client of HTTP that is loaded for nothing else. */
const FETCHED = /WebAssembly\.instantiateStreaming\(fetch\((\w+)\)/g;

/** The compiler without that client. */
function unfetched(/** @type {string} */ script) {
  const found = [...script.matchAll(FETCHED)];
  if (found.length !== 1)
    throw new Error(`${LANGUAGE} is not written as it was: build/compiler.mjs has to find its WebAssembly anew`);
  return script.replace(FETCHED, (_, text) => `WebAssembly.instantiate(Buffer.from(${text}.split(",")[1],"base64")`);
}

/** False: what was made is newer than what it is made of. */
export async function makeCompiler() {
  const made = join(OUT, "asc.js");
  const sources = [ENTRY, LANGUAGE, OPTIMISER, new URL(import.meta.url)];
  if (existsSync(made) && sources.every((file) => statSync(file).mtimeMs < statSync(made).mtimeMs)) return false;
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const { bytes, rest } = parted(readFileSync(OPTIMISER, "utf8"));
  writeFileSync(join(OUT, WASM), bytes);
  for (const [name, files] of Object.entries(LICENCES))
    for (const file of files) copyFileSync(join(PACKAGES, name, file), join(OUT, `${file}.${name}`));
  const build = await rolldown({
    input: ENTRY,
    platform: "node",
    plugins: [
      { name: "parted", load: (/** @type {string} */ id) => (id === OPTIMISER ? rest : null) },
      {
        name: "unfetched",
        transform: (script, /** @type {string} */ id) => (id === LANGUAGE ? unfetched(script) : null),
      },
    ],
    logLevel: "warn",
  });
  await build.write({ file: made, format: "esm", codeSplitting: false });
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await makeCompiler();
