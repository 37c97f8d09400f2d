// Half of the compiler of strategies is WebAssembly. To optimise its machine code takes more of the processor than the first
// strategies do that are compiled by it: without, the first one takes a third to a half of the time, and a later one a tenth
// to a quarter more. Holds for all WebAssembly of a process, so it is for the compiler's own.
import { setFlagsFromString } from "node:v8";

/** Once V8 has begun, the first no longer means the other two (Node 24). */
const FLAGS = ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"] as const;

export function keepToBaseline(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}
