// A plane whose core runs on the bench's own thread, and batches of trades or quotes for it: prices walk at random (seed
// in the constructor), one event every 10 µs of market and engine time. `fill` writes a batch, `drain` has it evaluated.
import * as layout from "../../assembly/layout.ts";
import { Instances } from "../../src/stream/instances.ts";
import { instantiateCore, loadCore, type CoreExports } from "../../src/stream/kernels/core.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";
import { stateHash } from "../../src/stream/rings/state-copy.ts";
import { StateReader } from "../../src/stream/rings/state-reader.ts";
import { Random } from "../../test/support/random.ts";

/** Events of one batch. */
export const BATCH = 4096;
const STEP_US = 10;
/** A Wednesday: no weekend rule comes into it. */
const START = Date.UTC(2026, 10, 18, 12) * 1000;
const VOLATILITY = 1e-4;
const HALF_SPREAD = 2e-4;
/** Prices turn back when they leave the range that a walk of a few minutes stays in. */
const PRICE_MIN = 50;
const PRICE_MAX = 200;

export class EventPlane {
  readonly plane: Plane;
  readonly core: CoreExports;
  readonly instances: Instances;
  readonly state: StateReader;
  /** All prices written, oldest first, for who sets it. */
  closes: number[] | null = null;
  private readonly words: Int32Array;
  private readonly random: Random;
  private readonly prices: Float64Array;
  private clock = START;
  private written = 0;

  constructor(symbols: number, seed: number, defaults: boolean) {
    this.plane = createPlane({ maxSymbols: Math.max(symbols, 16), maxInstances: 64, workers: 1 });
    const { memory, plan, ring, writer } = this.plane;
    this.core = instantiateCore(loadCore().module, memory);
    this.core.attach(0);
    this.core.resetGlobals();
    this.words = new Int32Array(memory.buffer);
    this.words[(layout.CONSUMERS + layout.CONSUMER_ACTIVE) >> 2] = 1;
    this.instances = new Instances(plan, ring, writer);
    this.state = new StateReader(memory, plan);
    this.random = new Random(seed);
    this.prices = new Float64Array(symbols).fill(100);
    writer.stamp(this.clock);
    if (defaults) this.instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
    this.drain();
    for (let id = 0; id < symbols; id++) {
      writer.writeName(layout.TABLE_SYMBOL, id, layout.ASSET_CRYPTO, 0, `S${id}`);
      if (!this.instances.onSymbol(id)) throw new Error("no room for the symbols of the bench");
      this.drain();
    }
    this.written = 0;
  }

  /** Writes a batch of trades or quotes, each for a symbol drawn at random; not part of what is timed. */
  fill(kind: typeof layout.KIND_TRADE | typeof layout.KIND_QUOTE): void {
    const { writer, ring } = this.plane;
    for (let event = 0; event < BATCH; event++) {
      const symbol = Math.floor(this.random.next() * this.prices.length);
      const price = this.next(symbol);
      this.clock = writer.stamp(this.clock + STEP_US);
      const payload =
        kind === layout.KIND_TRADE
          ? [price, 1 + this.random.next(), price, price, price]
          : [price * (1 - HALF_SPREAD), price * (1 + HALF_SPREAD), 1, 1, 0];
      if (!writer.write(kind, symbol, 0, 0, this.clock, payload)) throw new Error("the event ring is full");
      this.closes?.push(price);
    }
    this.written += BATCH;
    ring.publish();
  }

  /** Evaluates what was written, `limit` events at a time. */
  drain(limit = BATCH): void {
    this.plane.ring.publish();
    while (this.core.drain(limit) > 0);
    // Nobody reads signals here: their ring is emptied by its tail.
    const signals = layout.SIGNAL_COUNTERS >> 2;
    this.words[signals + (layout.LINE >> 2)] = this.words[signals] ?? 0;
  }

  /** Moves the market on, e.g. past the end of a bar. */
  pass(us: number): void {
    this.clock = this.plane.writer.stamp(this.clock + us);
  }

  /** Demands that every trade written was counted by the core. */
  checkTrades(): void {
    const counted = this.state.symbols().reduce((sum, symbol) => sum + symbol.ticks, 0);
    if (counted !== this.written) throw new Error(`${this.written} trades were written, the core counted ${counted}`);
  }

  /** M of the momentum cell with this index. */
  strength(index: number): number {
    const base = this.plane.plan.bases[layout.PLAN_CELLS + layout.MOMENTUM_RIDER] ?? 0;
    const cell = base + (index >> 1) * layout.MOMENTUM_COLUMNS * layout.COLUMN_BYTES + (index & 1) * 8;
    const at = cell + layout.MOMENTUM_STRENGTH * layout.COLUMN_BYTES;
    return new Float64Array(this.plane.memory.buffer, at, 1)[0] ?? Number.NaN;
  }

  hash(): bigint {
    return stateHash(this.plane.memory, this.plane.plan, this.core.hashWords);
  }

  private next(symbol: number): number {
    const before = this.prices[symbol] ?? PRICE_MIN;
    let price = before * Math.exp(VOLATILITY * this.random.normal());
    if (price < PRICE_MIN || price > PRICE_MAX) price = before;
    this.prices[symbol] = price;
    return price;
  }
}
