// The words that main and the journal's worker share, beside the event ring's own. One writer per 128-byte line.
//
//   0 worker's line:  u64 durable next · u64 written next · u64 bytes of all segments · i32 state · u32 segments ·
//                     u32 syncs · u32 disk errors
//   128 main's line:  i32 wanted (main sets 1 while someone waits for durability, the worker takes it) · i32 requests
//                     (messages posted so far) · i32 pause (never written: the worker sleeps on it)
//
// "durable next": every event below it survives what JOURNAL_SYNC promises: a power cut with batch and always, the end
// of the process (kill -9) with off.
export const CONTROL_BYTES = 256;

/** running: all is well; failing: the disk refuses, the worker tries again; stopped: it has left its loop. */
export type JournalState = "starting" | "running" | "failing" | "stopped";
const STATES: readonly JournalState[] = ["starting", "running", "failing", "stopped"];

const DURABLE = 0; // in u64
const WRITTEN = 1;
const TOTAL = 2;
const STATE = 6; // in i32
const SEGMENTS = 7;
const SYNCS = 8;
const ERRORS = 9;
const WANTED = 32;
const REQUESTS = 33;
const PAUSE = 34;

export class JournalControl {
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly longs: BigUint64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(CONTROL_BYTES)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.longs = new BigUint64Array(buffer);
  }

  get durableNext(): number {
    return Number(Atomics.load(this.longs, DURABLE));
  }
  set durableNext(sequence: number) {
    Atomics.store(this.longs, DURABLE, BigInt(sequence));
  }
  get writtenNext(): number {
    return Number(Atomics.load(this.longs, WRITTEN));
  }
  set writtenNext(sequence: number) {
    Atomics.store(this.longs, WRITTEN, BigInt(sequence));
  }
  get state(): JournalState {
    return STATES[Atomics.load(this.words, STATE)] ?? "stopped";
  }
  set state(state: JournalState) {
    Atomics.store(this.words, STATE, STATES.indexOf(state));
  }
  get segments(): number {
    return Atomics.load(this.words, SEGMENTS);
  }
  set segments(count: number) {
    Atomics.store(this.words, SEGMENTS, count);
  }
  /** Bytes of all segment files. */
  get totalBytes(): number {
    return Number(Atomics.load(this.longs, TOTAL));
  }
  set totalBytes(bytes: number) {
    Atomics.store(this.longs, TOTAL, BigInt(bytes));
  }
  get syncs(): number {
    return Atomics.load(this.words, SYNCS);
  }
  countSync(): void {
    Atomics.add(this.words, SYNCS, 1);
  }
  get diskErrors(): number {
    return Atomics.load(this.words, ERRORS);
  }
  countDiskError(): void {
    Atomics.add(this.words, ERRORS, 1);
  }

  /** Main asks for a message at the next move of `durableNext`; it must look at the word once more afterwards. */
  wantDurable(): void {
    Atomics.store(this.words, WANTED, 1);
  }
  takeWanted(): boolean {
    return Atomics.exchange(this.words, WANTED, 0) === 1;
  }
  get requests(): number {
    return Atomics.load(this.words, REQUESTS);
  }
  countRequest(): void {
    Atomics.add(this.words, REQUESTS, 1);
  }
  /** Sleeps without offering itself to the producer's wake-ups. Worker only: main must not block. */
  pause(ms: number): void {
    Atomics.wait(this.words, PAUSE, 0, ms);
  }
}
