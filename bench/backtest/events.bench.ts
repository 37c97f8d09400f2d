// The simulated venue over a million bars: decisions of a moving-average cross, entries with a stop and a target that
// work meanwhile, fees, slippage off; against a plain loop that does the same with floats for one rule. Both must come
// to the same equity before anything is timed. Also quotes, with two orders that rest.
import { freeTerms, NO_COSTS, Simulation } from "../../src/simulation/simulation.ts";
import { isAsked } from "../enough.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, measure } from "../runner.ts";
import { plainTrading } from "../plain/trading.ts";
import { tradedBars, type TradedBars } from "./traded-bars.ts";

const BARS = 1_000_000;
const SEED = 21;
const [FAST, SLOW] = [10, 30];
const CAPITAL = 1_000_000;
const SIZE = 100_000;
const FEE_BPS = 1;
const [STOP, TAKE] = [0.98, 1.03];
const MINUTE_US = 60_000_000;
const OPTIONS = { rounds: 7, taskMs: 1, warmupMs: 1, calls: 2 };
const QUOTES = "simulation: quotes with two resting orders";
/** Rounding of each fill to the millionth, over all fills. */
const CENTS = 0.5;

export async function run(): Promise<readonly Result[]> {
  const bars = tradedBars(BARS, SEED, FAST, SLOW);
  const own = simulated(bars);
  const plain = plainTrading(bars, CAPITAL, SIZE, FEE_BPS / 10_000, STOP, TAKE);
  if (Math.abs(own.equity - plain.equity) > CENTS || own.trades !== plain.trades)
    throw new Error(`the simulation ends with ${JSON.stringify(own)}, the loop with ${JSON.stringify(plain)}`);
  const note = `${BARS} bars, seed ${SEED}, SMA ${FAST}/${SLOW}, ${own.trades} trades, stop ${STOP}, target ${TAKE}`;
  const bar = await compare(
    { label: "simulation", operations: BARS, run: () => simulated(bars) },
    {
      label: "plain loop",
      operations: BARS,
      run: () => plainTrading(bars, CAPITAL, SIZE, FEE_BPS / 10_000, STOP, TAKE),
    },
    {
      ...OPTIONS,
      name: "simulation: bars with orders / plain loop",
      note,
      fingerprint: fingerprintOf(Float64Array.of(own.equity), own.trades),
    },
  );
  if (!isAsked(QUOTES)) return [bar];
  const quote = await measure(
    { label: "simulation", operations: BARS, run: () => quoted(bars) },
    { ...OPTIONS, name: QUOTES, note: `${BARS} quotes, seed ${SEED}` },
  );
  return [bar, quote];
}

function simulation(count: { trades: number }): Simulation {
  return new Simulation({
    capital: CAPITAL,
    costs: { ...NO_COSTS, takerBps: FEE_BPS, makerBps: FEE_BPS },
    instruments: [freeTerms("S")],
    onTrade: () => void count.trades++,
  });
}

function simulated({ open, high, low, close, volume, crossed }: TradedBars) {
  const count = { trades: 0 };
  const venue = simulation(count);
  const bracket = { stop: STOP, target: TAKE, of: "entry" } as const;
  for (let bar = 0; bar < open.length; bar++) {
    const price = close[bar] ?? 0;
    const start = bar * MINUTE_US;
    venue.bar(0, start, start + MINUTE_US, open[bar] ?? 0, high[bar] ?? 0, low[bar] ?? 0, price, volume[bar] ?? 0);
    const cross = crossed[bar] ?? 0;
    if (cross === 0) continue;
    const held = venue.held(0);
    if (cross > 0 && held === 0)
      venue.submit({ symbol: 0, side: "buy", kind: "market", quantity: SIZE / price, bracket });
    else if (cross < 0 && held > 0)
      venue.submit({ symbol: 0, side: "sell", kind: "market", quantity: held, reduceOnly: true });
  }
  return { equity: venue.equity(), trades: count.trades };
}

/** Two orders far from the market, which every quote is looked at for. */
function quoted({ close }: TradedBars): number {
  const venue = simulation({ trades: 0 });
  venue.quote(0, 0, 99, 101, 1, 1);
  venue.submit({ symbol: 0, side: "buy", kind: "limit", limit: 1e-3, quantity: 1 });
  venue.submit({ symbol: 0, side: "sell", kind: "limit", limit: 1e9, quantity: 1 });
  for (let step = 0; step < close.length; step++) {
    const price = close[step] ?? 0;
    venue.quote(0, step + 1, price, price * 1.0001, 10, 10);
  }
  return venue.equity();
}
