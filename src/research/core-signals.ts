// The signals of the engine's own strategies as a program is told them: a data plane beside the program (stream/solo-plane.ts)
// is given the events that the program is given, in the same order, and the clock beats between them follow from their times
// (beats.ts). So what is told at an event depends on this and earlier events of the program alone, and is the same over
// history, on paper and live. The strategies have their standard parameters, no cool-down, and learn nothing here: a program
// is told whether their rule holds, and not when the engine last spoke.
// Quotes are no input of these strategies; they only let the clock go on. The plane is made at the first event; its bytes
// are counted from the beginning, so that a program for which there is no room is told so before it runs.
import * as layout from "../../assembly/layout.ts";
import * as regimes from "../../assembly/regimes.ts";
import { REGIME_SIGNAL } from "../domain/program-signals.ts";
import type { Regime } from "../domain/regime.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import { type MarketEvent, SAID_BUY, SAID_EXIT, SAID_SELL, SIGNAL_WORDS, type SignalFeed } from "../sandbox/sandbox.ts";
import { type SignalRecord, soloBytes, SoloPlane } from "../stream/solo-plane.ts";
import { TapeClock, TIERS } from "./beats.ts";

/** Symbols of a program that may have more than were named at its beginning. */
const SYMBOLS_MAX = 64;
const SAID: Readonly<Record<number, number>> = {
  [layout.ACTION_BUY]: SAID_BUY,
  [layout.ACTION_SELL]: SAID_SELL,
  [layout.ACTION_EXIT]: SAID_EXIT,
};
/** As the core writes them. */
const REGIME_CODES: ReadonlyMap<Regime, number> = new Map([
  ["unknown", regimes.REGIME_UNKNOWN],
  ["trending", regimes.REGIME_TRENDING],
  ["ranging", regimes.REGIME_RANGING],
  ["volatile", regimes.REGIME_VOLATILE],
  ["calm", regimes.REGIME_CALM],
]);
const DETECTOR = STRATEGIES[layout.REGIME_SHIFT_DETECTOR] as StrategyType;
const UNKNOWN = [0, 0, Number.NaN, Number.NaN, Number.NaN] as const;

export class CoreSignals implements SignalFeed {
  private readonly strategies: readonly string[];
  private readonly names: readonly string[];
  private readonly capacity: number;
  private beside: Beside | null = null;
  /** What the plane has, made or not. */
  bytes: number;

  constructor(strategies: readonly string[], names: readonly string[]) {
    this.strategies = strategies;
    this.names = names;
    this.capacity = Math.max(SYMBOLS_MAX, names.length);
    this.bytes = soloBytes({ maxSymbols: this.capacity, maxInstances: strategies.length });
  }

  take(event: MarketEvent): Result<Float64Array, string> {
    const { strategies, names, capacity } = this;
    const { symbol } = event;
    if (symbol >= capacity) return failed(`signals can be had of ${capacity} symbols; name fewer`);
    if (this.beside === null) {
      this.beside = new Beside(strategies, capacity, event);
      this.bytes = this.beside.bytes;
    }
    return ok(this.beside.take(event, names[symbol] ?? `#${symbol}`));
  }

  close(): void {
    this.beside = null;
    this.bytes = 0;
  }
}

class Beside {
  private readonly plane: SoloPlane;
  private readonly clock: TapeClock;
  private readonly width: number;
  /** Place of an instance among the strategies. */
  private readonly places = new Map<number, number>();
  /** Ids by the program's number of a symbol, and the other way round. */
  private readonly ids: number[] = [];
  private readonly symbols: number[] = [];
  /** By symbol and strategy. */
  private readonly told: Float64Array[] = [];
  private readonly row: Float64Array;
  private readonly payload = [0, 0, 0, 0, 0];
  private now: number;
  /** First of its words; below 0: nobody asks. */
  private readonly regimeAt: number;

