// What users' code may have all together: one small shared memory, which the main thread makes and every thread that runs
// such code writes its share into. Memory is what their programs hold now; of the processor there is a tank of time that
// fills at the allowed rate and that whoever runs draws from: an empty tank makes all of them wait.
//   header   limit of memory in bytes; cores in millionths; nanoseconds in the tank; when it was filled; waited, all
//            together; refusals; time in which anybody waited; until when that is counted
//   seats    one per thread or process, made and given back by the main thread: bytes held, nanoseconds used, programs
// Threads: any. All words are 64-bit integers under Atomics; times are nanoseconds of the monotonic clock.
export const HOLDERS = ["executions", "backtests", "trials", "compiler"] as const;
export type Holder = (typeof HOLDERS)[number];

export interface Limits {
  readonly memoryBytes: number;
  /** Beyond it users' code waits. */
  readonly cpuCores: number;
}

/** Plain data, for the thread that it is meant for. */
export interface Seat {
  readonly memory: SharedArrayBuffer;
  readonly place: number;
}

const [LIMIT, RATE, TANK, FILLED, WAITED, REFUSED, HELD_BACK, HELD_TO] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const HEADER = 8;
const WORDS = 4;
const [HOLDER, BYTES, USED, PROGRAMS] = [0, 1, 2, 3] as const;
export const SEATS = 64;
const MILLION = 1_000_000n;
const SECOND_NS = 1_000_000_000;
/** What the tank holds: so much may be used at once by those who used nothing before. */
const BURST_SECONDS = 4;
const MIB = 1_048_576;
/** What the compiler's process takes for an ordinary strategy: it was there before anybody's code. */
export const COMPILER_BYTES = 384 * MIB;

