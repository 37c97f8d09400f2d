// The author's own tests at work: each exported function whose name begins with `test`, in an instance of its own, so that
// none sees what another left behind. A test fails by an assertion, a trap, or by not coming to its end within its fuel.
// Threads: as the strategy itself, on the calling thread.
import { type StrategyFault, StrategyModule } from "./strategy-module.ts";

/** Plain data: can be posted to a thread. */
export interface CompiledTests {
  /** SHA-256 of the module as it runs, as hex. */
  readonly hash: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
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
const TEST_NAME = /^test/;

export function testNames(module: WebAssembly.Module): readonly string[] {
  const functions = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
  return functions.map(({ name }) => name).filter((name) => TEST_NAME.test(name));
}

export async function runTests({ wasm, names }: CompiledTests): Promise<readonly OwnTest[]> {
  const module = await WebAssembly.compile(wasm);
  return names.map((name): OwnTest => {
    const begin = performance.now();
    const opened = StrategyModule.open(module);
    const fault = opened.ok ? opened.value.call(name, TEST_FUEL) : opened.failure;
    return { name, passed: fault === null, reason: fault && told(fault), ms: performance.now() - begin };
  });
}

function told({ kind, message, line, file }: StrategyFault): string {
  const where = line === null ? "" : `${file ?? "strategy.ts"} line ${line}: `;
  return `${where}${kind === "out_of_fuel" ? "the test did not come to its end" : message}`;
}
