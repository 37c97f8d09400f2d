// A test plane on which one instance of one strategy runs, and the events that news-driven strategies listen to.
import * as layout from "../../assembly/layout.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { TestPlane, type PlaneOptions } from "./plane.ts";

export interface LoneOptions extends PlaneOptions {
  readonly parameters?: Readonly<Record<string, number>>;
  readonly barMs?: number;
  readonly asset?: number;
  readonly symbol?: string;
}

/** What signals say, in the order of the record. */
export interface Spoken {
  readonly action: number;
  readonly time: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly confidence: number;
}

export class LoneInstance {
  readonly plane: TestPlane;
  readonly code: number;
  readonly columns: number;
  readonly symbol: string;
  readonly signals: SignalRecord[] = [];

  constructor(strategy: string, code: number, columns: number, options: LoneOptions = {}) {
    this.plane = new TestPlane({ capacity: { maxInstances: 24, maxSymbols: 16 }, ...options });
    this.code = code;
    this.columns = columns;
    this.symbol = options.symbol ?? "BTCUSD";
    for (const { id } of this.plane.instances.all) this.plane.instances.remove(id);
    const { parameters, barMs } = options;
    const id = this.plane.symbol(this.symbol, options.asset ?? layout.ASSET_CRYPTO);
    const request = {
      strategy,
      strategyId: null,
      symbols: [id],
      ...(parameters === undefined ? {} : { parameters }),
      ...(barMs === undefined ? {} : { barMs }),
    };
    const added = this.plane.instances.add(request);
    if (!added.ok) throw new Error(JSON.stringify(added.failure));
    this.settle();
  }

  /** The engine clock goes to `time` where that lies ahead. */
  private at(time: number): void {
    if (time > this.plane.clock) this.plane.pass(time - this.plane.clock);
  }

  bar(time: number, ohlc: readonly number[], intervalMs: number, name = this.symbol): void {
    this.at(time);
    this.plane.bar(name, [...ohlc, 1], intervalMs, time);
    this.settle();
  }

  trade(time: number, price: number, name = this.symbol): void {
    this.at(time);
    this.plane.trade(name, price, 1, time);
    this.settle();
  }

  write(kind: number, time: number, aux: number, payload: readonly number[], flags = 0, known = time): void {
    this.at(known);
    const subject = kind === layout.KIND_RATES ? 0 : this.plane.symbol(this.symbol);
    if (!this.plane.plane.writer.write(kind, subject, flags, aux, time, payload)) throw new Error("ring full");
    this.settle();
  }

  news(time: number, score: number, weight = 1, hash = 0n, flags = 0): void {
    this.write(layout.KIND_NEWS, time, 0, [score, weight, Number(hash & 0xffffffffn), Number(hash >> 32n)], flags);
  }

  /** `known`: when the report comes in. */
  earnings(announced: number, actual: number, expected = Number.NaN, known = announced, flags = 0): void {
    this.write(layout.KIND_EARNINGS, known, 0, [actual, expected, announced], flags, known);
  }

  /** `month`: delivery of the contract, 0: not told. `known`: when the event comes in. */
  rates(time: number, before: number, after: number, day: number, days: number, month = 0, known = time): void {
    this.write(layout.KIND_RATES, time, 0, [before, after, day, days, month], 0, known);
  }

  /** INSTRUMENT_ field of a symbol. */
  instrument(field: number, value: number, name = this.symbol): void {
    this.plane.control(layout.CONTROL_INSTRUMENT, this.plane.symbol(name), [field, value]);
    this.settle();
  }

  settle(): void {
    this.signals.push(...this.plane.settle());
  }

  cell(column: number): number {
    return this.plane.column(layout.PLAN_CELLS + this.code, this.columns, 0, column);
  }

  get actions(): readonly number[] {
    return this.signals.map(({ action }) => action);
  }

  get spoken(): readonly Spoken[] {
    return this.signals.map(({ action, time, entry, stop, target, confidence }) => {
      return { action, time, entry, stop, target, confidence };
    });
  }

  /** Every column of the cell that is not a number. */
  get broken(): readonly number[] {
    return Array.from({ length: this.columns }, (_, column) => column).filter((column) =>
      Number.isNaN(this.cell(column)),
    );
  }
}
