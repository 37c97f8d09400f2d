// Finds the benchmarks: every *.bench.js beside this file, named by folder and file, e.g. "kernels/momentum-rider".
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BenchModule } from "./result.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const SUFFIX = ".bench.js";

export function benchNames(): readonly string[] {
  return readdirSync(HERE, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => relative(HERE, join(HERE, file)).slice(0, -SUFFIX.length))
    .sort();
}

export async function loadBench(name: string): Promise<BenchModule> {
  const loaded: unknown = await import(pathToFileURL(join(HERE, `${name}${SUFFIX}`)).href);
  if (!isBenchModule(loaded)) throw new Error(`bench/${name}.bench.ts exports no function run`);
  return loaded;
}

function isBenchModule(loaded: unknown): loaded is BenchModule {
  return typeof loaded === "object" && loaded !== null && "run" in loaded && typeof loaded.run === "function";
}
