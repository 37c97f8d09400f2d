// Regimes of many symbols together: of an asset class, and of the market. Pure: the same members and the same answer
// before give the same answer. Times are engine clock, microseconds.
//
// Weight of a symbol among all: 1 / sqrt(symbols of its asset class), so five hundred stocks count for more than two
// currencies, but are not the market alone; within its class every symbol weighs the same. Both times its recency: 1 up to
// RECENT bars without a sample, from there in a straight line to 0 at SILENT bars. Who is silent for longer is not counted
// among the symbols at all: stocks say nothing of a Sunday. Symbols whose regime is unknown have no voice.
//   mass of a regime   = sum of weight x probability over the symbols that are in it, over the sum of all weights that speak
//   breadth            = (weight trending up - weight trending down) / weight that speaks, -1..1
//   a trend is common: the mass of trending is multiplied by (1 + |up - down| / (up + down)) / 2, so that symbols that
//   trend against each other count half
//   unknown while less than a quarter of the symbols that are not silent speaks
// Hysteresis: another regime takes over when its mass is greater by MARGIN than that of the one before.
import type { Regime } from "../domain/regime.ts";

export interface SymbolRegime {
  readonly symbol: string;
  readonly asset: string;
  readonly regime: Regime;
  readonly probability: number;
  readonly since: number;
  /** Of a trend: 1 up, -1 down; else 0. */
  readonly side: number;
  /** Bars since its last sample. */
  readonly quietBars: number;
}

export interface GroupRegime {
  readonly regime: Regime;
  /** Mass of the regime, 0..1. */
  readonly probability: number;
  readonly since: number;
  readonly breadth: number;
  /** Symbols that speak. */
  readonly symbols: number;
}

/** What was in force before; of the answer only this part outlives a restart. */
export type GroupBefore = Pick<GroupRegime, "regime" | "since">;

export interface MarketRegimes {
  readonly market: GroupRegime;
  /** By asset class, those that have a symbol. */
  readonly classes: ReadonlyMap<string, GroupRegime>;
}

const MARGIN = 0.1;
const QUORUM = 0.25;
const RECENT = 30;
const SILENT = 120;
const NAMED = ["trending", "ranging", "volatile", "calm"] as const;
const NOTHING: GroupBefore = { regime: "unknown", since: 0 };

/** `before`: by asset class, and "" for the market. */
export function marketRegimes(
  all: readonly SymbolRegime[],
  before: ReadonlyMap<string, GroupBefore>,
  now: number,
): MarketRegimes {
  const symbols = all.filter((symbol) => recency(symbol) > 0);
  const members = new Map<string, SymbolRegime[]>();
  for (const symbol of symbols) {
    const known = members.get(symbol.asset);
    if (known === undefined) members.set(symbol.asset, [symbol]);
    else known.push(symbol);
  }
  const weight = (member: SymbolRegime): number => recency(member) / Math.sqrt(members.get(member.asset)?.length ?? 1);
  const market = groupRegime(symbols, weight, before.get("") ?? NOTHING, now);
  const classes = new Map<string, GroupRegime>();
  for (const asset of [...members.keys()].toSorted()) {
    classes.set(asset, groupRegime(members.get(asset) ?? [], recency, before.get(asset) ?? NOTHING, now));
  }
  return { market, classes };
}

function recency({ quietBars }: SymbolRegime): number {
  return Math.min(1, Math.max(0, (SILENT - quietBars) / (SILENT - RECENT)));
}

function groupRegime(
  members: readonly SymbolRegime[],
  weight: (member: SymbolRegime) => number,
  before: GroupBefore,
  now: number,
): GroupRegime {
  const mass = { trending: 0, ranging: 0, volatile: 0, calm: 0 };
  let [speaking, up, down, symbols] = [0, 0, 0, 0];
  for (const member of members) {
    if (member.regime === "unknown") continue;
    const one = weight(member);
    mass[member.regime] += one * member.probability;
    speaking += one;
    symbols += 1;
    if (member.side > 0) up += one;
    else if (member.side < 0) down += one;
  }
  const silent: GroupRegime = { regime: "unknown", probability: 0, since: now, breadth: 0, symbols };
  if (symbols < QUORUM * members.length || symbols === 0)
    return before.regime === "unknown" ? { ...silent, since: before.since } : silent;
  if (up + down > 0) mass.trending *= (1 + Math.abs(up - down) / (up + down)) / 2;
  const leader = NAMED.reduce((best, regime) => (mass[regime] > mass[best] ? regime : best), NAMED[0]);
  const held = before.regime === "unknown" ? null : before.regime;
  const stays = held !== null && mass[leader] - mass[held] <= MARGIN * speaking;
  const regime = stays ? held : leader;
  const since = stays ? before.since : held === null && before.since === 0 ? firstSince(members, leader, now) : now;
  return { regime, probability: mass[regime] / speaking, since, breadth: (up - down) / speaking, symbols };
}

/** When nothing was in force: since when half of those that say so have said it. */
function firstSince(members: readonly SymbolRegime[], regime: Regime, now: number): number {
  const times = members.filter((member) => member.regime === regime).map(({ since }) => since);
  return times.toSorted((one, other) => one - other)[times.length >> 1] ?? now;
}