  constructor(strategies: readonly string[], capacity: number, first: MarketEvent) {
    this.plane = new SoloPlane({
      maxSymbols: capacity,
      maxInstances: strategies.length,
      clock: first.time,
      cooldownUs: 0,
    });
    this.now = first.time;
    this.width = strategies.length * SIGNAL_WORDS;
    this.row = new Float64Array(this.width);
    this.regimeAt = strategies.indexOf(REGIME_SIGNAL) * SIGNAL_WORDS;
    const barsMs: number[] = [];
    for (const [place, strategy] of strategies.entries()) {
      if (strategy === REGIME_SIGNAL) {
        // Only the engine's own instance names regimes.
        barsMs.push(this.plane.own(DETECTOR).barMs);
        continue;
      }
      const added = this.plane.add({ strategy, strategyId: null });
      if (!added.ok) throw new RangeError(`no instance of ${strategy}`);
      this.places.set(added.value.id, place);
      barsMs.push(added.value.barMs);
    }
    this.plane.settle();
    const ticks = first.kind !== "bar";
    this.clock = new TapeClock({ tiers: TIERS, barsMs, ticks }, (tiers, at) => this.plane.beat(tiers, at));
  }

  get bytes(): number {
    return this.plane.compute.plane.memory.buffer.byteLength;
  }

  /** What is told since the last event of the symbol; valid until the next call. */
  take(event: MarketEvent, name: string): Float64Array {
    const { plane, row } = this;
    const id = this.idOf(event.symbol, name);
    const at = Math.max(this.now, event.time);
    this.now = at;
    this.clock.advance(at);
    if (event.kind !== "quote") this.write(event, id, at);
    // A beat at the very moment is behind the event: it ends the bars that end with it.
    this.clock.advance(at + 1);
    for (const signal of plane.settle()) this.book(signal);
    const told = this.toldOf(event.symbol);
    if (this.regimeAt >= 0) this.regime(told, id);
    row.set(told);
    for (let word = 0; word < told.length; word += SIGNAL_WORDS) told[word] = 0;
    return row;
  }

  private regime(told: Float64Array, id: number): void {
    const { regime, probability, side } = this.plane.compute.state.regime(id);
    told[this.regimeAt + 1] = REGIME_CODES.get(regime) ?? 0;
    told[this.regimeAt + 2] = probability;
    told[this.regimeAt + 3] = side;
  }

  private write(event: MarketEvent, id: number, at: number): void {
    const { plane, payload } = this;
    const { price, volume, open, high, low } = event;
    const bar = event.kind === "bar";
    const values = bar ? [open, high, low, price, volume] : [price, volume, high, low, open];
    for (let index = 0; index < payload.length; index++) payload[index] = values[index] ?? 0;
    const kind = bar ? layout.KIND_BAR : layout.KIND_TRADE;
    plane.write(kind, id, 0, bar ? (event.barMs ?? 0) : 0, event.time, at, payload);
  }

  private book({ instance, symbol, action, confidence, stop, target }: SignalRecord): void {
    const place = this.places.get(instance);
    const whose = this.symbols[symbol];
    if (place === undefined || whose === undefined) return;
    const told = this.toldOf(whose);
    const at = place * SIGNAL_WORDS;
    told[at] = (told[at] ?? 0) | (SAID[action] ?? 0);
    if (action === layout.ACTION_EXIT) {
      told[at + 1] = 0;
      return;
    }
    told[at + 1] = action === layout.ACTION_BUY ? 1 : -1;
    told[at + 2] = confidence;
    told[at + 3] = stop;
    told[at + 4] = target;
  }

  private toldOf(symbol: number): Float64Array {
    const known = this.told[symbol];
    if (known !== undefined) return known;
    const made = new Float64Array(this.width);
    for (let at = 0; at < this.width; at += SIGNAL_WORDS) made.set(UNKNOWN, at);
    this.told[symbol] = made;
    return made;
  }

  private idOf(symbol: number, name: string): number {
    const known = this.ids[symbol];
    if (known !== undefined) return known;
    const id = this.plane.symbol(name);
    this.plane.settle();
    this.ids[symbol] = id;
    this.symbols[id] = symbol;
    return id;
  }
}
