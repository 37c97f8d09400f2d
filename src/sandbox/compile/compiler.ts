// One compilation of a strategy in AssemblyScript, in memory: the author's file, the engine's SDK, and nothing else can be
// read; nothing is written. Runs in the compiler's own process (compile-worker.ts), which may be killed at any time.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { failed, ok, type Result } from "../../domain/result.ts";
import { BEGIN } from "../strategy-module.ts";
import { diagnosticsOf, type Diagnostic } from "./diagnostics.ts";

/** Besides exporting what the engine calls, hands the author's function to the SDK; of tests, exports them as well. */
const ENTRY = `import { create } from "./strategy";
import { install } from "strategy-engine/sdk/host";
export {
  decisionAddress, eventAddress, parameterCount, parameterMeaning, parameterName, parameterNumber, run, setParameter,
  signalAddress, signalCount, signalName,
} from "strategy-engine/sdk/host";
install(create);
`;
const TESTED = { beside: 'export * from "./strategy.test";\n', within: 'export * from "./strategy";\n' } as const;

/** An author's text. `tests`: a file of tests beside it; true: the tests stand in the same text; null: none are wanted. */
export interface Source {
  readonly code: string;
  readonly tests: string | true | null;
}
const PAGE_BYTES = 65_536;
/** Threads of the engine have to compile what comes out. */
const MODULE_BYTES_MAX = 1_048_576;
/**
 * After everything was put into its place once, what does not change in a loop goes before it, and then what that leaves is
 * cleared up. `--converge` finds the same by doing everything again until nothing is smaller, at three times the price.
 */
const AGAIN = [
  "ssa-nomerge",
  "flatten",
  "simplify-locals-notee-nostructure",
  "local-cse",
  "licm",
  "merge-locals",
  "precompute-propagate",
  "rse",
  "simplify-locals",
  "coalesce-locals",
  "reorder-locals",
  "code-folding",
  "optimize-instructions",
  "remove-unused-brs",
  "remove-unused-names",
  "merge-blocks",
  "vacuum",
] as const;
const PACKAGE = "node_modules/strategy-engine/";
const CORE = new URL("../../../../../assembly/", import.meta.url);
/** By build/compiler.mjs. */
const MADE = new URL("../../../compiler/", import.meta.url);

/** The published parts of the core: the SDK and the mathematics under it. */
const OPEN = /^(sdk|math)\/[a-z0-9-]+(\/[a-z0-9-]+)*\.ts$|^lanes\.ts$|^layout\.ts$/;

interface Compiler {
  readonly main: (
    args: readonly string[],
    host: {
      readonly readFile: (name: string, base: string | null) => string | null;
      readonly writeFile: (name: string, contents: Uint8Array | string) => void;
      readonly listFiles: () => readonly string[];
      readonly stderr: { write(text: string): void };
      readonly stdout: { write(text: string): void };
    },
  ) => Promise<{ readonly error: Error | null }>;
}

/**
 * As the build made it, which is there in half the time; the package of npm is smaller without, and uses the compiler's own.
 * It is taken without its types, which would change those of the language.
 */
export async function loadCompiler(): Promise<Compiler> {
  const made = new URL("asc.js", MADE);
  const name: string = existsSync(made) ? made.href : "assemblyscript/asc";
  return (await import(name)) as Compiler;
}

export async function compile(
  compiler: Compiler,
  source: Source,
  memoryBytes: number,
): Promise<Result<Uint8Array, readonly Diagnostic[]>> {
  const written: Uint8Array[] = [];
  const told: string[] = [];
  const out = { write: (text: string): void => void told.push(text) };
  const { error } = await compiler.main(options(memoryBytes), {
    readFile: (name) => sourceOf(name, source),
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) written.push(Uint8Array.from(contents as Uint8Array));
    },
    listFiles: () => [],
    stderr: out,
    stdout: out,
  });
  const [module] = written;
  if (error === null && module !== undefined)
    return module.length > MODULE_BYTES_MAX ? tooLarge(module.length) : ok(module);
  return failed(diagnosticsOf(told.join(""), error));
}

/** Of everything but the author's text that the bytes of a module follow from, without its counter: SHA-256 as hex. */
export function toolchainHash(memoryBytes: number): string {
  const hash = createHash("sha256");
  const add = (text: string): void => void hash.update(`${Buffer.byteLength(text)}:`).update(text);
  const { version } = createRequire(import.meta.url)("assemblyscript/package.json") as { readonly version: string };
  for (const text of [version, ENTRY, TESTED.beside, TESTED.within, ...options(memoryBytes)]) add(text);
  const files = readdirSync(CORE, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => OPEN.test(file));
  for (const file of files.toSorted()) {
    add(file);
    add(readFileSync(new URL(file, CORE), "utf8"));
  }
  return hash.digest("hex");
}

function tooLarge(bytes: number): Result<never, readonly Diagnostic[]> {
  const message = `it compiles to ${bytes} bytes, and ${MODULE_BYTES_MAX} are allowed`;
  return failed([{ message, line: null, column: null, hint: "compute large tables instead of writing them down" }]);
}

function options(memoryBytes: number): readonly string[] {
  const pages = Math.floor(memoryBytes / PAGE_BYTES);
  return [
    "entry.ts",
    "--outFile=strategy.wasm",
    "--runtime=minimal",
    "--exportRuntime",
    // Called by the host once it can read what is said there.
    `--exportStart=${BEGIN}`,
    `--maximumMemory=${pages}`,
    "--optimizeLevel=3",
    "--shrinkLevel=0",
    `--runPasses=${AGAIN.join(",")}`,
    // Bulk copies take a time that no counter sees; without them copies are loops.
    "--disable=bulk-memory",
    "--noColors",
  ];
}

function sourceOf(name: string, { code, tests }: Source): string | null {
  if (name === "entry.ts") return tests === null ? ENTRY : ENTRY + TESTED[tests === true ? "within" : "beside"];
  if (name === "strategy.ts") return code;
  if (name === "strategy.test.ts") return typeof tests === "string" ? tests : null;
  if (!name.startsWith(PACKAGE)) return null;
  const path = name.slice(PACKAGE.length);
  if (!OPEN.test(path)) return null;
  const file = fileURLToPath(new URL(path, CORE));
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}
