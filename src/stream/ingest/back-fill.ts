// Reads the history of symbols, of each when it is first seen, and lets it into the stream as FLAG_HISTORY events: they
// fill windows and give no signals. Nothing waits for it. It waits for a bus that is away, asks again where an answer is
// late, behind those who have one, and leaves half of the ring free. What cannot be read is ignored and counted. History
// begins a symbol's windows again: it is left out where live ticks have closed as many of the longest bars as it would.
// Control events say where it begins and that all of it is in (assembly/back-fill.ts): what has only begun begins again.
import * as layout from "../../../assembly/layout.ts";
import type { KeyAnswer } from "../../bus/bus.ts";
import type { EpochUs } from "../../domain/units.ts";
import { readHistory, type HistoryTick } from "./history-frame.ts";
import type { Staged } from "./history-intake.ts";
import type { Ingest } from "./intake.ts";
import type { Grown } from "../rings/longest-bars.ts";

export interface BackFillOptions {
  readonly ingest: Ingest;
  /** The value under a symbol's key. */
  readonly read: (symbol: string) => Promise<KeyAnswer>;
  /** What a symbol has by itself. */
  readonly seen?: (symbol: string) => Grown;
  /** Told of each history that is left out, with what it would have given. */
  readonly onLeft?: (symbol: string, seen: Grown, samples: number) => void;
  /** Between two questions of one symbol; it doubles. */
  readonly pauseMs?: number;
}

export const HISTORY_BYTES_MAX = 16 * 1024 * 1024;
/** Rows that are decoded at once; between them, as between the steps of reading them, the event loop goes on. They enter in one piece, without live ticks among them. */
const ROWS_AT_ONCE = 1_000;
/** Symbols whose history is asked for before the one in front of them is in: a feed of thousands begins at once. */
const AHEAD_MAX = 8;
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 30_000;
/** Late answers of one symbol after which it is given up, and counted as one that cannot be read. */
const LATE_MAX = 8;
/** Slots that stay free when a history has entered: what is live needs room as well. */
const ROOM = layout.EVENT_SLOTS / 2;
const ROOM_POLL_MS = 5;

interface Reading {
  readonly symbol: string;
  /** Null: not asked for yet. */
  answer: Promise<KeyAnswer> | null;
  /** How often nobody could say, and how often somebody was late. */
  unanswered: number;
  late: number;
}

export class BackFill {
  private readonly options: BackFillOptions;
  private readonly asked = new Set<string>();
  private queue: Promise<void> = Promise.resolve();
  /** On their way, and not in yet; in the order of `queue`. */
  private readonly ahead: Reading[] = [];
  private readonly waiting: Reading[] = [];
  /** Of those who had no answer. */
  private readonly pausing = new Set<Promise<void>>();
  private stopped = false;
  /** Ends of the pauses that are being made. */
  private readonly pauses = new Map<NodeJS.Timeout, () => void>();

  constructor(options: BackFillOptions) {
    this.options = options;
  }

  /**
   * Asks for the history of a symbol, of this life or an earlier one, once; safe to call while ingest is at work. Never
   * rejects.
   */
  request(symbol: string): void {
    if (this.asked.has(symbol) || this.stopped) return;
    this.asked.add(symbol);
    this.join({ symbol, answer: null, unanswered: 0, late: 0 });
  }

  /** Resolves when everything that was asked for is in. */
  async settled(): Promise<void> {
    for (;;) {
      const { queue } = this;
      await queue;
      if (this.pausing.size > 0) await Promise.race(this.pausing);
      else if (queue === this.queue) return;
    }
  }

  /** Nothing more enters, and nobody is asked again; what was left out is asked for in the next life. */
  stop(): void {
    this.stopped = true;
    for (const [timer, end] of this.pauses) {
      clearTimeout(timer);
      end();
    }
    this.pauses.clear();
  }

  /** To the end of the queue. */
  private join(reading: Reading): void {
    this.waiting.push(reading);
    this.readOn();
    this.queue = this.queue.then(() => this.enterFirst()).catch((error: unknown) => this.giveUp(error));
  }

