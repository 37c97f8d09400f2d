// Users' strategies in AssemblyScript: what the fuel counter costs, by the same strategy compiled once and run with and
// without it in turns, and how long one bar takes through two hundred of them.
import { compile, loadCompiler } from "../../src/sandbox/compile/compiler.ts";
import { EVENT_FUEL, StrategyModule } from "../../src/sandbox/sandbox.ts";
import { BEGIN } from "../../src/sandbox/strategy-module.ts";
import { meter, RUN } from "../../src/sandbox/wasm/fuel.ts";
import { Random } from "../../test/support/random.ts";
import { eventOf, RSI_CODE, strategyCode } from "../../test/support/strategy-code.ts";
import { comparePlaced, type PlacedSide } from "../placed.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";

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
  for (const [name, code, slice] of [
    ["RSI", RSI_CODE, 1_000],
    ["window of 100", LOOP_CODE, 200],
  ] as const) {
    const compiled = await compile(compiler, { code, tests: null }, MEMORY);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
    results.push(metered(name, compiled.value, slice));
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

/** Of one price after the other: the word that the strategy answers with. */
function decider(bytes: Uint8Array<ArrayBuffer>): (price: number) => number {
  const abort = (): never => {
    throw new Error("abort");
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort } });
  const exports = instance.exports as unknown as Bare;
  exports[BEGIN]();
  const at = exports.eventAddress() >> 3;
  const numbers = new Float64Array(exports.memory.buffer);
  const decide = exports[RUN] ?? exports.run;
  return (price) => {
    numbers[at + 2] = price;
    return decide(EVENT_FUEL);
  };
}

/** One slice: so many prices through an instance of its own. */
function side(label: string, bytes: Uint8Array<ArrayBuffer>, prices: readonly number[]): PlacedSide {
  const open = (): (() => void) => {
    const decide = decider(bytes);
    return () => {
      for (const price of prices) decide(price);
    };
  };
  return { label, open, operations: prices.length };
}

/** `slice`: events that take some forty microseconds. */
function metered(name: string, bytes: Uint8Array, slice: number): Result {
  const counted = meter(bytes, MEMORY);
  if (!counted.ok) throw new Error(counted.failure);
  const random = new Random(5);
  const prices = Array.from({ length: EVENTS }, () => 100 + random.normal());
  const variants = [counted.value.bytes, Uint8Array.from(bytes)] as const;
  const [own, bare] = variants.map((variant) => fingerprintOf(Float64Array.from(prices, decider(variant))));
  if (own === undefined || own !== bare) throw new Error(`${name} decides otherwise with fuel than without`);
  const some = prices.slice(0, slice);
  const sides = [side("with fuel", variants[0], some), side("without", variants[1], some)] as const;
  const note = `${slice} prices around 100, seed 5`;
  return comparePlaced(...sides, { name: `sandbox: ${name}, an event`, note, fingerprint: own });
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
  let decisions = 0;
  const took = Array.from({ length: EVENTS }, () => {
    const event = eventOf(100 + random.normal());
    const begin = performance.now();
    for (const one of all) {
      const decided = one.decide(event);
      if (decided.ok && decided.value !== null) decisions++;
    }
    return (performance.now() - begin) * 1e6;
  });
  const figure = figureOfLatencies("one bar through all", took.slice(EVENTS / 2));
  return {
    name: `sandbox: ${STRATEGIES} strategies`,
    pairs: [figure],
    ratio: 1,
    note: `each an instance with its own memory; ${decisions} decisions`,
    fingerprint: fingerprintOf(decisions),
  };
}