export class Board {
  readonly memory: SharedArrayBuffer;
  private readonly words: BigInt64Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.words = new BigInt64Array(memory);
  }

  static make({ memoryBytes, cpuCores }: Limits): Board {
    const board = new Board(new SharedArrayBuffer((HEADER + SEATS * WORDS) * 8));
    board.words[LIMIT] = BigInt(Math.floor(memoryBytes));
    board.words[RATE] = BigInt(Math.max(1, Math.round(cpuCores * 1e6)));
    board.words[TANK] = board.full;
    board.words[FILLED] = process.hrtime.bigint();
    for (let place = 0; place < SEATS; place++) board.words[HEADER + place * WORDS] = -1n;
    return board;
  }

  get limitBytes(): number {
    return this.number(LIMIT);
  }
  get cores(): number {
    return this.number(RATE) / 1e6;
  }
  get waitedSeconds(): number {
    return this.number(WAITED) / SECOND_NS;
  }
  get refusals(): number {
    return this.number(REFUSED);
  }

  take(place: number, holder: Holder): void {
    for (const word of [BYTES, USED, PROGRAMS]) this.words[at(place, word)] = 0n;
    Atomics.store(this.words, at(place, HOLDER), BigInt(HOLDERS.indexOf(holder)));
  }
  free(place: number): void {
    Atomics.store(this.words, at(place, HOLDER), -1n);
  }

  hold(place: number, bytes: number, programs = 0): void {
    Atomics.add(this.words, at(place, BYTES), BigInt(bytes));
    if (programs !== 0) Atomics.add(this.words, at(place, PROGRAMS), BigInt(programs));
  }
  /** In place of what it held. */
  holdInAll(place: number, bytes: number): void {
    Atomics.store(this.words, at(place, BYTES), BigInt(Math.floor(bytes)));
  }
  usedNs(place: number): number {
    return this.number(at(place, USED));
  }
  programsAt(place: number): number {
    return this.number(at(place, PROGRAMS));
  }

  /** Bytes by who holds them. */
  held(): Readonly<Record<Holder, number>> {
    const held = { executions: 0, backtests: 0, trials: 0, compiler: 0 };
    for (let place = 0; place < SEATS; place++) {
      const holder = HOLDERS[this.number(at(place, HOLDER))];
      if (holder !== undefined) held[holder] += this.number(at(place, BYTES));
    }
    return held;
  }

  /** Why one that needs so much more cannot begin, counted; null: it can. */
  refusal(bytes: number): string | null {
    const held = this.held();
    const used = sum(held) - Math.min(held.compiler, COMPILER_BYTES);
    return used + bytes <= this.limitBytes ? null : this.refused(held, used, bytes);
  }

  /**
   * Why whoever sits here has to end; null: there is room for all. Executions go before runs and trials, which end when
   * the sum is too much; a compilation ends nobody.
   */
  crowded(place: number): string | null {
    const held = this.held();
    const used = this.goesFirst(place) ? held.executions : sum(held) - held.compiler;
    return used <= this.limitBytes ? null : this.refused(held, used, 0);
  }
  goesFirst(place: number): boolean {
    return HOLDERS[this.number(at(place, HOLDER))] === "executions";
  }

  private refused(held: Readonly<Record<Holder, number>>, used: number, more: number): string {
    Atomics.add(this.words, REFUSED, 1n);
    const by = HOLDERS.filter((one) => held[one] > 0).map((one) => `${one} ${mebibytes(held[one])}`);
    return (
      `users' strategies hold ${mebibytes(used)} of the ${mebibytes(this.limitBytes)} that they may have together ` +
      `(${by.length === 0 ? "nobody holds any" : by.join(", ")})${more > 0 ? ` and this one needs ${mebibytes(more)} more` : ""}; ` +
      "stop some, or raise STRATEGY_MAX_MEMORY"
    );
  }

  /** Draws time that was used. */
  pay(place: number, nanoseconds: bigint): void {
    Atomics.add(this.words, at(place, USED), nanoseconds);
    Atomics.sub(this.words, TANK, nanoseconds);
  }

  /** Milliseconds until there is time in the tank again; 0: there is some. */
  owedMs(): number {
    this.fill();
    const level = Atomics.load(this.words, TANK);
    if (level > 0n) return 0;
    return Number(((1n - level) * MILLION) / Atomics.load(this.words, RATE)) / 1e6;
  }

  /** Somebody waited until now. */
  waited(nanoseconds: bigint): void {
    Atomics.add(this.words, WAITED, nanoseconds);
    const now = process.hrtime.bigint();
    const before = Atomics.exchange(this.words, HELD_TO, now);
    const since = now - nanoseconds;
    Atomics.add(this.words, HELD_BACK, now - (before > since ? before : since));
  }
  /** Milliseconds in which anybody waited: what is no part of the time that a run or a test may take. */
  get heldBackMs(): number {
    return this.number(HELD_BACK) / 1e6;
  }

  private get full(): bigint {
    return (this.words[RATE] ?? 0n) * 1_000n * BigInt(BURST_SECONDS);
  }

  private fill(): void {
    const { words } = this;
    const now = process.hrtime.bigint();
    const last = Atomics.load(words, FILLED);
    if (now - last < MILLION || Atomics.compareExchange(words, FILLED, last, now) !== last) return;
    Atomics.add(words, TANK, ((now - last) * (words[RATE] ?? 0n)) / MILLION);
    const over = Atomics.load(words, TANK) - this.full;
    if (over > 0n) Atomics.sub(words, TANK, over);
  }

  private number(word: number): number {
    return Number(Atomics.load(this.words, word));
  }
}

/** Bytes for a program that is being opened. Ended without being kept, it gives them back. */
export class Claim {
  /** Why it has none. */
  readonly refused: string | null;
  private readonly board: Board;
  private readonly place: number;
  private bytes: number;

  constructor(board: Board, place: number, bytes: number, sure: boolean) {
    this.board = board;
    this.place = place;
    this.bytes = bytes;
    board.hold(place, bytes);
    this.refused = sure ? null : board.refusal(0);
    if (this.refused !== null) this.end();
  }

  /** What it turned out to need; why that is too much. */
  become(bytes: number, sure: boolean): string | null {
    this.board.hold(this.place, bytes - this.bytes);
    this.bytes = bytes;
    return sure ? null : this.board.refusal(0);
  }

  /** They are somebody's from now on. */
  keep(): number {
    const { bytes } = this;
    this.bytes = 0;
    return bytes;
  }
  end(): void {
    this.board.hold(this.place, -this.bytes);
    this.bytes = 0;
  }
}

function sum(held: Readonly<Record<Holder, number>>): number {
  return HOLDERS.reduce((all, one) => all + held[one], 0);
}

function at(place: number, word: number): number {
  return HEADER + place * WORDS + word;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}
