// What main and a thread of executions tell each other. Letters go to the thread and are read between two rows of its
// feed; news comes back in batches. Plain data. Times in microseconds, money in units of account.
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type {
  Amendment,
  Purpose,
  RemoteNews,
  Setback,
  TallyCourse,
  Tape,
  TradeSignal,
} from "../../simulation/simulation.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Balances, BookedOrder, BookedPosition, Posting } from "../orders/orders.ts";
import type { GateTable } from "./gatekeeper.ts";
import type { GateOwner, Stake } from "../risk/gate.ts";
import type { FiguresCourse } from "./figures.ts";
import type { WatchCourse } from "./limit-watch.ts";
import type { Evidence, SequentialCourse } from "../../learning/sequential.ts";
import type { Limits, Terms } from "./terms.ts";

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

export type Left = readonly (readonly [symbol: string, price: number])[];

export interface Beginning {
  /** Number of the execution in this process. */
  readonly key: number;
  readonly version: string;
  /** Null: a built-in strategy, which is traded by its signals. */
  readonly program: CompiledStrategy | null;
  readonly parameters: JsonObject;
  readonly terms: Terms;
  /** Whose limits its orders keep; null: nothing of it is real. */
  readonly owner: GateOwner | null;
  /** Its orders leave for a real venue. */
  readonly live?: boolean;
  /** Null: all symbols. */
  readonly symbols: readonly string[] | null;
  /** Names by the stream's ids, as far as they are known. */
  readonly names: readonly (readonly [id: number, name: string])[];
  /** Symbols of which nothing comes any more, for the synthetic market is over, with their last prices. */
  readonly left?: Left;
  /** The first event that it may see. */
  readonly from: number;
  readonly paused: boolean;
  /** Of an execution that goes on; empty for a new one. */
  readonly fills: readonly StoredFill[];
  /** Null: a new one. */
  readonly past: Past | null;
  /** Microseconds. */
  readonly startTime: number;
  /** Orders that are in the market since an earlier life. */
  readonly orders: readonly BookedOrder[];
  /** The highest number that an order of it has had. */
  readonly lastOrder: number;
  /** What was posted before; null: nothing. */
  readonly posted: Balances | null;
  /** By symbol: what was earned by holding it, in millionths, and up to when borrowing it was paid; 0: never. */
  readonly carry: readonly (readonly [symbol: string, amount: number, borrowedUntil: number])[];
  /** What its versions have seen so far. */
  readonly reigns: readonly Reign[];
  /** Its program has run before: it is shown the recent past first. */
  readonly again: boolean;
  /** Null: its version decides on all symbols. */
  readonly shares: Shares | null;
  /** What it sees and does is kept, for a certificate. */
  readonly taped?: boolean;
  /** In their order. */
  readonly gates: readonly GateTable[];
}

/** How versions share the symbols of an execution. */
export interface Shares {
  readonly weights: Readonly<Record<string, number>>;
  /** Those beside the deployed one that have a weight. */
  readonly others: readonly VersionOffer[];
}

/** How far figures and limits had come. */
export interface Course {
  readonly figures: FiguresCourse;
  readonly watch: WatchCourse;
  readonly tally: TallyCourse;
}

/** What an execution that goes on had come to, besides its fills. */
export interface Past {
  readonly equity: number;
  readonly highest: number;
  /** Not above 0. */
  readonly deepest: number;
  /** Null: the process was another one. */
  readonly course: Course | null;
  /** As an earlier process stored them last; null: it did not. */
  readonly figures: FiguresCourse | null;
  /** How far its limits had come; null: nobody knows. */
  readonly watch: WatchCourse | null;
}

export type Letter =
  | { readonly kind: "begin"; readonly order: Beginning }
  | { readonly kind: "end"; readonly key: number }
  | { readonly kind: "pause"; readonly key: number; readonly paused: boolean }
  | {
      readonly kind: "retune";
      readonly key: number;
      readonly version: string;
      /** Takes over between two events where another one trades; otherwise the program is for this version alone. */
      readonly takesOver: boolean;
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
  /** What a real venue tells of an order. */
  | { readonly kind: "venue"; readonly key: number; readonly number: number; readonly news: RemoteNews }
  | Asking
  | { readonly kind: "gates"; readonly key: number; readonly table: GateTable }
  | { readonly kind: "duel"; readonly order: DuelBeginning }
  | { readonly kind: "duel_end"; readonly key: number }
  | {
      readonly kind: "duel_signals";
      readonly key: number;
      readonly side: Side;
      readonly sequence: number;
      readonly signals: readonly NamedSignal[];
    }
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
  /** What it has at stake in a symbol. */
  | { readonly kind: "stake"; readonly symbol: string }
  /** `anew`: with other parameters than those with which it was opened for the contest. */
  | ({ readonly kind: "promote"; readonly anew: boolean } & VersionOffer)
  /** The version is out, and `to` trades where it did. */
  | { readonly kind: "revert"; readonly version: string; readonly to: VersionOffer }
  /** Nobody looks at the contest of this version any more. */
  | { readonly kind: "settle"; readonly version: string }
  /** Of the order of this number; null takes it back. `at`: engine clock, us. */
  | { readonly kind: "order"; readonly number: number; readonly change: Amendment | null; readonly at: number }
  /** `fresh`: all of them are opened anew, for they are given other parameters. */
  | { readonly kind: "balance"; readonly shares: Shares | null; readonly fresh: boolean }
);

