// Users' strategies in AssemblyScript: what the fuel counter costs, by the same strategy compiled once and run with and
// without it in turns, and how long one bar takes through two hundred of them.
import { compile, loadCompiler } from "../../src/sandbox/compile/compiler.ts";
import { EVENT_FUEL, StrategyModule } from "../../src/sandbox/sandbox.ts";
import { BEGIN } from "../../src/sandbox/strategy-module.ts";
import { meter, RUN } from "../../src/sandbox/wasm/fuel.ts";
import { Random } from "../../test/support/random.ts";
import { eventOf, RSI_CODE, strategyCode } from "../../test/support/strategy-code.ts";
import type { Result } from "../result.ts";
import { compare, figureOfLatencies, type Side } from "../runner.ts";

const MEMORY = 16 * 1024 * 1024;
const EVENTS = 4_000;
const STRATEGIES = 200;

/** A window recomputed at each event: loops are most of it. */
const LOOP_CODE = strategyCode(
  "this.w.push(market.price); let sum: f64 = 0; for (let k = 0; k < this.w.count; k++) sum += this.w.get(k); " +
    "if (sum > 100 * market.price) this.buy();",
  "private w: Window = new Window(100);",
);

export async function run(): Promise<readonly Result[]> {
  const compiler = await loadCompiler();
  const results: Result[] = [];
  for (const [name, code] of [
    ["RSI", RSI_CODE],
    ["window of 100", LOOP_CODE],
  ] as const) {
    const compiled = await compile(compiler, { code, tests: null }, MEMORY);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
    results.push(await metered(name, compiled.value));
    if (name === "RSI") results.push(crowd(compiled.value));
  }
  return results;
}

interface Bare {
  [BEGIN](): void;
  eventAddress(): number;
  run(unused: number): number;
  readonly memory: WebAssembly.Memory;
  readonly [RUN]?: (fuel: number) => number;
}

/** One call: all prices through the strategy. */
function side(label: string, bytes: Uint8Array<ArrayBuffer>, prices: readonly number[]): Side {
  const abort = (): never => {
    throw new Error("abort");
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort } });
  const exports = instance.exports as unknown as Bare;
  exports[BEGIN]();
  const at = exports.eventAddress() >> 3;
  const numbers = new Float64Array(exports.memory.buffer);
  const decide = exports[RUN] ?? exports.run;
  const run = (): void => {
    for (const price of prices) {
      numbers[at + 2] = price;
      decide(EVENT_FUEL);
    }
  };
  return { label, run, operations: prices.length };
}

function metered(name: string, bytes: Uint8Array): Promise<Result> {
  const counted = meter(bytes, MEMORY);
  if (!counted.ok) throw new Error(counted.failure);
  const random = new Random(5);
  const prices = Array.from({ length: EVENTS }, () => 100 + random.normal());
  const sides = [
    side("with fuel", counted.value.bytes, prices),
    side("without", Uint8Array.from(bytes), prices),
  ] as const;
  return compare(...sides, { name: `sandbox: ${name}, an event`, note: `${EVENTS} prices around 100, seed 5` });
}

function crowd(bytes: Uint8Array): Result {
  const counted = meter(bytes, MEMORY);
  if (!counted.ok) throw new Error(counted.failure);
  const module = new WebAssembly.Module(counted.value.bytes);
  const all = Array.from({ length: STRATEGIES }, (_, index) => {
    const opened = StrategyModule.open(module, { period: 5 + (index % 20) });
    if (!opened.ok) throw new Error(opened.failure.message);
    return opened.value;
  });
  const random = new Random(7);
  const took = Array.from({ length: EVENTS }, () => {
    const event = eventOf(100 + random.normal());
    const begin = performance.now();
    for (const one of all) one.decide(event);
    return (performance.now() - begin) * 1e6;
  });
  const figure = figureOfLatencies("one bar through all", took.slice(EVENTS / 2));
  return {
    name: `sandbox: ${STRATEGIES} strategies`,
    pairs: [figure],
    ratio: 1,
    note: "each an instance with its own memory",
  };
}
