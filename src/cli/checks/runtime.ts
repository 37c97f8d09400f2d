// Node, processor, WebAssembly, the compute core and the server library: what the engine is made of.
import { availableParallelism, cpus } from "node:os";
import type { Config } from "../../config.ts";
import { instantiateCore, loadCore } from "../../stream/kernels/core.ts";
import { planMemory } from "../../stream/rings/memory-plan.ts";
import { binariesFor, explainUws, thisHost } from "../uws-support.ts";
import { broken, doubtful, fine, type Finding, messageOf } from "./finding.ts";

const NODE_MIN = [20, 19] as const;
const PROCESSORS = ["x64", "arm64"];
/** A module with one function that returns a v128. */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

export function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  if (enough) return fine("Node", process.version);
  return broken("Node", process.version, `install Node ${NODE_MIN.join(".")} or newer`);
}

export function checkProcessor(config: Config): Finding {
  const cores = availableParallelism();
  const found = `${process.arch}, ${cores} cores, ${cpus()[0]?.model.trim() ?? "model unknown"}`;
  if (!PROCESSORS.includes(process.arch)) {
    return doubtful(
      "processor",
      found,
      `tested on ${PROCESSORS.join(" and ")}; run npm test here before you rely on it`,
    );
  }
  // One for the loop that serves and ingests, one for each compute thread.
  if (cores > config.strategyWorkers) return fine("processor", found);
  const advice = `${config.strategyWorkers} compute threads and the server share ${cores} cores; lower STRATEGY_WORKERS or add cores`;
  return doubtful("processor", found, advice);
}

export function checkWebAssembly(): Finding {
  const simd = WebAssembly.validate(SIMD_MODULE);
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const threads = shared.buffer instanceof SharedArrayBuffer;
  const found = `SIMD ${simd ? "yes" : "no"}, threads ${threads ? "yes" : "no"}`;
  if (simd && threads) return fine("WebAssembly", found);
  return broken("WebAssembly", found, "use an official build of Node on a processor with SSE4.1 or NEON");
}

export function checkCore(): Finding {
  try {
    const core = loadCore();
    const { pages } = planMemory({ maxSymbols: 2, maxInstances: 32, workers: 1 });
    instantiateCore(core.module, new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
    return fine("core", `core.wasm loads, ${core.hash.slice(0, 16)}`);
  } catch (error) {
    return broken("core", messageOf(error), "build it: npm run build");
  }
}

export async function checkServerLibrary(): Promise<Finding> {
  const host = thisHost();
  const system = `ABI ${host.abi} on ${host.system} ${host.processor}${host.glibc === null ? "" : `, glibc ${host.glibc}`}`;
  try {
    await import("uWebSockets.js");
    return fine("uWebSockets.js", `loads, ${system}`);
  } catch {
    const [, ...lines] = explainUws(host, binariesFor(host)).split("\n");
    const advice = lines.map((line) => line.trim().replace(/^(why|do): +/, "")).slice(1);
    return broken("uWebSockets.js", `does not load, ${system}`, advice.join("; "));
  }
}
