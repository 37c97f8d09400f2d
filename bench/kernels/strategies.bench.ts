// All 18 strategies at once. A cycle is what a second of a market asks for: a quote of each symbol (the strategies of
// books are evaluated as it arrives) and the beat that closes all bars (the other fast and tactical ones, and all
// pairs). Strategic work is spread over the fast beats in between. The screen of all pairs, which finds pairs for the
// default instances, is left out of the cycle and shown beside it. Figures in one run on one thread.
import * as layout from "../../assembly/layout.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";
import { FullPlane, PAIR_WINDOW } from "./full-plane.ts";

const SYMBOLS = 1_000;
const PAIRS = 1_000;
const MANY_SYMBOLS = 16_000;
/** As many symbols, and pairs, as keep their state in the second-level cache. */
const FEW_SYMBOLS = 64;
const INSTANCES = 10_000;
const WARM_SECONDS = 130;
const TIMED_SECONDS = 360;
const FAST_BEATS = 9;
const HALF_US = 500_000;
const SPREAD_OVER = ["mean_reversion", "breakout_strategy", "moving_average_crossover", "momentum_rider"] as const;

export function run(): Promise<readonly Result[]> {
  return Promise.resolve([...everything(), inCache(), screened(), many(), registered()]);
}

/** Seconds of market data: cycle by cycle, and the fast beats between them. */
function everything(): readonly Result[] {
  const plane = new FullPlane({ symbols: SYMBOLS, pairs: PAIRS, screened: 2 });
  const cycles: number[] = [];
  const beats: number[] = [];
  const passes: number[] = [];
  const quotes: number[] = [];
  const warm = PAIR_WINDOW + WARM_SECONDS;
  for (let second = 0; second < warm + TIMED_SECONDS; second++) {
    plane.trades();
    plane.quotes(1);
    plane.drain();
    plane.quotes(2);
    const arrivals = plane.drain();
    plane.beat(layout.TIER_TACTICAL, HALF_US);
    const pass = plane.drain();
    const between: number[] = [];
    for (let beat = 0; beat < FAST_BEATS; beat++) {
      plane.beat(layout.TIER_FAST, 0);
      between.push(plane.drain());
    }
    if (second < warm) continue;
    cycles.push(arrivals + pass);
    passes.push(pass);
    quotes.push(arrivals / SYMBOLS);
    beats.push(...between);
  }
  const note = `${SYMBOLS} symbols, ${PAIRS} pairs, all default instances; ${TIMED_SECONDS} seconds of market data, seed 31`;
  const mean = beats.reduce((sum, time) => sum + time, 0) / beats.length;
  return [
    one(
      "cycle: twelve strategies, 1,000 symbols, 1,000 pairs",
      figureOfLatencies("quotes and beat", cycles),
      note,
      plane,
    ),
    one("cycle: the beat that closes all bars", figureOfLatencies("beat", passes), note, plane),
    one("event: quote through all default instances", figureOfLatencies("drain", quotes), note, plane),
    one(
      "strategic work in a fast beat",
      figureOfLatencies("beat", beats),
      `${note}; mean ${Math.round(mean)} ns`,
      plane,
    ),
  ];
}

/** The same cycle, one behind the other, where no state has to be fetched: what the formulas themselves take. */
function inCache(): Result {
  const plane = new FullPlane({ symbols: FEW_SYMBOLS, pairs: FEW_SYMBOLS, screened: 2 });
  const cycles: number[] = [];
  const warm = PAIR_WINDOW + WARM_SECONDS;
  for (let second = 0; second < warm + TIMED_SECONDS; second++) {
    plane.trades();
    plane.quotes(1);
    plane.drain();
    plane.quotes(2);
    const arrivals = plane.drain();
    plane.beat(layout.TIER_TACTICAL, HALF_US);
    const cycle = arrivals + plane.drain();
    if (second >= warm) cycles.push(cycle / FEW_SYMBOLS);
  }
  const note = `${FEW_SYMBOLS} symbols and pairs; ${TIMED_SECONDS} seconds of market data; a symbol with its quote, and a pair`;
  return one("cycle: twelve strategies, state in cache", figureOfLatencies("symbol and pair", cycles), note, plane);
}

/** The same beat with the screen of all pairs of 512 symbols. */
function screened(): Result {
  const plane = new FullPlane({ symbols: SYMBOLS, pairs: PAIRS });
  const passes: number[] = [];
  for (let second = 0; second < 2 * WARM_SECONDS; second++) {
    plane.trades();
    plane.quotes(1);
    plane.drain();
    plane.beat(layout.TIER_FAST | layout.TIER_TACTICAL, HALF_US);
    const pass = plane.drain();
    if (second >= WARM_SECONDS) passes.push(pass);
  }
  const note = `${SYMBOLS} symbols, ${PAIRS} pairs, all default instances, and the 130,816 pairs of the screen`;
  return one("cycle: the same beat with the all-pairs screen", figureOfLatencies("beat", passes), note, plane);
}

/** Everything due on many symbols. */
function many(): Result {
  const plane = new FullPlane({ symbols: MANY_SYMBOLS, pairs: PAIRS, screened: 2 });
  const passes: number[] = [];
  for (let second = 0; second < 24; second++) {
    plane.trades();
    plane.quotes(1);
    plane.drain();
    plane.beat(layout.TIER_FAST | layout.TIER_TACTICAL, HALF_US);
    const pass = plane.drain();
    if (second >= 8) passes.push(pass);
  }
  const note = `${MANY_SYMBOLS} symbols, ${PAIRS} pairs, all default instances; 16 beats`;
  return one("cycle: everything due, 16,000 symbols", figureOfLatencies("beat", passes), note, plane);
}

/** Ten thousand instances that somebody registered, ten to a symbol. */
function registered(): Result {
  const plane = new FullPlane({ symbols: SYMBOLS, pairs: 0, instances: INSTANCES, screened: 2 });
  const before = plane.stateBytes();
  for (let index = 0; index < INSTANCES; index++) {
    plane.add(SPREAD_OVER[index % SPREAD_OVER.length] ?? SPREAD_OVER[0], [Math.floor(index / 10) % SYMBOLS]);
  }
  const each = (plane.stateBytes() - before) / INSTANCES;
  const passes: number[] = [];
  for (let second = 0; second < 60; second++) {
    plane.trades();
    plane.beat(layout.TIER_FAST | layout.TIER_TACTICAL, HALF_US);
    const pass = plane.drain();
    if (second >= 20) passes.push(pass);
  }
  const note = `${INSTANCES} registered beside the default ones, ${SYMBOLS} symbols; ${Math.round(each)} bytes of state each`;
  return one("cycle: 10,000 registered instances", figureOfLatencies("beat", passes), note, plane);
}

/** The fingerprint is of all state behind the last event. */
function one(name: string, figure: Result["pairs"][number], note: string, plane: FullPlane): Result {
  return { name, pairs: [figure], ratio: 1, note, fingerprint: plane.hash() };
}
