// One version of a strategy's code inside an execution: its program, and which events it has seen. A built-in strategy has
// no program here; its signals come from the core.
import type { Decision, MarketEvent, Program, StrategyFault } from "../../sandbox/sandbox.ts";
import type { Result } from "../../domain/result.ts";
import { ok } from "../../domain/result.ts";
import type { TradeSignal } from "../../simulation/simulation.ts";
import type { Reign } from "./messages.ts";

type Filled = { -readonly [K in keyof Reign]: Reign[K] };

export class Lane {
  readonly version: string;
  private program: Program | null;
  private reign: Filled | null = null;

  constructor(version: string, program: Program | null) {
    this.version = version;
    this.program = program;
  }

  /** A built-in strategy's. */
  get silent(): boolean {
    return this.program === null;
  }

  /** It is given the event of this number, and what it decides counts; a reign that begins with it, else null. */
  sees(sequence: number): Reign | null {
    if (this.reign !== null) {
      this.reign.last = sequence;
      this.reign.events++;
      return null;
    }
    const { version } = this;
    this.reign = { version, first: sequence, last: sequence, events: 1 };
    return this.reign;
  }

  /** Whether it is this reign that goes on. */
  reigns(reign: Reign): boolean {
    return this.reign === reign;
  }

  /** What it sees from now on does not count, until it does again. */
  rest(): void {
    this.reign = null;
  }

  decide(event: MarketEvent): Result<Decision | null, StrategyFault> {
    return this.program === null ? ok(null) : this.program.decide(event);
  }

  /** Another program for what comes, of the same code. */
  replace(program: Program): void {
    if (program !== this.program) this.program?.close();
    this.program = program;
  }

  close(): void {
    this.program?.close();
    this.program = null;
  }
}

/** `size`: of the usual position. */
export function signalOf({ action, stop, target }: Decision, event: MarketEvent, size: number): TradeSignal {
  const { symbol, price } = event;
  return { symbol, action, entry: price, stop, target, values: [], group: 0, size };
}

/** For the log, the API and the bus; the author's own line where it is known. */
export function faultText({ kind, message, line }: StrategyFault): string {
  const where = line === null ? "" : `line ${line}: `;
  return kind === "aborted" ? `${where}${message}` : `${where}${message} (${kind})`;
}

/** What went wrong where nothing was expected to. */
export function faultOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
