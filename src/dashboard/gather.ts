// Gathers what the socket tells until it is time to show it. Each channel is taken on its own, so that one that throws
// costs no other one its events. Pure: who shows, and when, comes from outside.

export interface Gather<C extends string, I> {
  readonly add: (channel: C, item: I) => void;
  /** At once, whatever was planned. */
  readonly flush: () => void;
}

interface Ways<C extends string, I> {
  readonly take: (channel: C, items: readonly I[]) => void;
  /** Runs it soon, once; `crowd`: how many were shown the last time. */
  readonly soon: (run: () => void, crowd: number) => void;
  readonly complain: (error: unknown) => void;
}

export function gathering<C extends string, I>({ take, soon, complain }: Ways<C, I>): Gather<C, I> {
  let waiting = new Map<C, I[]>();
  let planned = false;
  let crowd = 0;
  const flush = (): void => {
    planned = false;
    const now = waiting;
    waiting = new Map();
    crowd = 0;
    for (const items of now.values()) crowd += items.length;
    for (const [channel, items] of now) {
      try {
        take(channel, items);
      } catch (error) {
        complain(error);
      }
    }
  };
  const add = (channel: C, item: I): void => {
    const list = waiting.get(channel);
    if (list === undefined) waiting.set(channel, [item]);
    else list.push(item);
    if (planned) return;
    planned = true;
    soon(flush, crowd);
  };
  return { add, flush };
}
