// What runs a user's strategy, whatever it is written in. A compiled strategy is plain data, so that it can be posted to the
// thread that runs it; the program made of it there belongs to that thread. Opening waits for the WebAssembly compiler,
// deciding never waits for anything.
import { failed, ok, type Result } from "../domain/result.ts";
import type { Spellings } from "../domain/unread.ts";
import { ownAccount } from "./budget/account.ts";
import { CountedProgram } from "./budget/counted.ts";
import { openPython } from "./python/python-program.ts";
import type { Program, Usage } from "./running.ts";
import type { SignalFeed, SignalFeeds } from "./signal-feed.ts";
import {
  type Decision,
  type MarketEvent,
  type StrategyFault,
  StrategyModule,
  type StrategyParameter,
} from "./strategy-module.ts";

export type Language = "python" | "assemblyscript" | "rules";
/** Those that this build can run. */
export const LANGUAGES: readonly Language[] = ["python", "assemblyscript", "rules"];

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
  /** The parameters that it takes, also those of Python that are no numbers, each in its spellings: the first given counts. */
  readonly reads: readonly Spellings[];
}

/** Parameters as they are stored and sent. */
export type Given = Readonly<Record<string, unknown>>;

const MODULES_KEPT = 64;
/** By the hash of what runs; the oldest goes first. */
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** With what one begins, about; both measured. */
export const BEGINS_WITH: Readonly<Record<Language, number>> = {
  python: 1_114_112,
  assemblyscript: 131_072,
  rules: 131_072,
};

/**
 * `symbols`: names by index. Of `given`, what the strategy does not declare is left out. `feeds`: tells it the signals that
 * it declares; a strategy that declares some cannot be opened without. `instead`: another program ends
 * when this one is there, so that it is not refused for want of room.
 */
export async function openProgram(
  compiled: CompiledStrategy,
  symbols: readonly string[],
  given: Given,
  feeds: SignalFeeds | null = null,
  instead = false,
): Promise<Result<Program, StrategyFault>> {
  const account = ownAccount();
  if (account === null) return openAlone(compiled, symbols, given, feeds);
  const claim = account.claim(BEGINS_WITH[compiled.language], instead);
  if (claim.refused !== null) return fault("no_room", claim.refused);
  try {
    const opened = await openAlone(compiled, symbols, given, feeds);
    if (!opened.ok) return opened;
    const late = claim.become(opened.value.bytes, instead);
    if (late === null) return ok(new CountedProgram(opened.value, account, claim.keep()));
    opened.value.close();
    return fault("no_room", late);
  } finally {
    claim.end();
  }
}

async function openAlone(
  compiled: CompiledStrategy,
  symbols: readonly string[],
  given: Given,
  feeds: SignalFeeds | null,
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
  const { signals } = opened.value;
  if (signals.length === 0) return ok(new Instance(opened.value, null));
  if (feeds === null) return fault("not_available", `nobody tells the signals of ${signals.join(", ")} here`);
  return ok(new Instance(opened.value, await feeds(signals, symbols)));
}

/** A strategy that lets go of its memory when it is closed. */
class Instance implements Program {
  private strategy: StrategyModule | null;
  private readonly feed: SignalFeed | null;

  constructor(strategy: StrategyModule, feed: SignalFeed | null) {
    this.strategy = strategy;
    this.feed = feed;
  }

  get bytes(): number {
    return this.strategy === null ? 0 : this.strategy.bytes + (this.feed?.bytes ?? 0);
  }
  decide(event: MarketEvent): Result<Decision | null, StrategyFault> {
    const { strategy, feed } = this;
    if (strategy === null) return CLOSED;
    if (feed !== null) {
      const told = feed.take(event);
      if (!told.ok) return fault("not_available", told.failure);
      strategy.hear(told.value);
    }
    return strategy.decide(event);
  }
  usage(): Usage | undefined {
    return this.strategy?.usage();
  }
  close(): void {
    this.strategy = null;
    this.feed?.close();
  }
}
const CLOSED = fault("aborted", "the program was closed");

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
