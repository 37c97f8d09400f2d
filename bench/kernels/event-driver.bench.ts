// The event driver: what one event costs, from the ring through all that it concerns. With the engine's own instances
// on one symbol and on a thousand; and the same work in windows of different lengths, because the cost of an event must
// not grow with the window. The reference for M is the slow twin; batches of any size must leave the same state.
import * as layout from "../../assembly/layout.ts";
import { momentumTwin } from "../../test/support/twins/momentum-rider.ts";
import { isAsked } from "../enough.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, measure, type Side } from "../runner.ts";
import { BATCH, EventPlane } from "./event-plane.ts";

const SHORT = [2, 3, 4] as const;
const LONG = [300, 400, 511] as const;
const WEIGHTS = [0.5, 0.3, 0.2] as const;
const MANY_SYMBOLS = 1_000;
const INSTANCES = 20;
const SHARED = `event: momentum, per instance, ${INSTANCES} / 1 on a symbol`;
const SEED = 11;
const TOLERANCE = 1e-9;
const OPTIONS = { rounds: 9, taskMs: 20, warmupMs: 100 };
const NOTE = `batches of ${BATCH} events, 10 µs apart, seed ${SEED}`;

export async function run(): Promise<readonly Result[]> {
  const states = [checkBatches(layout.KIND_TRADE), checkBatches(layout.KIND_QUOTE)];
  const strengths = [SHORT, LONG].map(checkStrength);
  const fingerprint = fingerprintOf(...states, Float64Array.from(strengths));
  const results = await timed();
  return results.map((result) => ({ ...result, fingerprint }));
}

async function timed(): Promise<readonly Result[]> {
  const results = [
    await withDefaults("event: trade, one symbol", layout.KIND_TRADE, 1),
    await withDefaults("event: quote, one symbol", layout.KIND_QUOTE, 1),
    await withDefaults("event: trade, 1,000 symbols", layout.KIND_TRADE, MANY_SYMBOLS),
    await withDefaults("event: quote, 1,000 symbols", layout.KIND_QUOTE, MANY_SYMBOLS),
    await compare(momentum("horizons 300, 400, 511", LONG, 1), momentum("horizons 2, 3, 4", SHORT, 1), {
      ...OPTIONS,
      name: "event: momentum, long / short horizons",
      note: `${NOTE}; one instance; strength as the twin computes it`,
    }),
    await compare(group("window of 1,000 bars", 1_000), group("window of 250 bars", 250), {
      ...OPTIONS,
      name: "event: leg of a pair, long / short window",
      note: `${NOTE}; bars of 1 s: closing one, and the test behind it, is in the maximum, not in the median`,
    }),
  ];
  return isAsked(SHARED) ? [...results, await shared()] : results;
}

function shared(): Promise<Result> {
  const all = momentum(`${INSTANCES} instances, per instance`, LONG, INSTANCES);
  const note = `${NOTE}; what is the symbol's own is shared by its instances`;
  return compare(all, momentum("1 instance", LONG, 1), { ...OPTIONS, name: SHARED, note });
}

async function withDefaults(name: string, kind: Kind, symbols: number): Promise<Result> {
  const plane = new EventPlane(symbols, SEED, true);
  const result = await measure(side("drain", plane, kind, BATCH), {
    ...OPTIONS,
    name,
    note: `${NOTE}; the engine's own instances, symbols in random order`,
  });
  if (kind === layout.KIND_TRADE) plane.checkTrades();
  return result;
}

type Kind = typeof layout.KIND_TRADE | typeof layout.KIND_QUOTE;

function side(label: string, plane: EventPlane, kind: Kind, operations: number): Side {
  return { label, operations, prepare: () => plane.fill(kind), run: () => plane.drain() };
}

function momentum(label: string, horizons: readonly number[], instances: number): Side {
  return side(label, momentumPlane(horizons, instances), layout.KIND_TRADE, BATCH * instances);
}

function momentumPlane(horizons: readonly number[], instances: number): EventPlane {
  const plane = new EventPlane(1, SEED, false);
  const [short = 0, medium = 0, long = 0] = horizons;
  const parameters = {
    horizon_short: short,
    horizon_medium: medium,
    horizon_long: long,
    momentum_threshold: 100, // nothing reaches it: signals are not part of the comparison
  };
  for (let index = 0; index < instances; index++) {
    const added = plane.instances.add({ strategy: "momentum_rider", symbols: [0], parameters, strategyId: null });
    if (!added.ok) throw new Error(`no place for an instance: ${added.failure.code}`);
  }
  plane.drain();
  return plane;
}

/** A pair whose window is full. */
function group(label: string, window: number): Side {
  const plane = new EventPlane(2, SEED, false);
  const request = { strategy: "cointegration_model", symbols: [0, 1], parameters: { window }, strategyId: null };
  const added = plane.instances.add(request);
  if (!added.ok) throw new Error(`no place for a pair: ${added.failure.code}`);
  plane.drain();
  for (let bar = 0; bar <= window; bar++) {
    plane.fill(layout.KIND_TRADE);
    plane.drain();
    plane.pass(1_000_000);
  }
  return side(label, plane, layout.KIND_TRADE, BATCH);
}

/** The state must not depend on how many events are taken at a time. */
function checkBatches(kind: Kind): bigint {
  const [whole, parts] = [new EventPlane(5, SEED, true), new EventPlane(5, SEED, true)] as const;
  for (const [plane, limit] of [
    [whole, BATCH],
    [parts, 7],
  ] as const) {
    for (let batch = 0; batch < 3; batch++) {
      plane.fill(kind);
      plane.drain(limit);
    }
  }
  if (whole.hash() !== parts.hash()) throw new Error("the state depends on the size of the batches");
  return whole.hash();
}

function checkStrength(horizons: readonly number[]): number {
  const plane = momentumPlane(horizons, 1);
  const closes: number[] = [];
  plane.closes = closes;
  plane.fill(layout.KIND_TRADE);
  plane.drain();
  const expected = momentumTwin(closes, horizons, WEIGHTS).strength;
  const found = plane.strength(0);
  if (!(Math.abs(found - expected) < TOLERANCE)) throw new Error(`M is ${found}, its twin says ${expected}`);
  return found;
}
