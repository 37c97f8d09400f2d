// What the compiler's process takes of the budget over all users' code: its time is drawn from the tank while it compiles,
// and while nothing is in it the process stands still. Its memory counts while it compiles; at rest it holds nothing that
// could not be had back by ending it.
import type { ChildProcess } from "node:child_process";
import type { Seat } from "../budget/board.ts";
import type { Budget } from "../budget/budget.ts";
import { processBytes, processTime } from "../budget/cpu-time.ts";

const LOOK_MS = 50;

export class ChildMeter {
  private readonly budget: Budget;
  private readonly child: ChildProcess;
  private readonly seat: Seat | null;
  private timer: NodeJS.Timeout | null = null;
  private paid = 0n;
  private stoppedAt: bigint | null = null;
  private stoodNs = 0n;

  constructor(budget: Budget, child: ChildProcess) {
    this.budget = budget;
    this.child = child;
    this.seat = budget.seat("compiler");
  }

  begin(): void {
    this.paid = this.used() ?? 0n;
    this.stoodNs = 0n;
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** What this compilation has stood still. */
  get waitedMs(): number {
    const now = this.stoppedAt === null ? 0n : process.hrtime.bigint() - this.stoppedAt;
    return Number(this.stoodNs + now) / 1e6;
  }

  /** The compilation is done. */
  rest(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.pay();
    this.go();
    if (this.seat !== null) this.budget.board.holdInAll(this.seat.place, 0);
  }

  /** The process has ended. */
  close(): void {
    this.rest();
    this.budget.leave(this.seat);
  }

  private look(): void {
    const { pid } = this.child;
    if (this.seat === null || pid === undefined) return;
    const { board } = this.budget;
    this.pay();
    board.holdInAll(this.seat.place, processBytes(pid));
    if (board.owedMs() === 0) this.go();
    else if (this.stoppedAt === null && this.child.kill("SIGSTOP")) this.stoppedAt = process.hrtime.bigint();
  }

  private go(): void {
    if (this.stoppedAt === null) return;
    const stood = process.hrtime.bigint() - this.stoppedAt;
    this.stoodNs += stood;
    this.budget.board.waited(stood);
    this.stoppedAt = null;
    this.child.kill("SIGCONT");
  }

  private pay(): void {
    const used = this.used();
    if (used === null || this.seat === null) return;
    if (used > this.paid) this.budget.board.pay(this.seat.place, used - this.paid);
    this.paid = used;
  }

  private used(): bigint | null {
    const { pid } = this.child;
    return pid === undefined ? null : processTime(pid);
  }
}
