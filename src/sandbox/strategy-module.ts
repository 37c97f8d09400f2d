// A compiled strategy at work: one WebAssembly instance with a memory of its own, driven one event at a time. It can do
// nothing but decide: no import but `abort`, no time, no chance, no files. Every call has so much fuel; whatever goes
// wrong inside ends the call with a fault that names the author's line where there is one, and the instance is spent.
// Threads: belongs to the thread that made it.
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import { fitText } from "../store/fit-text.ts";
import { TEST_FILE, type TestFile } from "./test-file.ts";
import { SIGNAL_WORDS } from "./signal-words.ts";
import { FUEL, RUN } from "./wasm/fuel.ts";

export interface StrategyParameter {
  readonly name: string;
  readonly standard: number;
  readonly least: number;
  readonly most: number;
  readonly meaning: string;
}

export interface MarketEvent {
  /** Index among the symbols of the execution, from 0. */
  readonly symbol: number;
  readonly time: EpochUs;
  readonly price: number;
  readonly volume: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly position: number;
  /** Without it, a trade. */
  readonly kind?: "trade" | "bar" | "quote";
  /** Of a bar. */
  readonly barMs?: number;
}

export interface Decision {
  readonly action: "buy" | "sell" | "exit";
  readonly confidence: number;
  /** Prices, and a share of the usual size; 0: not given. */
  readonly stop: number;
  readonly target: number;
  readonly size: number;
}

export interface StrategyFault {
  readonly kind:
    | "aborted"
    | "out_of_fuel"
    | "out_of_memory"
    | "too_deep"
    | "trapped"
    | "bad_decision"
    | "bad_parameter"
    | "not_available"
    | "no_room";
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
  /** Of the author's two files the one that is meant; without it the strategy. */
  readonly file?: TestFile;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly [FUEL]: WebAssembly.Global;
  eventAddress(): number;
  decisionAddress(): number;
  signalAddress(): number;
  signalCount(): number;
  signalName(index: number): number;
  parameterCount(): number;
  parameterName(index: number): number;
  parameterMeaning(index: number): number;
  parameterNumber(index: number, which: number): number;
  setParameter(index: number, value: number): void;
  [RUN](fuel: number): number;
  [COLLECT](): void;
  [BEGIN](): void;
}
/** Exported tests, by name. */
type Tests = Readonly<Record<string, (() => void) | undefined>>;

/** The compiler's names for them. */
const COLLECT = "__collect";
export const BEGIN = "__begin";
/**
 * Units of fuel for one event, of some sixteen instructions each: tens of milliseconds, and up to a second where each load has
 * to wait for memory.
 */
export const EVENT_FUEL = 5_000_000;
/** For one collection, which is calls for the most part: those are dear, and a full memory has to be gone through. */
const COLLECT_FUEL = 4 * EVENT_FUEL;
const ENDLESS_START = "it did not come to an end before its first event";
const ACTIONS = new Map([
  [1, "buy"],
  [-1, "sell"],
  [2, "exit"],
] as const);
/** What a strategy may declare: each is read and checked whenever an instance is opened. */
const PARAMETERS_MAX = 64;
/** Events between two collections of what the strategy has thrown away. */
const COLLECT_EVENTS = 256;

class Abort extends Error {
  readonly line: number;
  readonly column: number;
  readonly test: boolean;
  constructor(message: string, line: number, column: number, test: boolean) {
    super(message);
    this.line = line;
    this.column = column;
    this.test = test;
  }
}

export class StrategyModule {
  readonly parameters: readonly StrategyParameter[];
  /** Of the engine's strategies, those whose signals it wants to be told. */
  readonly signals: readonly string[];
  private readonly exports: Exports;
  private readonly event: number;
  private readonly decision: number;
  private numbers: Float64Array;
  private events = 0;
  private spent: StrategyFault | null = null;

  private constructor(exports: Exports) {
    this.exports = exports;
    this.event = exports.eventAddress() >> 3;
    this.decision = exports.decisionAddress() >> 3;
    this.numbers = new Float64Array(exports.memory.buffer);
    this.parameters = this.declared();
    this.signals = Array.from({ length: exports.signalCount() }, (_, index) =>
      textAt(exports.memory, exports.signalName(index)),
    );
  }

