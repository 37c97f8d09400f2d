// How many kept events are looked at before the loop turns to others: requests, ticks, the watch of risk. Walks through what
// is kept are short, but many sockets can ask in one turn; what has no room in it waits, first come first served.

/** About 0.4 ms. The walk that is begun last may go beyond by its own length. */
const LOOKS_PER_TURN = 20_000;

export class Turns {
  private looked = 0;
  private readonly waiting: (() => void)[] = [];
  private due = false;

  spend(looks: number): void {
    this.looked += looks;
    if (looks > 0) this.turnLater();
  }

  /** Null: now. Else it resolves in the turn that has room. */
  room(): Promise<void> | null {
    if (this.looked < LOOKS_PER_TURN && this.waiting.length === 0) return null;
    return new Promise((resolve) => this.later(resolve));
  }

  /** Runs in a turn after this one. */
  later(run: () => void): void {
    this.waiting.push(run);
    this.turnLater();
  }

  private turnLater(): void {
    if (this.due) return;
    this.due = true;
    setImmediate(() => this.turn());
  }

  /** One of those who wait in each turn: its walk begins only when this function is over. */
  private turn(): void {
    this.due = false;
    this.looked = 0;
    this.waiting.shift()?.();
    if (this.waiting.length > 0) this.turnLater();
  }
}
