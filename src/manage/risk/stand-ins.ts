// What executions hold that are taken over after a restart, claimed on the board until their threads have claimed it
// themselves: whoever is back first, or begins anew, would find limits too wide otherwise. All of it lies in one slot of its
// own, which is free again once nobody is waited for. In between rather more than less is claimed: for a moment an
// execution is there twice. Main thread.
import { Board, type Rows } from "./board.ts";
import { type Worst, worst } from "./claims.ts";

/** Who hands out slots at the board. */
export interface StandInSeats {
  readonly memory: SharedArrayBuffer;
  take(): number;
  free(slot: number): void;
}

export interface Held {
  readonly symbol: string;
  /** Signed units. */
  readonly quantity: number;
  /** Of one unit, in units of account. */
  readonly price: number;
}

/** Whose it is. */
interface Owner {
  readonly strategyId: string;
  readonly family: string | null;
}

interface Claimed extends Worst {
  readonly rows: Rows;
}

export class StandIns {
  private readonly seats: StandInSeats | null;
  private readonly waiting = new Map<number, readonly Claimed[]>();
  private seat: { readonly slot: number; readonly board: Board } | null = null;

  /** Null: there is no board, and nothing is claimed. */
  constructor(seats: StandInSeats | null) {
    this.seats = seats;
  }

  /** Whatever limits say: it is held already. `key`: of the execution. */
  claim(key: number, { strategyId, family }: Owner, held: readonly Held[]): void {
    if (this.seats === null || held.length === 0 || this.waiting.has(key)) return;
    const { board } = (this.seat ??= seated(this.seats));
    const own = [family === null ? -1 : board.row("family", family), board.row("strategy", strategyId)] as const;
    const claims = held.map(({ symbol, quantity, price }): Claimed => {
      return { rows: [0, ...own, board.row("symbol", symbol)], ...worst([], quantity, price) };
    });
    for (const { rows, gross, up, down } of claims) board.addUnlocked(rows, gross, up, down);
    this.waiting.set(key, claims);
  }

  /** Its thread has claimed what it holds, or it is over. Nothing happens the second time. */
  release(key: number): void {
    const { seats, seat } = this;
    const claims = this.waiting.get(key);
    if (claims === undefined || seats === null || seat === null) return;
    this.waiting.delete(key);
    for (const { rows, gross, up, down } of claims) seat.board.addUnlocked(rows, -gross, -up, -down);
    if (this.waiting.size > 0) return;
    this.seat = null;
    seats.free(seat.slot);
  }
}

function seated(seats: StandInSeats): { readonly slot: number; readonly board: Board } {
  const slot = seats.take();
  return { slot, board: new Board(seats.memory, slot) };
}