  /** Begins what there is room for. */
  private readOn(): void {
    if (this.ahead.length > AHEAD_MAX / 2) return; // several are asked for in one piece
    while (this.ahead.length < AHEAD_MAX) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.ahead.push(next);
      next.answer = this.stopped ? Promise.resolve("none") : this.options.read(next.symbol);
      next.answer.catch(() => undefined); // told when its turn comes
    }
  }

  private async enterFirst(): Promise<void> {
    const [reading] = this.ahead;
    if (reading === undefined) throw new Error("more turns than readings");
    try {
      const answer = (await reading.answer) ?? "none";
      if (answer === "late" || answer === "away") this.leaveFor(reading, answer);
      else if (answer !== "none") await this.take(reading.symbol, answer);
    } finally {
      this.ahead.shift();
      this.readOn();
    }
  }

  /** Who has no answer is asked again behind all others, which it holds up no longer. */
  private leaveFor(reading: Reading, answer: "late" | "away"): void {
    const { pauseMs = PAUSE_MS } = this.options;
    if (this.stopped) return;
    if (answer === "late") reading.late += 1;
    if (reading.late === LATE_MAX) return this.corrupt();
    const pause = this.pause(Math.min(PAUSE_MS_MAX, pauseMs * 2 ** Math.min(reading.unanswered, 16))).then(() => {
      this.pausing.delete(pause);
      if (!this.stopped) this.join(reading);
    });
    this.pausing.add(pause);
    reading.unanswered += 1;
  }

  private async take(symbol: string, bytes: Uint8Array): Promise<void> {
    if (this.stopped) return;
    const { ingest } = this.options;
    const ticks = await this.ticksIn(bytes, symbol);
    if (this.stopped) return;
    if (ticks === null) return this.corrupt();
    if (this.isLess(symbol, () => ticks.length)) return; // no row gives more than one sample
    const staged = await this.stage(symbol, ticks);
    if (staged === null) return this.corrupt();
    const records = staged.reduce((sum, part) => sum + part.records.length / layout.EVENT_BYTES, 0);
    if (records === 0 || !(await this.turnFor(records))) return;
    if (this.isLess(symbol, (barUs) => samplesOf(staged, barUs, ingest.clock))) return;
    if (!ingest.history.enter(symbol, staged)) this.corrupt();
  }

  /** A step a turn. Null: they cannot be read, or nothing more enters. */
  private async ticksIn(bytes: Uint8Array, symbol: string): Promise<readonly HistoryTick[] | null> {
    if (bytes.length > HISTORY_BYTES_MAX) return null;
    const steps = readHistory(bytes, symbol, this.options.ingest.clock);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      await nextTurn();
      if (this.stopped) return null;
    }
  }

  /** Whether the symbol has as many samples as `given` of the longest bars that it has closed: it would gain none. */
  private isLess(symbol: string, given: (barUs: number) => number): boolean {
    const { ingest, seen, onLeft } = this.options;
    const own = seen?.(symbol);
    if (own === undefined) return false;
    const samples = given(own.barUs);
    if (own.samples === 0 || samples > own.samples) return false;
    ingest.counters.historyLeft += 1;
    onLeft?.(symbol, own, samples);
    return true;
  }

  /** A portion a turn. Null: the symbol has no place. */
  private async stage(symbol: string, ticks: readonly HistoryTick[]): Promise<readonly Staged[] | null> {
    const { ingest } = this.options;
    const staged: Staged[] = [];
    for (let from = 0; from < ticks.length; from += ROWS_AT_ONCE) {
      if (!(await this.hasRoom(ROWS_AT_ONCE))) return []; // they are taken back in this turn
      const name = { table: layout.TABLE_SYMBOL, name: symbol, asset: 0 };
      if (from === 0 && !ingest.symbols.intern(name, layout.FLAG_HISTORY).ok) return null;
      staged.push(ingest.history.stage(ticks.slice(from, from + ROWS_AT_ONCE)));
      await nextTurn();
    }
    return staged;
  }

  /**
   * When so many records leave room enough for what is live; false: nothing more enters. Who takes as much as there is room
   * for lets it go first (StreamFeed), or it waited behind all that a stream holds.
   */
  private async turnFor(records: number): Promise<boolean> {
    const { history } = this.options.ingest;
    history.waits = true;
    try {
      return await this.hasRoom(ROOM + records);
    } finally {
      history.waits = false;
    }
  }

  private async hasRoom(slots: number): Promise<boolean> {
    const { ingest } = this.options;
    for (; !this.stopped; await this.pause(ROOM_POLL_MS)) {
      ingest.letInDue(); // or it would take the room that was found
      if (ingest.room >= slots) return true;
      ingest.publish(); // what is reserved may be what takes the room
    }
    return false;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.pauses.delete(timer);
        resolve();
      }, ms);
      this.pauses.set(timer, resolve);
    });
  }

  private corrupt(): void {
    this.options.ingest.counters.historyCorrupt += 1;
  }

  /** No value can be the cause: what nobody expected. */
  private giveUp(error: unknown): void {
    this.corrupt();
    this.options.ingest.tellDefect(error);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Bars of a length, 0 the rows themselves, that the rows of a history close: a bar belongs to the bucket that it closes. */
function samplesOf(staged: readonly Staged[], barUs: number, clock: EpochUs): number {
  let rows = 0;
  const buckets = new Set<number>();
  for (const { records } of staged) {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    for (let at = 0; at < records.length; at += layout.EVENT_BYTES) {
      const isBar = view.getUint8(at + layout.EVENT_KIND) === layout.KIND_BAR;
      if (!isBar && view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_TRADE) continue;
      rows += 1;
      if (barUs > 0) buckets.add(Math.floor((view.getFloat64(at + layout.EVENT_TIME, true) - (isBar ? 1 : 0)) / barUs));
    }
  }
  return barUs > 0 ? Array.from(buckets).filter((bucket) => (bucket + 1) * barUs <= clock).length : rows;
}
