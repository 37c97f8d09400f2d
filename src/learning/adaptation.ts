// Which settings a strategy has in which regime, and whether it fares worse with them. A set is a factor for each of its
// settings, by family and regime; what is not listed is 1. Factors multiply what is in force, so what operators set and
// what is learned of the same value stays. Pure: clock and outcomes come in as arguments. Times: engine clock, microseconds.
//
//   taken up   when the regime has another set than the one in force, COOL_DOWN_US after the last change at the earliest
//   watched    each outcome (a return after costs) of a trade that was opened with it on a symbol in its regime is compared
//              with one in that regime without it, in pairs, by a sequential test that may be looked at after every pair
//              (sequential.ts): both come from one distribution if the set changes nothing, whatever the regime is like
//   taken back when the test says worse, by more than BAND of the spread of the outcomes without it (a guard band); that
//              regime then has no set for SUSPENDED_US. Of strategies that fare the same at most one in forty is
import type { Family } from "../domain/strategies.ts";
import type { Regime } from "../domain/regime.ts";
import type { Outcome } from "./outcome.ts";
import { type SequentialCourse, SequentialTest } from "./sequential.ts";

export const ADAPTED = [
  "min_signal_quality",
  "opportunity_threshold",
  "volatility_multiplier",
  "trend_multiplier",
  "risk_tolerance",
] as const;
export type Adapted = (typeof ADAPTED)[number];
export type Factors = Readonly<Partial<Record<Adapted, number>>>;
export type ParameterSets = Readonly<Record<Family, Readonly<Partial<Record<Regime, Factors>>>>>;

export const SETS_VERSION = 1;
/** From one end to the other is less than learning may move a threshold at once. */
export const FACTOR_MIN = 0.9;
export const FACTOR_MAX = 1.1;

const [opportunity_threshold, risk_tolerance] = [1.1, 1.1];
export const DEFAULT_SETS: ParameterSets = {
  trend_following: {
    trending: { trend_multiplier: 1.1, opportunity_threshold: 0.95 },
    ranging: { opportunity_threshold },
    volatile: { volatility_multiplier: 0.9, opportunity_threshold: 1.05, risk_tolerance },
    calm: { opportunity_threshold: 1.05, risk_tolerance: 0.95 },
  },
  statistical: {
    trending: { trend_multiplier: 0.9, opportunity_threshold },
    ranging: { opportunity_threshold: 0.95 },
    volatile: { volatility_multiplier: 0.9, opportunity_threshold, risk_tolerance },
    calm: { opportunity_threshold: 0.95, risk_tolerance: 0.95 },
  },
  market_making: { volatile: { volatility_multiplier: 0.9, risk_tolerance }, calm: { risk_tolerance: 0.95 } },
  arbitrage: { volatile: { opportunity_threshold }, calm: { opportunity_threshold: 0.95 } },
  news_driven: {
    volatile: { opportunity_threshold: 1.05, risk_tolerance },
    calm: { opportunity_threshold: 0.95 },
  },
  htf: {
    trending: { opportunity_threshold: 0.95 },
    ranging: { opportunity_threshold: 1.05 },
    volatile: { opportunity_threshold: 1.05, risk_tolerance },
  },
};

export const COOL_DOWN_US = 30 * 60 * 1_000_000;
export const SUSPENDED_US = 24 * 3600 * 1_000_000;
const RECENT_MAX = 200;
/** Outcomes without a set that those with it are compared with. */
const REFERENCE_MAX = 100;
const REFERENCE_MIN = 20;
const BAND = 0.1;
/** A value that is not what was written was changed by somebody else. */
const SAME = 1e-9;