  /** Runs what stands at the top of the author's file; `given` overrides the standard values of parameters. */
  static open(
    module: WebAssembly.Module,
    given: Readonly<Record<string, number>> = {},
  ): Result<StrategyModule, StrategyFault> {
    let memory: WebAssembly.Memory | null = null;
    let exports: Exports | null = null;
    const abort = (...words: readonly unknown[]): never => {
      const [message = 0, file = 0, line = 0, column = 0] = words.map((one) =>
        typeof one === "number" ? one >>> 0 : 0,
      );
      const said = memory === null ? "" : textAt(memory, message);
      const name = memory === null ? "" : textAt(memory, file);
      const own = name === "strategy.ts" || name === TEST_FILE;
      throw new Abort(said === "" ? "abort" : said, own ? line : 0, own ? column : 0, name === TEST_FILE);
    };
    try {
      const instance = new WebAssembly.Instance(module, { env: { abort } });
      exports = instance.exports as unknown as Exports;
      ({ memory } = exports);
      exports[BEGIN]();
      const count = exports.parameterCount();
      if (!(count <= PARAMETERS_MAX)) return failed(tooMany(count));
      const opened = new StrategyModule(exports);
      const faults = opened.set(given);
      return faults === null ? ok(opened) : failed(faults);
    } catch (error) {
      const fault = faultOf(error, exports);
      return failed(fault.kind === "out_of_fuel" ? { ...fault, message: ENDLESS_START } : fault);
    }
  }

  /** The decision on one event, null for none. After a fault the instance answers nothing but that fault. */
  decide(event: MarketEvent): Result<Decision | null, StrategyFault> {
    if (this.spent !== null) return failed(this.spent);
    const { exports } = this;
    try {
      if (++this.events % COLLECT_EVENTS === 0) this.collect();
      this.write(event);
      if (exports[RUN](EVENT_FUEL) === 0) return ok(null);
      return this.read();
    } catch (error) {
      return this.spend(faultOf(error, exports));
    }
  }

  /** What it is told at the next event: SIGNAL_WORDS numbers for each that it wants. */
  hear(told: Float64Array): void {
    if (this.spent !== null) return;
    if (this.numbers.length === 0) this.numbers = new Float64Array(this.exports.memory.buffer);
    this.numbers.set(told.subarray(0, this.signals.length * SIGNAL_WORDS), this.exports.signalAddress() >> 3);
  }

  /** Calls an exported function without parameters; its fault, null: it came to its end. */
  call(name: string, fuel: number): StrategyFault | null {
    const { exports } = this;
    try {
      exports[FUEL].value = fuel;
      (exports as unknown as Tests)[name]?.();
      return null;
    } catch (error) {
      this.spent = faultOf(error, exports);
      return this.spent;
    }
  }

  get bytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** What it holds, and which share of an event's fuel the last one took. */
  usage(): { readonly memoryBytes: number; readonly work: number } {
    return { memoryBytes: this.bytes, work: 1 - Number(this.exports[FUEL].value) / EVENT_FUEL };
  }

  private collect(): void {
    this.exports[FUEL].value = COLLECT_FUEL;
    this.exports[COLLECT]();
  }

  private write(event: MarketEvent): void {
    // A memory that grew has a new buffer.
    if (this.numbers.length === 0) this.numbers = new Float64Array(this.exports.memory.buffer);
    const { numbers, event: at } = this;
    numbers[at] = event.symbol;
    numbers[at + 1] = event.time;
    numbers[at + 2] = event.price;
    numbers[at + 3] = event.volume;
    numbers[at + 4] = event.open;
    numbers[at + 5] = event.high;
    numbers[at + 6] = event.low;
    numbers[at + 7] = event.bid;
    numbers[at + 8] = event.ask;
    numbers[at + 9] = event.bidSize;
    numbers[at + 10] = event.askSize;
    numbers[at + 11] = event.position;
  }

