// The compiled core with a large arena of its own behind the planned memory: recorded series are longer than what the
// tests of single functions need. Pages that nobody touches cost nothing.
import { instantiateCore, loadCore, type CoreBuild, type CoreExports } from "../../../src/stream/kernels/core.ts";
import { PAGE_BYTES, planMemory, writePlan } from "../../../src/stream/rings/memory-plan.ts";
import { Arena } from "../core.ts";

const ARENA_BYTES = 512 * 1024 * 1024;

export interface Engine {
  readonly core: CoreExports;
  readonly arena: Arena;
}

export function openEngine(build: CoreBuild): Engine {
  const plan = planMemory({ maxSymbols: 64, maxInstances: 64, workers: 1 });
  const pages = plan.pages + ARENA_BYTES / PAGE_BYTES;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  writePlan(memory, plan);
  const core = instantiateCore(loadCore(build).module, memory);
  core.attach(0);
  core.resetGlobals();
  return { core, arena: new Arena(memory, plan.pages * PAGE_BYTES, ARENA_BYTES) };
}
