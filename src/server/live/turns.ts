// How many kept events are looked at before the loop turns to others: requests, ticks, the watch of risk. Walks through what
// is kept are short, but many sockets can ask in one turn; what has no room in it waits, first come first served. Walks and
// slices of replays wait in a line each and go by turns, so that long replays keep nobody's subscription waiting.

/** About 0.4 ms. The walk that is begun last may go beyond by its own length. */
const LOOKS_PER_TURN = 20_000;

export class Turns {
  private looked = 0;
  private readonly walks: (() => void)[] = [];
  private readonly slices: (() => void)[] = [];
  private due = false;
  private sliceNext = false;

  spend(looks: number): void {
    this.looked += looks;
    if (looks > 0) this.turnLater();
  }

  /** Null: now. Else it resolves in the turn that has room. */
  room(): Promise<void> | null {
    if (this.looked < LOOKS_PER_TURN && this.walks.length === 0) return null;
    return new Promise((resolve) => {
      this.walks.push(resolve);
      this.turnLater();
    });
  }

  /** A slice of a replay: in a turn after this one. */
  later(slice: () => void): void {
    this.slices.push(slice);
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
    const { walks, slices } = this;
    const [first, second] = this.sliceNext ? [slices, walks] : [walks, slices];
    this.sliceNext = !this.sliceNext;
    (first.shift() ?? second.shift())?.();
    if (walks.length + slices.length > 0) this.turnLater();
  }
}
