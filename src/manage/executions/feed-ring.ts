// Market events on their way to a thread that runs executions: one writer (main), one reader (the thread), rows in shared
// memory in the order of the stream. The writer never waits: what finds no room goes to a backlog in its own memory, and
// comes after; beyond the backlog's bound rows are refused, and who reads so slowly is out of step for good.
//
//   words 0..       counters, 128 bytes apart: HEAD, MAIL (main writes), TAIL, SLEEPING, BEAT, CURRENT, THREAD (the thread)
//   words HEADER..  ROWS rows of 72 bytes: f64 sequence, then the 64 bytes of the event's record
//
// Counters count rows up and wrap at 2^32. Only half of the rows wait at a time; the other half is what was read last and
// still lies there, so that a program that is opened late, or again, can be shown the recent past.
// Invariant: 0 <= head - tail <= LIVE_ROWS.
import { EVENT_BYTES } from "../../../assembly/layout.ts";

export const ROWS = 65_536;
export const LIVE_ROWS = ROWS / 2;
/** Rows that wait in the writer's memory at most: 36 MB. */
export const BACKLOG_ROWS = 500_000;

const LINE = 32;
const HEAD = 0;
const MAIL = LINE;
const TAIL = 2 * LINE;
const SLEEPING = 3 * LINE;
const BEAT = 4 * LINE;
const CURRENT = BEAT + 1;
const THREAD = BEAT + 2;
const HEADER = 5 * LINE;
const RECORD = EVENT_BYTES / 4;
/** Words of a row: the sequence takes two. */
export const ROW = RECORD + 2;
const CHUNK = 4_096;

export function createFeedMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((HEADER + ROWS * ROW) * 4);
}

/** Where the writer keeps what found no room. */
interface Chunk {
  readonly rows: Int32Array;
  from: number;
  to: number;
}

export class FeedWriter {
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private readonly sequence = new Float64Array(1);
  private readonly sequenceWords = new Int32Array(this.sequence.buffer);
  private readonly backlog: Chunk[] = [];
  private waiting = 0;
  private head: number;
  private mail: number;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.numbers = new Float64Array(memory);
    this.head = this.words[HEAD] ?? 0;
    this.mail = this.words[MAIL] ?? 0;
  }

  /** Not visible before `publish`. False: the backlog is full, and the reader will miss this row. */
  write(source: Int32Array, at: number, sequence: number): boolean {
    if (this.waiting > 0 || !this.room()) return this.keep(source, at, sequence);
    const slot = HEADER + (this.head & (ROWS - 1)) * ROW;
    this.numbers[slot >> 1] = sequence;
    const { words } = this;
    for (let word = 0; word < RECORD; word++) words[slot + 2 + word] = source[at + word] ?? 0;
    this.head = (this.head + 1) | 0;
    return true;
  }

  /** Makes visible what was written, after what waited in the backlog as far as there is room. */
  publish(): void {
    if (this.waiting > 0) this.drain();
    if (Atomics.load(this.words, HEAD) === this.head) return;
    Atomics.store(this.words, HEAD, this.head);
    this.wake();
  }

  /** There are letters to read between two rows. */
  post(): void {
    this.mail = (this.mail + 1) | 0;
    Atomics.store(this.words, MAIL, this.mail);
    this.wake();
  }

  /** Rows that the reader has not done with. */
  get behind(): number {
    return ((this.head - Atomics.load(this.words, TAIL)) | 0) + this.waiting;
  }
  /** Rows in the writer's own memory. */
  get backlogged(): number {
    return this.waiting;
  }
  /** Changes while the reader does anything. */
  get beat(): number {
    return Atomics.load(this.words, BEAT);
  }
  /** What the reader is at: the number of an execution, 0 for none. */
  get current(): number {
    return Atomics.load(this.words, CURRENT);
  }
  /** The system's number of the reader's thread; 0 before it has said so, or where there is none. */
  get thread(): number {
    return Atomics.load(this.words, THREAD);
  }

  private room(): boolean {
    return ((this.head - Atomics.load(this.words, TAIL)) | 0) < LIVE_ROWS;
  }

  private keep(source: Int32Array, at: number, sequence: number): boolean {
    if (this.waiting >= BACKLOG_ROWS) return false;
    let chunk = this.backlog.at(-1);
    if (chunk === undefined || chunk.to === CHUNK) {
      chunk = { rows: new Int32Array(CHUNK * ROW), from: 0, to: 0 };
      this.backlog.push(chunk);
    }
    const slot = chunk.to++ * ROW;
    this.sequence[0] = sequence;
    chunk.rows[slot] = this.sequenceWords[0] ?? 0;
    chunk.rows[slot + 1] = this.sequenceWords[1] ?? 0;
    for (let word = 0; word < RECORD; word++) chunk.rows[slot + 2 + word] = source[at + word] ?? 0;
    this.waiting++;
    return true;
  }

  private drain(): void {
    for (let chunk = this.backlog[0]; chunk !== undefined; chunk = this.backlog[0]) {
      while (chunk.from < chunk.to) {
        if (!this.room()) return;
        const slot = HEADER + (this.head & (ROWS - 1)) * ROW;
        const from = chunk.from++ * ROW;
        for (let word = 0; word < ROW; word++) this.words[slot + word] = chunk.rows[from + word] ?? 0;
        this.head = (this.head + 1) | 0;
        this.waiting--;
      }
      this.backlog.shift();
    }
  }

  private wake(): void {
    if (Atomics.load(this.words, SLEEPING) !== 1) return;
    Atomics.store(this.words, SLEEPING, 0);
    Atomics.notify(this.words, SLEEPING, 1);
  }
}