/** What one strategy has in force. Plain data, kept over restarts. */
export interface AdaptationState {
  readonly regime: Regime;
  /** Engine clock of the latest change; 0: never. */
  readonly since: number;
  /** What was written, with the factor in it. */
  readonly written: Readonly<Partial<Record<Adapted, { readonly factor: number; readonly value: number }>>>;
  /** Latest outcomes, oldest first. */
  readonly recent: readonly number[];
  /** How many there have been, and how many when min_signal_quality was last moved because somebody asked. */
  readonly heard: number;
  readonly stepped: number;
  /** Latest outcomes by regime, of trades that were opened without the set of that regime, oldest first. */
  readonly without: Readonly<Partial<Record<Regime, readonly number[]>>>;
  readonly watch: Watch | null;
  /** What is being written, stored before the first of it is; null: nothing. */
  readonly intended: { readonly regime: Regime; readonly moves: readonly Move[]; readonly at: number } | null;
  /** Until when a regime has no set. */
  readonly suspended: Readonly<Partial<Record<Regime, number>>>;
}
interface Watch {
  /** Outcomes without the set, latest first: the next one to compare with is the one at `pairs`. */
  readonly reference: readonly number[];
  readonly pairs: number;
  readonly course: SequentialCourse | null;
}

export const NOT_ADAPTED: AdaptationState = {
  regime: "unknown",
  since: 0,
  written: {},
  recent: [],
  heard: 0,
  stepped: 0,
  without: {},
  watch: null,
  intended: null,
  suspended: {},
};

export interface Move {
  readonly name: Adapted;
  readonly from: number;
  readonly to: number;
  readonly factor: number;
}

/** The factors of a regime now; none while it is suspended. */
export function factorsFor(
  sets: ParameterSets,
  family: Family,
  regime: Regime,
  state: AdaptationState,
  now: number,
): Factors {
  return now < (state.suspended[regime] ?? 0) ? {} : (sets[family][regime] ?? {});
}

export function coolingDown({ since }: AdaptationState, now: number): boolean {
  return since > 0 && now - since < COOL_DOWN_US;
}

/** What has to be written for the factors to be in force; `valueOf`: what is in force now, null: there is no such value. */
export function movesTo(
  factors: Factors,
  state: AdaptationState,
  valueOf: (name: Adapted) => number | null,
): readonly Move[] {
  return ADAPTED.flatMap((name) => {
    const from = valueOf(name);
    if (from === null) return [];
    const written = state.written[name];
    const own = written !== undefined && isSame(written.value, from) ? written.factor : 1;
    const factor = factors[name] ?? 1;
    const to = (from * factor) / own;
    return factor === own || to === from ? [] : [{ name, from, to, factor }];
  });
}

function isSame(value: number, from: number): boolean {
  return Math.abs(value - from) <= SAME * Math.abs(from);
}

/** Before any of `moves` is made. */
export function intending(
  state: AdaptationState,
  regime: Regime,
  moves: readonly Move[],
  now: number,
): AdaptationState {
  return { ...state, intended: { regime, moves, at: now } };
}

/** What was intended when the process died has been made as far as its values are in force: no factor counts twice. */
export function settled(state: AdaptationState, valueOf: (name: Adapted) => number | null): AdaptationState {
  const { intended } = state;
  if (intended === null) return state;
  const over = { ...state, intended: null };
  const made = intended.moves.filter(({ name, to }) => isSame(to, valueOf(name) ?? Number.NaN));
  return made.length === 0 ? over : adapted(over, intended.regime, made, intended.at, true);
}

/** After `moves` were made: outcomes from now on are compared with those of the same regime without them. */
export function adapted(
  state: AdaptationState,
  regime: Regime,
  moves: readonly Move[],
  now: number,
  watched: boolean,
): AdaptationState {
  const written = { ...state.written };
  for (const { name, factor, to } of moves) written[name] = { factor, value: to };
  const reference = state.without[regime]?.toReversed() ?? [];
  const watch = watched && reference.length >= REFERENCE_MIN ? { reference, pairs: 0, course: null } : null;
  return { ...state, regime, since: now, written, watch, intended: null };
}

