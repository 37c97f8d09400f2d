// A thread's own account with the board: what its programs hold, and the processor time that it had. Whoever runs users'
// code in this thread asks now and then; what is due is slept off here, or by the thread itself if it has other things to
// do meanwhile. Without a seat nothing is counted and nobody waits: so it is on the command line.
// Threads: each has one of its own.
import { Board, Claim, type Seat } from "./board.ts";
import { threadTime } from "./cpu-time.ts";

const LOOK_MS = 3;
const NAP_MS = 50;
const COUNT_MS = 20;

export class Account {
  private readonly board: Board;
  private readonly place: number;
  private readonly sleeps: boolean;
  private readonly time: (() => bigint) | null;
  private readonly bed = new Int32Array(new SharedArrayBuffer(4));
  private paid = 0n;
  private looked = 0;
  private counted = 0;

  constructor({ memory, place }: Seat, sleeps: boolean) {
    this.board = new Board(memory);
    this.place = place;
    this.sleeps = sleeps;
    this.time = threadTime();
    this.skip();
  }

  /** Whether users' programs are open here. */
  get busy(): boolean {
    return this.board.programsAt(this.place) > 0;
  }

  /** Counted at once, so that those who begin beside each other see each other. `sure`: it is not refused. */
  claim(bytes: number, sure: boolean): Claim {
    return new Claim(this.board, this.place, bytes, sure);
  }

  /** One more program, whose bytes are counted already; or one less, with its own. */
  opened(): void {
    if (!this.busy) this.skip();
    this.board.hold(this.place, 0, 1);
  }
  closed(bytes: number): void {
    this.board.hold(this.place, -bytes, -1);
  }
  /** Why it may not; null: it may. */
  grown(by: number): string | null {
    this.board.hold(this.place, by);
    return by > 0 ? this.board.crowded(this.place) : null;
  }
  /** Why it may not go on though it has not grown: executions go before everything else. */
  crowdedOut(): string | null {
    const now = performance.now();
    if (now - this.counted < COUNT_MS || this.board.goesFirst(this.place)) return null;
    this.counted = now;
    return this.board.crowded(this.place);
  }

  /** What the thread did since the last time was not users' code. */
  skip(): void {
    this.paid = this.time?.() ?? 0n;
    this.looked = performance.now();
  }

  /** Pays for what was used; milliseconds that are owed, 0: go on. Looks every few milliseconds at most. */
  due(): number {
    const { time } = this;
    const now = performance.now();
    if (time === null || now - this.looked < LOOK_MS) return 0;
    this.looked = now;
    const used = time();
    this.board.pay(this.place, used - this.paid);
    this.paid = used;
    return this.board.owedMs();
  }

  /** Sleeps off what is owed, if this thread leaves that to its programs. */
  rest(): void {
    if (!this.sleeps) return;
    for (let owed = this.due(); owed > 0; owed = this.board.owedMs()) this.nap(owed);
  }

  /** One short sleep on account of what is owed; tells how much is owed after it. */
  nap(owedMs: number): number {
    const begin = process.hrtime.bigint();
    Atomics.wait(this.bed, 0, 0, Math.max(1, Math.min(NAP_MS, owedMs)));
    this.board.waited(process.hrtime.bigint() - begin);
    return this.board.owedMs();
  }
}

let own: Account | null = null;

/** What this thread runs of users' code counts on this seat from now on. `sleeps`: programs wait where they are. */
export function sitDown(seat: Seat | null, sleeps: boolean): Account | null {
  own = seat === null ? null : new Account(seat, sleeps);
  return own;
}
export function ownAccount(): Account | null {
  return own;
}
