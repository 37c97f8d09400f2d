// Planes on which an instance of a strategy has just opened a position, or has quotes standing: one stage for each way in
// which a kernel leaves. Symbols are those of the plane; every stage is made anew, and the same every time.
import * as layout from "../../assembly/layout.ts";
import { assetDefaults } from "../../src/domain/instrument.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { BarDrive, barsOf } from "./bars.ts";
import { PAIR, PairDrive } from "./pair-drive.ts";
import { cointegratedLogs } from "./paths.ts";
import { TestPlane } from "./plane.ts";
import { Random } from "./random.ts";
import { openTriangle } from "./triangle-plane.ts";

export interface Holding {
  readonly plane: TestPlane;
  readonly instance: number;
  /** The signals that opened it, one for each leg. */
  readonly opened: readonly SignalRecord[];
}

const SECOND = 1_000_000;
const MS = 1000;

/** Steps until the instance has opened something: its last signal is no exit. */
function until(plane: TestPlane, instance: number, steps: number, step: (index: number) => void): Holding {
  for (let index = 0; index < steps; index++) {
    step(index);
    const opened = plane.settle().filter((signal) => signal.instance === instance);
    if (opened.length > 0 && opened.every(({ action }) => action !== layout.ACTION_EXIT))
      return { plane, instance, opened };
  }
  throw new Error(`instance ${instance} opened nothing in ${steps} steps`);
}

function momentum(): Holding {
  const plane = new TestPlane();
  let price = 100;
  return until(plane, layout.MOMENTUM_RIDER, 200, () => {
    plane.pass(30_000);
    plane.trade("BTCUSD", (price *= 1.002));
  });
}

/** A close beyond the channel of twenty-one quiet bars. */
function breakout(): Holding {
  const drive = new BarDrive("breakout_strategy");
  const closes = [...Array.from({ length: 21 }, (_, t) => 100 + (t % 2) * 0.02), 101];
  const bars = barsOf(closes, 0.001, (t) => (t < 21 ? 10 : 30));
  return until(drive.plane, drive.instance, bars.length, (index) => {
    drive.plane.pass(60_000 * MS);
    drive.plane.bar("X", bars[index] ?? [], 60_000);
  });
}

/** A book that jitters, with prints that reach exponentially far. */
function quoting(instance: number): Holding {
  const plane = new TestPlane();
  const random = new Random(8);
  let mid = 100;
  return until(plane, instance, 4_000, () => {
    plane.pass(100 * MS);
    mid += 0.002 * random.normal();
    plane.quote("BTCUSD", mid - 0.02, mid + 0.02, plane.clock, [2, 1]);
    const reach = -Math.log(1 - random.next()) / 25;
    plane.trade("BTCUSD", mid + (random.next() < 0.5 ? reach : -reach));
  });
}

/** Bars of three minutes, then, when a fill is wanted, a trade through the bid. */
function responsive(filled: boolean): Holding {
  const plane = new TestPlane();
  const random = new Random(5);
  let price = 100;
  const holding = until(plane, layout.VOLATILITY_RESPONSIVE_MM, 60, (bar) => {
    plane.pass(180 * SECOND);
    const before = price;
    price *= Math.exp(0.0005 * Math.sin(bar / 9) + 0.002 * random.normal());
    const [high, low] = [Math.max(before, price) * 1.001, Math.min(before, price) / 1.001];
    plane.bar("BTCUSD", [before, high, low, price, 10], 180_000);
  });
  if (!filled) return holding;
  plane.pass(SECOND);
  plane.trade("BTCUSD", holding.opened[0]?.values[0] ?? 0);
  plane.settle();
  return holding;
}

function pair(): Holding {
  const drive = new PairDrive();
  const prices = cointegratedLogs({ seed: 80, length: 900, keep: 0.6 }).map((logs) => logs.map(Math.exp));
  for (let bar = 0; bar < 900; bar++) {
    const { signals } = drive.bar(prices.map((path) => path[bar] ?? 0));
    if (drive.lane(PAIR.side) !== 0) return { plane: drive.plane, instance: drive.instance, opened: signals };
  }
  throw new Error("the pair opened nothing");
}