  private read(): Result<Decision, StrategyFault> {
    if (this.numbers.length === 0) this.numbers = new Float64Array(this.exports.memory.buffer);
    const [code = 0, confidence = 0, stop = 0, target = 0, size = 0] = this.numbers.subarray(
      this.decision,
      this.decision + 5,
    );
    const action = ACTIONS.get(code as 1 | -1 | 2);
    const wrong = action === undefined ? "action" : faultyNumber({ confidence, stop, target, size });
    if (action === undefined || wrong !== null) {
      const message = `its decision has a ${wrong} that cannot be used: confidence is 0 to 1, prices and size are not negative`;
      return this.spend({ kind: "bad_decision", message, line: null, column: null });
    }
    return ok({ action, confidence, stop, target, size });
  }

  private spend(fault: StrategyFault): { readonly ok: false; readonly failure: StrategyFault } {
    this.spent = fault;
    return failed(fault);
  }

  private declared(): readonly StrategyParameter[] {
    const { exports } = this;
    return Array.from({ length: exports.parameterCount() }, (_, index) => ({
      name: textAt(exports.memory, exports.parameterName(index)),
      standard: exports.parameterNumber(index, 0),
      least: exports.parameterNumber(index, 1),
      most: exports.parameterNumber(index, 2),
      meaning: textAt(exports.memory, exports.parameterMeaning(index)),
    }));
  }

  private set(given: Readonly<Record<string, number>>): StrategyFault | null {
    for (const [index, { name, least, most }] of this.parameters.entries()) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined) continue;
      if (!(value >= least && value <= most)) {
        const message = `parameter ${name} is ${value}, and must be from ${least} to ${most}`;
        return { kind: "bad_parameter", message, line: null, column: null };
      }
      this.exports.setParameter(index, value);
    }
    return null;
  }
}

function tooMany(count: number): StrategyFault {
  const message = `it declares ${count} parameters, and may declare ${PARAMETERS_MAX}`;
  return { kind: "bad_parameter", message, line: null, column: null };
}

function faultyNumber(decision: Readonly<Record<string, number>>): string | null {
  const wrong = Object.entries(decision).find(([, value]) => !(value >= 0 && value < Number.POSITIVE_INFINITY));
  if (wrong !== undefined) return wrong[0];
  return (decision["confidence"] ?? 0) > 1 ? "confidence" : null;
}

function faultOf(error: unknown, exports: Exports | null): StrategyFault {
  if (error instanceof Abort) {
    const { message, line, column, test } = error;
    const place = { line: line > 0 ? line : null, column: column > 0 ? column : null };
    return { kind: "aborted", message, ...place, ...(test ? { file: TEST_FILE } : {}) };
  }
  if (error instanceof RangeError)
    return { kind: "too_deep", message: "it calls itself too deeply", line: null, column: null };
  if (error instanceof WebAssembly.RuntimeError) {
    if (exports !== null && exports[FUEL].value === 0)
      return { kind: "out_of_fuel", message: "it did not come to an end at this event", line: null, column: null };
    const full = /out of bounds/.test(error.message) || (exports !== null && atItsMaximum(exports.memory));
    const message = full ? "it needs more memory than it may have" : `it trapped: ${error.message}`;
    return { kind: full ? "out_of_memory" : "trapped", message, line: null, column: null };
  }
  // A module that gives the host something else than it promised must not take the thread with it.
  return { kind: "trapped", message: "it gave the engine what it cannot read", line: null, column: null };
}

/** Whether the memory has no room left for what one allocation may ask for; the instance is spent, so it may be tried. */
function atItsMaximum(memory: WebAssembly.Memory): boolean {
  try {
    memory.grow(ALLOCATION_PAGES);
    return false;
  } catch {
    return true;
  }
}

const ALLOCATION_PAGES = 32;

const TEXT_MAX = 1_000;
/** A string of the module, as the store takes it: UTF-16, its length in bytes four bytes before it; an address that cannot
 *  be one has no text. */
function textAt(memory: WebAssembly.Memory, address: number): string {
  if (address < 4 || address % 2 !== 0 || address > memory.buffer.byteLength) return "";
  const length = new DataView(memory.buffer).getUint32(address - 4, true);
  const units = Math.min(length >> 1, TEXT_MAX, (memory.buffer.byteLength - address) >> 1);
  return fitText(String.fromCharCode(...new Uint16Array(memory.buffer, address, units)), "\ufffd");
}
