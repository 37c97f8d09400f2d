// A bounded queue between the socket and an async iteration. What happens when it is full is the subscription's
// decision; the mailbox only says that it is. One reader.
export class Mailbox<T> {
  readonly size: number;
  private readonly items: T[] = [];
  private waiting: ((result: IteratorResult<T, undefined>) => void) | null = null;
  private ended = false;
  private readonly onTaken: () => void;

  constructor(size: number, onTaken: () => void) {
    this.size = size;
    this.onTaken = onTaken;
  }

  get room(): number {
    return this.size - this.items.length;
  }

  /** False when there is no room. */
  put(item: T): boolean {
    if (this.ended || this.room <= 0) return false;
    this.add(item);
    return true;
  }

  /** Beyond the size as well: for notices, of which there is at most one between two items. */
  add(item: T): void {
    if (this.ended) return;
    const { waiting } = this;
    if (waiting === null) {
      this.items.push(item);
      return;
    }
    this.waiting = null;
    waiting({ done: false, value: item });
    this.onTaken();
  }

  /** No more comes; what is here can still be taken. */
  end(): void {
    this.ended = true;
    this.waiting?.({ done: true, value: undefined });
    this.waiting = null;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.items.shift();
    if (item !== undefined) {
      this.onTaken();
      return Promise.resolve({ done: false, value: item });
    }
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }
}