export class FeedReader {
  /** The memory as words and numbers; a row begins at `at` words, its record two words later. */
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  private next: number;
  private letters: number;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.numbers = new Float64Array(memory);
    this.next = Atomics.load(this.words, TAIL);
    this.letters = Atomics.load(this.words, MAIL) - 1; // what came before is read first
    this.isAt(0);
    this.runsIn(0);
  }

  /** Rows that wait now. */
  waiting(): number {
    return (Atomics.load(this.words, HEAD) - this.next) | 0;
  }
  /** The place of the next row that is not taken, `ahead` behind it; it must be waiting. */
  at(ahead = 0): number {
    return HEADER + ((this.next + ahead) & (ROWS - 1)) * ROW;
  }
  take(): void {
    this.next = (this.next + 1) | 0;
  }
  /** Everything taken is done with, results told: what a reader that comes after this one need not do again. */
  settle(): void {
    Atomics.store(this.words, TAIL, this.next);
  }
  /** Places of rows before the next one that still lie there, oldest first. */
  *past(): Generator<number, void> {
    const known = Math.min(LIVE_ROWS, this.next >>> 0);
    for (let back = known; back > 0; back--) yield HEADER + ((this.next - back) & (ROWS - 1)) * ROW;
  }

  mail(): boolean {
    const letters = Atomics.load(this.words, MAIL);
    if (letters === this.letters) return false;
    this.letters = letters;
    return true;
  }

  alive(): void {
    this.words[BEAT] = ((this.words[BEAT] ?? 0) + 1) | 0;
  }
  isAt(execution: number): void {
    this.words[CURRENT] = execution;
  }
  /** The system's number of the thread. */
  runsIn(thread: number): void {
    Atomics.store(this.words, THREAD, thread);
  }

  /** Waits for rows or letters, `ms` at most. */
  sleep(ms: number): void {
    Atomics.store(this.words, SLEEPING, 1);
    const idle = this.waiting() === 0 && Atomics.load(this.words, MAIL) === this.letters;
    if (idle) Atomics.wait(this.words, SLEEPING, 1, ms);
    Atomics.store(this.words, SLEEPING, 0);
  }
}
