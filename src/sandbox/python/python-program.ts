// A strategy in Python at work: one interpreter, in which the author's class was built with the parameters whose names its
// constructor has, and that is given one event at a time. The same events give the same decisions: there is no clock and
// no chance inside. Memory: some 1 MiB to begin with; the author's own share has a cap, and the engine's histories of up
// to 500 values for each symbol come on top of it.
// Threads: belongs to the thread that opened it.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Decision, MarketEvent, StrategyFault } from "../strategy-module.ts";
import { constructorOf, type Outline, outlineOf, spellingsOf } from "./check/outline.ts";
import { tokensOf } from "./check/tokens.ts";
import type { Interpreter, Value } from "./interpreter.ts";
import { preparedInterpreter } from "./prepared.ts";

/** Units of fuel for one event: 50 ms where loops of the interpreter are slowest (docs/python.md). */
export const PYTHON_EVENT_FUEL = 10_000_000;
/** Reading the text: enough for the longest. */
export const READ_FUEL = 400_000_000;
/** Running what stands at its top, imports with it; building the class. */
const BUILD_FUEL = 3 * PYTHON_EVENT_FUEL;
/**
 * Garbage is collected within an event. What events leave of their fuel, and three times that of one on top for each, is kept
 * for that: at most so much for each byte of memory beyond that of a small strategy, which pays for a full one.
 */
const COLLECT_FUEL_A_BYTE = 8;
const COLLECT_FUEL_AN_EVENT = 3 * PYTHON_EVENT_FUEL;
/** Garbage is collected after so much of the memory was given out. */
const COLLECT_SHARE = 4;

const MIB = 1_048_576;
export const OWN_BYTES = MIB;
export const AUTHOR_BYTES = 16 * MIB;
const LISTS = ["prices", "closes", "volumes", "timestamps"] as const;
/** Three lists of 500 numbers, with what the interpreter needs beside them. */
const HISTORY_BYTES = 40_960;

export async function openPython(
  code: string,
  symbols: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<Result<PythonProgram, StrategyFault>> {
  const interpreter = await preparedInterpreter(OWN_BYTES + AUTHOR_BYTES);
  const built = build(interpreter, code, given);
  if (!built.ok) return built;
  const found: number[] = [];
  for (const name of ["_tick", "_garbage", "_symbol"]) {
    const one = interpreter.functionNamed(name);
    if (!one.ok) return one;
    found.push(one.value);
  }
  const [tick = 0, garbage = 0, naming = 0] = found;
  return ok(new PythonProgram(interpreter, symbols, { tick, garbage, naming }));
}

function build(
  interpreter: Interpreter,
  code: string,
  given: Readonly<Record<string, unknown>>,
): Result<null, StrategyFault> {
  const outline = outlineOf(tokensOf(code).tokens);
  const { strategy } = outline;
  if (strategy === null) return fault("there is no class in the code");
  const steps = [
    step("_copy", ...LISTS.map((name) => code.includes(name))),
    ...loadingSteps(code, outline),
    ...constructorOf(strategy, outline).flatMap(({ name }) => giving(name, valueFor(name, given))),
    step("_build", strategy.name),
  ];
  for (const one of steps) {
    const done = taken(interpreter, one);
    if (!done.ok) return done;
  }
  return ok(null);
}

/** Reads the text and runs what stands at its top. */
export function loadingSteps(code: string, { classes }: Outline): readonly Step[] {
  return [
    ...classes.filter(({ isData }) => isData).map(({ name, fields }) => step("_fields", name, fields.join(","))),
    { ...step("_read", code), fuel: READ_FUEL },
    step("_load"),
  ];
}

export function taken(interpreter: Interpreter, { name, args, fuel }: Step): Result<Value, StrategyFault> {
  const found = interpreter.functionNamed(name);
  return found.ok ? interpreter.call(found.value, args, fuel) : found;
}

export interface Step {
  readonly name: string;
  readonly args: readonly Value[];
  readonly fuel: number;
}
function step(name: string, ...args: readonly Value[]): Step {
  return { name, args, fuel: BUILD_FUEL };
}
/** Null stands for nothing given. */
function giving(name: string, value: unknown): readonly Step[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "object") return [step("_give_json", name, JSON.stringify(value))];
  return [step("_give", name, value as Value)];
}

