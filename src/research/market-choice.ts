// Which market a run is made on when nobody imported one for it: recorded history where every symbol has enough bars,
// else a synthetic one of the same names, and always said which. Both are read in the thread that runs.
import type { StrategyType } from "../domain/strategies.ts";
import { US_PER_MS, type EpochUs } from "../domain/units.ts";
import { type Dataset, type History, syntheticHistory } from "../history/history.ts";

export interface MarketWanted {
  readonly types: readonly Pick<StrategyType, "legs">[];
  /** Null: all that have history. */
  readonly symbols: readonly string[] | null;
  readonly spanMs: number;
  /** Bars of a synthetic market. */
  readonly intervalMs: number;
}

export interface MarketChoice {
  readonly history: History;
  readonly symbols: readonly string[];
  readonly source: "history" | "synthetic";
  readonly from: EpochUs;
  readonly to: EpochUs;
  /** Why a made-up market stands for symbols that were named; null: it does not, or nobody looked for history. */
  readonly standsIn: string | null;
}

/** Bars of a symbol below which its history does not count (api: validation of strategies). */
const BARS_MIN = 200;
const SYMBOLS_MAX = 64;
/** Symbols that have history, in a sentence. */
const KNOWN_SHOWN = 5;
const SEED = 20_250_824;
const DAY_MS = 86_400_000;
/** By the number of legs; a cycle of currencies for three. */
const DEFAULT_NAMES: Readonly<Record<number, readonly string[]>> = {
  1: ["BTCUSD"],
  2: ["BTCUSD", "ETHUSD"],
  3: ["BTCUSD", "BTCEUR", "EURUSD"],
};

export function chooseMarket(recorded: History | null, wanted: MarketWanted): MarketChoice {
  const all = recorded?.list() ?? [];
  const enough = enoughBars(all);
  const several = wanted.types.some(({ legs }) => legs[1] > 1);
  // Which of them would be the legs is nobody's business but the caller's.
  const found = several ? [] : [...enough].slice(0, SYMBOLS_MAX);
  const named = wanted.symbols ?? found;
  if (recorded !== null && named.length > 0 && named.every((symbol) => enough.has(symbol))) {
    const own = all.filter(({ symbol }) => named.includes(symbol));
    const to = Math.max(...own.map((dataset) => dataset.to + dataset.intervalMs * US_PER_MS)) + 1;
    const from = to - wanted.spanMs * US_PER_MS;
    return { history: recorded, symbols: named, source: "history", from, to, standsIn: null };
  }
  const legs = Math.max(1, ...wanted.types.map((type) => type.legs[0]));
  const symbols = wanted.symbols ?? DEFAULT_NAMES[legs] ?? [];
  const days = Math.ceil(wanted.spanMs / DAY_MS);
  const history = syntheticHistory({ seed: SEED, days, intervalMs: wanted.intervalMs, symbols });
  const [first] = history.list();
  const to = (first?.to ?? 0) + wanted.intervalMs * US_PER_MS + 1;
  const standsIn = recorded === null || wanted.symbols === null ? null : absence(wanted.symbols, enough, all);
  return { history, symbols, source: "synthetic", from: to - wanted.spanMs * US_PER_MS, to, standsIn };
}

function absence(named: readonly string[], enough: ReadonlySet<string>, all: readonly Dataset[]): string {
  const missing = named.filter((symbol) => !enough.has(symbol));
  const few = missing.every((symbol) => all.some((one) => one.symbol === symbol));
  const known = [...enough].toSorted();
  const others = known.length > KNOWN_SHOWN ? ` and ${known.length - KNOWN_SHOWN} more` : "";
  const there =
    known.length === 0 ? "there is none of any" : `history of: ${known.slice(0, KNOWN_SHOWN).join(", ")}${others}`;
  const what = few ? `fewer than ${BARS_MIN} bars of history` : "no history";
  return `${what} for ${missing.join(", ")} (${there}): a made-up market stands for it`;
}

function enoughBars(datasets: readonly Dataset[]): ReadonlySet<string> {
  return new Set(datasets.filter(({ kind, rows }) => kind === "bar" && rows >= BARS_MIN).map(({ symbol }) => symbol));
}
