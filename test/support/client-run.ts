// Runs of the published client for tests: a client that is closed with the test, and what a subscription handed on.
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { LiveClient, type Item, type LiveOptions, type Subscription } from "../../src/client/client.ts";

export function liveClient(url: string, options: Partial<LiveOptions> = {}): LiveClient {
  const client = new LiveClient({ url, WebSocket, reconnect: { firstMs: 10, mostMs: 50 }, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Takes items until the condition holds or the subscription is over. */
export async function takeUntil<D>(
  items: AsyncIterable<Item<D>>,
  done: (items: readonly Item<D>[]) => boolean,
): Promise<readonly Item<D>[]> {
  const taken: Item<D>[] = [];
  for await (const item of items) {
    taken.push(item);
    if (done(taken)) break;
  }
  return taken;
}

/** The update of this number came last. Looks at no other: thousands come, and the condition is asked at each. */
export function upTo<D>(seq: number): (items: readonly Item<D>[]) => boolean {
  return (items) => {
    const last = items.at(-1);
    return last?.kind === "update" && last.seq === seq;
  };
}

export function seqs<D>(items: readonly Item<D>[]): readonly number[] {
  return items.flatMap((item) => (item.kind === "update" ? [item.seq] : []));
}

export function oneTo(last: number, first = 1): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export async function acknowledged(subscription: Subscription<"signals">): Promise<void> {
  const ready = await subscription.ready;
  if (!ready.ok) throw new Error(ready.failure.code);
}
