// Strategies in Python: what one event costs, against the same rule in AssemblyScript; how long a start takes, what memory
// an instance has, and how long an endless loop lasts.
import { compile, loadCompiler } from "../../src/sandbox/compile/compiler.ts";
import { checkPython } from "../../src/sandbox/python/check/check.ts";
import { openPython, type PythonProgram } from "../../src/sandbox/python/python-program.ts";
import { StrategyModule } from "../../src/sandbox/sandbox.ts";
import { meter } from "../../src/sandbox/wasm/fuel.ts";
import { Random } from "../../test/support/random.ts";
import { eventAt, opened, RSI_STRATEGY, strategyOf } from "../../test/support/sandbox/python.ts";
import { RSI_CODE } from "../../test/support/strategy-code.ts";
import type { Result } from "../result.ts";
import { compare, figureOfLatencies, type Side } from "../runner.ts";

const MEMORY = 16 * 1_048_576;
const EVENTS = 1_000;
const INSTANCES = 100;
const STARTS = 50;

const random = new Random(5);
const events = Array.from({ length: EVENTS }, (_, index) => eventAt(index, 100 + random.normal()));

export async function run(): Promise<readonly Result[]> {
  const results = [await twins()];
  for (const [name, body] of [
    ["nothing", "return None"],
    ["a loop over 500 prices", "total = 0.0\nfor price in market_data['prices']:\n    total += price\nreturn None"],
    ["np.diff, mean and std", "d = np.diff(market_data['prices'])\nif np.mean(d) > np.std(d):\n    return 'BUY'"],
  ] as const)
    results.push(await event(name, strategyOf(body, "import numpy as np")));
  results.push(await starts(), await checks(), await crowd(), await loops());
  return results;
}

function sideOf(label: string, program: { decide(event: (typeof events)[number]): unknown }): Side {
  const run = (): void => {
    for (const one of events) program.decide(one);
  };
  return { label, run, operations: EVENTS };
}

async function twins(): Promise<Result> {
  const compiled = await compile(await loadCompiler(), { code: RSI_CODE, tests: null }, MEMORY);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
  const metered = meter(compiled.value, MEMORY);
  if (!metered.ok) throw new Error(metered.failure);
  const twin = StrategyModule.open(new WebAssembly.Module(metered.value.bytes));
  if (!twin.ok) throw new Error(twin.failure.message);
  const python = await opened(RSI_STRATEGY);
  return compare(sideOf("Python", python), sideOf("AssemblyScript", twin.value), {
    name: "sandbox: RSI in Python, an event",
    note: `${EVENTS} prices around 100, seed 5; 500 of history`,
  });
}

function oneByOne(name: string, label: string, note: string, took: readonly number[]): Result {
  return { name: `sandbox: Python, ${name}`, pairs: [figureOfLatencies(label, took)], ratio: 1, note };
}

async function event(name: string, code: string): Promise<Result> {
  const program = await opened(code);
  for (const one of events) program.decide(one);
  const took = events.map((one) => timed(() => program.decide(one)));
  return oneByOne(`an event: ${name}`, "event", `${EVENTS} events, 500 of history`, took);
}

async function starts(): Promise<Result> {
  const took = await repeated(STARTS, () => openPython(RSI_STRATEGY, ["A"], {}));
  return oneByOne("start", "RSI class opened", `${STARTS} starts, the module was made before`, took);
}
async function checks(): Promise<Result> {
  const took = await repeated(STARTS, () => checkPython(RSI_STRATEGY));
  return oneByOne("check", "RSI class checked", `${STARTS} checks`, took);
}

async function crowd(): Promise<Result> {
  const before = process.memoryUsage().rss;
  const programs: PythonProgram[] = [];
  for (let index = 0; index < INSTANCES; index++) programs.push(await opened(RSI_STRATEGY));
  for (const one of events.slice(0, 600)) for (const program of programs) program.decide(one);
  const mib = (process.memoryUsage().rss - before) / 1_048_576 / INSTANCES;
  const own = Math.max(...programs.map(({ bytes }) => bytes)) / 1_048_576;
  const took = events.slice(600).map((one) =>
    timed(() => {
      for (const program of programs) program.decide(one);
    }),
  );
  const note = `${own.toFixed(2)} MiB of WebAssembly memory each; the process grew by ${mib.toFixed(2)} MiB for each`;
  return oneByOne(`${INSTANCES} instances`, "one event through all", note, took);
}

async function loops(): Promise<Result> {
  const took: number[] = [];
  for (let round = 0; round < 20; round++) {
    const program = await opened(strategyOf("n = 0\nwhile True:\n    n += 1"));
    took.push(timed(() => program.decide(eventAt(0, 1))));
  }
  return oneByOne("an endless loop", "until its fuel is gone", "20 instances", took);
}

function timed(work: () => unknown): number {
  const begin = performance.now();
  work();
  return (performance.now() - begin) * 1e6;
}
async function repeated(count: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  await work();
  const took: number[] = [];
  for (let round = 0; round < count; round++) {
    const begin = performance.now();
    await work();
    took.push((performance.now() - begin) * 1e6);
  }
  return took;
}
