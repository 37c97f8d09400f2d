// What a strategy saw on the live path and what it did there: market events as they came, decisions, fills. Plain data, so
// that it can go to another thread; retrace.ts computes it again by the path of backtests. At most ROWS_MAX events are kept:
// what comes after them is not on the tape, and the tape says so.
import * as layout from "../../assembly/layout.ts";
import type { EventKind } from "../domain/event.ts";
import type { Decision } from "../sandbox/sandbox.ts";

/** Numbers of a row: sequence, kind, symbol, time, clock, aux, five of the payload, whether the strategy was asked. */
export const TAPE_WIDTH = 12;
export const ROWS_MAX = 100_000;

/** At which of the events that the strategy was asked about, from 0. */
export interface TapeDecision extends Decision {
  readonly event: number;
  readonly symbol: number;
}
export interface TapeFill {
  readonly symbol: number;
  readonly side: "buy" | "sell";
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
}

export interface Tape {
  /** By the places of the rows. */
  readonly symbols: readonly string[];
  readonly rows: Float64Array;
  /** Best prices that stood before the first row of a symbol: its place, bid, ask and their sizes. */
  readonly books: readonly (readonly number[])[];
  readonly decisions: readonly TapeDecision[];
  readonly fills: readonly TapeFill[];
  /** Nothing came after its last row. */
  readonly whole: boolean;
}

/** A market event as the live path has it; times in microseconds. */
export interface TapeEvent {
  readonly sequence: number;
  readonly kind: number;
  readonly time: number;
  readonly clock: number;
  readonly aux: number;
  value(index: number): number;
}

export interface TapeBook {
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
}

/** Kinds of which a backtest knows prices; others are on no tape. */
export const TAPE_KINDS: ReadonlyMap<number, EventKind> = new Map([
  [layout.KIND_TRADE, "trade"],
  [layout.KIND_QUOTE, "quote"],
  [layout.KIND_BAR, "bar"],
]);

const FIRST_ROOM = 1_024;
const VALUES = 5;

export class TapeRecorder {
  private rows = new Float64Array(FIRST_ROOM * TAPE_WIDTH);
  private count = 0;
  private asked = 0;
  private readonly decisions: TapeDecision[] = [];
  private readonly fills: TapeFill[] = [];
  private readonly books: number[][] = [];
  private readonly known = new Set<number>();
  private running = true;

  /** `best`: as it stands with the event; `asks`: the strategy is asked about it. */
  row(place: number, event: TapeEvent, best: TapeBook, asks: boolean): void {
    if (!TAPE_KINDS.has(event.kind)) return;
    if (this.count === ROWS_MAX) this.running = false;
    if (!this.running) return;
    if (!this.known.has(place)) this.books.push([place, best.bid, best.ask, best.bidSize, best.askSize]);
    this.known.add(place);
    const at = this.count++ * TAPE_WIDTH;
    if (at === this.rows.length) this.grow();
    const { rows } = this;
    rows[at] = event.sequence;
    rows[at + 1] = event.kind;
    rows[at + 2] = place;
    rows[at + 3] = event.time;
    rows[at + 4] = event.clock;
    rows[at + 5] = event.aux;
    for (let index = 0; index < VALUES; index++) rows[at + 6 + index] = event.value(index);
    rows[at + 11] = asks ? 1 : 0;
    if (asks) this.asked++;
  }

  /** At the last row. */
  decided(symbol: number, decision: Decision): void {
    if (this.running) this.decisions.push({ event: this.asked - 1, symbol, ...decision });
  }
  filled(fill: TapeFill): void {
    if (this.running) this.fills.push(fill);
  }

  /** What comes now is not comparable any more: a limit has paused it. */
  stop(): void {
    this.running = false;
  }

  tape(symbols: readonly string[]): Tape {
    const { decisions, fills, books, running: whole } = this;
    const rows = this.rows.slice(0, this.count * TAPE_WIDTH);
    return { symbols: [...symbols], rows, books, decisions, fills, whole };
  }

  private grow(): void {
    const larger = new Float64Array(2 * this.rows.length);
    larger.set(this.rows);
    this.rows = larger;
  }
}
