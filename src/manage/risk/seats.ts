// Who sits where at the board: each thread that trades claims in a slot of its own. A slot is used again when what its
// thread had claimed is free: after the loss of a thread that is when its executions have claimed anew elsewhere, so that
// in between rather more than less is claimed. Main thread.
import { type Board, SLOTS } from "./board.ts";

export class Seats {
  private readonly board: Board;
  private readonly taken = new Set<number>();

  constructor(board: Board) {
    this.board = board;
  }

  get memory(): SharedArrayBuffer {
    return this.board.memory;
  }

  /** Were all slots taken, two threads would share one: claims stay exact, because they are made under the lock. */
  take(): number {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.taken.has(slot)) continue;
      this.taken.add(slot);
      return slot;
    }
    return SLOTS - 1;
  }

  lost(slot: number): void {
    this.board.breakLock(slot);
  }

  free(slot: number): void {
    this.board.clearSlot(slot);
    this.taken.delete(slot);
  }
}