function valueFor(name: string, given: Readonly<Record<string, unknown>>): unknown {
  const found = spellingsOf(name).find((one) => Object.hasOwn(given, one));
  return found === undefined ? undefined : given[found];
}

/** References to the engine's functions inside the interpreter. */
interface Ours {
  readonly tick: number;
  readonly garbage: number;
  readonly naming: number;
}

export class PythonProgram {
  private readonly ours: Ours;
  /** Names by number; more may come while it runs. */
  private readonly symbols: readonly string[];
  private named = 0;
  private work = 0;
  /** Fuel that events before this one left. */
  private saved = 0;
  private readonly seen = new Set<number>();
  private interpreter: Interpreter | null;
  private spent: StrategyFault | null = null;

  constructor(interpreter: Interpreter, symbols: readonly string[], ours: Ours) {
    this.interpreter = interpreter;
    this.symbols = symbols;
    this.ours = ours;
  }

  /** The decision on one event, null for none. After a fault it answers nothing but that fault. */
  decide(event: MarketEvent): Result<Decision | null, StrategyFault> {
    const { interpreter } = this;
    if (interpreter === null) return failed(this.spent ?? closed);
    if (!this.seen.has(event.symbol)) this.admit(interpreter, event.symbol);
    const { symbol, time, price, volume, position, open, high, low, bid, ask } = event;
    const reals = [time / 1_000_000, price, volume, position, open, high, low, bid, ask];
    const { bytes } = interpreter;
    const saved = Math.min(this.saved, Math.max(0, bytes - OWN_BYTES) * COLLECT_FUEL_A_BYTE);
    const fuel = PYTHON_EVENT_FUEL + saved;
    const answer = interpreter.callWithReals(this.ours.tick, symbol, reals, fuel);
    const left = interpreter.fuelLeft;
    this.saved = left + COLLECT_FUEL_AN_EVENT;
    this.work = (fuel - left) / PYTHON_EVENT_FUEL;
    if (!answer.ok) return this.spend(answer.failure);
    if (interpreter.bytes !== bytes) this.grew(interpreter);
    const { value } = answer;
    if (value === null) return ok(null);
    if (typeof value !== "number")
      return this.spend({ kind: "bad_decision", message: String(value), line: null, column: null });
    // The engine's own Python has looked at it, but what has a say in there must not have the last word.
    if (!(Math.abs(value) <= 1)) return this.spend(unfit);
    const action = value < 0 || Object.is(value, -0) ? "sell" : "buy";
    return ok({ action, confidence: Math.abs(value), stop: 0, target: 0, size: 0 });
  }

  /** What the interpreter has taken, and which share of an event's fuel the last one took. */
  usage(): { readonly memoryBytes: number; readonly work: number } {
    return { memoryBytes: this.bytes, work: this.work };
  }

  get bytes(): number {
    return this.interpreter?.bytes ?? 0;
  }

  /** Lets go of the interpreter's memory. */
  close(): void {
    this.interpreter = null;
  }

  private admit(interpreter: Interpreter, symbol: number): void {
    this.seen.add(symbol);
    for (; this.named <= symbol; this.named++)
      interpreter.call(this.ours.naming, [this.symbols[this.named] ?? ""], BUILD_FUEL);
    interpreter.allow(OWN_BYTES + AUTHOR_BYTES + this.seen.size * HISTORY_BYTES);
  }

  private grew(interpreter: Interpreter): void {
    interpreter.call(this.ours.garbage, [Math.floor(interpreter.bytes / COLLECT_SHARE)], PYTHON_EVENT_FUEL);
  }

  private spend(spent: StrategyFault): Result<never, StrategyFault> {
    this.spent = spent;
    this.interpreter = null;
    return failed(spent);
  }
}

const unfit: StrategyFault = {
  kind: "bad_decision",
  message: "generate_signal returned a confidence that is not a number from 0 to 1",
  line: null,
  column: null,
};
const closed: StrategyFault = { kind: "aborted", message: "the program was closed", line: null, column: null };

function fault(message: string): Result<never, StrategyFault> {
  return failed({ kind: "aborted", message, line: null, column: null });
}