/** Two versions on the same ticks, each with an account of its own in full size. */
export interface Comparison {
  readonly events: number;
  readonly trades: { readonly old: number; readonly new: number };
  readonly pnl: { readonly old: number; readonly new: number };
  readonly faults: { readonly old: number; readonly new: number };
  readonly difference: { readonly mean: number; readonly error: number; readonly n: number };
  /** The worst that each account has come to: loss of a day, and fall as a share, neither above 0. */
  readonly lost: { readonly old: number; readonly new: number };
  readonly fallen: { readonly old: number; readonly new: number };
  /** What the strategy allows of them. */
  readonly limits: Limits;
}

export interface Answer {
  /** The first event that is behind the change. */
  readonly sequence: number;
  /** The version that trades the main account from there on. */
  readonly version: string;
  readonly comparison: Comparison | null;
  /** The order that was asked about, as it is now; null: it is over, or none was. */
  readonly order: BookedOrder | null;
  /** Why it could not be done. */
  readonly fault: string | null;
  /** Where that was asked; null: its orders keep no limits. */
  readonly stake?: Stake | null;
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
  readonly openPositions: number;
  /** Up to this event it has seen everything that was for it. */
  readonly sequence: number;
  /** That trades the main account. */
  readonly version: string;
  readonly reigns: readonly Reign[];
  readonly course: Course;
  readonly balances: Balances;
  /** Prices of what is held, in the order in which positions were last told. */
  readonly marks: readonly number[];
}

/** A version that shared symbols and failed. */
export interface VersionFault {
  readonly version: string;
  readonly reason: string;
}

/** For a real venue. */
export type Errand =
  | {
      readonly kind: "place";
      readonly number: number;
      /** Last price when it was sent. */
      readonly mark: number;
      readonly order: {
        readonly symbol: string;
        readonly side: "buy" | "sell";
        readonly kind: "market" | "limit";
        readonly quantity: number;
        readonly limit: number | null;
        readonly timeInForce: "gtc" | "ioc" | "fok" | "day";
        readonly postOnly: boolean;
        readonly reduceOnly: boolean;
      };
    }
  | { readonly kind: "cancel"; readonly number: number };

/** An order that was to leave a position, or to turn it, and that a real venue did not execute although nobody took it back. */
export interface VenueSetback extends Omit<Setback, "order"> {
  readonly symbol: string;
  readonly side: "buy" | "sell";
  /** What is left of it. */
  readonly quantity: number;
  readonly purpose: Purpose;
}

export interface ExecutionNews {
  readonly key: number;
  readonly errands: readonly Errand[];
  readonly setbacks: readonly VenueSetback[];
  readonly state: State;
  readonly fills: readonly BookedFill[];
  /** Each that has changed, as it stands. */
  readonly orders: readonly BookedOrder[];
  readonly postings: readonly Posting[];
  /** Everything that is held; null: as it was told before. */
  readonly positions: readonly BookedPosition[] | null;
  /** Time, equity, drawdown; time, equity, drawdown; … */
  readonly points: readonly number[];
  /** Orders that risk, or the pause of a venue, refused since the last news, and why the last one so far was. */
  readonly refused: number;
  readonly refusal: string | null;
  /** A limit was reached: it trades nothing any more. */
  readonly breach: string | null;
  /** It failed and is over. */
  readonly fault: string | null;
  /** Versions that failed and whose symbols are the deployed one's now; it goes on. */
  readonly out: readonly VersionFault[];
  /** Of the version that trades and a new one beside it; null: there is none. */
  readonly comparison: Comparison | null;
  /** It ended as it was told to. */
  readonly ended: boolean;
  /** Of one that was taped, with its end. */
  readonly tape?: Tape;
}

export type Side = "a" | "b";

/** One of two strategies that are compared (duel.ts), as it was deployed when that began. */
export interface DuelSide {
  readonly version: string;
  /** Null: a built-in strategy. */
  readonly program: CompiledStrategy | null;
  readonly parameters: JsonObject;
  /** With its share of the capital. */
  readonly terms: Terms;
  /** Null: all symbols. */
  readonly symbols: readonly string[] | null;
  /** What it had come to before; null: it begins. */
  readonly past: DuelState | null;
}

export interface DuelBeginning {
  /** Number of its own among those of executions. */
  readonly key: number;
  readonly a: DuelSide;
  readonly b: DuelSide;
  readonly course: SequentialCourse | null;
  readonly names: readonly (readonly [id: number, name: string])[];
  readonly from: number;
}

export interface DuelState {
  /** Fills. */
  readonly trades: number;
  readonly pnl: number;
  readonly winRate: number;
  readonly sharpe: number;
  readonly figures: FiguresCourse;
}

export interface DuelFault {
  readonly side: Side;
  readonly reason: string;
}

export interface DuelNews {
  readonly key: number;
  readonly a: DuelState;
  readonly b: DuelState;
  readonly course: SequentialCourse;
  readonly evidence: Evidence;
  /** A program failed; it is over. */
  readonly fault: DuelFault | null;
}

export type News =
  | { readonly kind: "duel"; readonly news: DuelNews }
  | { readonly kind: "answer"; readonly request: number; readonly answer: Answer }
  | { readonly kind: "begun"; readonly key: number }
  | { readonly kind: "refused"; readonly key: number; readonly reason: string }
  /** `steps`: of those that have taken a step and have nothing else to tell (step-rows.ts). */
  | {
      readonly kind: "batch";
      readonly news: readonly ExecutionNews[];
      readonly steps: Float64Array;
      /** How many of the thread's executions have nothing to do until their next step. */
      readonly asleep: number;
    };
