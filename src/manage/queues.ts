// One queue for each key: what is done to one thing is done one after the other, what is done to different things is not
// held up. A queue that is empty is forgotten.
export class Queues {
  private readonly last = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => T | Promise<T>): Promise<T> {
    const mine = (this.last.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined); // how this one ended is its caller's business
    this.last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === settled) this.last.delete(key);
    }
  }
}
