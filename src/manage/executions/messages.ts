// What main and a thread of executions tell each other. Letters go to the thread and are read between two rows of its
// feed; news comes back in batches. Plain data. Times in microseconds, money in units of account.
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { TradeSignal } from "../../simulation/simulation.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Metrics } from "./figures.ts";
import type { Terms } from "./terms.ts";

/** A signal of a built-in strategy: by the symbol's name, and of which of the 18. */
export interface NamedSignal extends Omit<TradeSignal, "symbol"> {
  readonly symbol: string;
  readonly type: string;
}

/** A fill that was booked before, in the order of booking. */
export interface StoredFill {
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
  readonly time: number;
}

export interface Beginning {
  /** Number of the execution in this process. */
  readonly key: number;
  readonly version: string;
  /** Null: a built-in strategy, which is traded by its signals. */
  readonly program: CompiledStrategy | null;
  readonly parameters: JsonObject;
  readonly terms: Terms;
  /** Null: all symbols. */
  readonly symbols: readonly string[] | null;
  /** Names by the stream's ids, as far as they are known. */
  readonly names: readonly (readonly [id: number, name: string])[];
  /** The first event that it may see. */
  readonly from: number;
  readonly paused: boolean;
  /** Of an execution that goes on; empty for a new one. */
  readonly fills: readonly StoredFill[];
  /** What its versions have seen so far. */
  readonly reigns: readonly Reign[];
  /** Its program has run before: it is shown the recent past first. */
  readonly again: boolean;
}

export type Letter =
  | { readonly kind: "begin"; readonly order: Beginning }
  | { readonly kind: "end"; readonly key: number }
  | { readonly kind: "pause"; readonly key: number; readonly paused: boolean }
  | {
      readonly kind: "retune";
      readonly key: number;
      /** Another one than so far: it takes over between two events. */
      readonly version: string;
      readonly terms: Terms;
      readonly parameters: JsonObject;
      readonly program: CompiledStrategy | null;
    }
  | {
      readonly kind: "signals";
      readonly key: number;
      readonly sequence: number;
      readonly signals: readonly NamedSignal[];
    }
  | Asking
  /** All executions of a thread that was lost have been handed over: rows may be taken. */
  | { readonly kind: "go" }
  | { readonly kind: "close" };

export type ShareBy = "capital" | "symbols";

/** A version of the code with the parameters that it is opened with. */
export interface VersionOffer {
  readonly version: string;
  readonly program: CompiledStrategy;
  readonly parameters: JsonObject;
}

/** Letters that are answered, by the number of the request. */
export type Asking = { readonly key: number; readonly request: number } & (
  | ({ readonly kind: "contend" } & VersionOffer)
  | { readonly kind: "share"; readonly percent: number; readonly by: ShareBy }
  | { readonly kind: "compare" }
  | ({ readonly kind: "promote" } & VersionOffer)
  | { readonly kind: "revert" }
  | { readonly kind: "settle" }
);

/** Two versions on the same ticks, each with an account of its own in full size. */
export interface Comparison {
  readonly events: number;
  readonly trades: { readonly old: number; readonly new: number };
  readonly pnl: { readonly old: number; readonly new: number };
  readonly faults: { readonly old: number; readonly new: number };
  readonly difference: { readonly mean: number; readonly error: number; readonly n: number };
}

export interface Answer {
  /** The first event that is behind the change. */
  readonly sequence: number;
  /** The version that trades the main account from there on. */
  readonly version: string;
  readonly comparison: Comparison | null;
  /** Why it could not be done. */
  readonly fault: string | null;
}

export interface BookedFill extends StoredFill {
  readonly sequence: number;
  /** What it closed, after fees; 0 for one that opened. */
  readonly pnl: number;
}

/** Which events a version of the code has seen: an unbroken run of those that its execution was given. */
export interface Reign {
  readonly version: string;
  readonly first: number;
  readonly last: number;
  readonly events: number;
}

export interface State {
  readonly equity: number;
  readonly metrics: Metrics;
  readonly openPositions: number;
  /** Up to this event it has seen everything that was for it. */
  readonly sequence: number;
  /** That trades the main account. */
  readonly version: string;
  readonly reigns: readonly Reign[];
}

export interface ExecutionNews {
  readonly key: number;
  readonly state: State;
  readonly fills: readonly BookedFill[];
  /** Time, equity, drawdown; time, equity, drawdown; … */
  readonly points: readonly number[];
  /** A limit was reached: it trades nothing any more. */
  readonly breach: string | null;
  /** It failed and is over. */
  readonly fault: string | null;
  /** It ended as it was told to. */
  readonly ended: boolean;
}

export type News =
  | { readonly kind: "answer"; readonly request: number; readonly answer: Answer }
  | { readonly kind: "begun"; readonly key: number }
  | { readonly kind: "refused"; readonly key: number; readonly reason: string }
  | { readonly kind: "batch"; readonly news: readonly ExecutionNews[] };