export interface Observed {
  readonly state: AdaptationState;
  /** What speaks for taking the set back; null: nothing. */
  readonly worse: Readonly<Record<string, number>> | null;
}

/** Whether the set of its regime is in force. */
function hasSet({ written }: AdaptationState): boolean {
  return Object.values(written).some(({ factor }) => factor !== 1);
}

export type Heard = Pick<Outcome, "net" | "regime" | "openedAt">;

/** Outcomes in their order; several at once cost little more than one, whose lists are written anew. */
export function observe(state: AdaptationState, outcomes: readonly Heard[]): Observed {
  const [recent, without] = [[...state.recent], new Map<Regime, number[]>()];
  const comparison = hasSet(state) ? new Comparison(state.watch) : null;
  let { heard } = state;
  for (const { net, regime, openedAt } of outcomes) {
    if (!Number.isFinite(net)) continue;
    recent.push(net);
    heard += 1;
    // Opened before the latest change: with which settings, nobody knows any more.
    if (openedAt < state.since) continue;
    if (comparison !== null && regime === state.regime) {
      comparison.take(net);
      continue;
    }
    const before = without.get(regime) ?? [...(state.without[regime] ?? [])];
    before.push(net);
    without.set(regime, before);
  }
  const latest = Object.fromEntries([...without].map(([regime, nets]) => [regime, nets.slice(-REFERENCE_MAX)]));
  const lists = { recent: recent.slice(-RECENT_MAX), without: { ...state.without, ...latest } };
  const watch = comparison === null ? state.watch : comparison.watch;
  return { state: { ...state, ...lists, heard, watch }, worse: comparison?.worse ?? null };
}

/** Outcomes with a set against those without it, in pairs, as long as there are some. */
class Comparison {
  worse: Observed["worse"] = null;
  private readonly known: Watch | null;
  private readonly test: SequentialTest;
  private pairs: number;
  private over = false;

  constructor(known: Watch | null) {
    this.known = known;
    this.test = new SequentialTest(known?.course);
    this.pairs = known?.pairs ?? 0;
  }

  /** How it goes on; null: there is nothing more to compare with. */
  get watch(): Watch | null {
    const { known, pairs } = this;
    if (known === null || this.over) return null;
    return pairs === known.pairs ? known : { ...known, pairs, course: this.test.course() };
  }

  take(net: number): void {
    const before = this.over ? undefined : this.known?.reference[this.pairs];
    if (this.known === null || before === undefined) {
      this.over = true;
      return;
    }
    this.test.observe(net - before);
    this.pairs += 1;
    const { meanDifference, pValue, decided } = this.test.evidence();
    if (decided !== -1) return;
    const band = BAND * spread(this.known.reference);
    if (meanDifference > -band) return;
    this.worse = { pairs: this.pairs, mean_difference: meanDifference, p_value: pValue, guard_band: band };
  }
}

/** The set of the regime was taken back by `moves`. */
export function takenBack(state: AdaptationState, moves: readonly Move[], now: number): AdaptationState {
  const suspended = { ...state.suspended, [state.regime]: now + SUSPENDED_US };
  return { ...adapted(state, state.regime, moves, now, false), suspended };
}

/** Somebody took a value back; `own`: it was one of the set, whose regime then has none for SUSPENDED_US. */
export function undone(
  state: AdaptationState,
  value: unknown,
  now: number,
): { readonly state: AdaptationState; readonly own: boolean } {
  const numbers = typeof value === "object" && value !== null ? Object.values(value) : [value];
  const names = ADAPTED.filter((name) => {
    const written = state.written[name];
    return written !== undefined && written.factor !== 1 && numbers.includes(written.value);
  });
  if (names.length === 0) return { state, own: false };
  const written = Object.fromEntries(
    Object.entries(state.written).filter(([name]) => !names.includes(name as Adapted)),
  );
  const suspended = { ...state.suspended, [state.regime]: now + SUSPENDED_US };
  return { state: { ...state, written, suspended, watch: null }, own: true };
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