function cointegration(): Holding {
  const plane = new TestPlane();
  const names = ["AAA", "BBB"];
  const symbols = names.map((name) => plane.symbol(name));
  for (const id of [layout.COINTEGRATION_MODEL, layout.PAIRS_TRADING]) plane.instances.remove(id);
  const parameters = { window: 250 };
  const added = plane.instances.add({ strategy: "cointegration_model", symbols, parameters, strategyId: null });
  if (!added.ok) throw new Error(added.failure.code);
  const logs = cointegratedLogs({ seed: 42, length: 900, keep: 0.8 });
  return until(plane, added.value.id, 900, (bar) => {
    plane.pass(SECOND);
    names.forEach((name, leg) => plane.trade(name, Math.exp(logs[leg]?.[bar] ?? 0)));
  });
}

/** One euro comes back as 1.0025; `quote` says so once more. */
export function cycle(parameters: Readonly<Record<string, number>> = {}): Holding & { readonly quote: () => void } {
  const plane = openTriangle();
  plane.instances.change(layout.TRIANGULAR_ARBITRAGE, parameters);
  const quote = (): void => {
    plane.quote("EURUSD", 1.25, 1.25, plane.clock, [1e6, 1e6]);
    plane.quote("BTCUSD", 50_000, 50_000, plane.clock, [100, 100]);
    plane.quote("BTCEUR", 40_100, 40_100, plane.clock, [100, 100]);
  };
  return { ...until(plane, layout.TRIANGULAR_ARBITRAGE, 1, quote), quote };
}

/** A perpetual that pays 0.05 % every eight hours, against spot. */
function carry(): Holding {
  const plane = new TestPlane();
  const base = assetDefaults("crypto");
  plane.instruments.set(plane.symbol("BTCUSDT"), { ...base, fields: { ...base.fields, taker_fee_bps: 5 } });
  const quote = (venue: number, price: number): void =>
    plane.venueQuote(venue, "BTCUSDT", price * (1 - 1e-5), price * (1 + 1e-5));
  for (let tick = 0; tick < 400; tick++) {
    quote(1, 100);
    quote(2, tick % 2 === 0 ? 100.1 : 99.9);
    plane.settle();
  }
  for (let settlement = 0; settlement < 12; settlement++) {
    plane.pass(8 * 3_600 * SECOND);
    plane.funding(2, "BTCUSDT", 0.0005, 8);
  }
  return until(plane, layout.FUNDING_RATE_ARBITRAGE, 2, (index) => quote(1 + index, 100));
}

/** Venue 1 moves, venue 2 repeats it 150 ms later. */
function lead(): Holding {
  const plane = new TestPlane({ cooldownUs: 100_000 });
  const base = assetDefaults("crypto");
  const fields = { ...base.fields, taker_fee_bps: 0, tick_size: 1e-4 };
  plane.instruments.set(plane.symbol("BTCUSD"), { ...base, fields });
  const random = new Random(4);
  let log = 0;
  const quote = (venue: number): void => {
    const middle = 100 * Math.exp(log);
    plane.venueQuote(venue, "BTCUSD", middle * (1 - 1e-5), middle * (1 + 1e-5));
  };
  return until(plane, layout.LATENCY_ARBITRAGE, 4_000, (step) => {
    const leads = step % 2 === 0;
    plane.pass(leads ? 200 * MS : 150 * MS);
    if (step % 60 === 0) plane.beat(layout.TIER_FAST);
    if (leads) log += 0.001 * random.normal();
    quote(leads ? 1 : 2);
  });
}

export const HOLDINGS: readonly { readonly name: string; readonly make: () => Holding; readonly legs: number }[] = [
  { name: "momentum_rider", make: momentum, legs: 1 },
  { name: "breakout_strategy", make: breakout, legs: 1 },
  { name: "spread_adjuster", make: () => quoting(layout.SPREAD_ADJUSTER), legs: 1 },
  { name: "adaptive_quote", make: () => quoting(layout.ADAPTIVE_QUOTE), legs: 1 },
  { name: "volatility_responsive_mm with quotes", make: () => responsive(false), legs: 1 },
  { name: "volatility_responsive_mm with a fill", make: () => responsive(true), legs: 1 },
  { name: "pairs_trading", make: pair, legs: 2 },
  { name: "cointegration_model", make: cointegration, legs: 2 },
  { name: "triangular_arbitrage", make: () => cycle(), legs: 3 },
  { name: "funding_rate_arbitrage", make: carry, legs: 1 },
  { name: "latency_arbitrage", make: lead, legs: 1 },
];
