// Markets on which a user's strategy is tried before anybody looks at its figures: small, odd, and the same every time.
// All of them could be real: prices are positive and finite, because nothing else ever reaches a strategy. Pure.
import { Random } from "../domain/random.ts";
import { type History, memoryHistory, syntheticHistory, type Table } from "../history/history.ts";

export interface TestMarket {
  /** Ends a sentence that begins with "it survives". */
  readonly name: string;
  readonly history: History;
}

const START_US = 1_735_689_600e6; // 2025-01-01
const BAR_MS = 300_000;
/** Events of an odd market; a multiple of four. */
const BARS = 400;
const ORDINARY_DAYS = 6;
const SEED = 20_250_824;

/** Some days of bars with trends and noise. `share`: of the usual length. */
export function ordinaryMarket(symbols: readonly string[], share = 1): History {
  return syntheticHistory({ seed: SEED, days: Math.ceil(ORDINARY_DAYS * share), intervalMs: BAR_MS, symbols });
}

export function oddMarkets(symbols: readonly string[], share = 1): readonly TestMarket[] {
  const bars = 2 * Math.ceil((BARS * share) / 2);
  const market = (name: string, price: Price, options: Partial<Odd> = {}): TestMarket => {
    const tables = symbols.map((symbol, place) =>
      barsOf(symbol, price, { ...USUAL, bars, ...options, seed: place + 1 }),
    );
    return { name, history: memoryHistory(tables) };
  };
  const walk: Price = (before, random) => before * (1 + 0.004 * (random.next() - 0.5));
  return [
    market("a price that never moves", () => 100),
    market("a rise without an end", (before) => before * 1.002),
    market("a fall without an end", (before) => before * 0.998),
    market("a crash to a tenth", (before, _, bar) => (bar === bars / 2 ? before / 10 : before)),
    market("prices that double and halve", (before, _, bar) => (bar % 2 === 0 ? before * 2 : before / 2)),
    market("huge prices", walk, { first: 1e12 }),
    market("tiny prices", walk, { first: 1e-9 }),
    market("bars without volume", walk, { volume: 0 }),
    market("gaps of days", walk, { gapEvery: 40 }),
    market("a single bar", walk, { bars: 1 }),
    {
      name: "quotes and trades",
      history: memoryHistory(symbols.flatMap((symbol, place) => ticksOf(symbol, place, bars))),
    },
  ];
}

/** Bars for a long run: how much a strategy needs shows only after a while. */
export function longMarket(symbols: readonly string[], events: number): History {
  const days = Math.ceil((events * BAR_MS) / symbols.length / 86_400_000);
  return syntheticHistory({ seed: SEED, days, intervalMs: BAR_MS, symbols });
}

type Price = (before: number, random: Random, bar: number) => number;
interface Odd {
  readonly first: number;
  readonly volume: number;
  readonly bars: number;
  /** Bars between two gaps of three days; 0: none. */
  readonly gapEvery: number;
  readonly seed: number;
}
const USUAL: Odd = { first: 100, volume: 1_000, bars: BARS, gapEvery: 0, seed: 1 };
const GAP_US = 3 * 86_400e6;

function barsOf(symbol: string, price: Price, { first, volume, bars, gapEvery, seed }: Odd): Table {
  const random = new Random(seed);
  const columns: number[][] = [[], [], [], [], []];
  const times: number[] = [];
  let before = first;
  let gap = 0;
  for (let bar = 0; bar < bars; bar++) {
    if (gapEvery > 0 && bar % gapEvery === gapEvery - 1) gap += GAP_US;
    const close = price(before, random, bar);
    const row = [before, Math.max(before, close), Math.min(before, close), close, volume];
    row.forEach((value, column) => columns[column]?.push(value));
    times.push(START_US + bar * BAR_MS * 1_000 + gap);
    before = close;
  }
  return { symbol, kind: "bar", intervalMs: BAR_MS, time: times, columns, synthetic: true };
}

function ticksOf(symbol: string, place: number, ticks: number): readonly Table[] {
  const random = new Random(place + 77);
  const quotes: number[][] = [[], [], [], []];
  const trades: number[][] = [[], []];
  const times: number[] = [];
  let price = 100;
  for (let tick = 0; tick < ticks; tick++) {
    price *= 1 + 0.001 * (random.next() - 0.5);
    [price * 0.9999, price * 1.0001, random.next(), random.next()].forEach((value, at) => quotes[at]?.push(value));
    [price, random.next()].forEach((value, at) => trades[at]?.push(value));
    times.push(START_US + tick * 1e6);
  }
  const quote: Table = { symbol, kind: "quote", time: times, columns: quotes, synthetic: true };
  return [quote, { ...quote, kind: "trade", time: times.map((time) => time + 1e5), columns: trades }];
}
