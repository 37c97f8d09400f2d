// The look-ahead analysis: it catches what peeks and lets pass what does not.
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/domain/random.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { lookAheadFaults, momentsBetween, type SignalSource, warmUp } from "../../../src/research/look-ahead.ts";
import { signalSource } from "../../../src/research/research.ts";
import { barTable, FIVE_MINUTES, market, START, tickMarket } from "../../support/research.ts";

const BARS = 1_500;
const END = START + BARS * FIVE_MINUTES * 1_000;
const SYMBOLS = ["BTCUSD", "BTCEUR", "EURUSD"];
const CUTS = momentsBetween(START, END, 6, new Random(4));
const { columns, time } = barTable("BTCUSD", { bars: BARS });
const closes = columns[3] ?? [];

/** Buys at a close from which the price rises over the next `ahead` bars; 0 looks at the bar before instead. */
function reference(ahead: number): SignalSource {
  return ({ from = START, to = END }) => {
    const bars = Array.from(time, (at, bar) => ({ known: at + FIVE_MINUTES * 1_000, close: Number(closes[bar]) }));
    const seen = bars.filter(({ known }) => known >= from && known < to);
    const signals = seen.flatMap(({ known, close }, event) => {
      const other = seen[event + (ahead > 0 ? ahead : -1)]?.close ?? Number.NaN;
      const says = ahead > 0 ? other > close : close > other;
      return says ? [{ event, whole: `${known} ${close}`, gist: String(known), time: known }] : [];
    });
    return { signals, events: seen.length, rows: seen.length };
  };
}

/** `source` as it is, except that its signals leave out those that the future will prove wrong. */
function filtered(source: SignalSource): SignalSource {
  return (span) => {
    const tape = source(span);
    const priceAt = (at: number): number => Number(closes[Math.floor((at - START) / (FIVE_MINUTES * 1_000)) - 1]);
    const last = Math.min(span.to ?? END, END);
    const good = tape.signals.filter(({ time: at }) => priceAt(Math.min(at + 3e9, last - 1)) > priceAt(at));
    return { ...tape, signals: good };
  };
}

function sourceOf(strategy: string, symbols: readonly string[]): SignalSource {
  const opened = signalSource(market(SYMBOLS, { bars: BARS }), { strategy, parameters: {}, symbols, capital: 1 });
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  return opened.value.source;
}

describe("the look-ahead analysis", () => {
  it("catches a rule that knows the next bar, and one that knows the tenth from now", () => {
    expect(lookAheadFaults(reference(1), CUTS).length).toBeGreaterThan(0);
    expect(lookAheadFaults(reference(10), CUTS).length).toBeGreaterThan(3);
  });

  it("lets a rule pass that knows the bar before", () => {
    expect(reference(0)({}).signals.length).toBeGreaterThan(100);
    expect(lookAheadFaults(reference(0), CUTS)).toEqual([]);
  });

  it("catches a strategy whose signals were chosen by what came after them", () => {
    const honest = sourceOf("volatility_responsive_mm", ["BTCUSD"]);
    expect(lookAheadFaults(honest, CUTS)).toEqual([]);
    expect(lookAheadFaults(filtered(honest), CUTS).length).toBeGreaterThan(0);
  });

  it.each(STRATEGIES.map(({ name, legs }) => [name, legs[0]] as const))("finds nothing in %s", (name, legs) => {
    expect(lookAheadFaults(sourceOf(name, SYMBOLS.slice(0, legs)), CUTS)).toEqual([]);
  });

  it("finds nothing in spread_adjuster over a book of ticks", () => {
    const request = { strategy: "spread_adjuster", parameters: {}, symbols: ["BTCUSD"], capital: 1 };
    const opened = signalSource(tickMarket("BTCUSD"), request);
    if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
    const { source, from, to } = opened.value;
    expect(source({}).signals.length).toBeGreaterThan(3);
    expect(lookAheadFaults(source, momentsBetween(from, to, 5, new Random(6)))).toEqual([]);
  });

  it("finds nothing in macro_trend_tracker over daily bars", () => {
    const daily = market(["SPY"], { bars: 700, intervalMs: 86_400_000, seed: 2 });
    const request = { strategy: "macro_trend_tracker", parameters: {}, symbols: ["SPY"], capital: 1 };
    const opened = signalSource(daily, request);
    if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
    const { source, from, to } = opened.value;
    expect(source({}).signals.length).toBeGreaterThan(0);
    expect(lookAheadFaults(source, momentsBetween(from, to, 8, new Random(6)))).toEqual([]);
  });

  it("has signals to look at from strategies that live on bars", () => {
    const speaking = ["momentum_rider", "breakout_strategy", "moving_average_crossover", "volatility_responsive_mm"];
    for (const name of speaking) expect(sourceOf(name, ["BTCUSD"])({}).signals.length).toBeGreaterThan(3);
  });
});

describe("the warm-up analysis", () => {
  it("counts the rows after which a later beginning makes no difference", () => {
    const starts = momentsBetween(START, START + (END - START) / 2, 3, new Random(5));
    expect(warmUp(reference(0), starts, END).rows).toBeLessThanOrEqual(1);
    const crossover = warmUp(sourceOf("moving_average_crossover", ["BTCUSD"]), starts, END);
    expect(crossover.rows).toBeGreaterThan(10);
    expect(crossover.rows).toBeLessThan(700);
  });

  it("says that something never settles", () => {
    const drifting: SignalSource = (span) => {
      const tape = reference(0)(span);
      return { ...tape, signals: tape.signals.map((one, place) => ({ ...one, gist: `${one.gist} ${place}` })) };
    };
    expect(warmUp(drifting, [START + (END - START) / 4], END).rows).toBeNull();
  });
});
