// A plane on which everything runs: the default instance of every strategy on every symbol, a bar-sampled instance of
// momentum_rider, which takes every trade by default and would have no part in a cycle, and registered pairs. Time goes on in seconds of market data: two quotes of two
// venues and a trade for each symbol, then the beats. The core runs on the bench's own thread.
import * as layout from "../../assembly/layout.ts";
import { Instances } from "../../src/stream/instances.ts";
import { Instruments } from "../../src/stream/instruments.ts";
import { instantiateCore, loadCore, type CoreExports } from "../../src/stream/kernels/core.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";
import { currentRegions, stateHash } from "../../src/stream/rings/state-copy.ts";
import { Random } from "../../test/support/random.ts";

/** A Wednesday. */
const START = Date.UTC(2026, 10, 18, 12) * 1000;
const SECOND_US = 1_000_000;
const BAR_MS = 1_000;
/** The shortest, so that pairs pass their gate and trade before the timed part begins. */
export const PAIR_WINDOW = 250;

export interface FullShape {
  readonly symbols: number;
  readonly pairs: number;
  readonly instances?: number;
  /** Symbols in the all-pairs screen, which has figures of its own; default: as many as it takes. */
  readonly screened?: number;
}

export class FullPlane {
  readonly plane: Plane;
  readonly core: CoreExports;
  readonly instances: Instances;
  readonly symbols: number;
  private readonly words: Int32Array;
  private readonly random = new Random(31);
  private readonly prices: Float64Array;
  private clock = START;

  constructor({ symbols, pairs, instances = 0, screened }: FullShape) {
    this.symbols = symbols;
    this.plane = createPlane({ maxSymbols: symbols + 16, maxInstances: pairs + instances + symbols, workers: 1 });
    const { memory, plan, ring, writer } = this.plane;
    this.core = instantiateCore(loadCore().module, memory);
    if (screened !== undefined) {
      new Uint32Array(memory.buffer)[(layout.PLAN >> 2) + layout.PLAN_SCREEN_SYMBOLS] = screened;
    }
    this.core.attach(0);
    this.core.resetGlobals();
    this.words = new Int32Array(memory.buffer);
    this.words[(layout.CONSUMERS + layout.CONSUMER_ACTIVE) >> 2] = 1;
    this.instances = new Instances(plan, ring, writer);
    const instruments = new Instruments(memory, plan, ring, writer);
    this.prices = Float64Array.from({ length: symbols }, () => 50 + 100 * this.random.next());
    writer.stamp(this.clock);
    instruments.complete([]).next();
    this.instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
    this.drain();
    for (let id = 0; id < symbols; id++) {
      writer.writeName(layout.TABLE_SYMBOL, id, layout.ASSET_CRYPTO, 0, `S${id}`);
      if (!this.instances.onSymbol(id, `S${id}`)) throw new Error("no room for the symbols of the bench");
      this.drain();
    }
    this.add("momentum_rider", undefined);
    for (let pair = 0; pair < pairs; pair++) {
      const legs = [pair % symbols, (pair + 1 + Math.floor(pair / symbols)) % symbols];
      this.add("pairs_trading", legs, { window: PAIR_WINDOW });
    }
  }

  add(
    strategy: string,
    symbols: readonly number[] | undefined,
    parameters: Readonly<Record<string, number>> = {},
  ): void {
    const where = symbols === undefined ? {} : { symbols };
    const added = this.instances.add({ strategy, barMs: BAR_MS, strategyId: null, parameters, ...where });
    if (!added.ok) throw new Error(`${strategy}: ${JSON.stringify(added.failure)}`);
    this.drain();
  }

  /** The trades of a second, in its middle; untimed. */
  trades(): void {
    this.pass(SECOND_US / 2);
    for (let id = 0; id < this.symbols; id++) {
      const price = (this.prices[id] = (this.prices[id] ?? 0) * (1 + 0.0005 * this.random.normal()));
      this.write(layout.KIND_TRADE, id, 0, [price, 1 + this.random.next(), price, price, price]);
    }
    this.drain();
  }

  /** One quote of each symbol, from one of two venues. */
  quotes(venue: number): void {
    for (let id = 0; id < this.symbols; id++) {
      const price = this.prices[id] ?? 0;
      this.write(layout.KIND_QUOTE, id, venue, [price * 0.9998, price * 1.0002, 2, 1, 0]);
    }
  }

  /** A beat `us` later; half a second after the trades their bars are over. */
  beat(tiers: number, us: number): void {
    this.pass(us);
    this.write(layout.KIND_CLOCK, 0, tiers, []);
  }

  /** Evaluates what was written; nobody reads the signals. Nanoseconds. */
  drain(): number {
    this.plane.ring.publish();
    const begin = performance.now();
    while (this.core.drain(layout.EVENT_SLOTS) > 0) this.empty();
    return (performance.now() - begin) * 1e6;
  }

  /** Over all state that there is. */
  hash(): string {
    return stateHash(this.plane.memory, this.plane.plan, this.core.hashWords).toString(16);
  }

  stateBytes(): number {
    return currentRegions(this.plane.memory, this.plane.plan).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private pass(us: number): void {
    this.clock = this.plane.writer.stamp(this.clock + us);
  }

  private empty(): void {
    const signals = layout.SIGNAL_COUNTERS >> 2;
    this.words[signals + (layout.LINE >> 2)] = this.words[signals] ?? 0;
  }

  private write(kind: number, subject: number, aux: number, payload: readonly number[]): void {
    if (!this.plane.writer.write(kind, subject, 0, aux, this.clock, payload)) throw new Error("the event ring is full");
  }
}
