// What runs a user's strategy, whatever it is written in. A compiled strategy is plain data, so that it can be posted to the
// thread that runs it; the program made of it there belongs to that thread. Opening waits for the WebAssembly compiler,
// deciding never waits for anything.
import { failed, ok, type Result } from "../domain/result.ts";
import { openPython } from "./python/python-program.ts";
import {
  type Decision,
  type MarketEvent,
  type StrategyFault,
  StrategyModule,
  type StrategyParameter,
} from "./strategy-module.ts";

export type Language = "python" | "assemblyscript";
/** Those that this build can run. */
export const LANGUAGES: readonly Language[] = ["python", "assemblyscript"];

export interface CompiledStrategy {
  readonly language: Language;
  /** SHA-256 of the code, as hex. */
  readonly codeHash: string;
  /** SHA-256 of what runs, as hex: the metered module; for Python, code and interpreter. */
  readonly hash: string;
  readonly code: string;
  /** The metered module; null for Python. */
  readonly wasm: Uint8Array<ArrayBuffer> | null;
  /** What the strategy declares. */
  readonly parameters: readonly StrategyParameter[];
}

/** One running strategy: of one execution, or of one run over history. */
export interface Program {
  /** After a fault it answers nothing but that fault. */
  decide(event: MarketEvent): Result<Decision | null, StrategyFault>;
  /** Of the last event, where it is counted. */
  usage?(): Usage;
  close(): void;
}

export interface Usage {
  /** What it holds, of what it may hold. */
  readonly memoryBytes: number;
  /** Of the work that one event may cost, 0 to 1. */
  readonly work: number;
}

/** Parameters as they are stored and sent. */
export type Given = Readonly<Record<string, unknown>>;

const MODULES_KEPT = 64;
/** By the hash of what runs; the oldest goes first. */
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** `symbols`: names by index. Of `given`, what the strategy does not declare is left out. */
export async function openProgram(
  compiled: CompiledStrategy,
  symbols: readonly string[],
  given: Given,
): Promise<Result<Program, StrategyFault>> {
  const { language, wasm, hash, parameters } = compiled;
  if (symbols.length === 0) return fault("bad_parameter", "a strategy needs at least one symbol");
  if (language === "python") return openPython(compiled.code, symbols, given);
  if (wasm === null) return fault("not_available", "the compiled form of this strategy is missing");
  const values = numbersOf(parameters, given);
  if (!values.ok) return values;
  const module = await moduleOf(hash, wasm);
  const opened = StrategyModule.open(module, values.value);
  if (!opened.ok) return opened;
  const strategy = opened.value;
  return ok({ decide: (event) => strategy.decide(event), usage: () => strategy.usage(), close: () => undefined });
}

function moduleOf(hash: string, wasm: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  const known = modules.get(hash);
  if (known !== undefined) return known;
  const module = WebAssembly.compile(wasm);
  modules.set(hash, module);
  const [oldest] = modules.keys();
  if (modules.size > MODULES_KEPT && oldest !== undefined) modules.delete(oldest);
  return module;
}

/** Booleans count as 0 and 1; null stands for nothing given. */
function numbersOf(
  parameters: readonly StrategyParameter[],
  given: Given,
): Result<Readonly<Record<string, number>>, StrategyFault> {
  const values: [string, number][] = [];
  for (const { name, least, most } of parameters) {
    const value = Object.hasOwn(given, name) ? given[name] : null;
    if (value === null || value === undefined) continue;
    if (typeof value !== "number" && typeof value !== "boolean")
      return fault("bad_parameter", `parameter ${name} must be a number from ${least} to ${most}`);
    values.push([name, Number(value)]);
  }
  return ok(Object.fromEntries(values));
}

function fault(kind: StrategyFault["kind"], message: string): Result<never, StrategyFault> {
  return failed({ kind, message, line: null, column: null });
}
