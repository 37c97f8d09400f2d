// The main thread's side of the budget over all users' code: limits, seats for the threads that run it, and what they use.
// A seat that is given back keeps nothing of its memory and all of its time.
import { Board, type Holder, HOLDERS, type Limits, SEATS, type Seat } from "./board.ts";

export interface BudgetUse {
  readonly limitBytes: number;
  readonly cores: number;
  readonly bytes: Readonly<Record<Holder, number>>;
  /** Processor time since the start. */
  readonly cpuSeconds: Readonly<Record<Holder, number>>;
  /** What users' code has waited for the processor that it may not have, all threads together. */
  readonly throttledSeconds: number;
  readonly refusals: number;
}

export class Budget {
  readonly board: Board;
  private readonly taken = new Map<number, { readonly seat: Seat; readonly holder: Holder }>();
  private readonly past: Record<Holder, number> = { executions: 0, backtests: 0, trials: 0, compiler: 0 };

  constructor(limits: Limits) {
    this.board = Board.make(limits);
  }

  /** Null: there are more threads than anybody should have; such a one is not counted. */
  seat(holder: Holder): Seat | null {
    const place = Array.from({ length: SEATS }, (_, index) => index).find((index) => !this.taken.has(index));
    if (place === undefined) return null;
    const seat = { memory: this.board.memory, place };
    this.taken.set(place, { seat, holder });
    this.board.take(place, holder);
    return seat;
  }

  /** Once its thread has ended; a second time does nothing. */
  leave(seat: Seat | null): void {
    const found = seat === null ? undefined : this.taken.get(seat.place);
    if (found === undefined || found.seat !== seat) return;
    this.past[found.holder] += this.board.usedNs(seat.place);
    this.taken.delete(seat.place);
    this.board.free(seat.place);
  }

  /** Why one more that begins with so much cannot; null: it can. */
  refusal(bytes: number): string | null {
    return this.board.refusal(bytes);
  }

  use(): BudgetUse {
    const nanoseconds = { ...this.past };
    for (const [place, { holder }] of this.taken) nanoseconds[holder] += this.board.usedNs(place);
    const seconds = HOLDERS.map((one) => [one, nanoseconds[one] / 1e9] as const);
    const { limitBytes, cores, waitedSeconds: throttledSeconds, refusals } = this.board;
    const cpuSeconds = Object.fromEntries(seconds) as Record<Holder, number>;
    return { limitBytes, cores, bytes: this.board.held(), cpuSeconds, throttledSeconds, refusals };
  }
}
