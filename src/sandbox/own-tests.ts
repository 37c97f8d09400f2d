// The author's own tests at work: each exported function whose name begins with `test`, in an instance of its own, so that
// none sees what another left behind. A test fails by an assertion, a trap, or by not coming to its end within its fuel.
// Threads: as the strategy itself, on the calling thread.
import { ownAccount } from "./budget/account.ts";
import { type PythonTests, runPythonTest } from "./python/own-tests.ts";
import { type StrategyFault, StrategyModule } from "./strategy-module.ts";

/** Plain data: can be posted to a thread. */
export interface CompiledTests {
  /** SHA-256 of the module as it runs, as hex. */
  readonly hash: string;
  /** Null for Python. */
  readonly wasm: Uint8Array<ArrayBuffer> | null;
  /** Null for AssemblyScript. */
  readonly python: PythonTests | null;
  readonly names: readonly string[];
}

export interface OwnTest {
  readonly name: string;
  readonly passed: boolean;
  /** Null when it passed. */
  readonly reason: string | null;
  readonly ms: number;
}

/** Of forty events. */
const TEST_FUEL = 200_000_000;

export async function runTests({ wasm, python, names }: CompiledTests): Promise<readonly OwnTest[]> {
  const module = wasm === null ? null : await WebAssembly.compile(wasm);
  const run = (name: string): Promise<StrategyFault | null> =>
    python === null ? Promise.resolve(module && runModule(module, name)) : runPythonTest(python, name);
  const results: OwnTest[] = [];
  for (const name of names) {
    const begin = performance.now();
    ownAccount()?.rest();
    const fault = await run(name);
    const reason = fault && told(fault, python === null ? "strategy.ts" : "strategy.py");
    results.push({ name, passed: fault === null, reason, ms: performance.now() - begin });
  }
  return results;
}

function runModule(module: WebAssembly.Module, name: string): StrategyFault | null {
  const opened = StrategyModule.open(module);
  return opened.ok ? opened.value.call(name, TEST_FUEL) : opened.failure;
}

function told({ kind, message, line, file }: StrategyFault, code: string): string {
  const where = line === null ? "" : `${file ?? code} line ${line}: `;
  return `${where}${kind === "out_of_fuel" ? "the test did not come to its end" : message}`;
}
